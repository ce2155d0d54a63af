"""Stored bars of a rehearsal: every day's import, sharing the memory of one history."""

from dataclasses import dataclass, field, replace

from bellwether.bars import Bars, BarsImport, QualityReport, SessionCalendar
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kept:
    bars: Bars
    quality: QualityReport
    source_digest: str
    calendar: str
    n_sessions: int


@dataclass(slots=True)
class HeldBars:
    """Keeps imports as they are handed over; treaty as `BarStore`, for one thread.

    Notes
    -----
    A day's import is a slice of the history it came from, and costs no memory of its own. Neither
    do its sessions: those of a calendar that reaches further begin with the same.
    """

    _markets: dict[str, list[Snapshot]] = field(default_factory=dict)
    _contents: dict[str, _Kept] = field(default_factory=dict)
    _calendars: dict[tuple[str, str], SessionCalendar] = field(default_factory=dict)

    def put(self, snapshot: Snapshot, imported: BarsImport) -> Snapshot:
        """Keep an import as the latest snapshot of its market, and return it with its number."""
        known = self._markets.setdefault(snapshot.market_key, [])
        last = known[-1:]
        if last and last[0].digest == snapshot.digest:
            return last[0]
        # The rules of numbering want the last one only; the others have been through them.
        kept = number_snapshot(snapshot, last)
        self._contents[kept.digest] = self._hold(imported)
        known.append(kept)
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
        return known[-1] if known else None

    def markets(self) -> tuple[Snapshot, ...]:
        """Return the latest snapshot of every market, by symbol and interval."""
        found = [known[-1] for known in self._markets.values() if known]
        return tuple(sorted(found, key=lambda one: (one.symbol, one.interval)))

    def snapshots(
        self, wanted: SnapshotFilter | None = None, cursor: str | None = None, limit: int = 100
    ) -> SnapshotPage:
        """Return a page of snapshots, market by market, the oldest of each first."""
        markets = {key: tuple(known) for key, known in self._markets.items()}
        return page_snapshots(markets, wanted, cursor, limit)

    def get(self, digest: str) -> Snapshot:
        """Return a snapshot by its digest; where a market has it several times, the last."""
        for known in self._markets.values():
            for one in reversed(known):
                if one.digest == digest:
                    return one
        raise UnknownSnapshot(digest)

    def load(self, digest: str, last_bars: int | None = None) -> BarsImport:
        """Return what was put: bars, quality report and sessions."""
        kept = self._contents.get(digest)
        if kept is None:
            raise UnknownSnapshot(digest)
        whole = self._calendars[kept.bars.symbol, kept.calendar]
        calendar = (
            whole
            if len(whole) == kept.n_sessions
            else replace(whole, closes_at=whole.closes_at[: kept.n_sessions])
        )
        return BarsImport(
            bars=kept.bars if last_bars is None else kept.bars[-last_bars:],
            quality=kept.quality,
            calendar=calendar,
            source_digest=kept.source_digest,
        )

    def _hold(self, imported: BarsImport) -> _Kept:
        bars, calendar = imported.bars, imported.calendar
        key = (bars.symbol, calendar.name)
        if key not in self._calendars or len(self._calendars[key]) < len(calendar):
            self._calendars[key] = calendar
        return _Kept(
            bars=bars,
            quality=imported.quality,
            source_digest=imported.source_digest,
            calendar=calendar.name,
            n_sessions=len(calendar),
        )
