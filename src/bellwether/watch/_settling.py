"""Settle: what became of paper forecasts whose horizon has closed by the calendar."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bellwether.service import (
    LOST_SESSIONS,
    BarStoreUnavailable,
    HorizonEnd,
    JournalNote,
    MarketCloses,
    Snapshot,
    SnapshotDamaged,
    UnknownSnapshot,
)
from bellwether.watch._book import PaperMarket, keep_book, read_book, take_new
from bellwether.watch._paper import PaperOutcome
from bellwether.watch._ports import WatchPorts
from bellwether.watch._revisions import RevisedOutcome, find_revised_outcomes
from bellwether.watch._seen import SeenMarkets

_AT_ONCE = 1000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateBar:
    """A bar that forecasts wait for although its session closed some sessions ago.

    Parameters
    ----------
    symbol, interval : str
    closes_at : numpy.datetime64
        Close of the oldest session that is waited for, UTC.
    n_sessions : int
        Sessions that have closed since; 3 or more.
    n_forecasts : int
        Forecasts of the market that wait for a late bar.
    """

    symbol: str
    interval: str
    closes_at: np.datetime64
    n_sessions: int
    n_forecasts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledPaper:
    """What settling came to.

    Parameters
    ----------
    new : tuple of PaperOutcome
        In the order of their recording, those that were given up among them.
    n_waiting : int
        Forecasts that still wait for their last bar.
    given_up : tuple of PaperOutcome
        Those of the new ones without a return: a bar of theirs is missing for good.
    late : tuple of LateBar
        Markets whose bars are late by 3 sessions or more.
    revised : tuple of RevisedOutcome
        Found since the last time, at most 50, the latest.
    n_revised : int
    """

    new: tuple[PaperOutcome, ...]
    n_waiting: int
    given_up: tuple[PaperOutcome, ...]
    late: tuple[LateBar, ...]
    revised: tuple[RevisedOutcome, ...]
    n_revised: int


def settle_paper(
    ports: WatchPorts, now: np.datetime64 | None = None, *, seen: SeenMarkets | None = None
) -> SettledPaper:
    """Record what became of the paper forecasts whose horizon has closed.

    Parameters
    ----------
    ports : WatchPorts
    now : numpy.datetime64, optional
        UTC instant; the clock's by default.
    seen : SeenMarkets, optional
        Closes that `ask_paper` read in the same tick.

    Returns
    -------
    settled : SettledPaper

    Raises
    ------
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If journal, checkpoints or the list of stored markets cannot be reached; what was
        recorded until then stays.

    Notes
    -----
    Knows: stored bars that have closed by `now`. The horizon ends with the session so many sessions
    after that of the forecast's bar, by the calendar stored with the bars now. Where the bar of
    that session is not there the forecast waits; once later bars are there and 5 sessions are over
    it is given up and counts for nobody. So it is where the forecast's own bar was withdrawn, and
    where the last close is of another unit and stays so. The return is that of adjusted closes as
    they are now. Settled again, nothing happens: the first outcome stands; where the bars were
    revised since, and give another return, that is told once, for the last 260 outcomes of a
    market.

    Cost: about 0.1 ms a market with something to settle, where its closes were seen.
    """
    now = ports.clock.now() if now is None else now
    head = ports.journal.head()
    book = read_book(ports.journal, ports.checkpoints)
    settling = _Settling(ports=ports, seen=seen or SeenMarkets(now=now), now=now)
    stored = settling.seen.list_stored(ports.bars)
    for market, waiting in book.waiting():
        settling.settle(market, waiting, stored.get((market.symbol, market.interval)))
    new = settling.record()
    revised, n_revised = find_revised_outcomes(ports, book, stored, settling.seen)
    before = book.number
    settling.seen.noted += settling.noted
    take_new(book, settling.noted, head, ports.journal)
    if book.number > before:
        keep_book(book, ports.checkpoints)
    return SettledPaper(
        new=new,
        n_waiting=book.n_waiting,
        given_up=tuple(one for one in new if one.realized_return is None),
        late=settling.list_late(),
        revised=revised,
        n_revised=n_revised,
    )


_Waiting = Sequence[tuple[np.datetime64, np.datetime64]]


@dataclass(slots=True, kw_only=True, eq=False)
class _Settling:
    """The work of one call."""

    ports: WatchPorts
    seen: SeenMarkets
    now: np.datetime64
    noted: list[JournalNote] = field(default_factory=list)
    _found: list[PaperOutcome] = field(default_factory=list)
    _late: dict[tuple[str, str], list[tuple[np.datetime64, int]]] = field(default_factory=dict)

    def settle(self, market: PaperMarket, waiting: _Waiting, snapshot: Snapshot | None) -> None:
        """Work out what became of a market's forecasts."""
        due = [as_of for as_of, closes_at in waiting if closes_at <= self.now]
        if not due or snapshot is None:
            return
        try:
            closes = self.seen.find(snapshot, due[0], self.ports.bars)
        except (SnapshotDamaged, UnknownSnapshot, BarStoreUnavailable) as error:
            # Whoever asks about it tells that its bars cannot be had.
            _log.warning("forecasts about %s wait: %s", market.symbol, error)
            return
        for as_of in due:
            end = closes.find_end(as_of, market.horizon_bars)
            outcome = _work_out(market, as_of, closes, end)
            if outcome is not None:
                self._found.append(outcome)
            elif end.is_late:
                late = self._late.setdefault((market.symbol, market.interval), [])
                late.append((end.closes_at, end.n_sessions))

    def record(self) -> tuple[PaperOutcome, ...]:
        """Record the outcomes, bar by bar, and return those that were new."""
        found = sorted(self._found, key=lambda one: (one.as_of, one.symbol, one.key))
        for start in range(0, len(found), _AT_ONCE):
            notes = [one.to_note(self.now) for one in found[start : start + _AT_ONCE]]
            self.noted += self.ports.journal.note(notes)
        keys = {note.key for note in self.noted}
        return tuple(one for one in found if one.key in keys)

    def list_late(self) -> tuple[LateBar, ...]:
        """Return the markets whose bars are late."""
        return tuple(
            LateBar(
                symbol=symbol,
                interval=interval,
                closes_at=min(late)[0],
                n_sessions=min(late)[1],
                n_forecasts=len(late),
            )
            for (symbol, interval), late in sorted(self._late.items())
        )


def _work_out(
    market: PaperMarket, as_of: np.datetime64, closes: MarketCloses, end: HorizonEnd
) -> PaperOutcome | None:
    """Return what became of a forecast; None where that is not known yet."""
    realized, words, closes_at = None, "", end.closes_at
    if end.start is not None and end.row is not None:
        realized, closes_at = closes.realized(end.start, end.row), closes.closed_at[end.row]
    elif end.start is None and end.n_sessions >= LOST_SESSIONS:
        words = f"the bar that closed at {as_of} was withdrawn"
    elif end.is_lost and end.is_doubted:
        words = f"the close of {closes_at} is of another unit, and was not revised in 5 bars"
    elif end.is_lost:
        words = f"no bar of the session that closed at {closes_at} came within 5 sessions"
    else:
        return None
    return PaperOutcome(
        key=market.key(as_of),
        symbol=market.symbol,
        as_of=as_of,
        closes_at=closes_at,
        realized_return=realized,
        words=words,
    )
