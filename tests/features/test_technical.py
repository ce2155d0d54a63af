"""The thirty-five indicators against TA-Lib, and where a market stands still."""

import numpy as np
import pytest
import talib

from bellwether.arrays import FloatArray
from bellwether.features import compute, technical35

SETTLED_BARS = 500
MOST_DEVIATION = 0.01


def averages(close: FloatArray) -> dict[str, FloatArray]:
    known = {
        "sma_dev_20": talib.SMA(close, 20),
        "ema_dev_12": talib.EMA(close, 12),
        "ema_dev_26": talib.EMA(close, 26),
        "wma_dev_20": talib.WMA(close, 20),
        "dema_dev_20": talib.DEMA(close, 20),
        "tema_dev_20": talib.TEMA(close, 20),
        "trima_dev_20": talib.TRIMA(close, 20),
    }
    return {name: close / average - 1 for name, average in known.items()}


def directions(high: FloatArray, low: FloatArray, close: FloatArray) -> dict[str, FloatArray]:
    difference, signal, histogram = talib.MACD(close, 12, 26, 9)
    down, up = talib.AROON(high, low, 14)
    return {
        "macd_12_26": 100 * difference / close,
        "macd_signal_9": 100 * signal / close,
        "macd_histogram_9": 100 * histogram / close,
        "trix_15": talib.TRIX(close, 15),
        "adx_14": talib.ADX(high, low, close, 14),
        "plus_di_14": talib.PLUS_DI(high, low, close, 14),
        "minus_di_14": talib.MINUS_DI(high, low, close, 14),
        "aroon_up_14": up,
        "aroon_down_14": down,
        "linear_slope_14": 100 * talib.LINEARREG_SLOPE(close, 14) / close,
    }


def oscillators(bars: FloatArray) -> dict[str, FloatArray]:
    opened, high, low, close, _ = np.ascontiguousarray(bars.T)
    change = np.diff(close, prepend=np.nan)
    slow, slower = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    moved = np.r_[np.full(1, np.nan), talib.SUM(np.abs(change)[1:], 14)]
    net = np.r_[np.full(1, np.nan), talib.SUM(change[1:], 14)]
    return {
        "rsi_14": talib.RSI(close, 14),
        "stochastic_k_14": slow,
        "stochastic_d_14": slower,
        "stochastic_rsi_14": talib.STOCHRSI(close, 14, 14, 1, 0)[0],
        "williams_r_14": talib.WILLR(high, low, close, 14),
        "cci_20": talib.CCI(high, low, close, 20),
        "momentum_10": talib.ROC(close, 10),
        "cmo_14": 100 * net / moved,
        "ultimate_oscillator": talib.ULTOSC(high, low, close, 7, 14, 28),
        "balance_of_power": talib.BOP(opened, high, low, close),
    }


def spreads_and_flows(bars: FloatArray) -> dict[str, FloatArray]:
    _, high, low, close, volume = np.ascontiguousarray(bars.T)
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    traded = talib.SUM(volume, 20)

    def over_20_bars(line: FloatArray) -> FloatArray:
        shares: FloatArray = np.r_[np.full(20, np.nan), line[20:] - line[:-20]] / traded
        return shares

    returns = talib.ROCP(close, 1)[1:]
    deviation = talib.STDDEV(returns, 20) * np.sqrt(20 / 19 * 252)
    return {
        "atr_14": talib.NATR(high, low, close, 14),
        "bollinger_position_20": (close - lower) / (upper - lower),
        "bollinger_width_20": 100 * (upper - lower) / middle,
        "volatility_20": np.r_[np.nan, deviation],
        "on_balance_volume_20": over_20_bars(talib.OBV(close, volume)),
        "money_flow_index_14": talib.MFI(high, low, close, volume, 14),
        "chaikin_money_flow_20": over_20_bars(talib.AD(high, low, close, volume)),
        "volume_ratio_20": volume / talib.SMA(volume, 20),
    }


def textbook(bars: FloatArray) -> dict[str, FloatArray]:
    _, high, low, close, _ = np.ascontiguousarray(bars.T)
    return {
        **averages(close),
        **directions(high, low, close),
        **oscillators(bars),
        **spreads_and_flows(bars),
    }


def test_there_are_thirty_five_and_each_has_its_textbook(matrix: FloatArray) -> None:
    assert len(technical35()) == 35
    assert technical35().names == tuple(textbook(matrix))
    assert (technical35().version, technical35().digest[:16]) == ("1", "42814f6461213728")


@pytest.mark.parametrize("name", technical35().names)
def test_indicators_are_within_a_hundredth_of_a_deviation_of_talib(
    name: str, matrix: FloatArray
) -> None:
    place = technical35().names.index(name)
    found = compute(technical35(), matrix)[SETTLED_BARS:, place]
    expected = textbook(matrix)[name][SETTLED_BARS:]
    assert np.isfinite(expected).all()
    assert np.abs(found - expected).max() < MOST_DEVIATION * expected.std()


@pytest.mark.parametrize("name", ["sma_dev_20", "wma_dev_20", "trima_dev_20", "aroon_up_14",
                                  "williams_r_14", "cci_20", "ultimate_oscillator", "cmo_14",
                                  "stochastic_d_14", "money_flow_index_14", "volatility_20",
                                  "chaikin_money_flow_20", "on_balance_volume_20"])  # fmt: skip
def test_windowed_indicators_are_those_of_talib_to_the_last_digits(
    name: str, matrix: FloatArray
) -> None:
    place = technical35().names.index(name)
    found = compute(technical35(), matrix)[60:, place]
    np.testing.assert_allclose(found, textbook(matrix)[name][60:], rtol=1e-7, atol=1e-7)


NEUTRAL = {"aroon_up_14": 0, "aroon_down_14": 0, "rsi_14": 50, "stochastic_k_14": 50,
           "stochastic_d_14": 50, "stochastic_rsi_14": 50, "williams_r_14": -50,
           "ultimate_oscillator": 50, "bollinger_position_20": 0.5, "money_flow_index_14": 50,
           "volume_ratio_20": 1}  # fmt: skip


@pytest.mark.parametrize("price", [0.1, 1e-9, 123.456])
def test_a_market_that_stands_still_has_neutral_indicators(price: float) -> None:
    bars = np.full((300, 5), price)
    bars[:, 4] = 0.0
    values = dict(zip(technical35().names, compute(technical35(), bars)[-1], strict=True))
    expected = {name: float(NEUTRAL.get(name, 0)) for name in technical35().names}
    assert values == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("scale", [1e-9, 1e6])
def test_indicators_do_not_depend_on_the_currency(scale: float, matrix: FloatArray) -> None:
    scaled = matrix * [scale, scale, scale, scale, 1 / scale]
    np.testing.assert_allclose(
        compute(technical35(), scaled), compute(technical35(), matrix), rtol=1e-6, atol=1e-6
    )
