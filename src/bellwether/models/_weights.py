"""Weights of an ensemble's members, from what was known of their past."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from bellwether.arrays import FloatArray

STARTING_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"gradient_boosting": 0.25, "lstm": 0.40, "transformer": 0.35}
)
"""The contract's weights of its three families before anything is known of them."""

QUADRATIC_BELIEF = 8.0
"""What the quadratic family counts before anything is known, others one: on worlds with a planted
edge it alone learned as much as it and trees together (docs/decisions/0044)."""

_REFERENCE_ACCURACY_FRAC = 0.60
_UPDATE_RATE = 0.1
_LEAST_WEIGHT, _MOST_WEIGHT = 0.05, 0.60


def starting_weights(members: Sequence[str]) -> FloatArray:
    """Return the weights before anything is known of the members.

    Parameters
    ----------
    members : sequence of str
        Names; a family that the contract does not name starts with the mean of those it does.

    Returns
    -------
    weight : float64 array of shape (n_members,)
        They sum to one.

    Examples
    --------
    >>> starting_weights(["lstm", "transformer", "gradient_boosting"]).tolist()
    [0.4, 0.35, 0.25]
    >>> starting_weights(["ridge", "logistic"]).tolist()
    [0.5, 0.5]
    """
    usual = sum(STARTING_WEIGHTS.values()) / len(STARTING_WEIGHTS)
    weight = np.array([STARTING_WEIGHTS.get(name, usual) for name in members])
    return np.asarray(weight / weight.sum())


def believed_weights(members: Sequence[str]) -> FloatArray:
    """Return what members count before anything is known of them, where evidence moves it.

    Parameters
    ----------
    members : sequence of str
        Names.

    Returns
    -------
    weight : float64 array of shape (n_members,)
        They sum to one.

    Examples
    --------
    >>> believed_weights(["quadratic", "gradient_boosting"]).round(3).tolist()
    [0.889, 0.111]
    """
    weight = np.array([QUADRATIC_BELIEF if name == "quadratic" else 1.0 for name in members])
    return np.asarray(weight / weight.sum())


def soft_weights(past_t: FloatArray, believed: FloatArray | None = None) -> FloatArray:
    """Return weights by the past evidence for each member.

    Parameters
    ----------
    past_t : float64 array of shape (n_members,)
        t-statistic of each member's forecasts over bars that are over. NaN counts as zero:
        no evidence.
    believed : float64 array of shape (n_members,), optional
        Weights without any evidence, above zero; all alike where left out.

    Returns
    -------
    weight : float64 array of shape (n_members,)
        Proportional to what was believed, times exp(T^2/2) where T is above zero; they sum to
        one.

    Examples
    --------
    >>> soft_weights(np.array([0.0, -3.0])).tolist()
    [0.5, 0.5]
    >>> soft_weights(np.array([100.0, 0.0])).tolist()
    [1.0, 0.0]
    """
    positive = np.maximum(np.nan_to_num(past_t, nan=0.0, posinf=1e3, neginf=0.0), 0.0)
    exponent = 0.5 * np.square(positive)
    if believed is not None:
        exponent = exponent + np.log(believed / believed.max())
    weight = np.exp(exponent - exponent.max())
    return np.asarray(weight / weight.sum())


def performance_weights(weight: FloatArray, past_accuracy_frac: FloatArray) -> FloatArray:
    """Return the contract's update of weights by each member's last ten settled predictions.

    Parameters
    ----------
    weight : float64 array of shape (n_members,)
        Weights so far.
    past_accuracy_frac : float64 array of shape (n_members,)
        Share of hits among the last ten settled predictions; NaN where fewer are settled,
        which leaves the member's weight alone.

    Returns
    -------
    weight : float64 array of shape (n_members,)
        Multiplied by 1 + .1 (accuracy - .60), clamped to .05 ... .60, scaled to sum to one.

    Examples
    --------
    >>> performance_weights(np.array([0.5, 0.5]), np.array([0.7, np.nan])).round(4).tolist()
    [0.5025, 0.4975]
    """
    gap = np.nan_to_num(past_accuracy_frac - _REFERENCE_ACCURACY_FRAC, nan=0.0)
    moved = np.clip(weight * (1.0 + _UPDATE_RATE * gap), _LEAST_WEIGHT, _MOST_WEIGHT)
    return np.asarray(moved / moved.sum())
