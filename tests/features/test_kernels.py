"""Each operator against its definition, written out slowly, window by window."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bellwether import features as f
from bellwether.arrays import FloatArray
from bellwether.features import Expression, compute
from bellwether.features._operation import as_bits, as_number

Definition = Callable[[FloatArray], float]


def line_fit(window: FloatArray) -> float:
    return float(np.corrcoef(np.arange(window.size), window)[0, 1] ** 2)


def residual(window: FloatArray) -> float:
    places = np.arange(window.size)
    return float(window[-1] - np.polyval(np.polyfit(places, window, 1), places[-1]))


def exponential(window: FloatArray) -> float:
    weights = 0.9 ** np.arange(window.size)[::-1]
    return float(np.average(window, weights=weights))


def clipped(window: FloatArray) -> float:
    total = 0.0
    for step in np.diff(window):
        total = float(np.clip(total, -1.5, 1.5) + step)
    return total


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
    (f.var(f.close, 7), 7, lambda window: float(np.var(window, ddof=1))),
    (f.skew(f.close, 7), 7, lambda window: float(stats.skew(window, bias=False))),
    (f.kurt(f.close, 7), 7, lambda window: float(stats.kurtosis(window, bias=False))),
    (f.mean_deviation(f.close, 7), 7, lambda window: float(np.abs(window - window.mean()).mean())),
    (f.resid(f.close, 7), 7, residual),
    (f.quantile(f.close, 7, 0.3), 7, lambda window: float(np.quantile(window, 0.3))),
    (f.quantile(f.close, 7, 0), 7, np.min),
    (f.quantile(f.close, 7, 1), 7, np.max),
    (f.quantile(f.close, 1, 0.5), 1, np.mean),
    (f.median(f.close, 8), 8, lambda window: float(np.median(window))),
    (f.rank(f.close, 7), 7, lambda window: float(stats.rankdata(window)[-1] / 7)),
    (f.argmax(f.close, 7), 7, lambda window: float(window.argmax() + 1)),
    (f.argmin(f.close, 7), 7, lambda window: float(window.argmin() + 1)),
    (f.count(f.close > 100, 7), 7, lambda window: float((window > 100).sum())),
    (f.ref(f.close, 7), 8, lambda window: float(window[0])),
    (f.delta(f.close, 7), 8, lambda window: float(window[-1] - window[0])),
    (f.clipped_sum(f.delta(f.close, 1), 1.5, 12), 13, clipped),
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


def correlation(values: Expression, n_bars: int) -> Expression:
    return f.corr(f.ref(f.close, 1), values, n_bars)


def covariance(values: Expression, n_bars: int) -> Expression:
    return f.cov(values, 7, n_bars)


def upper_third(values: Expression, n_bars: int) -> Expression:
    return f.quantile(values, n_bars, 0.7)


def within_two(values: Expression, n_bars: int) -> Expression:
    return f.clipped_sum(values, 2, n_bars)


OF_ONE = (f.max, f.min, f.mean, f.sum, f.std, f.r2, f.slope, f.wma, f.resid, f.skew, f.rank,
          f.argmax, f.argmin, f.median, f.mean_deviation, upper_third, covariance,
          within_two)  # fmt: skip


@pytest.mark.parametrize("function", OF_ONE, ids=lambda one: one.__name__)
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


def test_a_clipped_sum_forgets_what_goes_beyond_its_bound_and_what_left_its_window() -> None:
    series = [9.0, -1.0, -1.0, 3.0, -INF, 1.0, 1.0, INF, -1.0]
    values = compute([f.clipped_sum(f.close, 2, 3)], column(series))[:, 0]
    np.testing.assert_array_equal(values, [NAN, NAN, 0, 1, -INF, -1, 0, INF, 1])


def test_a_clipped_sum_without_room_is_the_value_and_with_ample_room_the_sum() -> None:
    expressions = [f.clipped_sum(f.close, 0, 4), f.clipped_sum(f.close, 1e6, 4), f.sum(f.close, 4)]
    series = [3.0, -2.0, 5.0, -7.0, 1.0, 2.0]
    found = compute(expressions, column(series))[3:]
    np.testing.assert_array_equal(found[:, 0], series[3:])
    np.testing.assert_array_equal(found[:, 1], found[:, 2])


def test_windows_over_constants_are_windows_over_equal_values() -> None:
    expressions = [f.sum(2, 3), f.std(f.constant(2) * 3, 3), f.constant(2) ** 3, f.ref(4, 1)]
    np.testing.assert_array_equal(compute(expressions, column([1.0] * 4))[-1], [6, 0, 8, 4])


TIES = [3.0, 1.0, 3.0, 3.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("argmax(close, 3)", [NAN, NAN, 1, 2, 1, 1, 2]),
        ("argmin(close, 3)", [NAN, NAN, 2, 1, 3, 2, 1]),
        ("rank(close, 3) * 6", [NAN, NAN, 5, 5, 2, 4, 5]),
        ("quantile(close, 3, 0.25)", [NAN, NAN, 2, 2, 2, 1.5, 1.5]),
        ("count(close - 1, 3)", [NAN, NAN, 2, 2, 2, 2, 2]),
    ],
)
def test_equal_values_share_ranks_and_the_oldest_of_them_has_the_place(
    text: str, expected: list[float]
) -> None:
    values = compute([f.parse(text)], column(TIES))[:, 0]
    np.testing.assert_allclose(values, expected, rtol=1e-15)


def test_infinite_values_have_a_rank_and_a_place() -> None:
    series = column([1.0, INF, -INF, 2.0])
    texts = ("rank(close, 4)", "argmax(close, 4)", "argmin(close, 4)", "quantile(close, 4, 1)")
    values = compute([f.parse(text) for text in texts], series)[-1]
    np.testing.assert_array_equal(values, [0.75, 2, 3, INF])


def test_zeros_of_either_sign_are_one_zero_in_a_quantile() -> None:
    series = [0.0, -0.0, 1.0, -0.0, 0.0, 2.0, -0.0]
    history = compute([f.median(f.close, 3)], column(series))
    for end in range(3, len(series) + 1):
        window = compute([f.median(f.close, 3)], column(series[end - 3 : end]))
        assert window[-1].tobytes() == history[end - 1].tobytes()


def test_what_does_not_vary_is_correlated_with_nothing_and_a_hole_is_no_constant() -> None:
    bars = column([1.0, 2.0, NAN, 4.0, 3.0, 5.0])
    bars[:, 4] = 7.0
    correlated = compute([f.corr(f.close, f.volume, 2), f.corr(f.close, f.high, 2)], bars)
    np.testing.assert_array_equal(correlated[:, 0], [NAN, 0, NAN, NAN, 0, 0])
    np.testing.assert_allclose(correlated[:, 1], [NAN, 1, NAN, NAN, 1, 1])


@pytest.mark.parametrize("text", ["skew(close, 2)", "kurt(close, 3)", "corr(close, open, 1)",
                                  "resid(close, 1)", "quantile(close, 5, 1.1)"])  # fmt: skip
def test_windows_too_short_for_their_statistic_are_refused(text: str) -> None:
    with pytest.raises(f.InvalidExpression, match="from"):
        f.parse(text)


@settings(max_examples=120, deadline=None)
@given(st.integers(1, 70), st.sampled_from([0.0, 0.2, 0.5, 0.77, 0.8, 1.0]), st.integers(0, 999))
def test_quantiles_of_any_window_are_those_of_its_sorted_values(
    n_bars: int, share: float, seed: int
) -> None:
    series = np.random.default_rng(seed).integers(-5, 5, n_bars + 150) / 4.0
    found = compute([f.quantile(f.close, n_bars, share)], column(series.tolist()))[:, 0]
    windows = np.lib.stride_tricks.sliding_window_view(series, n_bars)
    expected = np.quantile(windows, share, axis=1)
    np.testing.assert_allclose(found[n_bars - 1 :], expected, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("n_taps", [1, 2, 5, 6, 7, 29, 58, 97, 116, 120, 144, 233])
def test_exponential_means_of_any_memory_weigh_every_bar_once(n_taps: int) -> None:
    values = np.eye(1, n_taps + 140, 139)[0]
    found = compute([f.ema(f.close, 0.07, n_taps)], column(values.tolist()))[:, 0]
    weights = 0.93 ** np.arange(n_taps)
    expected = np.r_[weights / weights.sum(), 0.0]
    if n_taps <= 140:
        np.testing.assert_allclose(found[139:], expected[: len(found) - 139], rtol=1e-13)
    total = compute([f.ema(f.close, 0.07, n_taps)], np.ones((n_taps, 5)))[-1, 0]
    assert total == pytest.approx(1.0, rel=1e-14)


def test_logarithms_are_right_to_the_last_place() -> None:
    generator = np.random.default_rng(8)
    some = np.exp(generator.uniform(-700, 700, 5_000))
    near_one = np.r_[generator.uniform(0.5, 2, 5_000), 1 + generator.normal(0, 1e-7, 5_000)]
    values = np.r_[some, near_one, 5e-324, 1e-310, 2.0**-1022, 1.7e308, math.sqrt(2), 1.0]
    found = compute([f.log(f.close)], column(values.tolist()))[:, 0]
    exact = np.log(values.astype(np.longdouble))
    units = np.abs(found - exact) / np.spacing(np.abs(exact.astype(np.float64)))
    assert units.max() < 1.0


@pytest.mark.parametrize("scale", [1e-100, 1e-78, 1.0, 1e70, 1e100])
def test_correlations_need_no_product_that_fits_a_number(scale: float) -> None:
    generator = np.random.default_rng(4)
    first, second = generator.normal(size=(2, 40))
    bars = np.column_stack([scale * first, first, first, scale * second, first])
    expected = np.corrcoef(first[-20:], second[-20:])[0, 1]
    found = compute([f.corr(f.open, f.close, 20)], bars)[-1, 0]
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_bars", [2, 3, 4, 5, 6, 7, 11])
def test_moments_of_short_windows_are_those_of_the_definition(n_bars: int) -> None:
    x, y = np.random.default_rng(n_bars).normal(1e6, 1, (2, 30))
    expressions = [f.mean(f.close, n_bars), f.std(f.close, n_bars), f.cov(f.close, f.open, n_bars)]
    found = compute(expressions, np.column_stack([y, x, x, x, x]))
    for end in range(n_bars, 31):
        a, b = x[end - n_bars : end], y[end - n_bars : end]
        expected = [a.mean(), a.std(ddof=1), np.cov(a, b)[0, 1]]
        np.testing.assert_allclose(found[end - 1], expected, rtol=1e-8)


def test_the_bits_of_a_number_make_the_number() -> None:
    assert as_bits(1.0) == 1023 << 52
    assert as_number(as_bits(-0.1)) == -0.1
