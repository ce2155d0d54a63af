"""Records of the journal as rows, and back."""

import functools
import json
import operator
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from bellwether.adapters._journal_tables import counts, records, states, windows
from bellwether.adapters._window_bytes import pack_window, unpack_window
from bellwether.bars import Bars
from bellwether.errors import BarsError
from bellwether.hashing import canonical_json
from bellwether.service import (
    PREDICTION,
    SETTLEMENT,
    WINDOW_BARS,
    EntryFilter,
    JournalHead,
    JournalRecord,
    JournalTampered,
    ServedAnswer,
    State,
    digest_state,
)

AT_ONCE = 500
# JSON where the database asks for it; SQLite reads it out of plain text.
_CONTENT = sa.Text().with_variant(sa.JSON(), "postgresql")
_COLUMNS = ("kind", "prediction_id", "symbol", "rung", "as_of")

_settled = records.alias("settled")
_RECORD = (
    records.c.number,
    records.c.content,
    records.c.digest,
    counts.c.n_served,
    counts.c.last_served_at,
)
_counted = records.outerjoin(counts, counts.c.number == records.c.number)
_ENTRIES = (
    sa.select(
        *_RECORD,
        records.c.prediction_id,
        _settled.c.number.label("settled_number"),
        _settled.c.content.label("settled_content"),
        _settled.c.digest.label("settled_digest"),
    )
    .select_from(
        _counted.outerjoin(
            _settled,
            (_settled.c.prediction_id == records.c.prediction_id) & (_settled.c.kind == SETTLEMENT),
        )
    )
    .where(records.c.kind == PREDICTION)
)
_NAMED = _ENTRIES.where(records.c.prediction_id.in_(sa.bindparam("prediction_ids", expanding=True)))
_HEAD = f"SELECT number, digest FROM {records.name} ORDER BY number DESC LIMIT 1"  # noqa: S608
_DIGEST = sa.select(records.c.digest).where(records.c.number == sa.bindparam("at"))
_SET_COUNTS = sa.update(counts).where(counts.c.number == sa.bindparam("at"))
_WALK = (
    sa.select(*_RECORD, counts.c.seal, *(records.c[name] for name in _COLUMNS))
    .select_from(_counted)
    .order_by(records.c.number)
)
WINDOWS = sa.select(windows, records.c.number, records.c.content.label("owner")).outerjoin_from(
    windows,
    records,
    (records.c.prediction_id == windows.c.prediction_id) & (records.c.kind == PREDICTION),
)


def read_head(connection: sa.Connection) -> JournalHead:
    """Return the end of the chain."""
    row = connection.exec_driver_sql(_HEAD).first()
    return JournalHead() if row is None else JournalHead(number=row.number, digest=row.digest)


def holds(connection: sa.Connection, earlier: JournalHead, head: JournalHead) -> bool:
    """Whether a chain that ends in a head goes on from an earlier one."""
    if earlier.number == 0 or earlier == head:
        return True
    return connection.execute(_DIGEST, {"at": earlier.number}).scalar() == earlier.digest


def find_records(
    connection: sa.Connection, prediction_ids: Sequence[str], place: str
) -> dict[str, tuple[JournalRecord, JournalRecord | None]]:
    """Return the record of each prediction that has one, and that of its settlement."""
    found = {}
    distinct = list(dict.fromkeys(prediction_ids))
    for start in range(0, len(distinct), AT_ONCE):
        some = {"prediction_ids": distinct[start : start + AT_ONCE]}
        for row in connection.execute(_NAMED, some).mappings():
            found[row["prediction_id"]] = (read_record(row, place), read_settled(row))
    return found


def select_entries(wanted: EntryFilter, cursor: int | None) -> sa.Select[Any]:
    """Return the query for the entries behind a cursor."""
    query = _ENTRIES
    for name, value in wanted.told.items():
        part = _part(records, "prediction", name)
        found = part.as_integer() if isinstance(value, int) else part.as_string()
        query = query.where((records.c[name] if name in _COLUMNS else found) == value)
    if wanted.source is not None:
        kind = _part(records, "prediction", "source", "kind").as_string()
        query = query.where(kind == wanted.source.value)
    if wanted.outcome is not None:
        query = query.where(_part(_settled, "outcome").as_string() == wanted.outcome.value)
    if wanted.as_of_from is not None:
        query = query.where(records.c.as_of >= _text(wanted.as_of_from))
    if wanted.as_of_to is not None:
        query = query.where(records.c.as_of <= _text(wanted.as_of_to))
    if wanted.settled is not None:
        known = _settled.c.number.is_not(None)
        waits = _settled.c.number.is_(None) & records.c.as_of.is_not(None)
        query = query.where(known if wanted.settled else waits)
    number = records.c.number
    if cursor is not None:
        query = query.where(number < cursor if wanted.newest_first else number > cursor)
    return query.order_by(number.desc() if wanted.newest_first else number)


def _part(table: sa.FromClause, *path: str) -> Any:
    """Return a part of the content as it lies; read row by row where no column has it."""
    found: Any = sa.type_coerce(sa.cast(table.c.content, _CONTENT), sa.JSON)
    return found[path]


def _text(instant: np.datetime64) -> str:
    return str(instant.astype("datetime64[us]"))


def walk_records(
    connection: sa.Connection, place: str
) -> Generator[tuple[JournalRecord, str | None, dict[str, object]], None, None]:
    """Yield every record from the first, the seal of its count, and its columns."""
    with connection.execute(_WALK) as rows:
        for row in rows.mappings():
            columns = {name: row[name] for name in _COLUMNS}
            yield read_record(row, place), row["seal"], columns


def insert_records(connection: sa.Connection, new: Sequence[JournalRecord]) -> None:
    """Write new records, and the counts of those that are answers."""
    _insert(connection, records, [_record_row(record) for record in new])
    _insert(connection, counts, [_count_row(record) for record in new if record.n_served])


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        # Compiled once and given to the driver as it is: half the cost of going through the core.
        statement, in_order = _compile_insert(table, connection.dialect)
        told = rows if in_order is None else [in_order(row) for row in rows]
        connection.exec_driver_sql(statement, told)


@functools.lru_cache(maxsize=16)
def _compile_insert(
    table: sa.Table, dialect: sa.Dialect
) -> tuple[str, Callable[[dict[str, Any]], tuple[Any, ...]] | None]:
    """Return an insertion as a driver takes it, and how a row is ordered if it has no names."""
    compiled = sa.insert(table).compile(dialect=dialect)
    names = getattr(compiled, "positiontup", None)
    return str(compiled), None if names is None else operator.itemgetter(*names)


def update_counts(connection: sa.Connection, repeated: Iterable[JournalRecord]) -> None:
    """Write the counts of answers given again."""
    rows = [{**_count_row(record), "at": record.number} for record in repeated]
    if rows:
        connection.execute(_SET_COUNTS, rows)


def keep_beside(connection: sa.Connection, served: Sequence[ServedAnswer]) -> None:
    """Write the windows and states that are to be kept and are not there yet."""
    new_windows = {
        one.prediction.prediction_id: one.stored_window[-WINDOW_BARS:]
        for one in served
        if one.stored_window is not None
    }
    for key in _missing(connection, windows.c.prediction_id, new_windows):
        bars = new_windows[key]
        row = {"prediction_id": key, "digest": bars.digest, "content": pack_window(bars)}
        connection.execute(sa.insert(windows).values(**row))
    new_states = {digest_state(one.state): one.state for one in served if one.state is not None}
    for key in _missing(connection, states.c.digest, new_states):
        content = canonical_json(new_states[key])
        connection.execute(sa.insert(states).values(digest=key, content=content))


def read_record(row: sa.RowMapping, place: str) -> JournalRecord:
    """Return the record of a row.

    Raises
    ------
    JournalTampered
        If its count is none.
    """
    try:
        n_served, last = _read_count(row)
    except (TypeError, OverflowError) as error:
        raise JournalTampered(place, row["number"], "a damaged count") from error
    return JournalRecord(
        number=row["number"],
        content=row["content"],
        digest=row["digest"],
        n_served=n_served,
        last_served_at=last,
    )


def read_settled(row: sa.RowMapping) -> JournalRecord | None:
    """Return the record of the settlement beside an entry, or None."""
    if row["settled_number"] is None:
        return None
    return JournalRecord(
        number=row["settled_number"],
        content=row["settled_content"],
        digest=row["settled_digest"],
    )


def read_window(row: sa.RowMapping, number: int, place: str) -> Bars:
    """Return the bars of a row.

    Raises
    ------
    JournalTampered
        If they are not what was stored.
    """
    try:
        bars = unpack_window(row["content"])
    except (ValueError, TypeError, AttributeError, BarsError) as error:
        raise JournalTampered(place, number, "a damaged window") from error
    if bars.digest != row["digest"]:
        raise JournalTampered(place, number, "a damaged window")
    return bars


def read_state(digest: str, content: str, number: int, place: str) -> State:
    """Return the state of a row.

    Raises
    ------
    JournalTampered
        If it is not what was stored.
    """
    try:
        state: State = json.loads(content)
        intact = digest_state(state) == digest
    except (ValueError, TypeError, AttributeError) as error:
        raise JournalTampered(place, number, "a damaged state") from error
    if not intact:
        raise JournalTampered(place, number, "a damaged state")
    return state


def _read_count(row: sa.RowMapping) -> tuple[int, np.datetime64]:
    n_served, micros = row["n_served"], row["last_served_at"]
    if n_served is None and micros is None:
        return 0, np.datetime64("NaT", "us")
    if not isinstance(n_served, int) or not isinstance(micros, int):  # SQLite stores any type
        raise TypeError(n_served, micros)
    return n_served, np.datetime64(micros, "us")


def _missing(
    connection: sa.Connection, column: sa.Column[Any], wanted: Mapping[str, object]
) -> list[str]:
    keys = sorted(wanted)
    found: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        some = column.in_(keys[start : start + AT_ONCE])
        found.update(connection.execute(sa.select(column).where(some)).scalars())
    return [key for key in keys if key not in found]


def _record_row(record: JournalRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "content": record.content,
        "digest": record.digest,
        **record.columns,
    }


def _count_row(record: JournalRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "n_served": record.n_served,
        "last_served_at": int(record.last_served_at.astype(np.int64)),
        "seal": record.seal,
    }
