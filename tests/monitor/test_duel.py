"""The duel's evidence: the formula by hand, its guarantee, and what it refuses."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.monitor import (
    UnusableMonitorOption,
    UnusableObservation,
    drift_of_accuracy,
    duel_evidence,
    score_of_points,
)
from bellwether.monitor._duel import DUEL_SHARES, MOST_DIFFERENCE

DIFFERENCES = st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=40)


def slowly(differences: list[float], horizon_bars: int) -> list[float]:
    wealth = [[1.0 for _ in DUEL_SHARES] for _ in range(horizon_bars)]
    found = []
    for bar, difference in enumerate(differences):
        phase = wealth[bar % horizon_bars]
        for place, share in enumerate(DUEL_SHARES):
            phase[place] *= 1.0 + share / MOST_DIFFERENCE * difference
        found.append(math.fsum(map(math.fsum, wealth)) / (horizon_bars * len(DUEL_SHARES)))
    return found


@given(differences=DIFFERENCES, horizon_bars=st.integers(1, 6))
@settings(max_examples=50)
def test_evidence_is_the_mean_wealth_of_its_gamblers(
    differences: list[float], horizon_bars: int
) -> None:
    found = duel_evidence(np.array(differences), horizon_bars)
    np.testing.assert_allclose(found, slowly(differences, horizon_bars), rtol=1e-10)


@given(differences=DIFFERENCES, more=DIFFERENCES)
@settings(max_examples=30)
def test_what_comes_later_changes_nothing_before(
    differences: list[float], more: list[float]
) -> None:
    alone = duel_evidence(np.array(differences))
    together = duel_evidence(np.array(differences + more))
    np.testing.assert_array_equal(together[: len(differences)], alone)


def test_many_duels_at_once_are_each_as_alone() -> None:
    many = np.random.default_rng(5).uniform(-5, 5, (7, 30))
    together = duel_evidence(many, 3)
    for row, alone in zip(many, together, strict=True):
        np.testing.assert_array_equal(duel_evidence(row, 3), alone)


def test_equals_reach_twenty_in_less_than_one_of_twenty_duels() -> None:
    signs = np.where(np.random.default_rng(6).random((4000, 500)) < 0.5, 1.0, -1.0)
    reached = (duel_evidence(2.0 * signs) >= 20.0).any(axis=1)
    assert reached.mean() <= 0.05


def test_the_expected_evidence_of_equals_is_one() -> None:
    coins = np.array(np.meshgrid(*[[-3.0, 3.0]] * 8)).reshape(8, -1).T
    assert duel_evidence(coins)[:, -1].mean() == pytest.approx(1.0)


@pytest.mark.parametrize("wrong", [5.1, -6.0, float("nan"), float("inf")])
def test_what_is_no_difference_of_scores_is_refused(wrong: float) -> None:
    with pytest.raises(UnusableObservation):
        duel_evidence(np.array([0.0, wrong]))


def test_a_horizon_of_nothing_is_refused() -> None:
    with pytest.raises(UnusableMonitorOption):
        duel_evidence(np.zeros(3), 0)


def test_points_of_accuracy_are_drifts() -> None:
    assert score_of_points(0.0) == pytest.approx(0.0, abs=1e-12)
    assert score_of_points(1.0) == pytest.approx(
        drift_of_accuracy(0.55) - drift_of_accuracy(0.54), rel=0.02
    )
