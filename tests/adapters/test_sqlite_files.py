"""SQLite's files where they may not be written, go away, or are replaced; and their copies."""

import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import SqlJournal, SqlRegistry
from bellwether.adapters._sqlite_files import copy_sqlite
from bellwether.adapters._turns import Turns, loses_resets
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord, RegistryUnavailable
from bellwether.service import JournalUnavailable

NOW = np.datetime64("2019-01-02T12:00", "us")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)

# A process that registers models for ever, and says so after each.
WRITER = """
import sys
import numpy as np
from bellwether.adapters import SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord

now = np.datetime64("2019-01-02T12:00", "us")
registry = SqlRegistry(sys.argv[1], FixedClock(now))
for place in range(int(sys.argv[3])):
    registry.register(ModelRecord(
        model_id=f"{sys.argv[2]}-{place}",
        market=MarketKey(universe="world", interval="1d", horizon_bars=1),
        symbols=("A",), bundle_digest="b", pipeline_digest="p", snapshot_digest="s",
        bellwether_version="0", trained_at=now, registered_at=now, changed_at=now, metrics={},
    ))
    print(place, flush=True)
"""


@contextmanager
def writer(path: Path, name: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


def register(registry: SqlRegistry, *model_ids: str) -> None:
    for model_id in model_ids:
        registry.register(
            ModelRecord(
                model_id=model_id,
                market=MARKET,
                symbols=("A",),
                bundle_digest="b",
                pipeline_digest="p",
                snapshot_digest="s",
                bellwether_version="0",
                trained_at=NOW,
                registered_at=NOW,
                changed_at=NOW,
                metrics={},
            )
        )


def ids(registry: SqlRegistry) -> list[str]:
    return [record.model_id for record in registry.records()]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that everybody may read; only its owner may write there."""
    path = Path(tempfile.mkdtemp(prefix="bellwether-"))
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


@contextmanager
def only_reading(folder: Path) -> Iterator[None]:
    """Be somebody who may not write in a folder: root becomes nobody for a while."""
    if os.geteuid() == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            yield
        finally:
            os.seteuid(0)
        return
    paths = [folder, *folder.iterdir()]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_a_registry_in_a_folder_that_may_only_be_read_is_read(folder: Path) -> None:
    path = folder / "registry.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    register(registry, "m1", "m2")
    registry.close()
    with only_reading(folder):
        registry = SqlRegistry(path, FixedClock(NOW))
        assert ids(registry) == ids(registry) == ["m1", "m2"]
        with pytest.raises(RegistryUnavailable):
            register(registry, "m3")
        assert [one.name for one in folder.iterdir() if one.suffix != ".lock"] == [path.name]
    register(registry, "m3")
    assert ids(registry) == ["m1", "m2", "m3"]
    registry.close()


def test_a_reader_who_may_not_write_sees_what_a_writer_elsewhere_commits(folder: Path) -> None:
    path = folder / "registry.sqlite"
    writes = SqlRegistry(path, FixedClock(NOW))
    register(writes, "m1")
    with only_reading(folder):
        reads = SqlRegistry(path, FixedClock(NOW))
        assert ids(reads) == ["m1"]
    register(writes, "m2")
    with only_reading(folder):
        assert ids(reads) == ["m1", "m2"]
    writes.close()
    with only_reading(folder):
        assert ids(reads) == ["m1", "m2"]
    reads.close()


def test_what_a_killed_writer_left_is_read_without_writing(folder: Path) -> None:
    path = folder / "registry.sqlite"
    with writer(path, "m", 1_000_000) as process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with only_reading(folder):
        reads = SqlRegistry(path, FixedClock(NOW))
        assert ids(reads)[:5] == [f"m-{place}" for place in range(5)]
        reads.close()


def test_writes_that_cannot_be_read_are_an_error_and_not_forgotten(folder: Path) -> None:
    path = folder / "registry.sqlite"
    with writer(path, "m", 1_000_000) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    path.with_name(f"{path.name}-shm").unlink()
    with only_reading(folder), pytest.raises(RegistryUnavailable, match="cannot be read"):
        SqlRegistry(path, FixedClock(NOW))


def test_an_older_registry_that_may_only_be_read_is_unavailable(folder: Path) -> None:
    path = folder / "registry.sqlite"
    SqlRegistry(path, FixedClock(NOW)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE schema_version SET version = 1")
        connection.execute("DROP INDEX models_by_stage")
        connection.commit()
    with only_reading(folder), pytest.raises(RegistryUnavailable):
        SqlRegistry(path, FixedClock(NOW))


def test_nothing_is_made_where_nothing_may_be_written(folder: Path) -> None:
    with only_reading(folder):
        with pytest.raises(JournalUnavailable):
            SqlJournal(folder / "journal.sqlite")
        with pytest.raises(JournalUnavailable):
            SqlJournal(folder / "deep" / "journal.sqlite")
    assert not list(folder.iterdir())


def test_a_file_that_goes_away_is_unavailable_and_not_made_anew(tmp_path: Path) -> None:
    path, aside = tmp_path / "registry.sqlite", tmp_path / "aside.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    register(registry, "m1")
    copy_sqlite(path, aside)
    for beside in tmp_path.glob("registry.sqlite*"):
        beside.unlink()
    for _ in range(2):
        with pytest.raises(RegistryUnavailable):
            registry.records()
        with pytest.raises(RegistryUnavailable):
            register(registry, "m2")
    assert not path.exists()
    aside.rename(path)
    register(registry, "m2")
    assert ids(registry) == ["m1", "m2"]
    registry.close()


def test_a_file_put_in_place_of_another_is_the_one_that_is_used(tmp_path: Path) -> None:
    path, other = tmp_path / "registry.sqlite", tmp_path / "other.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    register(registry, "m1")
    replacement = SqlRegistry(other, FixedClock(NOW))
    register(replacement, "n1")
    replacement.close()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink()
    other.replace(path)
    register(registry, "n2")
    assert ids(registry) == ["n1", "n2"]
    registry.close()


def test_a_copy_is_one_state_while_others_write(tmp_path: Path) -> None:
    path, copy = tmp_path / "registry.sqlite", tmp_path / "copy.sqlite"
    with writer(path, "m", 200) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(5):
            copy_sqlite(path, copy)
            registry = SqlRegistry(copy, FixedClock(NOW))
            found = ids(registry)
            assert found == [f"m-{place}" for place in range(len(found))]
            assert len(registry.history()) == len(found)
            registry.close()
        process.stdout.read()
    assert not list(tmp_path.glob(".*.part"))


def test_a_damaged_file_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    register(registry, *(f"m{place}" for place in range(200)))
    registry.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 3)
    path.write_bytes(content)
    with pytest.raises(OSError, match="malformed"):
        copy_sqlite(path, tmp_path / "copy.sqlite")
    assert not list(tmp_path.glob("*copy*"))


@pytest.mark.parametrize(
    ("version", "loses"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
        ((4, 0, 0), False),
    ],
)
def test_versions_with_the_bug_of_resets_are_known(
    version: tuple[int, int, int], loses: bool
) -> None:
    assert loses_resets(version) is loses


def test_a_turn_is_waited_for_and_not_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    first, second = Turns(path, 30), Turns(path, 1)
    order: list[str] = []

    def take() -> None:
        with first.taken():
            order.append("second")

    with first.taken():
        with pytest.raises(sqlite3.OperationalError, match="locked"), second.taken():
            pass
        thread = threading.Thread(target=take)
        thread.start()
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    with second.taken():
        pass
