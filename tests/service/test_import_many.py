"""Many markets are stored at a time, and it is as if they had been stored one by one."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import FolderBarStore, MemoryBarStore
from bellwether.bars import COLUMNS, Bars, BarsImport, SessionCalendar, assess
from bellwether.clock import FixedClock
from bellwether.service import BarStoreUnavailable, Relation, Snapshot, import_bars, import_many
from bellwether.service._import_many import AT_ONCE, BARS_AT_ONCE

DAY = np.timedelta64(1, "D")
CLOCK = FixedClock(np.datetime64("2031-01-01", "us"))


def imported(symbol: str, n_bars: int = 60, seed: int = 1) -> BarsImport:
    close = 100.0 + np.random.default_rng(seed).uniform(0.0, 1.0, n_bars)
    closed_at = np.datetime64("2020-01-01T21:00", "us") + DAY * np.arange(n_bars)
    columns = dict.fromkeys(COLUMNS, close)
    bars = Bars(symbol=symbol, interval="1d", closed_at=closed_at, **columns)
    calendar = SessionCalendar(name="days", closes_at=closed_at)
    return BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="s"
    )


def named(bars: Bars, symbol: str) -> Bars:
    columns = {name: getattr(bars, name) for name in ("closed_at", *COLUMNS)}
    return Bars(symbol=symbol, interval="1d", **columns)


def test_many_imports_leave_what_single_ones_would(tmp_path: Path) -> None:
    given = [imported(f"S{number}", seed=number) for number in range(3 * AT_ONCE)]
    one_by_one, together = FolderBarStore(tmp_path / "one"), FolderBarStore(tmp_path / "many")
    for one in given:
        import_bars(one, store=one_by_one, clock=CLOCK, source=one.bars.symbol)
    named = ((one.bars.symbol, one) for one in given)
    outcomes = list(import_many(named, store=together, clock=CLOCK))
    assert [one.snapshot.symbol for one in outcomes] == [one.bars.symbol for one in given]
    assert together.snapshots() == one_by_one.snapshots()
    assert list(together.check()) == []


def test_imports_of_one_market_are_compared_in_their_order(tmp_path: Path) -> None:
    store = FolderBarStore(tmp_path)
    given = [("x", imported("ONE", n_bars)) for n_bars in range(50, 60)]
    outcomes = list(import_many(given, store=store, clock=CLOCK))
    assert [one.snapshot.number for one in outcomes] == list(range(1, 11))
    for before, after in pairwise(outcomes):
        assert after.change.previous == before.snapshot.digest
    assert outcomes[0].change.relation is Relation.FIRST


def test_newer_bars_are_put_behind_the_stored_ones_where_that_is_said() -> None:
    store, whole = MemoryBarStore(), imported("ONE", 60).bars
    import_bars(imported("ONE", 60), store=store, clock=CLOCK, source="x")
    late = imported("ONE", 60)
    tail = BarsImport(
        bars=whole[50:],
        quality=assess(whole[50:], late.calendar),
        calendar=late.calendar,
        source_digest="t",
    )
    [outcome] = import_many([("x", tail)], store=store, clock=CLOCK, extend=True)
    assert outcome.snapshot.n_bars == 60


@pytest.mark.parametrize(("n_bars", "most"), [(60, AT_ONCE), (BARS_AT_ONCE // 2 - 1, 2)])
def test_no_more_is_read_than_may_be_on_its_way_to_the_disk(n_bars: int, most: int) -> None:
    n_read, n_stored = 0, 0
    ahead: list[int] = []

    class CountingStore(MemoryBarStore):
        def put(self, snapshot: Snapshot, imported: BarsImport) -> Snapshot:
            nonlocal n_stored
            threading.Event().wait(0.02)  # a disk that takes its time
            n_stored += 1
            return super().put(snapshot, imported)

    def read() -> Iterator[tuple[str, BarsImport]]:
        nonlocal n_read
        for number in range(3 * most):
            n_read += 1
            ahead.append(n_read - n_stored)
            yield "x", replace(template, bars=named(template.bars, f"S{number}"))

    template = imported("S", n_bars)
    outcomes = list(import_many(read(), store=CountingStore(), clock=CLOCK))
    assert (len(outcomes), n_stored) == (3 * most, 3 * most)
    assert max(ahead) <= most + 1


def test_a_store_that_fails_ends_the_import_and_keeps_what_came_before(tmp_path: Path) -> None:
    class FullStore(FolderBarStore):
        def put(self, snapshot: Snapshot, imported: BarsImport) -> Snapshot:
            if snapshot.symbol == "S5":
                raise BarStoreUnavailable("here", "no space left")
            return super().put(snapshot, imported)

    store = FullStore(tmp_path)
    given = [(f"S{number}", imported(f"S{number}")) for number in range(8)]
    found: list[str] = []
    outcomes = import_many(given, store=store, clock=CLOCK)
    with pytest.raises(BarStoreUnavailable, match="no space left"):
        found.extend(one.snapshot.symbol for one in outcomes)
    assert found == ["S0", "S1", "S2", "S3", "S4"]
    assert {one.symbol for one in store.markets()} >= set(found)
