"""A recovery is proven, or it is luck no oftener than was promised."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.monitor import (
    ForeignState,
    RecoveryState,
    RecoveryTest,
    UnusableMonitorOption,
    UnusableObservation,
    drift_of_accuracy,
)

TEST = RecoveryTest(accuracy=0.515, score=drift_of_accuracy(0.515))


def follow(accuracy: float, n_bars: int, seed: int, before: float | None = None) -> list[float]:
    """Return the evidence bar by bar, after a year of another accuracy where one is given."""
    rng = np.random.default_rng(seed)
    year = [before] * 252 if before is not None else []
    state, told = TEST.start(), []
    for one in [*year, *[accuracy] * n_bars]:
        score = float(np.clip(drift_of_accuracy(one) + rng.standard_t(5) * 0.6**0.5, -2.5, 2.5))
        state = TEST.step(state, [1.0 if score > 0 else 0.0], [score])
        told.append(state.e_value)
    return told


def test_it_begins_at_one() -> None:
    assert TEST.start().e_value == 1.0


def test_a_model_no_better_than_the_rules_returns_by_luck_at_most_once_in_twenty() -> None:
    returned = sum(max(follow(0.515, 500, seed)) >= 20.0 for seed in range(80))
    assert returned <= 9  # 4 expected at the very most; 9 leaves room for chance


def test_a_model_that_is_good_again_returns() -> None:
    assert sum(max(follow(0.60, 600, seed)) >= 20.0 for seed in range(10)) >= 9


def test_a_recovery_long_after_the_alarm_is_found_too() -> None:
    found = sum(max(follow(0.60, 800, seed, before=0.45)) >= 20.0 for seed in range(10))
    assert found >= 8


def test_the_mean_over_what_may_happen_next_is_what_was_there() -> None:
    """At the rules' own accuracy and score nothing can be expected: checked by hand."""
    test = RecoveryTest(accuracy=0.5, score=0.0)
    state = test.start()
    for hit, score in ((1.0, 0.4), (0.0, -0.2), (1.0, 1.1)):
        state = test.step(state, [hit], [score])
    up, down = test.step(state, [1.0], [0.8]), test.step(state, [0.0], [-0.8])
    assert (up.e_value + down.e_value) / 2 == pytest.approx(state.e_value, rel=1e-12)


def test_phases_of_a_horizon_do_not_mix() -> None:
    test = RecoveryTest(accuracy=0.5, score=0.0, horizon_bars=2)
    state = test.step(test.start(), [1.0], [2.0])
    assert state.hits[1] == (0.0,) * 4
    assert state.cash == (0.5, 1.0)
    assert test.step(state, [0.0], [-2.0]).hits[0] == state.hits[0]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.floats(-2.5, 2.5)), max_size=20), st.integers(1, 3))
def test_states_are_values_that_come_back_from_json(
    bars: list[tuple[bool, float]], horizon_bars: int
) -> None:
    test = RecoveryTest(accuracy=0.52, score=0.03, horizon_bars=horizon_bars)
    state = test.start()
    for hit, score in bars:
        kept = RecoveryState.from_json(state.to_json())
        assert kept == state
        state = test.step(state, [float(hit)], [score], (1.5, 2.0))
        assert state.e_value >= 0.0
        assert kept == RecoveryState.from_json(kept.to_json())


def test_what_cannot_be_taken_is_refused() -> None:
    state = TEST.start()
    with pytest.raises(UnusableObservation):
        TEST.step(state, [1.0], [3.0])
    with pytest.raises(UnusableObservation):
        TEST.step(state, [1.0], [1.0], (0.5, 1.0))
    with pytest.raises(ForeignState):
        RecoveryTest(accuracy=0.5, score=0.0, horizon_bars=3).step(state, [1.0], [1.0])


@pytest.mark.parametrize(
    "options",
    [
        {"accuracy": 0.95, "score": 0.0},
        {"accuracy": 0.5, "score": 3.0},
        {"accuracy": 0.5, "score": 0.0, "horizon_bars": 0},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(UnusableMonitorOption):
        RecoveryTest(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content", [{}, {"hits": [[1.0]], "scores": [[1.0]], "cash": [], "n_bars": 0}]
)
def test_what_is_none_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ForeignState):
        RecoveryState.from_json(content)
