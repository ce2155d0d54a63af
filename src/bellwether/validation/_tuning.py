"""Tuning inside the walk-forward: options chosen by what each fit's own past can tell."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from bellwether.hashing import digest_json
from bellwether.models import MissingExtra, OptionValue, SearchSpace, find_search_space
from bellwether.samples import Samples
from bellwether.validation._fits import Arrays, FitRunner, FitTask
from bellwether.validation._learning import make_targets, weigh_rows
from bellwether.validation._plan import FamilyPlan, TrainingPlan, freeze_changes
from bellwether.validation._walk import WalkForward

# Configurations asked for at once. Part of what is chosen, so it is the same on every machine.
TRIALS_AT_ONCE = 4
# A configuration first gets this share of its epochs or trees; the best third gets them all.
BRIEF_SHARE = 1 / 3
REDUCTION = 3


class TuningWatcher(Protocol):
    """Told of every configuration before it is tried. Treaty: called from the caller's thread."""

    def trying(self, tasks: Sequence[FitTask]) -> None:
        """Take note of fits that are about to be tried; what it raises ends the tuning."""

    def tuned(self, n_done: int, n_total: int) -> None:
        """Take note of how many configurations are done with, of all that will be tried."""


@dataclass(slots=True)
class _Search:
    """The search for one fit's options."""

    task: FitTask
    item: FamilyPlan
    space: SearchSpace
    study: Any

    def brief(self, changes: Mapping[str, OptionValue]) -> dict[str, OptionValue]:
        """Return a configuration with a share of the effort of a whole fit."""
        name = self.space.effort
        if name is None:
            return dict(changes)
        whole = getattr(self.item.make(freeze_changes(changes)).options, name)
        return {**changes, name: max(round(whole * BRIEF_SHARE), 1)}


def tune_walk(
    samples: Samples,
    walk: WalkForward,
    plan: TrainingPlan,
    runner: FitRunner,
    watcher: TuningWatcher,
) -> WalkForward:
    """Choose the options of every fit by trials on that fit's own past.

    Parameters
    ----------
    samples : Samples
    walk : WalkForward
        As `plan_fits` lays it out.
    plan : TrainingPlan
        `n_trials` of each family says how many configurations are tried before each of its fits.
    runner : FitRunner
        Carries the trials out; one that remembers outcomes lets a stopped search go on.
    watcher : TuningWatcher

    Returns
    -------
    walk : WalkForward
        The same rows, with the options that were chosen. The plan's own options are the first
        trial of each search, so what is chosen never had the greater validation loss.

    Raises
    ------
    MissingExtra
        If Optuna is not installed.
    ModelError
        If a trial fails.

    Notes
    -----
    Knows: of each fit, its training and validation rows. No row that is forecast out of sample is
    ever looked at, and each fold searches anew. The search is a tree-structured Parzen estimator
    (Bergstra et al. 2011) with successive halving (Jamieson, Talwalkar 2016): every configuration
    gets a third of its epochs or trees, and only the best third of them the rest. The same plan on
    the same bars tries the same configurations.
    """
    searches = [_open(task, item) for task in walk.tasks if (item := _item(plan, task)).n_trials]
    searches = [one for one in searches if one.space.ranges]
    n_total = sum(one.item.n_trials for one in searches)
    n_done = 0
    while running := [one for one in searches if len(one.study.trials) < one.item.n_trials]:
        n_done += _try_some(samples, running, runner, watcher)
        watcher.tuned(n_done, n_total)
    chosen = {one.task.key: freeze_changes(one.study.best_params) for one in searches}
    tasks = [
        task.with_changes(chosen[task.key]) if task.key in chosen else task for task in walk.tasks
    ]
    return replace(walk, tasks=tuple(tasks))


def _item(plan: TrainingPlan, task: FitTask) -> FamilyPlan:
    [item] = [one for one in plan.families if one.family == task.family]
    return item


def _open(task: FitTask, item: FamilyPlan) -> _Search:
    optuna = _import_optuna()
    space, start = find_search_space(item.family, preset=item.preset, changes=dict(item.changes))
    seed = int(digest_json(["tuning", task.key])[:8], 16)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=2 * TRIALS_AT_ONCE),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=REDUCTION),
    )
    study.enqueue_trial(start)
    return _Search(task=task, item=item, space=space, study=study)


def _try_some(
    samples: Samples, searches: Sequence[_Search], runner: FitRunner, watcher: TuningWatcher
) -> int:
    """Ask each search for some configurations, try them briefly, then the best to the end."""
    asked = [
        (one, trial)
        for one in searches
        for trial in _ask(one, min(TRIALS_AT_ONCE, one.item.n_trials - len(one.study.trials)))
    ]
    brief = [one.task.as_trial(freeze_changes(one.brief(trial.params))) for one, trial in asked]
    first = _losses(samples, brief, runner, watcher)
    going_on = []
    for (one, trial), task in zip(asked, brief, strict=True):
        trial.report(first[task.key], step=1)
        if trial.should_prune():
            one.study.tell(trial, state=_import_optuna().trial.TrialState.PRUNED)
        else:
            going_on.append((one, trial))
    whole = [one.task.as_trial(freeze_changes(trial.params)) for one, trial in going_on]
    losses = _losses(samples, whole, runner, watcher)
    for (one, trial), task in zip(going_on, whole, strict=True):
        one.study.tell(trial, losses[task.key])
    return len(asked)


def _import_optuna() -> Any:
    try:
        import optuna  # noqa: PLC0415 - heavy, and only who tunes needs it
    except ModuleNotFoundError as error:
        raise MissingExtra("what is tuned", "optuna") from error
    logging.getLogger("optuna").setLevel(logging.WARNING)
    return optuna


def _ask(search: _Search, n: int) -> list[Any]:
    optuna = _import_optuna()
    kinds = {
        name: (
            optuna.distributions.IntDistribution
            if one.whole
            else optuna.distributions.FloatDistribution
        )(one.least, one.most, log=one.logarithmic)
        for name, one in search.space.ranges.items()
    }
    return [search.study.ask(kinds) for _ in range(n)]


def _losses(
    samples: Samples, tasks: Iterable[FitTask], runner: FitRunner, watcher: TuningWatcher
) -> dict[str, float]:
    """Return the validation loss of each task by its key; the same configuration is fitted once."""
    once = {task.key: task for task in tasks}
    if not once:
        return {}
    watcher.trying(tuple(once.values()))
    with closing(runner.run(samples, tuple(once.values()), lambda _task, _share: None)) as found:
        return {task.key: _loss(samples, task, outcome) for task, outcome in found}


def _loss(samples: Samples, task: FitTask, outcome: Arrays) -> float:
    target = make_targets(samples, task.validation, task.learning)
    weight = weigh_rows(samples, task.validation, task.learning)
    return float(np.average((outcome["warm"] - target) ** 2, weights=weight))
