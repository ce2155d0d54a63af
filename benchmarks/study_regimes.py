"""Regimes on worlds whose regime is known: the contract's detector beside jump models.

A Markov chain says at each bar in which regime a market is; what it says is the truth. In three
worlds it switches the volatility (usual or high), in three the drift (none, up or down): regimes
that last, regimes that are short, and regimes that hardly differ. Each bar is 16 steps of a random
walk with t5 volatility around its regime's, so that its range is what such a day's would be. Both
detectors look at the same readings with the options they have by default, and what the rules act
on is judged: the confirmed regime. Jumps are told from a range over two bars; beside them stands
the contract's detector with that range too.

Balanced accuracy is the mean, over the regimes, of the share of their bars that are told. A
switch's delay is the bars until the detector first tells the new regime, those of the whole regime
where it never does. The penalty is chosen on other seeds than those that judge it: `--choose 1`
shows penalties, and a memory of 500 bars, on them. The figure is the mean over worlds of the
difference in balanced accuracy, jump models less the contract's, with its 95 % interval over seeds.
"""

import sys
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from _report import Report, parse_arguments
from _worlds import in_parallel
from bellwether.arrays import FloatArray, IntArray
from bellwether.features import Expression, compute
from bellwether.rules import Regime, RegimeOptions, regime_expressions

BARS_A_YEAR = 252
WARM_BARS, JUDGED_BARS = 740, 2520
STEPS_A_BAR, FREEDOM = 16, 5
PENALTIES = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
CHOOSING_SEEDS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of world.

    Parameters
    ----------
    name : str
    volatilities, drifts : tuple of float
        Of a bar's return, by regime; the first is that from which all others begin.
    mean_bars : tuple of float
        How long a regime lasts on average.
    told : tuple of Regime
        What a detector is to call every regime but the first.
    """

    name: str
    volatilities: tuple[float, ...]
    drifts: tuple[float, ...]
    mean_bars: tuple[float, ...]
    told: tuple[Regime, ...]


def switching_volatility(name: str, usual: float, high: float, *mean_bars: float) -> Kind:
    """Return a kind of world whose volatility switches."""
    return Kind(
        name=name,
        volatilities=(usual, high),
        drifts=(0.0003, 0.0),
        mean_bars=mean_bars,
        told=(Regime.VOLATILE,),
    )


def switching_trend(name: str, drift: float, *mean_bars: float) -> Kind:
    """Return a kind of world whose drift switches."""
    return Kind(
        name=name,
        volatilities=(0.012,) * 3,
        drifts=(0.0, drift, -drift),
        mean_bars=(*mean_bars, mean_bars[-1]),
        told=(Regime.TRENDING_UP, Regime.TRENDING_DOWN),
    )


KINDS = (
    switching_volatility("volatility, lasting", 0.012, 0.030, 120, 60),
    switching_volatility("volatility, short", 0.012, 0.030, 40, 15),
    switching_volatility("volatility, faint", 0.015, 0.025, 120, 60),
    switching_trend("trend, lasting", 0.006, 80, 60),
    switching_trend("trend, short", 0.006, 40, 25),
    switching_trend("trend, faint", 0.003, 80, 60),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How well a detector told one world.

    Parameters
    ----------
    accuracy : float
        Balanced over the world's regimes.
    switches : float
        A year; the truth's own are `true_switches`.
    delay_bars : float
        From a switch to the first bar that is told so.
    missed : float
        Share of regimes that are never told.
    """

    accuracy: float
    switches: float
    true_switches: float
    delay_bars: float
    missed: float


def draw_truth(generator: np.random.Generator, kind: Kind, n_bars: int) -> IntArray:
    """Return the regime of each bar: from the first to any other, and back."""
    parts: list[IntArray] = []
    regime = 0
    while sum(map(len, parts)) < n_bars:
        lasts = int(generator.geometric(1.0 / kind.mean_bars[regime]))
        parts.append(np.full(lasts, regime))
        regime = int(generator.integers(1, len(kind.drifts))) if regime == 0 else 0
    return np.concatenate(parts)[:n_bars]


def draw_bars(generator: np.random.Generator, kind: Kind, truth: IntArray) -> FloatArray:
    """Return bars of that truth, shape (n_bars, 5)."""
    tails = np.sqrt((FREEDOM - 2) / generator.chisquare(FREEDOM, len(truth)))
    volatility = np.array(kind.volatilities)[truth] * tails
    drift = np.array(kind.drifts)[truth]
    noise = generator.standard_normal((len(truth), STEPS_A_BAR)) / np.sqrt(STEPS_A_BAR)
    steps = drift[:, None] / STEPS_A_BAR + volatility[:, None] * noise
    path = np.cumsum(steps.ravel()).reshape(steps.shape)
    opened = np.concatenate([[0.0], path[:-1, -1]])
    inside = np.column_stack([opened, path])
    logs = np.column_stack([opened, inside.max(axis=1), inside.min(axis=1), path[:, -1]])
    return np.column_stack([100.0 * np.exp(logs), np.full(len(truth), 1e6)])


def judge(truth: IntArray, told: IntArray, n_regimes: int) -> Judged:
    """Return how well a world was told."""
    years = len(truth) / BARS_A_YEAR
    starts = np.flatnonzero(np.diff(truth)) + 1
    delays, missed = [], []
    for start, end in zip(starts, [*starts[1:], len(truth)], strict=True):
        found = np.flatnonzero(told[start:end] == truth[start])
        delays.append(int(found[0]) if len(found) else end - start)
        missed.append(not len(found))
    shares = [np.mean(told[truth == one] == one) for one in range(n_regimes) if one in truth]
    return Judged(
        accuracy=float(np.mean(shares)),
        switches=float(np.count_nonzero(np.diff(told)) / years),
        true_switches=len(starts) / years,
        delay_bars=float(np.mean(delays)) if delays else 0.0,
        missed=float(np.mean(missed)) if missed else 0.0,
    )


def look(seed: int, detectors: dict[str, RegimeOptions]) -> dict[str, dict[str, Judged]]:
    """Return how each detector told each kind of world, by world and detector."""
    expressions: list[Expression] = [
        regime_expressions(one)["regime_confirmed"] for one in detectors.values()
    ]
    found = {}
    for place, kind in enumerate(KINDS):
        generator = np.random.default_rng([seed, place])
        truth = draw_truth(generator, kind, WARM_BARS + JUDGED_BARS)
        codes = compute(expressions, draw_bars(generator, kind, truth))[WARM_BARS:]
        told = np.select([codes == one for one in kind.told], range(1, len(kind.told) + 1), 0)
        found[kind.name] = {
            name: judge(truth[WARM_BARS:], column, len(kind.drifts))
            for name, column in zip(detectors, told.T, strict=True)
        }
    return found


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """Return the mean of independent values and half of its 95 % interval."""
    own = np.array(values)
    return float(own.mean()), 1.96 * float(own.std(ddof=1)) / np.sqrt(len(own))


def add_rows(report: Report, worlds: list[dict[str, dict[str, Judged]]]) -> None:
    """Add a row a world and detector."""
    for kind in KINDS:
        for name in worlds[0][kind.name]:
            own = [one[kind.name][name] for one in worlds]
            accuracy, error = mean_and_error([one.accuracy for one in own])
            switches, true_switches, delay, missed = (
                float(np.mean([getattr(one, field) for one in own]))
                for field in ("switches", "true_switches", "delay_bars", "missed")
            )
            report.add(
                kind.name,
                name,
                f"{accuracy:.3f} +/- {error:.3f}",
                f"{switches:.1f}",
                f"{true_switches:.1f}",
                f"{delay:.1f}",
                f"{missed:.2f}",
            )


def differences(
    worlds: list[dict[str, dict[str, Judged]]], names: tuple[str, str]
) -> dict[str, tuple[float, float]]:
    """Return by kind of world, and over all, how much better the first detector tells it."""
    first, second = names
    by_kind = {
        kind.name: [
            one[kind.name][first].accuracy - one[kind.name][second].accuracy for one in worlds
        ]
        for kind in KINDS
    }
    overall = np.mean(list(by_kind.values()), axis=0).tolist()
    return {name: mean_and_error(own) for name, own in {**by_kind, "all": overall}.items()}


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=92_000, worlds=200, choose=0)
    contract, jump = RegimeOptions(), RegimeOptions(detector="jump")
    quick = replace(contract, atr_bars=jump.jump_range_bars)
    detectors = {"contract": contract, "contract, quick range": quick, "jump": jump}
    first = arguments.seed
    if arguments.choose:
        first += CHOOSING_SEEDS
        others = {f"jump, {one:g}": replace(jump, jump_penalty=one) for one in PENALTIES}
        detectors |= others | {"jump, 500 bars": replace(jump, memory_bars=500)}
    seeds = range(first, first + arguments.worlds)
    task = partial(look, detectors=detectors)
    worlds = list(in_parallel(task, seeds, arguments.workers, "worlds"))
    report = Report(
        name="study-regimes-choice" if arguments.choose else "study-regimes",
        title=f"Regimes told on {arguments.worlds} seeds a world, {jump.jump_penalty:g} a jump",
        seed=first,
        columns=("world", "detector", "balanced accuracy", "switches", "true", "delay", "missed"),
    )
    add_rows(report, worlds)
    told = differences(worlds, ("jump", "contract"))
    beside_quick = differences(worlds, ("jump", "contract, quick range"))
    report.figures = {"jump less contract": told, "jump less quick contract": beside_quick}
    gained, error = told["all"]
    interval = (gained - error, gained + error)
    also = {f"no loss on {kind.name}": sum(told[kind.name]) >= 0.0 for kind in KINDS}
    return report.close(gained, interval, 0.0, at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())
