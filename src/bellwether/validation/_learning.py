"""What a fit learns from its rows: the target of each, and how much it counts."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.labels import age_weights, uniqueness_weights
from bellwether.samples import Samples
from bellwether.validation._errors import MalformedPlan

# In standard deviations: a single crash would otherwise outweigh a year of squared errors.
TARGET_LIMIT = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPlan:
    """What every fit of a plan is taught.

    Parameters
    ----------
    target : {"own", "cross_section"}
        Each symbol's own volatility-scaled return, or that less its mean over the symbols of the
        same instant: what moves all of them alike is then no lesson. The ensemble's state, and
        with it every answer, is fitted to the own return in any case.
    by_uniqueness : bool, default False
        Whether labels that overlap count for as much less as they repeat each other.
    half_life_bars : int or None
        Instants after which a row counts half; None lets all count alike.

    Raises
    ------
    MalformedPlan
        If the target is unknown or the half-life is below one bar.
    """

    target: Literal["own", "cross_section"] = "own"
    by_uniqueness: bool = False
    half_life_bars: int | None = None

    def __post_init__(self) -> None:
        if self.target not in {"own", "cross_section"}:
            raise MalformedPlan("a target of 'own' or 'cross_section'", repr(self.target))
        if self.half_life_bars is not None and self.half_life_bars < 1:
            raise MalformedPlan("a half-life of 1 bar or more", str(self.half_life_bars))

    @property
    def is_plain(self) -> bool:
        """Whether it is the usual lesson: own returns, all rows alike."""
        return self == LearningPlan()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)


def make_targets(samples: Samples, rows: IntArray, plan: LearningPlan) -> FloatArray:
    """Return what is to be learned of some rows, float64 of shape (n_rows,).

    Parameters
    ----------
    samples : Samples
    rows : int64 array of shape (n_rows,)
        Labelled rows.
    plan : LearningPlan

    Notes
    -----
    Knows: the labels of these rows and of no others, so that no label comes in that closes after
    theirs. A row that is alone at its instant keeps its own return. Targets are winsorised at
    three standard deviations.
    """
    target = np.clip(samples.target[rows], -TARGET_LIMIT, TARGET_LIMIT)
    if plan.target == "own":
        return target
    places = samples.decided_on[rows]
    total, n_there = np.bincount(places, weights=target), np.bincount(places)
    mean = np.where(n_there > 1, total / np.maximum(n_there, 1), 0.0)
    return np.asarray(target - mean[places])


def weigh_rows(samples: Samples, rows: IntArray, plan: LearningPlan) -> FloatArray:
    """Return how much each of some rows counts, float64 of shape (n_rows,), above zero.

    Parameters
    ----------
    samples : Samples
    rows : int64 array of shape (n_rows,)
    plan : LearningPlan

    Notes
    -----
    Knows: when bars closed. Age is counted in instants back from the latest of these rows.
    """
    weight = np.ones(len(rows))
    if plan.by_uniqueness:
        symbols = samples.symbol[rows]
        for symbol in np.unique(symbols):
            own = np.flatnonzero(symbols == symbol)
            opens = samples.bar[rows[own]]
            weight[own] = uniqueness_weights(opens, opens + samples.horizon_bars)
    if plan.half_life_bars is not None:
        places = samples.decided_on[rows]
        weight *= age_weights(places.max(initial=0) - places, plan.half_life_bars)
    return weight
