"""How often a previous champion is chosen in a regime where it is no better, and where it is.

Markets of simulated bars with a planted signal, known to nobody, that correlates .20 with the next
shock; of a history so many years long 70 % are out of sample. Two models forecast it, each a share
of the signal and noise of its own, half of which they have in common. Regimes are those that the
rules confirm on the very bars, and the test is the one that promotions are followed by, at 1 % over
all regimes together. Where both are equally skilled everywhere, each choice is a false one. Harder
nulls: two forecasts made from the price alone, drawn anew each time, on noise that drifts by 0, 8
and 20 % a year. Then the previous champion is better in ranging markets alone, by so much: told is
how often it is chosen there, and how often anywhere else.

Beside it, in no bar: a previous champion that was lucky to be walked with more past and is better
everywhere by .005; that is no false choice, and no large difference either.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from _gate_runs import Job, cut_jobs
from _report import Report, exact_interval, parse_arguments
from _worlds import in_parallel
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, edge_world, noise_world
from bellwether.rules import Regime, confirmed_regimes
from bellwether.trials import TrialCount
from bellwether.validation import PRICE_FORECASTS, Evidence, differ_by_regime, forecast_from_prices

BARS_A_YEAR = 252
BAR, BAR_FOUND = 0.01, 0.5
PLANTED, MEMORY, COMMON = 0.20, 0.9, 0.5
IN_SAMPLE_SHARE, WARM_BARS = 0.3, 60
RANGING = Regime.RANGING.words
DRIFTS = (0.0, 0.08, 0.20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Two models on one kind of market.

    Parameters
    ----------
    name : str
    years : int
        Of history.
    champion, previous, ranging : float
        Information coefficients: of the champion, of the previous one, and of that one in ranging
        markets. Those made from prices have none.
    n_symbols : int, default 1
        Unrelated to each other.
    drift : float, default 0.08
    from_prices : bool, default False
    """

    name: str
    years: int
    champion: float
    previous: float
    ranging: float
    n_symbols: int = 1
    drift: float = 0.08
    from_prices: bool = False


def _equal(ic: float, years: int) -> Case:
    name = f"equal, {ic:.2f} both, {years} years"
    return Case(name=name, years=years, champion=ic, previous=ic, ranging=ic)


def _better(ic: float, years: int, n_symbols: int = 1) -> Case:
    name = f"{ic:.2f} for 0.05 in ranging markets, {years} years, {n_symbols} symbols"
    return Case(
        name=name, years=years, champion=0.05, previous=0.05, ranging=ic, n_symbols=n_symbols
    )


EQUAL = (*(_equal(ic, years) for ic, years in product((0.05, 0.10), (5, 10))), _equal(0.15, 5))
PRICES = tuple(
    Case(name=f"prices alone, drift {drift:.0%}", years=5, champion=0.0, previous=0.0, ranging=0.0,
         drift=drift, from_prices=True)
    for drift in DRIFTS
)  # fmt: skip
BEHIND = (Case(name="0.055 for 0.05 everywhere", years=5, champion=0.05, previous=0.055,
               ranging=0.055),)  # fmt: skip
BETTER = (
    *(_better(ic, years) for ic, years in product((0.10, 0.15, 0.20), (5, 10, 20))),
    _better(0.10, 5, n_symbols=20),
)
CASES = (*EQUAL, *PRICES, *BEHIND, *BETTER)
# Of every run of an equal pair, so many of the others.
RARER = {**dict.fromkeys(range(len(EQUAL) + len(PRICES), len(CASES)), 5), len(CASES) - 1: 25}


class Found(NamedTuple):
    """Where the previous champion was chosen, and on how many ranging bars that was tested."""

    regimes: tuple[str, ...]
    n_ranging: int


class Market(NamedTuple):
    """Bars of some symbols, the signal known before each bar, and the regime confirmed by then."""

    bars: Sequence[Bars]
    signal: FloatArray
    regimes: FloatArray


def draw_market(case: Case, random: np.random.Generator) -> Market:
    """Return a market of a case."""
    n_bars = case.years * BARS_A_YEAR
    seeds = random.integers(2**62, size=case.n_symbols).tolist()
    if case.from_prices:
        worlds = [noise_world(seed, n_bars, drift=case.drift) for seed in seeds]
    else:
        worlds = [
            edge_world(seed, n_bars, information_coefficient=PLANTED, signal="exogenous")
            for seed in seeds
        ]
    return Market(
        bars=[world.bars for world in worlds],
        signal=_before(np.column_stack([world.signal for world in worlds])),
        regimes=_before(np.column_stack([confirmed_regimes(one.bars.matrix) for one in worlds])),
    )


def _before(values: FloatArray) -> FloatArray:
    """Return what was known before each bar of what is known at each close."""
    return np.concatenate([np.full((1, values.shape[1]), np.nan), values[:-1]])


def draw_noise(random: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return unit-variance noise with the signal's memory."""
    news = random.standard_normal(shape)
    news[1:] *= np.sqrt(1.0 - MEMORY**2)
    return np.asarray(lfilter([1.0], [1.0, -MEMORY], news, axis=0))


def draw_pair(
    case: Case, market: Market, random: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return what the champion and the previous champion forecast before each bar."""
    if case.from_prices:
        names = random.choice(sorted(PRICE_FORECASTS), size=2, replace=False).tolist()
        close = market.bars[0].close
        one, other = (forecast_from_prices(name, close)[:, None] for name in names)
        return one, other
    common, *own = (draw_noise(random, market.signal.shape) for _ in range(3))
    mixed = [np.sqrt(COMMON) * common + np.sqrt(1.0 - COMMON) * one for one in own]
    in_ranging = market.regimes == float(Regime.RANGING)
    skills = (case.champion, np.where(in_ranging, case.ranging, case.previous))
    shares = [np.asarray(skill) / PLANTED for skill in skills]
    one, other = (
        share * market.signal + np.sqrt(1.0 - share**2) * noise
        for share, noise in zip(shares, mixed, strict=True)
    )
    return one, other


def make_evidence(name: str, bars: Sequence[Bars], forecast: FloatArray) -> Evidence:
    """Return a forecast as a walk-forward brings it before the gate."""
    close = np.column_stack([one.close for one in bars])
    returns = np.full_like(close, np.nan)
    returns[1:] = close[1:] / close[:-1] - 1.0
    start = round(IN_SAMPLE_SHARE * len(close))
    return Evidence(
        name=name,
        pipeline=name,
        snapshot="s",
        closed_at=bars[0].closed_at,
        close=close,
        returns=returns,
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.ones_like(close),
        target=returns,
        out_of_sample_from=start,
        warm_from=start - WARM_BARS,
        trials=TrialCount(n_pipelines=1, n_looks=1),
    )


def run_pairs(job: Job) -> list[Found]:
    """Judge some pairs of models of one case."""
    case = CASES[job.cell]
    columns = {f"{place}": (place, place) for place in range(case.n_symbols)}
    found = []
    for _, random in job.generators():
        market = draw_market(case, random)
        one, other = draw_pair(case, market, random)
        champion = make_evidence("champion", market.bars, one)
        previous = make_evidence("previous", market.bars, other)
        told = differ_by_regime(champion, previous, columns, market.regimes)
        chosen = tuple(each.regime for each in told if each.passes)
        [n_ranging] = [each.n_bars for each in told if each.regime == RANGING]
        found.append(Found(chosen, n_ranging))
    return found


def run_cases(n_pairs: int, seed: int, n_workers: int) -> dict[str, list[Found]]:
    """Return what was found in every pair, by the name of the case."""
    jobs = [
        job
        for cell in range(len(CASES))
        for job in cut_jobs(len(CASES), max(n_pairs // RARER.get(cell, 1), 2), seed, at_once=25)
        if job.cell == cell
    ]
    by_case: dict[str, list[Found]] = {case.name: [] for case in CASES}
    for job, found in zip(jobs, in_parallel(run_pairs, jobs, n_workers, "pairs"), strict=True):
        by_case[CASES[job.cell].name] += found
    return by_case


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=51_000, pairs=2000)
    found = run_cases(arguments.pairs, arguments.seed, arguments.workers)
    report = Report(
        name="study-regime-choice",
        title="Where the previous champion is chosen, at 1 % over all regimes",
        seed=arguments.seed,
        columns=("champion and previous one", "pairs", "ranging bars", "chosen in ranging",
                 "chosen elsewhere", "chosen anywhere", "95 % interval"),
    )  # fmt: skip
    for case in CASES:
        report.add(*_row(case.name, found[case.name]))
        report.figures[case.name] = _share(found[case.name], RANGING)
    nulls = {case.name: found[case.name] for case in (*EQUAL, *PRICES)}
    false = [bool(one.regimes) for each in nulls.values() for one in each]
    interval = exact_interval(sum(false), len(false))
    report.figures["false_choices"] = {"pairs": len(false), "chosen": sum(false)}
    also = {
        f"{name}: compatible with 1 %": exact_interval(_count(each), len(each))[0] <= BAR
        for name, each in nulls.items()
    }
    strong = found[CASES[-1].name]
    also["twice the skill on 20 symbols is found in half of the cases"] = (
        _share(strong, RANGING) >= BAR_FOUND
    )
    return report.close(float(np.mean(false)), interval, BAR, at_most=True, also=also)


def _row(name: str, found: Sequence[Found]) -> tuple[object, ...]:
    low, high = exact_interval(_count(found), len(found))
    elsewhere = np.mean([bool(set(one.regimes) - {RANGING}) for one in found])
    bars = int(np.median([one.n_ranging for one in found]))
    return (
        name, len(found), bars, _share(found, RANGING), float(elsewhere),
        _count(found) / len(found), f"{low:.4f} to {high:.4f}",
    )  # fmt: skip


def _count(found: Sequence[Found]) -> int:
    return sum(bool(one.regimes) for one in found)


def _share(found: Sequence[Found], regime: str) -> float:
    return float(np.mean([regime in one.regimes for one in found]))


if __name__ == "__main__":
    sys.exit(main())
