"""What was read and noted during a tick, so that it is read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars import Bars, SessionCalendar
from bellwether.service import BarStore, JournalNote, MarketCloses, Snapshot

KEPT_BARS = 320
"""Closes kept of each market: the bars that are caught up at most, and a horizon before them."""

_SESSIONS_BEFORE = 10
_CLOSE = 3


@dataclass(slots=True, kw_only=True, eq=False)
class SeenMarkets:
    """Remembers the last closes of each market for as long as a tick takes.

    Parameters
    ----------
    now : numpy.datetime64
        UTC instant of the tick.
    noted : list of JournalNote
        Forecasts and outcomes recorded in it, in their order.
    """

    now: np.datetime64
    noted: list[JournalNote] = field(default_factory=list)
    _closes: dict[str, MarketCloses] = field(default_factory=dict)
    _stored: dict[tuple[str, str], Snapshot] | None = None
    _calendars: dict[tuple[str, bytes], SessionCalendar] = field(default_factory=dict)
    _last_cut: tuple[SessionCalendar, np.datetime64, SessionCalendar] | None = None
    _last: MarketCloses | None = None

    def list_stored(self, store: BarStore) -> Mapping[tuple[str, str], Snapshot]:
        """Return the latest snapshot of each market, by symbol and interval, as first looked up.

        Raises
        ------
        BarStoreUnavailable
            If the store cannot be read.
        """
        if self._stored is None:
            self._stored = {(one.symbol, one.interval): one for one in store.markets()}
        return self._stored

    def remember(self, snapshot: Snapshot, bars: Bars, calendar: SessionCalendar) -> MarketCloses:
        """Keep the last closes of a market that was read, and return them."""
        first = max(len(bars) - KEPT_BARS, 0)
        n_closed = int(bars.closed_at.searchsorted(self.now, "right"))
        recent = slice(first, max(n_closed, first))
        if len(bars):
            calendar = self._cut(calendar, bars.closed_at[first])
        closed_at, close = bars.closed_at[recent], bars.matrix[recent, _CLOSE].copy()
        last = self._last
        if last is not None and _is_timed_as(last, bars.interval, closed_at, calendar):
            closes = last.beside(close)
        else:
            closes = MarketCloses(
                interval=bars.interval,
                closed_at=closed_at.copy(),
                close=close,
                calendar=calendar,
                now=self.now,
            )
        self._closes[snapshot.digest] = self._last = closes
        return closes

    def _cut(self, calendar: SessionCalendar, since: np.datetime64) -> SessionCalendar:
        """Return the sessions from shortly before a bar on: one value for many markets."""
        last = self._last_cut
        if last is not None and last[0] is calendar and last[1] == since:
            return last[2]
        start = _find_start(calendar, since)
        key = calendar.name, calendar.closes_at[start:].tobytes()
        if key not in self._calendars:
            self._calendars[key] = cut_calendar(calendar, since)
        self._last_cut = calendar, since, self._calendars[key]
        return self._calendars[key]

    def find(self, snapshot: Snapshot, since: np.datetime64, store: BarStore) -> MarketCloses:
        """Return a market's closes from a bar on, read if need be.

        Raises
        ------
        SnapshotDamaged, UnknownSnapshot, BarStoreUnavailable
            If they cannot be read.
        """
        closes = self._closes.get(snapshot.digest)
        if closes is None:
            imported = store.load(snapshot.digest, KEPT_BARS)
            closes = self.remember(snapshot, imported.bars, imported.calendar)
        if len(closes.closed_at) and closes.closed_at[0] <= since:
            return closes
        imported = store.load(snapshot.digest)
        return MarketCloses.of(imported.bars, imported.calendar, self.now)


def cut_calendar(calendar: SessionCalendar, since: np.datetime64) -> SessionCalendar:
    """Return the sessions from shortly before a bar on."""
    start = _find_start(calendar, since)
    if not start:
        return calendar
    return SessionCalendar(name=calendar.name, closes_at=calendar.closes_at[start:].copy())


def _find_start(calendar: SessionCalendar, since: np.datetime64) -> int:
    first = int(calendar.closes_at.searchsorted(since))
    return min(max(first - _SESSIONS_BEFORE, 0), len(calendar) - 1)


def _is_timed_as(
    closes: MarketCloses, interval: str, closed_at: TimeArray, calendar: SessionCalendar
) -> bool:
    """Whether bars of another market closed when those of one did, on the same sessions."""
    return (
        closes.calendar is calendar
        and closes.interval == interval
        and len(closes.closed_at) == len(closed_at)
        and bool((closes.closed_at.view(np.int64) == closed_at.view(np.int64)).all())
    )
