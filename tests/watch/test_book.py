"""The book of paper forecasts is a fold: the same however it was read."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryCheckpoints, MemoryJournal
from bellwether.hashing import canonical_json
from bellwether.service import JournalNote, NoteKind
from bellwether.watch import Checkpoint, PaperForecast, PaperOutcome, UnreadableNote, Voice
from bellwether.watch._book import (
    BOOK,
    PaperBook,
    PaperMarket,
    keep_book,
    read_book,
    take_new,
)

DAY = np.timedelta64(1, "D")
START = np.datetime64("2019-01-01T21:00", "us")


def forecast(symbol: str = "A", horizon_bars: int = 1, day: int = 0) -> PaperForecast:
    as_of = START + day * DAY
    voice = Voice(
        who="rules",
        bundle_digest="b",
        direction=-1,
        probability_up=0.45,
        expected_return=-0.001,
        confidence=70.0,
        members={"ridge": 0.4},
    )
    return PaperForecast(
        symbol=symbol,
        interval="1d",
        horizon_bars=horizon_bars,
        as_of=as_of,
        closes_at=as_of + horizon_bars * DAY,
        price=100.0,
        volatility=0.01,
        bars_digest="d",
        voices=(voice,),
    )


def outcome(told: PaperForecast, realized: float | None = 0.01) -> PaperOutcome:
    return PaperOutcome(
        key=told.key,
        symbol=told.symbol,
        as_of=told.as_of,
        closes_at=told.closes_at,
        realized_return=realized,
        words="" if realized is not None else "missing",
    )


def test_forecasts_and_outcomes_come_back_from_the_journal_as_they_were() -> None:
    journal = MemoryJournal()
    told = forecast()
    for value in (told, outcome(told), outcome(forecast(day=1), None)):
        [note] = journal.note([value.to_note(START)])
        assert type(value).from_note(note) == value


@pytest.mark.parametrize("changed", [{"voices": 1}, {"closes_at": "never"}, {"price": None}])
def test_a_note_that_is_no_forecast_is_an_error(changed: dict[str, Any]) -> None:
    note = forecast().to_note(START)
    data = {name: value for name, value in {**note.data, **changed}.items() if value is not None}
    broken = JournalNote(
        kind=note.kind, key=note.key, at=START, symbol="A", as_of=note.as_of, data=data
    )
    with pytest.raises(UnreadableNote):
        PaperForecast.from_note(broken)
    with pytest.raises(UnreadableNote):
        PaperOutcome.from_note(note)


def test_the_book_takes_no_other_notes() -> None:
    with pytest.raises(UnreadableNote):
        PaperBook().read(JournalNote(kind=NoteKind.ALERT, key="a", at=START, data={}))
    nowhere = JournalNote(kind=NoteKind.PAPER, key="a", at=START, symbol="A", as_of=START, data={})
    with pytest.raises(UnreadableNote):
        PaperBook().read(nowhere)


def test_an_outcome_closes_the_forecast_of_its_own_horizon() -> None:
    journal = MemoryJournal()
    near, far = forecast(horizon_bars=1), forecast(horizon_bars=5)
    journal.note([one.to_note(START) for one in (near, far)])
    journal.note([outcome(near).to_note(START)])
    book = read_book(journal, MemoryCheckpoints())
    assert list(book.waiting()) == [
        (PaperMarket("A", "1d", 5), [(far.as_of, far.closes_at)]),
    ]
    assert book.n_waiting == 1
    assert book.horizons("A", "1d") == (1, 5)
    assert book.last_asked(PaperMarket("A", "1d", 1)) == near.as_of
    assert book.last_asked(PaperMarket("B", "1d", 1)) is None


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["ask", "settle", "keep", "drop"]),
            st.sampled_from("AB"),
            st.integers(1, 2),
            st.integers(0, 5),
        ),
        max_size=40,
    )
)
@settings(deadline=None, max_examples=60)
def test_a_book_gone_on_with_is_the_book_read_anew(acts: list[tuple[str, str, int, int]]) -> None:
    journal, checkpoints = MemoryJournal(), MemoryCheckpoints()
    for act, symbol, horizon_bars, day in acts:
        told = forecast(symbol, horizon_bars, day)
        if act == "ask":
            journal.note([told.to_note(START)])
        elif act == "settle":
            note = outcome(told).to_note(START)
            asked = read_book(journal, MemoryCheckpoints())
            market = PaperMarket(symbol, "1d", horizon_bars)
            if any(one == market for one, _ in asked.waiting()):
                journal.note([note])
        elif act == "keep":
            keep_book(read_book(journal, checkpoints), checkpoints)
        else:
            checkpoints.drop("paper/")
    anew = read_book(journal, MemoryCheckpoints())
    gone_on = read_book(journal, checkpoints)
    assert canonical_json(gone_on.to_json()) == canonical_json(anew.to_json())
    assert gone_on.number == anew.number


@pytest.mark.parametrize("content", [{}, {"markets": [["A", "1d"]]}, {"markets": 7}])
def test_a_book_of_another_version_is_read_anew(content: dict[str, Any]) -> None:
    journal, checkpoints = MemoryJournal(), MemoryCheckpoints()
    journal.note([forecast().to_note(START)])
    checkpoints.save([Checkpoint(name=BOOK, number=1, content=content)])
    assert read_book(journal, checkpoints).n_waiting == 1


@pytest.mark.parametrize("others_write", [False, True])
def test_what_was_noted_just_now_is_taken_with_what_others_noted_beside_it(
    others_write: bool,
) -> None:
    journal = MemoryJournal()
    journal.note([forecast("A").to_note(START)])
    head, book = journal.head(), read_book(journal, MemoryCheckpoints())
    new: list[JournalNote] = []
    for number, symbol in enumerate("BCD"):
        if others_write and number:
            journal.note([forecast(f"of others {number}").to_note(START)])
        new += journal.note([forecast(symbol).to_note(START)])
    take_new(book, new, head, journal)
    whole = read_book(journal, MemoryCheckpoints())
    assert (book.number, book.to_json()) == (whole.number, whole.to_json())
