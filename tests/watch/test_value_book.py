"""Accounts over time, hit rates and outcomes: read from the same notes that watching folds."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.paper_story import SYMBOLS, forecast, outcome, story, tell, tick

from bellwether.adapters import MemoryJournal
from bellwether.monitor import Tally
from bellwether.service import NoteFilter
from bellwether.watch import (
    HitBook,
    OutcomeFilter,
    ValueBook,
    ValueCurve,
    ValueFilter,
    list_accounts,
    list_outcomes,
    rate_hits,
)
from bellwether.watch._value_book import MOST_POINTS

World = Any
SLOW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def told(make_paper: Callable[[], World]) -> World:
    """Return a world with thirty days of forecasts, folded at the end."""
    world = make_paper()
    for notes in story(30, 5):
        tell(world.ports, notes)
    tick(world.ports)
    return world


def rows(world: World, symbol: str | None = None, **wanted: Any) -> list[Any]:
    book = ValueBook(world.ports.journal, symbol)
    book.read()
    return list(list_accounts(book, ValueFilter(**wanted)))


@SLOW
@given(seed=st.integers(0, 1000), ticks=st.sets(st.integers(0, 33)), late=st.integers(0, 4))
def test_the_accounts_are_those_of_the_watch_whenever_they_are_read(
    make_paper: Callable[[], World], seed: int, ticks: set[int], late: int
) -> None:
    ports = make_paper().ports
    book = ValueBook(ports.journal)
    for day, notes in enumerate(story(28, seed, late)):
        tell(ports, notes)
        if day in ticks:
            tick(ports)
            book.read()
    tick(ports)
    found = book.read()
    assert set(found) == {"m1", "m2"}
    for model_id, track in found.items():
        kept = ports.checkpoints.load(f"watch/{model_id}")
        assert kept is not None
        assert track.account.report(track.state).to_json() == kept.content["account"]
    again = ValueBook(ports.journal).read()
    assert {name: one.state for name, one in again.items()} == {
        name: one.state for name, one in found.items()
    }


def test_what_is_not_folded_yet_is_in_no_account(make_paper: Callable[[], World]) -> None:
    world = make_paper()
    for notes in story(10, 5):
        tell(world.ports, notes)
    assert rows(world) == []


def test_a_curve_ends_where_its_account_stands(told: World) -> None:
    [whole, member] = [one for one in rows(told, curves=True) if one["symbol"] is None][:2]
    assert (whole["model_id"], whole["member"], member["member"]) == ("m1", None, "ridge")
    for row in (whole, member):
        curve = row["curve"]
        assert len({len(column) for column in curve.values()}) == 1
        assert curve["at"] == sorted(set(curve["at"]))
        assert curve["n_bars"][-1] == row["n_bars"] == 30
        assert curve["sum_added_bps"][-1] == row["sum_added_bps"]
        assert curve["added_bps"][-1] == row["added_bps"]["mean"]
        assert curve["at"][-1] == row["last_at"]
    assert whole["sum_added_bps"] == pytest.approx(whole["added_bps"]["mean"] * 30)


def test_symbols_have_accounts_of_their_own_and_members_where_they_are_asked_for(
    told: World,
) -> None:
    by_symbol = [one for one in rows(told, model_id="m1") if one["symbol"] is not None]
    assert [(one["symbol"], one["member"], one["curve"]) for one in by_symbol] == [
        (symbol, None, None) for symbol in SYMBOLS
    ]
    alone = rows(told, model_id="m1", symbol="B", curves=True)
    assert [(one["symbol"], one["member"]) for one in alone] == [("B", None), ("B", "ridge")]
    for row in alone:
        assert row["curve"]["sum_added_bps"][-1] == pytest.approx(row["sum_added_bps"])
    assert {**alone[0], "curve": None} == by_symbol[1]
    # A bar's account is the mean over its symbols, and every symbol had every bar.
    whole = rows(told, model_id="m1")[0]
    assert whole["sum_net_bps"] == pytest.approx(np.mean([one["sum_net_bps"] for one in by_symbol]))
    assert rows(told, symbol="none of them") == []


def test_a_symbol_is_the_same_read_alone_at_once_or_as_the_days_pass(
    make_paper: Callable[[], World],
) -> None:
    world = make_paper()
    growing = ValueBook(world.ports.journal, "B")
    for day, notes in enumerate(story(20, 7, 3)):
        tell(world.ports, notes)
        if day % 3:
            tick(world.ports)
        growing.read()
    tick(world.ports)
    grown = list(list_accounts(growing, ValueFilter())) if growing.read() else []
    assert grown == rows(world, symbol="B")
    alone = {one["model_id"]: one for one in grown if one["member"] is None}
    beside = [one for one in rows(world) if one["symbol"] == "B"]
    assert [alone[one["model_id"]] for one in beside] == beside


def test_what_is_written_while_it_is_read_is_left_for_the_next_time(told: World) -> None:
    class GrowingJournal:
        """A journal into which somebody writes as soon as it is read."""

        def head(self) -> Any:
            return told.ports.journal.head()

        def notes(self, wanted: NoteFilter, cursor: int, limit: int) -> Any:
            found = told.ports.journal.notes(wanted, cursor, limit)
            if more:
                tell(told.ports, more.pop(0))
                tick(told.ports)
            return found

    days = story(33, 5)
    more = days[30:33]
    book = ValueBook(cast("Any", GrowingJournal()))
    book.read()
    for _ in range(3):
        book.read()
    whole = ValueBook(told.ports.journal).read()
    assert {name: one.state for name, one in book.tracks.items()} == {
        name: one.state for name, one in whole.items()
    }


@given(n_bars=st.integers(1, 3000), n_points=st.integers(2, MOST_POINTS))
@settings(max_examples=30, deadline=None)
def test_a_curve_is_thinned_evenly_and_never_loses_its_end(n_bars: int, n_points: int) -> None:
    curve = ValueCurve()
    for n in range(1, n_bars + 1):
        curve.add(f"{n:05d}", Tally(n_bars=n))
    found = [one.tally.n_bars for one in curve.thin(n_points)]
    assert len(found) <= n_points
    assert len(curve.points) <= MOST_POINTS
    assert found[-1] == n_bars
    gaps = set(np.diff(found)[1:-1].tolist())
    assert len(gaps) <= 1
    assert n_bars > n_points or len(found) >= min(n_bars, 2)


def test_a_bar_that_came_late_does_not_turn_a_curve_back() -> None:
    curve = ValueCurve()
    for n, at in enumerate(["2020-01-03", "2020-01-02", "2020-01-04"], start=1):
        curve.add(at, Tally(n_bars=n))
    assert [(one.at, one.tally.n_bars) for one in curve.thin(10)] == [
        ("2020-01-03", 2),
        ("2020-01-04", 3),
    ]


def test_hits_are_counted_by_source_and_confidence(told: World) -> None:
    book = HitBook(told.ports.journal)
    found = {(one["symbol"], one["source"]): one for one in book.read().list_rates()}
    assert set(found) == {(symbol, who) for symbol in SYMBOLS for who in ("rules", "m1", "m2")}
    for one in found.values():
        assert one["n"] + one["n_pending"] + one["n_void"] + one["n_neither"] == one["n_forecasts"]
        assert sum(band["n"] for band in one["bands"]) == one["n"]
        assert sum(band["n_hits"] for band in one["bands"]) == one["n_hits"]
        assert one["low"] <= one["rate"] <= one["high"]
    assert found["A", "m1"]["kind"] == "model"
    assert found["A", "rules"]["n_forecasts"] == 30
    assert len(list(book.list_rates("A", "m1"))) == 1


def test_hit_rates_are_the_same_read_at_once_or_day_by_day() -> None:
    journal = MemoryJournal()
    growing = HitBook(journal)
    for notes in story(25, 9, 3):
        if notes:
            journal.note(notes)
        growing.read()
    assert list(growing.list_rates()) == list(HitBook(journal).read().list_rates())


def test_what_was_given_up_or_did_not_move_is_no_hit_and_no_miss() -> None:
    rng, journal = np.random.default_rng(1), MemoryJournal()
    for day, realized in enumerate((0.01, 0.0, None)):
        said = forecast(day, "A", rng)
        journal.note([said.to_note(said.as_of), outcome(said, realized).to_note(said.closes_at)])
    last = forecast(3, "A", rng)
    journal.note([last.to_note(last.as_of)])
    [rate] = HitBook(journal).read().list_rates(source="m1")
    counted = [rate[name] for name in ("n_forecasts", "n", "n_neither", "n_void", "n_pending")]
    assert counted == [4, 1, 1, 1, 1]


def test_overlapping_forecasts_widen_the_interval() -> None:
    one, five = rate_hits(60, 100, 1), rate_hits(60, 100, 5)
    assert one.low is not None
    assert five.low is not None
    assert five.low < one.low
    assert rate_hits(0, 0, 1).rate is None


def test_outcomes_come_latest_first_page_by_page(told: World) -> None:
    journal, wanted = told.ports.journal, OutcomeFilter(symbol="B")
    found, cursor = list_outcomes(journal, wanted, limit=7)
    pages = [found]
    while cursor is not None:
        found, cursor = list_outcomes(journal, wanted, cursor, 7)
        pages.append(found)
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2]
    every = [one for page in pages for one in page]
    assert [one["as_of"] for one in every] == sorted((one["as_of"] for one in every), reverse=True)
    assert {one["symbol"] for one in every} == {"B"}
    assert len(list_outcomes(journal, OutcomeFilter(), limit=200)[0]) == 90


def test_an_outcome_says_what_each_source_said_and_what_came_of_it() -> None:
    rng, journal = np.random.default_rng(1), MemoryJournal()
    for day, realized in enumerate((0.02, None)):
        said = forecast(day, "A", rng)
        journal.note([said.to_note(said.as_of), outcome(said, realized).to_note(said.closes_at)])
    last = forecast(2, "A", rng)
    journal.note([last.to_note(last.as_of)])
    pending, void, settled = list_outcomes(journal, OutcomeFilter(symbol="A"))[0]
    assert [one["state"] for one in (pending, void, settled)] == ["pending", "void", "settled"]
    assert {voice["outcome"] for voice in pending["voices"]} == {"pending"}
    assert {voice["outcome"] for voice in void["voices"]} == {"void"}
    assert (pending["exit_price"], void["exit_price"]) == (None, None)
    assert void["words"] == "no bar came"
    assert settled["exit_price"] == pytest.approx(102.0)
    for voice in settled["voices"]:
        assert voice["outcome"] == ("hit" if voice["direction"] == "BUY" else "miss")


def test_outcomes_can_be_those_of_one_source(told: World) -> None:
    found, _ = list_outcomes(told.ports.journal, OutcomeFilter(symbol="A", source="m2"), limit=200)
    assert 0 < len(found) < 30, "it did not speak every day"
    assert {voice["source"] for one in found for voice in one["voices"]} == {"m2"}
    nothing = OutcomeFilter(symbol="A", interval="1h")
    assert list_outcomes(told.ports.journal, nothing) == ([], None)


def test_a_source_that_is_rare_is_found_behind_many_pages(told: World) -> None:
    wanted = OutcomeFilter(source="m2")
    seen, cursor = [], None
    while True:
        found, cursor = list_outcomes(told.ports.journal, wanted, cursor, 3)
        seen += [one["number"] for one in found]
        if cursor is None:
            break
    notes = told.ports.journal.notes(NoteFilter(), None, 1000).notes
    said = [one for one in notes if any(v["who"] == "m2" for v in one.data.get("voices", ()))]
    assert sorted(seen) == [one.number for one in said]
