"""Schemas of databases: their tables, their version, and how an older one becomes today's."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bellwether.adapters._sqlite_files import copy_sqlite
from bellwether.errors import BellwetherError

MIGRATIONS = Path(__file__).parent / "migrations"
COPY_ENDING = ".before-schema-"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Schema:
    """What one ledger keeps in a database, and what it is called when it cannot.

    Parameters
    ----------
    name : str
        Of the ledger.
    version : int
        Of the schema; the number of the latest migration.
    metadata : sqlalchemy.MetaData
        Every table, as the latest migration leaves it.
    versions : sqlalchemy.Table
        Holds the one row with the version.
    unavailable : callable
        Makes the error of a place and a reason.
    migrations : pathlib.Path
        Folder of the migrations, one Alembic revision a version.
    """

    name: str
    version: int
    metadata: sa.MetaData
    versions: sa.Table
    unavailable: Callable[[str, str], BellwetherError]
    migrations: Path


class OtherSchema(Exception):
    """A database has another schema than this version of bellwether works with."""


def read_version(connection: sa.Connection, schema: Schema) -> int | None:
    """Return the version of the schema in a database, or None where it has none."""
    if not sa.inspect(connection).has_table(schema.versions.name):
        return None
    return int(connection.execute(sa.select(schema.versions.c.version)).scalar_one())


def check_version(found: int | None, schema: Schema) -> None:
    """Check that a database has today's schema.

    Raises
    ------
    OtherSchema
        If it has another, or none.
    """
    if found is None:
        raise OtherSchema("a database without its tables")
    if found > schema.version:
        raise OtherSchema(f"schema {found} of a later version of bellwether")
    if found < schema.version:
        raise OtherSchema(f"schema {found} of an earlier version of bellwether; open it anew")


def create(connection: sa.Connection, schema: Schema) -> None:
    """Make today's tables, within the caller's transaction."""
    schema.metadata.create_all(connection)
    connection.execute(sa.insert(schema.versions).values(version=schema.version))


def upgrade(connection: sa.Connection, schema: Schema, found: int) -> None:
    """Bring a database from an older schema to today's, within the caller's transaction.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that holds the database's lock for writing.
    schema : Schema
    found : int
        The version it has.

    Raises
    ------
    OSError
        If the copy of an SQLite file cannot be made; the database is as it was.

    Notes
    -----
    An SQLite file is copied first, under the same lock: nothing is written between the copy
    and the upgrade. Whoever is killed leaves the old database, whole, and perhaps the copy.
    """
    # Alembic takes a quarter of a second to load, and hardly ever has anything to do.
    from bellwether.adapters._migration import migrate  # noqa: PLC0415

    database = connection.engine.url.database
    if connection.dialect.name == "sqlite" and database:
        file = Path(database)
        copy = file.with_name(f"{file.name}{COPY_ENDING}{schema.version}")
        copy_sqlite(file, copy)
        _log.warning("%s is upgraded; a copy of before is at %s", file.name, copy.name)
    for version, run in migrate(connection, schema.migrations, found):
        run()
        connection.execute(sa.update(schema.versions).values(version=version))
        _log.warning("the %s is upgraded to schema %d", schema.name, version)
