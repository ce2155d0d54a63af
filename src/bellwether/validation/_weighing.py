"""How much each member of an ensemble counts, from what was known of it."""

from typing import Literal, TypeAlias

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.models import (
    RegimeWeights,
    believed_weights,
    performance_weights,
    shrunk_multipliers,
    soft_weights,
    starting_multipliers,
    starting_weights,
)
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
    past_t = np.array([_past_t(samples, rows, one, outcomes) for one in columns])
    return soft_weights(past_t, believed_weights(forecasts.names))


def weigh_by_regime(
    samples: Samples,
    forecasts: MemberForecasts,
    rows: IntArray,
    weight: FloatArray,
    weighing: Weighing,
) -> RegimeWeights:
    """Return weights with what each member was worth in each regime.

    Parameters
    ----------
    samples : Samples
    forecasts : MemberForecasts
        With the regime of every row.
    rows : int64 array of shape (n,)
        Forecasts whose outcome is known, in order of time.
    weight : float64 array of shape (n_members,)
        As `weigh_members` gives it.
    weighing : {"soft", "contract"}
        Where multipliers start: from one, or from the contract's.

    Notes
    -----
    Knows: outcomes of `rows` only.
    """
    if forecasts.regime is None:
        raise AssertionError("forecasts whose regimes are known")
    names, regime = forecasts.names, forecasts.regime[rows]
    start = starting_multipliers(names)
    products = _find_products(forecasts.values[rows], samples.target[rows])
    of_regimes = [_skill_in(samples, rows, products, regime == code) for code in range(len(start))]
    multiplier = shrunk_multipliers(
        np.stack([skill for skill, _ in of_regimes]),
        np.stack([error for _, error in of_regimes]),
        products.mean(axis=0) if len(rows) else np.zeros(len(names)),
        start if weighing == "contract" else np.ones_like(start),
    )
    return RegimeWeights(weight=weight, multiplier=multiplier, past_regime=regime)


def _find_products(values: FloatArray, outcomes: FloatArray) -> FloatArray:
    """Return standardised forecasts times the score of what came, (n, n_members).

    NaN where a member said the same on all rows: that tells nothing.
    """
    if not len(values):
        return np.empty(values.shape)
    spread = values.std(axis=0)
    usual = np.where(spread > 0.0, spread, np.nan)
    standardised = np.clip((values - values.mean(axis=0)) / usual, -3.0, 3.0)
    return np.asarray(standardised * location_score(outcomes - outcomes.mean())[:, None])


def _skill_in(
    samples: Samples, rows: IntArray, products: FloatArray, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return members' mean product on some of the rows, and its standard error."""
    n_inside, n_members = int(inside.sum()), products.shape[1]
    if not n_inside:
        return np.full(n_members, np.nan), np.full(n_members, np.nan)
    skill = products[inside].mean(axis=0)
    # Symbols of one instant err together, and overlapping labels repeat each other h times over.
    by_instant = np.zeros((len(samples.instants), n_members))
    np.add.at(by_instant, samples.decided_on[rows][inside], products[inside] - skill)
    apart = np.square(by_instant).sum(axis=0) / n_inside**2
    least = np.square(products).mean(axis=0) / n_inside
    return skill, np.asarray(np.sqrt(samples.horizon_bars * np.maximum(apart, least)))


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
