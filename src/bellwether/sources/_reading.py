"""Reading bars from files and frames, with a report on all that was met on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, TimeArray
from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    Finding,
    Reading,
    RowRefusal,
    RowsRefused,
    SessionCalendar,
    SymbolUnclear,
    assess,
)
from bellwether.sources._calendars import AUTO, WEEKDAYS, Sessions, choose_sessions
from bellwether.sources._column_names import recognise_columns
from bellwether.sources._rows import Rows, sift_rows
from bellwether.sources._tables import BarSource, RawTable, load_table

MINUTE = 60_000_000
MINUTES_A_DAY = 1440
MOMENT = np.timedelta64(1, "us")


def read_bars(
    source: BarSource,
    *,
    symbol: str | None = None,
    calendar: str = AUTO,
    columns: Mapping[str, str] | None = None,
    now: np.datetime64 | None = None,
) -> BarsImport:
    """Read one symbol's bars from a CSV or Parquet file or a frame.

    Parameters
    ----------
    source : str, path, polars.DataFrame or pandas.DataFrame
        Plain, Yahoo (Adj Close) or Stooq columns, in any case and order. A pandas index of
        dates serves as the date column.
    symbol : str, optional
        Which symbol to read from a table of several; else what to call the bars. By default
        the table's own symbol, or the file's name.
    calendar : str, default "auto"
        "24/7", "weekdays", an exchange's code such as "XNYS", or "auto" (see Notes).
    columns : mapping of str to str, optional
        Role to column name where the header is unusual: date, time, open, high, low, close,
        adj_close, volume, symbol.
    now : datetime64, optional
        UTC instant of the question: bars that close later are refused, freshness is graded.

    Returns
    -------
    imported : BarsImport
        The bars, the quality report, the sessions and the digest of the source.

    Raises
    ------
    SourceMissing
        If there is no such file, it is a folder, or it cannot be opened.
    NotATable
        If it is empty, binary, or holds a header and nothing else.
    ColumnsMissing
        If a needed column is not recognised.
    RowsRefused
        If more than half of the rows are unusable, or all are.
    SymbolUnclear
        If the table holds several symbols and none of them is chosen.
    UnknownCalendar
        If no exchange has the name given.
    UnreadableBars
        If `source` is of another kind, or `columns` has an unknown role.

    Notes
    -----
    A time of day is taken as the bar's close, in UTC unless it has an offset. Dates alone
    become the close of that date's session. "auto" takes "24/7" where a fifth of the dates
    are weekends, else XNYS where 98 % of them are its sessions, else weekdays at 21:00 UTC.

    Examples
    --------
    >>> frame = pl.DataFrame({"date": ["2020-01-02", "2020-01-03"], "open": [1.0, 2.0],
    ...     "high": [2.0, 3.0], "low": [1.0, 2.0], "close": [2.0, 3.0]})
    >>> read_bars(frame, symbol="X").bars
    Bars('X', '1d', 2 bars, 2020-01-02 to 2020-01-03)
    """
    raw = load_table(source)
    roles = recognise_columns(raw.source, raw.table.columns, columns)
    name, raw = _choose_symbol(raw, roles, symbol)
    rows = sift_rows(raw, roles)
    n_read = raw.table.height + len(raw.torn)
    if not len(rows.place) or 2 * rows.n_unusable > n_read:
        raise RowsRefused(raw.source, n_read, rows.refusals)
    placed = _place(rows, calendar, now)
    early = _refuse_unclosed(raw, rows, placed, now)
    refusals = _date_refusals(raw, rows, placed, [*rows.refusals, *early])
    if len(early) == len(rows.place):
        raise RowsRefused(raw.source, n_read, refusals)
    bars = _build(name, rows, placed, len(rows.place) - len(early))
    reading = Reading(
        n_read=n_read,
        refusals=refusals,
        findings=(*rows.findings, *_note_calendar(calendar, placed)),
    )
    quality = assess(bars, placed.calendar, now=now, reading=reading)
    return BarsImport(
        bars=bars, quality=quality, calendar=placed.calendar, source_digest=raw.digest
    )


def _choose_symbol(
    raw: RawTable, roles: Mapping[str, str], symbol: str | None
) -> tuple[str, RawTable]:
    """Return the symbol's name and its rows of the table."""
    if "symbol" not in roles:
        return symbol or raw.name, raw
    names = raw.table[roles["symbol"]].cast(pl.String, strict=False).str.strip_chars()
    known = names.drop_nulls().unique(maintain_order=True).to_list()
    if len(known) == 1 and symbol not in known:
        return symbol or str(known[0]), raw
    if symbol is None or symbol not in known:
        raise SymbolUnclear(raw.source, known or ["none"], symbol)
    places = np.flatnonzero((names == symbol).fill_null(value=False).to_numpy())
    return symbol, replace(
        raw,
        table=raw.table[places],
        lines=raw.lines[places],
        text=lambda row: raw.text(int(places[row])),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Placed:
    """The rows' closes, their interval and their sessions."""

    closed_at: TimeArray
    interval: str
    calendar: SessionCalendar
    sessions: Sessions


def _place(rows: Rows, calendar: str, now: np.datetime64 | None) -> _Placed:
    """Return when each row closed, and the calendar it is held against."""
    until = rows.instants[-1] if now is None else max(now, rows.instants[-1])
    sessions = choose_sessions(calendar, _session_days(rows, calendar), until)
    closed_at = sessions.close_of(rows.days) if rows.dates_only else rows.instants
    interval = _infer_interval(closed_at if not rows.dates_only else rows.days, rows.dates_only)
    return _Placed(
        closed_at=closed_at,
        interval=interval,
        calendar=_choose_calendar(sessions, interval, closed_at),
        sessions=sessions,
    )


def _session_days(rows: Rows, calendar: str) -> TimeArray:
    """Return the dates to judge a calendar by: weekly bars say nothing by their weekday."""
    if calendar == AUTO and rows.dates_only and _infer_interval(rows.days, True) != "1d":
        return np.unique(np.busday_offset(rows.days, 0, roll="forward"))
    return np.unique(rows.days)


def _note_calendar(asked: str, placed: _Placed) -> tuple[Finding, ...]:
    if asked != AUTO or not placed.calendar.name.startswith(WEEKDAYS):
        return ()
    what = (
        "no calendar fits the dates: every weekday counts as a session and holidays as missing; "
        "name the exchange with --calendar"
    )
    where = str(placed.closed_at[0].astype("datetime64[D]"))
    return (Finding(code="calendar-assumed", where=where, what=what),)


def _choose_calendar(sessions: Sessions, interval: str, closed_at: TimeArray) -> SessionCalendar:
    if interval in ("1d", "1w") or not interval.endswith(("d", "w")):
        return sessions.calendar(interval)
    return SessionCalendar(name="the bars' own", closes_at=closed_at)


def _infer_interval(times: TimeArray, dates_only: bool) -> str:
    """Return the length of a bar from the distances between the closes of many."""
    steps = np.diff(times.astype("datetime64[us]").astype(np.int64)) // MINUTE
    if not steps.size:
        return "1d"
    if dates_only:
        days = int(steps.min()) // MINUTES_A_DAY
        return "1d" if days <= 4 else f"{max(round(days / 7), 1)}w"
    lengths, counts = np.unique(steps, return_counts=True)
    minutes = max(int(lengths[np.argmax(counts)]), 1)
    for unit, length in (("w", 7 * MINUTES_A_DAY), ("d", MINUTES_A_DAY), ("h", 60)):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def _refuse_unclosed(
    raw: RawTable, rows: Rows, placed: _Placed, now: np.datetime64 | None
) -> list[RowRefusal]:
    """Refuse the bars that are not complete at `now`: they are the last ones."""
    if now is None:
        return []
    late: BoolArray = placed.closed_at > now
    reason = f"not closed yet at {np.datetime_as_string(now, unit='s')}Z"
    return [
        RowRefusal(line=int(raw.lines[row]), reason=reason, text=raw.text(row))
        for row in rows.place[late].tolist()
    ]


def _date_refusals(
    raw: RawTable, rows: Rows, placed: _Placed, refusals: Sequence[RowRefusal]
) -> tuple[RowRefusal, ...]:
    """Return the refusals by line, each with the instant at which its bar would have closed.

    A row without a readable date stands right behind the older one of its two neighbours,
    whichever way the table is sorted.
    """
    told = rows.told
    known = np.flatnonzero(~np.isnat(told.instants))
    lines, closes = raw.lines[known], told.instants[known]
    if rows.dates_only:
        closes = placed.sessions.close_of(told.days[known])

    def date(row: RowRefusal) -> RowRefusal:
        place = int(np.searchsorted(lines, row.line))
        if place < len(lines) and lines[place] == row.line:
            return replace(row, at=closes[place])
        beside = closes[max(place - 1, 0) : place + 1]
        return replace(row, at=beside.min() + MOMENT) if beside.size else row

    return tuple(sorted(map(date, refusals), key=lambda row: row.line))


def _build(name: str, rows: Rows, placed: _Placed, n_kept: int) -> Bars:
    kept = slice(0, n_kept)
    values = {column: rows.values[column][kept] for column in (*COLUMNS, "adjustment")}
    return Bars(symbol=name, interval=placed.interval, closed_at=placed.closed_at[kept], **values)
