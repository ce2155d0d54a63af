"""Files that hold one month or day of a market each: joined to one table again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import polars as pl

from bellwether.bars import Layout, NotATable
from bellwether.hashing import digest_bytes
from bellwether.sources._column_names import find_roles
from bellwether.sources._containers import BETWEEN, Member
from bellwether.sources._market_names import bare_name, market_name, piece_key
from bellwether.sources._raw_table import RawTable

LEAN_DAY = re.compile(r"\d{8}_(trade|quote)")
"""How LEAN calls a day of bars of minutes: its folder has the name of the market."""


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
    grouped: dict[tuple[str, ...], list[Path]] = {}
    for path in paths:
        grouped.setdefault(_key(path), []).append(path)
    return tuple(Pieces(name=_name(files[0]), paths=tuple(files)) for files in grouped.values())


def group_members(members: Iterable[Member]) -> tuple[tuple[Member, ...], ...]:
    """Put what an archive holds together likewise, each group in the order of its names.

    Parameters
    ----------
    members : iterable of Member

    Returns
    -------
    groups : tuple of tuples of Member
        In the order of their first ones.
    """
    grouped: dict[tuple[str, ...], list[Member]] = {}
    for member in members:
        place = PurePosixPath(member.source.rpartition(BETWEEN)[2])
        key = piece_key(place.name)
        where = (str(place.parent), key) if key else (member.source,)
        grouped.setdefault(where, []).append(member)
    return tuple(tuple(sorted(some, key=lambda one: one.source)) for some in grouped.values())


def join_pieces(place: str, name: str, tables: Sequence[RawTable]) -> RawTable:
    """Join the tables of a market's files, one below the other.

    Parameters
    ----------
    place : str
        Folder or archive that holds them.
    name : str
        The market's.
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
    source = f"{place}{BETWEEN}{name} in {len(tables)} files"
    try:
        parts = [_name_alike(one.table, first.table) for one in tables]
        table = pl.concat(parts, how="vertical_relaxed")
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
        name=name,
        table=table,
        lines=np.concatenate(
            [one.lines + before[place] for place, one in enumerate(tables)], dtype=np.int64
        ),
        text=text,
        torn=tuple(torn),
        digest=digest_bytes("".join(one.digest for one in tables).encode()),
        layout=Layout(name=first.layout.name if first.layout else "plain", facts=(*facts, told)),
    )


def _name_alike(table: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Return a table with the first one's names where its columns play the same roles.

    Binance's archives of futures have a header since a month of 2022, and none before.
    """
    places = [_role_places(one.columns) for one in (table, first)]
    alike = table.width == first.width and places[0] == places[1] and bool(places[0])
    return table.rename(dict(zip(table.columns, first.columns, strict=True))) if alike else table


def _role_places(header: Sequence[str]) -> dict[str, int]:
    return {role: header.index(name) for role, name in find_roles("", header).items()}


def _key(path: Path) -> tuple[str, ...]:
    """Return what the files of one market have in common; a file's own path for any other."""
    day = LEAN_DAY.fullmatch(bare_name(path.name))
    key = day[1] if day else piece_key(path.name)
    return (str(path.parent), key) if key else (str(path),)


def _name(path: Path) -> str:
    is_day = LEAN_DAY.fullmatch(bare_name(path.name)) is not None
    return path.parent.name.upper() if is_day else market_name(path.name)
