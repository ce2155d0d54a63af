"""Notes of the journal as rows of its chain."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bellwether.adapters._journal_rows import AT_ONCE, insert_records
from bellwether.adapters._journal_tables import records
from bellwether.service import (
    JournalHead,
    JournalNote,
    JournalRecord,
    NoteFilter,
    NoteKind,
    NotePage,
    extend_with_notes,
    read_note,
)

_NOTES = sa.select(records.c.number, records.c.content, records.c.digest)
_KINDS = tuple(kind.value for kind in NoteKind)


def insert_notes(
    connection: sa.Connection, head: JournalHead, notes: Sequence[JournalNote]
) -> list[JournalRecord]:
    """Write those of some notes that are not in the journal yet, and return their records."""
    new = extend_with_notes(head, _drop_known(connection, notes))
    insert_records(connection, new)
    return new


def _drop_known(connection: sa.Connection, notes: Sequence[JournalNote]) -> list[JournalNote]:
    """Return the notes that are not in the journal yet, the first of each kind and key."""
    first = {(note.kind.value, note.key): note for note in reversed(notes)}
    keys = sorted({key for _, key in first})
    for start in range(0, len(keys), AT_ONCE):
        query = sa.select(records.c.kind, records.c.prediction_id).where(
            records.c.prediction_id.in_(keys[start : start + AT_ONCE]), records.c.kind.in_(_KINDS)
        )
        for kind, key in connection.execute(query):
            first.pop((kind, key), None)
    return list(reversed(first.values()))


def select_notes(wanted: NoteFilter, cursor: int | None, n_rows: int) -> sa.Select[Any]:
    """Return the query for at most so many notes behind a cursor."""
    kinds = list(dict.fromkeys(kind.value for kind in wanted.kinds)) or list(_KINDS)
    number, kind = records.c.number, records.c.kind
    query = _limited(_NOTES, number, wanted, cursor, n_rows)
    if wanted.symbol is not None:
        query = query.where(records.c.symbol == wanted.symbol)
    if wanted.key is not None:
        query = query.where(records.c.prediction_id == wanted.key)
    if wanted.symbol is not None or wanted.key is not None:
        # An expression, so that a database goes by symbol or key: of a kind there are many.
        return query.where(sa.func.coalesce(kind, "").in_(kinds))
    # Each kind by itself in the index of kinds and numbers: asked for several at once, a
    # database would sort all there are for every page. Their contents are fetched once it is
    # known which of them the page holds.
    numbers = _limited(sa.select(number), number, wanted, cursor, n_rows)
    parts = [sa.select(numbers.where(kind == one).subquery()) for one in kinds]
    every = sa.union_all(*parts).subquery()
    found = _limited(sa.select(every.c.number), every.c.number, wanted, None, n_rows).subquery()
    in_order = number.desc() if wanted.newest_first else number
    return _NOTES.where(number.in_(sa.select(found.c.number))).order_by(in_order)


def _limited(
    query: sa.Select[Any],
    number: sa.ColumnElement[int],
    wanted: NoteFilter,
    cursor: int | None,
    n_rows: int,
) -> sa.Select[Any]:
    """Return a query for the first so many rows behind a cursor, in the order that is wanted."""
    if cursor is not None:
        query = query.where(number < cursor if wanted.newest_first else number > cursor)
    return query.order_by(number.desc() if wanted.newest_first else number).limit(n_rows)


def page_notes(rows: Sequence[sa.Row[Any]], limit: int, place: str) -> NotePage:
    """Return the page that some rows make, one more than the page holds if there are more."""
    notes = tuple(
        read_note(JournalRecord(number=number, content=content, digest=digest), place)
        for number, content, digest in map(tuple, rows[:limit])
    )
    return NotePage(notes=notes, cursor=notes[-1].number if len(rows) > limit else None)
