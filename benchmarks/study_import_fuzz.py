"""Whether any file can do worse to an import than be refused, over many thousand damaged files.

A few bars are written in every dialect and container there is, and damaged in some steps: cells,
columns, lines, delimiters, quotes, encodings, bytes, archives (see `_bar_mutations.py`). Each file
is read in a worker process with 3 GB of memory, by both doors. It may end in bars whose report
counts every row once, or in an error of bellwether's own; anything else, and whatever takes longer
than ten seconds, falls short. Where atheris is installed, it then looks for more, guided by the
lines of code that are reached.
"""

import argparse
import importlib.util
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.progress import track

from _bar_fuzz import draw_mutations, read_damaged
from _report import Report

BAR = 0
MOST_SECONDS = 10
MEMORY_BYTES = 3 << 30
DIED, HUNG, ESCAPED = "process died", "hung", "escaped"
TARGET = Path(__file__).with_name("fuzz_bars.py")


def read_mutations(first: int, last: int, folder: Path) -> Iterator[str]:
    """Yield, as JSON, how each damaged file ended: its seed, the outcome, the memory held."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for seed in range(first, last):
        name, content = draw_mutations(np.random.default_rng(seed))
        path = folder / name
        path.write_bytes(content)
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + 1 + MOST_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        try:
            outcome = read_damaged(path)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it should not be
            outcome = f"{ESCAPED}: {type(error).__name__}: {error}"[:300].replace("\n", " ")
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        yield json.dumps([seed, outcome, held])


def run_workers(first: int, last: int) -> Iterator[tuple[int, str, int]]:
    """Yield how each damaged file ended, in one process after the other."""
    while first < last:
        process = subprocess.Popen(
            [sys.executable, __file__, "--read", str(first), str(last)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
        )
        for line in process.stdout or ():
            seed, outcome, kilobytes = json.loads(line)
            first = seed + 1
            yield seed, outcome, kilobytes
        if process.wait() != 0 and first < last:
            yield first, HUNG if process.returncode == -24 else DIED, 0
            first += 1


def run_guided(n_runs: int, seed: int) -> str | None:
    """Let atheris look for more, and return what it found; None where it found nothing."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(TARGET), f"-runs={n_runs}", f"-seed={seed}"],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"},
        )
    return None if done.returncode == 0 else done.stderr[-3000:]


def main() -> int:
    """Run the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20201127)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--guided", type=int, default=20_000)
    parser.add_argument("--read", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    logging.disable(logging.ERROR)
    if given.read:
        first, last = given.read
        with tempfile.TemporaryDirectory() as folder:
            for line in read_mutations(first, last, Path(folder)):
                print(line, flush=True)
        return 0
    report = Report(
        name="study-import-fuzz",
        title="How damaged files of bars ended",
        seed=given.seed,
        columns=("outcome", "files"),
    )
    counts: Counter[str] = Counter()
    sizes = []
    told = run_workers(given.seed, given.seed + given.files)
    for seed, outcome, kilobytes in track(told, total=given.files, description="files"):
        head = outcome.partition(":")[0]
        counts[head] += 1
        if head in (ESCAPED, HUNG, DIED):
            print(f"seed {seed}: {outcome}")
        sizes += [kilobytes] if kilobytes else []
    for outcome, count in counts.most_common():
        report.add(outcome, count)
    n_bad = counts[ESCAPED] + counts[HUNG] + counts[DIED]
    has_atheris = importlib.util.find_spec("atheris") is not None
    found = run_guided(given.guided, given.seed) if has_atheris else None
    if found is not None:
        print(found)
    report.add("guided by atheris", given.guided if has_atheris else "not installed")
    report.figures = {
        "outcomes": dict(counts),
        "most_mebibytes": max(sizes, default=0) / 1024,
        "guided_runs": given.guided if has_atheris else 0,
    }
    also = {"nothing found by coverage-guided fuzzing": found is None}
    return report.close(n_bad, (n_bad, n_bad), BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
