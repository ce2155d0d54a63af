"""Faults: what goes wrong on a day of a rehearsal because it was asked to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bellwether.rehearsal._errors import UnknownFault, UnusableRehearsalOption

SESSIONS_A_YEAR = 252


class FaultKind(StrEnum):
    """What can go wrong."""

    MISSING_DAY = "missing-day"
    FROZEN_FEED = "frozen-feed"
    SCALE_JUMP = "scale-jump"
    LATE_BARS = "late-bars"
    REVISED_BARS = "revised-bars"
    CORRUPT_CHAMPION = "corrupt-champion"
    JOURNAL_GONE = "journal-gone"

    @property
    def is_about_bars(self) -> bool:
        """Whether it is one symbol's bars that are wrong."""
        return self not in {FaultKind.CORRUPT_CHAMPION, FaultKind.JOURNAL_GONE}

    @property
    def n_sessions(self) -> int:
        """How many sessions it lasts."""
        return _LENGTHS.get(self, 1)

    @property
    def words(self) -> str:
        """What happens, for a person."""
        return _WORDS[self]


_LENGTHS = {
    FaultKind.FROZEN_FEED: 8,
    FaultKind.SCALE_JUMP: 3,
    FaultKind.LATE_BARS: 4,
    FaultKind.CORRUPT_CHAMPION: 3,
}
_WORDS = {
    FaultKind.MISSING_DAY: "a bar never arrives",
    FaultKind.FROZEN_FEED: "the feed repeats its last bar, and is mended later",
    FaultKind.SCALE_JUMP: "prices come in another unit, and are mended later",
    FaultKind.LATE_BARS: "no bar arrives for some sessions, then all of them",
    FaultKind.REVISED_BARS: "the vendor gives a close of the past differently from now on",
    FaultKind.CORRUPT_CHAMPION: "a byte of the champion's bundle is turned over, and mended later",
    FaultKind.JOURNAL_GONE: "the journal cannot be reached",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Parameters
    ----------
    kind : FaultKind
    session : int
        The first session that it meets, counted from the first of the rehearsal.
    symbol : str or None
        Whose bars; None for faults of the service.
    """

    kind: FaultKind
    session: int
    symbol: str | None = None

    def is_on(self, session: int) -> bool:
        """Whether it lasts on a session."""
        return self.session <= session < self.session + self.kind.n_sessions


def read_faults(names: Iterable[str]) -> tuple[FaultKind, ...]:
    """Return the kinds that are meant; "all" means every one, "none" nothing.

    Raises
    ------
    UnknownFault
        If there is none of a name.

    Examples
    --------
    >>> [str(kind) for kind in read_faults(["late-bars", "missing-day"])]
    ['late-bars', 'missing-day']
    """
    found: list[FaultKind] = []
    for name in names:
        if name == "all":
            found += FaultKind
        elif name != "none":
            try:
                found.append(FaultKind(name))
            except ValueError:
                known = ("all", "none", *map(str, FaultKind))
                raise UnknownFault(name, known) from None
    return tuple(dict.fromkeys(found))


def plan_faults(
    kinds: Sequence[FaultKind], symbols: Sequence[str], n_sessions: int, seed: int
) -> tuple[Fault, ...]:
    """Draw when each kind of fault happens: once a year.

    Parameters
    ----------
    kinds : sequence of FaultKind
    symbols : sequence of str
    n_sessions : int
        Of the rehearsal.
    seed : int
        The same draws the same.

    Returns
    -------
    faults : tuple of Fault
        By session; two that would meet the same symbol within 30 sessions of each other are moved
        apart, so that what follows from which can be told; one that is moved past the end is left
        out.

    Raises
    ------
    UnusableRehearsalOption
        If the seed is below 0.
    """
    if seed < 0:
        raise UnusableRehearsalOption("seed", "0 or more", seed)
    random = np.random.default_rng(seed)
    drawn: list[Fault] = []
    for kind in kinds:
        for first in range(0, n_sessions, SESSIONS_A_YEAR):
            width = min(SESSIONS_A_YEAR, n_sessions - first)
            session = first + int(random.integers(width))
            name = symbols[int(random.integers(len(symbols)))] if kind.is_about_bars else None
            if first == 0 or width == SESSIONS_A_YEAR:
                drawn.append(Fault(kind=kind, session=session, symbol=name))
    return _move_apart(sorted(drawn, key=lambda one: (one.session, one.kind)), n_sessions)


def _move_apart(drawn: Sequence[Fault], n_sessions: int) -> tuple[Fault, ...]:
    kept: list[Fault] = []
    free_from: dict[str | None, int] = {}
    for one in drawn:
        session = max(one.session, free_from.get(one.symbol, 0))
        if session + one.kind.n_sessions <= n_sessions:
            kept.append(Fault(kind=one.kind, session=session, symbol=one.symbol))
            free_from[one.symbol] = session + 30
    return tuple(sorted(kept, key=lambda one: (one.session, one.kind)))
