"""What can be said of a ledger's database without changing anything there."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bellwether.adapters._backup import HomePlaces
from bellwether.adapters._database import Database
from bellwether.adapters._database_url import (
    SQLITE,
    UnusableUrl,
    hide_secrets,
    read_place,
    show_place,
)
from bellwether.adapters._journal_tables import JOURNAL
from bellwether.adapters._schema import Schema, read_version
from bellwether.adapters._server import connect_options, find_faults
from bellwether.adapters._sql_tables import REGISTRY
from bellwether.adapters._sqlite_files import open_to_read
from bellwether.adapters._turns import loses_resets

RESETS = (
    "this SQLite has the WAL-reset bug (before 3.51.3): bellwether's writers take turns against "
    "it; let nothing else write or checkpoint the file meanwhile, or use a later SQLite"
)


@dataclass(frozen=True, kw_only=True)
class LedgerStatus:
    """A ledger's database as it was found.

    Parameters
    ----------
    ledger : str
        Name of the ledger.
    place : str
        Where it is, without any password.
    engine : str
        Kind and version of the database.
    schema : int or None
        Version found there; None where there is none yet.
    latest : int
        The version that this bellwether works with.
    notices : tuple of str
        What its owner should know.
    """

    ledger: str
    place: str
    engine: str
    schema: int | None
    latest: int
    notices: tuple[str, ...]

    @property
    def state(self) -> str:
        """What is to be done, in words."""
        if self.schema is None:
            return "not made yet"
        if self.schema > self.latest:
            return "made by a later version of bellwether"
        return "up to date" if self.schema == self.latest else "to be upgraded"


def find_ledgers(places: HomePlaces) -> tuple[LedgerStatus, LedgerStatus]:
    """Look at the registry's and the journal's database; make and upgrade nothing.

    Raises
    ------
    RegistryUnavailable, JournalUnavailable
        If one is there and cannot be read.
    """
    return _look(places.registry, REGISTRY), _look(places.journal, JOURNAL)


def upgrade_ledgers(places: HomePlaces) -> tuple[tuple[str, int | None, int], ...]:
    """Make both databases, or bring older ones up to date.

    Returns
    -------
    done : tuple of (str, int or None, int)
        Each ledger's name, the version found, and the version it has now.

    Raises
    ------
    RegistryUnavailable, JournalUnavailable
        If one cannot be opened or upgraded, or a later version of bellwether made it.
    """
    before = find_ledgers(places)
    for place, schema in ((places.registry, REGISTRY), (places.journal, JOURNAL)):
        Database(place, schema).close()
    return tuple((one.ledger, one.schema, one.latest) for one in before)


def _look(place: Path | str, schema: Schema) -> LedgerStatus:
    try:
        url = read_place(place)
    except UnusableUrl as error:
        raise schema.unavailable("the URL given", str(error)) from None
    shown = show_place(url)
    try:
        engine, found, notices = _look_at_file(url, schema) or _look_at_server(url, schema)
    except (sa.exc.SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        why = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
        raise schema.unavailable(shown, hide_secrets(why, url)) from error
    return LedgerStatus(
        ledger=schema.name,
        place=shown,
        engine=engine,
        schema=found,
        latest=schema.version,
        notices=notices,
    )


def _look_at_file(url: sa.URL, schema: Schema) -> tuple[str, int | None, tuple[str, ...]] | None:
    if url.get_backend_name() != SQLITE:
        return None
    path = Path(url.database or "")
    notices = (RESETS,) if loses_resets(sqlite3.sqlite_version_info[:3]) else ()
    found = None
    if path.is_file():
        engine = sa.create_engine(
            "sqlite://", creator=lambda: open_to_read(path), poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            found = read_version(connection, schema)
    return f"SQLite {sqlite3.sqlite_version}", found, notices


def _look_at_server(url: sa.URL, schema: Schema) -> tuple[str, int | None, tuple[str, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=connect_options(url))
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        return f"PostgreSQL {version}", read_version(connection, schema), find_faults(connection)
