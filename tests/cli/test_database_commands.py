"""Databases, backups and their restoring from the command line."""

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.adapters import UNFINISHED
from bellwether.bars import Bars

Save = Callable[[Bars, Path], Path]
MakeBars = Callable[[int, int], Bars]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def file(make_bars: MakeBars, save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(make_bars(600, 5), tmp_path / "market.csv")


def test_the_state_of_databases_is_told_without_making_them(call: Call, home: Path) -> None:
    told = call("database", "status", "--home", home, "--json")
    assert told.code == 0
    assert {one["state"] for one in told.json.values()} == {"not made yet"}
    assert not home.exists()
    done = call("database", "upgrade", "--home", home, "--json").json
    assert {name: one["before"] for name, one in done.items()} == {
        "registry": None,
        "journal": None,
    }
    told = call("database", "status", "--home", home, "--json")
    assert {one["state"] for one in told.json.values()} == {"up to date"}
    assert "up to date" in call("database", "status", "--home", home).out


def test_an_older_database_is_upgraded_when_asked_and_not_by_looking(
    call: Call, home: Path
) -> None:
    dump = Path(__file__).parents[1] / "data" / "databases" / "registry-schema-1.sqlite.sql"
    home.mkdir()
    with closing(sqlite3.connect(home / "registry.sqlite")) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    for _ in range(2):
        told = call("database", "status", "--home", home, "--json").json["registry"]
        assert (told["state"], told["schema"]) == ("to be upgraded", 1)
    assert "went from schema 1" in call("database", "upgrade", "--home", home).out
    told = call("database", "status", "--home", home, "--json").json["registry"]
    assert told["state"] == "up to date"
    assert len(call("models", "--home", home, "--json").json["models"]) == 6


def test_a_backup_comes_back_with_models_and_answers(
    call: Call, edge_market: EdgeMarket, home: Path, tmp_path: Path
) -> None:
    shutil.copytree(edge_market.home, home)
    answer = call("predict", edge_market.past, "--as-of", "last", "--home", home, "--json").json
    backup = tmp_path / "backup.zip"
    made = call("backup", backup, "--home", home, "--json").json
    assert made["models"] > 0
    assert made["models_without_bundle"] == []
    restored = tmp_path / "restored"
    told = call("restore", backup, "--home", restored, "--json")
    assert told.code == 0
    assert told.json["journal_head"] == made["journal_head"]
    again = call("replay", answer["prediction_id"], edge_market.past, "--home", restored, "--json")
    assert (again.code, again.json["outcome"]) == (0, "identical")
    head = call("journal", "--verify", "--head", made["journal_head"], "--home", restored)
    assert head.code == 0


def test_a_backup_that_is_damaged_and_a_home_that_is_taken_are_said_plainly(
    call: Call, file: Path, home: Path, tmp_path: Path
) -> None:
    call("predict", file, "--home", home, "--json")
    backup = tmp_path / "backup.zip"
    assert "1 records of the journal" in call("backup", backup, "--home", home).out
    taken = call("restore", backup, "--home", home, "--json")
    assert (taken.code, taken.json["error"]["type"]) == (2, "HomeTaken")
    content = bytearray(backup.read_bytes())
    with zipfile.ZipFile(backup) as archive:
        largest = max(archive.infolist(), key=lambda one: one.compress_size)
    content[largest.header_offset + 30 + len(largest.filename) + largest.compress_size // 2] ^= 1
    backup.write_bytes(content)
    damaged = call("restore", backup, "--home", home, "--replace", "--json")
    assert damaged.json["error"]["type"] == "BackupUnusable"
    assert not list(home.glob(".replaced-*"))


def test_a_home_whose_restoring_was_interrupted_is_not_opened(
    call: Call, file: Path, home: Path
) -> None:
    home.mkdir()
    (home / UNFINISHED).touch()
    answer = call("predict", file, "--home", home, "--json")
    assert answer.json["error"]["type"] == "HomeUnusable"
    assert "--replace" in answer.json["error"]["hint"]


def test_the_databases_url_is_shown_without_its_password(
    call: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = "hunter2-and-more"
    monkeypatch.setenv("BELLWETHER_DATABASE", f"postgresql://user:{hidden}@/none?host=/nowhere")
    for command in (("database", "status"), ("database", "upgrade"), ("models",)):
        told = call(*command, "--home", home, "--json")
        assert told.json["error"]["type"] == "RegistryUnavailable"
        assert "user:***@" in told.err
        assert hidden not in told.out + told.err


def test_registry_and_journal_of_a_server_are_backed_up_and_come_back_as_files(
    call: Call,
    file: Path,
    home: Path,
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as server:
        server.setenv("BELLWETHER_DATABASE", postgres_url)
        call("predict", file, "--as-of", "last", "--home", home, "--json")
        told = call("database", "status", "--home", home, "--json").json
        assert told["journal"]["engine"].startswith("PostgreSQL")
        assert told["journal"]["state"] == "up to date"
        assert call("backup", tmp_path / "backup.zip", "--home", home).code == 0
    restored = tmp_path / "restored"
    assert call("restore", tmp_path / "backup.zip", "--home", restored).code == 0
    listed = call("journal", "--verify", "--home", restored, "--json").json
    assert len(listed["entries"]) == 1
