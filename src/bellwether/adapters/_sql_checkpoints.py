"""Checkpoints and leases in the registry's database."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from bellwether.adapters._database import Database, retried
from bellwether.adapters._lease_holder import is_gone
from bellwether.adapters._sql_tables import REGISTRY, checkpoints, leases
from bellwether.hashing import canonical_json, read_json
from bellwether.registry import RegistryUnavailable
from bellwether.watch import Checkpoint


class SqlCheckpoints:
    """Checkpoints in the registry's SQL database; treaty as `Checkpoints`.

    Parameters
    ----------
    place : pathlib.Path or str
        The registry's own: a file for SQLite, or a URL of SQLite or PostgreSQL.
    opens_late : bool, default False
        Do not raise where the database cannot be opened now: each use tries again.

    Raises
    ------
    RegistryUnavailable
        By any method, if the database cannot be opened, read or written, or a later version
        of bellwether made it.

    Notes
    -----
    Writers wait for each other, readers never (see `Database`). `save` is one transaction
    however many it keeps; ten thousand take about a tenth of a second.
    """

    __slots__ = ("_database",)

    def __init__(self, place: Path | str, *, opens_late: bool = False) -> None:
        self._database = Database(place, REGISTRY, opens_late=opens_late)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server or a database in memory."""
        return self._database.file

    def close(self) -> None:
        """Let go of the database; it may be used again and will connect anew."""
        self._database.close()

    @retried
    def load(self, name: str) -> Checkpoint | None:
        """Return one checkpoint, or None."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(checkpoints).where(checkpoints.c.name == name))
            row = found.mappings().one_or_none()
        return None if row is None else self._read(row)

    @retried
    def find(self, prefix: str) -> Sequence[Checkpoint]:
        """Return the checkpoints whose names begin so, by name."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(checkpoints).where(_begins(prefix)))
            rows = found.mappings().all()
        # Not by the database: each collates in its own way.
        return tuple(sorted(map(self._read, rows), key=lambda one: one.name))

    @retried
    def save(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Keep some checkpoints, each in place of the one of its name."""
        rows = {
            one.name: {
                "name": one.name,
                "number": one.number,
                "content": canonical_json(one.content),
            }
            for one in checkpoints
        }
        if not rows:
            return
        with self._database.writing() as connection:
            _put(connection, list(rows.values()))

    @retried
    def drop(self, prefix: str) -> None:
        """Forget the checkpoints whose names begin so; they can be rebuilt."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(checkpoints).where(_begins(prefix)))

    @retried
    def lease(self, name: str, owner: str, *, now: np.datetime64, seconds: float) -> bool:
        """Take or renew a lease, and return whether it is held."""
        at = int(now.astype("datetime64[us]").astype(np.int64))
        until = at + round(seconds * 1e6)
        with self._database.writing() as connection:
            held = sa.select(leases.c.owner, leases.c.ends_at).where(leases.c.name == name)
            row = connection.execute(held).one_or_none()
            if row is not None and row.owner != owner and _is_held(row.owner, row.ends_at, at):
                return False
            connection.execute(sa.delete(leases).where(leases.c.name == name))
            connection.execute(sa.insert(leases).values(name=name, owner=owner, ends_at=until))
        return True

    @retried
    def release(self, name: str, owner: str) -> None:
        """Give a lease back; does nothing where somebody else holds it."""
        with self._database.writing() as connection:
            connection.execute(
                sa.delete(leases).where(leases.c.name == name, leases.c.owner == owner)
            )

    def _read(self, row: sa.RowMapping) -> Checkpoint:
        try:
            content = read_json(row["content"])
        except ValueError as error:
            why = f"the checkpoint {row['name']!r} is damaged; drop it, it can be rebuilt"
            raise RegistryUnavailable(self._database.name, why) from error
        return Checkpoint(name=row["name"], number=row["number"], content=content)


def _is_held(owner: str, ends_at: int, at: int) -> bool:
    # Who was killed cannot give back, and nobody is to wait for it.
    return at < ends_at and not is_gone(owner)


def _begins(prefix: str) -> sa.ColumnElement[bool]:
    # LIKE would take capitals for small letters in SQLite.
    return sa.func.substr(checkpoints.c.name, 1, len(prefix)) == prefix


def _put(connection: sa.Connection, rows: Sequence[dict[str, object]]) -> None:
    names = [{"gone": row["name"]} for row in rows]
    gone = sa.delete(checkpoints).where(checkpoints.c.name == sa.bindparam("gone"))
    connection.execute(gone, names)
    connection.execute(sa.insert(checkpoints), list(rows))
