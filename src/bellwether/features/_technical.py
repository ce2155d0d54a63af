"""Thirty-five technical indicators, each in the form that does not depend on the price's level."""

from bellwether.features import _functions as f
from bellwether.features import _indicators as indicators
from bellwether.features._expression import Expression, Operand
from bellwether.features._feature_set import FeatureSet

# Points of an RSI that rounding cannot make: a range below is none.
_LEAST_POINTS = 1e-9


def technical35() -> FeatureSet:
    """Return the thirty-five indicators that libraries of technical analysis have in common.

    Averages are told as the distance of the close, a fraction; MACD, slope, ATR and the width
    of the bands in percent of the price; volatility_20 a fraction a year; flows of volume as
    shares of the volume traded; oscillators in their usual points. Where a market stands still
    each has its neutral value: none is NaN or infinite on any bars within the data contract.

    Notes
    -----
    Recursive averages have a finite memory (see `find_taps`), within .01 standard deviations of
    TA-Lib's after its warm-up. on_balance_volume_20 and chaikin_money_flow_20 are the changes
    over 20 bars of the lines that bear the names, over the volume of those bars.

    References
    ----------
    TA-Lib 0.6, whose values the tests compare; Wilder (1978); Chande and Kroll, The New
    Technical Trader (1994), for cmo_14; Williams, The Ultimate Oscillator (1985).

    Examples
    --------
    >>> len(technical35()), technical35().lookback_bars
    (35, 265)
    """
    features = {**_trends(), **_directions(), **_oscillators(), **_spreads(), **_flows()}
    return FeatureSet(name="technical35", version="1", features=tuple(features.items()))


def _share(part: Operand, whole: Expression, neutral: float) -> Expression:
    return f.where(whole > 0, part / whole, neutral)


def _span_mean(values: Expression, n_bars: int) -> Expression:
    return f.ema(values, 2 / (n_bars + 1))


def _typical() -> Expression:
    return (f.high + f.low + f.close) / 3


def _trends() -> dict[str, Expression]:
    once = _span_mean(f.close, 20)
    twice = _span_mean(once, 20)
    thrice = _span_mean(twice, 20)
    averages = {
        "sma_dev_20": f.mean(f.close, 20),
        "ema_dev_12": _span_mean(f.close, 12),
        "ema_dev_26": _span_mean(f.close, 26),
        "wma_dev_20": f.wma(f.close, 20),
        "dema_dev_20": 2 * once - twice,
        "tema_dev_20": 3 * once - 3 * twice + thrice,
        "trima_dev_20": f.mean(f.mean(f.close, 10), 11),
    }
    return {name: f.close / average - 1 for name, average in averages.items()}


def _directions() -> dict[str, Expression]:
    difference = _span_mean(f.close, 12) - _span_mean(f.close, 26)
    signal = _span_mean(difference, 9)
    smooth = _span_mean(_span_mean(_span_mean(f.close, 15), 15), 15)
    up, down = indicators.directional_movement(14)
    true_range = indicators.atr(14)
    return {
        "macd_12_26": 100 * difference / f.close,
        "macd_signal_9": 100 * signal / f.close,
        "macd_histogram_9": 100 * (difference - signal) / f.close,
        "trix_15": 100 * (smooth / f.ref(smooth, 1) - 1),
        "adx_14": indicators.directional_index(14),
        "plus_di_14": _share(100 * up, true_range, 0),
        "minus_di_14": _share(100 * down, true_range, 0),
        "aroon_up_14": 100 * (f.argmax(f.high, 15) - 1) / 14,
        "aroon_down_14": 100 * (f.argmin(f.low, 15) - 1) / 14,
        "linear_slope_14": 100 * f.slope(f.close, 14) / f.close,
    }


def _oscillators() -> dict[str, Expression]:
    lowest, highest = f.min(f.low, 14), f.max(f.high, 14)
    fast = _share(100 * (f.close - lowest), highest - lowest, 50)
    slow = f.mean(fast, 3)
    relative_strength = indicators.rsi(14)
    weakest = f.min(relative_strength, 14)
    points = f.max(relative_strength, 14) - weakest
    typical, change = _typical(), f.delta(f.close, 1)
    usual = 0.015 * f.mean_deviation(typical, 20)
    return {
        "rsi_14": relative_strength,
        "stochastic_k_14": slow,
        "stochastic_d_14": f.mean(slow, 3),
        "stochastic_rsi_14": f.where(
            points > _LEAST_POINTS, 100 * (relative_strength - weakest) / points, 50
        ),
        "williams_r_14": _share(-100 * (highest - f.close), highest - lowest, -50),
        "cci_20": _share(typical - f.mean(typical, 20), usual, 0),
        "momentum_10": 100 * indicators.simple_return(10),
        "cmo_14": _share(100 * f.sum(change, 14), f.sum(f.abs(change), 14), 0),
        "ultimate_oscillator": _ultimate(),
        "balance_of_power": _share(f.close - f.open, f.high - f.low, 0),
    }


def _ultimate() -> Expression:
    pressure = f.close - f.minimum(f.low, f.ref(f.close, 1))
    true_range = indicators.true_range()
    shares = [_share(f.sum(pressure, n), f.sum(true_range, n), 0.5) for n in (7, 14, 28)]
    return 100 * (4 * shares[0] + 2 * shares[1] + shares[2]) / 7


def _spreads() -> dict[str, Expression]:
    width = 4 * f.population_std(f.close, 20)
    return {
        "atr_14": 100 * indicators.atr(14) / f.close,
        "bollinger_position_20": indicators.bollinger_position(20),
        "bollinger_width_20": 100 * width / f.mean(f.close, 20),
        "volatility_20": indicators.annual_volatility(20),
    }


def _flows() -> dict[str, Expression]:
    typical = _typical()
    before = f.ref(typical, 1)
    money = typical * f.volume
    rising = f.sum(f.where(typical > before, money, 0), 14)
    falling = f.sum(f.where(typical < before, money, 0), 14)
    traded = f.sum(f.volume, 20)
    place = _share((f.close - f.low) - (f.high - f.close), f.high - f.low, 0)
    signed = f.sign(f.delta(f.close, 1)) * f.volume
    return {
        "on_balance_volume_20": _share(f.sum(signed, 20), traded, 0),
        "money_flow_index_14": _share(100 * rising, rising + falling, 50),
        "chaikin_money_flow_20": _share(f.sum(place * f.volume, 20), traded, 0),
        "volume_ratio_20": indicators.volume_ratio(20),
    }
