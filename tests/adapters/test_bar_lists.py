"""The latest snapshot of a market is found at the end of its list, however long that is."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import FolderBarStore
from bellwether.bars import BarsImport, SessionCalendar, assess, noise_world
from bellwether.clock import FixedClock
from bellwether.hashing import canonical_json
from bellwether.service import Snapshot, import_bars


@pytest.fixture
def market(tmp_path: Path) -> tuple[Path, Snapshot]:
    """Return a folder with one market of 400 snapshots, and the last of them."""
    bars = replace(noise_world(1, 100).bars, symbol="A")
    calendar = SessionCalendar(name="days", closes_at=bars.closed_at)
    imported = BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest="s"
    )
    source = 'a file called {"bars_digest":"x"}'
    clock = FixedClock(bars.closed_at[-1] + np.timedelta64(1, "h"))
    first = import_bars(imported, store=FolderBarStore(tmp_path), clock=clock, source=source)
    snapshots = [replace(first.snapshot, number=number) for number in range(1, 401)]
    [path] = (tmp_path / "markets").glob("*.json")
    path.write_text(canonical_json([one.to_json() for one in snapshots]))
    return path, snapshots[-1]


def test_the_last_of_many_is_the_latest(market: tuple[Path, Snapshot], tmp_path: Path) -> None:
    _, last = market
    store = FolderBarStore(tmp_path)
    assert store.latest("A", "1d") == last
    assert store.markets() == (last,)
    page = store.snapshots(limit=1000)
    assert len(page.snapshots) == 400
    assert page.snapshots[-1] == last


def test_a_list_whose_end_is_damaged_is_made_of_the_snapshots_own_files(
    market: tuple[Path, Snapshot], tmp_path: Path
) -> None:
    path, _ = market
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    store = FolderBarStore(tmp_path)
    assert store.latest("A", "1d").number == 1
    assert [one.number for one in store.markets()] == [1]


def test_a_list_that_is_written_in_another_way_is_read_as_a_whole(
    market: tuple[Path, Snapshot], tmp_path: Path
) -> None:
    path, last = market
    path.write_text(json.dumps(json.loads(path.read_text()), indent=2))
    assert FolderBarStore(tmp_path).latest("A", "1d") == last
