"""The one form of every study and benchmark: a table, a results file, one closing line.

A script builds a Report, adds figures, and returns `report.close()` as its exit code. The
closing line reads `NAME <figure> [<low>, <high>] bar <bar> holds|falls short`, and the exit
code is 0 only where the bar holds. Every run is appended to `benchmarks/results/NAME.json`.
"""

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table
from scipy.stats import beta

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("bellwether", "numpy", "numba", "onnxruntime", "scipy", "torch", "xgboost-cpu")


def exact_interval(n_hits: int, n_runs: int, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share.

    References
    ----------
    Clopper and Pearson 1934.
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if n_hits == 0 else float(beta.ppf(tail, n_hits, n_runs - n_hits + 1))
    high = 1.0 if n_hits == n_runs else float(beta.ppf(1.0 - tail, n_hits + 1, n_runs - n_hits))
    return low, high


def parse_arguments(description: str, *, seed: int, **counts: int) -> argparse.Namespace:
    """Read `--seed` and the script's own counts from the command line.

    The defaults are fixed in the script, so that a plain run is always the same run.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=seed, help="first seed (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    for name, value in counts.items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=int, default=value, help="default: %(default)s")
    return parser.parse_args()


@dataclass(kw_only=True)
class Report:
    """Figures of one run, printed and kept.

    Parameters
    ----------
    name : str
        Name of the study, as in its make target.
    title : str
        What is measured, in words.
    seed : int or None
        First seed; None where nothing is random.
    columns : tuple of str
        Heads of the table.
    """

    name: str
    title: str
    seed: int | None
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def add(self, *cells: object) -> None:
        """Add a row to the table."""
        self.rows.append(tuple(f"{c:.4g}" if isinstance(c, float) else str(c) for c in cells))

    def close(
        self,
        figure: float,
        interval: tuple[float, float],
        bar: float,
        *,
        at_most: bool,
        also: dict[str, bool] | None = None,
    ) -> int:
        """Print the table and the closing line, keep the results, and return the exit code.

        Parameters
        ----------
        figure, interval, bar : float, (float, float), float
            What was measured, how surely, and what was to be reached.
        at_most : bool
            Whether the bar is an upper one.
        also : dict, optional
            Further bars by name and whether each holds; all of them must.
        """
        table = Table(title=self.title, title_justify="left")
        for head in self.columns:
            table.add_column(head)
        for row in self.rows:
            table.add_row(*row)
        Console().print(table)
        further = also or {}
        holds = (figure <= bar if at_most else figure >= bar) and all(further.values())
        for name, kept in further.items():
            print(f"{name}: {'holds' if kept else 'falls short'}")
        outcome: Literal["holds", "falls short"] = "holds" if holds else "falls short"
        self._keep({"figure": figure, "interval": interval, "bar": bar, "outcome": outcome})
        low, high = interval
        print(f"{self.name} {figure:.6g} [{low:.6g}, {high:.6g}] bar {bar:g} {outcome}")
        return 0 if holds else 1

    def _keep(self, closing: dict[str, object]) -> None:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self.name}.json"
        runs = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        run = {
            **closing,
            "seed": self.seed,
            "figures": self.figures,
            "table": [list(self.columns), *map(list, self.rows)],
            "run_seconds": round(time.perf_counter() - self.started, 1),
            "finished_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "machine": {
                "processor": platform.machine(),
                "cores": os.cpu_count(),
                "system": platform.system(),
                "python": platform.python_version(),
            },
            "versions": {name: _version(name) for name in LIBRARIES},
        }
        half = path.with_suffix(".tmp")
        half.write_text(json.dumps([*runs, run], indent=1) + "\n", encoding="utf-8")
        half.replace(path)


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
