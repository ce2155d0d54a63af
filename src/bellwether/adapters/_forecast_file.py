"""Reading somebody's forecasts from a file or a frame, whatever its columns are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from bellwether.arrays import FloatArray, IntArray, TimeArray
from bellwether.service import ForecastColumn, ForecastColumnsUnclear, ForecastTable
from bellwether.sources import BLANKS, BarSource, RawTable, load_table, parse_times

UP = ("up", "buy", "long", "rise", "bullish", "bull", "strong buy", "outperform")
DOWN = ("down", "sell", "short", "fall", "bearish", "bear", "strong sell", "underperform")
NO_VIEW = ("hold", "flat", "neutral", "none", "no view", "sideways", "unchanged")
WORDS: Mapping[str, float] = {
    **dict.fromkeys(UP, 1.0),
    **dict.fromkeys(DOWN, -1.0),
    **dict.fromkeys(NO_VIEW, 0.0),
}
# When a forecast was made, if the table tells that beside the bar it is about.
MADE = (
    "made at",
    "known at",
    "decided at",
    "issued at",
    "published at",
    "cutoff",
    "as of",
    "origin",
)
DATED = ("date", "datetime", "date time", "timestamp", "time", "day", "ds", "index", "")
SYMBOL = ("symbol", "ticker", "instrument", "unique id", "asset")
FORECASTER = ("model", "forecaster", "configuration", "source")
# What a table of forecasts often carries beside them: the outcome, or the bar itself.
OUTCOMES = (
    "y", "actual", "actuals", "y true", "truth", "realized", "realised", "outcome", "open", "high",
    "low", "volume", "adj close",
)  # fmt: skip
ROLES = ("time", "made_at", "symbol", "forecaster")


def read_forecasts(
    source: BarSource,
    *,
    columns: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
) -> ForecastTable:
    """Read forecasts from a CSV or Parquet file or a frame, in wide or long form.

    Parameters
    ----------
    source : str, path, polars.DataFrame or pandas.DataFrame
    columns : sequence of str, optional
        The columns that hold forecasts; by default all that play no other role.
    roles : mapping of str to str, optional
        Role to column name where the header is unusual: time, made_at, symbol, forecaster.

    Returns
    -------
    table : ForecastTable

    Raises
    ------
    SourceMissing
        If there is no such file, it is a folder, or it cannot be opened.
    NotATable
        If it is empty, binary, or holds a header and nothing else.
    ForecastColumnsUnclear
        If no column tells the time, none holds forecasts, or a named one is not there.

    Notes
    -----
    A date stands for its bar; a time of day is in UTC unless it has an offset. Where one column
    tells when a forecast was made (`cutoff`, `made_at`) and another the bar it is about (`ds`,
    `date`), both are kept. A column that names the forecaster makes a configuration of each.

    Examples
    --------
    >>> frame = pl.DataFrame({"date": ["2020-01-02", "2020-01-03"], "view": ["BUY", "SELL"]})
    >>> read_forecasts(frame)
    ForecastTable('the polars frame', 2 rows of view)
    """
    raw = load_table(source)
    found = _find_roles(raw, roles or {})
    times = parse_times(raw.table[found["time"]], None)
    rows = np.flatnonzero(~np.isnat(times.instants))
    if not rows.size:
        raise ForecastColumnsUnclear(
            raw.source,
            f"times in column {found['time']!r}",
            f"such as {raw.text(0)[:60]!r}",
            "name the column of times: --roles time=NAME",
        )
    left_out = _tell_times_left(len(times.instants) - len(rows))
    read, left = _read_columns(raw, found, columns)
    symbols = _read_names(raw.table, found.get("symbol"))
    table = ForecastTable(
        source=raw.source,
        stamps=times.instants[rows],
        days=times.days[rows],
        dates_only=times.dates_only,
        columns=tuple(replace(one.column, values=one.column.values[rows]) for one in read),
        symbols=tuple(symbols[row] for row in rows) if symbols else (),
        about=_read_about(raw.table, found, rows),
        left_out=(*left_out, *left),
        n_unreadable=sum(one.n_unreadable for one in read),
        unreadable=next((one.unreadable for one in read if one.n_unreadable), ""),
    )
    names = _read_names(raw.table, found.get("forecaster"))
    return _spread(table, [names[row] for row in rows]) if names else table


def _find_roles(raw: RawTable, chosen: Mapping[str, str]) -> dict[str, str]:
    header = raw.table.columns
    for role, name in chosen.items():
        if role not in ROLES or name not in header:
            raise ForecastColumnsUnclear(
                raw.source,
                f"roles {', '.join(ROLES)} and columns {', '.join(header)}",
                f"{role}={name}",
                "correct --roles",
            )
    plain = {_simplify(name): name for name in reversed(header)}

    def first(names: Sequence[str]) -> str | None:
        return next((plain[name] for name in names if name in plain), None)

    dated, made = chosen.get("time") or first(DATED), chosen.get("made_at") or first(MADE)
    found = {
        "time": made or dated,
        "about": dated if made and dated != made else None,
        "symbol": chosen.get("symbol") or first(SYMBOL),
        "forecaster": chosen.get("forecaster") or _find_names(raw.table, first(FORECASTER)),
    }
    if found["time"] is None:
        raise ForecastColumnsUnclear(
            raw.source,
            "a column of times, such as 'date',",
            f"columns {', '.join(header)}",
            "name it: --roles time=NAME",
        )
    return {role: name for role, name in found.items() if name is not None}


def _find_names(table: pl.DataFrame, column: str | None) -> str | None:
    """Return a column if it holds names: a column 'model' may as well hold its forecasts."""
    if column is None or table[column].cast(pl.Float64, strict=False).is_not_null().any():
        return None
    text = table[column].cast(pl.String, strict=False).str.to_lowercase()
    return None if text.is_in(list(WORDS)).any() else column


@dataclass(frozen=True, kw_only=True, eq=False)
class _ReadColumn:
    """A column of forecasts, and what could not be read in it."""

    column: ForecastColumn
    n_unreadable: int
    unreadable: str


def _read_columns(
    raw: RawTable, found: Mapping[str, str], columns: Sequence[str]
) -> tuple[list[_ReadColumn], list[str]]:
    absent = [name for name in columns if name not in raw.table.columns]
    taken = set(found.values())
    free = [name for name in raw.table.columns if name not in taken]
    left = [] if columns else [name for name in free if _simplify(name) in OUTCOMES]
    wanted = list(columns) or [name for name in free if name not in left]
    read = [_read_column(raw, name) for name in wanted if name not in absent]
    told = [f"column {name!r} holds bars or outcomes, not forecasts" for name in left]
    usable = [one for one in read if np.isfinite(one.column.values).any()]
    if absent or not usable or (columns and len(usable) < len(read)):
        empty = [one.column.name for one in read if one not in usable]
        was = f"columns {', '.join(raw.table.columns)}"
        if empty and not absent:
            was = f"neither in {', '.join(empty)}"
        raise ForecastColumnsUnclear(
            raw.source,
            f"a column {', '.join(absent)}" if absent else "numbers or directions to be forecasts",
            was,
            "name the columns of forecasts with --column, times with --roles time=NAME",
        )
    told += [
        f"column {one.column.name!r} holds neither numbers nor directions"
        for one in read
        if one not in usable
    ]
    return usable, told


def _read_column(raw: RawTable, name: str) -> _ReadColumn:
    series = raw.table[name]
    if not (series.dtype == pl.String or series.dtype.is_numeric() or series.dtype == pl.Boolean):
        series = series.cast(pl.String, strict=False)
    in_words, blank = False, series.is_null()
    if series.dtype.is_float():
        blank = (blank | series.is_nan()).fill_null(value=True)
    if series.dtype == pl.String:
        text = series.str.strip_chars().str.to_lowercase().str.replace_all("_", " ")
        blank = (blank | text.is_in((*BLANKS, ""))).fill_null(value=True)
        numbers = text.str.strip_suffix("%").cast(pl.Float64, strict=False).to_numpy()
        words = np.array([WORDS.get(word, np.nan) for word in text.fill_null("")])
        # A blank word such as "none" is no view among words, and nothing among numbers.
        in_words = int(np.isfinite(words).sum()) > int(np.isfinite(numbers).sum())
        values: FloatArray = words if in_words else np.array(numbers, dtype=np.float64)
    else:
        values = np.array(series.cast(pl.Float64).to_numpy(), dtype=np.float64)
    values[~np.isfinite(values)] = np.nan
    # What is empty is a gap, told where it is judged; here it is about what cannot be read.
    wrong = np.flatnonzero(np.isnan(values) & ~blank.to_numpy().astype(np.bool_))
    first = ""
    if wrong.size:
        shown = str(raw.table[name][int(wrong[0])])[:40]
        first = f"in column {name!r} at line {int(raw.lines[wrong[0]])}: {shown!r}"
    column = ForecastColumn(name=name, values=values, in_words=in_words)
    return _ReadColumn(column=column, n_unreadable=int(wrong.size), unreadable=first)


def _read_names(table: pl.DataFrame, column: str | None) -> list[str]:
    if column is None:
        return []
    return [str(name).strip() for name in table[column].cast(pl.String, strict=False).to_list()]


def _read_about(table: pl.DataFrame, found: Mapping[str, str], rows: IntArray) -> TimeArray:
    if "about" not in found:
        return np.empty(0, dtype="datetime64[us]")
    about: TimeArray = parse_times(table[found["about"]], None).instants[rows]
    return about


def _spread(table: ForecastTable, names: Sequence[str]) -> ForecastTable:
    """Make a column of each forecaster, where several stand below one another."""
    known = list(dict.fromkeys(names))
    if len(known) < 2:
        return table
    spread = []
    for column in table.columns:
        for name in known:
            own = np.array([one == name for one in names])
            label = name if len(table.columns) == 1 else f"{name} {column.name}"
            values = np.where(own, column.values, np.nan)
            spread.append(replace(column, name=label, values=values))
    return _merge_rows(replace(table, columns=tuple(spread)), names)


def _merge_rows(table: ForecastTable, names: Sequence[str]) -> ForecastTable:
    """Put the forecasters' rows of one time and symbol into one row.

    A forecaster's second row of one time stays a row of its own: it is told as a duplicate.
    """
    places: dict[tuple[object, ...], int] = {}
    seen: dict[tuple[object, ...], int] = {}
    target = []
    for row, name in enumerate(names):
        about = int(table.about[row].astype(np.int64)) if table.about.size else 0
        symbol = table.symbols[row] if table.symbols else ""
        key = (int(table.stamps[row].astype(np.int64)), about, symbol)
        turn = seen[*key, name] = seen.get((*key, name), 0) + 1
        target.append(places.setdefault((*key, turn), len(places)))
    place = np.array(target)
    first = np.unique(place, return_index=True)[1]
    columns = []
    for column in table.columns:
        values = np.full(len(first), np.nan)
        there = np.isfinite(column.values)
        values[place[there]] = column.values[there]
        columns.append(replace(column, values=values))
    return replace(
        table,
        stamps=table.stamps[first],
        days=table.days[first],
        symbols=tuple(table.symbols[row] for row in first) if table.symbols else (),
        about=table.about[first] if table.about.size else table.about,
        columns=tuple(columns),
    )


def _tell_times_left(n_rows: int) -> list[str]:
    return [f"{n_rows:,} rows without a readable time"] if n_rows else []


def _simplify(name: str) -> str:
    return " ".join(name.strip().strip("<>").replace("_", " ").lower().split())
