"""Files named on the command line, read as bars."""

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np

from bellwether.adapters import FolderBarStore
from bellwether.bars import BarsImport, SourceMissing
from bellwether.cli._errors import IntervalUnclear, SymbolNotOne, UnreadableMapping
from bellwether.service import BarStore
from bellwether.sources import SourceRefused, TimeHints, read_all_bars, read_bars

AUTO, BARS, DAILY = "auto", "bars", "1d"


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


@dataclass(frozen=True, kw_only=True)
class FileReading:
    """How files are read, as the flags say.

    Parameters
    ----------
    symbol : str or None
        What to call the market, or which of a file's symbols is meant.
    calendar : str
    columns : sequence of str
        Pairs of role and name: "close=Schlusskurs".
    hints : TimeHints
        What the file may leave open: dates, zone, unit, decimals.
    """

    symbol: str | None = None
    calendar: str = AUTO
    columns: Sequence[str] = ()
    hints: TimeHints = field(default_factory=TimeHints)

    @property
    def mapping(self) -> dict[str, str] | None:
        """The columns, role to name; None where none is named."""
        return read_mapping(self.columns) or None


def make_hints(
    dates: str | None, zone: str | None, unit: str | None, decimals: str | None
) -> TimeHints:
    """Return what flags say about a file that it may leave open."""
    hints = {"dates": dates, "zone": zone, "unit": unit, "decimals": decimals}
    return cast("TimeHints", {key: str(one) for key, one in hints.items() if one is not None})


def read_sources(
    paths: Sequence[Path],
    reading: FileReading,
    *,
    stored: Stored | None = None,
    now: np.datetime64 | None = None,
) -> tuple[BarsImport, ...]:
    """Return the bars of each file, or of each stored market of that name, in the order given.

    Parameters
    ----------
    paths : sequence of pathlib.Path
        A folder, an archive or a file of several symbols stands for all of them.
    reading : FileReading
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
    check_one(paths, reading)
    imports = []
    for path in paths:
        kept = stored and find_stored(path, stored)
        for one in [kept] if kept else read_markets(path, reading, now=now):
            if isinstance(one, SourceRefused):
                raise one.error
            imports.append(one)
    check_symbols(imports)
    return tuple(imports)


def read_source(
    path: Path,
    reading: FileReading,
    *,
    stored: Stored | None = None,
    now: np.datetime64 | None = None,
) -> BarsImport:
    """Return the bars of one market.

    Parameters
    ----------
    path : pathlib.Path
    reading : FileReading
        Names the symbol where the file holds several.
    stored : Stored, optional
        Where what is no file is looked for.
    now : datetime64, optional

    Raises
    ------
    UnreadableMapping
        If a column mapping is malformed.
    BarsError
        If the file cannot be read, or holds several symbols and none is named.
    """
    kept = stored and find_stored(path, stored)
    return kept or read_bars(
        path,
        symbol=reading.symbol,
        calendar=reading.calendar,
        columns=reading.mapping,
        now=now,
        **reading.hints,
    )


def read_markets(
    path: Path, reading: FileReading, *, now: np.datetime64 | None = None
) -> Iterator[BarsImport | SourceRefused]:
    """Yield every market of a file, a folder or an archive; the one that is named, where one is.

    Parameters
    ----------
    path : pathlib.Path
    reading : FileReading
    now : datetime64, optional

    Raises
    ------
    UnreadableMapping
        If a column mapping is malformed.
    BarsError
        If there is no such path, or the one market that is named cannot be read.
    """
    if reading.symbol is not None:
        yield read_source(path, reading, now=now)
        return
    yield from read_all_bars(
        path, calendar=reading.calendar, columns=reading.mapping, now=now, **reading.hints
    )


def check_one(paths: Sequence[Path], reading: FileReading) -> None:
    """Refuse one name for several files.

    Raises
    ------
    SymbolNotOne
    """
    if reading.symbol is not None and len(paths) > 1:
        raise SymbolNotOne(
            "one file with --symbol", f"{len(paths)} files", "name one file, or leave it out"
        )


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
    [(name, count)] = Counter(one.bars.symbol for one in imports).most_common(1) or [("", 0)]
    if count > 1:
        raise SymbolNotOne(
            "files of different symbols",
            f"{count} of {name!r}",
            "name each file once; a file without a symbol column is called after its name",
        )
