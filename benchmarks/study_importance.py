"""Global importance: how often luck is taken for a feature, and how often a feature is found.

Five-year markets, one symbol, ridge and boosted trees with the contract's settings and six refits.
On noise nothing is worth anything: whatever leaves zero out is an error. Then the outcome is moved
by one feature, drawn a market, with a correlation of .10 or .20, and it is counted how often that
feature, or one that moves with it, leads the list and is told from luck. What it costs is the
processor time that a net's fit takes longer with it than without.
"""

import sys
import time
from dataclasses import dataclass, replace

import numpy as np

from _report import Report, exact_interval, parse_arguments
from _worlds import in_parallel
from bellwether.bars import Panel, noise_world
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.validation import (
    FINAL_FOLD,
    FamilyPlan,
    FitTask,
    InlineFitRunner,
    TrainingPlan,
    gather_forecasts,
    measure_importance,
    plan_fits,
    run_fit,
    score_forecasts,
)

N_BARS, N_REFITS = 1400, 6
FAMILIES = ("ridge", "gradient_boosting")
NETS = ("lstm", "transformer")
CORRELATIONS = (0.0, 0.1, 0.2)
MOST_ERRORS, MOST_COST = 0.10, 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found on one market by one family.

    Parameters
    ----------
    any_told : bool
        Whether any feature was told from luck.
    leads : bool
        Whether the planted feature, or one that moves with it, leads and is told from luck.
    """

    any_told: bool
    leads: bool


def plan_of(*families: str, importance: bool = True) -> TrainingPlan:
    """Return the plan of some families."""
    items = tuple(
        FamilyPlan(family=name, preset="contract", n_refits=N_REFITS) for name in families
    )
    return TrainingPlan(name="study", families=items, importance=importance)


def planted(seed: int, correlation: float) -> tuple[Samples, str]:
    """Return a market whose outcome is moved by one feature, and its name."""
    panel = Panel(bars=[noise_world(seed, N_BARS).bars])
    samples = build_samples(panel, core15(), LabelSpec())
    feature = int(np.random.default_rng(seed).integers(len(samples.feature_names)))
    column = samples.features[:, feature]
    known = np.isfinite(column)
    standard = np.where(known, (column - column[known].mean()) / column[known].std(), 0.0)
    share = np.sqrt(1.0 - correlation**2)
    target = correlation * np.clip(standard, -3.0, 3.0) + share * samples.target
    return replace(samples, target=target), samples.feature_names[feature]


def look(case: tuple[int, float]) -> dict[str, Found]:
    """Return what each family's importance says of one market."""
    samples, name = planted(*case)
    walk = plan_fits(samples, plan_of(*FAMILIES))
    runs = InlineFitRunner().run(samples, walk.tasks, lambda _task, _share: None)
    outcomes = {task.key: outcome for task, outcome in runs}
    forecasts = gather_forecasts(samples, walk, outcomes)
    found = {}
    for family in FAMILIES:
        scored = score_forecasts(samples, forecasts.only([family]), 63)
        listed = measure_importance(samples, walk, outcomes, scored, seed=case[0])
        first = listed[0]
        is_it = name == first.feature or name in first.alike
        found[family] = Found(
            any_told=any(one.is_told_from_luck for one in listed), leads=is_it and first.low > 0.0
        )
    return found


def cost_of(family: str, seed: int) -> float:
    """Return the time that importance adds to a fit, over that of the fit: median of the folds.

    Each fold is fitted with it and without, one right after the other: machines change their pace.
    """
    samples, _ = planted(seed, 0.1)
    plans = (plan_of(family, importance=False), plan_of(family))
    pairs = zip(*(plan_fits(samples, plan).tasks for plan in plans), strict=True)
    shares = []
    for pair in pairs:
        if pair[0].fold == FINAL_FOLD:
            continue
        without, with_it = (_seconds(samples, task) for task in pair)
        shares.append(with_it / without - 1.0)
    return float(np.median(shares))


def _seconds(samples: Samples, task: FitTask) -> float:
    started = time.process_time()
    run_fit(samples, task)
    return time.process_time() - started


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=91_000, worlds=100)
    report = Report(
        name="study-importance",
        title=f"Features told from luck on {arguments.worlds} five-year markets each",
        seed=arguments.seed,
        columns=(
            "family",
            "correlation planted",
            "any told from luck",
            "95 %",
            "planted one leads",
        ),
    )
    cases = [
        (seed, correlation)
        for correlation in CORRELATIONS
        for seed in range(arguments.seed, arguments.seed + arguments.worlds)
    ]
    found = dict(zip(cases, in_parallel(look, cases, arguments.workers, "markets"), strict=True))
    errors = {}
    for family in FAMILIES:
        for correlation in CORRELATIONS:
            own = [one[family] for case, one in found.items() if case[1] == correlation]
            told, leads = sum(one.any_told for one in own), sum(one.leads for one in own)
            low, high = exact_interval(told, len(own))
            report.add(
                family,
                correlation or "none",
                told / len(own),
                f"{low:.3f} to {high:.3f}",
                leads / len(own) if correlation else "",
            )
            if not correlation:
                errors[family] = (told, len(own))
    costs = {family: cost_of(family, arguments.seed) for family in NETS}
    report.figures = {"cost": costs}
    for family, share in costs.items():
        report.add(f"{family}: time added", "", share, "", "")
    n_told, n_all = (sum(one[place] for one in errors.values()) for place in (0, 1))
    also = {
        f"{family} pays at most {MOST_COST:.0%} for it": share <= MOST_COST
        for family, share in costs.items()
    }
    return report.close(
        n_told / n_all, exact_interval(n_told, n_all), MOST_ERRORS, at_most=True, also=also
    )


if __name__ == "__main__":
    sys.exit(main())
