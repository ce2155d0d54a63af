"""The law of a store of snapshots: what may be put, what a page holds, what is unknown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bellwether.service._bar_errors import SnapshotOutdated, UnknownSymbol
from bellwether.service._entries import check_limit
from bellwether.service._errors import OptionOutOfRange
from bellwether.service._snapshots import (
    Snapshot,
    SnapshotFilter,
    SnapshotPage,
    read_cursor,
    write_cursor,
)


def number_snapshot(snapshot: Snapshot, known: Sequence[Snapshot]) -> Snapshot:
    """Return the snapshot that a put leaves as the latest of its market.

    Parameters
    ----------
    snapshot : Snapshot
    known : sequence of Snapshot
        Those of its market, the oldest first.

    Raises
    ------
    SnapshotOutdated
        If it was compared with another one than the latest.
    """
    if not known:
        return replace(snapshot, number=1)
    latest = known[-1]
    if latest.digest == snapshot.digest:
        return latest
    if latest.digest != snapshot.change.previous:
        raise SnapshotOutdated(snapshot.symbol)
    return replace(snapshot, number=latest.number + 1)


def page_snapshots(
    markets: Mapping[str, Sequence[Snapshot]],
    wanted: SnapshotFilter | None,
    cursor: str | None,
    limit: int,
) -> SnapshotPage:
    """Return a page of snapshots.

    Parameters
    ----------
    markets : mapping of str to sequence of Snapshot
        By market key; each oldest first.
    wanted : SnapshotFilter or None
    cursor : str or None
    limit : int

    Raises
    ------
    OptionOutOfRange
        If the limit is not from 1 to 1000, or the cursor is none.
    """
    check_limit(limit)
    start = ("", 0)
    if cursor is not None:
        found = read_cursor(cursor)
        if found is None:
            raise OptionOutOfRange("cursor", "the cursor of a page", cursor[:80])
        start = found
    taken: list[Snapshot] = []
    for key in sorted(markets):
        for one in markets[key]:
            if (key, one.number) <= start or (wanted is not None and not wanted.takes(one)):
                continue
            if len(taken) == limit:
                return SnapshotPage(snapshots=tuple(taken), cursor=write_cursor(taken[-1]))
            taken.append(one)
    return SnapshotPage(snapshots=tuple(taken), cursor=None)


def unknown_symbol(symbol: str, interval: str, latest: Iterable[Snapshot]) -> UnknownSymbol:
    """Return the error that says a market is not stored, and which are.

    Parameters
    ----------
    symbol, interval : str
    latest : iterable of Snapshot
        The latest of every market.
    """
    markets = [(one.symbol, one.interval) for one in latest]
    known = [name for name, length in markets if length == interval]
    intervals = [length for name, length in markets if name == symbol]
    return UnknownSymbol(symbol, interval, known, intervals)
