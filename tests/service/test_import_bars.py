"""Imports are stored once, and what a vendor changed is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.adapters import MemoryBarStore
from bellwether.bars import COLUMNS, Bars, BarsImport, RowRefusal, SessionCalendar, assess
from bellwether.clock import FixedClock
from bellwether.service import (
    BarsChange,
    BarsDoNotJoin,
    ImportOutcome,
    Relation,
    Snapshot,
    find_data_fault,
    import_bars,
    open_market,
)
from bellwether.service._bar_changes import compare_bars
from bellwether.sources import read_bars

DAY = np.timedelta64(1, "D")
NOW = np.datetime64("2031-01-01", "us")


def make(n_bars: int, seed: int = 1, symbol: str = "ONE") -> Bars:
    random = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(random.normal(0.0, 0.01, n_bars))), 2)
    columns = dict.fromkeys(COLUMNS, close)
    closed_at = np.datetime64("2020-01-01T21:00", "us") + DAY * np.arange(n_bars)
    return Bars(symbol=symbol, interval="1d", closed_at=closed_at, **columns)


def changed(bars: Bars, **columns: object) -> Bars:
    names = ("closed_at", *COLUMNS, "adjustment")
    kept = {name: getattr(bars, name) for name in names}
    return Bars(symbol=bars.symbol, interval=bars.interval, **{**kept, **columns})


def scaled(bars: Bars, factor: float) -> Bars:
    prices = {name: getattr(bars, name) * factor for name in ("open", "high", "low", "close")}
    return changed(bars, **prices)


def imported(bars: Bars, calendar: str = "days", *refusals: RowRefusal) -> BarsImport:
    later = bars.closed_at[-1] + DAY * np.arange(1, 500)
    closes_at = np.concatenate([bars.closed_at, later])
    sessions = SessionCalendar(name=calendar, closes_at=closes_at)
    quality = replace(assess(bars, sessions), refusals=refusals)
    return BarsImport(bars=bars, quality=quality, calendar=sessions, source_digest="s")


def keep(
    store: MemoryBarStore, bars: Bars | BarsImport, now: np.datetime64 = NOW, **how: bool
) -> ImportOutcome:
    given = bars if isinstance(bars, BarsImport) else imported(bars)
    return import_bars(given, store=store, clock=FixedClock(now), source="a file", **how)


def test_appended_bars_are_counted() -> None:
    bars = make(300)
    change = compare_bars(bars[:290], bars, "before")
    assert change == BarsChange(relation=Relation.EXTENDS, previous="before", n_appended=10)
    assert change.keeps_the_past
    assert change.words == "The stored bars, extended: 10 appended."


def test_a_revised_bar_is_detected_and_named() -> None:
    bars = make(300)
    close = np.array(bars.close)
    close[250] = np.round(close[250] * 0.999, 2)
    later = changed(bars, close=close, low=np.minimum(close, bars.low))
    change = compare_bars(bars[:290], later, "before")
    assert (change.relation, change.n_revised, change.n_appended) == (Relation.REVISES, 1, 10)
    [named] = change.revised
    assert (named.closed_at, named.column) == (bars.closed_at[250], "low")
    assert (named.was, named.now) == (bars.low[250], close[250])
    assert "2020-09-07T21:00 (low" in change.words
    assert not change.keeps_the_past


def test_a_bar_filled_in_and_one_withdrawn_are_counted() -> None:
    bars = make(100)
    without = [row for row in range(100) if row != 40]
    fewer = changed(
        bars, **{n: getattr(bars, n)[without] for n in ("closed_at", *COLUMNS, "adjustment")}
    )
    assert compare_bars(fewer, bars, "x").n_filled == 1
    assert compare_bars(bars, fewer, "x").n_withdrawn == 1
    assert compare_bars(bars, bars[10:], "x").n_left_out == 10
    assert compare_bars(bars[10:], bars, "x").n_prepended == 10
    assert compare_bars(fewer, bars, "x").relation is Relation.REVISES
    assert compare_bars(bars, bars[10:], "x").relation is Relation.EXTENDS


def test_a_readjustment_for_a_dividend_is_no_revision() -> None:
    bars = make(300)
    factors = np.where(np.arange(300) < 200, 0.99, 1.0)
    change = compare_bars(bars, changed(bars, adjustment=factors), "x")
    assert (change.relation, change.n_readjusted, change.n_revised) == (Relation.EXTENDS, 200, 0)


def test_rescaled_prices_are_told_from_another_market_by_their_returns() -> None:
    bars = make(3000)
    assert compare_bars(bars, scaled(bars, 0.5), "x").relation is Relation.RESCALES
    assert compare_bars(bars, make(3000, seed=2), "x").relation is Relation.REPLACES
    assert compare_bars(bars[:100], bars[200:], "x").relation is Relation.REPLACES


@given(
    n_old=st.integers(2, 60),
    n_new=st.integers(2, 60),
    start=st.integers(0, 30),
    revised=st.sets(st.integers(0, 59)),
)
def test_every_bar_is_accounted_for(n_old: int, n_new: int, start: int, revised: set[int]) -> None:
    bars = make(120)
    old = bars[:n_old]
    factors = np.where(np.isin(np.arange(120), list(revised)), 1.5, 1.0)
    prices = {name: getattr(bars, name) * factors for name in ("open", "high", "low", "close")}
    new = changed(bars, **prices)[start : start + n_new]
    change = compare_bars(old, new, "x")
    shared = set(old.closed_at) & set(new.closed_at)
    assert change.n_appended + change.n_prepended + change.n_filled == n_new - len(shared)
    assert change.n_withdrawn + change.n_left_out == n_old - len(shared)
    assert change.n_revised == sum(1 for row in revised if bars.closed_at[row] in shared)
    assert BarsChange.from_json(json.loads(json.dumps(change.to_json()))) == change


def test_a_snapshot_survives_its_json() -> None:
    kept = keep(MemoryBarStore(), make(100)).snapshot
    assert Snapshot.from_json(json.loads(json.dumps(kept.to_json()))) == kept


def test_other_sessions_are_another_snapshot_of_the_same_bars() -> None:
    store = MemoryBarStore()
    first = keep(store, make(100)).snapshot
    second = keep(store, imported(make(100), "other days"))
    assert second.snapshot.digest != first.digest
    assert second.snapshot.bars_digest == first.bars_digest
    assert second.change.relation is Relation.SAME


def test_the_time_of_the_import_is_no_part_of_the_snapshot() -> None:
    store = MemoryBarStore()
    first = keep(store, make(100))
    later = imported(make(100))
    far = np.concatenate([later.calendar.closes_at, later.calendar.closes_at[-1:] + DAY])
    later = replace(later, calendar=SessionCalendar(name="days", closes_at=far))
    assert keep(store, later, NOW + DAY).snapshot == first.snapshot


def test_a_row_refused_behind_the_last_bar_is_remembered_one_not_closed_yet_is_not() -> None:
    bars = make(100)
    next_close = bars.closed_at[-1] + DAY
    row = RowRefusal(line=102, reason="no close", text="", at=next_close)
    closed = keep(MemoryBarStore(), imported(bars, "days", row), next_close + DAY)
    assert closed.snapshot.broken == "line 102: no close"
    store = MemoryBarStore()
    under_way = keep(store, imported(bars, "days", row), next_close - DAY).snapshot
    assert under_way.broken is None
    told = store.load(under_way.digest).quality
    assert told.find_refused(bars.closed_at[-1], next_close + DAY) == ()
    assert len(told.refusals) == 1


def test_new_bars_can_be_put_behind_the_stored_ones() -> None:
    store, bars = MemoryBarStore(), make(300)
    keep(store, bars[:280])
    joined = keep(store, bars[270:], extend=True)
    assert joined.snapshot.bars_digest == bars.digest
    assert (joined.change.relation, joined.change.n_appended) == (Relation.EXTENDS, 20)
    assert joined.quality.n_kept == 300
    whole = keep(MemoryBarStore(), bars)
    assert joined.snapshot.digest == whole.snapshot.digest


def test_bars_put_behind_bring_their_adjustment_to_those_before() -> None:
    store, bars = MemoryBarStore(), make(300)
    keep(store, changed(bars[:280], adjustment=np.full(280, 0.9)))
    recent = changed(bars[270:], adjustment=np.full(30, 0.45))
    joined = keep(store, recent, extend=True)
    adjustment = store.load(joined.snapshot.digest).bars.adjustment
    assert adjustment == pytest.approx(np.full(300, 0.45))


def test_adjusted_bars_that_do_not_touch_cannot_be_joined() -> None:
    store, bars = MemoryBarStore(), make(300)
    keep(store, changed(bars[:200], adjustment=np.full(200, 0.9)))
    with pytest.raises(BarsDoNotJoin, match="begin with some bars that are stored"):
        keep(store, bars[210:], extend=True)
    with pytest.raises(BarsDoNotJoin, match="with the calendar days"):
        keep(store, imported(bars[190:], "other"), extend=True)


def test_without_stored_bars_extending_is_importing() -> None:
    assert keep(MemoryBarStore(), make(50), extend=True).change.relation is Relation.FIRST


@given(n_bars=st.integers(61, 700), late_days=st.integers(0, 30), missing=st.integers(0, 40))
def test_the_sessions_that_are_served_with_decide_as_all_of_them_do(
    n_bars: int, late_days: int, missing: int
) -> None:
    bars = make(n_bars)
    gone = np.arange(1, missing + 1) * 7 % n_bars
    rows = np.setdiff1d(np.arange(n_bars), gone[gone > 0])
    names = ("closed_at", *COLUMNS, "adjustment")
    some = changed(bars, **{name: getattr(bars, name)[rows] for name in names})
    given = imported(bars)
    given = replace(given, bars=some, quality=assess(some, given.calendar))
    store = MemoryBarStore()
    keep(store, given)
    market = open_market("ONE", "1d", store=store)
    now = some.closed_at[-1] + late_days * DAY + np.timedelta64(1, "h")
    whole = find_data_fault(some, given.calendar, now)
    assert find_data_fault(market.bars, market.calendar, now) == whole


def test_a_revision_of_real_bars_is_named(
    market_data: Path, save_bars: Callable[[Bars, Path], Path], tmp_path: Path
) -> None:
    given = read_bars(market_data / "us_daily_cc0" / "ETFs" / "eem.us.txt")
    store = MemoryBarStore()
    keep(store, replace(given, bars=given.bars[:-5]))
    close = np.array(given.bars.close)
    close[1000] *= 1.0001
    high = np.maximum(given.bars.high, close)
    outcome = keep(store, replace(given, bars=changed(given.bars, close=close, high=high)))
    assert (outcome.change.n_appended, outcome.change.n_revised) == (5, 1)
    assert outcome.change.revised[0].closed_at == given.bars.closed_at[1000]
