"""The statistics against slow rewritings of the definitions, and their causality."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.validation import (
    ArraysDiffer,
    SkillStatistic,
    location_score,
    min4,
    past_mean,
    past_volatility,
    return_scores,
    standardise_expanding,
    standardise_exponential,
    t_statistic,
)

KNOWN_BEFORE_RETURN = (past_volatility, past_mean)
STANDARDISATIONS = (standardise_expanding, standardise_exponential)


def series(seed: int, n_bars: int = 300, n_symbols: int = 1) -> FloatArray:
    return np.random.default_rng(seed).standard_t(5, (n_bars, n_symbols)) * 0.01


def slow_volatility(returns: FloatArray) -> FloatArray:
    variance = float(np.mean(returns[:60] ** 2))
    volatility = np.empty(len(returns))
    for t, value in enumerate(returns):
        volatility[t] = np.sqrt(variance) if t >= 60 else np.nan
        variance = 0.94 * variance + 0.06 * value**2
    return volatility


def slow_standardise(forecast: FloatArray, half_life: float) -> FloatArray:
    standardised = np.zeros(len(forecast))
    for t in range(20, len(forecast)):
        age = np.arange(t, 0, -1) - 1.0
        weight = 0.5 ** (age / half_life)
        mean = np.average(forecast[:t], weights=weight)
        deviation = np.sqrt(np.average((forecast[:t] - mean) ** 2, weights=weight))
        standardised[t] = np.clip((forecast[t] - mean) / deviation, -3.0, 3.0)
    return standardised


def test_volatility_is_the_recursion_of_its_definition() -> None:
    returns = series(1)[:, 0]
    np.testing.assert_allclose(past_volatility(returns), slow_volatility(returns), rtol=1e-12)


def test_running_mean_is_the_mean_of_what_came_before() -> None:
    returns = series(2)[:, 0]
    expected = [0.0, *(returns[:t].mean() for t in range(1, len(returns)))]
    np.testing.assert_allclose(past_mean(returns), expected, atol=1e-16)


@pytest.mark.parametrize(
    ("standardise", "half_life"),
    [(standardise_expanding, np.inf), (standardise_exponential, 125.0)],
)
def test_standardisation_uses_the_weighted_moments_of_the_past(
    standardise: Callable[[FloatArray], FloatArray], half_life: float
) -> None:
    forecast = series(3)[:, 0] + np.linspace(5.0, 6.0, 300)
    np.testing.assert_allclose(
        standardise(forecast), slow_standardise(forecast, half_life), rtol=1e-8, atol=1e-10
    )


def test_location_score_falls_off_beyond_its_peak() -> None:
    x = np.array([0.0, np.sqrt(3.0), 10.0, -10.0])
    expected = [0.0, np.sqrt(3.0), 60.0 / 103.0, -60.0 / 103.0]
    np.testing.assert_allclose(location_score(x), expected)


def test_location_score_is_the_slope_of_the_log_density() -> None:
    x, step = np.linspace(-4.0, 4.0, 33), 1e-6

    def log_density(at: FloatArray) -> FloatArray:
        return -3.0 * np.log1p(at**2 / 3.0)  # t5 rescaled to unit variance, constant left out

    slope = (log_density(x + step) - log_density(x - step)) / (2.0 * step)
    np.testing.assert_allclose(location_score(x), -slope, atol=1e-8)


@given(seed=st.integers(0, 10**6), at=st.integers(60, 250), n_symbols=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_nothing_known_before_a_bar_moves_with_that_bar_or_later(
    seed: int, at: int, n_symbols: int
) -> None:
    returns = series(seed, n_symbols=n_symbols)
    changed = returns.copy()
    changed[at:] = 7.0 * changed[at:] + 0.05
    for function in KNOWN_BEFORE_RETURN:
        np.testing.assert_array_equal(function(returns)[: at + 1], function(changed)[: at + 1])


@given(seed=st.integers(0, 10**6), at=st.integers(20, 250))
@settings(max_examples=25, deadline=None)
def test_standardised_forecasts_do_not_move_with_later_forecasts(seed: int, at: int) -> None:
    forecast = series(seed, n_symbols=2)
    changed = forecast.copy()
    changed[at:] = -3.0 * changed[at:] + 1.0
    for function in STANDARDISATIONS:
        np.testing.assert_allclose(
            function(forecast)[:at], function(changed)[:at], rtol=1e-12, atol=0.0
        )


@given(seed=st.integers(0, 10**6), scale=st.floats(1e-6, 1e6), shift=st.floats(-100.0, 100.0))
@settings(max_examples=25, deadline=None)
def test_standardisation_forgets_unit_and_origin(seed: int, scale: float, shift: float) -> None:
    forecast = series(seed) * 100.0
    for function in STANDARDISATIONS:
        moved = function(scale * (forecast + shift))
        np.testing.assert_allclose(moved, function(forecast), atol=1e-5)


@pytest.mark.parametrize("standardise", STANDARDISATIONS)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e-9, 12345.678])
def test_constant_forecasts_standardise_to_zero(
    standardise: Callable[[FloatArray], FloatArray], value: float
) -> None:
    assert not standardise(np.full(500, value)).any()


@pytest.mark.parametrize("standardise", STANDARDISATIONS)
def test_a_constant_of_any_size_standardises_to_zero(
    standardise: Callable[[FloatArray], FloatArray],
) -> None:
    values = np.random.default_rng(6).lognormal(0.0, 5.0, 500)
    assert not standardise(np.tile(values, (300, 1))).any()


@pytest.mark.parametrize("standardise", STANDARDISATIONS)
def test_the_first_move_after_rest_says_nothing(
    standardise: Callable[[FloatArray], FloatArray],
) -> None:
    standardised = standardise(np.where(np.arange(200) < 100, 0.0, 5.0))
    assert not standardised[:101].any()
    assert standardised[101] > 0.0


@pytest.mark.parametrize("standardise", STANDARDISATIONS)
def test_a_large_level_takes_no_digits_from_small_moves(
    standardise: Callable[[FloatArray], FloatArray],
) -> None:
    moves = series(9)[:, 0] * 100.0
    np.testing.assert_allclose(standardise(moves + 1e8), standardise(moves), atol=1e-6)


@pytest.mark.parametrize("standardise", STANDARDISATIONS)
def test_the_first_twenty_forecasts_say_nothing(
    standardise: Callable[[FloatArray], FloatArray],
) -> None:
    standardised = standardise(series(4)[:, 0])
    assert not standardised[:20].any()
    assert standardised[20:].all()


def test_gaps_of_a_symbol_are_left_out_of_its_past() -> None:
    values = series(5)
    gapped = np.insert(values, [100, 150, 150], np.nan, axis=0)
    there = ~np.isnan(gapped[:, 0])
    for function in (*KNOWN_BEFORE_RETURN, *STANDARDISATIONS):
        np.testing.assert_array_equal(function(gapped)[there], function(values))
        assert np.isnan(function(gapped)[~there]).all()


def test_a_symbol_without_bars_stays_silent() -> None:
    assert np.isnan(past_volatility(np.full((80, 1), np.nan))).all()


def test_prices_at_rest_score_zero_without_dividing_by_zero() -> None:
    returns = np.zeros(200)
    raw, centred = return_scores(returns, past_volatility(returns))
    assert not raw[60:].any()
    assert not centred[60:].any()


def test_t_sums_the_symbols_of_a_bar_before_it_counts_bars() -> None:
    first = series(6, n_symbols=1)[:, 0]
    alone = t_statistic(first, np.ones(300))
    twice = np.column_stack([first, first])
    assert t_statistic(twice, np.ones((300, 2))) == pytest.approx(alone)


def test_t_ignores_pairs_with_a_gap() -> None:
    first = np.array([[1.0, np.nan], [1.0, 2.0], [np.nan, np.nan]])
    assert t_statistic(first, np.ones((3, 2))) == pytest.approx(4.0 / np.sqrt(10.0))


def test_t_of_nothing_is_undefined() -> None:
    assert np.isnan(t_statistic(np.zeros(5), np.ones(5)))


def test_arrays_of_different_bars_are_refused() -> None:
    with pytest.raises(ArraysDiffer, match="align both"):
        t_statistic(np.ones(5), np.ones(4))
    with pytest.raises(ArraysDiffer, match="align both"):
        return_scores(np.ones(5), np.ones(4))


def test_min4_takes_the_worst_of_both_forecasts_and_both_scores() -> None:
    first, second = series(7, n_symbols=1)[:, 0], series(8, n_symbols=1)[:, 0]
    raw, centred = series(9)[:, 0], series(10)[:, 0]
    skill = min4((first, second), (raw, centred))
    four = [t_statistic(a, b) for a in (first, second) for b in (raw, centred)]
    assert skill.minimum == min(four)
    assert skill.centred_exponential == t_statistic(second, centred)
    assert skill.raw_exponential == t_statistic(second, raw)
    assert skill.centred_expanding == t_statistic(first, centred)


@pytest.mark.parametrize("field", SkillStatistic.__slots__)
def test_one_undefined_t_makes_the_minimum_undefined(field: str) -> None:
    four = dict.fromkeys(SkillStatistic.__slots__, 5.0)
    assert np.isnan(SkillStatistic(**{**four, field: np.nan}).minimum)
    assert SkillStatistic(**{**four, field: -1.0}).minimum == -1.0


@pytest.mark.parametrize("statistic", [*KNOWN_BEFORE_RETURN, *STANDARDISATIONS])
@given(n_symbols=st.integers(2, 30), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_a_symbol_is_the_same_to_the_last_bit_whatever_stands_beside_it(
    statistic: Callable[[FloatArray], FloatArray], n_symbols: int, seed: int
) -> None:
    values = series(seed, n_symbols=n_symbols)
    values[:80, 1] = np.nan
    values[150, 0] = np.nan
    together = statistic(values)
    for column in range(n_symbols):
        np.testing.assert_array_equal(together[:, column], statistic(values[:, column]))
