"""The rules: which way, how sure, how far, and why, as expressions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from bellwether import features as fx
from bellwether.features import Expression
from bellwether.rules._options import RuleOptions
from bellwether.rules._regimes import (
    Regime,
    detect_regime,
    is_regime,
    over,
    read_regime,
    under,
)

LEAST_CONFIDENCE, MOST_CONFIDENCE = 50.0, 95.0
LEAST_RANGE_FRAC, MOST_RANGE_FRAC = 0.02, 0.15
MOST_TARGET_FRAC = 0.30


class Signal(IntEnum):
    """What the rules say to do, by the code their direction gives."""

    SELL = -1
    HOLD = 0
    BUY = 1


class Reason(IntEnum):
    """Why, by the code the rules give; the words are in `REASONS`."""

    INSUFFICIENT_DATA = 0
    OVERHEATED = 1
    PULL_BACK = 2
    UP_TREND = 3
    STRONG_UP_TREND = 4
    EXHAUSTED = 5
    REBOUND = 6
    DOWN_TREND = 7
    STRONG_DOWN_TREND = 8
    OVERSOLD = 9
    OVERBOUGHT = 10
    NO_CLEAR_EDGE = 11


REASONS: Mapping[int, str] = MappingProxyType(
    {
        Reason.INSUFFICIENT_DATA: "insufficient data: fewer than 60 bars",
        Reason.OVERHEATED: "overheated: above its average, RSI above 85",
        Reason.PULL_BACK: "pull-back: above its average, RSI below 45",
        Reason.UP_TREND: "trend: above its average, RSI from 45 to 75",
        Reason.STRONG_UP_TREND: "strong trend: above its average, RSI above 75, in an up-trend",
        Reason.EXHAUSTED: "exhausted: below its average, RSI below 20",
        Reason.REBOUND: "rebound: below its average, RSI above 55",
        Reason.DOWN_TREND: "trend: below its average, RSI from 25 to 55",
        Reason.STRONG_DOWN_TREND: "strong trend: below its average, RSI below 25, in a down-trend",
        Reason.OVERSOLD: "oversold: RSI below 30 while ranging or not below its average",
        Reason.OVERBOUGHT: "overbought: RSI above 70 while ranging or not above its average",
        Reason.NO_CLEAR_EDGE: "no clear edge",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """What the rules decide from.

    Parameters
    ----------
    rsi : Expression
        Relative strength index, 0 to 100.
    deviation : Expression
        Price over its moving average, less one.
    atr_frac : Expression
        Average true range over price.
    regime, confirmed : Expression
        Codes of `Regime`: of this bar, and the one last confirmed.
    """

    rsi: Expression
    deviation: Expression
    atr_frac: Expression
    regime: Expression
    confirmed: Expression


def read_market(options: RuleOptions) -> Readings:
    """Return what the rules look at.

    Parameters
    ----------
    options : RuleOptions

    Returns
    -------
    readings : Readings

    Notes
    -----
    Knows: bars up to and including its own.
    NaN: none on bars within the data contract; prices so extreme that arithmetic on them
    overflows read as an RSI of 50 and a range of 0.
    """
    regime, confirmed = detect_regime(read_regime(options.regimes), options.regimes)
    return Readings(
        rsi=fx.clip(_or(fx.rsi(options.rsi_bars), 50.0), 0.0, 100.0),
        deviation=_or(fx.average_deviation(options.sma_bars), 0.0),
        atr_frac=_or(fx.atr(options.regimes.atr_bars) / fx.close, 0.0),
        regime=regime,
        confirmed=confirmed,
    )


def decide(readings: Readings) -> dict[str, Expression]:
    """Return what the rules make of their readings.

    Parameters
    ----------
    readings : Readings

    Returns
    -------
    decision : dict of Expression
        `direction` (codes of Signal), `reason` (codes of Reason), `confidence` (50 to 95),
        `target_frac` and `stop_frac`: where to take the profit and where the loss, as signed
        fractions of the price, both zero for HOLD.

    Notes
    -----
    The first case that matches wins. Where the contract says "ranging" or "the trend", the
    confirmed regime is asked; a bar whose own regime differs from it is unconfirmed, and a bar
    whose own regime is volatile has high volatility.
    """
    direction, reason = fx.constant(float(Signal.HOLD)), fx.constant(float(Reason.NO_CLEAR_EDGE))
    for condition, signal, why in reversed(_cases(readings)):
        direction = fx.where(condition, float(signal), direction)
        reason = fx.where(condition, float(why), reason)
    up = is_regime(readings.confirmed, Regime.TRENDING_UP)
    down = is_regime(readings.confirmed, Regime.TRENDING_DOWN)
    trend = up - down
    with_trend, against_trend = direction * trend > 0.0, direction * trend < 0.0
    ratio = fx.clip(readings.atr_frac, LEAST_RANGE_FRAC, MOST_RANGE_FRAC)
    reach = fx.minimum(ratio * fx.where(with_trend, 2.5, 1.5), MOST_TARGET_FRAC)
    return {
        "direction": direction,
        "reason": reason,
        "confidence": _confidence(readings, with_trend, against_trend),
        "target_frac": direction * reach,
        "stop_frac": 0.0 - direction * ratio,
    }


def rule_expressions(options: RuleOptions) -> dict[str, Expression]:
    """Return everything the rules say about a bar, by name, in the order of the graph.

    Parameters
    ----------
    options : RuleOptions

    Returns
    -------
    expressions : dict of Expression
        The five of `decide`, then `regime` and `regime_confirmed` (codes of Regime), then what
        was read: `rsi` (0 to 100), `sma_deviation` and `atr_frac` (fractions of the price).

    Notes
    -----
    Knows: bars up to and including its own.
    NaN: none on bars within the data contract.
    """
    readings = read_market(options)
    return {
        **decide(readings),
        "regime": readings.regime,
        "regime_confirmed": readings.confirmed,
        "rsi": readings.rsi,
        "sma_deviation": readings.deviation,
        "atr_frac": readings.atr_frac,
    }


def rules_lookback_bars(options: RuleOptions) -> int:
    """Return how many bars the rules are a function of.

    Parameters
    ----------
    options : RuleOptions

    Returns
    -------
    lookback_bars : int
    """
    return max(one.lookback_bars for one in rule_expressions(options).values())


def _cases(readings: Readings) -> list[tuple[Expression, Signal, Reason]]:
    rsi, confirmed = readings.rsi, readings.confirmed
    above, below = over(readings.deviation, 0.0), under(readings.deviation, 0.0)
    up = is_regime(confirmed, Regime.TRENDING_UP)
    down = is_regime(confirmed, Regime.TRENDING_DOWN)
    ranging = is_regime(confirmed, Regime.RANGING)
    return [
        (above & over(rsi, 85.0), Signal.HOLD, Reason.OVERHEATED),
        (above & under(rsi, 45.0), Signal.BUY, Reason.PULL_BACK),
        (above & ~over(rsi, 75.0), Signal.BUY, Reason.UP_TREND),
        (above & up, Signal.BUY, Reason.STRONG_UP_TREND),
        (below & under(rsi, 20.0), Signal.HOLD, Reason.EXHAUSTED),
        (below & over(rsi, 55.0), Signal.SELL, Reason.REBOUND),
        (below & ~under(rsi, 25.0), Signal.SELL, Reason.DOWN_TREND),
        (below & down, Signal.SELL, Reason.STRONG_DOWN_TREND),
        (under(rsi, 30.0) & (ranging | ~below), Signal.BUY, Reason.OVERSOLD),
        (over(rsi, 70.0) & (ranging | ~above), Signal.SELL, Reason.OVERBOUGHT),
    ]


def _confidence(
    readings: Readings, with_trend: Expression, against_trend: Expression
) -> Expression:
    raw = 50.0 + fx.minimum(1.5 * fx.abs(50.0 - readings.rsi), 45.0)
    factors = (
        (~fx.equal(readings.regime, readings.confirmed), 0.9),
        (is_regime(readings.regime, Regime.VOLATILE), 0.85),
        (with_trend, 1.1),
        (against_trend, 0.8),
        (is_regime(readings.confirmed, Regime.RANGING), 1.05),
    )
    for condition, factor in factors:
        raw *= fx.where(condition, factor, 1.0)
    return fx.clip(raw, LEAST_CONFIDENCE, MOST_CONFIDENCE)


def _or(values: Expression, default: float) -> Expression:
    """Return values, and a default where they are NaN."""
    return fx.where(fx.equal(values, values), values, default)


RULES_LOOKBACK_BARS = rules_lookback_bars(RuleOptions())
"""Bars that the contract's rules are a function of."""
