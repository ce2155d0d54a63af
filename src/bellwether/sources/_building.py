"""From one market's rows to its bars, with the report on what did not become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bellwether.arrays import BoolArray
from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    Finding,
    Reading,
    RowRefusal,
    RowsRefused,
    assess,
)
from bellwether.sources._calendars import AUTO, WEEKDAYS
from bellwether.sources._hints import NO_HINTS, Hints
from bellwether.sources._intraday import note_missing_bars
from bellwether.sources._markets import Market
from bellwether.sources._placing import Placed, place_rows
from bellwether.sources._raw_table import RawTable
from bellwether.sources._rows import Rows, sift_rows

MOMENT = np.timedelta64(1, "us")


@dataclass(frozen=True, kw_only=True)
class HowToRead:
    """What a user says about the bars of a source.

    Parameters
    ----------
    calendar : str
    now : datetime64 or None
        Bars that close later are refused, freshness is graded.
    hints : Hints
    """

    calendar: str = AUTO
    now: np.datetime64 | None = None
    hints: Hints = NO_HINTS


def build_import(market: Market, roles: Mapping[str, str], how: HowToRead) -> BarsImport:
    """Make bars of a market's rows.

    Parameters
    ----------
    market : Market
    roles : mapping of str to str
        Role to column name.
    how : HowToRead

    Returns
    -------
    imported : BarsImport

    Raises
    ------
    RowsRefused
        If more than half of the rows are unusable, or all are.
    MeaningUnclear
        If dates, times or numbers may mean two things, and nothing decides.
    UnknownCalendar
        If no exchange has the name given.
    """
    raw = market.raw
    rows = sift_rows(raw, roles, how.hints, how.calendar)
    n_read = raw.table.height + len(raw.torn)
    if not len(rows.place) or 2 * rows.n_unusable > n_read:
        raise RowsRefused(raw.source, n_read, rows.refusals)
    placed = place_rows(rows, how.calendar, how.now, opens=rows.opens)
    early = _refuse_unclosed(raw, rows, placed, how.now)
    refusals = _date_refusals(raw, rows, placed, [*rows.refusals, *early])
    if len(early) == len(rows.place):
        raise RowsRefused(raw.source, n_read, refusals)
    bars = _build(market.name, rows, placed, len(rows.place) - len(early))
    reading = Reading(
        n_read=n_read,
        refusals=refusals,
        findings=(
            *rows.findings,
            *_note_calendar(how.calendar, placed),
            *note_missing_bars(bars, placed.closes.sessions),
        ),
    )
    return BarsImport(
        bars=bars,
        quality=assess(bars, placed.calendar, now=how.now, reading=reading),
        calendar=placed.calendar,
        source_digest=raw.digest,
        source=raw.source,
        layout=rows.layout,
    )


def _note_calendar(asked: str, placed: Placed) -> tuple[Finding, ...]:
    if asked != AUTO or not placed.calendar.name.startswith(WEEKDAYS):
        return ()
    what = (
        "no calendar fits the dates: every weekday counts as a session and holidays as missing; "
        "name the exchange with --calendar"
    )
    where = str(placed.closed_at[0].astype("datetime64[D]"))
    return (Finding(code="calendar-assumed", where=where, what=what),)


def _refuse_unclosed(
    raw: RawTable, rows: Rows, placed: Placed, now: np.datetime64 | None
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
    raw: RawTable, rows: Rows, placed: Placed, refusals: Sequence[RowRefusal]
) -> tuple[RowRefusal, ...]:
    """Return the refusals by line, each with the instant at which its bar would have closed.

    A row without a readable date stands right behind the older one of its two neighbours,
    whichever way the table is sorted.
    """
    if not refusals:
        return ()
    told = rows.told
    known = np.flatnonzero(~np.isnat(told.instants))
    lines = raw.lines[known]
    closes = placed.closes.of(told.instants[known], told.days[known])

    def date(row: RowRefusal) -> RowRefusal:
        place = int(np.searchsorted(lines, row.line))
        if place < len(lines) and lines[place] == row.line:
            return replace(row, at=closes[place])
        beside = closes[max(place - 1, 0) : place + 1]
        return replace(row, at=beside.min() + MOMENT) if beside.size else row

    return tuple(sorted(map(date, refusals), key=lambda row: row.line))


def _build(name: str, rows: Rows, placed: Placed, n_kept: int) -> Bars:
    kept = slice(0, n_kept)
    values = {column: rows.values[column][kept] for column in (*COLUMNS, "adjustment")}
    return Bars(symbol=name, interval=placed.interval, closed_at=placed.closed_at[kept], **values)
