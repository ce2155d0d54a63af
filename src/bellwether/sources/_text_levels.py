"""A header of two levels, prices and tickers, made one table of one header."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from bellwether.sources._raw_table import RawTable, number_repeats

SYMBOL = "symbol"


def part_levels(raw: RawTable, tickers: Sequence[str]) -> RawTable:
    """Set the columns of each ticker below one another, with a column of symbols.

    Parameters
    ----------
    raw : RawTable
        Its first column is the date.
    tickers : sequence of str
        The ticker of each other column.

    Returns
    -------
    raw : RawTable
        Without a column of symbols where there is one ticker only, which names it.
    """
    known = list(dict.fromkeys(tickers))
    if len(known) == 1:
        return replace(raw, name=known[0])
    date, *others = raw.table.columns
    parts = [
        raw.table.select(
            date, *(one for one, t in zip(others, tickers, strict=True) if t == ticker)
        )
        for ticker in known
    ]
    return stack(raw, dict(zip(known, parts, strict=True)))


def stack(raw: RawTable, parts: dict[str, pl.DataFrame]) -> RawTable:
    """Return tables of the same rows, a symbol each, below one another.

    Rows before a symbol's first value and behind its last are none of its own.
    """
    stacked, places = [], []
    for ticker, part in parts.items():
        date, *values = part.columns
        names = [date, *number_repeats([name.rpartition(" (")[0] or name for name in values])]
        filled = np.flatnonzero(_is_filled(part.select(values)))
        rows = slice(int(filled[0]), int(filled[-1]) + 1) if filled.size else slice(0, 0)
        kept = part.rename(dict(zip(part.columns, names, strict=True)))[rows]
        stacked.append(kept.with_columns(pl.lit(ticker).alias(SYMBOL)))
        places.append(np.arange(part.height)[rows])
    place = np.concatenate(places)
    return replace(
        raw,
        table=pl.concat(stacked, how="diagonal"),
        lines=raw.lines[place],
        text=lambda row: raw.text(int(place[row])),
    )


def _is_filled(values: pl.DataFrame) -> np.ndarray:
    texts = [pl.col(name).cast(pl.String).str.strip_chars() for name in values.columns]
    blank = pl.all_horizontal(
        [text.is_null() | text.str.to_lowercase().is_in(["", "nan", "."]) for text in texts]
    )
    return ~values.select(blank.fill_null(value=True)).to_series().to_numpy().astype(np.bool_)
