"""The plan of a training: what was asked for, and what a time budget leaves room for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bellwether.service._family_choice import plan_families
from bellwether.service._plans import (
    CHEAP_PLAN,
    CHOSEN_BY_BUDGET,
    FITS_A_TRIAL,
    SETUP_SECONDS,
    choose_plan,
    estimate_seconds,
)
from bellwether.validation import LearningPlan, TrainingPlan

# Fewer say nothing about four options; more follow the noise of a few hundred validation rows.
LEAST_TRIALS, MOST_TRIALS = 8, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a training may take.

    Parameters
    ----------
    n_rows : int
        Bars of all symbols together.
    budget_seconds : float
    n_workers : int
    """

    n_rows: int
    budget_seconds: float
    n_workers: int


def decide_plan(
    room: Room,
    *,
    plan: TrainingPlan | None = None,
    tune: bool = False,
    learning: LearningPlan | None = None,
    families: Sequence[object] = (),
) -> TrainingPlan:
    """Return the plan that was named, else the one there is room for, with what is asked of it.

    Parameters
    ----------
    room : Room
    plan : TrainingPlan, optional
    tune : bool, default False
        Whether each family's options are searched before each fit.
    learning : LearningPlan, optional
        What each fit is taught, instead of what the plan says.
    families : sequence, optional
        What is trained in place of the plan's own families, named as `bellwether.train` takes them.

    Examples
    --------
    >>> room = Room(n_rows=2500, budget_seconds=20.0, n_workers=2)
    >>> decide_plan(room).name, decide_plan(room, tune=True).name
    ('standard', 'cheap, tuned')
    """
    sizes = (room.n_rows, room.budget_seconds, room.n_workers)
    if families:
        plan = plan_families(families, *sizes, plan)
    chosen = choose_tuned_plan(*sizes, plan) if tune else plan or choose_plan(*sizes)
    return chosen if learning is None else replace(chosen, learning=learning)


def choose_tuned_plan(
    n_rows: int, budget_seconds: float, n_workers: int, plan: TrainingPlan | None = None
) -> TrainingPlan:
    """Return a plan that tunes every family for as long as a budget allows.

    Parameters
    ----------
    n_rows : int
        Bars of all symbols together.
    budget_seconds : float
    n_workers : int
    plan : TrainingPlan, optional
        The plan to tune; by default the best one that leaves room for at least 8
        configurations a fit.

    Returns
    -------
    plan : TrainingPlan
        With from 8 to 64 trials a family, 8 where not even they fit.

    Examples
    --------
    >>> tuned = choose_tuned_plan(2500, 600.0, 2)
    >>> tuned.name, {item.n_trials for item in tuned.families}
    ('standard, tuned', {64})
    """
    if plan is not None:
        return _with_trials(plan, _count(plan, n_rows, budget_seconds, n_workers))
    for one in CHOSEN_BY_BUDGET:
        n_trials = _count(one, n_rows, budget_seconds, n_workers)
        if n_trials >= LEAST_TRIALS:
            return _with_trials(one, n_trials)
    return _with_trials(CHEAP_PLAN, LEAST_TRIALS)


def _count(plan: TrainingPlan, n_rows: int, budget_seconds: float, n_workers: int) -> int:
    whole = estimate_seconds(plan, n_rows, n_workers)
    a_trial = (whole - SETUP_SECONDS) * FITS_A_TRIAL
    return int((budget_seconds - whole) / a_trial)


def _with_trials(plan: TrainingPlan, n_trials: int) -> TrainingPlan:
    n_trials = min(max(n_trials, LEAST_TRIALS), MOST_TRIALS)
    families = tuple(replace(item, n_trials=n_trials) for item in plan.families)
    # A search chooses by the rows held out.
    name = f"{plan.name}, tuned"
    return replace(plan, name=name, families=families, holds_out="every fold")
