"""What a family may be given to learn from."""

import numpy as np
import pytest

from bellwether.models import TrainingData, UnusableTrainingData


def test_overlapping_windows_are_kept_as_a_view_and_read_only() -> None:
    steps = np.zeros((50, 3), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(steps, 20, axis=0).transpose(0, 2, 1)

    data = TrainingData(windows=windows, target=np.zeros(31, np.float32))

    assert np.shares_memory(data.windows, steps)
    assert not data.windows.flags.writeable
    assert steps.flags.writeable


def test_target_mean_is_weighted() -> None:
    data = TrainingData(
        windows=np.zeros((2, 1, 1), np.float32),
        target=np.array([1.0, 4.0], np.float32),
        weight=np.array([2.0, 1.0], np.float32),
    )

    assert data.target_mean == 2.0


@pytest.mark.parametrize(
    ("windows", "target", "weight"),
    [
        (np.zeros((0, 2, 3)), np.zeros(0), np.zeros(0)),
        (np.zeros((4, 3)), np.zeros(4), np.ones(4)),
        (np.zeros((4, 2, 3)), np.zeros(3), np.ones(4)),
        (np.zeros((4, 2, 3)), np.zeros(4), np.ones(5)),
        (np.full((4, 2, 3), np.nan), np.zeros(4), np.ones(4)),
        (np.zeros((4, 2, 3)), np.full(4, np.inf), np.ones(4)),
        (np.zeros((4, 2, 3)), np.zeros(4), np.zeros(4)),
        (np.zeros((4, 2, 3)), np.zeros(4), np.array([1.0, 1.0, 1.0, -1.0])),
    ],
)
def test_unusable_rows_are_refused(
    windows: np.ndarray, target: np.ndarray, weight: np.ndarray
) -> None:
    with pytest.raises(UnusableTrainingData):
        TrainingData(
            windows=windows.astype(np.float32),
            target=target.astype(np.float32),
            weight=weight.astype(np.float32),
        )
