"""How much a row counts: by what of its label is its own, and by its age."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import FloatArray, IntArray
from bellwether.labels import (
    LabelShapeMismatch,
    UnusableHalfLife,
    age_weights,
    uniqueness_weights,
)

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), min_size=1, max_size=40)


def counted(opens: IntArray, closes: IntArray) -> FloatArray:
    """Count the open labels of every bar by hand."""
    n_open = [
        sum(one < bar <= other for one, other in zip(opens, closes, strict=True))
        for bar in range(80)
    ]
    return np.array(
        [
            np.mean([1.0 / n_open[bar] for bar in range(one + 1, other + 1)])
            for one, other in zip(opens, closes, strict=True)
        ]
    )


@given(SPANS)
def test_uniqueness_is_the_mean_over_bars_of_one_over_the_labels_open(
    spans: list[tuple[int, int]],
) -> None:
    opens = np.array([begin for begin, _ in spans])
    closes = opens + np.array([length for _, length in spans])
    weight = uniqueness_weights(opens, closes)
    np.testing.assert_allclose(weight, counted(opens, closes), rtol=1e-12)
    assert weight.min() > 0.0
    assert weight.max() <= 1.0 + 1e-12


@given(st.integers(1, 20))
def test_one_label_a_bar_over_h_bars_is_worth_about_one_in_h(horizon_bars: int) -> None:
    opens = np.arange(200)
    weight = uniqueness_weights(opens, opens + horizon_bars)
    np.testing.assert_allclose(weight[horizon_bars:-horizon_bars], 1.0 / horizon_bars)


def test_nothing_weighs_nothing_and_arrays_of_two_lengths_are_refused() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert not len(uniqueness_weights(nothing, nothing))
    with pytest.raises(LabelShapeMismatch, match="closes_at"):
        uniqueness_weights(np.arange(3), np.arange(4))


@given(st.floats(0.5, 1e4), st.integers(0, 5000))
def test_a_half_life_later_a_row_counts_half(half_life_bars: float, age_bars: int) -> None:
    now, later = age_weights(np.array([age_bars, age_bars + half_life_bars]), half_life_bars)
    assert later == pytest.approx(now / 2.0)
    assert age_weights(np.array([0]), half_life_bars)[0] == 1.0


@pytest.mark.parametrize("half_life_bars", [0.0, -1.0, float("nan")])
def test_a_half_life_of_no_time_is_refused(half_life_bars: float) -> None:
    with pytest.raises(UnusableHalfLife, match="half-life above 0"):
        age_weights(np.arange(3), half_life_bars)
