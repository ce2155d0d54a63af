"""The benchmark of importing measures what it says, on files of a few bars."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from bellwether.adapters import FolderBarStore
from bellwether.sources import read_bars

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("bench_import")


def test_the_long_file_has_every_symbol_on_every_day(bench: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    n_symbols = bench.write_long(path, 1, seed=3)
    table = pl.read_csv(path)
    assert table.height == n_symbols * bench.LONG_BARS
    assert table["Symbol"].n_unique() == n_symbols
    assert table["Symbol"][:n_symbols].n_unique() == n_symbols
    assert 0.7e6 < path.stat().st_size < 1.3e6
    assert len(read_bars(path, symbol="S00000").bars) == bench.LONG_BARS


def test_files_are_parsed_and_imported_by_a_process_that_tells_how_long_it_took(
    bench: ModuleType, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(3):
        table = bench.simulate(300, number)
        table.write_csv(folder / f"s{number}.txt", float_precision=3)
    (folder / "README.md").write_text("no bars")
    told = bench.measure("files", tmp_path / "home", [folder])
    assert (told["n_files"], told["n_rows"], told["n_markets"], told["n_bars"]) == (3, 900, 3, 900)
    assert all(min(told[name]) > 0 for name in ("parse_seconds", "import_seconds"))
    assert told["memory_bytes"] > 10_000_000
    stored = FolderBarStore(tmp_path / "home" / "bars").markets()
    assert [one.symbol for one in stored] == ["s0", "s1", "s2"]


def test_a_process_that_fails_is_told(bench: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="importing ended with code"):
        bench.measure("files", tmp_path, [tmp_path / "nothing"])


def test_the_study_of_damaged_files_tells_of_each_how_it_ended(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "study_import_fuzz.py"), "--read", "5", "15"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [seed for seed, _, _ in told] == list(range(5, 15))
    assert not any(outcome.startswith("escaped") for _, outcome, _ in told)
