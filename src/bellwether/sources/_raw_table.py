"""A table as it was found, whose rows remember where they stood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from bellwether.arrays import IntArray
from bellwether.bars import Layout, RowRefusal

# What the table library raises: a damaged file may make it panic, which is no error to it but the
# end of the world, beside all exceptions.
TABLE_FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


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
        Text columns for files, numbers where every cell is one; typed ones for frames; column
        names as found.
    lines : int64 array of shape (n_rows,)
        Line of each row in its file, or place in its frame, from 1.
    text : callable of int to str
        The row at a position as it stands in the source.
    torn : tuple of RowRefusal
        Lines that have more fields than the header.
    digest : str
        SHA-256 of the source.
    layout : Layout or None
        The dialect, and what decided about it.
    opens : bool
        Whether its times of day are those at which the bars open.
    """

    source: str
    name: str
    table: pl.DataFrame
    lines: IntArray
    text: Callable[[int], str]
    torn: tuple[RowRefusal, ...] = ()
    digest: str
    layout: Layout | None = None
    opens: bool = False


def number_repeats(names: Sequence[str]) -> list[str]:
    """Return the names with repeats numbered; the first of each keeps it."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
