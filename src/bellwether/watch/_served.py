"""Served answers that meet their outcomes: every stored market with open ones, settled."""

from dataclasses import dataclass

import numpy as np

from bellwether.service import (
    BarStoreUnavailable,
    EntryFilter,
    SnapshotDamaged,
    UnknownSnapshot,
    settle,
)
from bellwether.watch._ports import WatchPorts
from bellwether.watch._seen import SeenMarkets

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledServed:
    """What settling served answers came to.

    Parameters
    ----------
    n_settled, n_waiting, n_late : int
        Settled now, still waiting, and of those how many for 3 sessions or more.
    n_revised : int
        Settled earlier, whose return would be another by the bars of today.
    """

    n_settled: int = 0
    n_waiting: int = 0
    n_late: int = 0
    n_revised: int = 0


def settle_served(ports: WatchPorts, *, seen: SeenMarkets | None = None) -> SettledServed:
    """Settle the served answers of every stored market that has a bar behind them.

    Parameters
    ----------
    ports : WatchPorts
    seen : SeenMarkets, optional
        Markets that were listed earlier in the same tick.

    Returns
    -------
    settled : SettledServed
        Of markets whose bars cannot be had nothing is settled; asking about them says so.

    Raises
    ------
    JournalUnavailable, BarStoreUnavailable
        If the journal or the list of markets cannot be read.
    """
    open_since = _find_open(ports)
    if not open_since:
        return SettledServed()
    seen = SeenMarkets(now=ports.clock.now()) if seen is None else seen
    done = []
    for market, snapshot in seen.list_stored(ports.bars).items():
        since = open_since.get(market)
        if since is None or snapshot.last_closed_at <= since:
            continue
        try:
            imported = ports.bars.load(snapshot.digest)
        except (SnapshotDamaged, UnknownSnapshot, BarStoreUnavailable):
            continue
        calendar = imported.calendar
        done.append(settle(imported.bars, ports.journal, clock=ports.clock, calendar=calendar))
    return SettledServed(
        n_settled=sum(len(one.settled) for one in done),
        n_waiting=sum(one.n_waiting for one in done),
        n_late=sum(one.n_late for one in done),
        n_revised=sum(len(one.revised) for one in done),
    )


def _find_open(ports: WatchPorts) -> dict[tuple[str, str], np.datetime64]:
    """Return by market the oldest bar that an open answer was given on."""
    found: dict[tuple[str, str], np.datetime64] = {}
    cursor: int | None = None
    while True:
        page = ports.journal.entries(EntryFilter(settled=False), cursor, _PAGE)
        for entry in page.entries:
            if entry.as_of is not None:
                market = (entry.symbol, entry.interval)
                found[market] = min(found.get(market, entry.as_of), entry.as_of)
        cursor = page.cursor
        if cursor is None:
            return found
