"""Migrations of databases: Alembic's revisions, run in a transaction that is open already."""

from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def migrate(
    connection: sa.Connection, folder: Path, found: int
) -> Iterator[tuple[int, Callable[[], None]]]:
    """Yield the migrations that a database lacks, oldest first: the version, and its upgrade.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction; what the upgrades do becomes part of it.
    folder : pathlib.Path
        Holds one revision a version, named by its number in four digits.
    found : int
        The version the database has; 0 for an empty one.

    Notes
    -----
    Alembic would keep a version of its own in a table of its own; here the ledger's own
    version is the only one, so that any older bellwether, too, can tell what it opens.
    """
    scripts = ScriptDirectory(folder, version_locations=[folder])
    lower = f"{found:04d}" if found else "base"
    revisions = reversed(list(scripts.iterate_revisions("head", lower)))
    with Operations.context(MigrationContext.configure(connection)):
        for revision in revisions:
            yield int(revision.revision), revision.module.upgrade
