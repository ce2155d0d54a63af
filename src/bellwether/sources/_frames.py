"""From the frames of table libraries to a table of columns: pandas, polars, and all of Arrow's."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, IntArray
from bellwether.bars import NotATable, UnreadableBars
from bellwether.hashing import digest_bytes
from bellwether.sources._raw_table import TABLE_FAULTS, RawTable, number_repeats

PRICE_WORDS = frozenset({"open", "high", "low", "close"})
CLOCKED = ("datetime", "date", "period", "timestamp")
INDEX_OF_PANDAS = "__index_level_0__"
SYMBOL = "symbol"
LEVELS = 2
LONGEST_PAIR = 200
WORDLESS = (pl.List, pl.Array, pl.Struct, pl.Object, pl.Binary, pl.Duration)


class PandasFrame(Protocol):
    """What is asked of a pandas DataFrame, so that pandas need not be installed."""

    @property
    def columns(self) -> Any: ...
    @property
    def index(self) -> Any: ...
    @property
    def iloc(self) -> Any: ...


class ArrowStream(Protocol):
    """What is asked of a table of pyarrow, narwhals, DuckDB, and whoever else speaks Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


AnyFrame: TypeAlias = pl.DataFrame | pl.LazyFrame | PandasFrame | ArrowStream


def read_frame(frame: object) -> RawTable:
    """Read a frame of a table library.

    Parameters
    ----------
    frame : polars or pandas frame, a table that speaks Arrow's C stream interface, or RawTable

    Returns
    -------
    raw : RawTable
        Columns of two levels (price, ticker) are one table below the other, with a symbol column.

    Raises
    ------
    NotATable
        If it holds no row, or cannot be computed.
    UnreadableBars
        If it is no frame.
    """
    if isinstance(frame, RawTable):
        return frame
    try:
        if isinstance(frame, pl.DataFrame):
            return tabulate(frame, "the polars frame")
        if isinstance(frame, pl.LazyFrame):
            return tabulate(frame.collect(engine="streaming"), "the polars query")
        if type(frame).__module__.partition(".")[0] == "pandas" and hasattr(frame, "columns"):
            return _from_pandas(frame)
        if hasattr(frame, "__arrow_c_stream__"):
            return tabulate(pl.DataFrame(frame), "the Arrow table")
    except (*TABLE_FAULTS, OSError) as fault:
        raise NotATable("the frame", f"a fault: {fault}"[:200]) from fault
    raise UnreadableBars(
        "the call",
        "a path, a polars frame, a pandas frame or a pyarrow table",
        type(frame).__name__,
        "give the bars as one of these",
    )


def tabulate(
    table: pl.DataFrame, source: str, *, name: str = "market", digest: str | None = None
) -> RawTable:
    """Return a polars frame as a raw table.

    Parameters
    ----------
    table : polars DataFrame
    source : str
        What errors call it.
    name : str, default "market"
        The symbol's name where the table does not tell.
    digest : str, optional
        SHA-256 of the source; of the frame's content by default.

    Raises
    ------
    NotATable
        If it holds no row.
    """
    if not table.height:
        header = ", ".join(table.columns) or "none"
        raise NotATable(source, f"columns {header[:200]} and no row", "add the bars")
    plain, lines = _simplify(table), np.arange(1, table.height + 1, dtype=np.int64)
    levels = _find_levels(plain.columns)
    if levels is not None:
        plain, places = _part_levels(plain, levels)
        lines = lines[places]
    return RawTable(
        source=source,
        name=name,
        table=plain,
        lines=lines,
        text=lambda row: _write_row(plain, row),
        digest=digest or digest_bytes(plain.write_csv().encode()),
    )


def _write_row(table: pl.DataFrame, row: int) -> str:
    """Return a row as text; instants that no calendar reaches as the numbers they are."""
    try:
        values = table.row(row)
    except (ValueError, OverflowError):
        values = tuple(column.to_physical()[row] for column in table)
    return ", ".join(map(str, values))


def _simplify(table: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that can hold bars, categories as text, pandas' stored index as one."""
    if INDEX_OF_PANDAS in table.columns and "index" not in table.columns:
        table = table.rename({INDEX_OF_PANDAS: "index"})
    kept = [name for name, kind in table.schema.items() if not isinstance(kind, WORDLESS)]
    texts = [pl.col(name).cast(pl.String) for name in kept if _is_category(table.schema[name])]
    return table.select(kept).with_columns(texts)


def _is_category(kind: pl.DataType) -> bool:
    return isinstance(kind, pl.Categorical | pl.Enum)


def _from_pandas(frame: Any) -> RawTable:
    names = [_write_name(name) for name in frame.columns]
    if getattr(frame.columns, "nlevels", 1) == LEVELS:
        pairs = [str((str(name[0]), str(name[1]))) for name in frame.columns]
        names = pairs if _find_levels(pairs) else names
    return tabulate(_to_polars(frame, names), "the pandas frame")


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """Which column holds which price of which ticker."""

    prices: Mapping[str, str]
    tickers: Mapping[str, str]


def _find_levels(header: Sequence[str]) -> _Levels | None:
    """Return the levels of names such as "('Close', 'AAPL')", as pandas stores them."""
    pairs = {name: pair for name in header if (pair := _read_pair(name)) is not None}
    for level in (0, 1):
        prices = {name: pair[level] for name, pair in pairs.items()}
        tickers = {name: pair[1 - level] for name, pair in pairs.items()}
        if {price.lower() for price in prices.values()} >= PRICE_WORDS and all(tickers.values()):
            return _Levels(prices=prices, tickers=tickers)
    return None


def _read_pair(name: str) -> tuple[str, str] | None:
    if not name.startswith("(") or len(name) > LONGEST_PAIR:
        return None
    try:
        pair = ast.literal_eval(name)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    is_pair = isinstance(pair, tuple) and len(pair) == LEVELS
    return (str(pair[0]), str(pair[1])) if is_pair else None


def _part_levels(table: pl.DataFrame, levels: _Levels) -> tuple[pl.DataFrame, IntArray]:
    """Return the markets of a wide table below each other, and the row that each row is of."""
    shared = [name for name in table.columns if name not in levels.tickers]
    parts, places = [], []
    for ticker in dict.fromkeys(levels.tickers.values()):
        own = [name for name, one in levels.tickers.items() if one == ticker]
        kept = _find_filled(table, own)
        names = number_repeats([*shared, *(levels.prices[name] for name in own)])
        part = table.select([*shared, *own]).filter(kept)
        part.columns = list(names)
        parts.append(part.with_columns(pl.lit(ticker).alias(SYMBOL)))
        places.append(np.flatnonzero(kept))
    return pl.concat(parts, how="diagonal_relaxed"), np.concatenate(places)


def _find_filled(table: pl.DataFrame, columns: Sequence[str]) -> BoolArray:
    """Return where a market has any value: beside others it has rows of nothing."""
    filled = pl.any_horizontal(
        pl.col(name).is_not_null() & pl.col(name).cast(pl.Float64, strict=False).is_not_nan()
        for name in columns
    )
    found: BoolArray = table.select(filled.fill_null(value=False)).to_series().to_numpy()
    return found


def _to_polars(frame: Any, names: Sequence[str]) -> pl.DataFrame:
    """Copy a pandas frame column by column; an index that has instants or a name comes along."""
    series = [_to_series(frame.iloc[:, place]) for place in range(len(names))]
    index = list(_name_index(frame.index, names))
    unique = number_repeats([*(name for name, _ in index), *names])
    return pl.DataFrame(
        dict(zip(unique, [*(_to_series(level) for _, level in index), *series], strict=True))
    )


def _name_index(index: Any, names: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield the levels of an index that hold something, each with a name."""
    levels = [index]
    if getattr(index, "nlevels", 1) > 1:
        levels = [index.get_level_values(level) for level in range(index.nlevels)]
    dated = {name.lower() for name in names} & {"date", "datetime", "timestamp", "time"}
    for level in levels:
        kind = str(level.dtype)
        if level.name is not None:
            yield str(level.name), level
        elif kind.startswith(CLOCKED):
            yield "date", level
        elif len(levels) > 1:
            yield SYMBOL, level
        elif not kind.startswith(("int", "uint", "float")) and not dated:
            yield "date", level


def _write_name(name: object) -> str:
    if isinstance(name, tuple):
        return str(name[0])
    return str(name)


def _to_series(column: Any) -> pl.Series:
    zone = getattr(column.dtype, "tz", None)
    if zone is not None:
        plain = column.dt if hasattr(column, "dt") else column
        instants = plain.tz_convert("UTC")
        naive = (instants.dt if hasattr(instants, "dt") else instants).tz_localize(None)
        series = pl.Series(naive.to_numpy().astype("datetime64[us]"))
        return series.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
    values = column.to_numpy()
    if values.dtype.kind == "M":
        return pl.Series(values.astype("datetime64[us]"))
    if values.dtype.kind in "fiub":
        return pl.Series(values)
    texts = [None if value is None else str(value) for value in values]
    return pl.Series(texts, dtype=pl.String)
