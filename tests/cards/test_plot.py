"""Axes, thinning and lines: small geometry that a wrong picture would betray."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.cards._plot import draw_line, plan_axis, plan_time_axis, thin

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


@given(st.lists(FINITE, min_size=1, max_size=50))
def test_axis_holds_every_value_and_every_tick(values: list[float]) -> None:
    axis = plan_axis(np.array(values), str)
    places = axis.place(np.array(values))
    assert places.min() >= 0.0
    assert places.max() <= 1.0
    assert all(axis.low <= at <= axis.high for at, _ in axis.ticks)
    assert 2 <= len(axis.ticks) <= 8


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=50))
def test_axis_that_may_be_logarithmic_is_so_from_a_ratio_of_three_on(values: list[float]) -> None:
    axis = plan_axis(np.array(values), str, may_log=True)
    assert axis.is_log == (max(values) / min(values) >= 3.0)
    assert len(axis.ticks) >= 1
    places = axis.place(np.array(values))
    assert places.min() >= 0.0
    assert places.max() <= 1.0


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2005-06-10", "2018-12-31", ["2006", "2008", "2010", "2012", "2014", "2016", "2018"]),
        ("2001-01-01", "2001-12-31", ["2001-02-06", "2001-07-02", "2001-11-24"]),
        ("2001-01-01T09:00", "2001-01-01T19:00", None),
    ],
)
def test_time_axis_speaks_in_years_days_or_minutes(
    first: str, last: str, labels: list[str] | None
) -> None:
    axis = plan_time_axis(np.array([first, last], dtype="datetime64[us]"))
    expected = labels or ["2001-01-01 10:00", "2001-01-01 14:00", "2001-01-01 18:00"]
    assert [label for _, label in axis.ticks] == expected


def test_thinning_keeps_ends_and_extremes() -> None:
    values = np.sin(np.arange(10_000) / 50.0)
    values[4321] = 9.0
    values[8765] = -9.0
    kept = thin(values)
    assert {0, 4321, 8765, 9999} <= set(kept)
    assert kept == sorted(set(kept))
    assert len(kept) <= 602


def test_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    line = draw_line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), "x")
    assert re.search(r'd="M0.0 1000.0 1000.0 0.0"', line)
