"""The journal in an SQL database: SQLite in a file by default, others by URL."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from bellwether.adapters._journal_rows import (
    AT_ONCE,
    WINDOWS,
    find_records,
    insert_records,
    keep_beside,
    read_head,
    read_record,
    read_settled,
    read_state,
    read_window,
    select_entries,
    update_counts,
    walk_records,
)
from bellwether.adapters._journal_tables import (
    JOURNAL_SCHEMA_VERSION,
    counts,
    metadata,
    records,
    schema,
    states,
    windows,
)
from bellwether.adapters._sql_tables import connect
from bellwether.bars import Bars
from bellwether.registry import RegistryUnavailable
from bellwether.service import (
    ChainCheck,
    EntryFilter,
    EntryPage,
    JournalEntry,
    JournalHead,
    JournalTampered,
    JournalUnavailable,
    Prediction,
    ServedAnswer,
    Settlement,
    State,
    UnknownPrediction,
    check_kept,
    check_limit,
    digest_window,
    extend_with_answers,
    extend_with_settlements,
    read_entry,
)

_SIGNS_OF_DAMAGE = ("malformed", "Could not decode", "not a database")


class SqlJournal:
    """A journal in an SQL database; treaty as `Journal`.

    Parameters
    ----------
    place : pathlib.Path or str
        A file for SQLite, made if need be with its folder; or the URL of any database that
        SQLAlchemy reaches ("postgresql+psycopg://...").

    Raises
    ------
    JournalUnavailable
        By any method, if the database cannot be opened, read or written, or a later version
        of bellwether made it.

    Notes
    -----
    On SQLite it is a file of its own: it is written without end and the registry hardly ever,
    and SQLite has one write lock and one log a file, so in one file every promotion would
    queue behind the answers it is about, and a copy of the registry would carry them all. On
    a server both may share a database; no table has a name of the other's.

    Writers wait for each other; readers never wait. A commit is on the disk when a method
    returns (WAL, synchronous FULL: one fsync a transaction, whatever it holds).
    """

    __slots__ = ("_engine", "_place")

    def __init__(self, place: Path | str) -> None:
        try:
            self._engine, self._place = connect(place)
        except RegistryUnavailable as error:
            raise JournalUnavailable(error.place, error.was) from error
        if not self._has_tables():
            with self._writing(lock=False) as connection:
                if not sa.inspect(connection).has_table(schema.name):
                    metadata.create_all(connection)
                    connection.execute(sa.insert(schema).values(version=JOURNAL_SCHEMA_VERSION))
        with self._reading() as connection:
            found = connection.execute(sa.select(schema.c.version)).scalar_one()
        if found > JOURNAL_SCHEMA_VERSION:
            raise JournalUnavailable(
                self._place, f"schema {found} of a later version of bellwether"
            )

    def close(self) -> None:
        """Let go of the database; the journal may be used again and will connect anew."""
        self._engine.dispose()

    def append(
        self,
        prediction: Prediction,
        served_at: np.datetime64,
        stored_window: Bars | None = None,
        state: State | None = None,
    ) -> JournalEntry:
        """Remember one answer and return its entry."""
        answer = ServedAnswer(
            prediction=prediction, served_at=served_at, stored_window=stored_window, state=state
        )
        return self.append_many([answer])[0]

    def append_many(self, served: Sequence[ServedAnswer]) -> tuple[JournalEntry, ...]:
        """Remember some answers, all or none, and return the entry of each."""
        for answer in served:
            check_kept(answer)
        keys = [answer.prediction.prediction_id for answer in served]
        if not keys:
            return ()
        with self._writing() as connection:
            known = find_records(connection, keys, self._place)
            counted = {key: record for key, (record, _) in known.items()}
            changed = extend_with_answers(read_head(connection), counted, served)
            insert_records(connection, [changed[key] for key in changed.keys() - known.keys()])
            update_counts(connection, [changed[key] for key in changed.keys() & known.keys()])
            keep_beside(connection, served)
        settled = {key: settlement for key, (_, settlement) in known.items()}
        entries = {
            key: read_entry(record, self._place, settled.get(key))
            for key, record in changed.items()
        }
        return tuple(entries[key] for key in keys)

    def get(self, prediction_id: str) -> JournalEntry:
        """Return one entry."""
        with self._reading() as connection:
            found = find_records(connection, [prediction_id], self._place)
        if not found:
            raise UnknownPrediction(prediction_id)
        record, settled = found[prediction_id]
        return read_entry(record, self._place, settled)

    def entries(
        self, wanted: EntryFilter | None = None, cursor: int | None = None, limit: int = 100
    ) -> EntryPage:
        """Return a page of entries in the order of their numbers."""
        check_limit(limit)
        query = select_entries(wanted or EntryFilter(), cursor).limit(limit + 1)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        entries = tuple(
            read_entry(read_record(row, self._place), self._place, read_settled(row))
            for row in rows[:limit]
        )
        return EntryPage(entries=entries, cursor=entries[-1].number if len(rows) > limit else None)

    def window(self, prediction_id: str) -> Bars | None:
        """Return the bars stored with a prediction, or None."""
        with self._reading() as connection:
            row = (
                connection.execute(WINDOWS.where(windows.c.prediction_id == prediction_id))
                .mappings()
                .first()
            )
        return None if row is None else read_window(row, row["number"] or 0, self._place)

    def state(self, digest: str) -> State | None:
        """Return a stored state by its digest, or None."""
        with self._reading() as connection:
            content = connection.execute(
                sa.select(states.c.content).where(states.c.digest == digest)
            ).scalar()
        return None if content is None else read_state(digest, content, 0, self._place)

    def settle(self, settlements: Sequence[Settlement]) -> tuple[Settlement, ...]:
        """Record what became of some predictions, all or none, and return what was new."""
        first = {one.prediction_id: one for one in reversed(settlements)}
        with self._writing() as connection:
            known = find_records(connection, list(first), self._place)
            for key in first.keys() - known.keys():
                raise UnknownPrediction(key)
            new = tuple(
                one
                for one in settlements
                if first[one.prediction_id] is one and known[one.prediction_id][1] is None
            )
            insert_records(connection, extend_with_settlements(read_head(connection), new))
        return new

    def head(self) -> JournalHead:
        """Return the end of the chain, to be kept elsewhere."""
        with self._reading() as connection:
            return read_head(connection)

    def verify(self, head: JournalHead | None = None) -> JournalHead:
        """Check every record from the first, and return the end of the chain."""
        check = ChainCheck(self._place, head)
        try:
            with self._snapshot() as connection:
                for record, seal, columns in walk_records(connection, self._place):
                    check.take(record, seal, columns)
                found = check.close()
                self._verify_beside(connection, check.state_digests, found.number)
        except JournalUnavailable as error:
            if any(sign in error.was for sign in _SIGNS_OF_DAMAGE):
                raise JournalTampered(self._place, check.head.number + 1, error.was) from error
            raise
        return found

    def _verify_beside(
        self, connection: sa.Connection, state_digests: set[str], n_records: int
    ) -> None:
        stray = sa.select(counts.c.number).where(
            counts.c.number.not_in(sa.select(records.c.number))
        )
        if connection.execute(stray.limit(1)).first() is not None:
            raise JournalTampered(self._place, n_records + 1, "a count of nothing")
        for row in connection.execute(WINDOWS).mappings():
            number = row["number"] or n_records + 1
            bars = read_window(row, number, self._place)
            owner = {} if row["owner"] is None else json.loads(row["owner"])["prediction"]
            if digest_window(bars) != owner.get("bars_digest"):
                raise JournalTampered(self._place, number, "other bars than were answered on")
        for digest, content in connection.execute(sa.select(states.c.digest, states.c.content)):
            read_state(digest, content, n_records + 1, self._place)
            if digest not in state_digests:
                raise JournalTampered(self._place, n_records + 1, "a state of nothing")

    def _has_tables(self) -> bool:
        with self._reading() as connection:
            return sa.inspect(connection).has_table(schema.name)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self._available(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sa.Connection]:
        options: dict[str, object] = {"yield_per": AT_ONCE}
        if self._engine.dialect.name != "sqlite":  # there every transaction is a snapshot
            options["isolation_level"] = "REPEATABLE READ"
        with self._available(), self._engine.connect() as connection:
            yield connection.execution_options(**options)

    @contextlib.contextmanager
    def _writing(self, *, lock: bool = True) -> Iterator[sa.Connection]:
        engine = self._engine.execution_options(writes=True)
        with self._available(), engine.begin() as connection:
            if lock and connection.dialect.name != "sqlite":
                connection.execute(sa.text(f"LOCK TABLE {records.name} IN EXCLUSIVE MODE"))
            yield connection

    @contextlib.contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError) as error:
            why = str(getattr(error, "orig", None) or error)[:200]
            raise JournalUnavailable(self._place, why) from error
