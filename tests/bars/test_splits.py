"""Suspected splits: the evidence for and against, on planted and on real jumps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.conftest import random_bars

from bellwether.bars import (
    Bars,
    BarsImport,
    Finding,
    Reading,
    SessionCalendar,
    SplitCase,
    adjust_import,
    apply_suspected_splits,
    assess,
    find_suspected_splits,
    read_split,
    weigh_splits,
)

MakeBars = Callable[[int, int], Bars]
COLUMNS = ("closed_at", "open", "high", "low", "close", "volume", "adjustment")
PRICES = ("open", "high", "low", "close")


def rebuild(bars: Bars, rows: Any = slice(None), **changed: Any) -> Bars:
    columns = {name: changed.get(name, getattr(bars, name)[rows]) for name in COLUMNS}
    return Bars(symbol=bars.symbol, **columns)


def jump_at(bars: Bars, row: int, ratio: float, *, volumes: bool = True) -> Bars:
    """Return bars that trade in `ratio` new shares for an old one from a row on."""
    factor = np.where(np.arange(len(bars)) < row, 1.0, 1.0 / ratio)
    prices = {name: getattr(bars, name) * factor for name in PRICES}
    return rebuild(bars, volume=bars.volume / factor if volumes else bars.volume, **prices)


def only(cases: tuple[SplitCase, ...]) -> SplitCase:
    [case] = cases
    return case


@given(
    ratio=st.sampled_from([2.0, 3.0, 4.0, 7.0, 15.0, 1.5, 1 / 5, 1 / 30]),
    row=st.integers(30, 250),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40)
def test_a_planted_split_is_suspected_on_its_day_with_its_ratio(
    ratio: float, row: int, seed: int
) -> None:
    calm = random_bars(300, seed)
    gaps = np.abs(np.log(calm.open[1:] / calm.close[:-1]))
    # A gap of its own that is large for the day hides the ratio, as it should.
    assume(gaps[row - 1] < 2.0 * np.median(gaps))
    bars = jump_at(rebuild(calm, volume=np.full(300, 1e6)), row, ratio)
    case = only(find_suspected_splits(bars))
    assert (case.row, case.day) == (row, bars.closed_at[row].astype("datetime64[D]"))
    assert case.ratio == pytest.approx(ratio)


def test_the_evidence_names_ratio_range_turnover_level_and_volumes(make_bars: MakeBars) -> None:
    case = only(find_suspected_splits(jump_at(make_bars(300, 5), 200, 4.0)))
    assert "near 1/4 (a split)" in case.words
    for part in ("range", "turnover", "next 20 bars stayed at the new level", "next 20 volumes"):
        assert any(part in one for one in case.evidence_for)
    assert "against" not in case.words


@pytest.mark.parametrize(
    ("spoil", "against"),
    [
        (lambda bars, later: {"volume": bars.volume * np.where(later == 0, 20.0, 1.0)}, "turnover"),
        (lambda bars, later: {"high": bars.high * np.where(later == 0, 1.5, 1.0)}, "range"),
    ],
)
def test_a_day_that_is_out_of_the_ordinary_speaks_against_a_split(
    make_bars: MakeBars, spoil: Callable[[Bars, Any], dict[str, Any]], against: str
) -> None:
    bars = jump_at(make_bars(300, 5), 200, 2.0)
    case = only(weigh_splits(rebuild(bars, **spoil(bars, np.arange(300) - 200))))
    assert not case.is_suspected
    assert case.evidence_against[0].startswith(against)


def test_a_level_that_does_not_stay_speaks_against_a_split(make_bars: MakeBars) -> None:
    bars = jump_at(jump_at(make_bars(300, 5), 200, 2.0), 205, 0.5)
    assert find_suspected_splits(bars) == ()
    first, second = weigh_splits(bars)
    assert "did not stay at the new level" in first.words
    assert "it undoes the jump 5 bars before" in second.evidence_against


def test_a_fall_together_with_the_index_is_no_split(make_bars: MakeBars) -> None:
    bars = jump_at(make_bars(300, 5), 200, 2.0)
    calm, fallen = make_bars(300, 6), jump_at(make_bars(300, 6), 200, 1.6)
    assert only(find_suspected_splits(bars, calm)).day == bars.closed_at[200].astype("M8[D]")
    assert find_suspected_splits(bars, fallen) == ()
    case = only(weigh_splits(bars, fallen))
    assert any(one.startswith("RANDOM-6 moved -3") for one in case.evidence_against)


def test_an_index_without_that_day_is_said_and_decides_nothing(make_bars: MakeBars) -> None:
    bars = jump_at(make_bars(300, 5), 200, 2.0)
    index = rebuild(make_bars(300, 6), np.arange(300) != 200)
    case = only(find_suspected_splits(bars, index))
    assert "RANDOM-6 has no bar of that day" in case.evidence_against


def test_a_hole_before_the_jump_speaks_against_a_split(make_bars: MakeBars) -> None:
    bars = jump_at(make_bars(300, 5), 200, 2.0)
    held = rebuild(bars, (np.arange(300) < 140) | (np.arange(300) >= 200))
    assert find_suspected_splits(held) == ()
    assert "the bar before it is 8" in weigh_splits(held)[0].words


def test_gaps_of_that_size_of_late_speak_against_a_split(make_bars: MakeBars) -> None:
    bars = make_bars(300, 5)
    wild = np.exp(np.where(np.arange(300) % 2, 0.05, -0.05) * (np.arange(300) > 150))
    prices = {name: getattr(bars, name) * wild for name in PRICES}
    case = weigh_splits(jump_at(rebuild(bars, **prices), 200, 1.5))[0]
    assert not case.is_suspected


def test_at_the_last_bar_nothing_behind_it_can_confirm(make_bars: MakeBars) -> None:
    case = only(find_suspected_splits(jump_at(make_bars(201, 5), 200, 4.0)))
    assert case.evidence_against == ("too few bars behind it to tell",)


def test_volumes_that_somebody_adjusted_are_told_and_do_not_decide(make_bars: MakeBars) -> None:
    bars = jump_at(make_bars(300, 5), 200, 4.0, volumes=False)
    case = only(find_suspected_splits(bars))
    assert [one.partition(" are ")[0] for one in case.evidence_against] == ["the next 20 volumes"]


def test_one_bar_and_none_have_no_jump(make_bars: MakeBars) -> None:
    assert weigh_splits(make_bars(2, 1)[:1]) == weigh_splits(make_bars(2, 1)[:0]) == ()


def import_of(bars: Bars) -> BarsImport:
    calendar = SessionCalendar(name="weekdays", closes_at=bars.closed_at)
    noted = Finding(code="unsorted", where="line 3", what="turned round")
    reading = Reading(n_read=len(bars) + 1, findings=(noted,))
    quality = assess(bars, calendar, now=bars.closed_at[-1], reading=reading)
    return BarsImport(bars=bars, quality=quality, calendar=calendar, source_digest="d")


def test_suspected_splits_are_applied_on_request_only(make_bars: MakeBars) -> None:
    whole = make_bars(300, 5)
    bars = jump_at(whole, 200, 4.0)
    imported = import_of(bars)
    assert (imported.bars.adjustment == 1.0).all()
    applied = apply_suspected_splits(imported)
    np.testing.assert_array_equal(applied.bars.close, bars.close)
    np.testing.assert_allclose(applied.bars.matrix[:, 3], whole.close / 4.0, rtol=1e-12)
    codes = [one.code for one in applied.quality.findings]
    assert "suspected-split" not in codes
    assert {"adjusted", "unsorted"} <= set(codes)
    told = next(one for one in applied.quality.findings if one.code == "adjusted")
    assert told.what == f"adjusted as asked for: 4 for 1 on {bars.closed_at[200].astype('M8[D]')}"
    assert (applied.quality.n_read, applied.quality.freshness) == (301, "fresh")
    assert applied.source_digest == "d"
    assert applied.bars.digest != imported.bars.digest


def test_nothing_suspected_changes_nothing(make_bars: MakeBars) -> None:
    imported = import_of(make_bars(300, 5))
    assert apply_suspected_splits(imported) is imported


def test_a_split_applied_twice_or_on_the_wrong_day_is_suspected_again(make_bars: MakeBars) -> None:
    bars = jump_at(make_bars(300, 5), 200, 4.0)
    split = read_split(f"{bars.closed_at[200].astype('M8[D]')}=4")
    twice = adjust_import(adjust_import(import_of(bars), [split]), [split])
    [found] = [one for one in twice.quality.findings if one.code == "suspected-split"]
    assert "near 4 (a reverse split)" in found.what
