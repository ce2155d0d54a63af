"""What is left of a journal after simulated power cuts; the study makes hundreds more."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
OURS = ("_power_cuts", "_cut_disk", "_sqlite_recorder")


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return benchmarks/_power_cuts.py, where this machine can note down what SQLite does."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    for name in OURS:
        monkeypatch.delitem(sys.modules, name, raising=False)
    obstacle = importlib.import_module("_sqlite_recorder").find_obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)
    yield importlib.import_module("_power_cuts")
    for name in OURS:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_power_cut_takes_back_nothing_that_was_acknowledged(
    cuts: Any, tmp_path: Path, seed: int
) -> None:
    plan = cuts.Plan(seed=seed, n_steps=40, checkpoint_pages=40)
    found = list(cuts.cut_power(tmp_path, plan, 40))
    assert [cut.loss for cut in found if cut.loss is not None] == []
    assert max(cut.n_records for cut in found) > 200


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_a_journal_that_syncs_too_rarely_would_be_found_out(
    cuts: Any, tmp_path: Path, synchronous: str
) -> None:
    plan = cuts.Plan(seed=1, n_steps=40, checkpoint_pages=40, synchronous=synchronous)
    assert [cut for cut in cuts.cut_power(tmp_path, plan, 40) if cut.loss is not None]


@pytest.mark.parametrize("seed", range(5))
def test_the_simulated_disk_keeps_what_was_synced_and_only_that_for_sure(
    cuts: Any, tmp_path: Path, seed: int
) -> None:
    def event(kind: str, name: str, at: int = 0, content: bytes = b"") -> Any:
        return cuts.Event(kind=kind, name=name, at=at, content=content)

    disk, chance = cuts.Disk(), np.random.default_rng(seed)
    told = [
        event("make", "a"),
        event("write", "a", 0, b"x" * 9000),
        event("sync", "a"),
        event("sync_folder", ""),
        event("write", "a", 100, b"y" * 5000),
        event("make", "b"),
        event("write", "b", 0, b"z"),
        event("sync", "b"),
    ]
    for one in told:
        disk.take(one)
    seen = set()
    for number in range(40):
        left = tmp_path / str(number)
        left.mkdir()
        disk.cut(left, chance)
        content = (left / "a").read_bytes()
        assert (len(content), content[:100], content[5100:]) == (9000, b"x" * 100, b"x" * 3900)
        seen.add((content[100:5100].count(b"y"), (left / "b").exists()))
    assert len({count for count, _ in seen}) >= 3
    assert {is_there for _, is_there in seen} == {False, True}
