"""What a whole day of watching costs: the real tick, on a home folder, as cron runs it.

Every market has a rule, a champion (an ensemble of four families) and a previous champion (ridge),
stored bars of some years, and a year of earlier snapshots in its list. On a day each gets one bar.
A tick in a process of its own then does all there is to do: it reads the new bars, asks every
source, writes the forecasts, settles those of the day before, folds, judges, and keeps what it came
to. Graphs are included, and the start of the process is measured by itself. Homes of two sizes
give what the process and what each market costs; the figure is the wall time of 10,000 markets by
that line. How far that may be trusted is shown by the middle size, which the line does not know.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from _report import Report, parse_arguments
from _tick_home import TickHome

BAR_SECONDS, N_MARKETS = 10.0, 10_000
N_DAYS = 3
TICK = Path(__file__).with_name("_one_tick.py")


def run_tick(home: Path, now: np.datetime64, *, with_parts: bool = False) -> dict[str, Any]:
    """Run one tick in a process of its own, and return what it told and its whole wall time."""
    command = [sys.executable, str(TICK), str(home), str(now), str(int(with_parts))]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told | {"whole": time.perf_counter() - began}


def measure(folder: Path, n_markets: int, arguments: Any) -> list[dict[str, Any]]:
    """Return what the last day's tick costs, round by round on copies of one home."""
    home = TickHome(folder / f"home-{n_markets}", n_markets, arguments.bars, N_DAYS, arguments.seed)
    home.promote_models()
    for day in range(N_DAYS):
        home.store_bars(day)
        if day == 0:
            home.age_lists(arguments.snapshots)
        if day < N_DAYS - 1:
            run_tick(home.folder, home.now(day))
    rounds = []
    for number in range(arguments.rounds + 1):
        copied = folder / "copy"
        shutil.copytree(home.folder, copied)
        rounds.append(run_tick(copied, home.now(N_DAYS - 1), with_parts=number == arguments.rounds))
        shutil.rmtree(copied)
        if (rounds[-1]["n_forecasts"], rounds[-1]["n_settled"]) != (n_markets, n_markets):
            raise SystemExit(f"expected {n_markets} forecasts and outcomes, was {rounds[-1]}")
    shutil.rmtree(home.folder)
    if len({one["head"] for one in rounds}) != 1:
        raise SystemExit("expected the same records in every round")
    return rounds


def lay_line(sizes: tuple[int, int], costs: tuple[float, float]) -> tuple[float, float]:
    """Return what a process and what each market costs."""
    of_market = (costs[1] - costs[0]) / (sizes[1] - sizes[0])
    return costs[0] - of_market * sizes[0], of_market


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(
        __doc__ or "", seed=1, few=250, middle=1000, many=2000, bars=1000, snapshots=250, rounds=5
    )
    report = Report(
        name="bench-tick",
        title=f"A day's tick of markets with {arguments.bars} bars, smallest of the rounds",
        seed=arguments.seed,
        columns=("markets", "wall s", "whole process s", "processor s", "by the line s"),
    )
    found: dict[int, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in (arguments.few, arguments.middle, arguments.many):
            found[size] = measure(Path(folder), size, arguments)
    ends = (arguments.few, arguments.many)

    def least(size: int, what: str) -> float:
        # Other work on the machine only ever adds to a time.
        return float(min(one[what] for one in found[size][:-1]))

    lines = {
        what: lay_line(ends, (least(ends[0], what), least(ends[1], what)))
        for what in ("wall", "whole", "processor")
    }
    for size in found:
        by_line = lines["wall"][0] + size * lines["wall"][1]
        report.add(size, *(least(size, what) for what in ("wall", "whole", "processor")), by_line)
    told = {what: start + N_MARKETS * each for what, (start, each) in lines.items()}
    report.add(N_MARKETS, told["wall"], told["whole"], told["processor"], told["wall"])
    shares = found[ends[1]][-1]
    of_parts = {"the rest": shares["processor"] - sum(shares["parts"].values()), **shares["parts"]}
    for part, seconds in sorted(of_parts.items(), key=lambda one: -one[1]):
        each = f"{1e6 * seconds / ends[1]:.0f} us a market"
        report.add(part, f"{seconds / shares['processor']:.1%}", each, seconds, "")
    report.figures = {"lines": lines, "shares": of_parts, "busy": os.getloadavg()[1]}
    walls = [one["whole"] for one in found[ends[1]][:-1]]
    high = told["whole"] * max(walls) / min(walls)
    also = {
        f"processor seconds on 2 cores, at most {2 * BAR_SECONDS:.0f}": told["processor"]
        <= 2 * BAR_SECONDS
    }
    return report.close(told["whole"], (told["whole"], high), BAR_SECONDS, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
