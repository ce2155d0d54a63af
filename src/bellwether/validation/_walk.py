"""Nested walk-forward: which fits it asks for, and the forecasts they make out of sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

import numpy as np

from bellwether._version import __version__
from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.features import Scaling
from bellwether.hashing import digest_arrays, digest_json
from bellwether.models import Family, find_trained_until, stops_by_validation
from bellwether.samples import (
    Fold,
    Samples,
    TooLittleHistory,
    WalkForwardPlan,
    check_history,
    holdout,
    walk_forward,
)
from bellwether.validation._errors import MalformedPlan
from bellwether.validation._fits import FINAL_FOLD, Arrays, FitTask
from bellwether.validation._learning import TARGET_LIMIT
from bellwether.validation._plan import FamilyPlan, TrainingPlan

# What a fit's numbers hang on beside its data and options.
Rows: TypeAlias = tuple[IntArray, IntArray, IntArray]
"""What a fit learns from, what it is stopped by, and what it forecasts."""
LIBRARIES = ("numba", "numpy", "torch", "xgboost-cpu")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WalkForward:
    """Every fit a plan asks for on some samples, with the folds they belong to.

    Parameters
    ----------
    tasks : tuple of FitTask
        Family by family; each family's folds in order of time, its final fit last.
    folds : mapping of str to tuple of Fold
        The folds of each family.
    seen_until : mapping of str to datetime64[us]
        Last instant that a family had seen before it came here; most have seen none.
    """

    tasks: tuple[FitTask, ...]
    folds: Mapping[str, tuple[Fold, ...]]
    seen_until: Mapping[str, np.datetime64] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemberForecasts:
    """What each family forecast without having seen the outcome.

    Parameters
    ----------
    names : tuple of str
        Families.
    values : float64 array of shape (n_rows, n_members)
        Volatility-scaled return forecast at each row of the samples; NaN where there is none.
    warm : bool array of shape (n_rows,)
        Rows before the out-of-sample stretch that the first fits stopped by but were not
        fitted to: good enough to warm moments with, never scored.
    out_of_sample : bool array of shape (n_rows,)
        Rows forecast by fits that ended before them.
    regime : int64 array of shape (n_rows,), optional
        Code of the confirmed regime of each row's bar, where members are to count by it.

    Notes
    -----
    Knows: the value of a row was fixed at the close of the row's bar.
    """

    names: tuple[str, ...]
    values: FloatArray
    warm: BoolArray
    out_of_sample: BoolArray
    regime: IntArray | None = None

    def only(self, names: Sequence[str]) -> "MemberForecasts":
        """Return the forecasts of some of the members; one alone has all the say in any regime."""
        columns = [self.names.index(name) for name in names]
        return MemberForecasts(
            names=tuple(names),
            values=self.values[:, columns],
            warm=self.warm,
            out_of_sample=self.out_of_sample,
            regime=self.regime if len(columns) > 1 else None,
        )


def plan_fits(samples: Samples, plan: TrainingPlan) -> WalkForward:
    """Lay out every fit of a nested walk-forward.

    Parameters
    ----------
    samples : Samples
    plan : TrainingPlan

    Returns
    -------
    walk : WalkForward

    Raises
    ------
    MalformedPlan
        If only the first fold is to hold rows out, and a family stops by them.
    TooLittleHistory
        If a symbol has fewer usable rows than a family needs, a fold would be empty, or no
        bar would be left to judge.

    Notes
    -----
    Knows: every label fitted on or stopped by has closed before the first forecast made
    with it, less the embargo. All families share the rows that every one of them can use, and
    none is judged before one that was trained elsewhere has seen its last bar.
    """
    families = {item.family: item.make() for item in plan.families}
    _check_stopping(plan, families)
    n_steps = max(family.n_steps for family in families.values())
    usable = samples.usable(n_steps)
    for family in families.values():
        for symbol in range(len(samples.symbols)):
            own = samples.usable(family.n_steps) & samples.labelled & (samples.symbol == symbol)
            check_history(int(own.sum()), family=family.name, least_rows=family.least_rows)
    rows = np.flatnonzero(usable)
    content = digest_arrays(
        {"features": samples.features, "target": samples.target, "symbol": samples.symbol}
    )
    untils = {name: find_trained_until(family) for name, family in families.items()}
    seen_until = {name: until for name, until in untils.items() if until is not None}
    start_frac = _start_frac(samples, rows, plan, seen_until)
    folds, tasks = {}, []
    for item in plan.families:
        folds[item.family] = walk_forward(samples, rows, _walk_plan(plan, item, start_frac))
        _check_judgeable(samples, folds[item.family])
        splits = {
            number: (fold.train, fold.validation, fold.test)
            for number, fold in enumerate(folds[item.family])
        }
        splits[FINAL_FOLD] = _final_rows(samples, rows, plan)
        if plan.holds_out == "first fold":
            splits = {number: _learn_from_all(number, own) for number, own in splits.items()}
        tasks += [_task(content, plan, item, number, own) for number, own in splits.items()]
    return WalkForward(tasks=tuple(tasks), folds=folds, seen_until=seen_until)


def gather_forecasts(
    samples: Samples, walk: WalkForward, outcomes: Mapping[str, Arrays]
) -> MemberForecasts:
    """Lay the forecasts of every fold onto the rows of the samples.

    Parameters
    ----------
    samples : Samples
    walk : WalkForward
    outcomes : mapping of str to arrays
        Outcome of each task by its key.

    Returns
    -------
    forecasts : MemberForecasts
    """
    names = tuple(walk.folds)
    values = np.full((len(samples), len(names)), np.nan)
    warm = np.ones(len(samples), dtype=np.bool_)
    tested = np.ones(len(samples), dtype=np.bool_)
    for column, name in enumerate(names):
        own_warm, own_tested = np.zeros_like(warm), np.zeros_like(tested)
        for task in walk.tasks:
            if task.family != name or task.fold == FINAL_FOLD:
                continue
            outcome = outcomes[task.key]
            if task.fold == 0:
                unseen = _after(samples, task.validation, walk.seen_until.get(name))
                values[task.validation[unseen], column] = outcome["warm"][unseen]
                own_warm[task.validation[unseen]] = True
            values[task.predict, column] = outcome["forecast"]
            own_tested[task.predict] = True
        warm &= own_warm
        tested &= own_tested
    return MemberForecasts(names=names, values=values, warm=warm, out_of_sample=tested)


def final_scaling(outcome: Arrays) -> Scaling:
    """Return the scaling of a final fit; it is the same for every family of a plan."""
    return Scaling(center=outcome["center"], scale=outcome["scale"])


def _check_stopping(plan: TrainingPlan, families: Mapping[str, Family]) -> None:
    stopped = [name for name, family in families.items() if stops_by_validation(family)]
    if plan.holds_out == "first fold" and stopped:
        expected = "families that stop by no row, where only the first fold holds rows out"
        raise MalformedPlan(expected, ", ".join(stopped))


def _learn_from_all(fold: int, rows: Rows) -> Rows:
    """Return a fold's rows with those held out among the ones to learn from.

    The first fold's stay out: its forecasts of them warm the first scores.
    """
    train, validation, predict = rows
    if fold == 0:
        return rows
    return np.union1d(train, validation), validation, predict


def _start_frac(
    samples: Samples, rows: IntArray, plan: TrainingPlan, seen_until: Mapping[str, np.datetime64]
) -> float:
    """Return the share of the history before the first bar that nobody has seen."""
    instants = np.unique(samples.decided_at[rows])
    shares = [plan.out_of_sample_from_frac]
    for family, until in seen_until.items():
        n_seen = int((instants <= until).sum())
        if n_seen >= len(instants):
            raise TooLittleHistory(f"bars after {until}, which {family} has seen", 1, 0)
        shares.append(n_seen / len(instants))
    return max(shares)


def _after(samples: Samples, rows: IntArray, until: np.datetime64 | None) -> BoolArray:
    if until is None:
        return np.ones(len(rows), dtype=np.bool_)
    return np.asarray(samples.decided_at[rows] > until)


def _walk_plan(plan: TrainingPlan, item: FamilyPlan, start_frac: float) -> WalkForwardPlan:
    return WalkForwardPlan(
        start_frac=start_frac,
        n_refits=item.n_refits,
        validation_frac=plan.validation_frac,
        embargo_bars=plan.embargo_bars,
        window=plan.window,
    )


def _check_judgeable(samples: Samples, folds: Sequence[Fold]) -> None:
    tested = np.concatenate([fold.test for fold in folds])
    n_instants = len(np.unique(samples.decided_on[tested]))
    if n_instants <= samples.horizon_bars:
        raise TooLittleHistory("the out-of-sample stretch", samples.horizon_bars + 1, n_instants)


def _final_rows(samples: Samples, rows: IntArray, plan: TrainingPlan) -> Rows:
    labelled = rows[samples.labelled[rows]]
    shares = (1.0 - plan.validation_frac, 0.0, plan.validation_frac)
    split = holdout(samples, labelled, shares, plan.embargo_bars)
    return split.train, split.test, np.empty(0, dtype=np.int64)


def _task(
    content: str,
    plan: TrainingPlan,
    item: FamilyPlan,
    fold: int,
    rows: Rows,
) -> FitTask:
    family = item.make()
    train, validation, predict = rows
    parts = {"train": train, "validation": validation, "predict": predict}
    code = [__version__, TARGET_LIMIT, *map(_version, LIBRARIES)]
    identity = [code, content, family.name, family.options.digest, plan.seed, fold]
    if not plan.learning.is_plain:
        identity.append(plan.learning.to_json())
    importance = plan.importance and fold != FINAL_FOLD
    if importance:
        identity.append("importance")
    return FitTask(
        family=item.family,
        preset=item.preset,
        seed=plan.seed,
        fold=fold,
        train=train,
        validation=validation,
        predict=predict,
        key=digest_json([*identity, digest_arrays(parts)]),
        changes=item.changes,
        learning=plan.learning,
        importance=importance,
    )


@cache
def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
