"""Purged splits: what a model may learn from ends before what it is judged on begins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from bellwether.arrays import IntArray
from bellwether.hashing import digest_json
from bellwether.samples._errors import PlanOutOfRange, TooLittleHistory
from bellwether.samples._samples import Samples

BARS_BETWEEN_REFITS = 63


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fold:
    """Rows to learn from, rows to choose with, rows to be judged on.

    Parameters
    ----------
    train, validation, test : int64 arrays, read-only
        Rows of the samples, each row in at most one of the three.
    train_closes_at_max : datetime64[us]
        Latest instant any label of `train` or `validation` depends on.
    test_decided_at_min : datetime64[us]
        Earliest decision in `test`.

    Notes
    -----
    Knows: whoever fits on `train` and `validation` knows nothing after
    `train_closes_at_max`, which is never after `test_decided_at_min`.
    """

    train: IntArray
    validation: IntArray
    test: IntArray
    train_closes_at_max: np.datetime64
    test_decided_at_min: np.datetime64

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            rows = np.array(getattr(self, name), dtype=np.int64)
            rows.flags.writeable = False
            object.__setattr__(self, name, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForwardPlan:
    """How to walk through history, refitting on the past and predicting what follows.

    Parameters
    ----------
    start_frac : float, default 0.30
        Share of the history before the first prediction out of sample, between 0 and 1.
    n_refits : int, optional
        Fits in all, spread evenly over the rest.
    refit_every_bars : int, optional
        Bars from one fit to the next instead; 63 where neither is given.
    validation_frac : float, default 0.15
        Share of each fit's past, its latest part, set aside to choose with; 0 for none.
    embargo_bars : int, default 5
        Whole bars between the last label learned from and the first decision after it.
    window : {"expanding", "rolling"}, default "expanding"
        Learn from all of the past, or from as many bars as the first fit had.

    Raises
    ------
    PlanOutOfRange
        If an option is out of its range, or both ways to count refits are given.

    Examples
    --------
    >>> WalkForwardPlan(n_refits=4).refit_every_bars is None
    True
    """

    start_frac: float = 0.30
    n_refits: int | None = None
    refit_every_bars: int | None = None
    validation_frac: float = 0.15
    embargo_bars: int = 5
    window: Literal["expanding", "rolling"] = "expanding"

    def __post_init__(self) -> None:
        if not 0.0 < self.start_frac < 1.0:
            raise PlanOutOfRange("start_frac", "between 0 and 1", self.start_frac)
        if not 0.0 <= self.validation_frac < 1.0:
            raise PlanOutOfRange("validation_frac", "from 0 to below 1", self.validation_frac)
        if self.n_refits is not None and self.refit_every_bars is not None:
            raise PlanOutOfRange("n_refits", "left out beside refit_every_bars", self.n_refits)
        for option in ("n_refits", "refit_every_bars"):
            if (count := getattr(self, option)) is not None and count < 1:
                raise PlanOutOfRange(option, "at least 1", count)
        if self.window not in ("expanding", "rolling"):
            raise PlanOutOfRange("window", "'expanding' or 'rolling'", self.window)
        _check_embargo(self.embargo_bars)

    @property
    def digest(self) -> str:
        """SHA-256 of every option."""
        return digest_json({name: getattr(self, name) for name in self.__slots__})


def holdout(
    samples: Samples,
    rows: IntArray,
    fractions: tuple[float, float, float] = (0.70, 0.15, 0.15),
    embargo_bars: int = 5,
) -> Fold:
    """Split a history once, by time across all symbols: the simplest plan.

    Parameters
    ----------
    samples : Samples
    rows : int64 array of shape (n,)
        Rows to split; those without an outcome can only be tested on.
    fractions : three floats, default (0.70, 0.15, 0.15)
        Shares of the instants for train, validation and test; they add up to 1.
    embargo_bars : int, default 5
        Whole bars between the last label of one part and the first decision of the next.

    Returns
    -------
    fold : Fold

    Raises
    ------
    PlanOutOfRange
        If the fractions are not shares of one, or the embargo is below zero.
    TooLittleHistory
        If a part is left without a row.
    """
    train, validation, test = fractions
    shares = train > 0 and validation >= 0 and test > 0
    if not shares or not math.isclose(train + validation + test, 1.0):
        raise PlanOutOfRange("fractions", "positive shares that add up to 1", fractions)
    _check_embargo(embargo_bars)
    times = np.unique(samples.decided_on[rows])
    n = len(times)
    edges = _Edges(0, round(train * n), round((train + validation) * n), n)
    return _cut(samples, rows, _on_instants(samples, times, edges), embargo_bars, "the holdout")


def walk_forward(samples: Samples, rows: IntArray, plan: WalkForwardPlan) -> tuple[Fold, ...]:
    """Split a history into fits and the stretches they predict, by time across all symbols.

    Parameters
    ----------
    samples : Samples
    rows : int64 array of shape (n,)
        Rows to split; those without an outcome can only be tested on.
    plan : WalkForwardPlan

    Returns
    -------
    folds : tuple of Fold
        In order of time. Their tests follow each other without gap or overlap and cover
        every row from the first out-of-sample instant on.

    Raises
    ------
    TooLittleHistory
        If a fold is left without a row to learn from, to choose with or to be tested on.
    """
    times = np.unique(samples.decided_on[rows])
    bounds = _test_bounds(len(times), plan)
    folds = []
    for number, (test, stop) in enumerate(pairwise(bounds), start=1):
        start = test - bounds[0] if plan.window == "rolling" else 0
        validation = test - round(plan.validation_frac * (test - start))
        edges = _on_instants(samples, times, _Edges(start, validation, test, stop))
        folds.append(_cut(samples, rows, edges, plan.embargo_bars, f"fold {number}"))
    return tuple(folds)


def check_history(n_rows: int, *, family: str, least_rows: int) -> None:
    """Refuse to train what has too few rows to learn from.

    Parameters
    ----------
    n_rows : int
        Usable, labelled rows of one symbol.
    family : str
        What is to be trained.
    least_rows : int
        Rows it needs.

    Raises
    ------
    TooLittleHistory
        If there are fewer.
    """
    if n_rows < least_rows:
        raise TooLittleHistory(family, least_rows, n_rows)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Where learning starts, validation starts, testing starts and testing stops."""

    start: int
    validation: int
    test: int
    stop: int


def _test_bounds(n_times: int, plan: WalkForwardPlan) -> Sequence[int]:
    first = math.ceil(plan.start_frac * n_times)
    if plan.n_refits is not None:
        if n_times - first < plan.n_refits:
            raise TooLittleHistory(f"{plan.n_refits} refits", plan.n_refits, n_times - first)
        return [int(edge) for edge in np.linspace(first, n_times, plan.n_refits + 1)]
    step = plan.refit_every_bars or BARS_BETWEEN_REFITS
    if first >= n_times:
        raise TooLittleHistory("the test of a walk forward", first + 1, n_times)
    return [*range(first, n_times, step), n_times]


def _on_instants(samples: Samples, times: IntArray, edges: _Edges) -> _Edges:
    """Turn places among the instants of the rows into places among all instants."""
    ends = np.append(times, len(samples.instants))
    places = (edges.start, edges.validation, edges.test, edges.stop)
    return _Edges(*(int(ends[place]) for place in places))


def _cut(samples: Samples, rows: IntArray, edges: _Edges, embargo_bars: int, name: str) -> Fold:
    decided, closes = samples.decided_on[rows], samples.closes_on[rows]
    learns = (decided >= edges.start) & (decided < edges.validation)
    chooses = (decided >= edges.validation) & (decided < edges.test)
    tests = (decided >= edges.test) & (decided < edges.stop)
    train = rows[learns & (closes <= edges.validation - embargo_bars)]
    validation = rows[chooses & (closes <= edges.test - embargo_bars)]
    test = rows[tests]
    wanted = {"training": train, "testing": test}
    if edges.validation < edges.test:
        wanted["validation"] = validation
    for part, found in wanted.items():
        if not found.size:
            raise TooLittleHistory(f"{part} in {name}", 1, 0)
    return Fold(
        train=train,
        validation=validation,
        test=test,
        train_closes_at_max=samples.closes_at[np.concatenate([train, validation])].max(),
        test_decided_at_min=samples.decided_at[test].min(),
    )


def _check_embargo(embargo_bars: int) -> None:
    if embargo_bars < 0:
        raise PlanOutOfRange("embargo_bars", "at least 0", embargo_bars)
