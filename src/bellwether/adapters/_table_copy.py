"""Ledgers carried from one kind of database to another, row by row, through a file of SQLite's."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bellwether.adapters._backup_errors import HomeTaken
from bellwether.adapters._database import Database
from bellwether.adapters._schema import Schema
from bellwether.adapters._sqlite_files import copy_sqlite

_AT_ONCE = 500


def export_ledger(place: Path | str, schema: Schema, target: Path) -> None:
    """Write a ledger as it is at one instant into a new SQLite file.

    Parameters
    ----------
    place : pathlib.Path or str
        The ledger's file, or the URL of its database. Nothing is changed there.
    schema : Schema
    target : pathlib.Path

    Raises
    ------
    BellwetherError
        The schema's own error, if the ledger cannot be read.
    OSError
        If the file cannot be written.
    """
    if isinstance(place, Path):
        if place.exists():
            copy_sqlite(place, target)
        Database(target, schema).close()
        return
    source, copy = Database(place, schema), Database(target, schema)
    try:
        with source.snapshot(yield_per=_AT_ONCE) as reads, copy.writing() as writes:
            for table in _tables(schema):
                _insert(writes, table, _rows(reads, table))
    finally:
        source.close()
        copy.close()


def import_ledger(source: Path, place: str, schema: Schema) -> None:
    """Write a ledger from a file into an empty database.

    Parameters
    ----------
    source : pathlib.Path
        As `export_ledger` wrote it.
    place : str
        The URL of a database. One that holds exactly these rows is left as it is.
    schema : Schema

    Raises
    ------
    HomeTaken
        If the database holds other rows.
    BellwetherError
        The schema's own error, if the database cannot be written.
    """
    kept, target = Database(source, schema), Database(place, schema)
    try:
        with kept.snapshot(yield_per=_AT_ONCE) as reads, target.writing() as writes:
            if any(writes.execute(sa.select(table).limit(1)).first() for table in _tables(schema)):
                _check_same(reads, writes, schema, target.name)
                return
            for table in _tables(schema):
                _insert(writes, table, _rows(reads, table))
                _go_on_counting(writes, table)
    finally:
        kept.close()
        target.close()


def _tables(schema: Schema) -> Sequence[sa.Table]:
    return [table for table in schema.metadata.sorted_tables if table is not schema.versions]


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[dict[str, Any]]:
    query = sa.select(table).order_by(*table.primary_key.columns)
    with connection.execute(query) as found:
        for row in found.mappings():
            yield dict(row)


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(itertools.islice(rows, _AT_ONCE)):
        connection.execute(sa.insert(table), some)


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """Let a server number its next row behind those that came with numbers of their own."""
    column = table.autoincrement_column
    if column is None or connection.dialect.name == "sqlite":
        return
    last = connection.execute(sa.select(sa.func.max(column))).scalar()
    if last is not None:
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        connection.execute(sa.select(sa.func.setval(sequence, last)))


def _check_same(reads: sa.Connection, writes: sa.Connection, schema: Schema, place: str) -> None:
    for table in _tables(schema):
        pairs = itertools.zip_longest(_rows(reads, table), _rows(writes, table))
        if any(one != other for one, other in pairs):
            raise HomeTaken(
                place,
                f"a {schema.name} with other rows",
                "restore into an empty database; bellwether never empties one",
            )
