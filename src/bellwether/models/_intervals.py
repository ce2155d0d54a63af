"""How far intervals reach: a mixture of variances, and a replay of the last intervals.

Both are functions of the last bars and of the state, so that every symbol has its own, and
nothing is remembered between two answers.
"""

from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.features import interval_variances
from bellwether.models._errors import UnusableState

N_VARIANCES = len(interval_variances())
REPLAYED_BARS = 32
"""Intervals that are over, and are held against what came, before a new one is stated."""

MOST_MISSES = 20
LEAST_VARIANCE = 1e-12
_MISS_FRAC = 0.10
# A miss widens the next interval by 2.7 %, a hit narrows it by .3 %.
_LEARNING_RATE = 0.03
_N_PRIOR_ROWS = 20
_MOST_FITTED_ROWS = 4096
_N_ITERATIONS = 80
_FREEDOM = 5.0
_GOLDEN_RATIO = 0.6180339887498949


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalHistory:
    """What the reach of intervals is computed from, row by row.

    Parameters
    ----------
    variances : float64 array of shape (n_rows, 3)
        `interval_variances` at the row's bar.
    past_variances : float64 array of shape (n_rows, 32, 3)
        The same where the last intervals that are over were stated, oldest first.
    past_moves : float64 array of shape (n_rows, 32)
        The returns over the horizon that followed.

    Notes
    -----
    Knows: the last of the moves ended with the row's bar.
    NaN: a row with one has an interval without ends.
    """

    variances: FloatArray
    past_variances: FloatArray
    past_moves: FloatArray


def interval_lookback_bars(horizon_bars: int) -> int:
    """Return the bars an interval forecast is a function of."""
    longest = max(one.lookback_bars for one in interval_variances())
    return longest + REPLAYED_BARS + horizon_bars - 1


def mixed_unit(variances: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the standard deviation of one bar's return by a mixture of variances.

    Parameters
    ----------
    variances : float64 array of shape (..., 3)
    weight : float64 array of shape (3,)
    """
    return np.asarray(np.sqrt(np.maximum(variances @ weight, LEAST_VARIANCE)))


def replay_intervals(
    past_scores: FloatArray, low: float, high: float
) -> tuple[FloatArray, IntArray]:
    """Hold the last intervals against what came, each as wide as those before it asked for.

    Parameters
    ----------
    past_scores : float64 array of shape (n_rows, 32)
        Where each return fell, in units of its interval's standard deviation, oldest first.
    low, high : float
        Ends of an interval, in the same unit, while nothing was learned.

    Returns
    -------
    reach : float64 array of shape (n_rows,)
        What the next interval's ends are multiplied by: exp(.03 (misses - .1 x 32)).
    n_misses : int64 array of shape (n_rows,)
        At most 20.

    Notes
    -----
    NaN: a score that is NaN makes the reach NaN.

    References
    ----------
    Gibbs and Candes 2021, "Adaptive conformal inference under distribution shift", eq. 2: here
    on the logarithm of the interval's reach in place of its level, and over 32 bars.
    """
    factors = replay_factors()
    n_misses = np.zeros(len(past_scores), dtype=np.int64)
    for bar in range(REPLAYED_BARS):
        factor, score = factors[bar][n_misses], past_scores[:, bar]
        missed = (score > high * factor) | (score < low * factor)
        n_misses = np.minimum(n_misses + missed, MOST_MISSES)
    reach = factors[REPLAYED_BARS][n_misses]
    return np.where(np.isnan(past_scores).any(axis=1), np.nan, reach), n_misses


def replay_factors() -> FloatArray:
    """Return the reach after so many bars and misses, float64 of shape (33, 21)."""
    n_bars, n_misses = np.arange(REPLAYED_BARS + 1), np.arange(MOST_MISSES + 1)
    return np.asarray(np.exp(_LEARNING_RATE * (n_misses - _MISS_FRAC * n_bars[:, None])))


def fit_variance_weight(ratios: FloatArray, residuals: FloatArray, horizon_bars: int) -> FloatArray:
    """Fit the mixture of variances that past outcomes were most likely under.

    Parameters
    ----------
    ratios : float64 array of shape (n_rows, 3)
        `interval_variances` over the squared volatility that outcomes are in units of.
    residuals : float64 array of shape (n_rows,)
        Past outcomes less their expectation.
    horizon_bars : int
        Overlapping outcomes count as so much less evidence.

    Returns
    -------
    weight : float64 array of shape (3,)
        At least zero; shrunk towards the first variance alone, as much as 20 outcomes would.

    Notes
    -----
    Cost: bounded; of more than 4,096 rows as many are taken, spread evenly.
    The likelihood is a t5's of unit variance: each step is the minorisation of its logarithm,
    so that weights stay above zero and no step needs a length.

    References
    ----------
    Hunter and Lange 2004, "A tutorial on MM algorithms", section 3.
    """
    prior = prior_variance_weight()
    known = np.isfinite(ratios).all(axis=1) & np.isfinite(residuals)
    rows = _spread_evenly(np.flatnonzero(known))
    if not len(rows):
        return prior
    mixed, squared = ratios[rows], np.square(residuals[rows])
    evidence = 1.0 / horizon_bars
    weight = np.full(N_VARIANCES, 1.0 / N_VARIANCES)
    for _ in range(_N_ITERATIONS):
        variance = np.maximum(mixed @ weight, LEAST_VARIANCE)
        surprise = squared / variance
        share = (_FREEDOM + 1.0) * surprise / (_FREEDOM - 2.0 + surprise)
        up = evidence * (mixed.T @ (share / variance)) + _N_PRIOR_ROWS * prior / weight
        down = evidence * (mixed.T @ (1.0 / variance)) + _N_PRIOR_ROWS
        weight = np.maximum(weight * np.sqrt(up / down), 1e-12)
    return np.asarray(weight)


def prior_variance_weight() -> FloatArray:
    """Return the mixture before anything is known: the exponentially weighted variance alone."""
    return np.asarray(np.eye(N_VARIANCES)[0], dtype=np.float64)


def check_variances(variances: FloatArray | None, n_rows: int) -> None:
    """Refuse variances of another shape than rows x 3.

    Raises
    ------
    UnusableState
    """
    if variances is not None and variances.shape != (n_rows, N_VARIANCES):
        raise UnusableState(f"variances of {n_rows} x {N_VARIANCES}", str(variances.shape))


def _spread_evenly(rows: IntArray) -> IntArray:
    """Return at most 4,096 of some rows; steps of the golden ratio fall in with no cycle."""
    if len(rows) <= _MOST_FITTED_ROWS:
        return rows
    places = np.arange(_MOST_FITTED_ROWS) * _GOLDEN_RATIO % 1.0
    return np.asarray(rows[np.unique((places * len(rows)).astype(np.int64))])
