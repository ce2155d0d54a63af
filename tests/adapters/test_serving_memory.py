"""Who serves is remembered for as long as nobody has committed, and not a moment longer."""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from bellwether.adapters import SqlRegistry
from bellwether.adapters._serving_memory import _MOST_KEPT, ServingMemory
from bellwether.clock import FixedClock
from bellwether.registry import RegistryUnavailable, Serving

ASKED = ("A", "1d", 1)
Memory: TypeAlias = ServingMemory[tuple[str, str, int], Serving]
NOW = np.datetime64("2019-01-02T12:00", "us")

# A process that promotes one model after the other, and says so after each.
WRITER = """
import sys
import numpy as np
from bellwether.adapters import SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord
from bellwether.validation import Decision, Verdict

path, count = sys.argv[1], int(sys.argv[2])
now = np.datetime64("2019-01-02T12:00", "us")
registry = SqlRegistry(path, FixedClock(now))
verdict = Verdict(
    name="w", pipeline="p", snapshot="s", evidence_digest="e", options_digest="g",
    decision=Decision.PROMOTE, binding="evidence", reason="r", next_step="n", checks=(),
    n_bars=1, n_symbols=1, n_effective=1.0, n_needed=1.0, n_pipelines=1, n_looks=1,
    first_closed_at="", last_closed_at="", skill=None, value=None, contract=None, by_year=(),
)
for place in range(count):
    model_id = f"m-{place}"
    registry.register(ModelRecord(
        model_id=model_id, market=MarketKey(universe="world", interval="1d", horizon_bars=1),
        symbols=("A",), bundle_digest=model_id, pipeline_digest="p", snapshot_digest="s",
        bellwether_version="0", trained_at=now, registered_at=now, changed_at=now, metrics={},
    ))
    registry.promote(model_id, verdict, reason="it passed")
    print(place, flush=True)
"""


class Reader:
    """Reads who serves, and counts how often."""

    def __init__(self) -> None:
        self.n_reads = 0

    def __call__(self) -> Serving:
        self.n_reads += 1
        return Serving()


def commit(path: Path) -> None:
    """Commit something on a connection of its own."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO models VALUES (1)")


def make_file(path: Path) -> Path:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE models (number INTEGER)")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make_file(tmp_path / "registry.sqlite")


@pytest.fixture
def memory(path: Path) -> Iterator[Memory]:
    found: Memory = ServingMemory(path)
    yield found
    found.close()


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_what_nobody_changed_is_read_once(memory: Memory, reader: Reader) -> None:
    first = [memory.find(ASKED, reader) for _ in range(5)]
    assert reader.n_reads == 1
    assert all(one is first[0] for one in first)


def test_every_question_is_remembered_for_itself(memory: Memory, reader: Reader) -> None:
    for _ in range(2):
        for horizon_bars in (1, 5):
            memory.find(("A", "1d", horizon_bars), reader)
    assert reader.n_reads == 2


def test_after_any_commit_it_is_read_again(path: Path, memory: Memory, reader: Reader) -> None:
    for n_commits in range(4):
        memory.find(ASKED, reader)
        memory.find(ASKED, reader)
        assert reader.n_reads == n_commits + 1
        commit(path)


def test_a_reading_that_a_commit_overtook_is_not_kept(
    path: Path, memory: Memory, reader: Reader
) -> None:
    def overtaken() -> Serving:
        found = reader()
        commit(path)
        return found

    memory.find(ASKED, overtaken)
    memory.find(ASKED, reader)
    assert reader.n_reads == 2


def test_a_file_that_was_replaced_is_read_again(
    tmp_path: Path, path: Path, memory: Memory, reader: Reader
) -> None:
    memory.find(ASKED, reader)
    make_file(tmp_path / "other.sqlite").replace(path)
    memory.find(ASKED, reader)
    assert reader.n_reads == 2


def test_commits_are_seen_after_the_log_was_taken_away(
    path: Path, memory: Memory, reader: Reader
) -> None:
    memory.find(ASKED, reader)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink()
    for n_commits in range(3):
        commit(path)
        memory.find(ASKED, reader)
        assert reader.n_reads == n_commits + 2


def test_of_a_file_that_is_gone_nothing_is_remembered_until_it_is_back(
    path: Path, memory: Memory, reader: Reader
) -> None:
    memory.find(ASKED, reader)
    path.unlink()
    for n_reads in (2, 3):
        memory.find(ASKED, reader)
        assert reader.n_reads == n_reads
    assert not path.exists()
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    make_file(path)
    for _ in range(3):
        memory.find(ASKED, reader)
    assert reader.n_reads == 4


def test_of_a_file_that_is_locked_nothing_is_remembered(tmp_path: Path, reader: Reader) -> None:
    path = tmp_path / "registry.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE models (number INTEGER)")
        connection.execute("BEGIN EXCLUSIVE")
        memory: Memory = ServingMemory(path)
        for n_reads in (1, 2):
            memory.find(ASKED, reader)
            assert reader.n_reads == n_reads
        connection.rollback()
        for _ in range(3):
            memory.find(ASKED, reader)
        assert reader.n_reads == 3
    memory.close()


def test_a_database_that_is_no_file_is_read_every_time(reader: Reader) -> None:
    memory: Memory = ServingMemory(None)
    for n_reads in (1, 2, 3):
        memory.find(ASKED, reader)
        assert reader.n_reads == n_reads


def test_a_reading_that_fails_is_tried_again(memory: Memory, reader: Reader) -> None:
    def fail() -> Serving:
        raise RegistryUnavailable("here", "it failed")

    for _ in range(2):
        with pytest.raises(RegistryUnavailable):
            memory.find(ASKED, fail)
    memory.find(ASKED, reader)
    assert reader.n_reads == 1


def test_strange_questions_do_not_fill_the_memory(memory: Memory, reader: Reader) -> None:
    for place in range(_MOST_KEPT + 10):
        memory.find((f"S{place}", "1d", 1), reader)
    assert len(memory._kept) <= _MOST_KEPT


def test_after_closing_it_starts_anew(memory: Memory, reader: Reader) -> None:
    memory.find(ASKED, reader)
    memory.close()
    memory.find(ASKED, reader)
    assert reader.n_reads == 2


def test_a_promotion_by_another_process_is_served_as_soon_as_it_is_acknowledged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "registry.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    assert registry.serving_symbol(*ASKED) == Serving()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), "25"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            champion = registry.serving_symbol(*ASKED).champion
            assert champion is not None
            assert int(champion.model_id.removeprefix("m-")) >= int(line)
    assert process.returncode == 0
    serving = registry.serving_symbol(*ASKED)
    assert [record and record.model_id for record in (serving.champion, serving.previous)] == [
        "m-24",
        "m-23",
    ]
    assert registry.serving_symbol(*ASKED) is serving
    registry.close()


def test_another_connection_of_the_same_process_is_noticed_as_well(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path), "2"]) as process:
        assert process.wait(timeout=60) == 0
    one, other = (SqlRegistry(path, FixedClock(NOW)) for _ in range(2))
    served = one.serving_symbol(*ASKED).champion
    assert served is not None
    other.roll_back(served.market, reason="it went bad")
    again = one.serving_symbol(*ASKED).champion
    assert again is not None
    assert again.model_id == "m-0"
    one.retire("m-0", reason="it too")
    assert one.serving_symbol(*ASKED) == other.serving_symbol(*ASKED) == Serving()
    one.close()
    other.close()
