"""The contract's cases, section 6, one by one and on both sides of every boundary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether import features as fx
from bellwether.arrays import FloatArray
from bellwether.features import compute
from bellwether.rules import REASONS, Readings, Reason, Regime, Signal, decide

# The rules read expressions; here those are the bare columns of a matrix, so that each row of
# the matrix is one set of readings.
READINGS = Readings(
    rsi=fx.open, deviation=fx.high, atr_frac=fx.low, regime=fx.close, confirmed=fx.volume
)
DECISION = decide(READINGS)
DEVIATIONS = {"above": 0.04, "at": 0.0, "below": -0.04}

# Regimes: the confirmed one. "any" stands for all five, "else" for those that the lines
# above with the same side and RSI do not name.
TABLE = """
side    RSI     regime          signal  reason

above   100     any             HOLD    OVERHEATED
above   85.01   any             HOLD    OVERHEATED
above   85      TRENDING_UP     BUY     STRONG_UP_TREND
above   85      RANGING         SELL    OVERBOUGHT
above   85      else            HOLD    NO_CLEAR_EDGE
above   75.01   TRENDING_UP     BUY     STRONG_UP_TREND
above   75.01   RANGING         SELL    OVERBOUGHT
above   75.01   else            HOLD    NO_CLEAR_EDGE
above   75      any             BUY     UP_TREND
above   70.01   any             BUY     UP_TREND
above   50      any             BUY     UP_TREND
above   45      any             BUY     UP_TREND
above   44.99   any             BUY     PULL_BACK
above   29.99   any             BUY     PULL_BACK
above   0       any             BUY     PULL_BACK

at      100     any             SELL    OVERBOUGHT
at      85.01   any             SELL    OVERBOUGHT
at      70.01   any             SELL    OVERBOUGHT
at      70      any             HOLD    NO_CLEAR_EDGE
at      50      any             HOLD    NO_CLEAR_EDGE
at      30      any             HOLD    NO_CLEAR_EDGE
at      29.99   any             BUY     OVERSOLD
at      19.99   any             BUY     OVERSOLD
at      0       any             BUY     OVERSOLD

below   100     any             SELL    REBOUND
below   70.01   any             SELL    REBOUND
below   55.01   any             SELL    REBOUND
below   55      any             SELL    DOWN_TREND
below   50      any             SELL    DOWN_TREND
below   29.99   any             SELL    DOWN_TREND
below   25      any             SELL    DOWN_TREND
below   24.99   TRENDING_DOWN   SELL    STRONG_DOWN_TREND
below   24.99   RANGING         BUY     OVERSOLD
below   24.99   else            HOLD    NO_CLEAR_EDGE
below   20      TRENDING_DOWN   SELL    STRONG_DOWN_TREND
below   20      RANGING         BUY     OVERSOLD
below   20      else            HOLD    NO_CLEAR_EDGE
below   19.99   any             HOLD    EXHAUSTED
below   0       any             HOLD    EXHAUSTED
"""


def _read_table() -> list[tuple[str, float, Regime, Signal, Reason]]:
    cases: list[tuple[str, float, Regime, Signal, Reason]] = []
    named: dict[tuple[str, str], set[Regime]] = {}
    for line in TABLE.strip().splitlines()[1:]:
        if not line:
            continue
        side, rsi, regimes, signal, reason = line.split()
        seen = named.setdefault((side, rsi), set())
        chosen = set(Regime) - seen if regimes in ("any", "else") else {Regime[regimes]}
        seen |= chosen
        cases += [(side, float(rsi), one, Signal[signal], Reason[reason]) for one in sorted(chosen)]
    assert all(seen == set(Regime) for seen in named.values())
    return cases


CASES = _read_table()


def _decide(
    rsi: float, deviation: float, confirmed: Regime, *, atr_frac: float = 0.02
) -> dict[str, float]:
    matrix: FloatArray = np.array([[rsi, deviation, atr_frac, confirmed, confirmed]])
    values = compute(list(DECISION.values()), matrix)[0]
    return dict(zip(DECISION, values.tolist(), strict=True))


@pytest.mark.parametrize(("side", "rsi", "regime", "signal", "reason"), CASES)
def test_the_table_is_followed(
    side: str, rsi: float, regime: Regime, signal: Signal, reason: Reason
) -> None:
    decision = _decide(rsi, DEVIATIONS[side], regime)
    assert (decision["direction"], decision["reason"]) == (signal, reason)


@pytest.mark.parametrize(("side", "rsi", "regime", "signal", "reason"), CASES)
@pytest.mark.parametrize("rounding", [-1e-12, 1e-12])
def test_rounding_moves_no_case_to_another(
    side: str, rsi: float, regime: Regime, signal: Signal, reason: Reason, rounding: float
) -> None:
    decision = _decide(rsi + 100 * rounding, DEVIATIONS[side] + rounding, regime)
    assert (decision["direction"], decision["reason"]) == (signal, reason)


def _by_the_contract(rsi: float, side: str, confirmed: Regime) -> int:  # noqa: C901, PLR0911, PLR0912
    """Read section 6 aloud."""
    if side == "above":
        if rsi > 85:
            return 0
        if rsi < 45:
            return 1
        if 45 <= rsi <= 75:
            return 1
        if rsi > 75 and confirmed == Regime.TRENDING_UP:
            return 1
    if side == "below":
        if rsi < 20:
            return 0
        if rsi > 55:
            return -1
        if 25 <= rsi <= 55:
            return -1
        if rsi < 25 and confirmed == Regime.TRENDING_DOWN:
            return -1
    if rsi < 30 and (confirmed == Regime.RANGING or side != "below"):
        return 1
    if rsi > 70 and (confirmed == Regime.RANGING or side != "above"):
        return -1
    return 0


@given(
    st.floats(0, 100).map(lambda rsi: round(rsi, 3)),
    st.sampled_from(sorted(DEVIATIONS)),
    st.sampled_from(Regime),
)
def test_every_reading_is_decided_as_the_contract_reads(
    rsi: float, side: str, regime: Regime
) -> None:
    decision = _decide(rsi, DEVIATIONS[side], regime)
    assert decision["direction"] == _by_the_contract(rsi, side, regime)


def test_every_reason_is_given_somewhere_and_has_its_words() -> None:
    given_reasons = {reason for *_, reason in CASES}
    assert given_reasons | {Reason.INSUFFICIENT_DATA} == set(Reason) == set(REASONS)
    assert REASONS[Reason.INSUFFICIENT_DATA].startswith("insufficient data")
    assert REASONS[Reason.NO_CLEAR_EDGE] == "no clear edge"
    assert len(set(REASONS.values())) == len(REASONS)


UP, DOWN, RANGING = Regime.TRENDING_UP, Regime.TRENDING_DOWN, Regime.RANGING
VOLATILE, QUIET = Regime.VOLATILE, Regime.QUIET


@pytest.mark.parametrize(
    ("side", "rsi", "regime", "confirmed", "confidence"),
    [
        ("above", 50, QUIET, QUIET, 50.0),
        ("above", 60, QUIET, QUIET, 65.0),  # 50 + 1.5 x 10
        ("below", 40, QUIET, QUIET, 65.0),
        ("above", 20, QUIET, QUIET, 95.0),  # the distance counts 45 at most
        ("above", 10, QUIET, QUIET, 95.0),
        ("above", 60, RANGING, QUIET, 58.5),  # unconfirmed: x .9
        ("above", 60, VOLATILE, VOLATILE, 55.25),  # high volatility: x .85
        ("above", 60, UP, UP, 71.5),  # with the trend: x 1.1
        ("below", 40, DOWN, DOWN, 71.5),
        ("above", 60, DOWN, DOWN, 52.0),  # against it: x .8
        ("below", 40, UP, UP, 52.0),
        ("above", 60, RANGING, RANGING, 68.25),  # ranging: x 1.05
        ("at", 60, UP, UP, 65.0),  # hold is neither with a trend nor against it
        ("above", 70, VOLATILE, RANGING, 80 * 0.9 * 0.85 * 1.05),
        ("above", 70, VOLATILE, UP, 80 * 0.9 * 0.85 * 1.1),
        ("above", 10, UP, UP, 95.0),  # clamped from 104.5
        ("above", 50, DOWN, DOWN, 50.0),  # clamped from 40
    ],
)
def test_confidence_by_the_contract(
    side: str, rsi: float, regime: Regime, confirmed: Regime, confidence: float
) -> None:
    matrix = np.array([[rsi, DEVIATIONS[side], 0.02, regime, confirmed]])
    assert compute([DECISION["confidence"]], matrix)[0, 0] == pytest.approx(confidence)


@pytest.mark.parametrize(
    ("side", "confirmed", "atr_frac", "target", "stop"),
    [
        ("above", QUIET, 0.04, 0.06, -0.04),
        ("above", QUIET, 0.00, 0.03, -0.02),  # ratio at least .02
        ("above", QUIET, 0.20, 0.225, -0.15),  # at most .15
        ("above", UP, 0.04, 0.10, -0.04),  # further with the trend
        ("above", DOWN, 0.04, 0.06, -0.04),
        ("above", UP, 0.14, 0.30, -0.14),  # capped from .35
        ("below", QUIET, 0.04, -0.06, 0.04),
        ("below", DOWN, 0.04, -0.10, 0.04),
        ("below", DOWN, 0.14, -0.30, 0.14),
        ("at", UP, 0.04, 0.0, 0.0),  # hold aims at nothing
    ],
)
def test_target_and_stop_by_the_contract(
    side: str, confirmed: Regime, atr_frac: float, target: float, stop: float
) -> None:
    decision = _decide(50, DEVIATIONS[side], confirmed, atr_frac=atr_frac)
    assert decision["target_frac"] == pytest.approx(target)
    assert decision["stop_frac"] == pytest.approx(stop)
