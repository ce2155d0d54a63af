"""How often the gate promotes a genuine skill, beside the best test that there could be.

Single: an AR(.9) forecast of known strength, handed over from the second bar on. Panel: twenty
symbols, shocks and forecasts correlated .3. Needle: one genuine forecast among twenty, with the
deflated Sharpe ratio, Hansen's SPA and the limit on the same bars. Out of sample is the last
70 %; the value leg is included, at 5 basis points, and the skill leg alone stands beside it.
The limit of one test is Phi(IC sqrt(1.25 n) - 2.326), n observations out of sample; that of the
needle is the likelihood ratio that knows the law, the volatility and the strength, but not
which of the twenty, at 1 % of simulated noise.
"""

import math
import sys
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Literal

import numpy as np
from arch.bootstrap import SPA
from scipy.special import logsumexp

from _gate_runs import COLUMNS, Job, Tally, add_by_cell, add_row, cut_jobs, parse_runs, try_gate
from _panel_world import panel_world
from _report import Report, exact_interval
from _worlds import in_parallel
from bellwether.arrays import FloatArray
from bellwether.bars import Panel, World, edge_world, noise_world
from bellwether.validation import (
    GateOptions,
    JudgedMarket,
    best_power,
    deflated_sharpe,
    draw_forecasts,
    mark_positions,
    past_volatility,
    sharpe_moments,
    standardise_expanding,
    target_volatility,
)

YEAR, LEVEL, COST_BPS = 252, 0.01, 5.0
SINGLE_CELLS = list(product((3, 5, 10), (0.02, 0.05, 0.10, 0.20)))
WANTED = {(10, 0.05): 0.80, (5, 0.10): 0.80}
PANEL_SYMBOLS, PANEL_YEARS, PANEL_IC, PANEL_CORRELATION, PANEL_WANTED = 20, 3, 0.02, 0.3, 0.85
NEEDLE_IC, NEEDLE_YEARS, NEEDLE_MEMBERS, NEEDLE_WANTED = 0.10, 5, 20, 0.45
SPA_RESAMPLES = 1000

WAYS: tuple[Literal["market_neutral", "clustered"], ...] = ("market_neutral", "clustered")
Cell = tuple[int, float]
Share = tuple[float, tuple[float, float]]


def run_single(job: Job) -> Tally:
    """Judge the true signal of worlds of one length and strength."""
    years, strength = SINGLE_CELLS[job.cell]
    total = Tally()
    for _, random in job.generators():
        world = _edge(random, years, strength)
        market = JudgedMarket(panel=Panel(bars=[world.bars]))
        total += try_gate(market.evidence(_known(world.signal)[:, None]))
    return total


def run_panel(job: Job) -> dict[str, Tally]:
    """Judge the true signals of panels, without costs and with them, by both of the gate's ways."""
    totals: dict[str, Tally] = {}
    for _, random in job.generators():
        panel, forecast = panel_world(
            random,
            n_symbols=PANEL_SYMBOLS,
            n_bars=PANEL_YEARS * YEAR,
            information_coefficient=PANEL_IC,
            correlation=PANEL_CORRELATION,
        )
        market = JudgedMarket(panel=panel)
        for way, cost_bps in product(WAYS, (COST_BPS, 0.0)):
            evidence = market.evidence(forecast, cost_bps=cost_bps)
            name = f"{way}, {cost_bps:g} bps"
            tally = try_gate(evidence, GateOptions(panel=way))
            totals[name] = totals.get(name, Tally()) + tally
    return totals


@dataclass(frozen=True, kw_only=True)
class NeedleRun:
    """One haystack: what each test said of it, and the likelihood ratio behind the limit."""

    gate: Tally
    deflated: float
    spa_p: float
    ratio: float


def run_needle(job: Job) -> list[NeedleRun]:
    """Judge one genuine forecast among twenty, by the gate and by two other tests."""
    found = []
    for _, random in job.generators():
        world = _edge(random, NEEDLE_YEARS, NEEDLE_IC)
        members = _haystack(random, world)
        market = JudgedMarket(panel=Panel(bars=[world.bars]))
        evidence = market.evidence(market.combine(members.T[:, :, None]))
        rows = evidence.out_of_sample
        net = _net_of_each(members, market.returns)[rows]
        found.append(
            NeedleRun(
                gate=try_gate(evidence),
                deflated=_deflate(net),
                spa_p=_ask_spa(net, int(random.integers(2**31))),
                ratio=_log_ratio(members[rows], world.shock[rows]),
            )
        )
    return found


def run_needle_null(job: Job) -> list[float]:
    """Return likelihood ratios where none of the twenty has any skill."""
    found = []
    for _, random in job.generators():
        world = noise_world(int(random.integers(2**62)), NEEDLE_YEARS * YEAR)
        members = draw_forecasts(random, len(world.shock), NEEDLE_MEMBERS)
        rows = slice(round(0.3 * len(members)), None)
        found.append(_log_ratio(members[rows], world.shock[rows]))
    return found


def _edge(random: np.random.Generator, years: int, strength: float) -> World:
    seed = int(random.integers(2**62))
    n_bars = years * YEAR
    return edge_world(seed, n_bars, information_coefficient=strength, signal="exogenous")


def _known(signal: FloatArray) -> FloatArray:
    return np.append(np.nan, signal[:-1])


def _haystack(random: np.random.Generator, world: World) -> FloatArray:
    idle = draw_forecasts(random, len(world.signal), NEEDLE_MEMBERS - 1)
    return np.column_stack([_known(world.signal), idle])


def _net_of_each(members: FloatArray, returns: FloatArray) -> FloatArray:
    """Return what each member's position earned after costs, as the value leg marks it."""
    volatility = np.broadcast_to(past_volatility(returns), members.shape)
    position = target_volatility(standardise_expanding(members), volatility, float(YEAR))
    return mark_positions(position, np.broadcast_to(returns, members.shape), COST_BPS)


def _deflate(net: FloatArray) -> float:
    """Return the deflated Sharpe ratio of the best member."""
    moments = [sharpe_moments(column) for column in net.T]
    known = [one for one in moments if one is not None]
    best = max(known, key=lambda one: one.sharpe)
    variance = float(np.var([one.sharpe for one in known], ddof=1))
    return deflated_sharpe(best, len(known), variance) or 0.0


def _ask_spa(net: FloatArray, seed: int) -> float:
    """Return the consistent p-value of Hansen's test against doing nothing."""
    test = SPA(np.zeros(len(net)), -net, reps=SPA_RESAMPLES, seed=seed)
    test.compute()
    return float(test.pvalues["consistent"])


def _log_ratio(members: FloatArray, shock: FloatArray) -> float:
    """Return the log likelihood ratio of a needle somewhere against none."""
    left = math.sqrt(1.0 - NEEDLE_IC**2)
    rest = (shock[:, None] - NEEDLE_IC * members) / left
    # Minus 3 log(1 + x^2/3) is the log density of a unit-variance t5 but for a constant.
    gain = 3.0 * (np.log1p(shock**2 / 3.0)[:, None] - np.log1p(rest**2 / 3.0)) - math.log(left)
    return float(logsumexp(gain.sum(axis=0)) - math.log(members.shape[1]))


def study_single(report: Report, n_runs: int, seed: int, workers: int) -> dict[Cell, Share]:
    """Add the table of single symbols; return each cell's share of the limit."""
    jobs = cut_jobs(len(SINGLE_CELLS), n_runs, seed, at_once=50)
    found = add_by_cell(jobs, in_parallel(run_single, jobs, workers, "single"))
    shares = {}
    for cell, tally in found.items():
        years, strength = SINGLE_CELLS[cell]
        n_bars = years * YEAR - round(0.3 * years * YEAR)
        limit = best_power(strength, n_bars, LEVEL)
        wanted = WANTED.get((years, strength))
        name = f"{years} years, IC {strength:.2f}"
        add_row(report, tally, name, f"{limit:.3f}", f"{tally.share / limit:.2f}", wanted or "")
        report.figures[name] = tally.figures | {"limit": limit, "of_limit": tally.share / limit}
        low, high = tally.interval
        shares[years, strength] = tally.share / limit, (low / limit, high / limit)
    return shares


def study_panel(report: Report, n_runs: int, seed: int, workers: int) -> dict[str, bool]:
    """Add the panel; return whether its bar holds."""
    jobs = cut_jobs(1, n_runs, seed, at_once=10)
    found: dict[str, Tally] = {}
    for tallies in in_parallel(run_panel, jobs, workers, "panel"):
        for name, tally in tallies.items():
            found[name] = found.get(name, Tally()) + tally
    n_bars = PANEL_YEARS * YEAR - round(0.3 * PANEL_YEARS * YEAR)
    limit = best_power(PANEL_IC, n_bars * PANEL_SYMBOLS, LEVEL)
    for name, tally in found.items():
        label = f"panel of {PANEL_SYMBOLS}, IC {PANEL_IC:.2f}, {name}"
        wanted = PANEL_WANTED if name.endswith(f", {COST_BPS:g} bps") else ""
        add_row(report, tally, label, f"{limit:.3f}", f"{tally.share / limit:.2f}", wanted)
        report.figures[label] = tally.figures | {"limit": limit, "of_limit": tally.share / limit}
    return {
        f"panel, {way}, at least {PANEL_WANTED:.0%} of the limit":
        found[f"{way}, {COST_BPS:g} bps"].share >= PANEL_WANTED * limit
        for way in WAYS
    }  # fmt: skip


def study_needle(report: Report, n_runs: int, seed: int, workers: int) -> dict[str, bool]:
    """Add the needle and its rivals; return whether its bar holds."""
    jobs = cut_jobs(1, n_runs, seed, at_once=10)
    found = [run for part in in_parallel(run_needle, jobs, workers, "needle") for run in part]
    jobs = cut_jobs(1, 4 * n_runs, seed + 1, at_once=50)
    null = [one for part in in_parallel(run_needle_null, jobs, workers, "limit") for one in part]
    critical = float(np.quantile(null, 1.0 - LEVEL))
    gate = sum((run.gate for run in found), Tally())
    add_needle = partial(_add_needle, report)
    add_needle("gate, combined softly", gate.n_promoted, gate.n_runs)
    add_needle("gate, skill leg alone", gate.n_skilled, gate.n_runs)
    add_needle("deflated Sharpe above .99",
               sum(run.deflated > 1.0 - LEVEL for run in found), len(found))  # fmt: skip
    add_needle("deflated Sharpe above .95",
               sum(run.deflated > 0.95 for run in found), len(found))  # fmt: skip
    add_needle("SPA, p at most .01", sum(run.spa_p <= LEVEL for run in found), len(found))
    add_needle("limit: likelihood ratio at 1 %", sum(run.ratio > critical for run in found),
               len(found))  # fmt: skip
    return {f"needle, at least {NEEDLE_WANTED:.0%}": gate.share >= NEEDLE_WANTED}


def _add_needle(report: Report, test: str, n_hits: int, n_runs: int) -> None:
    low, high = exact_interval(n_hits, n_runs)
    name = f"needle in {NEEDLE_MEMBERS}: {test}"
    share = n_hits / n_runs
    report.add(name, "", "", "", n_runs, "", n_hits, share, f"{low:.4f} to {high:.4f}")
    report.figures[name] = {
        "runs": n_runs,
        "found": n_hits,
        "share": share,
        "interval": (low, high),
    }


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_runs(
        __doc__ or "",
        seed=42_000,
        single_runs=(2000, 4),
        panel_runs=(1000, 2),
        needle_runs=(1000, 4),
    )
    report = Report(
        name="study-gate-power",
        title="Promotion of a genuine skill by the gate, value leg included",
        seed=given.seed,
        columns=("world", "limit", "of the limit", "bar", *COLUMNS),
    )
    report.figures = {"value_leg_included": True, "cost_bps": COST_BPS}
    shares = study_single(report, given.single_runs, given.seed, given.workers)
    also = {
        f"{years} years, IC {strength:.2f}, at least {wanted:.0%} of the limit":
        shares[years, strength][0] >= wanted
        for (years, strength), wanted in WANTED.items()
    }  # fmt: skip
    also |= study_panel(report, given.panel_runs, given.seed + 1, given.workers)
    also |= study_needle(report, given.needle_runs, given.seed + 2, given.workers)
    # Both of them ask for the same share of their limit.
    share, interval = min(shares[cell] for cell in WANTED)
    return report.close(share, interval, min(WANTED.values()), at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())
