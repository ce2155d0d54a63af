"""Fitting the state to the past: what is learned, what is shrunk, what is silenced."""

import numpy as np
import pytest

from bellwether.models import EnsembleState, UnusableState, fit_state, share_drift


def simulated(
    n_rows: int, information_coefficient: float, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    signal = generator.standard_normal(n_rows)
    shocks = generator.standard_normal(n_rows)
    noise_share = np.sqrt(1 - information_coefficient**2)
    return 0.02 * signal[:, None], information_coefficient * signal + noise_share * shocks


def test_planted_skill_is_found_at_its_size() -> None:
    state = fit_state(["only"], *simulated(100_000, 0.10))

    assert state.drift[1] == pytest.approx(0.10, abs=0.01)
    # Slope of the log odds of a normal outcome at its centre: 4 / sqrt(2 pi) per unit.
    assert state.calibration[1] == pytest.approx(0.16, abs=0.02)


def test_probabilities_are_calibrated() -> None:
    forecasts, outcomes = simulated(100_000, 0.2)

    forecast = fit_state(["only"], forecasts, outcomes).forecast(forecasts, np.ones(100_000), 1)

    for low, high in ((0.35, 0.45), (0.45, 0.55), (0.55, 0.65)):
        inside = (forecast.probability_up >= low) & (forecast.probability_up < high)
        claimed, came = forecast.probability_up[inside].mean(), (outcomes[inside] > 0).mean()
        assert claimed == pytest.approx(came, abs=0.01)


def test_intervals_cover_what_they_state() -> None:
    forecasts = simulated(20_000, 0.1)[0]
    shocks = np.random.default_rng(2).standard_t(5, 20_000) / np.sqrt(5 / 3)
    unseen = np.random.default_rng(3).standard_t(5, 20_000) / np.sqrt(5 / 3)

    state = fit_state(["only"], forecasts, shocks)

    quantiles = state.forecast(forecasts, np.ones(20_000), 1).quantiles
    covered = (unseen > quantiles[:, 0]) & (unseen < quantiles[:, 4])
    assert covered.mean() == pytest.approx(0.90, abs=0.01)


def test_noise_moves_probabilities_hardly_at_all() -> None:
    spans = []
    for seed in range(20):
        forecasts, outcomes = simulated(500, 0.0, seed)
        state = fit_state(["only"], forecasts, outcomes)
        spans.append(np.ptp(state.forecast(forecasts, np.ones(500), 1).probability_up))

    assert np.mean(spans) < 0.12


def test_a_forecast_that_was_wrong_is_silenced_not_turned_round() -> None:
    forecasts, outcomes = simulated(5_000, 0.2)

    state = fit_state(["only"], -forecasts, outcomes)

    assert state.calibration[1] == 0.0
    assert state.drift[1] == 0.0
    answer = state.forecast(forecasts, np.ones(5_000), 1)
    assert np.ptp(answer.probability_up) == 0.0
    assert set(answer.confidence) == {50.0}


def test_without_a_past_nothing_is_claimed() -> None:
    state = fit_state(["a", "b"], np.zeros((0, 2)), np.zeros(0))

    answer = state.forecast(np.array([[0.5, -0.5]]), np.array([0.01]), 1)

    assert (answer.probability_up[0], answer.confidence[0]) == (0.5, 50.0)
    assert answer.quantiles[0, 0] == pytest.approx(-0.0164, abs=0.003)


def test_outcomes_all_of_one_sign_stay_finite() -> None:
    forecasts, outcomes = simulated(300, 0.1)

    state = fit_state(["only"], forecasts, np.abs(outcomes))

    answer = state.forecast(forecasts, np.ones(300), 1)
    assert 0.5 < answer.probability_up.max() < 0.95


def test_a_constant_member_says_nothing_and_does_no_harm() -> None:
    forecasts, outcomes = simulated(2_000, 0.1)
    with_constant = np.column_stack([forecasts, np.full(2_000, 0.07)])

    state = fit_state(["model", "constant"], with_constant, outcomes)

    # One float32 digit of difference between two backends must stay invisible.
    moved = state.score(with_constant + np.array([0.0, 7e-9])) - state.score(with_constant)
    assert np.abs(moved).max() < 1e-5
    assert np.abs(state.score(with_constant) - 0.5 * fit_only(forecasts, outcomes)).max() < 1e-9


def test_a_mean_of_forecasts_that_chance_would_make_is_no_drift() -> None:
    forecasts, outcomes = simulated(2_000, 0.1)
    centred, spread = forecasts - forecasts.mean(), forecasts.std()

    means = [
        float(fit_state(["only"], centred + drift * spread, outcomes).mean[0]) / float(spread)
        for drift in (0.2, 1.0, -10.0)
    ]

    # A hundred rows hold one independent look, so that chance makes a mean of .22 of the spread.
    assert means[0] == 0.0
    assert means[1:] == pytest.approx([0.95, -9.995], rel=1e-3)


def test_rows_with_unknowns_and_unmoved_outcomes_are_left_out() -> None:
    forecasts, outcomes = simulated(400, 0.1)
    holed_forecasts = np.vstack([forecasts, [[np.nan]], [[0.01]]])
    holed_outcomes = np.append(outcomes, [1.0, np.nan])

    assert same(
        fit_state(["only"], forecasts, outcomes),
        fit_state(["only"], holed_forecasts, holed_outcomes),
    )
    still = fit_state(
        ["only"], np.vstack([forecasts, forecasts]), np.append(outcomes, 0 * outcomes)
    )
    moved = fit_state(["only"], forecasts, outcomes)
    np.testing.assert_allclose(still.calibration, moved.calibration, atol=1e-9)


def test_overlapping_outcomes_count_as_less_evidence() -> None:
    forecasts, outcomes = simulated(1_000, 0.1)

    one, five = (fit_state(["only"], forecasts, outcomes, horizon_bars=h) for h in (1, 5))

    assert 0.0 < five.drift[1] < one.drift[1]
    assert 0.0 < five.calibration[1] < one.calibration[1]


def test_symbols_share_a_drift_that_no_volatility_makes_larger() -> None:
    forecasts, outcomes = simulated(1000, 0.1)
    state = fit_state(["only"], forecasts, outcomes + 0.1)
    volatility = np.array([0.01, 0.04, np.nan])

    shared = share_drift(state, volatility, 4)

    assert shared.drift.tolist() == [0.0, state.drift[1]]
    assert shared.common_drift is not None
    unit = volatility[:2] * 2.0
    assert np.mean(shared.common_drift[0] / unit) == pytest.approx(state.drift[0], rel=1e-12)
    said = shared.forecast(np.zeros((2, 1)) + state.mean, volatility[:2], 4)
    assert said.expected_return[0] == said.expected_return[1]


def test_without_a_past_no_drift_is_shared() -> None:
    shared = share_drift(fit_state(["a"], np.zeros((0, 1)), np.zeros(0)), np.zeros(0), 1)

    assert shared.common_drift is not None
    assert shared.common_drift.tolist() == [0.0]


def test_weights_are_scaled_and_default_to_equal() -> None:
    forecasts, outcomes = np.zeros((30, 2)), np.zeros(30)

    assert fit_state(["a", "b"], forecasts, outcomes).weight.tolist() == [0.5, 0.5]
    weighted = fit_state(["a", "b"], forecasts, outcomes, weight=np.array([3.0, 1.0]))
    assert weighted.weight.tolist() == [0.75, 0.25]


@pytest.mark.parametrize("weight", [[1.0], [0.0, 0.0], [-1.0, 2.0], [np.nan, 1.0]])
def test_weights_that_cannot_be_scaled_are_refused(weight: list[float]) -> None:
    with pytest.raises(UnusableState):
        fit_state(["a", "b"], np.zeros((30, 2)), np.zeros(30), weight=np.array(weight))


def test_forecasts_that_do_not_fit_the_members_are_refused() -> None:
    with pytest.raises(UnusableState):
        fit_state(["a", "b"], np.zeros((30, 1)), np.zeros(30))
    with pytest.raises(UnusableState):
        fit_state(["a"], np.zeros((30, 1)), np.zeros(29))


def fit_only(forecasts: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    return fit_state(["model"], forecasts, outcomes).score(forecasts)


def same(one: EnsembleState, other: EnsembleState) -> bool:
    return one.digest == other.digest
