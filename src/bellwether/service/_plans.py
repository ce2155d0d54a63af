"""From a time budget to a recorded plan: chosen before training, by arithmetic alone."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bellwether.service._errors import UnknownPlan, UnreadableBudget
from bellwether.validation import FamilyPlan, FitTask, TrainingPlan

# Rows a second of one thread on a two-core machine, all epochs of an early-stopped fit
# included; benchmarks/bench_training.py measures them. Only the choice of a plan hangs on
# them: whatever the machine's speed, a recorded plan gives the same model.
ROWS_A_SECOND: Mapping[tuple[str, str], float] = MappingProxyType(
    {
        ("gradient_boosting", "contract"): 30_000.0,
        ("ridge", "contract"): 800_000.0,
        ("quadratic", "tuned"): 35_000.0,
        ("gradient_boosting", "tuned"): 15_000.0,
        ("lstm", "contract"): 280.0,
        ("transformer", "contract"): 900.0,
        ("lstm", "demo"): 1_000.0,
        ("transformer", "demo"): 3_600.0,
        ("lstm", "tuned"): 1_600.0,
        ("transformer", "tuned"): 770.0,
    }
)
# What nobody measured is taken for a net in few epochs.
UNMEASURED_ROWS_A_SECOND = 1_000.0
SETUP_SECONDS = 15.0
# A third of every configuration's fit, and the rest of the best third of them, fitted anew.
FITS_A_TRIAL = 2 / 3
_BUDGET = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|m|h)\s*")
_SECONDS = MappingProxyType({"s": 1.0, "m": 60.0, "h": 3600.0})


def _with_nets(name: str, preset: str, n_refits: int) -> TrainingPlan:
    nets = tuple(
        FamilyPlan(family=family, preset=preset, n_refits=n_refits)
        for family in ("lstm", "transformer")
    )
    # In a demonstration's few epochs a net would pay more than a tenth for it.
    return TrainingPlan(
        name=name, families=(*CHEAP_FAMILIES, *nets), importance=preset == "contract"
    )


CHEAP_FAMILIES = (
    FamilyPlan(family="gradient_boosting", preset="contract", n_refits=12),
    FamilyPlan(family="ridge", preset="contract", n_refits=12),
)
CHEAP_PLAN = TrainingPlan(name="cheap", families=CHEAP_FAMILIES, importance=True)
# Nothing here stops by rows held out: the first fold's warm the moments of the first scores.
STANDARD_PLAN = TrainingPlan(
    name="standard",
    families=(
        FamilyPlan(family="quadratic", preset="tuned", n_refits=48),
        FamilyPlan(family="gradient_boosting", preset="tuned", n_refits=12),
    ),
    validation_frac=0.10,
    holds_out="first fold",
    importance=True,
)
DEMO_PLAN = _with_nets("demo", "demo", 3)
PLANS: Mapping[str, TrainingPlan] = MappingProxyType(
    {
        plan.name: plan
        for plan in (
            _with_nets("thorough", "contract", 12),
            _with_nets("contract", "contract", 6),
            _with_nets("contract-brief", "contract", 3),
            _with_nets("brief", "demo", 6),
            DEMO_PLAN,
            STANDARD_PLAN,
            CHEAP_PLAN,
        )
    }
)
"""Every plan that has a name, those that take longest first."""

CHOSEN_BY_BUDGET = (STANDARD_PLAN, CHEAP_PLAN)
"""What a budget chooses from, the best first: more time buys no plan that learns less."""


def read_budget(text: str) -> float:
    """Return the seconds of a budget such as "90s", "2m" or "1.5h".

    Raises
    ------
    UnreadableBudget
        If the text is none of these, or no time at all.

    Examples
    --------
    >>> read_budget("2m")
    120.0
    """
    found = _BUDGET.fullmatch(text)
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if seconds <= 0:
        raise UnreadableBudget(text)
    return seconds


def estimate_seconds(plan: TrainingPlan, n_rows: int, n_workers: int) -> float:
    """Return about how long a plan takes on some rows, in seconds.

    The fits of a walk-forward see from 30 % of the rows up to all of them, 65 % on average;
    the final fit sees all.
    """
    work = sum(
        n_rows
        * (0.65 * family.n_refits + 1.0)
        * (1.0 + FITS_A_TRIAL * family.n_trials)
        / _rows_a_second(family.family, family.preset)
        for family in plan.families
    )
    return SETUP_SECONDS + work / n_workers


def estimate_fit_seconds(task: FitTask) -> float:
    """Return about how long one fit takes on one thread, in seconds."""
    return len(task.train) / _rows_a_second(task.family, task.preset)


def choose_plan(n_rows: int, budget_seconds: float, n_workers: int) -> TrainingPlan:
    """Return the best plan that is expected to fit into a budget.

    Parameters
    ----------
    n_rows : int
        Bars of all symbols together.
    budget_seconds : float
    n_workers : int

    Returns
    -------
    plan : TrainingPlan
        One of `CHOSEN_BY_BUDGET`; the cheapest where none fits: a result is always possible.

    Notes
    -----
    The plans with nets, the contract's among them, are chosen by name alone: on worlds with a
    planted edge they take a hundred times longer and learn less (docs/decisions/0044).

    Examples
    --------
    >>> choose_plan(2500, 10.0, 2).name, choose_plan(2500, 60.0, 2).name
    ('cheap', 'standard')
    """
    for plan in CHOSEN_BY_BUDGET:
        if estimate_seconds(plan, n_rows, n_workers) <= budget_seconds:
            return plan
    return CHEAP_PLAN


def find_plan(name: str | None) -> TrainingPlan | None:
    """Return a plan by its name; None where none is named.

    Raises
    ------
    UnknownPlan
        If there is none of that name.
    """
    if name is None:
        return None
    if name not in PLANS:
        raise UnknownPlan(name, list(PLANS))
    return PLANS[name]


def _rows_a_second(family: str, preset: str) -> float:
    return ROWS_A_SECOND.get((family, preset), UNMEASURED_ROWS_A_SECOND)
