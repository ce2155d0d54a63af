"""The bars of an answer of the past, found among the snapshots."""

from bellwether.bars import Bars
from bellwether.service._bar_errors import SnapshotDamaged
from bellwether.service._bar_store import BarStore, list_backwards
from bellwether.service._entries import JournalEntry
from bellwether.service._window import cut_window, digest_window


def find_past_bars(entry: JournalEntry, store: BarStore) -> Bars | None:
    """Return the stored bars that an answer was computed from, up to its last one.

    Parameters
    ----------
    entry : JournalEntry
    store : BarStore

    Returns
    -------
    bars : Bars or None
        Those of the newest readable snapshot whose window has the digest of the answer; None
        where there is none.

    Raises
    ------
    BarStoreUnavailable
        If the store cannot be read.
    """
    as_of = entry.as_of
    if as_of is None:
        return None
    for snapshot in list_backwards(store, entry.symbol, entry.interval):
        if not snapshot.first_closed_at <= as_of <= snapshot.last_closed_at:
            continue
        try:
            bars = cut_window(store.load(snapshot.digest).bars, as_of)
        except SnapshotDamaged:
            continue
        if bars is not None and digest_window(bars) == entry.bars_digest:
            return bars
    return None
