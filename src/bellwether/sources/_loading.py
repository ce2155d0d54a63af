"""Loading the tables of a source, whatever holds them."""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from bellwether.bars import SourceMissing
from bellwether.errors import BarsError
from bellwether.sources._containers import Member, open_members
from bellwether.sources._folders import find_name, find_pieces, list_files
from bellwether.sources._frames import read_frame
from bellwether.sources._hints import Hints
from bellwether.sources._large import load_in_parts
from bellwether.sources._large_tables import part_query
from bellwether.sources._pieces import Pieces, group_members, group_pieces, join_pieces
from bellwether.sources._qlib import is_qlib, list_instruments, read_instrument
from bellwether.sources._raw_table import RawTable
from bellwether.sources._tables import BarSource, load_member, load_table

Roles: TypeAlias = Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Unloaded:
    """What could not be loaded.

    Parameters
    ----------
    source : str
    error : BarsError
    """

    source: str
    error: BarsError


def load_one_table(source: BarSource, symbol: str | None, columns: Roles, hints: Hints) -> RawTable:
    """Load the table in which a symbol is to be found.

    Parameters
    ----------
    source : str, path or frame
    symbol : str or None
        Chooses among the files of a folder or an archive.
    columns : mapping of str to str or None
        Role to column name.
    hints : Hints

    Raises
    ------
    UnreadableBars
        As `read_bars`.
    """
    path = as_path(source)
    if path is None:
        return read_frame(source)
    if path.is_dir():
        if is_qlib(path):
            names = list_instruments(path)
            return read_instrument(path, names[find_name(str(path), names, symbol)])
        pieces = find_pieces(path, symbol)
        if len(pieces.paths) > 1:
            return _load_pieces(pieces, hints)
        [path] = pieces.paths
    with open_members(path) as members:
        groups = group_members(members)
        group = groups[find_name(str(path), [one[0].name for one in groups], symbol)]
        if len(group) > 1:
            return _load_group(group, hints)
        if symbol is None:
            return load_member(group[0], hints)
        parts = load_in_parts(group[0], columns, hints, only=symbol)
        return next(iter(parts))


def load_every_table(
    source: BarSource, columns: Roles, hints: Hints
) -> Generator[RawTable | Unloaded, None, None]:
    """Load every table of a source; large ones of several symbols symbol by symbol.

    Parameters
    ----------
    source : str, path or frame
    columns : mapping of str to str or None
    hints : Hints

    Yields
    ------
    raw : RawTable or Unloaded

    Raises
    ------
    SourceMissing
        If there is no such path, or a folder without files.
    UnreadableBars
        If `source` is of another kind.
    """
    path = as_path(source)
    if isinstance(source, pl.LazyFrame):
        yield from part_query(source, "the polars query", columns)
    elif path is None:
        yield read_frame(source)
    elif not path.exists():
        raise SourceMissing(str(path), "no such file")
    elif not path.is_dir():
        yield from _load_file(path, columns, hints)
    elif is_qlib(path):
        yield from _load_qlib(path)
    else:
        for pieces in group_pieces(list_files(path)):
            yield from _load_market(pieces, columns, hints)


def as_path(source: BarSource) -> Path | None:
    """Return a source as a path; None where it is a frame."""
    return Path(source) if isinstance(source, str | os.PathLike) else None


def _load_market(pieces: Pieces, columns: Roles, hints: Hints) -> Iterator[RawTable | Unloaded]:
    if len(pieces.paths) == 1:
        yield from _load_file(pieces.paths[0], columns, hints)
        return
    try:
        yield _load_pieces(pieces, hints)
    except BarsError as error:
        yield Unloaded(source=str(pieces.paths[0]), error=error)


def _load_pieces(pieces: Pieces, hints: Hints) -> RawTable:
    tables = [load_table(path, hints) for path in pieces.paths]
    return join_pieces(str(pieces.paths[0].parent), pieces.name, tables)


def _load_file(path: Path, columns: Roles, hints: Hints) -> Iterator[RawTable | Unloaded]:
    try:
        with open_members(path) as members:
            for group in group_members(members):
                yield from _load_parts(group, columns, hints)
    except BarsError as error:
        yield Unloaded(source=str(path), error=error)


def _load_parts(
    group: Sequence[Member], columns: Roles, hints: Hints
) -> Iterator[RawTable | Unloaded]:
    try:
        if len(group) > 1:
            yield _load_group(group, hints)
        else:
            yield from load_in_parts(group[0], columns, hints)
    except BarsError as error:
        yield Unloaded(source=group[0].source, error=error)


def _load_group(group: Sequence[Member], hints: Hints) -> RawTable:
    tables = [load_member(one, hints) for one in group]
    return join_pieces(str(group[0].path), tables[0].name, tables)


def _load_qlib(folder: Path) -> Iterator[RawTable | Unloaded]:
    for name in list_instruments(folder):
        try:
            raw = read_instrument(folder, name)
        except BarsError as error:
            yield Unloaded(source=f"{folder} > {name}", error=error)
        else:
            yield raw
