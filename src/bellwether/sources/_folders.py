"""Folders of bars: which of their files are some, and whose."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from bellwether.bars import SourceMissing, SymbolUnclear
from bellwether.sources._containers import is_bars_name
from bellwether.sources._pieces import Pieces, group_pieces

COMPANIONS = frozenset({"factor_files", "map_files"})
"""Folders of LEAN beside its bars: they hold adjustments and renamings."""


def list_files(folder: Path) -> tuple[Path, ...]:
    """List the files of bars in a folder and its folders, by path.

    Parameters
    ----------
    folder : pathlib.Path

    Raises
    ------
    SourceMissing
        If there is none, or the folder cannot be opened.

    Notes
    -----
    Taken are the endings of tables and archives; left are hidden files, and those that are
    called after a readme, a licence or a provenance. Links to folders are not followed.
    """
    found = tuple(_walk(folder))
    if not found:
        raise SourceMissing(str(folder), "a folder without a file of bars")
    return found


def find_pieces(folder: Path, symbol: str | None) -> Pieces:
    """Return the files of the one market of a folder, or of the one called like a symbol.

    Parameters
    ----------
    folder : pathlib.Path
    symbol : str or None

    Raises
    ------
    SourceMissing
        If there is no file of bars.
    SymbolUnclear
        If there are several, and no single one has that name.
    """
    found = group_pieces(list_files(folder))
    return found[find_name(str(folder), [one.name for one in found], symbol)]


def find_name(source: str, names: Sequence[str], symbol: str | None) -> int:
    """Return which of several names a symbol is: the very same, else but for its case.

    Raises
    ------
    SymbolUnclear
        If there are several names, and it is not one of them.
    """
    if len(names) == 1:
        return 0
    wanted = (symbol or "").casefold()
    for places in (
        [place for place, name in enumerate(names) if name == symbol],
        [place for place, name in enumerate(names) if name.casefold() == wanted],
    ):
        if len(places) == 1:
            return places[0]
    raise SymbolUnclear(source, names, symbol)


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(one for one in folders if one[0] != "." and one not in COMPANIONS)
        yield from (Path(place, name) for name in sorted(files) if is_bars_name(name))


def _refuse(fault: OSError) -> None:
    reason = fault.strerror or str(fault)
    raise SourceMissing(str(fault.filename), f"a folder that cannot be opened ({reason})")
