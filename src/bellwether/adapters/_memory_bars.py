"""The store of bars' twin in memory: for studies, demonstrations and tests."""

import threading

from bellwether.adapters._bar_bytes import pack_import, unpack_import
from bellwether.bars import BarsImport
from bellwether.service import (
    Snapshot,
    SnapshotFilter,
    SnapshotPage,
    UnknownSnapshot,
    market_key,
    number_snapshot,
    page_snapshots,
    unknown_symbol,
)


class MemoryBarStore:
    """Stored bars that are forgotten at the end of the process; treaty as `BarStore`."""

    __slots__ = ("_contents", "_guard", "_markets")

    def __init__(self) -> None:
        self._markets: dict[str, tuple[Snapshot, ...]] = {}
        self._contents: dict[str, bytes] = {}
        self._guard = threading.RLock()

    def put(self, snapshot: Snapshot, imported: BarsImport) -> Snapshot:
        """Keep an import as the latest snapshot of its market, and return it with its number."""
        key = snapshot.market_key
        with self._guard:
            known = self._markets.get(key, ())
            kept = number_snapshot(snapshot, known)
            self._contents[kept.digest] = pack_import(imported)
            if kept not in known:
                self._markets[key] = (*known, kept)
        return kept

    def latest(self, symbol: str, interval: str) -> Snapshot:
        """Return the latest snapshot of a market."""
        found = self.find_latest(symbol, interval)
        if found is None:
            raise unknown_symbol(symbol, interval, self.markets())
        return found

    def find_latest(self, symbol: str, interval: str) -> Snapshot | None:
        """Return the latest snapshot of a market; None where nothing of it is stored."""
        known = self._markets.get(market_key(symbol, interval))
        return None if known is None else known[-1]

    def markets(self) -> tuple[Snapshot, ...]:
        """Return the latest snapshot of every market, by symbol and interval."""
        with self._guard:
            found = [known[-1] for known in self._markets.values()]
        return tuple(sorted(found, key=lambda one: (one.symbol, one.interval)))

    def snapshots(
        self, wanted: SnapshotFilter | None = None, cursor: str | None = None, limit: int = 100
    ) -> SnapshotPage:
        """Return a page of snapshots, market by market, the oldest of each first."""
        with self._guard:
            return page_snapshots(dict(self._markets), wanted, cursor, limit)

    def get(self, digest: str) -> Snapshot:
        """Return a snapshot by its digest; where a market has it several times, the last."""
        with self._guard:
            every = [one for known in self._markets.values() for one in reversed(known)]
        for one in every:
            if one.digest == digest:
                return one
        raise UnknownSnapshot(digest)

    def load(self, digest: str, last_bars: int | None = None) -> BarsImport:
        """Return what was put: bars, quality report and sessions."""
        content = self._contents.get(digest)
        if content is None:
            raise UnknownSnapshot(digest)
        return unpack_import(content, last_bars)[0]
