"""What keeps a journal from being written: each trouble has its name, and ends with its cause."""

import errno
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bellwether.adapters import SqlJournal
from bellwether.adapters._journal_troubles import find_trouble
from bellwether.service import (
    Direction,
    JournalTrouble,
    JournalUnavailable,
    Prediction,
    Rung,
    Source,
    SourceKind,
)

NOW = np.datetime64("2019-01-02T12:00", "us")


def answer(number: int) -> Prediction:
    return Prediction(
        symbol="A",
        interval="1d",
        as_of=NOW + number,
        horizon_bars=1,
        direction=Direction.HOLD,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=0.0,
        price=None,
        target=None,
        stop=None,
        regime=None,
        reasons=("because",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=None,
        bars_digest="",
    )


def append_one_by_one(journal: SqlJournal, upto: int) -> None:
    for number in range(upto):
        journal.append(answer(number), NOW)


def replace_file(path: Path, other: Path) -> None:
    """Put another file in a journal's place, as a restoring hand would."""
    for beside in ("-wal", "-shm"):
        path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)
    other.replace(path)


def refuse(journal: SqlJournal, number: int) -> JournalTrouble:
    """Return why an answer cannot be appended."""
    with pytest.raises(JournalUnavailable) as caught:
        journal.append(answer(number), NOW)
    return caught.value.trouble


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[SqlJournal]:
    """Return a journal with three answers, which waits for no lock."""
    opened = SqlJournal(path, wait_seconds=0.05)
    for number in range(3):
        opened.append(answer(number), NOW)
    yield opened
    opened.close()


@contextmanager
def stranger(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def test_a_lock_that_somebody_holds(journal: SqlJournal, path: Path) -> None:
    with stranger(path) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refuse(journal, 3) is JournalTrouble.LOCKED
        assert journal.verify().number == 3
    assert journal.append(answer(3), NOW).number == 4


def test_a_disk_that_is_full(journal: SqlJournal) -> None:
    def fill(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {most_pages}")

    most_pages = 1
    engine = journal._database._engine
    sa.event.listen(engine, "connect", fill)
    journal.close()
    with pytest.raises(JournalUnavailable) as caught:
        append_one_by_one(journal, 60)
    assert caught.value.trouble is JournalTrouble.DISK_FULL
    most_pages = 10_000
    journal.close()
    head = journal.head()
    assert journal.append(answer(99), NOW).number == head.number + 1
    journal.verify(head)


def test_a_file_that_is_gone_is_not_made_anew_and_found_when_it_is_back(
    journal: SqlJournal, path: Path, tmp_path: Path
) -> None:
    path.rename(tmp_path / "elsewhere")
    assert [refuse(journal, 3), refuse(journal, 4)] == [JournalTrouble.GONE] * 2
    assert not path.exists()
    (tmp_path / "elsewhere").rename(path)
    assert journal.append(answer(5), NOW).number == 4
    assert journal.verify().number == 4


def test_an_empty_file_in_its_place_is_no_journal(
    journal: SqlJournal, path: Path, tmp_path: Path
) -> None:
    path.rename(tmp_path / "elsewhere")
    path.touch()
    assert refuse(journal, 3) is JournalTrouble.GONE
    with stranger(path) as other:
        assert other.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_an_older_copy_is_told_once_and_then_gone_on_with(
    journal: SqlJournal, path: Path, tmp_path: Path
) -> None:
    journal.close()
    shutil.copy(path, tmp_path / "copy")
    for number in range(3, 6):
        journal.append(answer(number), NOW)
    replace_file(path, tmp_path / "copy")
    assert refuse(journal, 6) is JournalTrouble.CUT
    assert journal.append(answer(6), NOW).number == 4
    assert journal.verify().number == 4


def test_another_chain_of_the_same_length_is_told_too(
    journal: SqlJournal, path: Path, tmp_path: Path
) -> None:
    other = SqlJournal(tmp_path / "other.sqlite")
    for number in range(10, 14):
        other.append(answer(number), NOW)
    other.close()
    replace_file(path, tmp_path / "other.sqlite")
    assert refuse(journal, 6) is JournalTrouble.CUT
    assert journal.append(answer(6), NOW).number == 5


def test_what_others_append_is_no_cut(journal: SqlJournal, path: Path) -> None:
    other = SqlJournal(path)
    other.append(answer(3), NOW)
    assert journal.append(answer(4), NOW).number == 5
    assert other.append(answer(5), NOW).number == 6
    other.close()


def test_a_file_that_goes_during_the_commit_is_acknowledged_to_nobody(
    journal: SqlJournal, path: Path, tmp_path: Path
) -> None:
    engine = journal._database._engine

    def move(_connection: sa.Connection) -> None:
        if path.exists():
            path.rename(tmp_path / "elsewhere")

    sa.event.listen(engine, "commit", move)
    assert refuse(journal, 3) is JournalTrouble.GONE
    sa.event.remove(engine, "commit", move)
    assert refuse(journal, 4) is JournalTrouble.GONE
    (tmp_path / "elsewhere").rename(path)
    journal.append(answer(5), NOW)
    assert journal.verify().number in {4, 5}  # with the one that nobody was told of, or without


def test_a_log_that_was_removed_takes_nothing_along(journal: SqlJournal, path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()
    assert refuse(journal, 3) is JournalTrouble.GONE
    journal.append(answer(4), NOW)
    found = {entry.prediction_id for entry in journal.entries().entries}
    assert found >= {answer(number).prediction_id for number in (0, 1, 2, 4)}
    reader = SqlJournal(path)
    assert reader.verify() == journal.head()
    reader.close()


# A process without the rights of an administrator, who may write everything.
READER = """
import os, sys
import numpy as np
from bellwether.adapters import SqlJournal
from bellwether.errors import BellwetherError
from bellwether.service import Direction, Prediction, Rung, Source, SourceKind
now = np.datetime64("2019-01-02T12:00", "us")
prediction = Prediction(
    symbol="B", interval="1d", as_of=now, horizon_bars=1, direction=Direction.HOLD,
    probability_up=None, expected_return=None, interval_return=None, confidence=0.0,
    price=100.0, target=None, stop=None, regime=None, reasons=("r",),
    source=Source(kind=SourceKind.NONE), rung=Rung.HOLD, fallback_reason=None, bars_digest="",
)
journal = SqlJournal(sys.argv[1], opens_late=True)
if os.geteuid() == 0:
    os.setuid(65534)
for _ in sys.stdin:
    try:
        print(journal.append(prediction, now).number, flush=True)
    except BellwetherError as error:
        print(error.trouble.value, flush=True)
"""


def test_a_file_that_may_only_be_read_is_written_once_it_may_be_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        SqlJournal(path).close()
        lock = path.with_name(f"{path.name}.lock")
        command = [sys.executable, "-c", READER, str(path)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            told = []
            for file_mode, folder_mode in ((0o444, 0o555), (0o666, 0o777)):
                for one in (path, lock):
                    if one.exists():
                        one.chmod(file_mode)
                Path(folder).chmod(folder_mode)
                process.stdin.write("go on\n")
                process.stdin.flush()
                told.append(process.stdout.readline().strip())
            process.stdin.close()
        assert told == ["read_only", "1"]


# Groups and repeats from one of several processes.
WRITER = """
import sys
import numpy as np
from bellwether.adapters import SqlJournal
from bellwether.service import Direction, Prediction, Rung, ServedAnswer, Source, SourceKind
path, name, n_groups, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
now = np.datetime64("2019-01-02T12:00", "us")
journal = SqlJournal(path)
def answer(place):
    return Prediction(
        symbol=name, interval="1d", as_of=now + place, horizon_bars=1, direction=Direction.HOLD,
        probability_up=None, expected_return=None, interval_return=None, confidence=0.0,
        price=100.0, target=None, stop=None, regime=None, reasons=("r" * 1000,),
        source=Source(kind=SourceKind.NONE), rung=Rung.HOLD, fallback_reason=None, bars_digest="",
    )
for group in range(n_groups):
    answers = [answer(group * size + place) for place in range(size)]
    journal.record_many([ServedAnswer(prediction=one, served_at=now) for one in answers])
    assert journal.count({one.prediction_id: (2, now) for one in answers[:3]}) == ()
print(journal.head().number)
"""


def test_several_processes_share_one_chain_of_groups_and_repeats(path: Path) -> None:
    n_groups, size, names = 12, 16, ("a", "b", "a")
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(n_groups), str(size)])
        for name in names
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
    journal = SqlJournal(path)
    assert journal.verify().number == 2 * n_groups * size
    served = {"a": 0, "b": 0}
    cursor: int | None = 0
    while cursor is not None:
        page = journal.entries(cursor=cursor, limit=1000)
        for entry in page.entries:
            served[entry.symbol] += entry.n_served
        cursor = page.cursor
    once = n_groups * (size + 6)
    assert served == {"a": 2 * once, "b": once}
    journal.close()


def told_by(**facts: Any) -> Exception:
    error: Exception = type("DriverError", (Exception,), facts)("words")
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (told_by(sqlstate="55P03"), JournalTrouble.LOCKED),
        (told_by(sqlstate="25006"), JournalTrouble.READ_ONLY),
        (told_by(sqlstate="53100"), JournalTrouble.DISK_FULL),
        (told_by(sqlstate="57P01"), JournalTrouble.GONE),
        (told_by(sqlstate="XX001"), JournalTrouble.DAMAGED),
        (told_by(sqlite_errorname="SQLITE_READONLY_DBMOVED"), JournalTrouble.GONE),
        (told_by(sqlite_errorname="SQLITE_BUSY_SNAPSHOT"), JournalTrouble.LOCKED),
        (told_by(sqlite_errorname="SQLITE_IOERR_READ"), JournalTrouble.UNAVAILABLE),
        (OSError(errno.ENOSPC, "no space"), JournalTrouble.DISK_FULL),
        (OSError(errno.EROFS, "read-only"), JournalTrouble.READ_ONLY),
        (Exception("connection failed: refused"), JournalTrouble.GONE),
        (Exception("what nobody foresaw"), JournalTrouble.UNAVAILABLE),
    ],
)
def test_errors_are_told_apart(error: Exception, trouble: JournalTrouble) -> None:
    assert find_trouble(error) is trouble
    wrapped = Exception("outside")
    wrapped.__cause__ = sa.exc.DBAPIError("statement", None, error)
    assert find_trouble(wrapped) is trouble


def test_every_trouble_has_words() -> None:
    words = [trouble.words for trouble in JournalTrouble]
    assert len(set(words)) == len(words)
