"""How often the gate promotes where there is nothing: every leg of it, the value leg included.

Three parts. Noise: GARCH-t5 worlds of 3 and 10 years, drift 0, 8 and 20 % a year, with 1, 20 and
200 unrelated configurations, correlated 0 or .5 among each other and combined as training
combines them. Hard: forecasts made from the price alone - seven kinds, two processes, three
drifts - over 5 years. Real: unrelated forecasts over the last 10 years of real bars, from the
folder us_daily_cc0 in BELLWETHER_MARKET_DATA. Out of sample is the last 70 %;
forecasts exist from the second bar on, so that their standardisation is warm by then.
"""

import os
import sys
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal

from _gate_runs import (
    COLUMNS,
    Job,
    Tally,
    add_by_cell,
    add_row,
    cut_jobs,
    parse_runs,
    pool,
    try_gate,
)
from _report import Report
from _worlds import in_parallel
from bellwether.bars import Bars, Panel, noise_world
from bellwether.errors import BarsError
from bellwether.sources import read_bars
from bellwether.validation import (
    PRICE_FORECASTS,
    JudgedMarket,
    draw_forecasts,
    forecast_from_prices,
)

YEAR = 252
DRIFTS = (0.0, 0.08, 0.20)
NOISE_CELLS = [
    (years, n_configurations, correlation, drift)
    for years, n_configurations, correlation, drift in product(
        (3, 10), (1, 20, 200), (0.0, 0.5), DRIFTS
    )
    if n_configurations > 1 or correlation == 0.0
]
PROCESSES: tuple[Literal["garch", "gjr"], ...] = ("garch", "gjr")
HARD_CELLS = list(product(PROCESSES, DRIFTS))
HARD_BARS, REAL_BARS, LEAST_REAL_BARS = 5 * YEAR, 10 * YEAR, 5 * YEAR
POOLED_BAR, HARD_BAR, REAL_BAR = 0.01, 0.012, 0.01


def run_noise(job: Job) -> Tally:
    """Judge noise worlds of one cell."""
    years, n_configurations, correlation, drift = NOISE_CELLS[job.cell]
    total = Tally()
    for _, random in job.generators():
        bars = noise_world(int(random.integers(2**62)), years * YEAR, drift=drift).bars
        market = JudgedMarket(panel=Panel(bars=[bars]))
        members = draw_forecasts(random, len(bars), n_configurations, correlation).T[:, :, None]
        total += try_gate(market.evidence(market.combine(members)))
    return total


def run_hard(job: Job) -> tuple[Tally, ...]:
    """Judge each kind of forecast from prices on noise worlds of one process and drift."""
    process, drift = HARD_CELLS[job.cell]
    totals = [Tally() for _ in PRICE_FORECASTS]
    for _, random in job.generators():
        seed = int(random.integers(2**62))
        bars = noise_world(seed, HARD_BARS, drift=drift, process=process).bars
        market = JudgedMarket(panel=Panel(bars=[bars]))
        for place, name in enumerate(PRICE_FORECASTS):
            said = forecast_from_prices(name, bars.close)[:, None]
            totals[place] += try_gate(market.evidence(said))
    return tuple(totals)


def run_real(job: Job) -> Tally:
    """Judge unrelated forecasts on one real symbol."""
    market = _real_market(str(find_real()[job.cell]))
    if market is None:
        return Tally()
    total = Tally()
    for _, random in job.generators():
        total += try_gate(market.evidence(draw_forecasts(random, len(market.returns), 1)))
    return total


def find_real() -> list[Path]:
    """Return the files of real bars, none where they are not at hand."""
    folder = os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data")
    return sorted(Path(folder, "us_daily_cc0").rglob("*.us.txt"))


@cache
def _real_market(path: str) -> JudgedMarket | None:
    try:
        bars: Bars = read_bars(Path(path)).bars[-REAL_BARS:]
    except BarsError:
        return None
    return JudgedMarket(panel=Panel(bars=[bars])) if len(bars) >= LEAST_REAL_BARS else None


def report_noise(report: Report, found: dict[int, Tally]) -> Tally:
    """Add the noise worlds by history and number of configurations; return all of them."""
    for years, n_configurations in dict.fromkeys(cell[:2] for cell in NOISE_CELLS):
        own = [
            tally for cell, tally in found.items()
            if NOISE_CELLS[cell][:2] == (years, n_configurations)
        ]  # fmt: skip
        add_row(report, pool(own), f"noise, {years} years, {n_configurations} configurations")
    return pool(found.values())


def name_hard() -> Iterator[str]:
    """Yield the names of the hard nulls."""
    for (process, drift), name in product(HARD_CELLS, PRICE_FORECASTS):
        yield f"{name}, {process}, drift {drift:.0%}"


def judge_hard(given_runs: int, seed: int, workers: int) -> dict[str, Tally]:
    """Return the tally of each hard null."""
    jobs = cut_jobs(len(HARD_CELLS), given_runs, seed, at_once=25)
    found = {cell: [Tally() for _ in PRICE_FORECASTS] for cell in range(len(HARD_CELLS))}
    for job, tallies in zip(jobs, in_parallel(run_hard, jobs, workers, "hard"), strict=True):
        found[job.cell] = [a + b for a, b in zip(found[job.cell], tallies, strict=True)]
    return dict(zip(name_hard(), (t for own in found.values() for t in own), strict=True))


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_runs(
        __doc__ or "", seed=41_000, noise_runs=(340, 2), hard_runs=(2500, 2), real_runs=(60, 1)
    )
    report = Report(
        name="study-gate-null",
        title="False promotion by the gate, value leg included",
        seed=given.seed,
        columns=("world", *COLUMNS),
    )
    jobs = cut_jobs(len(NOISE_CELLS), given.noise_runs, given.seed, at_once=10)
    noise = add_by_cell(jobs, in_parallel(run_noise, jobs, given.workers, "noise"))
    pooled = report_noise(report, noise)
    add_row(report, pooled, "noise, all")
    hard = judge_hard(given.hard_runs, given.seed + 1, given.workers)
    worst_first = sorted(hard.items(), key=lambda item: -item[1].n_promoted)
    for name, tally in worst_first[:5]:
        add_row(report, tally, f"hard: {name}")
    add_row(report, pool(hard.values()), f"hard, all {len(hard)}")
    n_symbols = len(find_real()) if given.real_runs else 0
    jobs = cut_jobs(n_symbols, given.real_runs, given.seed + 2, at_once=60)
    real = pool(in_parallel(run_real, jobs, given.workers, "real")) if jobs else Tally()
    if real.n_runs:
        add_row(report, real, "unrelated forecasts on real bars")
    worst = worst_first[0][1]
    by_skill = max(tally.n_skilled / tally.n_runs for tally in hard.values())
    report.figures = {
        "value_leg_included": True,
        "noise": {str(NOISE_CELLS[cell]): tally.figures for cell, tally in noise.items()},
        "noise_all": pooled.figures,
        "hard": {name: tally.figures for name, tally in hard.items()},
        "hard_worst": worst_first[0][0],
        "hard_worst_by_the_skill_leg_alone": by_skill,
        "real": real.figures if real.n_runs else "no market data at hand",
        "real_symbols": n_symbols,
    }
    also = {
        f"upper bound at most {POOLED_BAR:.0%}": pooled.interval[1] <= POOLED_BAR,
        f"worst of {len(hard)} hard nulls at most {HARD_BAR:.1%}": worst.share <= HARD_BAR,
    }
    if real.n_runs:
        also[f"real bars at most {REAL_BAR:.0%}"] = real.share <= REAL_BAR
    return report.close(pooled.share, pooled.interval, POOLED_BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
