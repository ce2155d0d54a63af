"""Losses as targets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from bellwether.models import TrainingData, learned_target
from bellwether.models._losses import make_lessons
from bellwether.models._options import Loss

UNIT = np.sqrt(3.0 / 5.0)


def _t5(x: float) -> float:
    return float(stats.t.pdf(x, 5, scale=UNIT))


@pytest.mark.parametrize("loss", ["huber", "t5"])
def test_the_mean_of_a_learned_target_moves_with_the_location(loss: Loss) -> None:
    step = 1e-3

    def mean(shift: float) -> float:
        def weighted(x: float) -> float:
            return float(learned_target(np.array([x + shift]), loss)[0]) * _t5(x)

        return float(quad(weighted, -60, 60, limit=400, points=[-2, -1.345, 0, 1.345, 2])[0])

    assert (mean(step) - mean(-step)) / (2 * step) == pytest.approx(1.0, abs=2e-3)


def test_of_t5_returns_the_target_varies_by_a_fifth_less_than_they_do() -> None:
    def square(x: float) -> float:
        return float(learned_target(np.array([x]), "t5")[0]) ** 2 * _t5(x)

    assert quad(square, -60, 60, limit=400)[0] == pytest.approx(0.8, abs=1e-4)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=50), st.sampled_from(["huber", "t5"]))
def test_a_robust_target_is_odd_and_bounded(values: list[float], loss: Loss) -> None:
    target = np.array(values)

    learned = learned_target(target, loss)

    np.testing.assert_array_equal(learned, -learned_target(-target, loss))
    assert np.abs(learned).max() < 1.6
    assert np.all(learned * target >= 0.0)


def test_squared_error_with_its_drift_leaves_the_rows_as_they_are() -> None:
    rows = _rows(1.0, 1.0)

    assert make_lessons(rows, rows, "squared", tells_drift=True) == (rows, rows)


def test_a_lesson_without_drift_has_no_mean_on_the_training_rows() -> None:
    train, validation = make_lessons(_rows(1.0, 2.0, 6.0), _rows(4.0), "squared", tells_drift=False)

    assert train.target.tolist() == [-2.0, -1.0, 3.0]
    assert validation.target.tolist() == [1.0]


def _rows(*target: float) -> TrainingData:
    windows = np.ones((len(target), 1, 1), np.float32)
    return TrainingData(windows=windows, target=np.array(target, np.float32))
