"""Settled forecasts whose return would be another by the bars of today."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bellwether.service import (
    BarStoreUnavailable,
    NoteFilter,
    NoteKind,
    Snapshot,
    SnapshotDamaged,
    UnknownSnapshot,
    list_backwards,
)
from bellwether.watch._book import PaperBook, PaperMarket
from bellwether.watch._checkpoints import Checkpoint
from bellwether.watch._paper import PaperOutcome
from bellwether.watch._ports import WatchPorts
from bellwether.watch._seen import SeenMarkets

LOOKED_AT = "paper/bars"
MOST_NAMED = 50
_OUTCOMES = 260
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedOutcome:
    """A settled forecast whose return would be another by the bars of today.

    Parameters
    ----------
    key, symbol, interval : str
    as_of, closes_at : numpy.datetime64
    settled_return : float
        As recorded; it stands.
    return_now : float
    """

    key: str
    symbol: str
    interval: str
    as_of: np.datetime64
    closes_at: np.datetime64
    settled_return: float
    return_now: float


def find_revised_outcomes(
    ports: WatchPorts,
    book: PaperBook,
    stored: Mapping[tuple[str, str], Snapshot],
    seen: SeenMarkets,
) -> tuple[tuple[RevisedOutcome, ...], int]:
    """Return settled forecasts that bars which came since would settle otherwise.

    Parameters
    ----------
    ports : WatchPorts
    book : PaperBook
    stored : mapping of (str, str) to Snapshot
        The latest of each market, by symbol and interval.
    seen : SeenMarkets

    Returns
    -------
    revised : tuple of RevisedOutcome
        At most 50, of the latest bars.
    n_revised : int
        All there are.
    """
    kept = ports.checkpoints.load(LOOKED_AT)
    before = {} if kept is None else {tuple(key): digest for *key, digest in kept.content["bars"]}
    now = {key: one.digest for key, one in stored.items() if book.horizons(*key)}
    found: list[RevisedOutcome] = []
    for key, digest in now.items():
        if before.get(key, digest) != digest and not _keeps_the_past(
            ports, stored[key], before[key]
        ):
            found += _compare(ports, book, stored[key], seen)
    if now != before:
        content = {"bars": [[*key, digest] for key, digest in sorted(now.items())]}
        ports.checkpoints.save([Checkpoint(name=LOOKED_AT, number=book.number, content=content)])
    found.sort(key=lambda one: (one.as_of, one.symbol, one.key))
    return tuple(found[-MOST_NAMED:]), len(found)


def _keeps_the_past(ports: WatchPorts, snapshot: Snapshot, before: str) -> bool:
    """Whether every snapshot since an earlier one only added bars to it."""
    if snapshot.change.previous == before:
        return snapshot.change.keeps_the_past
    for one in list_backwards(ports.bars, snapshot.symbol, snapshot.interval):
        if one.digest == before:
            return True
        if not one.change.keeps_the_past:
            return False
    return False


def _compare(
    ports: WatchPorts, book: PaperBook, snapshot: Snapshot, seen: SeenMarkets
) -> list[RevisedOutcome]:
    wanted = NoteFilter(kinds=(NoteKind.PAPER_OUTCOME,), symbol=snapshot.symbol, newest_first=True)
    notes = ports.journal.notes(wanted, None, _OUTCOMES).notes
    outcomes = [PaperOutcome.from_note(note) for note in notes]
    if not outcomes:
        return []
    try:
        closes = seen.find(snapshot, min(one.as_of for one in outcomes), ports.bars)
    except (SnapshotDamaged, UnknownSnapshot, BarStoreUnavailable) as error:
        _log.warning("outcomes about %s are not compared: %s", snapshot.symbol, error)
        return []
    found = []
    for one in outcomes:
        is_of_bars = one.key in _keys(book, snapshot, one.as_of)
        if one.realized_return is None or not is_of_bars:
            continue
        now = closes.find_revised(one.as_of, one.closes_at, one.realized_return)
        if now is not None:
            found.append(
                RevisedOutcome(
                    key=one.key,
                    symbol=snapshot.symbol,
                    interval=snapshot.interval,
                    as_of=one.as_of,
                    closes_at=one.closes_at,
                    settled_return=one.realized_return,
                    return_now=now,
                )
            )
    return found


def _keys(book: PaperBook, snapshot: Snapshot, as_of: np.datetime64) -> set[str]:
    horizons = book.horizons(snapshot.symbol, snapshot.interval)
    return {
        PaperMarket(snapshot.symbol, snapshot.interval, horizon_bars).key(as_of)
        for horizon_bars in horizons
    }
