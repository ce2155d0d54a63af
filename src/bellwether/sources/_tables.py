"""From a file or a frame to a table of columns whose rows remember where they stood."""

import csv
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
import polars as pl

from bellwether.arrays import IntArray
from bellwether.bars import NotATable, RowRefusal, SourceMissing, UnreadableBars
from bellwether.hashing import digest_bytes

DELIMITERS = ",;\t|"
LONGEST_HEADER = 10_000
PARQUET = b"PAR1"
ARCHIVES = {b"PK\x03\x04": "an archive or a spreadsheet", b"\x1f\x8b": "a compressed file"}


class PandasFrame(Protocol):
    """What is asked of a pandas DataFrame, so that pandas need not be installed."""

    @property
    def columns(self) -> Any: ...
    @property
    def index(self) -> Any: ...
    @property
    def iloc(self) -> Any: ...


BarSource: TypeAlias = str | os.PathLike[str] | pl.DataFrame | PandasFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class RawTable:
    """A table as it was found.

    Parameters
    ----------
    source : str
        What errors call it.
    name : str
        The symbol's name where the table does not tell.
    table : polars DataFrame
        Text columns for files, typed ones for frames; column names as found.
    lines : int64 array of shape (n_rows,)
        Line of each row in its file, or place in its frame, from 1.
    text : callable of int to str
        The row at a position as it stands in the source.
    torn : tuple of RowRefusal
        Lines that have more fields than the header.
    digest : str
        SHA-256 of the source.
    """

    source: str
    name: str
    table: pl.DataFrame
    lines: IntArray
    text: Callable[[int], str]
    torn: tuple[RowRefusal, ...] = ()
    digest: str


def load_table(source: BarSource) -> RawTable:
    """Load a CSV or Parquet file, or a polars or pandas frame.

    Parameters
    ----------
    source : str, path, polars.DataFrame or pandas.DataFrame

    Returns
    -------
    raw : RawTable

    Raises
    ------
    SourceMissing
        If there is no such file, it is a folder, or it cannot be opened.
    NotATable
        If it is empty, binary, or holds a header and nothing else.
    UnreadableBars
        If `source` is none of these kinds.
    """
    if isinstance(source, pl.DataFrame):
        return _from_frame(source, "the polars frame")
    if isinstance(source, str | os.PathLike):
        return _from_file(Path(source))
    if type(source).__module__.partition(".")[0] == "pandas" and hasattr(source, "columns"):
        return _from_frame(_to_polars(source), "the pandas frame")
    raise UnreadableBars(
        "the call",
        "a path, a polars frame or a pandas frame",
        type(source).__name__,
        "give the bars as one of these",
    )


def _from_file(path: Path) -> RawTable:
    source = str(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as fault:
        raise SourceMissing(source, "no such file") from fault
    except IsADirectoryError as fault:
        raise SourceMissing(source, "a folder") from fault
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise SourceMissing(source, f"a file that cannot be opened ({reason})") from fault
    if not content.strip():
        raise NotATable(source, "an empty file", "check the download: no byte of it arrived")
    if content.startswith(PARQUET):
        return _from_parquet(path, content)
    return _from_csv(path, content)


def _from_parquet(path: Path, content: bytes) -> RawTable:
    try:
        table = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise NotATable(str(path), f"a damaged Parquet file ({fault})") from fault
    return _from_frame(table, str(path), name=path.stem, digest=digest_bytes(content))


def _from_csv(path: Path, content: bytes) -> RawTable:
    source = str(path)
    lines = _decode(source, content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    heading = numbered.pop(0)[1]
    if len(heading) > LONGEST_HEADER:
        raise NotATable(source, f"a first line of {len(heading)} letters, which names no columns")
    delimiter = max(DELIMITERS, key=heading.count)
    header = _unique([name.strip() for name in next(csv.reader([heading], delimiter=delimiter))])
    if not numbered:
        raise NotATable(source, f"a header ({heading[:80]}) and no row", "add the bars below it")
    rows, torn = _sort_out(numbered, len(header), delimiter)
    table = _parse(source, [clean for _, _, clean in rows], header, delimiter)
    return RawTable(
        source=source,
        name=path.stem,
        table=table,
        lines=np.array([number for number, _, _ in rows], dtype=np.int64),
        text=lambda row: rows[row][1],
        torn=torn,
        digest=digest_bytes(content),
    )


def _decode(source: str, content: bytes) -> str:
    for magic, what in ARCHIVES.items():
        if content.startswith(magic):
            raise NotATable(source, what, "unpack it, or export the bars as CSV or Parquet")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as fault:
        raise NotATable(source, f"no text (byte {fault.start} is not {encoding})") from fault
    if "\0" in text:
        raise NotATable(source, "binary content")
    return text


def _sort_out(
    numbered: Sequence[tuple[int, str]], n_columns: int, delimiter: str
) -> tuple[list[tuple[int, str, str]], tuple[RowRefusal, ...]]:
    """Part the lines that fit the header, with a clean copy of each, from those that do not."""
    rows, torn = [], []
    for number, line in numbered:
        clean, reason = line, None
        if '"' in line or line.count(delimiter) >= n_columns:
            clean, reason = _mend(line, n_columns, delimiter)
        if reason is None:
            rows.append((number, line, clean))
        else:
            torn.append(RowRefusal(line=number, reason=reason, text=line))
    return rows, tuple(torn)


def _mend(line: str, n_columns: int, delimiter: str) -> tuple[str, str | None]:
    """Return a line with its quotes in order and no empty fields too many, or why not."""
    if line.count('"') % 2:
        return line, "a quote is not closed"
    try:
        fields = next(csv.reader([line], delimiter=delimiter))
    except csv.Error as fault:
        return line, str(fault)
    if any(field.strip() for field in fields[n_columns:]):
        return line, f"more than the header's {n_columns} fields"
    mended = io.StringIO()
    csv.writer(mended, delimiter=delimiter, lineterminator="").writerow(fields[:n_columns])
    return mended.getvalue(), None


def _parse(source: str, rows: list[str], header: list[str], delimiter: str) -> pl.DataFrame:
    schema = dict.fromkeys(header, pl.String)
    # A first row with every field: polars counts the columns there, and rows may be short.
    widest = delimiter.join("0" * len(header))
    try:
        table = pl.read_csv(
            io.BytesIO("\n".join([widest, *rows]).encode()),
            has_header=False,
            schema=schema,
            separator=delimiter,
        )
    except pl.exceptions.PolarsError as fault:
        raise NotATable(source, f"lines that are no table ({fault})") from fault
    return table[1:]


def _unique(names: Sequence[str]) -> list[str]:
    """Return the names with repeats numbered; the first of each keeps it."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique


def _from_frame(
    table: pl.DataFrame, source: str, *, name: str = "market", digest: str | None = None
) -> RawTable:
    if not table.height:
        header = ", ".join(table.columns) or "none"
        raise NotATable(source, f"columns {header} and no row", "add the bars")
    return RawTable(
        source=source,
        name=name,
        table=table,
        lines=np.arange(1, table.height + 1, dtype=np.int64),
        text=lambda row: ", ".join(str(value) for value in table.row(row)),
        digest=digest or digest_bytes(table.write_csv().encode()),
    )


def _to_polars(frame: PandasFrame) -> pl.DataFrame:
    """Copy a pandas frame column by column; an index that has instants or a name comes along."""
    names = [str(name[0] if isinstance(name, tuple) else name) for name in frame.columns]
    columns = [_to_series(frame.iloc[:, place]) for place in range(len(names))]
    index = frame.index
    if str(index.dtype).startswith("datetime64") or index.name is not None:
        names.insert(0, "date" if index.name is None else str(index.name))
        columns.insert(0, _to_series(index))
    return pl.DataFrame(dict(zip(_unique(names), columns, strict=True)))


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
