import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from bellwether.adapters import SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, RegistryUnavailable, Stage

NOW = np.datetime64("2019-01-02T12:00", "us")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)

# A process that promotes one model after the other for ever, and says so after each.
WRITER = """
import sys
import numpy as np
from bellwether.adapters import SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, ModelRecord
from bellwether.validation import Decision, Verdict

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
now = np.datetime64("2019-01-02T12:00", "us")
registry = SqlRegistry(path, FixedClock(now))
verdict = Verdict(
    name="w", pipeline="p", snapshot="s", evidence_digest="e", options_digest="g",
    decision=Decision.PROMOTE, binding="evidence", reason="r", next_step="n", checks=(),
    n_bars=1, n_symbols=1, n_effective=1.0, n_needed=1.0, n_pipelines=1, n_looks=1,
    first_closed_at="", last_closed_at="", skill=None, value=None, contract=None, by_year=(),
)
for place in range(count):
    model_id = f"{name}-{place}"
    registry.register(ModelRecord(
        model_id=model_id, market=MarketKey(universe="world", interval="1d", horizon_bars=1),
        symbols=("A",), bundle_digest=model_id, pipeline_digest="p", snapshot_digest="s",
        bellwether_version="0", trained_at=now, registered_at=now, changed_at=now, metrics={},
    ))
    registry.promote(model_id, verdict, reason="it passed")
    print(model_id, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def check_consistent(registry: SqlRegistry) -> list[str]:
    """Replay the history and compare it with the records; return the ids promoted."""
    replayed: dict[str, Stage] = {}
    promoted = []
    for move in registry.history():
        assert replayed.get(move.model_id) == move.before
        replayed[move.model_id] = move.after
        promoted += [move.model_id] if move.after is Stage.CHAMPION else []
    assert {record.model_id: record.stage for record in registry.records()} == replayed
    stages = list(replayed.values())
    assert stages.count(Stage.CHAMPION) <= 1
    assert stages.count(Stage.PREVIOUS) <= 1
    return promoted


def test_a_registry_survives_writers_killed_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    acknowledged: list[str] = []
    for turn in range(3):
        with writer(path, f"turn{turn}", 10_000) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(2 + 3 * turn)]
            process.send_signal(signal.SIGKILL)
            rest = process.stdout.read().splitlines()
            # A killed writer's last line may be cut; whole ones were acknowledged.
            acknowledged += [line for line in rest if line.count("-") == 1][:-1]
        registry = SqlRegistry(path, FixedClock(NOW))
        promoted = check_consistent(registry)
        assert set(acknowledged) <= set(promoted)
        assert registry.serving(MARKET).champion == registry.get(promoted[-1])
        registry.close()


def test_processes_that_write_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    processes = [writer(path, name, 6) for name in ("left", "right", "third")]
    for process in processes:
        with process:
            assert process.wait(timeout=120) == 0
    registry = SqlRegistry(path, FixedClock(NOW))
    assert len(check_consistent(registry)) == 18
    registry.close()


def test_a_stranger_cannot_seat_two_champions(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    with writer(path, "m", 3) as process:
        assert process.wait(timeout=60) == 0
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE models SET stage = 'champion'")
    connection.close()


def test_the_file_is_opened_in_wal_mode_with_full_sync(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    registry = SqlRegistry(path, FixedClock(NOW))
    with registry._reading() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar() == 2
    registry.close()


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3\0" * 9])
def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "registry.sqlite"
    path.write_bytes(content)
    with pytest.raises(RegistryUnavailable) as caught:
        SqlRegistry(path, FixedClock(NOW))
    assert str(path) in caught.value.place


def test_a_folder_or_a_file_in_the_way_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", tmp_path / "file" / "registry.sqlite"):
        with pytest.raises(RegistryUnavailable):
            SqlRegistry(path, FixedClock(NOW))


def test_a_url_that_makes_no_sense_is_unavailable_and_its_password_is_not_told() -> None:
    with pytest.raises(RegistryUnavailable) as caught:
        SqlRegistry("nonsense://user:secret@host/x", FixedClock(NOW))
    assert "secret" not in str(caught.value)


def test_a_later_schema_asks_for_a_later_version(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    SqlRegistry(path, FixedClock(NOW)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(RegistryUnavailable, match="later version"):
        SqlRegistry(path, FixedClock(NOW))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE models SET stage = 'king'",
        "UPDATE models SET symbols = '['",
        "UPDATE models SET metrics = '{'",
        "ALTER TABLE models RENAME TO lost",
    ],
)
def test_damage_within_is_unavailable_not_a_crash(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "registry.sqlite"
    with writer(path, "m", 1) as process:
        assert process.wait(timeout=60) == 0
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    connection.close()
    registry = SqlRegistry(path, FixedClock(NOW))
    with pytest.raises(RegistryUnavailable):
        registry.records()
    with pytest.raises(RegistryUnavailable):
        registry.get("m-0")
    registry.close()


def test_what_was_written_is_plain_sql_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    with writer(path, "m", 1) as process:
        assert process.wait(timeout=60) == 0
    with sqlite3.connect(path) as connection:
        (row,) = connection.execute("SELECT model_id, stage, symbols, verdict FROM models")
    connection.close()
    assert row[:2] == ("m-0", "champion")
    assert json.loads(row[2]) == ["A"]
    assert json.loads(row[3])["decision"] == "PROMOTE"
