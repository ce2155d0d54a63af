"""Reading bars from whatever holds them, with a report on all that was met on the way."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from bellwether.bars import BarsImport, NotATable
from bellwether.errors import BarsError, BellwetherError
from bellwether.sources._ahead import one_ahead
from bellwether.sources._arranging import arrange_table
from bellwether.sources._building import HowToRead, build_import
from bellwether.sources._calendars import AUTO
from bellwether.sources._hints import Hints, TimeHints
from bellwether.sources._lean_history import complete_lean
from bellwether.sources._loading import Unloaded, load_every_table, load_one_table
from bellwether.sources._markets import choose_market, split_markets
from bellwether.sources._raw_table import TABLE_FAULTS, RawTable
from bellwether.sources._tables import BarSource


@dataclass(frozen=True, kw_only=True)
class SourceRefused:
    """A file, or a market of it, that gave no bars.

    Parameters
    ----------
    source : str
        Path, place within an archive, or kind of frame.
    symbol : str or None
        The market, where one of several is meant.
    error : BellwetherError
        Why: a BarsError, as far as reading goes.
    """

    source: str
    symbol: str | None = None
    error: BellwetherError

    def to_json(self) -> dict[str, object]:
        """Return the refusal as JSON values."""
        return {
            "source": self.source,
            "symbol": self.symbol,
            "error": type(self.error).__name__,
            "expected": self.error.expected,
            "was": self.error.was,
            "hint": self.error.hint,
        }


def read_bars(
    source: BarSource,
    *,
    symbol: str | None = None,
    calendar: str = AUTO,
    columns: Mapping[str, str] | None = None,
    now: np.datetime64 | None = None,
    **hints: Unpack[TimeHints],
) -> BarsImport:
    """Read one symbol's bars from a file, a folder, an archive or a frame.

    Parameters
    ----------
    source : str, path, or frame of polars, pandas or Arrow
        CSV in any dialect of docs/reference/dialects.md, JSON, Parquet, Feather; in gzip, bzip2,
        xz or zip; a folder of files, Qlib's folders; a frame, or whatever speaks Arrow's C
        stream interface (pyarrow, narwhals, DuckDB). A pandas index of dates serves as the date
        column, and columns of two levels (price, ticker) as several symbols.
    symbol : str, optional
        Which symbol to read from a source of several; else what to call the bars. By default
        the table's own symbol, or the file's name.
    calendar : str, default "auto"
        "24/7", "weekdays", an exchange's code such as "XNYS", or "auto" (see Notes).
    columns : mapping of str to str, optional
        Role to column name where the header is unusual: date, time, open, high, low, close,
        adj_close, volume, symbol.
    now : datetime64, optional
        UTC instant of the question: bars that close later are refused, freshness is graded.
    **hints
        `dates` ("day-first", "month-first", "year-first"), `zone` ("America/New_York"), `unit`
        ("s", "ms", "us", "ns") and `decimals` ("comma", "point"), where nothing in the source
        decides how its times and numbers are written.

    Returns
    -------
    imported : BarsImport
        The bars, the quality report, the sessions, the layout and the digest of the source.

    Raises
    ------
    SourceMissing
        If there is no such file, or it cannot be opened.
    ArchiveRefused
        If it is an archive that is damaged, locked, nested, or a trap.
    NotATable
        If it is empty, binary, or holds a header and nothing else.
    ColumnsMissing
        If a needed column is not recognised.
    RowsRefused
        If more than half of the rows are unusable, or all are.
    MeaningUnclear
        If dates, times or numbers may mean two things, and nothing decides.
    SymbolUnclear
        If the source holds several symbols and none of them is chosen.
    UnknownCalendar
        If no exchange has the name given.
    UnreadableBars
        If `source` is of another kind, or `columns` has an unknown role.

    Notes
    -----
    A time of day is taken as the bar's close, unless the dialect, or the session's hours, show
    that it is the open; one without an offset is in the zone that its column or the session's
    hours show. Dates alone become the close of that date's session. "auto" takes "24/7" where a
    fifth of the dates are weekends, else XNYS where 98 % of them are its sessions, else weekdays
    at 21:00 UTC.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"date": ["2020-01-02", "2020-01-03"], "open": [1.0, 2.0],
    ...     "high": [2.0, 3.0], "low": [1.0, 2.0], "close": [2.0, 3.0]})
    >>> read_bars(frame, symbol="X").bars
    Bars('X', '1d', 2 bars, 2020-01-02 to 2020-01-03)
    """
    told = Hints(**hints)
    how = HowToRead(calendar=calendar, now=now, hints=told)
    return _complete(read_raw_bars(source, how, symbol, columns), how)


def read_all_bars(
    source: BarSource,
    *,
    calendar: str = AUTO,
    columns: Mapping[str, str] | None = None,
    now: np.datetime64 | None = None,
    **hints: Unpack[TimeHints],
) -> Iterator[BarsImport | SourceRefused]:
    """Read the bars of every symbol that a source holds, one after the other.

    Parameters
    ----------
    source : str, path, or frame of polars, pandas or Arrow
        As in `read_bars`; a folder is read with all its folders.
    calendar, columns, now, **hints
        As in `read_bars`.

    Yields
    ------
    imported : BarsImport or SourceRefused
        In the order of the files' names, and of the symbols in each. What cannot be read is
        told and does not stop the rest.

    Raises
    ------
    SourceMissing
        If there is no such path.
    UnreadableBars
        If `source` is of another kind.

    Notes
    -----
    Memory is bounded by the largest market and some hundred megabytes: tables of several
    symbols that are larger are sorted into a temporary file (in TMPDIR, as large as the table).
    Lines that belong to no symbol are counted with the one they follow.
    """
    told = Hints(**hints)
    how = HowToRead(calendar=calendar, now=now, hints=told)
    for one in one_ahead(load_every_table(source, columns, told)):
        if isinstance(one, Unloaded):
            yield SourceRefused(source=one.source, error=one.error)
        else:
            yield from _read_markets(one, columns, how)


def _read_markets(
    raw: RawTable, columns: Mapping[str, str] | None, how: HowToRead
) -> Iterator[BarsImport | SourceRefused]:
    try:
        with _typed(raw.source):
            raw, roles = arrange_table(raw, columns)
            markets = split_markets(raw, roles)
    except BarsError as error:
        yield SourceRefused(source=raw.source, error=error)
        return
    for market in markets:
        try:
            with _typed(raw.source):
                yield _complete(build_import(market, roles, how), how)
        except BarsError as error:
            yield SourceRefused(source=raw.source, symbol=market.name, error=error)


def read_raw_bars(
    source: BarSource,
    how: HowToRead,
    symbol: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> BarsImport:
    """Read one symbol's bars as they stand, without what lies beside them; see `read_bars`."""
    raw = load_one_table(source, symbol, columns, how.hints)
    with _typed(raw.source):
        raw, roles = arrange_table(raw, columns)
        return build_import(choose_market(raw, roles, symbol), roles, how)


def _complete(imported: BarsImport, how: HowToRead) -> BarsImport:
    """Adjust what comes with its factors beside it, and join what was renamed."""
    return complete_lean(imported, lambda path: read_raw_bars(path, how), now=how.now)


@contextlib.contextmanager
def _typed(source: str) -> Iterator[None]:
    """Let what a table library cannot do with a column be an error of ours."""
    try:
        yield
    except TABLE_FAULTS as fault:
        raise NotATable(source, f"columns that cannot be read as bars ({fault})"[:200]) from fault
