"""Weights and scales of windows, as both backends use them."""

import math

import numpy as np

from bellwether.arrays import FloatArray

ROUNDING_FRAC = 4e-15


def exponential_weights(alpha: float, n_taps: int) -> FloatArray:
    """Return weights (1 - alpha)^lag, scaled to sum to one, float64 of shape (n_taps,)."""
    weights = [(1.0 - alpha) ** lag for lag in range(n_taps)]
    return np.array(weights) / math.fsum(weights)


def linear_weights(n_bars: int) -> FloatArray:
    """Return weights n, n-1, ..., 1 by lag, scaled to sum to one, float64 of shape (n_bars,)."""
    return np.arange(n_bars, 0, -1, dtype=np.float64) / (n_bars * (n_bars + 1) / 2)


def slope_weights(n_bars: int) -> FloatArray:
    """Return the weights by lag that make a least-squares slope a bar, shape (n_bars,)."""
    places = (n_bars - 1) / 2 - np.arange(n_bars, dtype=np.float64)
    return places / time_squares(n_bars)


def residual_weights(n_bars: int) -> FloatArray:
    """Return the weights by lag that make the latest value's distance from its line, shape (n,).

    The line's end is the mean plus the slope times half the way; the latest value less that is
    a weighted sum of the distances from it.
    """
    return -(1.0 / n_bars + slope_weights(n_bars) * ((n_bars - 1) / 2))


def time_squares(n_bars: int) -> float:
    """Return the sum of squares of the places 1 to `n_bars` around their mean."""
    return (n_bars * n_bars - 1) * n_bars / 12


def rounding_level(n_bars: int) -> float:
    """Return the share of the latest value whose square is the least sum of squares that counts."""
    return ROUNDING_FRAC * math.sqrt(n_bars)


def skewness_scale(n_bars: int) -> float:
    """Return what makes a sum of standardised cubes an unbiased skewness."""
    return n_bars / ((n_bars - 1) * (n_bars - 2))


def kurtosis_scale(n_bars: int) -> tuple[float, float]:
    """Return what makes a sum of standardised fourth powers an unbiased excess kurtosis.

    Returns
    -------
    scale, normal : float
        The factor of the sum, and what is then taken away.
    """
    below = (n_bars - 2) * (n_bars - 3)
    return n_bars * (n_bars + 1) / ((n_bars - 1) * below), 3 * (n_bars - 1) ** 2 / below
