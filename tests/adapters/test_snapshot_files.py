"""A snapshot is two files, and either of them is enough."""

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.adapters import FolderBarStore
from bellwether.adapters._bar_parquet import pack_parquet, unpack_parquet
from bellwether.bars import (
    COLUMNS,
    Bars,
    BarsImport,
    Layout,
    Reading,
    RowRefusal,
    SessionCalendar,
    assess,
)
from bellwether.clock import FixedClock
from bellwether.service import (
    BarStoreUnavailable,
    Snapshot,
    SnapshotDamaged,
    import_bars,
    open_market,
)
from bellwether.sources import read_bars

CLOCK = FixedClock(np.datetime64("2030-01-01T12:00", "us"))
DAY = np.timedelta64(1, "D")
FLOATS = (*COLUMNS, "adjustment")
SUFFIXES = (".bars", ".parquet")


def make_bars(n_bars: int = 300, symbol: str = "ONE", seed: int = 5) -> Bars:
    closes = 100.0 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0.0, 0.01, n_bars)))
    days = np.datetime64("2020-01-01T21:00", "us") + DAY * np.arange(n_bars)
    factors = np.where(np.arange(n_bars) < n_bars // 2, 0.97, 1.0)
    columns = dict.fromkeys(COLUMNS, closes)
    known = {"closed_at": days, "adjustment": factors, **columns}
    return Bars(symbol=symbol, interval="1d", **known)


def imported(bars: Bars, *refusals: RowRefusal) -> BarsImport:
    later = bars.closed_at[-1] + DAY * np.arange(1, 400)
    extra = bars.closed_at[:1] + np.timedelta64(12, "h")  # a session without a bar
    closes_at = np.sort(np.concatenate([bars.closed_at, extra, later]))
    calendar = SessionCalendar(name="days", closes_at=closes_at)
    reading = Reading(n_read=len(bars) + len(refusals), refusals=refusals)
    return BarsImport(
        bars=bars,
        quality=assess(bars, calendar, reading=reading),
        calendar=calendar,
        source_digest="ab" * 32,
        layout=Layout(name="Yahoo", facts=("dates are day-first: 31.12.2020",)),
    )


def keep(store: FolderBarStore, bars: Bars) -> Snapshot:
    return import_bars(imported(bars), store=store, clock=CLOCK, source="one.csv").snapshot


def facts(one: BarsImport) -> tuple[object, ...]:
    refused = [row.at for row in one.quality.refusals]
    sessions = (one.calendar.name, one.calendar.closes_at.tolist())
    told = (json.dumps(one.quality.to_json()), refused, one.layout, one.source_digest)
    return (one.bars.digest, *sessions, *told)


def path_of(folder: Path, snapshot: Snapshot, suffix: str) -> Path:
    return folder / "snapshots" / f"{snapshot.digest}{suffix}"


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        changed = content[:200] + bytes([content[200] ^ 1]) + content[201:]
        path.write_bytes({"cut": content[:-100], "changed": changed, "empty": b""}[how])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bars"


def test_a_table_library_reads_every_value_as_it_is() -> None:
    bars = make_bars()
    table = pl.read_parquet(io.BytesIO(pack_parquet(imported(bars))))
    assert table.schema["closed_at"] == pl.Datetime("us", "UTC")
    assert np.array_equal(table["closed_at"].dt.replace_time_zone(None).to_numpy(), bars.closed_at)
    for name in FLOATS:
        assert table[name].to_numpy().tobytes() == getattr(bars, name).tobytes()


def test_a_stored_snapshot_tells_where_it_came_from(folder: Path) -> None:
    kept = keep(FolderBarStore(folder), make_bars())
    told = pl.read_parquet_metadata(path_of(folder, kept, ".parquet"))
    snapshot = json.loads(told["bellwether.snapshot"])
    assert snapshot["known"] == kept.to_json()
    assert (snapshot["known"]["source"], snapshot["source_digest"]) == ("one.csv", "ab" * 32)
    assert snapshot["layout"]["name"] == "Yahoo"
    assert (snapshot["calendar"], snapshot["known"]["bars_digest"]) == ("days", kept.bars_digest)
    assert set(json.loads(told["bellwether.file"])["versions"]) == {"bellwether"}


@settings(deadline=None)
@given(
    n_bars=st.integers(1, 40),
    scale=st.floats(1e-9, 1e9),
    texts=st.lists(st.text(max_size=20), max_size=4),
)
def test_an_import_is_the_same_again(n_bars: int, scale: float, texts: list[str]) -> None:
    closes = scale * np.random.default_rng(n_bars).uniform(0.5, 2.0, n_bars)
    days = np.datetime64("1871-03-04T05:06:07.000001", "us") + DAY * np.arange(n_bars)
    columns = dict.fromkeys(COLUMNS, closes)
    bars = Bars(symbol="".join(texts), interval="1d", closed_at=days, **columns)
    rows = [RowRefusal(line=7, reason=text, text=text, at=days[0]) for text in texts]
    whole = imported(bars, *rows)
    content = pack_parquet(whole, {"a": texts})
    again, known = unpack_parquet(content)
    assert facts(again) == facts(whole)
    assert known == {"a": texts}
    assert pack_parquet(again, known) == content
    assert pl.read_parquet(io.BytesIO(content)).height == n_bars


@settings(deadline=None)
@given(data=st.data())
def test_no_changed_byte_changes_what_is_read(data: st.DataObject) -> None:
    whole = imported(make_bars(30))
    content = bytearray(pack_parquet(whole))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        found, _ = unpack_parquet(bytes(content))
    except ValueError:
        return
    assert facts(found) == facts(whole)


@given(content=st.binary(max_size=300), dressed=st.booleans())
def test_bytes_that_are_no_snapshot_are_told(content: bytes, dressed: bool) -> None:
    with pytest.raises(ValueError, match="no Parquet file that is sealed"):
        unpack_parquet(b"PAR1" + content + b"PAR1" if dressed else content)


def test_sessions_that_no_longer_decompress_are_told() -> None:
    content = pack_parquet(imported(make_bars(30)))
    place = content.index(b"eAF")  # how anything compressed begins in base 64
    with pytest.raises(ValueError, match="no Parquet file that is sealed"):
        unpack_parquet(content[:place] + b"d" + content[place + 1 :])


def test_bars_that_another_tool_wrote_have_no_seal() -> None:
    written = io.BytesIO()
    pl.DataFrame({"closed_at": [1], "close": [1.0]}).write_parquet(written)
    with pytest.raises(ValueError, match="sealed"):
        unpack_parquet(written.getvalue())


@pytest.mark.parametrize("how", ["cut", "changed", "empty", "gone"])
def test_a_copy_that_serves_no_more_is_made_again(folder: Path, how: str) -> None:
    store = FolderBarStore(folder)
    kept = keep(store, make_bars())
    path = path_of(folder, kept, ".bars")
    whole = path.read_bytes()
    damage(path, how)
    assert facts(store.load(kept.digest)) == facts(FolderBarStore(folder).load(kept.digest))
    assert path.read_bytes() == whole
    damage(path, how)
    assert store.load(kept.digest, 60).bars.digest == make_bars()[-60:].digest
    assert open_market("ONE", "1d", store=store).trouble is None


@pytest.mark.parametrize("how", ["cut", "changed", "empty", "gone"])
def test_a_parquet_file_that_is_damaged_is_made_again(folder: Path, how: str) -> None:
    store = FolderBarStore(folder)
    kept = keep(store, make_bars())
    path = path_of(folder, kept, ".parquet")
    whole = path.read_bytes()
    damage(path, how)
    assert store.read_parquet(kept.digest) == whole == path.read_bytes()


def test_a_snapshot_of_which_both_files_are_damaged_is_named(folder: Path) -> None:
    store = FolderBarStore(folder)
    kept = keep(store, make_bars())
    for suffix in SUFFIXES:
        damage(path_of(folder, kept, suffix), "changed")
    for ask in (store.load, store.read_parquet):
        with pytest.raises(SnapshotDamaged, match=f"{kept.digest}.bars"):
            ask(kept.digest)


def test_where_nothing_can_be_written_the_other_file_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderBarStore(folder)
    kept = keep(store, make_bars())
    damage(path_of(folder, kept, ".bars"), "cut")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "writev", full)
    assert store.load(kept.digest).bars.digest == make_bars().digest


def test_every_damaged_file_is_found_and_mended_by_a_check(folder: Path) -> None:
    store = FolderBarStore(folder)
    first, second = keep(store, make_bars(100)), keep(store, make_bars(200))
    third = keep(store, make_bars())
    damage(path_of(folder, first, ".bars"), "cut")
    damage(path_of(folder, second, ".parquet"), "gone")
    for suffix in SUFFIXES:
        damage(path_of(folder, third, suffix), "changed")
    told = dict(store.check())
    assert "made again" in told[f"{first.digest}.bars"]
    assert "made again" in told[f"{second.digest}.parquet"]
    assert "lost" in told[f"{third.digest}.bars"]
    assert set(dict(store.check())) == {f"{third.digest}{suffix}" for suffix in SUFFIXES}


def test_a_lost_list_is_read_from_parquet_where_that_is_all_there_is(folder: Path) -> None:
    store = FolderBarStore(folder)
    kept = keep(store, make_bars())
    path_of(folder, kept, ".bars").unlink()
    [path] = (folder / "markets").iterdir()
    path.write_bytes(b"[")
    assert FolderBarStore(folder).latest("ONE", "1d") == kept


class _Interrupted:
    """Lets a number of steps towards the disk pass, and ends at the next one."""

    def __init__(self, n_steps: int, end: Callable[[], None]) -> None:
        self.left = n_steps
        self._end = end

    def wrap(self, real: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object, **named: object) -> object:
            if self.left == 0:
                self._end()
            self.left -= 1
            return real(*given, **named)

        return step


STEPS = ("open", "writev", "fsync", "replace", "mkdir")


def test_a_disk_that_fills_at_any_step_leaves_the_snapshot_before(folder: Path) -> None:
    store = FolderBarStore(folder)
    before = keep(store, make_bars(200))

    def fill() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    after: Snapshot | None = None
    n_steps = 0
    while after is None:
        with pytest.MonkeyPatch.context() as patch:
            disk = _Interrupted(n_steps, fill)
            for name in STEPS:
                patch.setattr(os, name, disk.wrap(getattr(os, name)))
            try:
                after = keep(store, make_bars())
            except BarStoreUnavailable:
                n_steps += 1
        assert not list(folder.rglob("*.part"))
        latest = FolderBarStore(folder).latest("ONE", "1d")
        # Behind the last step but one the list is in place, and only not known to be on the disk.
        assert latest.number in (1, 2)
        assert store.load(latest.digest).bars.digest == make_bars(latest.n_bars).digest
        if latest.number == 1:
            assert latest == before
    assert n_steps > 10
    assert FolderBarStore(folder).latest("ONE", "1d") == after


KILLED = """
import json, os, signal, sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from test_snapshot_files import FolderBarStore, _Interrupted, STEPS, keep, make_bars

def kill():
    os.kill(os.getpid(), signal.SIGKILL)

for n_steps in range(200):
    folder = Path(sys.argv[2]) / str(n_steps)
    keep(FolderBarStore(folder), make_bars(200))
    child = os.fork()
    if child == 0:
        disk = _Interrupted(n_steps, kill)
        for name in STEPS:
            setattr(os, name, disk.wrap(getattr(os, name)))
        keep(FolderBarStore(folder), make_bars())
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        print(json.dumps({"steps": n_steps, "code": os.waitstatus_to_exitcode(status)}))
        break
"""


def test_a_kill_at_any_step_leaves_the_snapshot_before_or_the_new_one(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, here, str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert told["code"] == 0
    assert told["steps"] > 10
    numbers = []
    for n_steps in range(told["steps"] + 1):
        store = FolderBarStore(tmp_path / str(n_steps))
        latest = store.latest("ONE", "1d")
        assert store.load(latest.digest).bars.digest == make_bars(latest.n_bars).digest
        numbers.append(latest.number)
        after = keep(store, make_bars())
        assert (after.number, list(store.check())) == (2, [])
        assert not list((tmp_path / str(n_steps)).rglob("*.part"))
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2}


RACING = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from test_snapshot_files import FolderBarStore, keep, make_bars
from bellwether.service import SnapshotOutdated

store = FolderBarStore(Path(sys.argv[2]))
for number in range(12):
    try:
        keep(store, make_bars(100 + number, seed=int(sys.argv[3])))
    except SnapshotOutdated:
        pass
"""


def test_two_processes_that_import_one_market_leave_one_chain_of_whole_files(
    folder: Path,
) -> None:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", RACING, here, str(folder)]
    racers = [subprocess.Popen([*command, seed]) for seed in ("1", "2")]
    assert [racer.wait(120) for racer in racers] == [0, 0]
    store = FolderBarStore(folder)
    kept = store.snapshots().snapshots
    assert [one.number for one in kept] == list(range(1, len(kept) + 1))
    assert len(kept) > 12
    for before, after in pairwise(kept):
        assert after.change.previous == before.digest
    assert list(store.check()) == []


def test_real_bars_are_the_same_in_both_files(market_data: Path, folder: Path) -> None:
    path = market_data / "us_daily_cc0" / "ETFs" / "eem.us.txt"
    whole = read_bars(path)
    kept = import_bars(whole, store=FolderBarStore(folder), clock=CLOCK, source=path.name)
    content = path_of(folder, kept.snapshot, ".parquet").read_bytes()
    again, _ = unpack_parquet(content)
    assert again.bars.digest == whole.bars.digest
    trimmed = replace(whole, calendar=again.calendar)
    assert facts(again) == facts(trimmed)
