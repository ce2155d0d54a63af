"""Notes are links of the same chain, kept once each, whoever is killed and whatever is changed."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryJournal, SqlJournal
from bellwether.service import (
    Direction,
    Journal,
    JournalHead,
    JournalNote,
    JournalTampered,
    JournalUnavailable,
    NoteFilter,
    NoteKind,
    OptionOutOfRange,
    Prediction,
    Rung,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
)

NOW = np.datetime64("2019-01-02T12:00:00.000001", "us")
DAY = np.timedelta64(1, "D")


def note(key: str = "a", kind: NoteKind = NoteKind.PAPER, **changed: Any) -> JournalNote:
    told: dict[str, Any] = {
        "at": NOW,
        "symbol": "A",
        "as_of": NOW - DAY,
        "data": {"price": 0.1 + 0.2, "words": "Ä – β", "voices": [{"who": "rules"}], "none": None},
    }
    return JournalNote(kind=kind, key=key, **{**told, **changed})


def answer(number: int = 0) -> Prediction:
    return Prediction(
        symbol="A",
        interval="1d",
        as_of=NOW - number * DAY,
        horizon_bars=1,
        direction=Direction.BUY,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=70.0,
        price=None,
        target=None,
        stop=None,
        regime=None,
        reasons=("because",),
        source=Source(kind=SourceKind.MODEL),
        rung=Rung.CHAMPION,
        fallback_reason=None,
        bars_digest="",
    )


def open_journal(kind: str, place: Path | str) -> Journal:
    if kind == "memory":
        return MemoryJournal()
    return SqlJournal(place / "journal.sqlite" if isinstance(place, Path) else place)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    on_server = request.param == "postgresql"
    place = request.getfixturevalue("postgres_url") if on_server else tmp_path
    opened = open_journal(request.param, place)
    yield opened
    if isinstance(opened, SqlJournal):
        opened.close()


def keys(journal: Journal, **wanted: Any) -> list[str]:
    return [one.key for one in journal.notes(NoteFilter(**wanted)).notes]


def test_a_note_comes_back_as_it_was_with_its_place_in_the_chain(journal: Journal) -> None:
    journal.append(answer(), NOW)
    given = note()
    assert journal.note([given]) == (replace(given, number=2),)
    assert journal.notes().notes == (replace(given, number=2),)
    bare = note("b", NoteKind.ALERT, symbol=None, as_of=None, data={})
    assert journal.note([bare]) == (replace(bare, number=3),)
    assert journal.head() == journal.verify()
    assert journal.head().number == 3
    assert journal.note([]) == ()


def test_the_first_note_of_a_kind_and_key_stands(journal: Journal) -> None:
    first, other = note(data={"x": 1}), note(data={"x": 2})
    assert [one.data for one in journal.note([first, other, note("b")])] == [{"x": 1}, first_data()]
    head = journal.head()
    assert journal.note([other, note("b")]) == ()
    assert journal.head() == head
    again = journal.note([other, note(kind=NoteKind.PAPER_OUTCOME), note("c")])
    assert [(one.kind, one.key) for one in again] == [
        (NoteKind.PAPER_OUTCOME, "a"),
        (NoteKind.PAPER, "c"),
    ]
    assert [one.number for one in journal.notes().notes] == [1, 2, 3, 4]


def first_data() -> dict[str, Any]:
    return dict(note().data)


def test_notes_answers_and_settlements_do_not_get_in_each_others_way(journal: Journal) -> None:
    entry = journal.append(answer(), NOW)
    named_alike = note(entry.prediction_id)
    journal.note([named_alike])
    outcome = Settlement(
        prediction_id=entry.prediction_id,
        closes_at=NOW,
        realized_return=None,
        outcome=SettlementOutcome.VOID,
        settled_at=NOW,
    )
    assert journal.settle([outcome]) == (outcome,)
    found = journal.get(entry.prediction_id)
    assert (found.n_served, found.settlement) == (1, outcome)
    assert [one.prediction_id for one in journal.entries().entries] == [entry.prediction_id]
    assert keys(journal) == [entry.prediction_id]
    assert journal.verify().number == 3


def test_notes_are_found_by_kind_symbol_and_key(journal: Journal) -> None:
    journal.append(answer(), NOW)
    journal.note(
        [
            note("a"),
            note("b", NoteKind.ALERT, symbol=None),
            note("c", symbol="B"),
            note("a", NoteKind.PAPER_OUTCOME),
        ]
    )
    assert keys(journal) == ["a", "b", "c", "a"]
    assert keys(journal, newest_first=True) == ["a", "c", "b", "a"]
    assert keys(journal, kinds=(NoteKind.PAPER,)) == ["a", "c"]
    assert keys(journal, kinds=(NoteKind.ALERT, NoteKind.PAPER)) == ["a", "b", "c"]
    assert keys(journal, kinds=(NoteKind.PAPER, NoteKind.PAPER)) == ["a", "c"]
    assert keys(journal, symbol="A") == ["a", "a"]
    assert keys(journal, symbol="A", kinds=(NoteKind.PAPER_OUTCOME,)) == ["a"]
    assert len(keys(journal, key="a")) == 2
    assert keys(journal, key="a", symbol="B") == []
    assert keys(journal, kinds=(NoteKind.RETRAINING,)) == []


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("kinds", [(), (NoteKind.PAPER, NoteKind.WATCH)])
def test_pages_of_notes_stay_the_same_while_others_write(
    journal: Journal, kinds: tuple[NoteKind, ...], newest_first: bool
) -> None:
    every = [note(f"{n}", NoteKind.WATCH if n % 3 else NoteKind.PAPER) for n in range(7)]
    journal.note(every)
    wanted = NoteFilter(kinds=kinds, newest_first=newest_first)
    page = journal.notes(wanted, None, 3)
    seen = [one.key for one in page.notes]
    journal.note([note("7")])
    while page.cursor is not None:
        page = journal.notes(wanted, page.cursor, 3)
        seen += [one.key for one in page.notes]
    assert "".join(seen) == ("6543210" if newest_first else "01234567")


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_of_notes_has_a_size(journal: Journal, limit: int) -> None:
    with pytest.raises(OptionOutOfRange):
        journal.notes(limit=limit)


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_key_has_a_length(key: str) -> None:
    with pytest.raises(OptionOutOfRange):
        note(key)


def test_a_note_without_json_takes_none_of_the_others_along(journal: Journal) -> None:
    with pytest.raises(ValueError, match="JSON"):
        journal.note([note("a"), note("b", data={"x": float("nan")})])
    assert journal.head() == JournalHead()
    assert len(journal.note([note("a")])) == 1


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["note", "append", "settle"]),
        st.lists(st.integers(0, 4), min_size=1, max_size=4),
    ),
    max_size=12,
)


@given(acts=ACTS)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_journal_makes_the_same_chain_of_all_three(
    acts: list[tuple[str, list[int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept, twin = SqlJournal(tmp_path_factory.mktemp("any") / "j.sqlite"), MemoryJournal()
    for verb, numbers in acts:
        for journal in (kept, twin):
            if verb == "note":
                journal.note([note(f"{n % 3}", list(NoteKind)[n]) for n in numbers])
            elif verb == "append":
                for number in numbers:
                    journal.append(answer(number), NOW)
            else:
                known = {one.prediction_id for one in journal.entries().entries}
                told = [answer(n).prediction_id for n in numbers]
                journal.settle(
                    [
                        Settlement(
                            prediction_id=one,
                            closes_at=NOW,
                            realized_return=0.01,
                            outcome=SettlementOutcome.HIT,
                            settled_at=NOW,
                        )
                        for one in told
                        if one in known
                    ]
                )
    assert kept.verify() == twin.verify() == kept.head()
    assert kept.notes() == twin.notes()
    kept.close()


@pytest.fixture(scope="session")
def noted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, JournalHead]:
    """Return the file of a journal with an answer and three notes, and its head."""
    path = tmp_path_factory.mktemp("noted") / "journal.sqlite"
    journal = SqlJournal(path)
    journal.append(answer(), NOW)
    journal.note([note("a"), note("b"), note("b", NoteKind.PAPER_OUTCOME)])
    head = journal.head()
    journal.close()
    return path, head


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_records SET content = replace(content, 'rules', 'ruled') WHERE number = 2",
        "UPDATE journal_records SET prediction_id = 'c' WHERE number = 3",
        "UPDATE journal_records SET kind = 'watch' WHERE number = 3",
        "UPDATE journal_records SET symbol = 'B' WHERE number = 4",
        "UPDATE journal_records SET as_of = NULL WHERE number = 2",
        "DELETE FROM journal_records WHERE number = 3",
        "DELETE FROM journal_records WHERE number = 4",
        "INSERT INTO journal_counts (number, n_served, last_served_at, seal) VALUES (2, 1, 1, '')",
    ],
)
def test_a_note_that_was_changed_is_detected(
    statement: str, noted: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    original, head = noted
    path = tmp_path / "journal.sqlite"
    shutil.copy(original, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    journal = SqlJournal(path)
    with pytest.raises(JournalTampered):
        journal.verify(head)
    journal.close()


def test_notes_of_a_kind_are_found_without_reading_the_others(
    noted: tuple[Path, JournalHead],
) -> None:
    path, _ = noted
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT content FROM journal_records "
            "WHERE kind = 'alert' AND number > 7 ORDER BY number LIMIT 11"
        ).fetchall()
    assert [row[3] for row in plan] == [
        "SEARCH journal_records USING INDEX journal_records_by_kind (kind=? AND number>?)"
    ]


def test_a_failed_note_can_be_made_again_by_the_same_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = SqlJournal(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as stranger:
        stranger.execute(
            "CREATE TRIGGER full BEFORE INSERT ON journal_records WHEN new.number = 2"
            " BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
        with pytest.raises(JournalUnavailable, match="disk is full"):
            journal.note([note("a"), note("b")])
        stranger.execute("DROP TRIGGER full")
    assert journal.head() == JournalHead()
    assert len(journal.note([note("a"), note("b")])) == 2
    assert journal.verify().number == 2
    journal.close()


# A process that makes one note after the other for ever, and says so after each.
WRITER = """
import sys
import numpy as np
from bellwether.adapters import SqlJournal
from bellwether.service import JournalNote, NoteKind
now = np.datetime64("2019-01-02T12:00", "us")
journal = SqlJournal(sys.argv[1])
for place in range(int(sys.argv[2])):
    notes = [
        JournalNote(kind=kind, key=f"{place}", at=now, data={"words": "w" * 500})
        for kind in (NoteKind.PAPER, NoteKind.WATCH)
    ]
    journal.note(notes)
    print(place, flush=True)
"""


@pytest.mark.parametrize("n_before_the_kill", [1, 40])
def test_a_killed_writer_leaves_every_note_it_has_reported_and_no_half_of_them(
    tmp_path: Path, n_before_the_kill: int
) -> None:
    path = tmp_path / "journal.sqlite"
    command = [sys.executable, "-c", WRITER, str(path), "1000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reported = [process.stdout.readline().strip() for _ in range(n_before_the_kill)]
        process.send_signal(signal.SIGKILL)
        reported += process.stdout.read().split()
    journal = SqlJournal(path)
    head = journal.verify()
    assert head.number % 2 == 0
    assert head.number // 2 - len(reported) in (0, 1)
    first = journal.notes(NoteFilter(kinds=(NoteKind.WATCH,)), None, 1000).notes
    assert [one.key for one in first[: len(reported)]] == reported[:1000]
    journal.close()


def test_processes_that_make_the_same_notes_make_each_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), "20"]) for _ in range(3)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    journal = SqlJournal(path)
    assert journal.verify().number == 40
    journal.close()
