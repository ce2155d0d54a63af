"""How much each member of an ensemble counts, from what was known of it."""

from typing import Literal, TypeAlias

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.models import performance_weights, soft_weights, starting_weights
from bellwether.samples import Samples
from bellwether.validation._statistics import location_score, t_of_products
from bellwether.validation._walk import MemberForecasts

Weighing: TypeAlias = Literal["soft", "contract"]
"""By all past evidence, or by the contract's rule: step by step from its starting weights."""

_N_SETTLED = 10


def weigh_members(
    samples: Samples,
    forecasts: MemberForecasts,
    rows: IntArray,
    weighing: Weighing,
    before: FloatArray | None,
) -> FloatArray:
    """Return the weights of members, float64 of shape (n_members,), summing to one.

    Parameters
    ----------
    samples : Samples
    forecasts : MemberForecasts
    rows : int64 array of shape (n,)
        Forecasts whose outcome is known, in order of time.
    weighing : {"soft", "contract"}
    before : float64 array of shape (n_members,) or None
        The weights so far, which the contract's rule moves; None where there are none yet.

    Notes
    -----
    Knows: outcomes of `rows` only.
    """
    if weighing == "contract":
        so_far = starting_weights(forecasts.names) if before is None else before
        return performance_weights(so_far, _recent_accuracy(samples, forecasts, rows))
    outcomes = samples.target[rows]
    columns = forecasts.values[rows].T
    return soft_weights(np.array([_past_t(samples, rows, one, outcomes) for one in columns]))


def _recent_accuracy(samples: Samples, forecasts: MemberForecasts, rows: IntArray) -> FloatArray:
    """Return each member's share of hits among its last ten settled predictions.

    What settled last counts as last. NaN with fewer than ten; a return of zero, and a forecast
    of zero, settle nothing.
    """
    in_order = rows[np.argsort(samples.closes_on[rows], kind="stable")]
    came = np.sign(samples.forward_return[in_order])
    accuracy = np.full(len(forecasts.names), np.nan)
    for member, said in enumerate(np.sign(forecasts.values[in_order]).T):
        settled = np.flatnonzero((came != 0.0) & (said != 0.0))[-_N_SETTLED:]
        if len(settled) == _N_SETTLED:
            accuracy[member] = (said[settled] == came[settled]).mean()
    return accuracy


def _past_t(samples: Samples, rows: IntArray, forecast: FloatArray, outcome: FloatArray) -> float:
    """Return a member's past evidence: summed over the symbols of an instant, then T."""
    spread = float(forecast.std()) if len(forecast) else 0.0
    if spread == 0.0:
        return float("nan")
    standardised = np.clip((forecast - forecast.mean()) / spread, -3.0, 3.0)
    products = standardised * location_score(outcome - outcome.mean())
    by_instant = np.zeros(len(samples.instants))
    np.add.at(by_instant, samples.decided_on[rows], products)
    # Overlapping labels repeat each other h times over.
    return t_of_products(by_instant) / float(np.sqrt(samples.horizon_bars))
