"""Configurations are weighted by their own past, and by nothing else."""

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.validation import (
    ArraysDiffer,
    UnusableOptions,
    combine_configurations,
    past_volatility,
    return_scores,
    standardise_expanding,
    standardise_exponential,
    t_statistic,
)

N_BARS = 800


def world(seed: int = 1, ic: float = 0.3) -> tuple[FloatArray, list[FloatArray]]:
    random = np.random.default_rng(seed)
    forecasts = [random.standard_normal(N_BARS) for _ in range(3)]
    noise = random.standard_t(5, N_BARS) * np.sqrt(0.6)
    returns = 0.01 * (ic * forecasts[1] + np.sqrt(1 - ic**2) * noise)
    return returns, forecasts


def test_weights_are_those_of_the_past_evidence() -> None:
    returns, forecasts = world(ic=0.05)
    combination = combine_configurations(forecasts, returns)
    begin, at = 120, 120 + 3 * 63
    row = combination.reweighed_at.tolist().index(at)
    _, centred = return_scores(returns, past_volatility(returns))
    past = [t_statistic(standardise_expanding(f)[begin:at], centred[begin:at]) for f in forecasts]
    raw = np.exp(0.5 * np.maximum(past, 0.0) ** 2)
    np.testing.assert_allclose(combination.weights[row], raw / raw.sum())


def test_weights_follow_each_bar_of_evidence_from_the_first_asked_for_on() -> None:
    returns, forecasts = world()
    forecasts[2] = np.zeros(N_BARS)  # says nothing: its past is worth a t-statistic of zero
    begin = 300
    combination = combine_configurations(
        forecasts, returns, evidence_from=begin, reweigh_every_bars=1
    )
    assert combination.reweighed_at.tolist() == [0, *range(begin, N_BARS)]
    np.testing.assert_array_equal(combination.weights[:2], np.full((2, 3), 1.0 / 3.0))
    _, centred = return_scores(returns, past_volatility(returns))
    products = [standardise_expanding(one)[begin:] * centred[begin:] for one in forecasts[:2]]
    for n_bars in (1, 2, 3, 50):
        past = [np.sum(one[:n_bars]) / np.sqrt(np.sum(one[:n_bars] ** 2)) for one in products]
        raw = np.exp(0.5 * np.maximum([*past, 0.0], 0.0) ** 2)
        np.testing.assert_allclose(combination.weights[1 + n_bars], raw / raw.sum())


def test_without_evidence_everybody_weighs_the_same() -> None:
    returns, forecasts = world()
    combination = combine_configurations(forecasts, returns)
    np.testing.assert_allclose(combination.weights[:2], 1.0 / 3.0)
    assert combination.reweighed_at[:3].tolist() == [0, 120, 183]


def test_the_combination_is_the_weighted_mean_of_standardised_members() -> None:
    returns, forecasts = world()
    combination = combine_configurations(forecasts, returns)
    bar = 500
    row = np.flatnonzero(combination.reweighed_at <= bar)[-1]
    for standardise, combined in (
        (standardise_expanding, combination.expanding),
        (standardise_exponential, combination.exponential),
    ):
        members = np.array([standardise(f)[bar] for f in forecasts])
        assert combined[bar] == pytest.approx(members @ combination.weights[row])


def test_skill_takes_over() -> None:
    returns, forecasts = world()
    weights = combine_configurations(forecasts, returns).weights
    assert weights[-1, 1] > 0.99


def test_the_future_does_not_choose() -> None:
    returns, forecasts = world()
    at = 500
    changed = [np.concatenate([f[:at], -f[at:]]) for f in forecasts]
    moved = np.concatenate([returns[:at], 3.0 * returns[at:][::-1]])
    first = combine_configurations(forecasts, returns)
    second = combine_configurations(changed, moved)
    np.testing.assert_allclose(first.expanding[:at], second.expanding[:at])
    np.testing.assert_allclose(first.exponential[:at], second.exponential[:at])


def test_one_configuration_is_itself() -> None:
    returns, forecasts = world()
    combination = combine_configurations(forecasts[:1], returns)
    np.testing.assert_allclose(combination.expanding, standardise_expanding(forecasts[0]))


def test_panels_are_combined_symbol_by_symbol_with_common_weights() -> None:
    returns, forecasts = world()
    alone = combine_configurations(forecasts, returns)
    twice = combine_configurations(
        [np.column_stack([f, f]) for f in forecasts], np.column_stack([returns, returns])
    )
    np.testing.assert_allclose(twice.expanding[:, 1], alone.expanding)
    np.testing.assert_allclose(twice.weights, alone.weights)


def test_a_member_that_is_silent_leaves_the_word_to_the_others() -> None:
    returns, forecasts = world()
    late = np.concatenate([np.full(300, np.nan), forecasts[0][300:]])
    combination = combine_configurations([late, forecasts[1]], returns)
    expected = standardise_expanding(forecasts[1])[:300]
    np.testing.assert_allclose(combination.expanding[:300], expected)
    nobody = combine_configurations([late, late], returns)
    assert np.isnan(nobody.expanding[:300]).all()


def test_nothing_to_combine_is_refused() -> None:
    returns, forecasts = world()
    with pytest.raises(UnusableOptions, match="at least one"):
        combine_configurations([], returns)
    with pytest.raises(UnusableOptions, match="at least one"):
        combine_configurations(forecasts, returns, reweigh_every_bars=0)
    with pytest.raises(ArraysDiffer, match="a forecast"):
        combine_configurations([np.ones(3)], returns)


def test_the_forecast_handed_on_is_the_mean_or_the_only_member_itself() -> None:
    returns, forecasts = world()
    several = combine_configurations(forecasts, returns)
    np.testing.assert_array_equal(several.forecast, several.expanding)
    alone = combine_configurations(forecasts[:1], returns)
    np.testing.assert_array_equal(alone.forecast, forecasts[0])


def test_members_may_come_as_one_array() -> None:
    returns, forecasts = world()
    listed = combine_configurations(forecasts, returns)
    stacked = combine_configurations(np.stack(forecasts), returns)
    np.testing.assert_array_equal(stacked.forecast, listed.forecast)


def test_a_member_is_weighted_the_same_in_any_company_of_silent_ones() -> None:
    returns, forecasts = world()
    silent = np.full(N_BARS, np.nan)
    pair = combine_configurations(forecasts[:2], returns)
    more = combine_configurations([*forecasts[:2], silent, silent], returns)
    np.testing.assert_allclose(more.forecast, pair.forecast)
