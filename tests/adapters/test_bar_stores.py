"""The treaty of BarStore, kept by every store of bars there is."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import FolderBarStore, MemoryBarStore
from bellwether.adapters._bar_bytes import pack_import, unpack_import
from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    Reading,
    RowRefusal,
    SessionCalendar,
    assess,
)
from bellwether.clock import FixedClock
from bellwether.service import (
    BarsChange,
    BarStore,
    BarStoreUnavailable,
    ImportOutcome,
    OptionOutOfRange,
    Relation,
    Snapshot,
    SnapshotDamaged,
    SnapshotFilter,
    SnapshotOutdated,
    UnknownSnapshot,
    UnknownSymbol,
    import_bars,
    open_market,
)
from bellwether.service._snapshots import describe_import
from bellwether.sources import read_bars

MakeBars = Callable[[int, int], Bars]
NOW = np.datetime64("2030-01-01T12:00", "us")
CLOCK = FixedClock(NOW)
DAY = np.timedelta64(1, "D")
HOSTILE = (
    "../../etc/passwd",
    "/absolute",
    "BRK/B",
    "EUR:USD",
    "a b",
    "..",
    ".",
    "con",
    "São Paulo 株 🐑",
    "e\u0301",
    "\u00e9",
    "spy",
    "SPY",
    "x" * 64,
    "%2e%2e%2f",
    "a\\b",
    "-rf",
    "semi;colon'\"",
)


def imported(bars: Bars, *refusals: RowRefusal) -> BarsImport:
    later = bars.closed_at[-1] + DAY * np.arange(1, 500)
    calendar = SessionCalendar(name="days", closes_at=np.concatenate([bars.closed_at, later]))
    reading = Reading(n_read=len(bars) + len(refusals), refusals=refusals)
    quality = assess(bars, calendar, reading=reading)
    return BarsImport(bars=bars, quality=quality, calendar=calendar, source_digest=bars.digest)


def named(bars: Bars, symbol: str, interval: str = "1d") -> Bars:
    columns = {name: getattr(bars, name) for name in ("closed_at", *COLUMNS, "adjustment")}
    return Bars(symbol=symbol, interval=interval, **columns)


def keep(store: BarStore, bars: Bars) -> ImportOutcome:
    return import_bars(imported(bars), store=store, clock=CLOCK, source="bars.csv")


def same_import(one: BarsImport, other: BarsImport) -> bool:
    return (
        one.bars.digest == other.bars.digest
        and one.quality.to_json() == other.quality.to_json()
        and [row.at for row in one.quality.refusals] == [row.at for row in other.quality.refusals]
        and one.calendar.name == other.calendar.name
        and np.array_equal(one.calendar.closes_at, other.calendar.closes_at)
        and one.source_digest == other.source_digest
    )


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BarStore:
    if request.param == "memory":
        return MemoryBarStore()
    return FolderBarStore(tmp_path / "deep" / "bars")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bars"


@pytest.fixture(scope="module")
def bars() -> Bars:
    closes = 100.0 * np.exp(np.cumsum(np.random.default_rng(5).normal(0.0, 0.01, 300)))
    days = np.datetime64("2020-01-01T21:00", "us") + DAY * np.arange(300)
    columns = dict.fromkeys(COLUMNS, closes)
    return Bars(symbol="ONE", interval="1d", closed_at=days, **columns)


def test_what_is_put_is_had_again_whole(store: BarStore, bars: Bars) -> None:
    refusal = RowRefusal(line=7, reason="no close", text="2020,x", at=bars.closed_at[3])
    given = imported(bars, refusal)
    kept = import_bars(given, store=store, clock=CLOCK, source="bars.csv").snapshot
    found = store.load(kept.digest)
    assert found.bars.digest == bars.digest
    assert json.dumps(found.quality.to_json()) == json.dumps(given.quality.to_json())
    assert found.quality.refusals == given.quality.refusals
    assert found.calendar.name == "days"
    assert found.calendar.closes_at[-1] <= bars.closed_at[-1] + 370 * DAY
    assert (kept.number, kept.n_bars, kept.n_refused, kept.source) == (1, 300, 1, "bars.csv")
    assert store.get(kept.digest) == kept == store.latest("ONE", "1d")


def test_the_last_bars_are_had_alone(store: BarStore, bars: Bars) -> None:
    digest = keep(store, bars).snapshot.digest
    assert store.load(digest, 60).bars.digest == bars[-60:].digest
    assert store.load(digest, 10_000).bars.digest == bars.digest
    assert len(store.load(digest, 0).bars) == 0


def test_the_latest_snapshot_is_the_last_one_put(store: BarStore, bars: Bars) -> None:
    first = keep(store, bars[:200]).snapshot
    second = keep(store, bars).snapshot
    assert store.latest("ONE", "1d") == second
    assert second.change.previous == first.digest
    assert (first.number, second.number) == (1, 2)
    assert store.load(first.digest).bars.digest == bars[:200].digest


def test_bars_that_come_back_are_a_snapshot_again(store: BarStore, bars: Bars) -> None:
    first = keep(store, bars[:200]).snapshot
    keep(store, bars)
    again = keep(store, bars[:200]).snapshot
    assert (again.digest, again.number) == (first.digest, 3)
    assert store.get(first.digest) == again == store.latest("ONE", "1d")
    assert len(store.snapshots().snapshots) == 3


def test_the_same_bars_twice_are_stored_once(store: BarStore, bars: Bars) -> None:
    first, second = keep(store, bars), keep(store, bars)
    assert second.snapshot == first.snapshot
    assert (first.change.relation, second.change.relation) == (Relation.FIRST, Relation.SAME)
    assert len(store.snapshots().snapshots) == 1


def test_one_compared_with_another_than_the_latest_is_refused(store: BarStore, bars: Bars) -> None:
    keep(store, bars[:200])
    late = describe_import(imported(bars), "x", NOW, BarsChange(relation=Relation.FIRST))
    with pytest.raises(SnapshotOutdated, match="import once more"):
        store.put(late, imported(bars))
    assert len(store.snapshots().snapshots) == 1


@pytest.mark.parametrize("symbol", HOSTILE)
def test_any_symbol_is_kept_under_its_own_name(
    store: BarStore, bars: Bars, symbol: str, tmp_path: Path
) -> None:
    kept = keep(store, named(bars, symbol)).snapshot
    assert store.latest(symbol, "1d") == kept
    assert store.load(kept.digest).bars.symbol == symbol
    outside = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all((tmp_path / "deep" / "bars") in path.parents for path in outside)


def test_symbols_that_look_alike_stay_apart(store: BarStore, bars: Bars) -> None:
    for symbol in HOSTILE:
        keep(store, named(bars, symbol))
        keep(store, named(bars, symbol, "1h"))
    known = {(one.symbol, one.interval) for one in store.markets()}
    assert known == {(symbol, length) for symbol in HOSTILE for length in ("1d", "1h")}
    for symbol in HOSTILE:
        assert store.load(store.latest(symbol, "1h").digest).bars.interval == "1h"


def test_an_unknown_market_is_named_with_the_nearest(store: BarStore, bars: Bars) -> None:
    keep(store, named(bars, "SP500"))
    with pytest.raises(UnknownSymbol, match=r"did you mean SP500\?.*bellwether import FILE"):
        store.latest("sp50", "1d")
    with pytest.raises(UnknownSymbol, match="one of its intervals: 1d"):
        store.latest("SP500", "1h")


@pytest.mark.parametrize("digest", ["", "../x", "0" * 64, "x" * 64, "\0"])
def test_an_unknown_digest_is_told(store: BarStore, digest: str) -> None:
    with pytest.raises(UnknownSnapshot):
        store.get(digest)
    with pytest.raises(UnknownSnapshot):
        store.load(digest)


def test_pages_hold_every_snapshot_once_whatever_is_put_between(
    store: BarStore, bars: Bars
) -> None:
    for symbol in ("A", "B", "C"):
        for n_bars in (100, 200, 300):
            keep(store, named(bars[:n_bars], symbol))
    found: list[Snapshot] = []
    cursor = None
    while True:
        page = store.snapshots(None, cursor, 2)
        found += page.snapshots
        cursor = page.cursor
        keep(store, named(bars[:50], f"new {len(found)}"))
        if cursor is None or len(found) > 40:
            break
    old = [(one.symbol, one.number) for one in found if len(one.symbol) == 1]
    assert sorted(old) == [(symbol, n) for symbol in "ABC" for n in (1, 2, 3)]
    assert len(set(old)) == len(old)


def test_a_page_may_be_of_one_market_only(store: BarStore, bars: Bars) -> None:
    for symbol in ("A", "B"):
        keep(store, named(bars, symbol))
        keep(store, named(bars, symbol, "1h"))
    wanted = SnapshotFilter(symbol="A")
    assert [one.symbol for one in store.snapshots(wanted).snapshots] == ["A", "A"]
    one = SnapshotFilter(symbol="A", interval="1h")
    assert [found.interval for found in store.snapshots(one).snapshots] == ["1h"]
    assert store.snapshots(SnapshotFilter(symbol="Z")).snapshots == ()


@pytest.mark.parametrize(("cursor", "limit"), [("x", 10), (None, 0), (None, 1001), ("a/b", 1)])
def test_a_page_that_cannot_be_is_refused(store: BarStore, cursor: str | None, limit: int) -> None:
    with pytest.raises(OptionOutOfRange):
        store.snapshots(None, cursor, limit)


def test_many_importers_of_one_market_leave_one_chain(store: BarStore, bars: Bars) -> None:
    faults: list[Exception] = []

    def work(n_bars: int) -> None:
        try:
            keep(store, bars[:n_bars])
        except SnapshotOutdated:
            pass
        except Exception as error:  # noqa: BLE001 - a thread's own
            faults.append(error)

    threads = [threading.Thread(target=work, args=(100 + n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    kept = store.snapshots().snapshots
    assert [one.number for one in kept] == list(range(1, len(kept) + 1))
    for before, after in pairwise(kept):
        assert after.change.previous == before.digest


def test_what_one_process_puts_another_sees_at_once(folder: Path, bars: Bars) -> None:
    reader = FolderBarStore(folder)
    keep(FolderBarStore(folder), bars[:200])
    assert reader.latest("ONE", "1d").n_bars == 200
    keep(FolderBarStore(folder), bars)
    assert reader.latest("ONE", "1d").n_bars == 300


def snapshot_file(folder: Path, snapshot: Snapshot, suffix: str = ".bars") -> Path:
    return folder / "snapshots" / f"{snapshot.digest}{suffix}"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_to_any_byte_is_noticed(bars: Bars, data: st.DataObject) -> None:
    content = bytearray(pack_import(imported(bars)))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="digest does not hold"):
        unpack_import(bytes(content))


@given(content=st.binary(max_size=200))
def test_bytes_that_are_no_import_are_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="digest does not hold"):
        unpack_import(content)


def test_a_packed_import_is_the_same_again(bars: Bars) -> None:
    refusals = [
        RowRefusal(line=1, reason="é\ud800", text="\x00", at=None),
        RowRefusal(line=2, reason="r", text="t", at=bars.closed_at[5]),
    ]
    given = imported(bars, *refusals)
    found, known = unpack_import(pack_import(given, {"a": 1}))
    assert same_import(found, given)
    assert known == {"a": 1}


def damage(path: Path, how: str, other: Path) -> None:
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "another":
        path.write_bytes(other.read_bytes())
    else:
        damaged = {"cut": content[:-100], "changed": content[:500] + b"?" + content[501:]}
        path.write_bytes(damaged.get(how, b""))


@pytest.mark.parametrize("how", ["cut", "changed", "gone", "empty", "another"])
def test_a_damaged_snapshot_is_named_and_mended_by_another_import(
    folder: Path, bars: Bars, how: str
) -> None:
    store = FolderBarStore(folder)
    other = keep(store, bars[:100]).snapshot
    kept = keep(store, bars).snapshot
    path = snapshot_file(folder, kept)
    for suffix in (".bars", ".parquet"):
        place = snapshot_file(folder, kept, suffix)
        damage(place, how, snapshot_file(folder, other, suffix))
    with pytest.raises(SnapshotDamaged, match=path.name):
        store.load(kept.digest)
    assert store.latest("ONE", "1d") == kept
    assert keep(store, bars).snapshot == kept
    assert store.load(kept.digest).bars.digest == bars.digest


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"[{}]", b"[1]", b"\xff\xfe", b"null"])
def test_a_damaged_list_is_read_from_the_snapshots_instead(
    folder: Path, bars: Bars, content: bytes
) -> None:
    store = FolderBarStore(folder)
    first, second = keep(store, bars[:200]).snapshot, keep(store, bars).snapshot
    [path] = (folder / "markets").glob("*.json")
    path.write_bytes(content)
    assert store.latest("ONE", "1d") == second
    assert FolderBarStore(folder).snapshots().snapshots == (first, second)
    assert keep(store, bars[:250]).snapshot.number == 3
    assert FolderBarStore(folder).latest("ONE", "1d").n_bars == 250


def test_a_market_of_which_nothing_is_left_is_told_and_can_be_imported(
    folder: Path, bars: Bars
) -> None:
    store = FolderBarStore(folder)
    kept = keep(store, bars).snapshot
    keep(store, named(bars, "TWO"))
    [path] = (folder / "markets").glob("ONE*.json")
    path.write_bytes(b"?")
    snapshot_file(folder, kept).unlink()
    snapshot_file(folder, kept, ".parquet").unlink()
    with pytest.raises(SnapshotDamaged):
        store.latest("ONE", "1d")
    assert [one.symbol for one in store.markets()] == ["TWO"]
    assert keep(store, bars).snapshot.number == 1
    assert store.latest("ONE", "1d").n_bars == 300


def test_a_store_that_cannot_be_written_says_so_and_keeps_what_it_has(
    folder: Path, bars: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderBarStore(folder)
    keep(store, bars[:200])

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "writev", full)
        with pytest.raises(BarStoreUnavailable, match="No space left on device"):
            keep(store, bars)
    assert store.latest("ONE", "1d").n_bars == 200
    assert not list(folder.rglob("*.part"))
    assert keep(store, bars).snapshot.number == 2


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path, bars: Bars) -> None:
    (tmp_path / "bars").write_text("here already")
    store = FolderBarStore(tmp_path / "bars")
    with pytest.raises(BarStoreUnavailable):
        keep(store, bars)
    with pytest.raises(UnknownSymbol):
        store.latest("ONE", "1d")


KILLED = """
import sys, numpy as np
from pathlib import Path
from bellwether.adapters import FolderBarStore
from bellwether.bars import *
from bellwether.clock import FixedClock
from bellwether.service import import_bars

n = 2000
rows = np.arange(n)
for round in range(100_000):
    close = 100.0 + rows % 7 + 0.001 * round
    closed_at = np.datetime64("2010-01-01T21:00", "us") + rows * np.timedelta64(1, "D")
    bars = Bars(symbol="ONE", closed_at=closed_at, open=close, high=close, low=close, close=close,
                volume=close)
    calendar = SessionCalendar(name="days", closes_at=closed_at)
    imported = BarsImport(bars=bars, quality=assess(bars, calendar), calendar=calendar,
                          source_digest=str(round))
    clock = FixedClock(np.datetime64("2030-01-01", "us"))
    done = import_bars(imported, store=FolderBarStore(Path(sys.argv[1])), clock=clock, source="x")
    print(done.snapshot.number, done.snapshot.digest, flush=True)
"""


@pytest.mark.parametrize("n_lines", [1, 3, 6])
def test_nothing_that_was_acknowledged_is_lost_by_a_kill(folder: Path, n_lines: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [process.stdout.readline().split() for _ in range(n_lines)]
    process.kill()
    told += [line.split() for line in process.stdout]
    process.wait()
    process.stdout.close()
    store = FolderBarStore(folder)
    kept = {str(one.number): one.digest for one in store.snapshots().snapshots}
    whole = [pair for pair in told if len(pair) == 2 and len(pair[1]) == 64]
    assert [kept[number] for number, _ in whole] == [digest for _, digest in whole]
    for digest in kept.values():
        store.load(digest)
    assert open_market("ONE", "1d", store=store).trouble is None


def test_real_bars_are_stored_and_had_again(market_data: Path, folder: Path) -> None:
    path = market_data / "us_daily_cc0" / "ETFs" / "eem.us.txt"
    given = read_bars(path)
    store = FolderBarStore(folder)
    kept = import_bars(given, store=store, clock=CLOCK, source=path.name).snapshot
    found = store.load(kept.digest)
    assert found.bars.digest == given.bars.digest == kept.bars_digest
    assert found.quality.to_json() == given.quality.to_json()
