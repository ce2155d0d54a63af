"""Snapshots: bars as they were imported, kept for ever, and what is known about each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from bellwether.bars import BarsImport, Grade
from bellwether.hashing import digest_arrays, digest_json
from bellwether.service._bar_changes import BarsChange

DAYS_AHEAD = np.timedelta64(370, "D")
"""How far the sessions stored with bars reach past the last of them."""

_CURSOR = re.compile(r"[A-Za-z0-9-]{1,80}/\d{1,9}")
_INSTANTS = ("first_closed_at", "last_closed_at", "imported_at")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is known about some stored bars; the bars themselves are had by the digest.

    Parameters
    ----------
    digest : str
        Of the bars and the sessions they are held against: whatever an answer rests on.
    number : int
        Place among the snapshots of its market, from 1.
    symbol, interval : str
    calendar : str
        Name of the sessions.
    n_bars : int
    first_closed_at, last_closed_at : numpy.datetime64
        UTC.
    imported_at : numpy.datetime64
        UTC instant.
    source : str
        What was read: a file's name, or who sent it.
    source_digest : str
        SHA-256 of what was read, before anything was made of it.
    bars_digest : str
        Of the bars alone, as training records name them.
    grade : Grade
        Of the quality report.
    n_refused : int
        Rows of the source that did not become bars.
    broken : str or None
        A row behind the last bar that had closed and was refused: nobody may answer on bars
        older than the source has.
    change : BarsChange
        What it extends or revises.
    """

    digest: str
    number: int = 0
    symbol: str
    interval: str
    calendar: str
    n_bars: int
    first_closed_at: np.datetime64
    last_closed_at: np.datetime64
    imported_at: np.datetime64
    source: str
    source_digest: str
    bars_digest: str
    grade: Grade
    n_refused: int
    broken: str | None
    change: BarsChange

    @property
    def market_key(self) -> str:
        """Name of its market that is fit for a file."""
        return market_key(self.symbol, self.interval)

    def to_json(self) -> dict[str, object]:
        """Return the snapshot as JSON values, instants as ISO 8601 with Z."""
        data = {name: getattr(self, name) for name in self.__slots__}
        instants = {name: f"{getattr(self, name)}Z" for name in _INSTANTS}
        return {**data, **instants, "grade": self.grade.value, "change": self.change.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the snapshot that `to_json` wrote."""
        instants = {name: np.datetime64(data[name].rstrip("Z"), "us") for name in _INSTANTS}
        change = BarsChange.from_json(data["change"])
        return cls(**{**data, **instants, "grade": Grade(data["grade"]), "change": change})


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotFilter:
    """Which snapshots are wanted.

    Parameters
    ----------
    symbol, interval : str, optional
    """

    symbol: str | None = None
    interval: str | None = None

    def takes(self, snapshot: Snapshot) -> bool:
        """Whether a snapshot is wanted."""
        return self.symbol in (None, snapshot.symbol) and self.interval in (
            None,
            snapshot.interval,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotPage:
    """Some snapshots, and where the next ones begin.

    Parameters
    ----------
    snapshots : tuple of Snapshot
        Market by market, the oldest of each first.
    cursor : str or None
        To be given for the next page; None where this is the last.
    """

    snapshots: tuple[Snapshot, ...]
    cursor: str | None


def market_key(symbol: str, interval: str) -> str:
    """Return the name of a market that is fit for a file, whatever the symbol holds.

    Examples
    --------
    >>> market_key("../BRK/B", "1d")
    'BRK-B-1d-a643d004e76dc265'
    """
    readable = _NOT_PLAIN.sub("-", f"{symbol[:32]} {interval[:8]}").strip("-")
    return f"{readable}-{digest_json([symbol, interval])[:16]}"


def describe_import(
    imported: BarsImport, source: str, imported_at: np.datetime64, change: BarsChange
) -> Snapshot:
    """Return the snapshot that an import becomes.

    Parameters
    ----------
    imported : BarsImport
        As `trim_import` gives it, of at least one bar.
    source : str
    imported_at : numpy.datetime64
        Rows that close later are not finished, and so not missing.
    change : BarsChange
    """
    bars, quality = imported.bars, imported.quality
    last = bars.closed_at[-1]
    refused = quality.find_refused(last, imported_at)
    broken = f"line {refused[-1].line}: {refused[-1].reason}" if refused else None
    return Snapshot(
        digest=_digest(imported, broken),
        symbol=bars.symbol,
        interval=bars.interval,
        calendar=imported.calendar.name,
        n_bars=len(bars),
        first_closed_at=bars.closed_at[0],
        last_closed_at=last,
        imported_at=imported_at,
        source=source,
        source_digest=imported.source_digest,
        bars_digest=bars.digest,
        grade=quality.grade,
        n_refused=len(quality.refusals),
        broken=broken,
        change=change,
    )


def trim_import(imported: BarsImport, now: np.datetime64) -> BarsImport:
    """Return an import as it is kept, the same whenever it was read.

    Parameters
    ----------
    imported : BarsImport
    now : datetime64
        UTC instant of the import.

    Returns
    -------
    trimmed : BarsImport
        Its sessions end a year after its last bar. Rows that had not closed yet are no longer
        said to stand behind it: once they have closed they would look like rows that are broken.
    """
    calendar, quality = imported.calendar, imported.quality
    until = np.searchsorted(calendar.closes_at, imported.bars.closed_at[-1] + DAYS_AHEAD)
    refusals = tuple(
        replace(row, at=None) if row.at is not None and row.at > now else row
        for row in quality.refusals
    )
    return replace(
        imported,
        calendar=replace(calendar, closes_at=calendar.closes_at[: max(int(until), 1)]),
        quality=replace(quality, refusals=refusals),
    )


def write_cursor(snapshot: Snapshot) -> str:
    """Return the cursor of the page behind a snapshot."""
    return f"{snapshot.market_key}/{snapshot.number}"


def read_cursor(cursor: str) -> tuple[str, int] | None:
    """Return the market and the number that a cursor stands behind; None where it is none."""
    if not _CURSOR.fullmatch(cursor):
        return None
    key, _, number = cursor.rpartition("/")
    return key, int(number)


def _digest(imported: BarsImport, broken: str | None) -> str:
    sessions = digest_arrays({"closes_at": imported.calendar.closes_at.astype(np.int64)})
    return digest_json([imported.bars.digest, imported.calendar.name, sessions, broken])
