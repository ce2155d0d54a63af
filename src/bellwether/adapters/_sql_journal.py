"""The journal in an SQL database: SQLite in a file by default, others by URL."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from bellwether.adapters._database import Database, retried
from bellwether.adapters._journal_notes import insert_notes, page_notes, select_notes
from bellwether.adapters._journal_rows import (
    AT_ONCE,
    WINDOWS,
    find_records,
    holds,
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
from bellwether.adapters._journal_tables import JOURNAL, counts, records, states, windows
from bellwether.adapters._journal_troubles import find_trouble
from bellwether.adapters._sqlite_files import WAIT_SECONDS
from bellwether.bars import Bars
from bellwether.service import (
    ChainCheck,
    EntryFilter,
    EntryPage,
    JournalEntry,
    JournalHead,
    JournalNote,
    JournalRecord,
    JournalTampered,
    JournalTrouble,
    JournalUnavailable,
    NoteFilter,
    NotePage,
    Prediction,
    ServedAnswer,
    Settlement,
    State,
    UnknownPrediction,
    check_kept,
    check_limit,
    count_repeats,
    digest_window,
    extend_with_answers,
    extend_with_settlements,
    read_entry,
    read_note,
)

_SIGNS_OF_DAMAGE = ("malformed", "Could not decode", "not a database")


class SqlJournal:
    """A journal in an SQL database; treaty as `Journal`.

    Parameters
    ----------
    place : pathlib.Path or str
        A file for SQLite, made if need be with its folder; or a URL of SQLite or PostgreSQL
        ("postgresql://...").
    opens_late : bool, default False
        Do not raise where the database cannot be opened now: each use tries again.
    wait_seconds : float, default 30
        How long a writer of SQLite waits for the others.

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

    Writers wait for each other; readers never wait (see `Database`). A commit is on the disk
    when a method returns: one fsync a transaction, whatever it holds. On SQLite that is WAL
    mode with synchronous FULL: the log is synced before a commit returns (and with its first
    sync the folder), the file before the log is used anew. The disk may lose, tear and reorder
    whatever was not synced; it may not lie about a sync.

    A file that was removed or replaced while it was written is noticed after the commit, and
    nothing is acknowledged; it is never made anew by a journal that is open. When it is back,
    its chain must hold the last record that this object acknowledged: where it does not, the
    next write fails once, saying so, and those after it go on with what there is.
    """

    __slots__ = ("_acknowledged", "_database", "_place")

    def __init__(
        self,
        place: Path | str,
        *,
        opens_late: bool = False,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._database = Database(place, JOURNAL, opens_late=opens_late, wait_seconds=wait_seconds)
        self._place = self._database.name
        self._acknowledged = JournalHead()

    def close(self) -> None:
        """Let go of the database; the journal may be used again and will connect anew."""
        self._database.close()

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

    @retried
    def append_many(self, served: Sequence[ServedAnswer]) -> tuple[JournalEntry, ...]:
        """Remember some answers, all or none, and return the entry of each."""
        if not served:
            return ()
        changed, known = self._record(served)
        settled = {key: settlement for key, (_, settlement) in known.items()}
        entries = {
            key: read_entry(record, self._place, settled.get(key))
            for key, record in changed.items()
        }
        return tuple(entries[answer.prediction.prediction_id] for answer in served)

    @retried
    def record_many(self, served: Sequence[ServedAnswer]) -> None:
        """Remember some answers, all or none, for callers who need no entries."""
        if served:
            self._record(served)

    @retried
    def count(self, repeats: Mapping[str, tuple[int, np.datetime64]]) -> tuple[str, ...]:
        """Count answers that were given again, all or none, and return the unknown ids."""
        if not repeats:
            return ()
        with self._writing() as connection:
            found = find_records(connection, list(repeats), self._place)
            known = {key: record for key, (record, _) in found.items()}
            update_counts(connection, count_repeats(known, repeats).values())
        return tuple(sorted(repeats.keys() - known.keys()))

    @retried
    def get(self, prediction_id: str) -> JournalEntry:
        """Return one entry."""
        with self._reading() as connection:
            found = find_records(connection, [prediction_id], self._place)
        if not found:
            raise UnknownPrediction(prediction_id)
        record, settled = found[prediction_id]
        return read_entry(record, self._place, settled)

    @retried
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

    @retried
    def window(self, prediction_id: str) -> Bars | None:
        """Return the bars stored with a prediction, or None."""
        with self._reading() as connection:
            row = (
                connection.execute(WINDOWS.where(windows.c.prediction_id == prediction_id))
                .mappings()
                .first()
            )
        return None if row is None else read_window(row, row["number"] or 0, self._place)

    @retried
    def state(self, digest: str) -> State | None:
        """Return a stored state by its digest, or None."""
        with self._reading() as connection:
            content = connection.execute(
                sa.select(states.c.content).where(states.c.digest == digest)
            ).scalar()
        return None if content is None else read_state(digest, content, 0, self._place)

    @retried
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
            changed = extend_with_settlements(self._read_end(connection), new)
            insert_records(connection, changed)
        self._acknowledge(changed)
        return new

    @retried
    def note(self, notes: Sequence[JournalNote]) -> tuple[JournalNote, ...]:
        """Record some notes, all or none, and return those that were new."""
        if not notes:
            return ()
        with self._writing() as connection:
            changed = insert_notes(connection, self._read_end(connection), notes)
        self._acknowledge(changed)
        return tuple(read_note(record, self._place) for record in changed)

    @retried
    def notes(
        self, wanted: NoteFilter | None = None, cursor: int | None = None, limit: int = 500
    ) -> NotePage:
        """Return a page of notes in the order of their numbers."""
        check_limit(limit)
        query = select_notes(wanted or NoteFilter(), cursor, limit + 1)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return page_notes(rows, limit, self._place)

    @retried
    def head(self) -> JournalHead:
        """Return the end of the chain, to be kept elsewhere."""
        with self._reading() as connection:
            return read_head(connection)

    @retried
    def verify(self, head: JournalHead | None = None) -> JournalHead:
        """Check every record from the first, and return the end of the chain."""
        check = ChainCheck(self._place, head)
        try:
            with self._snapshot() as connection:
                with contextlib.closing(walk_records(connection, self._place)) as walk:
                    for record, seal, columns in walk:
                        check.take(record, seal, columns)
                found = check.close()
                self._verify_beside(connection, check.state_digests, found.number)
        except JournalUnavailable as error:
            if any(sign in error.was for sign in _SIGNS_OF_DAMAGE):
                raise JournalTampered(self._place, check.head.number + 1, error.was) from error
            raise
        return found

    def _record(
        self, served: Sequence[ServedAnswer]
    ) -> tuple[dict[str, JournalRecord], dict[str, tuple[JournalRecord, JournalRecord | None]]]:
        """Record some answers; return their records, and those there were before."""
        for answer in served:
            check_kept(answer)
        keys = [answer.prediction.prediction_id for answer in served]
        with self._writing() as connection:
            head = self._read_end(connection)
            known = find_records(connection, keys, self._place)
            counted = {key: record for key, (record, _) in known.items()}
            changed = extend_with_answers(head, counted, served)
            new = [record for key, record in changed.items() if key not in known]
            insert_records(connection, new)
            update_counts(connection, [changed[key] for key in known])
            keep_beside(connection, served)
        self._acknowledge(new)
        return changed, known

    def _read_end(self, connection: sa.Connection) -> JournalHead:
        """Return the end of the chain, where it goes on from what was acknowledged before.

        Raises
        ------
        JournalUnavailable
            Once, if it does not; what is found is then taken for what there is.
        """
        head, before = read_head(connection), self._acknowledged
        if holds(connection, before, head):
            return head
        self._acknowledged = head
        why = f"a chain that ends at record {head.number} and lacks record {before.number}"
        raise JournalUnavailable(self._place, f"{why}, acknowledged before", JournalTrouble.CUT)

    def _acknowledge(self, new: Sequence[JournalRecord]) -> None:
        if new and new[-1].number > self._acknowledged.number:
            self._acknowledged = JournalHead(number=new[-1].number, digest=new[-1].digest)

    def _verify_beside(
        self, connection: sa.Connection, state_digests: set[str], n_records: int
    ) -> None:
        stray = sa.select(counts.c.number).where(
            counts.c.number.not_in(sa.select(records.c.number))
        )
        if connection.execute(stray.limit(1)).first() is not None:
            raise JournalTampered(self._place, n_records + 1, "a count of nothing")
        with connection.execute(WINDOWS) as found:
            for row in found.mappings():
                number = row["number"] or n_records + 1
                bars = read_window(row, number, self._place)
                owner = {} if row["owner"] is None else json.loads(row["owner"])["prediction"]
                if digest_window(bars) != owner.get("bars_digest"):
                    raise JournalTampered(self._place, number, "other bars than were answered on")
        with connection.execute(sa.select(states.c.digest, states.c.content)) as kept:
            for digest, content in kept:
                read_state(digest, content, n_records + 1, self._place)
                if digest not in state_digests:
                    raise JournalTampered(self._place, n_records + 1, "a state of nothing")

    def _reading(self) -> contextlib.AbstractContextManager[sa.Connection]:
        return _naming_trouble(self._database.reading())

    def _snapshot(self) -> contextlib.AbstractContextManager[sa.Connection]:
        return _naming_trouble(self._database.snapshot(yield_per=AT_ONCE))

    def _writing(self) -> contextlib.AbstractContextManager[sa.Connection]:
        return _naming_trouble(self._database.writing())


@contextlib.contextmanager
def _naming_trouble(
    transaction: contextlib.AbstractContextManager[sa.Connection],
) -> Iterator[sa.Connection]:
    try:
        with transaction as connection:
            yield connection
    except JournalUnavailable as error:
        cause = error.__cause__
        if cause is None or error.trouble is not JournalTrouble.UNAVAILABLE:
            raise
        raise JournalUnavailable(error.place, error.was, find_trouble(cause)) from cause
