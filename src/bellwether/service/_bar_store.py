"""Bar store: the memory of imported bars."""

from typing import Protocol

from bellwether.bars import BarsImport
from bellwether.service._entries import MOST_ENTRIES
from bellwether.service._snapshots import Snapshot, SnapshotFilter, SnapshotPage


class BarStore(Protocol):
    """Keeps every import of every market, under the digest of what an answer rests on.

    Treaty. A snapshot never changes and is there whole or not at all: `put` returns when it is
    durable, and neither kill -9, a full disk nor a power cut leaves half of one or harms those
    before. The snapshots of a market have an order, and the last of them is what is answered
    on. May be used from any thread and, where the memory is shared, from any process: what one
    puts, all see at their next call. `latest` is cheap enough to be called for every question.
    The caller may keep what it gets.

    Every method raises BarStoreUnavailable if the memory cannot be reached, read or written.
    """

    def put(self, snapshot: Snapshot, imported: BarsImport) -> Snapshot:
        """Keep an import as the latest snapshot of its market, and return it with its number.

        Bars that are kept already are written anew, which mends them where they are damaged;
        the latest snapshot put again stays the one it is.

        Raises
        ------
        SnapshotOutdated
            If the market's latest snapshot is not `snapshot.change.previous`, nor this one.
        """
        ...

    def latest(self, symbol: str, interval: str) -> Snapshot:
        """Return the latest snapshot of a market.

        Raises
        ------
        UnknownSymbol
            If there is none, naming the nearest.
        SnapshotDamaged
            If it cannot be told any more.
        """
        ...

    def find_latest(self, symbol: str, interval: str) -> Snapshot | None:
        """Return the latest snapshot of a market; None where nothing of it is stored.

        Raises
        ------
        SnapshotDamaged
            If it cannot be told any more.
        """
        ...

    def markets(self) -> tuple[Snapshot, ...]:
        """Return the latest snapshot of every market that can be read, by symbol and interval."""
        ...

    def snapshots(
        self, wanted: SnapshotFilter | None = None, cursor: str | None = None, limit: int = 100
    ) -> SnapshotPage:
        """Return a page of snapshots, market by market, the oldest of each first.

        A cursor stays good for ever.

        Raises
        ------
        OptionOutOfRange
            If the limit is not from 1 to 1000, or the cursor is none.
        """
        ...

    def get(self, digest: str) -> Snapshot:
        """Return a snapshot by its digest; where a market has it several times, the last.

        Raises
        ------
        UnknownSnapshot
            If there is none.
        SnapshotDamaged
            If it is not what was put.
        """
        ...

    def load(self, digest: str, last_bars: int | None = None) -> BarsImport:
        """Return what was put: bars, quality report and sessions.

        Parameters
        ----------
        digest : str
        last_bars : int, optional
            How many bars from the end; all by default.

        Raises
        ------
        UnknownSnapshot
            If there is none.
        SnapshotDamaged
            If it is not what was put.
        """
        ...


def list_backwards(store: BarStore, symbol: str, interval: str) -> tuple[Snapshot, ...]:
    """Return every snapshot of a market, the newest first.

    Parameters
    ----------
    store : BarStore
    symbol, interval : str
    """
    wanted = SnapshotFilter(symbol=symbol, interval=interval)
    found: list[Snapshot] = []
    cursor = None
    while True:
        page = store.snapshots(wanted, cursor, MOST_ENTRIES)
        found += page.snapshots
        cursor = page.cursor
        if cursor is None:
            return tuple(reversed(found))
