"""Where the table of a text file begins: the lines before its header, and the header."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bellwether.bars import NotATable
from bellwether.sources._column_names import (
    ENGLISH,
    count_roles,
    find_prefix,
    find_roles,
    plain_names,
    simplify_name,
    tell_language,
)
from bellwether.sources._dialects import PLAIN, PREFIXED, Dialect, find_dialect, name_dialect
from bellwether.sources._headless import name_headless

DELIMITERS = ",;\t|"
NAMED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
LONGEST_HEADER = 10_000
MOST_BEFORE = 20
DATED = ("date", "datetime")
REMARKS = re.compile(r'#|"?(https?://|sep=)', re.IGNORECASE)

Line = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class TextStart:
    """The header of a text file, and what it tells.

    Parameters
    ----------
    header : tuple of str
        Names of the columns as found; by place where there is no header.
    delimiter : str
    first_line : int
        Line of the first row, from 1, where no line is empty.
    n_before : int
        How many lines that are not empty stand before the first row.
    dialect : Dialect
    facts : tuple of str
    tickers : tuple of str
        The ticker of each column but the first, where there is a row of them; else empty.
    """

    header: tuple[str, ...]
    delimiter: str
    first_line: int
    n_before: int
    dialect: Dialect
    facts: tuple[str, ...]
    tickers: tuple[str, ...] = ()


def find_start(source: str, lines: Sequence[Line]) -> TextStart:
    """Find the header among the first lines of a file.

    Parameters
    ----------
    source : str
        What errors call it.
    lines : sequence of (int, str)
        The first lines that are not empty, each with its number, at least one.

    Returns
    -------
    start : TextStart

    Raises
    ------
    NotATable
        If the first line is endless.
    """
    if len(lines[0][1]) > LONGEST_HEADER:
        was = f"a first line of {len(lines[0][1])} letters, which names no columns"
        raise NotATable(source, was)
    n_before, told = _skip_preamble(lines)
    heading = lines[n_before][1].lstrip("# ") if n_before < len(lines) else lines[0][1]
    facts = tuple(_tell_preamble(lines[:n_before]))
    delimiter = told or _choose_delimiter(heading)
    levels = _find_levels([split_line(line, delimiter) for _, line in lines[n_before:][:3]])
    if levels is not None:
        names, tickers, n_rows = levels
        return TextStart(
            header=names,
            delimiter=delimiter,
            first_line=lines[n_before][0] + n_rows,
            n_before=n_before + n_rows,
            dialect=find_dialect("yfinance"),
            facts=(*facts, f"the header has {n_rows} rows"),
            tickers=tickers,
        )
    rows = [split_line(line, delimiter) for _, line in lines[n_before:][:MOST_BEFORE]]
    headless = name_headless(rows, delimiter)
    if headless is not None:
        dialect, header = headless
        facts = (*facts, f"there is no header; columns are {', '.join(header)}")
        first = lines[n_before][0]
    else:
        header = tuple(name.strip() for name in rows[0])
        dialect = _tell_dialect(header, lines[:n_before])
        facts = (*facts, *_tell_header(header, delimiter))
        first, n_before = lines[n_before][0] + 1, n_before + 1
    return TextStart(
        header=header,
        delimiter=delimiter,
        first_line=first,
        n_before=n_before,
        dialect=dialect,
        facts=facts,
    )


def split_line(line: str, delimiter: str) -> list[str]:
    """Return a line's fields; where its quotes are in disorder, whatever is between delimiters."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _choose_delimiter(heading: str) -> str:
    bare = re.sub(r'"[^"]*"', "", heading)
    return max(DELIMITERS, key=bare.count)


def _skip_preamble(lines: Sequence[Line]) -> tuple[int, str | None]:
    """Return how many lines stand before the header, and a delimiter if one of them names it."""
    told = None
    for place, (_, line) in enumerate(lines[:MOST_BEFORE]):
        separator = re.fullmatch(r'"?sep=(.)"?', line.strip(), re.IGNORECASE)
        if separator and separator[1] in DELIMITERS:
            told = separator[1]
        elif count_roles(split_line(line.lstrip("# "), told or _choose_delimiter(line))) >= 3:
            return place, told
    is_remark = [REMARKS.match(line) is not None for _, line in lines[:MOST_BEFORE]]
    return (is_remark.index(False), told) if False in is_remark else (0, told)


def _tell_preamble(before: Sequence[Line]) -> Iterator[str]:
    for number, line in before[:3]:
        yield f"line {number} stands before the header and is left out: {line.strip()[:60]!r}"
    if len(before) > 3:
        yield f"so do {len(before) - 3} more lines"


def _tell_dialect(header: Sequence[str], before: Sequence[Line]) -> Dialect:
    plain = plain_names(header)
    if any("cryptodatadownload" in line.lower() for _, line in before):
        return find_dialect("CryptoDataDownload")
    dialect = name_dialect(plain)
    if dialect.name == "Alpha Vantage" and header[0] != "timestamp":
        dialect = PLAIN
    simple = [simplify_name(name) for name in header]
    if (
        dialect is PLAIN
        and {"date", "close"} <= set(find_roles("", header))
        and _tell_change(simple)
    ):
        return find_dialect("Investing.com")
    return PREFIXED if dialect is PLAIN and find_prefix(simple) else dialect


def _tell_change(plain: Sequence[str]) -> bool:
    return any(name.startswith(("+/- %", "var. %", "zmiana %", "change %")) for name in plain)


def _tell_header(header: Sequence[str], delimiter: str) -> Iterator[str]:
    if delimiter != ",":
        yield f"fields stand between {NAMED[delimiter]}"
    language = tell_language(header)
    if language != ENGLISH:
        yield f"the header is {language}"


def _find_levels(
    rows: Sequence[Sequence[str]],
) -> tuple[tuple[str, ...], tuple[str, ...], int] | None:
    """Return names, tickers and the number of rows of a header of two levels, or None."""
    if len(rows) < 3 or len(rows[0]) != len(rows[1]) or len(rows[0]) < 3:
        return None
    top, below = ([field.strip() for field in row] for row in rows[:2])
    index = rows[2][0].strip()
    has_third = simplify_name(index) in DATED and not any(field.strip() for field in rows[2][1:])
    corners = {simplify_name(top[0]), simplify_name(below[0])}
    if not has_third and not corners <= {"", "price", "ticker", "attributes", "symbols"}:
        return None
    prices = max((top, below), key=lambda row: count_roles(row[1:]))
    tickers = below if prices is top else top
    if count_roles(prices[1:]) < 4 or count_roles(tickers[1:]) > 1 or not all(tickers[1:]):
        return None
    names = (index if has_third else "date", *prices[1:])
    return names, tuple(tickers[1:]), 3 if has_third else 2
