"""How much more or less each member of an ensemble counts in each regime."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.rules import Regime

N_REGIMES = len(Regime)
LEAST_MULTIPLIER, MOST_MULTIPLIER = 0.5, 2.0
# As the contract has it, in the order of the regimes' codes: ranging, trending up and down,
# volatile, quiet. Its 1.5 for the rules when ranging is about a member that ensembles have not.
_STARTING: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {"gradient_boosting": (0.9, 1.2, 1.2, 1.2, 1.0), "lstm": (0.8, 1.3, 1.3, 0.7, 1.0)}
)
# Before looking: standard deviation of a member's skill in a regime about its skill overall, and
# the least skill that differences are held against. Skill is the mean product of a standardised
# forecast and the location score of what came, about 1.25 x the information coefficient.
_PRIOR_SPREAD = 0.02
_LEAST_SKILL = 0.03


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegimeWeights:
    """Weights that depend on the regime, for fitting a state to rows of the past.

    Parameters
    ----------
    weight : float64 array of shape (n_members,)
        Share of each member, whatever the regime.
    multiplier : float64 array of shape (5, n_members)
        What it is multiplied by in each regime, by its code.
    past_regime : int64 array of shape (n_rows,)
        Code of each row's regime.
    """

    weight: FloatArray
    multiplier: FloatArray
    past_regime: IntArray


def starting_multipliers(members: Sequence[str]) -> FloatArray:
    """Return the contract's multipliers, before anything is known of the members.

    Parameters
    ----------
    members : sequence of str
        Names; a family that the contract does not name counts alike in every regime.

    Returns
    -------
    multiplier : float64 array of shape (5, n_members)
        A row for each regime, by its code.

    Examples
    --------
    >>> starting_multipliers(["lstm", "ridge"])[Regime.VOLATILE].tolist()
    [0.7, 1.0]
    """
    alike = (1.0,) * N_REGIMES
    return np.array([_STARTING.get(name, alike) for name in members], dtype=np.float64).T


def weights_by_regime(weight: FloatArray, multiplier: FloatArray) -> FloatArray:
    """Return the weights in each regime, float64 of shape (5, n_members), rows summing to one.

    Parameters
    ----------
    weight : float64 array of shape (n_members,)
    multiplier : float64 array of shape (5, n_members)
    """
    table = weight * multiplier
    return np.asarray(table / table.sum(axis=1, keepdims=True))


def pick_weights(weight: FloatArray, multiplier: FloatArray, regime: IntArray) -> FloatArray:
    """Return the weights of each row by its regime, float64 of shape (n_rows, n_members).

    Parameters
    ----------
    weight : float64 array of shape (n_members,)
    multiplier : float64 array of shape (5, n_members)
    regime : int64 array of shape (n_rows,)
        Codes of `Regime`.
    """
    return np.asarray(weights_by_regime(weight, multiplier)[regime])


def shrunk_multipliers(
    past_skill: FloatArray, past_error: FloatArray, overall: FloatArray, start: FloatArray
) -> FloatArray:
    """Return multipliers by each member's past skill in each regime, as far as it can be told.

    Parameters
    ----------
    past_skill, past_error : float64 arrays of shape (5, n_members)
        Mean product of standardised forecast and location score of the outcome in each regime,
        and its standard error; NaN where there is none.
    overall : float64 array of shape (n_members,)
        The same mean over all regimes.
    start : float64 array of shape (5, n_members)
        What is believed before looking.

    Returns
    -------
    multiplier : float64 array of shape (5, n_members)
        From .5 to 2, on average one in each regime.

    Notes
    -----
    What a member's skill in a regime differs from its skill overall, in shares of the latter, is
    the posterior mean of a normal with a normal prior: the measured difference counts for
    s^2 / (s^2 + error^2), the believed one for the rest, s the spread of .02 that differences
    have before looking. Skill overall counts as .03 at least, so that next to nothing is never
    divided by.

    References
    ----------
    Efron and Morris 1975, "Data analysis using Stein's estimator and its generalizations".

    Examples
    --------
    >>> skill, error = np.full((5, 2), 0.04), np.full((5, 2), 0.02)
    >>> skill[3] = 0.08, 0.0
    >>> shrunk_multipliers(skill, error, np.full(2, 0.04), np.ones((5, 2)))[2:4].tolist()
    [[1.0, 1.0], [1.5, 0.5]]
    """
    measured = (past_skill - overall) / np.maximum(overall, _LEAST_SKILL)
    known = np.isfinite(measured) & np.isfinite(past_error)
    error = np.where(known, past_error, np.inf)
    trust = _PRIOR_SPREAD**2 / (_PRIOR_SPREAD**2 + error**2)
    surprise = np.where(known, measured, 0.0) - (start - 1.0)
    return _bounded(start + trust * surprise)


def _bounded(raw: FloatArray) -> FloatArray:
    clipped = np.clip(raw, LEAST_MULTIPLIER, MOST_MULTIPLIER)
    distance = clipped / clipped.mean(axis=1, keepdims=True) - 1.0
    # Drawn together where one is out of bounds, so that the mean stays one.
    over = np.maximum(
        distance.max(axis=1) / (MOST_MULTIPLIER - 1.0),
        -distance.min(axis=1) / (1.0 - LEAST_MULTIPLIER),
    )
    return np.asarray(1.0 + distance / np.maximum(over, 1.0)[:, None])
