"""What is done to bars between reading and storing them, by flags: adjusted, put together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from bellwether.bars import (
    Action,
    AdjustmentImpossible,
    Bars,
    BarsImport,
    adjust_import,
    apply_suspected_splits,
    read_dividend,
    read_split,
)
from bellwether.cli._errors import SymbolNotOne
from bellwether.cli._options import FLAG
from bellwether.sources import SourceRefused, read_bars, resample_import

CHANGING = "What is made of the bars"

Splits = Annotated[
    list[str] | None,
    typer.Option(
        "--adjust",
        metavar="[SYMBOL:]DAY=RATIO",
        rich_help_panel=CHANGING,
        help="Adjust for a split on its first day at the new price: 2014-06-09=7 for seven new "
        "shares, 2009-07-01=1/20 for one of twenty. May be repeated.",
    ),
]
Dividends = Annotated[
    list[str] | None,
    typer.Option(
        "--dividend",
        metavar="[SYMBOL:]DAY=CASH",
        rich_help_panel=CHANGING,
        help="Adjust for a dividend on its ex-day: 2014-08-07=0.47. May be repeated.",
    ),
]
Suspected = Annotated[
    bool,
    typer.Option(
        "--apply-suspected-splits",
        metavar=FLAG,
        rich_help_panel=CHANGING,
        help="Adjust for every split that the bars look like; `bellwether doctor` shows the "
        "evidence first.",
    ),
]
Index = Annotated[
    Path | None,
    typer.Option(
        "--index",
        metavar="FILE",
        rich_help_panel=CHANGING,
        help="Bars of the market as a whole: what fell with it is not suspected to be a split.",
    ),
]
Resample = Annotated[
    str | None,
    typer.Option(
        "--resample",
        metavar="LENGTH",
        rich_help_panel=CHANGING,
        help="Put bars together to longer ones, session by session: 1h, 1d, 1w.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """An action that somebody named, for a market or for the only one."""

    text: str
    symbol: str | None
    action: Action


@dataclass(kw_only=True)
class Changes:
    """What is to be made of bars, and of which markets something was asked.

    Parameters
    ----------
    asked : tuple of actions
    suspected : bool
    index : Bars or None
    interval : str or None
    """

    asked: tuple[_Asked, ...] = ()
    suspected: bool = False
    index: Bars | None = None
    interval: str | None = None
    _seen: set[str] = field(default_factory=set)

    def check(self, paths: Sequence[Path], symbol: str | None) -> None:
        """Refuse an action of no market where several may come.

        Raises
        ------
        SymbolNotOne
        """
        unnamed = [one for one in self.asked if one.symbol is None]
        is_one = symbol is not None or (len(paths) == 1 and not paths[0].is_dir())
        if unnamed and not is_one:
            raise _not_one(unnamed[0], f"{len(paths)} paths" if len(paths) > 1 else "a folder")

    def apply(self, imported: BarsImport, now: np.datetime64) -> BarsImport:
        """Return the bars as they are asked for.

        Raises
        ------
        SymbolNotOne
            If an action of no market meets a second one.
        AdjustmentImpossible
            If an action cannot have been.
        ResamplingImpossible
            If the bars cannot be put together so.
        """
        name = imported.bars.symbol
        unnamed = [one for one in self.asked if one.symbol is None]
        if unnamed and self._seen - {name}:
            raise _not_one(unnamed[0], f"a second market, {name}")
        self._seen.add(name)
        actions = [one.action for one in self.asked if one.symbol in (None, name)]
        changed = adjust_import(imported, actions)
        if self.suspected:
            changed = apply_suspected_splits(changed, self.index)
        if self.interval is not None:
            changed = resample_import(changed, self.interval, now=now)
        return changed

    def find_unused(self) -> Iterator[SourceRefused]:
        """Yield what was asked for markets that never came."""
        for one in self.asked:
            if one.symbol is not None and one.symbol not in self._seen:
                error = AdjustmentImpossible(
                    "a symbol that was imported",
                    one.symbol,
                    f"name one of {', '.join(sorted(self._seen)[:8]) or 'those in the files'}",
                )
                yield SourceRefused(source=f"--adjust {one.text}", symbol=one.symbol, error=error)


def make_changes(
    splits: Sequence[str] | None,
    dividends: Sequence[str] | None,
    *,
    suspected: bool,
    index: Path | None,
    interval: str | None,
) -> Changes:
    """Return what some flags ask for.

    Raises
    ------
    AdjustmentImpossible
        If an action is not written as it should be.
    UnreadableBars
        If the index cannot be read.
    """
    asked = [
        *(_read_asked(text, read_split) for text in splits or ()),
        *(_read_asked(text, read_dividend) for text in dividends or ()),
    ]
    return Changes(
        asked=tuple(asked),
        suspected=suspected,
        index=None if index is None else read_bars(index).bars,
        interval=interval,
    )


def _read_asked(text: str, read: Callable[[str], Action]) -> _Asked:
    symbol, colon, action = text.rpartition(":")
    return _Asked(text=text, symbol=symbol.strip() if colon else None, action=read(action))


def _not_one(asked: _Asked, was: str) -> SymbolNotOne:
    return SymbolNotOne(
        f"one market for {asked.text}", was, f"name it: --adjust SYMBOL:{asked.text}"
    )
