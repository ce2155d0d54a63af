"""Measures of intervals and probabilities on a stream, and what chance alone does to them."""

from functools import cache

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.validation import calibration_curve

LEVEL = 0.90
BLOCK_BARS = 60
_N_DRAWS = 600
_FREEDOM = 5


def worst_shortfall(held: BoolArray) -> float:
    """Return .90 less the least share held in any 60 consecutive bars."""
    sums = np.cumsum(np.concatenate([[0.0], held]))
    return LEVEL - float((sums[BLOCK_BARS:] - sums[:-BLOCK_BARS]).min()) / BLOCK_BARS


@cache
def chance_shortfall(n_bars: int, horizon_bars: int) -> float:
    """Return the mean shortfall of the worst block where every interval is exactly right.

    One bar ahead: independent Bernoulli(.9) sequences of the same length. Several bars ahead
    outcomes overlap, so that even a perfect forecaster's misses come together: sums of as many
    independent t5 shocks, held by the true quantiles of such a sum.
    """
    draw = np.random.default_rng([n_bars, horizon_bars])
    found = []
    low, high = _true_ends(horizon_bars)
    for _ in range(_N_DRAWS if horizon_bars == 1 else _N_DRAWS // 3):
        if horizon_bars == 1:
            held = draw.random(n_bars) < LEVEL
        else:
            sums = _sums(draw, n_bars, horizon_bars)
            held = (low <= sums) & (sums <= high)
        found.append(worst_shortfall(held))
    return float(np.mean(found))


@cache
def _true_ends(horizon_bars: int) -> tuple[float, float]:
    sums = _sums(np.random.default_rng(horizon_bars), 2_000_000, horizon_bars)
    low, high = np.quantile(sums, [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    return float(low), float(high)


def _sums(draw: np.random.Generator, n_bars: int, horizon_bars: int) -> FloatArray:
    shocks = np.cumsum(draw.standard_t(_FREEDOM, n_bars + horizon_bars))
    return np.asarray(shocks[horizon_bars:] - shocks[:-horizon_bars])


def interval_score(low: FloatArray, high: FloatArray, came: FloatArray) -> FloatArray:
    """Return width plus twenty times what lies outside: the less the better, at 90 %.

    References
    ----------
    Winkler 1972; Gneiting and Raftery 2007, eq. 43.
    """
    outside = np.maximum(low - came, 0.0) + np.maximum(came - high, 0.0)
    return high - low + 2.0 / (1.0 - LEVEL) * outside


def calibration_error(probability: FloatArray, outcome: FloatArray) -> float:
    """Return the mean distance of stated and measured over ten bins of equal size."""
    curve = calibration_curve(probability, outcome)
    return float(np.average(np.abs(curve.probability - curve.share_up), weights=curve.n))


def distance_from_uniform(shares: FloatArray) -> float:
    """Return the largest distance of the distribution of shares from the uniform one."""
    ordered = np.sort(shares)
    places = (np.arange(len(ordered)) + 0.5) / len(ordered)
    return float(np.abs(ordered - places).max(initial=0.0))
