"""Bars that are missing within a day are counted against their session."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import TimeArray
from bellwether.bars import Anchor, Bars
from bellwether.sources import find_sessions, read_bars
from bellwether.sources._intraday import note_missing_bars

NOVEMBER = find_sessions("XNYS", np.datetime64("2020-11-02"), np.datetime64("2020-11-30"))


def bars_at(closed_at: TimeArray, interval: str) -> Bars:
    ones = np.ones(len(closed_at))
    return Bars(
        symbol="X", interval=interval, closed_at=closed_at, open=ones, high=ones, low=ones,
        close=ones, volume=ones,
    )  # fmt: skip


@pytest.mark.parametrize("interval", ["5m", "30m", "1h"])
@pytest.mark.parametrize("anchor", ["open", "clock"])
def test_whole_sessions_miss_nothing_half_days_included(interval: str, anchor: Anchor) -> None:
    slots = NOVEMBER.slots(interval, anchor)
    assert note_missing_bars(bars_at(slots.ends_at, interval), NOVEMBER) == ()


@given(gone=st.sets(st.integers(1, 20 * 13 - 8), min_size=1, max_size=15))
@settings(max_examples=40, deadline=None)
def test_what_is_missing_within_sessions_is_counted(gone: set[int]) -> None:
    ends = NOVEMBER.slots("30m").ends_at
    kept = np.setdiff1d(np.arange(len(ends)), list(gone))
    [found] = note_missing_bars(bars_at(ends[kept], "30m"), NOVEMBER)
    assert found.what.startswith(f"{len(gone)} of {len(ends)} bars of 30m that sessions of XNYS")
    assert found.where == str(np.datetime_as_string(ends[min(gone)], unit="m"))
    assert found.severity == ("warning" if len(gone) / len(ends) > 0.05 else "note")


def test_sessions_without_any_bar_are_not_counted_twice() -> None:
    ends = NOVEMBER.slots("30m").ends_at
    gone = ends.astype("M8[D]") == np.datetime64("2020-11-10")
    assert note_missing_bars(bars_at(ends[~gone], "30m"), NOVEMBER) == ()


def test_bars_at_no_regular_places_and_long_ones_are_left_alone() -> None:
    ends = NOVEMBER.slots("30m").ends_at
    odd = ends + np.timedelta64(7, "m")
    assert note_missing_bars(bars_at(odd[odd < ends[-1]], "30m"), NOVEMBER) == ()
    assert note_missing_bars(bars_at(NOVEMBER.closes_at[::2], "1d"), NOVEMBER) == ()
    assert note_missing_bars(bars_at(ends[:1], "30m"), NOVEMBER) == ()


def test_real_hours_of_new_york_are_whole_and_those_of_currencies_nearly(
    market_data: Path,
) -> None:
    lean = market_data / "lean_raw/Data"
    codes = {
        one.code: one.what
        for name in ("equity/usa/hour/spy", "forex/oanda/hour/eurusd")
        for one in read_bars(lean / f"{name}.zip").quality.findings
    }
    assert codes["missing-bars"].startswith("202 of 74581 bars of 1h that sessions of FX-UTC")
