"""Arrays within values: copied once, typed, and closed to writing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bellwether.arrays import FloatArray, first_row_not_finite, frozen_floats, frozen_times

ANY_FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, min_side=0), elements=ANY_FLOATS))
def test_frozen_floats_hold_the_same_bits(values: FloatArray) -> None:
    frozen = frozen_floats(values)
    assert frozen.dtype == np.float64
    assert frozen.shape == values.shape
    assert frozen.tobytes() == values.tobytes()


def test_frozen_floats_do_not_follow_the_array_they_came_from() -> None:
    values = np.array([1.0, 2.0])
    frozen = frozen_floats(values)
    values[0] = 9.0
    assert frozen.tolist() == [1.0, 2.0]
    assert not np.shares_memory(frozen, values)


def test_frozen_floats_cannot_be_written() -> None:
    frozen = frozen_floats([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = 9.0
    with pytest.raises(ValueError, match="read-only"):
        frozen[1:] += 1.0


@pytest.mark.parametrize(
    "values", [[1, 2], (1.0, 2.0), np.array([1, 2], np.int8), np.array([1, 2], ">f8"), ["1", "2"]]
)
def test_frozen_floats_take_whatever_numpy_reads_as_numbers(values: object) -> None:
    frozen = frozen_floats(values)
    assert frozen.dtype == np.dtype("float64")
    assert frozen.dtype.isnative
    assert frozen.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("values", [np.ones((3, 4)).T, np.ones((6, 4))[::2, ::2]])
def test_frozen_floats_lie_in_rows(values: FloatArray) -> None:
    frozen = frozen_floats(values)
    assert frozen.flags.c_contiguous
    assert frozen.flags.owndata


def test_what_is_no_number_cannot_be_frozen() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        frozen_floats(["one"])


@pytest.mark.parametrize(
    "values",
    [
        ["2020-01-02T21:00", "2020-01-03T21:00"],
        np.array(["2020-01-02T21", "2020-01-03T21"], "datetime64[h]"),
        np.array(["2020-01-02T21:00", "2020-01-03T21:00"], "datetime64[ns]"),
    ],
)
def test_frozen_times_are_microseconds_whatever_they_were(values: object) -> None:
    frozen = frozen_times(values)
    assert frozen.dtype == np.dtype("datetime64[us]")
    assert frozen.astype(np.int64).tolist() == [1_577_998_800_000_000, 1_578_085_200_000_000]


def test_frozen_times_keep_a_missing_instant_missing() -> None:
    assert np.isnat(frozen_times(["NaT", "2020-01-01"])).tolist() == [True, False]


def test_frozen_times_are_a_copy_that_cannot_be_written() -> None:
    times = np.array(["2020-01-01", "2020-01-02"], "datetime64[us]")
    frozen = frozen_times(times)
    times[0] = times[1]
    assert frozen[0] < frozen[1]
    with pytest.raises(ValueError, match="read-only"):
        frozen[0] = times[1]


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=6),
        elements=st.sampled_from([0.0, -1e308, np.nan, np.inf, -np.inf]),
    )
)
def test_the_first_row_not_finite_is_the_one_a_slow_search_finds(values: FloatArray) -> None:
    slow = None
    for row in reversed(range(len(values))):
        if not all(np.isfinite(value) for value in np.atleast_1d(values[row])):
            slow = row
    assert first_row_not_finite(values) == slow


def test_a_row_without_columns_is_finite() -> None:
    assert first_row_not_finite(np.empty((3, 0))) is None
