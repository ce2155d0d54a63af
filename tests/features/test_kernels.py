"""Each operator against its definition, written out slowly, window by window."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import Expression, compute

Definition = Callable[[FloatArray], float]


def line_fit(window: FloatArray) -> float:
    return float(np.corrcoef(np.arange(window.size), window)[0, 1] ** 2)


def exponential(window: FloatArray) -> float:
    weights = 0.9 ** np.arange(window.size)[::-1]
    return float(np.average(window, weights=weights))


DEFINITIONS: list[tuple[Expression, int, Definition]] = [
    (f.sum(f.close, 7), 7, np.sum),
    (f.mean(f.close, 7), 7, np.mean),
    (f.std(f.close, 7), 7, lambda window: float(np.std(window, ddof=1))),
    (f.population_std(f.close, 7), 7, np.std),
    (f.max(f.close, 7), 7, np.max),
    (f.min(f.close, 7), 7, np.min),
    (f.wma(f.close, 7), 7, lambda window: float(np.average(window, weights=np.arange(1, 8)))),
    (f.ema(f.close, 0.1, 30), 30, exponential),
    (f.slope(f.close, 7), 7, lambda window: float(np.polyfit(np.arange(7), window, 1)[0])),
    (f.r2(f.close, 7), 7, line_fit),
    (f.ref(f.close, 7), 8, lambda window: float(window[0])),
    (f.delta(f.close, 7), 8, lambda window: float(window[-1] - window[0])),
    (f.mean(f.close, 1), 1, np.mean),
    (f.log(f.close), 1, lambda window: math.log(window[0])),
    (f.sqrt(f.close), 1, lambda window: math.sqrt(window[0])),
    (f.close**0.3, 1, lambda window: float(window[0] ** 0.3)),
]


@pytest.mark.parametrize(
    ("expression", "n_bars", "definition"), DEFINITIONS, ids=[str(row[0]) for row in DEFINITIONS]
)
def test_values_are_those_of_the_definition(
    expression: Expression, n_bars: int, definition: Definition, matrix: FloatArray
) -> None:
    windows = np.lib.stride_tricks.sliding_window_view(matrix[:, 3], n_bars)
    expected = np.array([definition(window) for window in windows])
    values = compute([expression], matrix)[:, 0]
    assert np.isnan(values[: n_bars - 1]).all()
    np.testing.assert_allclose(values[n_bars - 1 :], expected, rtol=1e-9, atol=1e-11)


def column(values: list[float]) -> FloatArray:
    return np.column_stack([values] * 5)


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("close < 2", [1, 0, 0, 0, 0, 1]),
        ("close <= 2", [1, 1, 0, 0, 0, 1]),
        ("close > 2", [0, 0, 1, 0, 1, 0]),
        ("close >= 2", [0, 1, 1, 0, 1, 0]),
        ("close == 2", [0, 1, 0, 0, 0, 0]),
        ("~close", [0, 0, 0, 1, 0, 1]),
        ("close & (close - 1)", [0, 1, 1, 0, 1, 0]),
        ("(close - 1) | 0", [0, 1, 1, 0, 1, 1]),
        ("where(close, 10, 20)", [10, 10, 10, 20, 10, 20]),
        ("sign(close - 2)", [-1, 0, 1, NAN, 1, -1]),
        ("abs(close - 2)", [1, 0, 1, NAN, INF, 2]),
        ("1 / close", [1, 0.5, 1 / 3, NAN, 0, INF]),
        ("log(close - 1)", [-INF, 0, math.log(2), NAN, INF, NAN]),
        ("sqrt(close - 2)", [NAN, 0, 1, NAN, INF, NAN]),
        ("maximum(close, 2)", [2, 2, 3, NAN, INF, 2]),
        ("minimum(close, 2)", [1, 2, 2, NAN, 2, 0]),
        ("clip(close, 1, 2)", [1, 2, 2, NAN, 2, 1]),
        ("-close", [-1, -2, -3, NAN, -INF, 0]),
        ("1 + 1", [2, 2, 2, 2, 2, 2]),
    ],
)
def test_elementwise_values_follow_ieee_and_nan_never_holds(
    text: str, expected: list[float]
) -> None:
    values = compute([f.parse(text)], column([1, 2, 3, NAN, INF, 0]))[:, 0]
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("function", [f.max, f.min, f.mean, f.sum, f.std, f.r2, f.slope, f.wma])
def test_windows_that_hold_nan_are_nan_and_others_are_not(
    function: Callable[[Expression, int], Expression],
) -> None:
    series = [1.0, 2.0, 4.0, NAN, 1.0, 3.0, 9.0, 2.0]
    values = compute([function(f.close, 3)], column(series))[:, 0]
    assert np.isnan(values).tolist() == [True, True, False, True, True, True, False, False]


@pytest.mark.parametrize("price", [0.1, 1e-6, 1 / 3, 12345.678])
def test_equal_values_have_their_own_mean_and_no_spread(price: float) -> None:
    expressions = [f.mean(f.close, 50), f.std(f.close, 50), f.slope(f.close, 50), f.r2(f.close, 50)]
    values = compute(expressions, np.full((60, 5), price))[-1]
    assert values.tolist() == [price, 0.0, 0.0, 0.0]


def test_deviation_survives_an_outlier_that_has_left_the_window() -> None:
    series = np.r_[1e15, np.tile([1.0, 2.0, 3.0], 10)]
    values = compute([f.std(f.close, 3)], column(series.tolist()))[-1]
    assert values[0] == pytest.approx(1.0, rel=1e-12)


def test_last_where_remembers_so_many_bars_and_then_forgets() -> None:
    series = [5.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, NAN]
    values = compute([f.last_where(f.close, f.close, 3, -1)], column(series))[:, 0]
    np.testing.assert_array_equal(values, [NAN, NAN, 5, 7, 7, 7, -1, -1])


def test_last_where_takes_constants() -> None:
    expressions = [f.last_where(2, f.close > 1, 2, 0), f.last_where(f.close, 1, 2, 0)]
    values = compute(expressions, column([2.0, 1.0, 1.0]))
    np.testing.assert_array_equal(values, [[NAN, NAN], [2, 1], [0, 1]])


def test_windows_over_constants_are_windows_over_equal_values() -> None:
    expressions = [f.sum(2, 3), f.std(f.constant(2) * 3, 3), f.constant(2) ** 3, f.ref(4, 1)]
    np.testing.assert_array_equal(compute(expressions, column([1.0] * 4))[-1], [6, 0, 8, 4])
