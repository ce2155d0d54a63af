"""What moves between retrains: a small value that turns member forecasts into one answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

import numpy as np

from bellwether.arrays import FloatArray, IntArray, frozen_floats
from bellwether.hashing import canonical_json, digest_json
from bellwether.models._errors import UnusableState
from bellwether.models._intervals import (
    N_VARIANCES,
    IntervalHistory,
    mixed_unit,
    prior_variance_weight,
    replay_intervals,
)
from bellwether.models._regime_weights import N_REGIMES, pick_weights
from bellwether.models._regression import sigmoid

QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels of the quantiles in every answer."""

N_STRENGTHS = 100
SCORE_BOUND = 3.0
STRENGTH_TOLERANCE = 1e-9
"""Strengths this close count as equal, so that a last digit cannot turn 50 into 95."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forecast:
    """What an ensemble says, row by row.

    Parameters
    ----------
    score : float64 array of shape (n_rows,)
        Weighted sum of the members' standardised forecasts.
    probability_up : float64 array of shape (n_rows,)
        Calibrated probability that the return over the horizon is above zero.
    expected_return : float64 array of shape (n_rows,)
        Mean return over the horizon.
    quantiles : float64 array of shape (n_rows, 5)
        Returns over the horizon at the levels `QUANTILES`, never falling.
    confidence : float64 array of shape (n_rows,)
        50 + 45 x the share of past forecasts that were weaker.
    reach : float64 array of shape (n_rows,)
        What the state's interval offsets were multiplied by.
    """

    score: FloatArray
    probability_up: FloatArray
    expected_return: FloatArray
    quantiles: FloatArray
    confidence: FloatArray
    reach: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnsembleState:
    """The moving numbers of an ensemble, passed to its graph as explicit inputs.

    Parameters
    ----------
    members : tuple of str
        Names of the members, in the order of the arrays.
    mean, scale, weight : float64 arrays of shape (n_members,)
        Centre and spread of each member's past forecasts, and its share. Scales are above
        zero, weights at least zero and sum to one.
    calibration : float64 array of shape (2,)
        Intercept and slope of the log odds of a rise on the score.
    drift : float64 array of shape (2,)
        Intercept and slope of the return on the score, in units of volatility x
        sqrt(horizon).
    interval_offsets : float64 array of shape (5,)
        What is added to the drift for each of `QUANTILES`, in units of the mixture of
        variances x sqrt(horizon), never falling.
    strength_grid : float64 array of shape (100,)
        Quantiles of past |probability - .5|, never falling.
    variance_weight : float64 array of shape (3,), optional
        How much each of `interval_variances` counts for the reach of intervals: at least zero,
        one above. By default the first alone, as for states of before there were others.
    regime_multiplier : float64 array of shape (5, n_members), optional
        What weights are multiplied by in each regime, by its code, before they are scaled to sum
        to one again: above zero. Without it they are the same in every regime, and the graph is
        one that does not ask for any.
    common_drift : float64 array of shape (1,), optional
        Mean return over the horizon that is the same for every symbol, whatever its volatility.
        Without it there is none, and the graph is one that does not ask for any.

    Raises
    ------
    UnusableState
        If a shape is wrong, a number is not finite, or one of the conditions above fails.
    """

    members: tuple[str, ...]
    mean: FloatArray
    scale: FloatArray
    weight: FloatArray
    calibration: FloatArray
    drift: FloatArray
    interval_offsets: FloatArray
    strength_grid: FloatArray
    variance_weight: FloatArray = field(default_factory=prior_variance_weight)
    regime_multiplier: FloatArray | None = None
    common_drift: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", tuple(self.members))
        shared = {} if self.common_drift is None else {"common_drift": 1}
        for name, size in (_sizes(len(self.members)) | shared).items():
            array = frozen_floats(getattr(self, name))
            if array.shape != (size,) or not np.isfinite(array).all():
                raise UnusableState(f"{size} finite numbers in {name}", _shown(array))
            object.__setattr__(self, name, array)
        if self.regime_multiplier is not None:
            multiplier = _check_multiplier(self.regime_multiplier, len(self.members))
            object.__setattr__(self, "regime_multiplier", multiplier)
        _check_signs(self)

    @property
    def digest(self) -> str:
        """SHA-256 of the state's JSON."""
        return digest_json(self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """Return the state as lists of numbers under its fields' names."""
        numbers = {name: getattr(self, name).tolist() for name in _sizes(0)}
        if self.regime_multiplier is not None:
            numbers["regime_multiplier"] = self.regime_multiplier.tolist()
        if self.common_drift is not None:
            numbers["common_drift"] = self.common_drift.tolist()
        return {"members": list(self.members), **numbers}

    def to_json(self) -> str:
        """Return the state as its one JSON text."""
        return canonical_json(self.to_dict())

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Read back what `to_dict` gave.

        Raises
        ------
        UnusableState
            If a field is missing or unknown, or the numbers do not fit together.
        """
        known = {one.name for one in fields(cls)}
        if set(content) | {"variance_weight", "regime_multiplier", "common_drift"} != known:
            raise UnusableState(f"the fields {sorted(known)}", str(sorted(content)))
        return cls(**content)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read back what `to_json` gave.

        Raises
        ------
        UnusableState
            As `from_dict`, or if the text is not a JSON object.
        """
        try:
            content = json.loads(text)
        except ValueError as error:
            raise UnusableState("a JSON object", "text that is none") from error
        if not isinstance(content, dict):
            raise UnusableState("a JSON object", type(content).__name__)
        return cls.from_dict(content)

    def inputs(self) -> dict[str, FloatArray]:
        """Return the graph's inputs beside the bars, each of shape (n,)."""
        by_regime, shared = self.regime_multiplier, self.common_drift
        return {
            "member_mean": self.mean,
            "member_scale": self.scale,
            "member_weight": self.weight,
            "calibration": self.calibration,
            "drift": self.drift,
            "interval_offsets": self.interval_offsets,
            "strength_grid": self.strength_grid,
            "variance_weight": self.variance_weight,
            **({} if by_regime is None else {"regime_multiplier": by_regime.ravel()}),
            **({} if shared is None else {"common_drift": shared}),
        }

    def score(self, member_forecasts: FloatArray, regime: IntArray | None = None) -> FloatArray:
        """Return the combined score, float64 of shape (n_rows,).

        Parameters
        ----------
        member_forecasts : float64 array of shape (n_rows, n_members)
        regime : int64 array of shape (n_rows,), optional
            As for `weights_in`.
        """
        return combine(member_forecasts, self.mean, self.scale, self.weights_in(regime))

    def weights_in(self, regime: IntArray | None) -> FloatArray:
        """Return the weights of each row, float64 of shape (n_rows, n_members).

        Parameters
        ----------
        regime : int64 array of shape (n_rows,) or None
            Codes of `Regime`. Without it, or where weights are the same in every regime, the
            shape is (n_members,).
        """
        if regime is None or self.regime_multiplier is None:
            return self.weight
        return pick_weights(self.weight, self.regime_multiplier, regime)

    def find_reach(
        self, history: IntervalHistory, volatility: FloatArray, horizon_bars: int
    ) -> FloatArray:
        """Return how far each row's intervals reach, float64 of shape (n_rows,).

        Parameters
        ----------
        history : IntervalHistory
        volatility : float64 array of shape (n_rows,)
        horizon_bars : int

        Returns
        -------
        reach : float64 array of shape (n_rows,)
            What the interval offsets are multiplied by, in units of `volatility`.
        """
        unit = mixed_unit(history.variances, self.variance_weight)
        past_unit = mixed_unit(history.past_variances, self.variance_weight)
        past_moves = history.past_moves - self._shared()
        past_scores = past_moves / past_unit * (1.0 / np.sqrt(horizon_bars))
        ends = self.interval_offsets[[0, -1]]
        replayed, _ = replay_intervals(past_scores - self.drift[0], *ends.tolist())
        return np.asarray(unit * replayed / volatility)

    def forecast(
        self,
        member_forecasts: FloatArray,
        volatility: FloatArray,
        horizon_bars: int,
        reach: FloatArray | None = None,
        regime: IntArray | None = None,
    ) -> Forecast:
        """Return what the graph returns for the same members: the twin it is tested against.

        Parameters
        ----------
        member_forecasts : float64 array of shape (n_rows, n_members)
        volatility : float64 array of shape (n_rows,)
            Forecast volatility of one bar, known at each row's bar.
        horizon_bars : int
        reach : float64 array of shape (n_rows,), optional
            As `find_reach` gives it; 1 where left out.
        regime : int64 array of shape (n_rows,), optional
            As for `weights_in`.
        """
        score = self.score(member_forecasts, regime)
        probability_up = sigmoid(self.calibration[0] + self.calibration[1] * score)
        centre = self.drift[0] + self.drift[1] * score
        unit = volatility * np.sqrt(horizon_bars)
        reached = np.ones(len(score)) if reach is None else reach
        offset = reached[:, None] * self.interval_offsets
        strength = np.abs(probability_up - 0.5) - STRENGTH_TOLERANCE
        n_weaker = np.searchsorted(self.strength_grid, strength, side="left")
        return Forecast(
            score=score,
            probability_up=probability_up,
            expected_return=unit * centre + self._shared(),
            quantiles=unit[:, None] * (centre[:, None] + offset) + self._shared(),
            confidence=50.0 + 45.0 * n_weaker / N_STRENGTHS,
            reach=reached,
        )

    def _shared(self) -> float:
        return 0.0 if self.common_drift is None else float(self.common_drift[0])


def combine(
    member_forecasts: FloatArray, mean: FloatArray, scale: FloatArray, weight: FloatArray
) -> FloatArray:
    """Return the weighted sum of forecasts, each standardised and clipped to +/-3.

    Parameters
    ----------
    member_forecasts : float64 array of shape (n_rows, n_members)
    mean, scale : float64 arrays of shape (n_members,)
    weight : float64 array of shape (n_members,) or (n_rows, n_members)
        The same for all rows, or each row's own.

    Returns
    -------
    score : float64 array of shape (n_rows,)
    """
    standardised = np.clip((member_forecasts - mean) / scale, -SCORE_BOUND, SCORE_BOUND)
    if weight.ndim > 1:
        return np.asarray((standardised * weight).sum(axis=1))
    return np.asarray(standardised @ weight)


def _sizes(n_members: int) -> dict[str, int]:
    per_member = dict.fromkeys(("mean", "scale", "weight"), n_members)
    lines = {"calibration": 2, "drift": 2}
    return {
        **per_member,
        **lines,
        "interval_offsets": len(QUANTILES),
        "strength_grid": N_STRENGTHS,
        "variance_weight": N_VARIANCES,
    }


def _check_multiplier(multiplier: FloatArray, n_members: int) -> FloatArray:
    shape, given = (N_REGIMES, n_members), np.asarray(multiplier, dtype=np.float64)
    # A graph's inputs are rows of numbers, and so is what a bundle keeps of them.
    is_flat = given.shape == (N_REGIMES * n_members,)
    array = frozen_floats(given.reshape(shape) if is_flat else given)
    if array.shape != shape or not (np.isfinite(array).all() and np.all(array > 0.0)):
        expected = f"{N_REGIMES} x {n_members} finite numbers above zero in regime_multiplier"
        raise UnusableState(expected, f"shape {array.shape}, from {array.min(initial=np.inf):g} up")
    return array


def _check_signs(state: EnsembleState) -> None:
    conditions = {
        "at least one member, each with its own name": 0
        < len(state.members)
        == len(set(state.members)),
        "scales above zero": bool(np.all(state.scale > 0.0)),
        "weights of at least zero": bool(np.all(state.weight >= 0.0)),
        "weights that sum to one": abs(float(state.weight.sum()) - 1.0) < 1e-9,
        "interval offsets that never fall": bool(np.all(np.diff(state.interval_offsets) >= 0.0)),
        "variance weights of at least zero, one above": bool(
            np.all(state.variance_weight >= 0.0) and np.any(state.variance_weight > 0.0)
        ),
        "a strength grid that never falls": bool(np.all(np.diff(state.strength_grid) >= 0.0)),
    }
    for expected, holds in conditions.items():
        if not holds:
            raise UnusableState(expected, f"others in the state of {list(state.members)}")


def _shown(array: FloatArray) -> str:
    return f"shape {array.shape}" if np.isfinite(array).all() else "NaN or infinity"
