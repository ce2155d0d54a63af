"""Databases of earlier versions are brought up to date, whole or not at all."""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bellwether.adapters import SqlCheckpoints, SqlJournal, SqlRegistry
from bellwether.adapters._database import Database
from bellwether.adapters._journal_tables import JOURNAL
from bellwether.adapters._migration import migrate
from bellwether.adapters._schema import Schema
from bellwether.adapters._sql_tables import REGISTRY
from bellwether.clock import FixedClock
from bellwether.registry import MarketKey, RegistryUnavailable, Stage
from bellwether.service import JournalHead, JournalNote, JournalUnavailable, NoteKind
from bellwether.watch import Checkpoint

DUMPS = Path(__file__).parents[1] / "data" / "databases"
NOW = np.datetime64("2019-01-02T12:00", "us")
MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
SCHEMAS = [REGISTRY, JOURNAL]
# The head of the journals in the dumps, noted down when they were made.
HEAD = JournalHead.from_text("7:9eeb89db03d063c0075f65d5fbd8790e623d4c037a8a0809ed6fe49bc43caab8")

# A version of tomorrow: one more revision, whose upgrade waits between two changes.
TOMORROW = """
import sys

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.add_column("{table}", sa.Column("note", sa.Text))
    if "wait" in sys.argv:
        print("half-way", flush=True)
        sys.stdin.readline()
    op.create_table("tomorrow", sa.Column("number", sa.Integer, primary_key=True))
"""
# Opens a database as tomorrow's version would.
OPENER = """
import sys
from dataclasses import replace
from pathlib import Path

from bellwether.adapters._database import Database
from bellwether.adapters._journal_tables import JOURNAL
from bellwether.adapters._sql_tables import REGISTRY

place, name, folder = sys.argv[1:4]
schema = {"registry": REGISTRY, "journal": JOURNAL}[name]
Database(place, replace(schema, version=schema.version + 1, migrations=Path(folder))).close()
print("open", flush=True)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Return where a new database may be, of either kind."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url


def load_dump(name: str, version: int, place: Path | str) -> None:
    """Make the database that an earlier version of bellwether made."""
    kind = "sqlite" if isinstance(place, Path) else "postgresql"
    statements = (DUMPS / f"{name}-schema-{version}.{kind}.sql").read_text(encoding="utf-8")
    if isinstance(place, Path):
        with closing(sqlite3.connect(place)) as connection:
            connection.executescript(statements)
        return
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(place, autocommit=True) as server:
        server.execute(statements.encode())


@pytest.fixture(params=SCHEMAS, ids=lambda schema: schema.name)
def old(request: pytest.FixtureRequest, place: Path | str) -> Schema:
    """Return a schema that a database has, in an earlier version."""
    schema: Schema = request.param
    load_dump(schema.name, 1, place)
    return schema


# Everything that each kind of database says about its tables.
ASKED = {
    "sqlite": ["SELECT type, name, tbl_name, sql FROM sqlite_master"],
    "postgresql": [
        """SELECT table_name, ordinal_position, column_name, data_type, character_maximum_length,
        is_nullable, column_default FROM information_schema.columns
        WHERE table_schema = 'public'""",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    ],
}


def tables_of(place: Path | str) -> list[tuple[Any, ...]]:
    """Return everything that a database says about its tables, in some order."""
    engine = sa.create_engine(url_of(place))
    with engine.connect() as connection:
        found = [
            tuple(plain(cell) for cell in row)
            for query in ASKED[engine.dialect.name]
            for row in connection.execute(sa.text(query))
        ]
    engine.dispose()
    return sorted(found, key=str)


def plain(cell: object) -> object:
    """Drop the casts and brackets that the server adds to a condition each time it is dumped."""
    return re.sub(r"[()\[\]]|::[a-z ]+", "", cell) if isinstance(cell, str) else cell


def url_of(place: Path | str) -> str:
    return f"sqlite:///{place}" if isinstance(place, Path) else place.replace("://", "+psycopg://")


def tomorrow(schema: Schema, folder: Path) -> Schema:
    """Return the schema of a version to come, which has one migration more."""
    folder.mkdir()
    for script in schema.migrations.glob("*.py"):
        shutil.copy(script, folder)
    text = TOMORROW.format(
        revision=f"{schema.version + 1:04d}",
        before=f"{schema.version:04d}",
        table="models" if schema is REGISTRY else "journal_records",
    )
    (folder / "_tomorrow.py").write_text(text)
    return replace(schema, version=schema.version + 1, migrations=folder)


def opener(place: Path | str, schema: Schema, folder: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OPENER, str(place), schema.name, str(folder), *more]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_version_has_one_migration_and_the_latest_is_todays(schema: Schema) -> None:
    with sa.create_engine("sqlite://").connect() as connection:
        versions = [version for version, _ in migrate(connection, schema.migrations, 0)]
    assert versions == list(range(1, schema.version + 1))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_the_migrations_make_the_very_tables_that_a_new_database_has(
    schema: Schema, place: Path | str
) -> None:
    engine = sa.create_engine(url_of(place))
    with engine.begin() as connection:
        for _, upgrade in migrate(connection, schema.migrations, 0):
            upgrade()
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []
    migrated = tables_of(place)
    with engine.begin() as connection:
        schema.metadata.drop_all(connection)
    engine.dispose()
    Database(place, schema).close()
    assert migrated == tables_of(place)


@pytest.mark.parametrize("version", [1, 2])
def test_a_registry_of_each_earlier_version_is_brought_up_to_date_with_all_it_holds(
    place: Path | str, version: int
) -> None:
    load_dump("registry", version, place)
    registry = SqlRegistry(place, FixedClock(NOW))
    told = {record.model_id: record.stage.value for record in registry.records()}
    assert told == {
        "m1": "retired",
        "m2": "previous",
        "m3": "champion",
        "m4": "refused",
        "m5": "candidate",
        "n1": "retired",
    }
    champion = registry.serving(MARKET).champion
    assert champion == registry.serving_symbol("Ä/β", "1d", 1).champion == registry.get("m3")
    assert champion.metrics == {"accuracy": 0.5123456789012345, "n": 3}
    assert str(champion.changed_at) == "2019-01-02T12:00:00.000007"
    assert champion.verdict is not None
    assert champion.verdict["reason"] == "skill was found – “really”"
    assert [move.model_id for move in registry.history()][:3] == ["m1", "m1", "m2"]
    assert len(registry.history()) == 15
    registry.roll_back(MARKET, reason="red")
    assert registry.get("m2").stage is Stage.CHAMPION
    registry.close()


def test_a_journal_of_each_earlier_version_is_brought_up_to_date_and_its_chain_verifies(
    place: Path | str,
) -> None:
    load_dump("journal", 1, place)
    journal = SqlJournal(place)
    assert journal.verify(HEAD) == HEAD
    entries = journal.entries().entries
    assert [entry.n_served for entry in entries] == [1, 2, 1, 1, 1]
    assert [entry.settlement is not None for entry in entries] == [True, False, True, False, False]
    bars = journal.window(entries[-1].prediction_id)
    assert bars is not None
    assert (bars.symbol, len(bars)) == ("Ä/β", 60)
    note = JournalNote(kind=NoteKind.WATCH, key="a", at=NOW, data={})
    assert [one.number for one in journal.note([note])] == [8]
    assert journal.verify(HEAD).number == 8
    journal.close()


def test_an_older_registry_takes_checkpoints_once_it_is_opened(place: Path | str) -> None:
    load_dump("registry", 1, place)
    opened = SqlCheckpoints(place)
    opened.save([Checkpoint(name="paper/book", number=3, content={"markets": []})])
    assert [one.number for one in opened.find("paper/")] == [3]
    opened.close()
    registry = SqlRegistry(place, FixedClock(NOW))
    assert len(registry.records()) == 6
    registry.close()


def test_an_upgraded_database_has_the_tables_of_a_new_one(old: Schema, place: Path | str) -> None:
    Database(place, old).close()
    upgraded = tables_of(place)
    drop_all(place)
    Database(place, old).close()
    assert upgraded == tables_of(place)


def drop_all(place: Path | str) -> None:
    engine = sa.create_engine(url_of(place))
    with engine.begin() as connection:
        found = sa.MetaData()
        found.reflect(connection)
        found.drop_all(connection)
    engine.dispose()


def test_a_file_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite"
    load_dump("registry", 1, place)
    before = tables_of(place)
    SqlRegistry(place, FixedClock(NOW)).close()
    copy = tmp_path / f"registry.sqlite.before-schema-{REGISTRY.version}"
    assert tables_of(copy) == before
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM models").fetchone() == (6,)
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (1,)


def test_a_file_that_cannot_be_copied_is_not_upgraded(tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite"
    load_dump("registry", 1, place)
    (tmp_path / f"registry.sqlite.before-schema-{REGISTRY.version}").mkdir()
    with pytest.raises(RegistryUnavailable):
        SqlRegistry(place, FixedClock(NOW))
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (1,)


def versions_of(place: Path | str, schema: Schema) -> list[int]:
    engine = sa.create_engine(url_of(place))
    with engine.connect() as connection:
        found = list(connection.execute(sa.select(schema.versions.c.version)).scalars())
    engine.dispose()
    return found


def test_processes_that_open_an_older_database_at_once_upgrade_it_once(
    old: Schema, place: Path | str, tmp_path: Path
) -> None:
    folder = tmp_path / "migrations"
    newer = tomorrow(old, folder)
    processes = [opener(place, old, folder) for _ in range(3)]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "open\n"), err
    assert versions_of(place, old) == [newer.version]
    assert any("tomorrow" in row for row in tables_of(place))


def test_an_upgrade_that_is_killed_half_way_leaves_the_old_database_and_is_done_again(
    old: Schema, place: Path | str, tmp_path: Path
) -> None:
    before = tables_of(place)
    folder = tmp_path / "migrations"
    tomorrow(old, folder)
    with opener(place, old, folder, "wait") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half-way\n"
        process.send_signal(signal.SIGKILL)
    assert tables_of(place) == before
    assert versions_of(place, old) == [1]
    with opener(place, old, folder) as process:
        out, err = process.communicate(timeout=60)
        assert out == "open\n", err
    assert versions_of(place, old) == [old.version + 1]
    rows = {"registry": ("models", 6), "journal": ("journal_records", 7)}
    table, count = rows[old.name]
    engine = sa.create_engine(url_of(place))
    with engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(sa.table(table))
        assert connection.execute(query).scalar() == count
    engine.dispose()


OPENINGS: list[tuple[Schema, Callable[[Any], Any], type[Exception]]] = [
    (REGISTRY, lambda place: SqlRegistry(place, FixedClock(NOW)), RegistryUnavailable),
    (JOURNAL, SqlJournal, JournalUnavailable),
]


@pytest.mark.parametrize(("schema", "open_it", "error"), OPENINGS)
def test_a_database_that_another_upgraded_meanwhile_is_no_longer_written_but_read(
    schema: Schema,
    open_it: Callable[[Any], Any],
    error: type[Exception],
    place: Path | str,
    tmp_path: Path,
) -> None:
    opened = open_it(place)
    Database(place, tomorrow(schema, tmp_path / "migrations")).close()
    with pytest.raises(error, match="later version"), opened._writing():
        pass
    with opened._reading() as connection:
        assert connection.execute(sa.select(schema.versions)).scalar() == schema.version + 1
    opened.close()
    with pytest.raises(error, match="later version"):
        open_it(place)


def test_a_ledger_of_today_is_opened_without_loading_alembic(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from bellwether.adapters import SqlJournal, SqlRegistry\n"
        "from bellwether.clock import SystemClock\n"
        "for _ in range(2):\n"
        "    SqlRegistry(sys.argv[1], SystemClock()).close()\n"
        "    SqlJournal(sys.argv[2]).close()\n"
        "assert 'alembic' not in sys.modules\n"
    )
    places = [str(tmp_path / "registry.sqlite"), str(tmp_path / "journal.sqlite")]
    subprocess.run([sys.executable, "-c", code, *places], check=True, timeout=60)
