"""Import: the use case that stores bars and says what changed."""

from dataclasses import dataclass, replace

import numpy as np

from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    QualityReport,
    Reading,
    SessionCalendar,
    assess,
)
from bellwether.clock import Clock
from bellwether.service._bar_changes import BarsChange, Relation, compare_bars
from bellwether.service._bar_errors import (
    BarsDoNotJoin,
    SnapshotDamaged,
    SnapshotOutdated,
)
from bellwether.service._bar_store import BarStore
from bellwether.service._snapshots import Snapshot, describe_import, trim_import

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import left behind.

    Parameters
    ----------
    snapshot : Snapshot
        The latest of its market now.
    quality : QualityReport
    change : BarsChange
        Against the snapshot before.
    """

    snapshot: Snapshot
    quality: QualityReport
    change: BarsChange

    def to_json(self) -> dict[str, object]:
        """Return the outcome as JSON values."""
        return {
            "snapshot": self.snapshot.to_json(),
            "quality": self.quality.to_json(),
            "change": self.change.to_json(),
            "in_words": self.change.words,
        }


def import_bars(
    imported: BarsImport,
    *,
    store: BarStore,
    clock: Clock,
    source: str,
    extend: bool = False,
) -> ImportOutcome:
    """Store bars as the latest snapshot of their market, and say what changed.

    Parameters
    ----------
    imported : BarsImport
        Bars with their quality and sessions, as their reader gives them.
    store : BarStore
    clock : Clock
    source : str
        What was read: a file's name, or who sent it.
    extend : bool, default False
        Whether the stored bars before the first of these are kept in front of them; otherwise
        these are the whole history.

    Returns
    -------
    outcome : ImportOutcome
        The same bars with the same sessions again are the same snapshot: nothing is stored.

    Raises
    ------
    BarsDoNotJoin
        If bars are to be put behind stored ones that they neither touch nor fit.
    SnapshotOutdated
        If others import the same market faster than this can compare.
    BarStoreUnavailable
        If nothing can be stored.
    """
    given = trim_import(imported, clock.now())
    for _ in range(_ATTEMPTS):
        previous, old = _find_previous(given.bars, store)
        whole = given if old is None or not extend else _join(old, given, clock.now())
        change = _compare(previous, old, whole)
        new = describe_import(whole, source, clock.now(), change)
        if previous is not None and old is not None and new.digest == previous.digest:
            return ImportOutcome(snapshot=previous, quality=whole.quality, change=change)
        try:
            kept = store.put(new, whole)
        except SnapshotOutdated:
            continue
        return ImportOutcome(snapshot=kept, quality=whole.quality, change=change)
    raise SnapshotOutdated(given.bars.symbol)


def find_other_calendar(imported: BarsImport, store: BarStore) -> str | None:
    """Return the calendar that bars are to be read with, so that they can extend stored ones.

    Parameters
    ----------
    imported : BarsImport
        As read with a calendar that was found to fit.
    store : BarStore

    Returns
    -------
    name : str or None
        That of the stored bars; None where it is the same, or there are none.

    Notes
    -----
    A few bars may fit another calendar than their whole history does.
    """
    try:
        stored = store.find_latest(imported.bars.symbol, imported.bars.interval)
    except SnapshotDamaged:
        return None
    same = stored is None or stored.calendar == imported.calendar.name
    return None if stored is None or same else _name_calendar(stored.calendar)


def _name_calendar(name: str) -> str:
    """Return what a reader calls a calendar: weeks are made of an exchange's sessions."""
    return name.partition(" ")[0]


def _find_previous(bars: Bars, store: BarStore) -> tuple[Snapshot | None, BarsImport | None]:
    """Return the latest snapshot and what it holds, as far as there is one and it can be read."""
    try:
        previous = store.find_latest(bars.symbol, bars.interval)
    except SnapshotDamaged:
        return None, None
    try:
        return previous, None if previous is None else store.load(previous.digest)
    except SnapshotDamaged:
        return previous, None


def _compare(previous: Snapshot | None, old: BarsImport | None, new: BarsImport) -> BarsChange:
    if previous is None:
        return BarsChange(relation=Relation.FIRST)
    if old is None:
        return BarsChange(relation=Relation.UNKNOWN, previous=previous.digest)
    return compare_bars(old.bars, new.bars, previous.digest)


def _join(old: BarsImport, new: BarsImport, now: np.datetime64) -> BarsImport:
    """Return the stored bars before the new ones with the new ones behind them."""
    n_before = int(np.searchsorted(old.bars.closed_at, new.bars.closed_at[0]))
    if not n_before:
        return new
    if old.calendar.name != new.calendar.name:
        raise BarsDoNotJoin(
            f"bars held against {old.calendar.name}, as the stored ones are",
            f"{new.calendar.name}",
            f"import them with the calendar {_name_calendar(old.calendar.name)}",
        )
    bars = _put_behind(old.bars, n_before, new.bars)
    n_sessions = int(np.searchsorted(old.calendar.closes_at, new.calendar.closes_at[0]))
    closes_at = np.concatenate([old.calendar.closes_at[:n_sessions], new.calendar.closes_at])
    calendar = SessionCalendar(name=new.calendar.name, closes_at=closes_at)
    kept = new.quality
    reading = Reading(n_read=kept.n_read + n_before, refusals=kept.refusals)
    return replace(
        new, bars=bars, calendar=calendar, quality=assess(bars, calendar, now=now, reading=reading)
    )


def _put_behind(old: Bars, n_before: int, new: Bars) -> Bars:
    """Join bars; adjustments known then are brought to those known now where both have a bar."""
    factor = 1.0
    if n_before < len(old) and old.closed_at[n_before] == new.closed_at[0]:
        factor = float(new.adjustment[0] / old.adjustment[n_before])
    elif (old.adjustment != 1.0).any() or (new.adjustment != 1.0).any():
        raise BarsDoNotJoin(
            "adjusted bars of which the first is stored already",
            f"bars from {new.closed_at[0]} on, which is not a stored one",
            "begin with some bars that are stored, so that their adjustments can be compared",
        )
    columns = {
        name: np.concatenate([getattr(old, name)[:n_before], getattr(new, name)])
        for name in ("closed_at", *COLUMNS)
    }
    adjustment = np.concatenate([old.adjustment[:n_before] * factor, new.adjustment])
    return Bars(symbol=new.symbol, interval=new.interval, adjustment=adjustment, **columns)
