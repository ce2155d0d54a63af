import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bellwether.monitor import (
    Belief,
    ForeignState,
    Router,
    UnusableMonitorOption,
    UnusableObservation,
    drift_of_accuracy,
)


@given(hits=st.lists(st.sampled_from((0.0, 1.0)), max_size=60))
def test_a_belief_is_the_hidden_markov_filter_written_as_matrices(hits: list[float]) -> None:
    router = Router()
    belief = router.begin()
    moves = (1.0 - router.changes_a_bar) * np.eye(4)
    moves = moves + router.changes_a_bar * np.array([router.renewal] * 4)
    expected = np.array(router.start)
    for hit in hits:
        belief = router.step(belief, [hit])
        accuracy = np.array(router.accuracies)
        seen = expected * (accuracy if hit else 1.0 - accuracy)
        expected = seen / seen.sum() @ moves
    assert belief.weights == pytest.approx(expected.tolist())
    assert math.isclose(math.fsum(belief.weights), 1.0)
    assert Belief.from_json(belief.to_json()) == belief


@pytest.mark.parametrize("accuracy", [0.2, 0.45, 0.5, 0.55, 0.9])
def test_the_drift_of_an_accuracy_is_scipys(accuracy: float) -> None:
    expected = stats.t.ppf(accuracy, 5) * math.sqrt(0.6)
    assert drift_of_accuracy(accuracy) == pytest.approx(expected, abs=1e-12)


@given(scores=st.lists(st.floats(-2.5, 2.5), max_size=30))
def test_scores_are_weighed_by_the_density_of_a_t5_around_each_drift(scores: list[float]) -> None:
    router = Router(changes_a_bar=0.0)
    belief = router.begin()
    for score in scores:
        belief = router.step_scores(belief, [score])
    drifts = stats.t.ppf(router.accuracies, 5) * math.sqrt(0.6)
    density = stats.t.pdf(np.array(scores)[:, None], 5, loc=drifts, scale=math.sqrt(0.6))
    expected = np.array(router.start) * np.prod(density, axis=0)
    assert belief.weights == pytest.approx((expected / expected.sum()).tolist(), rel=1e-9)


def test_a_model_that_fails_is_left_and_one_that_recovers_is_taken_back() -> None:
    router = Router()
    belief = router.begin()
    for _ in range(30):
        belief = router.step(belief, [0.0])
    assert not router.serves_model(belief, 0.51)
    for _ in range(60):
        belief = router.step(belief, [1.0])
    assert router.serves_model(belief, 0.51)


def test_pooled_symbols_that_agree_count_as_one() -> None:
    router = Router()
    one = router.step(router.begin(), [0.0])
    many = router.step(router.begin(), [0.0] * 8, design_effect=8.0)
    assert many.weights == pytest.approx(one.weights)


def test_more_outcomes_than_a_number_can_hold_leave_the_belief_as_it_was() -> None:
    router = Router(changes_a_bar=0.0)
    assert router.step(router.begin(), [0.0] * 5000).weights == router.start


def test_qualities_scale_with_the_accuracy_a_model_had() -> None:
    assert Router.around(0.55).accuracies == pytest.approx(Router().accuracies)
    with pytest.raises(UnusableMonitorOption):
        Router.around(0.5)


@pytest.mark.parametrize(
    "options",
    [{"accuracies": (1.0,)}, {"start": (1.0,)}, {"renewal": (0.5, 0.5, 0.5, -0.5)},
     {"changes_a_bar": 1.0}],
)  # fmt: skip
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UnusableMonitorOption):
        Router(**options)  # type: ignore[arg-type]


def test_what_is_no_outcome_is_refused() -> None:
    with pytest.raises(UnusableObservation):
        Router().step(Router().begin(), [0.4])
    with pytest.raises(UnusableObservation):
        Router().step(Router().begin(), [1.0], design_effect=0.0)
    with pytest.raises(UnusableObservation):
        Router().step_scores(Router().begin(), [float("nan")])


def test_a_belief_about_other_qualities_is_refused() -> None:
    with pytest.raises(ForeignState):
        Router().step(Router.around(0.6).begin(), [1.0])
    with pytest.raises(ForeignState):
        Belief.from_json({"accuracies": [0.5], "weights": [0.4]})
    with pytest.raises(ForeignState):
        Belief.from_json({"accuracies": [0.5]})
