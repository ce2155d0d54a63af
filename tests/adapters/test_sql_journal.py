# ruff: noqa: S608 - a tamperer's statements are put together from names in this file
import hashlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import SqlJournal, SqlRegistry
from bellwether.adapters._journal_tables import metadata
from bellwether.bars import Bars
from bellwether.clock import FixedClock
from bellwether.service import (
    Direction,
    JournalHead,
    JournalTampered,
    JournalUnavailable,
    Prediction,
    Rung,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
    digest_state,
    digest_window,
)

NOW = np.datetime64("2019-01-02T12:00", "us")
STATE = {"calibration": (0.25, 1.5)}
N_ANSWERS = 4

# A process that appends one answer after the other for ever, and says so after each.
WRITER = """
import resource, signal, sys
import numpy as np
from bellwether.adapters import SqlJournal, SqlRegistry
from bellwether.adapters._journal_tables import metadata
from bellwether.errors import BellwetherError
from bellwether.service import Direction, Prediction, Rung, Source, SourceKind

path, name, count, most_bytes = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
now = np.datetime64("2019-01-02T12:00", "us")
journal = SqlJournal(path)
if most_bytes:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
for place in range(count):
    prediction = Prediction(
        symbol=name, interval="1d", as_of=now + place, horizon_bars=1, direction=Direction.HOLD,
        probability_up=None, expected_return=None, interval_return=None, confidence=0.0,
        price=100.0, target=None, stop=None, regime=None, reasons=("r" * 1000,),
        source=Source(kind=SourceKind.NONE), rung=Rung.HOLD, fallback_reason=None, bars_digest="",
    )
    try:
        journal.append(prediction, now)
    except BellwetherError as error:
        print(type(error).__name__, flush=True)
        sys.exit(3)
    print(prediction.prediction_id, flush=True)
"""


@contextmanager
def writer(
    path: Path, name: str, count: int, most_bytes: int = 0
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(count), str(most_bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def answer(number: int, bars: Bars | None = None) -> Prediction:
    return Prediction(
        symbol="A" if bars is None else bars.symbol,
        interval="1d",
        as_of=NOW - np.timedelta64(number, "D"),
        horizon_bars=1,
        direction=Direction.BUY,
        probability_up=0.55,
        expected_return=0.001,
        interval_return=None,
        confidence=70.0,
        price=100.0,
        target=None,
        stop=None,
        regime=None,
        reasons=("because",),
        source=Source(
            kind=SourceKind.RULES, bundle_digest="b" * 64, state_digest=digest_state(STATE)
        ),
        rung=Rung.CHAMPION,
        fallback_reason=None,
        bars_digest="" if bars is None else digest_window(bars),
    )


def settlement(number: int) -> Settlement:
    return Settlement(
        prediction_id=answer(number).prediction_id,
        closes_at=NOW,
        realized_return=0.01,
        outcome=SettlementOutcome.HIT,
        settled_at=NOW,
    )


@pytest.fixture(scope="session")
def sound(
    tmp_path_factory: pytest.TempPathFactory, make_bars: Callable[[int, int], Bars]
) -> tuple[Path, JournalHead]:
    """Return the file of a journal with everything in it, and its head."""
    path = tmp_path_factory.mktemp("sound") / "journal.sqlite"
    journal = SqlJournal(path)
    for number in range(N_ANSWERS):
        journal.append(answer(number), NOW)
    journal.append(answer(1), NOW + 1)
    bars = make_bars(60, 3)
    journal.append(answer(0, bars), NOW, bars, STATE)
    journal.settle([settlement(0), settlement(2)])
    head = journal.verify()
    journal.close()
    return path, head


@contextmanager
def altered(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def check_tampered(path: Path, head: JournalHead | None) -> JournalTampered:
    journal = SqlJournal(path)
    with pytest.raises(JournalTampered) as caught:
        journal.verify(head)
    journal.close()
    return caught.value


def change(value: object, place: int) -> object:
    """Return a value with one byte of it changed."""
    if value is None:
        return "x"
    if isinstance(value, int):
        return value + 1
    raw = bytearray(value if isinstance(value, bytes) else str(value).encode())
    raw[place % len(raw)] ^= 1 << (place % 7)
    return bytes(raw) if isinstance(value, bytes) else raw.decode()


PLACES = [
    (table, column.name)
    for table in ("journal_records", "journal_counts", "journal_windows", "journal_states")
    for column in metadata.tables[table].columns
]


@given(place=st.sampled_from(PLACES), row=st.integers(0, 6), byte=st.integers(0, 5000))
@settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_single_byte_changed_is_detected(
    place: tuple[str, str],
    row: int,
    byte: int,
    sound: tuple[Path, JournalHead],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    original, head = sound
    path = tmp_path_factory.mktemp("changed") / "journal.sqlite"
    shutil.copy(original, path)
    table, column = place
    with altered(path) as connection:
        rows = connection.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
        key, old = rows[row % len(rows)]
        update = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
        try:
            connection.execute(update, (change(old, byte), key))
        except sqlite3.IntegrityError:  # the number of another record, or a second settlement
            connection.execute(update, (99, key))
    check_tampered(path, head)


@pytest.mark.parametrize("with_head", [False, True])
@pytest.mark.parametrize(
    ("table", "row"),
    [
        *(("journal_records", row) for row in range(7)),
        *(("journal_counts", row) for row in range(5)),
    ],
)
def test_any_row_removed_is_detected(
    table: str, row: int, with_head: bool, sound: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    original, head = sound
    path = tmp_path / "journal.sqlite"
    shutil.copy(original, path)
    with altered(path) as connection:
        rows = connection.execute(f"SELECT number FROM {table} ORDER BY number").fetchall()
        is_last = table == "journal_records" and row == len(rows) - 1
        connection.execute(f"DELETE FROM {table} WHERE number = ?", rows[row])
    if is_last and not with_head:  # what only an exported head can tell
        journal = SqlJournal(path)
        assert journal.verify().number == head.number - 1
        journal.close()
    else:
        assert check_tampered(path, head if with_head else None).number == rows[row][0]


@pytest.mark.parametrize("pair", [(1, 2), (1, 6), (6, 7)])
def test_two_records_exchanged_are_detected(
    pair: tuple[int, int], sound: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    original, head = sound
    path = tmp_path / "journal.sqlite"
    shutil.copy(original, path)
    with altered(path) as connection:
        for before, after in ((pair[0], 99), (pair[1], pair[0]), (99, pair[1])):
            for table in ("journal_records", "journal_counts"):
                connection.execute(
                    f"UPDATE {table} SET number = ? WHERE number = ?", (after, before)
                )
    assert check_tampered(path, head).number == pair[0]


RECORD = "symbol, rung, as_of, content, digest"
COUNT = "n_served, last_served_at, seal"
STRANGE = [
    f"INSERT INTO journal_records SELECT 8, kind, 'x', {RECORD} FROM journal_records LIMIT 1",
    *(
        f"INSERT INTO journal_counts (number, {COUNT}) "
        f"SELECT {number}, {COUNT} FROM journal_counts WHERE number = 1"
        for number in (7, 8)
    ),
    *(
        "INSERT INTO journal_windows (prediction_id, digest, content) "
        f"SELECT '{owner}', digest, content FROM journal_windows"
        for owner in ("x", answer(1).prediction_id)
    ),
    f"INSERT INTO journal_states VALUES ('{digest_state({})}', '{{}}')",
    "UPDATE journal_counts SET last_served_at = 'soon'",
    "UPDATE journal_counts SET n_served = n_served + 0.5",
    "UPDATE journal_records SET content = CAST(x'80' AS TEXT) WHERE number = 3",
    "UPDATE journal_records SET symbol = CAST(x'80' AS TEXT) WHERE number = 3",
]


@pytest.mark.parametrize("statement", STRANGE)
def test_what_was_never_appended_is_detected(
    statement: str, sound: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    original, head = sound
    path = tmp_path / "journal.sqlite"
    shutil.copy(original, path)
    with altered(path) as connection:
        connection.execute(statement)
    check_tampered(path, head)


def test_a_chain_rewritten_as_a_whole_is_detected_by_its_head(
    sound: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    _, head = sound
    path = tmp_path / "journal.sqlite"
    journal = SqlJournal(path)
    for number in range(8):
        journal.append(replace(answer(number), confidence=95.0), NOW)
    journal.verify()
    journal.close()
    assert check_tampered(path, head).number == head.number


def test_windows_and_states_may_be_dropped_to_save_space(
    sound: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    original, head = sound
    path = tmp_path / "journal.sqlite"
    shutil.copy(original, path)
    with altered(path) as connection:
        connection.execute("DELETE FROM journal_windows")
        connection.execute("DELETE FROM journal_states")
    journal = SqlJournal(path)
    assert journal.verify(head) == head
    journal.close()


@pytest.mark.parametrize("n_before_the_kill", [1, 40])
def test_a_killed_writer_loses_nothing_it_has_reported(
    tmp_path: Path, n_before_the_kill: int
) -> None:
    path = tmp_path / "journal.sqlite"
    with writer(path, "m", 1_000_000) as process:
        assert process.stdout is not None
        reported = [process.stdout.readline().strip() for _ in range(n_before_the_kill)]
        process.send_signal(signal.SIGKILL)
        reported += process.stdout.read().split()
    journal = SqlJournal(path)
    head = journal.verify()
    found = [entry.prediction_id for entry in journal.entries(limit=1000).entries]
    assert found[: len(reported)] == reported[:1000]
    assert head.number - len(reported) in (0, 1)
    journal.append(answer(1), NOW)
    assert journal.verify(head).number == head.number + 1
    journal.close()


def test_a_full_disk_is_a_typed_error_and_leaves_no_half_entry(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with writer(path, "m", 1_000_000, most_bytes=400_000) as process:
        assert process.stdout is not None
        reported = process.stdout.read().split()
        assert process.wait(timeout=60) == 3
    assert reported.pop() == "JournalUnavailable"
    assert reported
    journal = SqlJournal(path)
    head = journal.verify()
    assert head.number == len(reported)
    assert [one.prediction_id for one in journal.entries(limit=1000).entries] == reported
    journal.append(answer(1), NOW)
    assert journal.verify(head).number == head.number + 1
    journal.close()


def test_a_failed_append_can_be_tried_again_by_the_same_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = SqlJournal(path)
    with altered(path) as stranger:
        stranger.execute(
            "CREATE TRIGGER full BEFORE INSERT ON journal_counts"
            " BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
        with pytest.raises(JournalUnavailable, match="disk is full"):
            journal.append(answer(1), NOW)
        stranger.execute("DROP TRIGGER full")
    assert journal.head() == JournalHead()
    assert journal.append(answer(1), NOW).number == 1
    assert journal.verify().number == 1
    journal.close()


def test_processes_that_start_and_write_at_once_share_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    count = 30
    with (
        writer(path, "a", count) as one,
        writer(path, "b", count) as two,
        writer(path, "a", count) as three,
    ):
        assert [process.wait(timeout=60) for process in (one, two, three)] == [0, 0, 0]
    journal = SqlJournal(path)
    assert journal.verify().number == 2 * count
    served = {"a": 0, "b": 0}
    for entry in journal.entries(limit=1000).entries:
        served[entry.symbol] += entry.n_served
    assert served == {"a": 2 * count, "b": count}
    journal.close()


def test_a_reader_sees_one_state_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    reader = SqlJournal(path)
    with writer(path, "m", 100) as process:
        seen = [reader.verify() for _ in range(10)]
        assert process.wait(timeout=60) == 0
    numbers = [head.number for head in seen]
    assert numbers == sorted(numbers)
    assert reader.verify(seen[-1]).number == 100
    reader.close()


def test_the_file_is_opened_in_wal_mode_with_full_sync(tmp_path: Path) -> None:
    journal = SqlJournal(tmp_path / "journal.sqlite")
    with journal._reading() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
    journal.close()


def test_opening_a_journal_waits_for_no_writer(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    SqlJournal(path).close()
    with altered(path) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        journal = SqlJournal(path)
        assert journal.verify() == JournalHead()
        journal.close()


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3\0" * 9])
def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    with pytest.raises(JournalUnavailable) as caught:
        SqlJournal(path)
    assert str(path) in caught.value.place


def test_a_folder_or_a_file_in_the_way_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "file" / "journal.sqlite"):
        with pytest.raises(JournalUnavailable):
            SqlJournal(path)


def test_a_url_that_makes_no_sense_is_unavailable_and_its_password_is_not_told() -> None:
    with pytest.raises(JournalUnavailable) as caught:
        SqlJournal("nonsense://user:secret@host/x")
    assert "secret" not in str(caught.value)


def test_a_later_schema_asks_for_a_later_version(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    SqlJournal(path).close()
    with altered(path) as connection:
        connection.execute("UPDATE journal_schema_version SET version = 99")
    with pytest.raises(JournalUnavailable, match="later version"):
        SqlJournal(path)


def test_the_journal_and_the_registry_may_share_a_database(tmp_path: Path) -> None:
    path = tmp_path / "both.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    journal = SqlJournal(path)
    journal.append_many([ServedAnswer(prediction=answer(1), served_at=NOW)])
    assert not registry.records()
    assert journal.verify().number == 1
    journal.close()
    registry.close()


def test_the_chain_can_be_checked_by_anybody_with_a_hash_function(
    sound: tuple[Path, JournalHead], tmp_path: Path
) -> None:
    original, head = sound
    path = tmp_path / "journal.sqlite"
    shutil.copy(original, path)
    digest = "0" * 64
    with altered(path) as connection:
        rows = connection.execute("SELECT content FROM journal_records ORDER BY number").fetchall()
    for number, (text,) in enumerate(rows, start=1):
        assert json.loads(text)["number"] == number
        digest = hashlib.sha256(f"{digest}\n{text}".encode()).hexdigest()
    assert (len(rows), digest) == (head.number, head.digest)
