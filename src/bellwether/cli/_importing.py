"""Storing every market of some paths, each as soon as it is read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bellwether.bars import BarsImport
from bellwether.bootstrap import Workspace
from bellwether.cli._changing import Changes
from bellwether.cli._errors import SymbolNotOne
from bellwether.cli._sources import AUTO, FileReading, read_markets
from bellwether.errors import BarsError, BellwetherError
from bellwether.service import (
    BarsDoNotJoin,
    ImportOutcome,
    find_other_calendar,
    import_bars,
    import_many,
)
from bellwether.sources import SourceRefused


@dataclass(frozen=True, kw_only=True)
class Imports:
    """What came of importing many markets.

    Parameters
    ----------
    outcomes : list of ImportOutcome
    refused : list of SourceRefused
    """

    outcomes: list[ImportOutcome] = field(default_factory=list)
    refused: list[SourceRefused] = field(default_factory=list)


def import_all(
    paths: Sequence[Path],
    reading: FileReading,
    workspace: Workspace,
    *,
    changes: Changes,
    extend: bool,
) -> Imports:
    """Store every market of some paths, each as soon as it is read.

    Parameters
    ----------
    paths : sequence of pathlib.Path
    reading : FileReading
    workspace : Workspace
    changes : Changes
        What is made of the bars before they are stored.
    extend : bool
        Whether stored bars before the first one are kept.

    Raises
    ------
    UnreadableMapping
        If a column mapping is malformed.
    SourceMissing
        If a path leads nowhere.
    ServiceError
        If nothing can be stored.
    """
    done = Imports()
    given = _Given(reading, workspace, changes, extend=extend)
    fresh = given.take(paths, done.refused)
    store, clock = workspace.bars, workspace.clock
    if extend:
        for source, one in fresh:
            try:
                done.outcomes.append(
                    import_bars(one, store=store, clock=clock, source=source, extend=True)
                )
            except BarsDoNotJoin as error:
                done.refused.append(_refuse(one, error))
    else:
        done.outcomes.extend(import_many(fresh, store=store, clock=clock))
    done.refused.extend(changes.find_unused())
    return done


def name_place(path: Path, source: str) -> str:
    """Return what a snapshot calls its source: the path's own name, and the place within it.

    Examples
    --------
    >>> name_place(Path("/data/bars.zip"), "/data/bars.zip > spy.csv")
    'bars.zip > spy.csv'
    """
    whole = str(path)
    within = source.removeprefix(whole) if source.startswith(whole) else ""
    return f"{path.resolve().name}{within}"


class _Given:
    """Every market of some paths as it is to be stored; what is not is put aside."""

    __slots__ = ("_changes", "_extend", "_now", "_reading", "_seen", "_workspace")

    def __init__(
        self, reading: FileReading, workspace: Workspace, changes: Changes, *, extend: bool
    ) -> None:
        self._reading = reading
        self._workspace = workspace
        self._changes = changes
        self._extend = extend
        self._now = workspace.clock.now()
        self._seen: set[tuple[str, str]] = set()

    def take(
        self, paths: Sequence[Path], refused: list[SourceRefused]
    ) -> Iterator[tuple[str, BarsImport]]:
        for path, one in _read_each(paths, self._reading, self._now):
            if isinstance(one, SourceRefused):
                refused.append(one)
                continue
            try:
                self._check_new(one)
                kept = self._changes.apply(self._as_stored(path, one), self._now)
            except (BarsError, SymbolNotOne) as error:
                refused.append(_refuse(one, error))
            else:
                yield name_place(path, one.source), kept

    def _check_new(self, one: BarsImport) -> None:
        name = one.bars.symbol
        market = (name, self._changes.interval or one.bars.interval)
        if market in self._seen:
            raise SymbolNotOne(
                "files of different symbols",
                f"a second one of {name!r}",
                "import it alone, with --extend or under another --symbol",
            )
        self._seen.add(market)

    def _as_stored(self, path: Path, one: BarsImport) -> BarsImport:
        """Read a market again whose few bars fit another calendar than the stored ones do."""
        if not self._extend or self._reading.calendar != AUTO:
            return one
        calendar = find_other_calendar(one, self._workspace.bars)
        if calendar is None:
            return one
        again = replace(self._reading, symbol=one.bars.symbol, calendar=calendar)
        for found in read_markets(path, again, now=self._now):
            if isinstance(found, BarsImport):
                return found
        return one


def _read_each(
    paths: Iterable[Path], reading: FileReading, now: np.datetime64
) -> Iterator[tuple[Path, BarsImport | SourceRefused]]:
    for path in paths:
        try:
            for one in read_markets(path, reading, now=now):
                yield path, one
        except BellwetherError as error:
            yield path, SourceRefused(source=str(path), symbol=reading.symbol, error=error)


def _refuse(one: BarsImport, error: BellwetherError) -> SourceRefused:
    return SourceRefused(source=one.source, symbol=one.bars.symbol, error=error)
