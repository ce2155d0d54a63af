"""What an ensemble gains where members count by the regime, on worlds whose edge comes and goes.

Worlds of `_learning_worlds.py`, five years of daily bars with an edge of IC .10: momentum that is
there in one of two states of the market only, and the five-day reversal, which is there always.
Each is walked as `train` walks it by the contract's plan and by the default one; the same forecasts
of the same fits are then put together with one set of weights for all regimes and with weights by
regime, both by past evidence and by the contract's rule. What is kept is the mean over worlds of
momentum of the difference in out-of-sample IC, by the default plan and all past evidence, with its
95 % interval. The bar is the most that an option may cost that somebody asks for.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from _learning_worlds import Kind, learning_world
from _report import Report, parse_arguments
from _worlds import in_parallel
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.rules import confirmed_regimes
from bellwether.samples import build_samples
from bellwether.service import CHEAP_PLAN, STANDARD_PLAN
from bellwether.validation import InlineFitRunner, gather_forecasts, plan_fits, score_forecasts
from bellwether.validation._weighing import Weighing

N_BARS, BAR = 1260, -0.002
KINDS: tuple[Kind, ...] = ("regime momentum", "reversal")
PLANS = {"default": STANDARD_PLAN, "contract": CHEAP_PLAN}
WEIGHINGS: tuple[Weighing, ...] = ("soft", "contract")
# Plan, weighing, whether by regime.
Way = tuple[str, str, bool]


def walk(task: tuple[Kind, int]) -> tuple[Kind, Mapping[Way, float]]:
    """Return the out-of-sample IC of each way through one world."""
    kind, seed = task
    panel = learning_world(kind, seed, n_bars=N_BARS).panel
    samples = build_samples(panel, core15(), LabelSpec())
    regime = np.concatenate([confirmed_regimes(bars.matrix) for bars in panel.bars])
    found: dict[Way, float] = {}
    for name, plan in PLANS.items():
        fits = plan_fits(samples, plan)
        done = InlineFitRunner().run(samples, fits.tasks, lambda *_: None)
        forecasts = gather_forecasts(samples, fits, {task.key: outcome for task, outcome in done})
        for weighing in WEIGHINGS:
            for by_regime in (False, True):
                chosen = replace(forecasts, regime=regime) if by_regime else forecasts
                stream = score_forecasts(samples, chosen, plan.state_refit_bars, weighing).stream
                told = stream.out_of_sample & samples.labelled & np.isfinite(stream.score)
                pair = stream.score[told], samples.target[told]
                found[name, weighing, by_regime] = float(np.corrcoef(*pair)[0, 1])
    return kind, found


def mean_and_half(values: list[float]) -> tuple[float, float]:
    """Return a mean over worlds and half its 95 % interval."""
    return float(np.mean(values)), 1.96 * float(np.std(values, ddof=1)) / len(values) ** 0.5


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=90_000, worlds=24)
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    tasks = [(kind, seed) for kind in KINDS for seed in seeds]
    worlds = list(in_parallel(walk, tasks, arguments.workers, "worlds"))
    report = Report(
        name="study-regime-weights",
        title=f"Weights by regime, {arguments.worlds} worlds a kind, {N_BARS} bars, IC .10 planted",
        seed=arguments.seed,
        columns=("world", "plan", "weights", "IC", "IC by regime", "gained"),
    )
    kept = 0.0, np.inf
    for kind in KINDS:
        own = [found for one, found in worlds if one == kind]
        for name in PLANS:
            for weighing in WEIGHINGS:
                plain, by_regime = (
                    [found[name, weighing, asked] for found in own] for asked in (False, True)
                )
                gained, half = mean_and_half((np.array(by_regime) - np.array(plain)).tolist())
                ics = float(np.mean(plain)), float(np.mean(by_regime))
                report.add(
                    kind, name, weighing, *(f"{ic:.4f}" for ic in ics),
                    f"{gained:+.5f} +/- {half:.5f}",
                )  # fmt: skip
                report.figures[f"{kind}/{name}/{weighing}"] = [*ics, gained, half]
                if (kind, name, weighing) == (KINDS[0], "default", "soft"):
                    kept = gained, half
    gained, half = kept
    return report.close(gained, (gained - half, gained + half), BAR, at_most=False)


if __name__ == "__main__":
    sys.exit(main())
