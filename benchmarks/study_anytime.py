"""How often betting that is looked at every bar for five years promotes noise, and a skill.

Noise worlds of GARCH and GJR, drift 0, 8 and 20 %: 540 bars to warm up, then 1,260 bars on which
the shipped e-process bets and is looked at after every one; it promotes once its wealth has
reached 100. Forecasts are unrelated to the market, or made from its past prices in seven ways.
Beside it: the gate's own 1 % skill statistic looked at every month as if it were the first look.
"""

import sys
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from _gate_runs import Job, cut_jobs, parse_runs
from _report import Report, exact_interval
from _worlds import in_parallel
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, edge_world, noise_world
from bellwether.validation import (
    PRICE_FORECASTS,
    JudgedMarket,
    Wealth,
    critical_t,
    draw_forecasts,
    forecast_from_prices,
    past_volatility,
    return_scores,
    standardise_expanding,
    standardise_exponential,
)

BAR, NEEDED, LEVEL = 0.01, 100.0, 0.01
WARM_BARS, LIVE_BARS, MONTH_BARS = 540, 1260, 21
N_BARS = WARM_BARS + LIVE_BARS
PROCESSES: tuple[Literal["garch", "gjr"], ...] = ("garch", "gjr")
NULL_CELLS = list(product(PROCESSES, (0.0, 0.08, 0.20)))
SKILLS = (0.05, 0.10, 0.20)
UNRELATED = "unrelated"
KINDS = (UNRELATED, *PRICE_FORECASTS)


class Watch(NamedTuple):
    """What a watched forecast came to: bar at which betting promoted, and whether peeking did."""

    reached_at: int | None
    peeked: bool


def watch(bars: Bars, forecast: FloatArray) -> Watch:
    """Look at the shipped e-process after every live bar, and at the plain test every month."""
    products = pair_products(bars, forecast)[WARM_BARS:]
    reached = np.flatnonzero(Wealth.start().values_over(products) >= NEEDED)
    total, squares = np.cumsum(products, axis=0), np.cumsum(products**2, axis=0)
    months = slice(MONTH_BARS - 1, None, MONTH_BARS)
    smallest = (total / np.sqrt(squares))[months].min(axis=1)
    peeked = bool((smallest > critical_t(LEVEL)).any())
    return Watch(int(reached[0]) + 1 if reached.size else None, peeked)


def pair_products(bars: Bars, forecast: FloatArray) -> FloatArray:
    """Return each bar's four products of forecast and score, from the shipped functions."""
    returns = JudgedMarket(panel=Panel(bars=[bars])).returns[:, 0]
    scores = return_scores(returns, past_volatility(returns))
    standardised = (standardise_expanding(forecast), standardise_exponential(forecast))
    pairs = [one * score for one in standardised for score in scores]
    return np.nan_to_num(np.column_stack(pairs))


def run_null(job: Job) -> list[tuple[Watch, ...]]:
    """Watch every kind of forecast on noise worlds of one cell."""
    process, drift = NULL_CELLS[job.cell]
    found = []
    for _, random in job.generators():
        bars = noise_world(int(random.integers(2**62)), N_BARS, drift=drift, process=process).bars
        said = [draw_forecasts(random, N_BARS, 1)[:, 0]]
        said += [forecast_from_prices(name, bars.close) for name in PRICE_FORECASTS]
        found.append(tuple(watch(bars, one) for one in said))
    return found


def run_skill(job: Job) -> list[Watch]:
    """Watch the true signal of worlds with a planted skill."""
    found = []
    for _, random in job.generators():
        world = edge_world(
            int(random.integers(2**62)),
            N_BARS,
            information_coefficient=SKILLS[job.cell],
            signal="exogenous",
        )
        found.append(watch(world.bars, np.append(np.nan, world.signal[:-1])))
    return found


def step_through(n_runs: int, seed: int) -> bool:
    """Return whether stepping bar by bar, as live bars come, gives the same wealth to the bit."""
    random = np.random.default_rng(seed)
    for _ in range(n_runs):
        bars = noise_world(int(random.integers(2**62)), N_BARS).bars
        products = pair_products(bars, draw_forecasts(random, N_BARS, 1)[:, 0])[WARM_BARS:]
        wealth, values = Wealth.start(), []
        for row in products:
            wealth = Wealth.from_json(wealth.bet(row[None]).to_json())
            values.append(wealth.value)
        if not np.array_equal(values, Wealth.start().values_over(products)):
            return False
    return True


def add(report: Report, name: str, found: list[Watch]) -> float:
    """Add a row and its figures; return the share that betting promoted."""
    reached = [one.reached_at for one in found if one.reached_at is not None]
    share, peeked = len(reached) / len(found), sum(one.peeked for one in found)
    low, high = exact_interval(len(reached), len(found))
    middle = f"{np.median(reached):.0f}" if reached else "-"
    report.add(name, len(found), len(reached), share, f"{low:.4f} to {high:.4f}", middle,
               peeked / len(found))  # fmt: skip
    report.figures[name] = {
        "runs": len(found),
        "promoted": len(reached),
        "share": share,
        "interval": (low, high),
        "median_bars_to_promotion": float(np.median(reached)) if reached else None,
        "monthly_peeks_promoted": peeked,
        "monthly_peeks_interval": exact_interval(peeked, len(found)),
    }
    return share


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_runs(
        __doc__ or "", seed=43_000, null_runs=(1000, 3), skill_runs=(1000, 3), stepped=(20, 1)
    )
    report = Report(
        name="study-anytime",
        title=f"Betting looked at after each of {LIVE_BARS} bars, promoting at {NEEDED:g}",
        seed=given.seed,
        columns=("forecast", "runs", "promoted", "share", "95 % interval",
                 "bars until half were", "monthly peeks at 1 %"),
    )  # fmt: skip
    jobs = cut_jobs(len(NULL_CELLS), given.null_runs, given.seed, at_once=25)
    worlds = [one for part in in_parallel(run_null, jobs, given.workers, "noise") for one in part]
    shares = {}
    for place, kind in enumerate(KINDS):
        shares[kind] = add(report, f"noise, {kind}", [one[place] for one in worlds])
    jobs = cut_jobs(len(SKILLS), given.skill_runs, given.seed + 1, at_once=25)
    found: dict[float, list[Watch]] = {}
    for job, part in zip(jobs, in_parallel(run_skill, jobs, given.workers, "skill"), strict=True):
        found.setdefault(SKILLS[job.cell], []).extend(part)
    for skill, watches in found.items():
        add(report, f"a skill of IC {skill:.2f}", watches)
    same = step_through(given.stepped, given.seed + 2)
    report.figures["stepped_bar_by_bar"] = {"runs": given.stepped, "equal": same}
    worst = max(shares, key=lambda kind: shares[kind])
    n_promoted = round(shares[UNRELATED] * len(worlds))
    also = {
        f"the worst kind ({worst}, {shares[worst]:.2%}) at most {BAR:.0%}": shares[worst] <= BAR,
        "bar by bar gives the same wealth": same,
    }
    interval = exact_interval(n_promoted, len(worlds))
    return report.close(shares[UNRELATED], interval, BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
