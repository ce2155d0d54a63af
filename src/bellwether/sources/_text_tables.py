"""From the bytes of a text file to a table of columns.

A file whose lines all have as many fields as its header, in plain quotes or in none, goes to
polars as it is.
Every other one is taken line by line: what does not fit is told with its line, and the rest read
as in a clean file.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bellwether.bars import Layout, NotATable
from bellwether.hashing import digest_bytes
from bellwether.sources._column_names import find_roles
from bellwether.sources._raw_table import TABLE_FAULTS, RawTable, number_repeats
from bellwether.sources._text_levels import part_levels
from bellwether.sources._text_lines import decode_text, find_footer, sort_out
from bellwether.sources._text_start import Line, TextStart, find_start

Typed: TypeAlias = Mapping[str, type[pl.DataType]]

DATE_LETTERS = 10
HEAD_BYTES = 65_536
HEAD_LINES = 40
NEW_LINE, CARRIAGE_RETURN, QUOTE = b'\n\r"'
NUMBERS = ("open", "high", "low", "close", "volume", "adj_close", "adjustment")


def read_text_table(source: str, name: str, content: bytes) -> RawTable:
    """Read a text file of bars: the header, and every line that fits it.

    Parameters
    ----------
    source : str
        What errors call it.
    name : str
        The symbol's name where the table does not tell.
    content : bytes
        The whole file.

    Returns
    -------
    raw : RawTable
        Columns of text; those of prices and volumes as numbers where every cell is one.

    Raises
    ------
    NotATable
        If it is binary, or holds a header and nothing else.
    """
    text, told = decode_text(source, content)
    lines = list(_number_head(text))
    if not lines:
        raise NotATable(source, "an empty file", "check the download: no byte of it arrived")
    start = find_start(source, lines)
    start = replace(start, facts=(*told, *start.facts))
    raw = _read_clean(source, name, text, start) or _read_by_line(source, name, text, start)
    raw = replace(raw, digest=digest_bytes(content))
    return part_levels(raw, start.tickers) if start.tickers else raw


def _number_head(text: bytes) -> list[Line]:
    first = b"\n".join(text[:HEAD_BYTES].split(b"\n", HEAD_LINES)[:HEAD_LINES])
    lines = first.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()][:HEAD_LINES]


def _read_clean(source: str, name: str, text: bytes, start: TextStart) -> RawTable | None:
    """Return the table of a file that polars can be left alone with; None of any other."""
    codes = np.frombuffer(text, dtype=np.uint8)
    quote = '"' if b'"' in text else None
    if (quote and not _is_quoted_plainly(codes, start.delimiter)) or (
        b"\r" in text and _has_lone_returns(codes)
    ):
        return None
    ends = np.flatnonzero(codes == NEW_LINE)
    n_rows = len(ends) + (not text.endswith(b"\n")) - start.n_before
    has_gaps = start.first_line != start.n_before + 1
    if n_rows < 1 or has_gaps:
        return None
    offset = int(ends[start.n_before - 1]) + 1 if start.n_before else 0
    begins = np.append(offset, ends[start.n_before :] + 1)[:n_rows]
    has_dates = quote is None and _begin_with_dates(codes, begins, start)
    table = _parse_clean(text[offset:], start, quote, has_dates=has_dates)
    if table is None:
        return None
    # Blank lines, footers and lines cut short have no second field.
    if table.height != n_rows or table.width < 2 or table.to_series(1).null_count():
        return None
    return RawTable(
        source=source,
        name=name,
        table=table,
        lines=np.arange(start.first_line, start.first_line + n_rows, dtype=np.int64),
        text=_Lines(text=text, n_before=start.n_before),
        digest="",
        layout=Layout(name=start.dialect.name, facts=start.facts),
        opens=start.dialect.opens,
    )


def _has_lone_returns(codes: NDArray[np.uint8]) -> bool:
    returns = codes == CARRIAGE_RETURN
    followed = returns[:-1] & (codes[1:] == NEW_LINE)
    return bool(np.count_nonzero(returns) != np.count_nonzero(followed))


def _is_quoted_plainly(codes: NDArray[np.uint8], delimiter: str) -> bool:
    """Return whether quotes enclose whole fields of one line, none empty or with one in it."""
    quotes = np.flatnonzero(codes == QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    edges = np.zeros(256, dtype=np.bool_)
    edges[[ord(delimiter), NEW_LINE]] = True
    begins = edges[codes[opening - 1]] | (opening == 0)
    edges[CARRIAGE_RETURN] = True
    ends = edges[codes[np.minimum(closing + 1, len(codes) - 1)]] | (closing == len(codes) - 1)
    lines = np.flatnonzero(codes == NEW_LINE)
    within = np.searchsorted(opening, lines) != np.searchsorted(closing, lines)
    return bool(begins.all() and ends.all() and (closing > opening + 1).all() and not within.any())


def _begin_with_dates(
    codes: NDArray[np.uint8], begins: NDArray[np.int64], start: TextStart
) -> bool:
    """Return whether every row begins with a date such as 2020-01-31, and has no clock."""
    header = name_columns(start)
    roles = {} if start.tickers else find_roles("", header)
    if roles.get("date") != header[0] or "time" in roles or begins[-1] + DATE_LETTERS >= len(codes):
        return False
    signs = {4: "-", 7: "-", DATE_LETTERS: start.delimiter}
    return all(bool((codes[begins + at] == ord(sign)).all()) for at, sign in signs.items())


def _parse_clean(
    rows: bytes, start: TextStart, quote: str | None, *, has_dates: bool
) -> pl.DataFrame | None:
    """Return the table with numbers where all cells of a column are some, else with text alone."""
    header = name_columns(start)
    roles = {} if start.tickers else find_roles("", header)
    numbers: Typed = dict.fromkeys((roles[role] for role in NUMBERS if role in roles), pl.Float64)
    dated: Typed = {**numbers, header[0]: pl.Date}
    for typed in (dated, numbers, {}) if has_dates else (numbers, {}):
        with contextlib.suppress(*TABLE_FAULTS):
            table = _parse(rows, start, typed, quote=quote)
            if typed is not dated or not table.to_series(0).null_count():
                return table
    return None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Lines:
    """The rows of a clean file as they stand in it; it is cut up only where one is asked for."""

    text: bytes
    n_before: int

    def __call__(self, row: int) -> str:
        return self._lines[row + self.n_before].decode().rstrip("\r")

    @cached_property
    def _lines(self) -> list[bytes]:
        return self.text.split(b"\n")


def _read_by_line(source: str, name: str, text: bytes, start: TextStart) -> RawTable:
    lines = text.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    body = numbered[start.n_before :]
    body, told = find_footer(body, len(start.header), start.delimiter)
    if not body:
        heading = start.delimiter.join(start.header)[:80]
        raise NotATable(source, f"a header ({heading}) and no row", "add the bars below it")
    rows, torn = sort_out(body, len(start.header), start.delimiter)
    try:
        table = _parse("\n".join([clean for _, _, clean in rows]).encode(), start, {}, quote='"')
    except TABLE_FAULTS as fault:
        raise NotATable(source, f"lines that are no table ({fault})") from fault
    return RawTable(
        source=source,
        name=name,
        table=table,
        lines=np.array([number for number, _, _ in rows], dtype=np.int64),
        text=lambda row: rows[row][1],
        torn=torn,
        digest="",
        layout=Layout(name=start.dialect.name, facts=(*start.facts, *told)),
        opens=start.dialect.opens,
    )


def _parse(rows: bytes, start: TextStart, typed: Typed, *, quote: str | None) -> pl.DataFrame:
    header = name_columns(start)
    # A first row with every field: polars counts the columns there, and rows may be short.
    fields = ("2000-01-01" if typed.get(name) is pl.Date else "0" for name in header)
    widest = start.delimiter.join(fields).encode()
    table = pl.read_csv(
        io.BytesIO(widest + b"\n" + rows),
        has_header=False,
        schema={name: typed.get(name, pl.String) for name in header},
        separator=start.delimiter,
        quote_char=quote,
    )
    return table[1:]


def name_columns(start: TextStart) -> Sequence[str]:
    """Return a name for each column, no two alike."""
    return number_repeats(start.header)
