"""The closes of markets that were read during a tick, so that each is read once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bellwether.bars import Bars, SessionCalendar
from bellwether.service import BarStore, MarketCloses, Snapshot

KEPT_BARS = 320
"""Closes kept of each market: the bars that are caught up at most, and a horizon before them."""

_SESSIONS_BEFORE = 10


@dataclass(slots=True, kw_only=True, eq=False)
class SeenMarkets:
    """Remembers the last closes of each market for as long as a tick takes.

    Parameters
    ----------
    now : numpy.datetime64
        UTC instant of the tick.
    """

    now: np.datetime64
    _closes: dict[str, MarketCloses] = field(default_factory=dict)
    _stored: dict[tuple[str, str], Snapshot] | None = None
    _calendars: dict[tuple[str, bytes], SessionCalendar] = field(default_factory=dict)

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
        recent = bars[-KEPT_BARS:]
        if len(recent):
            calendar = self._cut(calendar, recent)
        closes = MarketCloses.of(recent, calendar, self.now).copy()
        self._closes[snapshot.digest] = closes
        return closes

    def _cut(self, calendar: SessionCalendar, bars: Bars) -> SessionCalendar:
        """Return the sessions from shortly before some bars on: one value for many markets."""
        start = _find_start(calendar, bars)
        key = calendar.name, calendar.closes_at[start:].tobytes()
        if key not in self._calendars:
            self._calendars[key] = cut_calendar(calendar, bars)
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


def cut_calendar(calendar: SessionCalendar, bars: Bars) -> SessionCalendar:
    """Return the sessions from shortly before the first of some bars on."""
    start = _find_start(calendar, bars)
    if not start:
        return calendar
    return SessionCalendar(name=calendar.name, closes_at=calendar.closes_at[start:].copy())


def _find_start(calendar: SessionCalendar, bars: Bars) -> int:
    first = int(np.searchsorted(calendar.closes_at, bars.closed_at[0]))
    return min(max(first - _SESSIONS_BEFORE, 0), len(calendar) - 1)
