"""Files that hold one month or day of a market each: joined to one table again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import polars as pl

from bellwether.bars import Layout, NotATable
from bellwether.hashing import digest_bytes
from bellwether.sources._containers import BETWEEN, PIECE, bare_name, market_name
from bellwether.sources._raw_table import RawTable


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Files of one market, in the order of their names.

    Parameters
    ----------
    name : str
        The market's, or that of the one file.
    paths : tuple of pathlib.Path
        Several only where each holds a part of the history.
    """

    name: str
    paths: tuple[Path, ...]


def group_pieces(paths: Iterable[Path]) -> tuple[Pieces, ...]:
    """Put the files together that are parts of one market's history.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Sorted.

    Examples
    --------
    >>> files = [Path("BTCUSDT-1d-2020-01.zip"), Path("BTCUSDT-1d-2020-02.zip"), Path("SPY.csv")]
    >>> [(one.name, len(one.paths)) for one in group_pieces(files)]
    [('BTCUSDT', 2), ('SPY', 1)]
    """
    grouped = []
    for _, some in groupby(paths, key=_key):
        files = tuple(some)
        grouped.append(Pieces(name=market_name(files[0].name), paths=files))
    return tuple(grouped)


def join_pieces(pieces: Pieces, tables: Sequence[RawTable]) -> RawTable:
    """Join the tables of a market's files, one below the other.

    Parameters
    ----------
    pieces : Pieces
    tables : sequence of RawTable
        In the order of its files.

    Returns
    -------
    raw : RawTable
        Lines are counted on from file to file.

    Raises
    ------
    NotATable
        If the files are not written alike.
    """
    first, last = tables[0], tables[-1]
    source = f"{pieces.paths[0].parent}{BETWEEN}{pieces.name} in {len(tables)} files"
    try:
        table = pl.concat([one.table for one in tables], how="vertical_relaxed")
    except pl.exceptions.PolarsError as fault:
        raise NotATable(source, f"files of different columns ({fault})"[:200]) from fault
    heights = [one.table.height for one in tables]
    starts = np.cumsum([0, *heights])
    before = np.cumsum([0, *(int(one.lines[-1]) for one in tables)]).tolist()

    def text(row: int) -> str:
        place = int(np.searchsorted(starts, row, side="right")) - 1
        return tables[place].text(row - int(starts[place]))

    torn = [
        replace(row, line=row.line + before[place])
        for place, one in enumerate(tables)
        for row in one.torn
    ]
    facts = first.layout.facts if first.layout else ()
    told = f"{len(tables)} files are one history, {first.source} to {last.source}; lines count on"
    return replace(
        first,
        source=source,
        name=pieces.name,
        table=table,
        lines=np.concatenate(
            [one.lines + before[place] for place, one in enumerate(tables)], dtype=np.int64
        ),
        text=text,
        torn=tuple(torn),
        digest=digest_bytes("".join(one.digest for one in tables).encode()),
        layout=Layout(name=first.layout.name if first.layout else "plain", facts=(*facts, told)),
    )


def _key(path: Path) -> Path:
    """Return what the files of one market have in common; a file's own path for any other."""
    match = PIECE.fullmatch(bare_name(path.name))
    return path.parent / f"{match[1]}-{match[2]}" if match else path
