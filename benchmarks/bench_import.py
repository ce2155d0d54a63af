"""What importing costs: reading, checking and storing, against merely parsing the same files.

The 175 files of `us_daily_cc0` (simulated ones of the same size where there are no market data)
are imported and stored as snapshots in new homes, each time by a new process that first parses
them with polars and does nothing else. The figure is how many times as long the import took, by
the clock and waiting for the disk included, in the median of some runs; the processor's time is
told beside it. Libraries are loaded and the exchange's calendar is computed before, once a process:
that is told as the start. Then one long CSV of thousands of symbols, its rows by date so that each
symbol is spread over all of it, is imported whole: the most memory that took is the second bar.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _import_child import list_files
from _real_bars import FOLDER
from _report import Report, parse_arguments
from bellwether.bars import COLUMNS, noise_world

BAR = 4.0
MEMORY_BAR_BYTES = 1_000_000_000
N_FILES, N_ROWS = 175, 5930
LONG_BARS = 4000
CHILD = Path(__file__).with_name("_import_child.py")


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, runs=5, megabytes=2000)
    report = Report(
        name="bench-import",
        title="Importing files of bars against parsing them with polars",
        seed=arguments.seed,
        columns=("run", "start", "seconds to parse", "to import", "times", "times (processor)"),
    )
    with tempfile.TemporaryDirectory(prefix="bellwether-bench-") as folder:
        place = Path(folder)
        folders = find_files(place, arguments.seed)
        runs = [measure("files", place / f"home {n}", folders) for n in range(arguments.runs)]
        ratios = [tell_run(report, number, run) for number, run in enumerate(runs, 1)]
        long_file = place / "long.csv"
        n_symbols = write_long(long_file, arguments.megabytes, arguments.seed)
        long_run = measure("long", place / "home of the long one", [long_file])
        n_bytes = long_file.stat().st_size
    bounded = long_run["memory_bytes"] <= MEMORY_BAR_BYTES
    whole = long_run["n_markets"] == n_symbols and not long_run["refused"]
    megabytes = long_run["memory_bytes"] / 1e6
    report.add(f"{n_bytes / 1e6:.0f} MB", "", "", long_run["seconds"], f"{megabytes:.0f} MB", "")
    report.figures = {
        "is_real": FOLDER.is_dir(),
        "runs": runs,
        "long_file": {**long_run, "n_bytes": n_bytes, "n_symbols": n_symbols},
    }
    also = {
        f"{n_bytes / 1e6:.0f} MB of {n_symbols} symbols within 1 GB of memory": bounded,
        "every symbol of it stored": whole,
        "every file stored": all(not run["refused"] for run in runs),
    }
    middle = float(np.median(ratios))
    return report.close(middle, (min(ratios), max(ratios)), BAR, at_most=True, also=also)


def tell_run(report: Report, number: int, run: Mapping[str, Any]) -> float:
    """Add a run to the report and return its ratio."""
    (parsed, parsed_cpu), (took, took_cpu) = run["parse_seconds"], run["import_seconds"]
    start = run["start_seconds"]
    report.add(number, start, parsed, took, took / parsed, took_cpu / parsed_cpu)
    return float(took / parsed)


def measure(what: str, home: Path, paths: list[Path]) -> Mapping[str, Any]:
    """Let a new process do one thing and return what it tells.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    done = subprocess.run(
        [sys.executable, str(CHILD), what, str(home), *map(str, paths)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"importing ended with code {done.returncode}")
    told: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def find_files(place: Path, seed: int) -> list[Path]:
    """Return the folders of the real files; of simulated ones where there are none."""
    real = FOLDER / "us_daily_cc0"
    folders = [path for path in sorted(real.glob("*")) if path.is_dir() and list_files(path)]
    if folders:
        return folders
    simulated = place / "simulated"
    simulated.mkdir()
    for number in range(N_FILES):
        table = simulate(N_ROWS, seed + number)
        table.write_csv(simulated / f"s{number}.us.txt", float_precision=3)
    return [simulated]


def simulate(n_bars: int, seed: int) -> pl.DataFrame:
    """Return simulated bars as a table."""
    bars = noise_world(seed, n_bars).bars
    days = bars.closed_at.astype("datetime64[D]")
    columns = {name: getattr(bars, name) for name in COLUMNS}
    return pl.DataFrame({"Date": days, **columns})


def write_long(path: Path, megabytes: int, seed: int) -> int:
    """Write a long file of many symbols, its rows by date, and return how many symbols it has."""
    pattern = simulate(LONG_BARS, seed)
    row_bytes = len(pattern.head(100).write_csv(float_precision=4)) // 100 + 7
    n_symbols = max(megabytes * 1_000_000 // (row_bytes * LONG_BARS), 1)
    names = pl.Series("Symbol", [f"S{number:05d}" for number in range(n_symbols)])
    scales = np.random.default_rng(seed).uniform(0.1, 10.0, n_symbols)
    with path.open("wb") as file:
        for row in range(LONG_BARS):
            [day], *values = (pattern[name][row : row + 1] for name in pattern.columns)
            prices = {one.name: one[0] * scales for one in values[:-1]}
            volume = np.full(n_symbols, round(values[-1][0]))
            table = pl.DataFrame({"Symbol": names, "Date": [day] * n_symbols, **prices})
            table = table.with_columns(pl.Series("volume", volume))
            table.write_csv(file, include_header=row == 0, float_precision=4)
    return n_symbols


if __name__ == "__main__":
    sys.exit(main())
