"""The ensemble's state: its checks, its stored form, its arithmetic and its weights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.models import (
    QUANTILES,
    STARTING_WEIGHTS,
    EnsembleState,
    UnusableState,
    combine,
    performance_weights,
    soft_weights,
)


def make_state(**changes: Any) -> EnsembleState:
    state = EnsembleState(
        members=("a", "b"),
        mean=np.array([0.01, -0.02]),
        scale=np.array([0.1, 0.2]),
        weight=np.array([0.25, 0.75]),
        calibration=np.array([0.1, 0.4]),
        drift=np.array([0.05, 0.1]),
        interval_offsets=np.array([-1.6, -0.6, 0.0, 0.6, 1.6]),
        strength_grid=np.linspace(0.0, 0.1, 100),
    )
    return replace(state, **changes)


def test_forecast_follows_its_formulas_by_hand() -> None:
    forecast = make_state().forecast(np.array([[0.06, 0.18]]), np.array([0.02]), 4)

    score = 0.25 * 0.5 + 0.75 * 1.0
    probability_up = 1 / (1 + np.exp(-(0.1 + 0.4 * score)))
    unit = 0.02 * 2
    assert forecast.score[0] == pytest.approx(score, abs=1e-15)
    assert forecast.probability_up[0] == pytest.approx(probability_up, abs=1e-15)
    assert forecast.expected_return[0] == pytest.approx(unit * (0.05 + 0.1 * score), abs=1e-15)
    assert forecast.quantiles[0, 4] == pytest.approx(unit * (0.05 + 0.1 * score + 1.6), abs=1e-15)
    assert forecast.confidence[0] == 95.0


def test_one_wild_member_cannot_shout_down_the_others() -> None:
    score = combine(np.array([[1e9, 0.0]]), np.zeros(2), np.ones(2), np.array([0.5, 0.5]))

    assert score[0] == 1.5


@given(
    forecasts=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2),
    volatility=st.floats(1e-6, 1.0),
    horizon_bars=st.integers(1, 60),
)
def test_every_answer_is_within_its_range(
    forecasts: list[float], volatility: float, horizon_bars: int
) -> None:
    forecast = make_state().forecast(np.array([forecasts]), np.array([volatility]), horizon_bars)

    assert abs(forecast.score[0]) <= 3.0
    assert 0.0 < forecast.probability_up[0] < 1.0
    assert 50.0 <= forecast.confidence[0] <= 95.0
    assert forecast.quantiles.shape == (1, len(QUANTILES))
    assert np.all(np.diff(forecast.quantiles[0]) >= 0.0)


def test_confidence_counts_the_weaker_forecasts_and_forgives_the_last_digit() -> None:
    silent = make_state(
        calibration=np.array([0.4, 0.0]), strength_grid=np.full(100, 1 / (1 + np.exp(-0.4)) - 0.5)
    )
    halfway = make_state(calibration=np.array([0.2, 0.0]), strength_grid=np.repeat([0.01, 0.2], 50))

    rows, volatility = np.zeros((1, 2)), np.ones(1)
    assert silent.forecast(rows, volatility, 1).confidence[0] == 50.0
    assert halfway.forecast(rows, volatility, 1).confidence[0] == 72.5


def test_state_survives_its_json_and_keeps_its_digest() -> None:
    state = make_state(mean=np.array([1 / 3, 1e-17]))

    back = EnsembleState.from_json(state.to_json())

    assert back.digest == state.digest
    assert back.digest != make_state().digest
    np.testing.assert_array_equal(back.mean, state.mean)


def test_a_common_drift_is_the_same_for_every_volatility() -> None:
    drift = np.array([0.0, 0.1])
    plain, shared = make_state(drift=drift), make_state(drift=drift, common_drift=np.array([3e-4]))
    rows, volatility = np.array([[0.06, 0.18], [0.06, 0.18]]), np.array([0.002, 0.05])

    without, with_it = (one.forecast(rows, volatility, 4) for one in (plain, shared))

    np.testing.assert_allclose(with_it.expected_return - without.expected_return, 3e-4, rtol=1e-12)
    np.testing.assert_allclose(with_it.quantiles - without.quantiles, 3e-4, rtol=1e-10)
    np.testing.assert_array_equal(with_it.probability_up, without.probability_up)


def test_a_common_drift_survives_json_and_who_has_none_stays_what_it_was() -> None:
    state = make_state(common_drift=np.array([3e-4]))

    back = EnsembleState.from_json(state.to_json())

    assert back.common_drift is not None
    assert back.common_drift.tolist() == [3e-4]
    assert back.digest == state.digest != make_state().digest
    assert back.inputs()["common_drift"].tolist() == [3e-4]
    assert "common_drift" not in make_state().to_dict()
    assert "common_drift" not in make_state().inputs()


def test_state_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        make_state().mean[0] = 1.0


@pytest.mark.parametrize(
    "changes",
    [
        {"members": ("a", "a")},
        {"members": ("a",)},
        {"mean": np.array([np.nan, 0.0])},
        {"scale": np.array([1.0, 0.0])},
        {"weight": np.array([-0.5, 1.5])},
        {"weight": np.array([0.5, 0.6])},
        {"interval_offsets": np.array([0.0, -1.0, 0.0, 1.0, 2.0])},
        {"strength_grid": np.linspace(1.0, 0.0, 100)},
        {"strength_grid": np.zeros(99)},
        {"calibration": np.zeros(3)},
        {"common_drift": np.zeros(2)},
        {"common_drift": np.array([np.inf])},
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnusableState):
        make_state(**changes)


def test_a_state_without_members_is_refused() -> None:
    none = np.zeros(0)

    with pytest.raises(UnusableState, match="at least one member"):
        make_state(members=(), mean=none, scale=none, weight=none)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"members": ["a"]}', "{'a': 1}"])
def test_text_that_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(UnusableState):
        EnsembleState.from_json(text)


@given(past_t=st.lists(st.floats(-50, 50) | st.just(float("nan")), min_size=1, max_size=8))
def test_soft_weights_sum_to_one_and_never_prefer_less_evidence(past_t: list[float]) -> None:
    evidence = np.array(past_t)

    weight = soft_weights(evidence)

    assert weight.sum() == pytest.approx(1.0)
    order = np.argsort(np.maximum(np.nan_to_num(evidence), 0.0), kind="stable")
    assert np.all(np.diff(weight[order]) >= -1e-15)


def test_soft_weights_follow_the_gate_s_definition() -> None:
    unscaled = np.array([np.exp(2.0), 1.0, np.exp(0.5)])

    np.testing.assert_allclose(
        soft_weights(np.array([2.0, -4.0, 1.0])), unscaled / unscaled.sum(), rtol=1e-14
    )


def test_starting_weights_are_those_of_the_contract() -> None:
    assert dict(STARTING_WEIGHTS) == {
        "lstm": 0.40,
        "transformer": 0.35,
        "gradient_boosting": 0.25,
    }


def test_performance_moves_weights_within_the_contract_s_bounds() -> None:
    weight = performance_weights(np.array([0.9, 0.04, 0.06]), np.array([1.0, 0.0, np.nan]))

    np.testing.assert_allclose(weight, np.array([0.60, 0.05, 0.06]) / 0.71)
