"""The processes whose time and memory bench_import.py measures: each does one thing, and tells.

`python _import_child.py files HOME FOLDER...` parses every file below some folders with polars, and
nothing else, and then imports, checks and stores the same files; `python _import_child.py long HOME
FILE` imports one file of many symbols, and tells the most memory that it ever held.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bellwether.adapters import FolderBarStore
from bellwether.bars import BarsImport
from bellwether.clock import SystemClock
from bellwether.service import import_many
from bellwether.sources import SourceRefused, read_all_bars, read_bars

ENDINGS = (".csv", ".txt")


def time_both(home: Path, folders: Sequence[Path]) -> dict[str, object]:
    """Return how long parsing and importing the files of some folders took, in one run."""
    files = [path for folder in folders for path in list_files(folder)]
    begun = time.perf_counter()
    parse(files[0])
    read_bars(files[0], now=_now())  # loads libraries and computes a calendar, once a process
    start_seconds = time.perf_counter() - begun
    n_rows = sum(map(parse, files))  # neither way waits for the disk to find them
    # Half a second is soon disturbed: parsing is timed before and behind the import.
    marks = [_mark()]
    sum(map(parse, files))
    marks.append(_mark())
    told = store(home, folders)
    marks.append(_mark())
    sum(map(parse, files))
    marks.append(_mark())
    before, took, behind = np.diff(marks, axis=0).tolist()
    return {
        "n_files": len(files),
        "n_rows": n_rows,
        "n_bytes": sum(path.stat().st_size for path in files),
        "start_seconds": start_seconds,
        "parse_seconds": [(one + other) / 2 for one, other in zip(before, behind, strict=True)],
        "import_seconds": took,
        **told,
    }


def _mark() -> tuple[float, float]:
    """Return the time by the clock and that of the processor, in seconds."""
    return time.perf_counter(), time.process_time()


def list_files(folder: Path) -> list[Path]:
    """Return the files of a folder that hold bars, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)


def parse(path: Path) -> int:
    """Parse a file as a table with numbers and dates, and return how many rows it has."""
    return pl.read_csv(path, try_parse_dates=True).height


def store(home: Path, sources: Sequence[Path]) -> dict[str, object]:
    """Import every market of some files and folders, and return how many there were."""
    refused: list[str] = []
    outcomes = import_many(
        _read(sources, refused), store=FolderBarStore(home / "bars"), clock=SystemClock()
    )
    n_bars = [one.snapshot.n_bars for one in outcomes]
    return {"n_markets": len(n_bars), "n_bars": sum(n_bars), "refused": refused}


def _read(sources: Sequence[Path], refused: list[str]) -> Iterator[tuple[str, BarsImport]]:
    for source in sources:
        for one in read_all_bars(source, now=_now()):
            if isinstance(one, SourceRefused):
                refused.append(f"{one.source}: {one.error}")
            else:
                yield one.bars.symbol, one


def _now() -> np.datetime64:
    return np.datetime64(time.time_ns() // 1000, "us")


def main() -> None:
    """Do what is asked, and print one JSON object."""
    what, home, *paths = sys.argv[1], Path(sys.argv[2]), *map(Path, sys.argv[3:])
    started = time.perf_counter()
    told = time_both(home, paths) if what == "files" else store(home, paths)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scale = 1 if sys.platform == "darwin" else 1024
    told |= {"seconds": time.perf_counter() - started, "memory_bytes": most * scale}
    print(json.dumps(told))


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()
