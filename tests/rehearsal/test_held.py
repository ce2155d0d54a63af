from collections.abc import Callable

import numpy as np
import pytest

from bellwether.adapters import MemoryBarStore
from bellwether.bars import BarsImport
from bellwether.clock import FixedClock
from bellwether.rehearsal._feed import Feed
from bellwether.rehearsal._held_bars import HeldBars
from bellwether.service import (
    BarStore,
    SnapshotFilter,
    SnapshotOutdated,
    UnknownSnapshot,
    UnknownSymbol,
    import_bars,
)

Make = Callable[..., BarsImport]


def fill(store: BarStore, history: BarsImport, n_days: int = 6) -> None:
    sessions = history.bars.closed_at[300:]
    feed = Feed(history=history, sessions=sessions, faults=())
    for session in range(n_days):
        found = feed.read(session)
        assert found is not None
        import_bars(found, store=store, clock=FixedClock(sessions[session]), source="test")


def test_held_bars_tell_what_a_store_in_memory_does(history: Make) -> None:
    held, other = HeldBars(), MemoryBarStore()
    for name in ("AAA", "BBB"):
        fill(held, history(name))
        fill(other, history(name))
    assert held.markets() == other.markets()
    assert held.snapshots() == other.snapshots()
    wanted = SnapshotFilter(symbol="BBB")
    page = held.snapshots(wanted, None, 2)
    assert page == other.snapshots(wanted, None, 2)
    assert held.snapshots(wanted, page.cursor, 9) == other.snapshots(wanted, page.cursor, 9)
    for snapshot in other.snapshots().snapshots:
        assert held.get(snapshot.digest) == snapshot
        for n_bars in (None, 40):
            one, two = (store.load(snapshot.digest, n_bars) for store in (held, other))
            assert one.bars.digest == two.bars.digest
            assert np.array_equal(one.calendar.closes_at, two.calendar.closes_at)
            assert one.quality.to_json() == two.quality.to_json()


def test_held_bars_refuse_what_a_store_does(history: Make) -> None:
    held = HeldBars()
    with pytest.raises(UnknownSymbol):
        held.latest("AAA", "1d")
    fill(held, history())
    first = held.snapshots().snapshots[0]
    with pytest.raises(SnapshotOutdated):
        held.put(first, held.load(first.digest))
    latest = held.latest("AAA", "1d")
    assert held.put(latest, held.load(latest.digest)) == latest
    for read in (held.get, held.load):
        with pytest.raises(UnknownSnapshot):
            read("no such digest")
