"""Files named on the command line, read as bars."""

import difflib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bellwether.adapters import FolderBarStore
from bellwether.bars import BarsImport, SourceMissing
from bellwether.cli._errors import IntervalUnclear, SymbolNotOne, UnreadableMapping
from bellwether.service import BarStore
from bellwether.sources import read_bars

BARS, DAILY = "bars", "1d"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Where bars are looked for that are no file.

    Parameters
    ----------
    store : BarStore
    interval : str or None
        Which of a symbol's intervals; by default the daily one, or the only one.
    """

    store: BarStore
    interval: str | None = None


def stored_in(home: Path, interval: str | None = None) -> Stored:
    """Return where the stored bars of a home folder are; nothing is made."""
    return Stored(store=FolderBarStore(home / BARS), interval=interval)


def read_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """Return the columns of `--columns close=Schlusskurs`, role to name in the file.

    Raises
    ------
    UnreadableMapping
        If a pair has no equals sign, nothing on one side of it, or names a role twice.

    Examples
    --------
    >>> read_mapping(["close=Schlusskurs", "date=Tag"])
    {'close': 'Schlusskurs', 'date': 'Tag'}
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        role, equals, name = pair.partition("=")
        if not (role and equals and name):
            raise UnreadableMapping(
                "--columns role=name, such as close=Schlusskurs", repr(pair), "write it like that"
            )
        if role in mapping:
            raise UnreadableMapping(
                f"one column for {role}", f"{mapping[role]!r} and {name!r}", "name one of them"
            )
        mapping[role] = name
    return mapping


def read_sources(
    paths: Sequence[Path],
    *,
    symbol: str | None,
    calendar: str,
    columns: Sequence[str],
    stored: Stored | None = None,
    now: np.datetime64 | None = None,
) -> tuple[BarsImport, ...]:
    """Return the bars of each file, or of each stored market of that name, in the order given.

    Parameters
    ----------
    paths : sequence of pathlib.Path
    symbol : str or None
    calendar : str
    columns : sequence of str
    stored : Stored, optional
        Where what is no file is looked for; a file goes first.
    now : datetime64, optional
        UTC; bars that close later are refused.

    Raises
    ------
    UnreadableMapping
        If a column mapping is malformed.
    SymbolNotOne
        If one symbol is named for several files, or two files hold bars of one symbol.
    BarsError
        If a file cannot be read; see `read_bars`.
    """
    if symbol is not None and len(paths) > 1:
        raise SymbolNotOne(
            "one file with --symbol", f"{len(paths)} files", "name one file, or leave it out"
        )
    mapping = read_mapping(columns)
    imports = tuple(
        (stored and find_stored(path, stored))
        or read_bars(path, symbol=symbol, calendar=calendar, columns=mapping or None, now=now)
        for path in paths
    )
    check_symbols(imports)
    return imports


def find_stored(path: Path, stored: Stored) -> BarsImport | None:
    """Return the latest stored bars of a symbol; None where a file is meant, or nothing is stored.

    Parameters
    ----------
    path : pathlib.Path
        What was named on the command line.
    stored : Stored

    Raises
    ------
    SourceMissing
        If there is neither such a file nor such a symbol, but others are stored.
    IntervalUnclear
        If it is not stored with that interval, or with several others than daily.
    """
    if path.exists():
        return None
    name = str(path)
    markets = {(one.symbol, one.interval): one for one in stored.store.markets()}
    intervals = [length for symbol, length in markets if symbol == name]
    if not intervals:
        _tell_nearest(name, sorted({symbol for symbol, _ in markets}))
        return None
    chosen = stored.interval or (
        DAILY if DAILY in intervals or len(intervals) > 1 else intervals[0]
    )
    if chosen not in intervals:
        known = ", ".join(intervals)
        raise IntervalUnclear(
            f"an interval of the stored {name!r}", chosen, f"choose with --interval: {known}"
        )
    return stored.store.load(markets[name, chosen].digest)


def _tell_nearest(name: str, known: Sequence[str]) -> None:
    """Say so where a stored symbol is likely to be meant: it looks like one, and like no file."""
    if known and not Path(name).suffix:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise SourceMissing(name, f"no such file, and no stored symbol of that name{meant}")


def check_symbols(imports: Sequence[BarsImport]) -> None:
    """Refuse bars of one symbol twice.

    Raises
    ------
    SymbolNotOne
    """
    [(name, count)] = Counter(one.bars.symbol for one in imports).most_common(1)
    if count > 1:
        raise SymbolNotOne(
            "files of different symbols",
            f"{count} of {name!r}",
            "name each file once; a file without a symbol column is called after its name",
        )
