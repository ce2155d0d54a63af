"""Kernels of second and higher moments: centered first, so that no level cancels a spread.

Each window is taken as distances from its latest value, and those from their mean, before
anything is multiplied: the error of a moment is relative to the spread of the window, not to
its level. With u = 2^-53, n bars and a window's own values:

======================  ==============================================================
mean deviation          within (2 n^1.5 + 8) u of the standard deviation
covariance              within (2n + 12) u of the product of the two deviations
correlation             within (4n + 24) u
skewness                within 20 n^1.5 u
kurtosis                within 20 n^2 u
======================  ==============================================================

A spread of at most 4e-15 of the latest value is rounding and counts as none: shape and
correlation are 0 there.
"""

import math

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.features._compiled import compiled
from bellwether.features._kernels import BLOCK_BARS

ROUNDING_FRAC = 4e-15


@compiled
def _power_sums(values: FloatArray, n_bars: int, exponent: int) -> FloatArray:
    """Return sums of squared and of third or fourth powers around the mean, shape (2, n)."""
    result = np.full((2, values.size), np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        center = np.zeros(latest.size)
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                center[i] += earlier[i] - latest[i]
        center /= n_bars
        squares = np.zeros(latest.size)
        powers = np.zeros(latest.size)
        for lag in range(n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                distance = (earlier[i] - latest[i]) - center[i]
                square = distance * distance
                squares[i] += square
                powers[i] += square * distance if exponent == 3 else square * square
        result[0, start : start + center.size] = squares
        result[1, start : start + center.size] = powers
    return result


@compiled
def _product_sums(first: FloatArray, second: FloatArray, n_bars: int) -> FloatArray:
    """Return sums of squares, products and squares around the means, shape (3, n)."""
    result = np.full((3, first.size), np.nan)
    for start in range(n_bars - 1, first.size, BLOCK_BARS):
        x = first[start : min(start + BLOCK_BARS, first.size)]
        y = second[start : start + x.size]
        x_center, y_center = np.zeros(x.size), np.zeros(x.size)
        for lag in range(1, n_bars):
            x_before = first[start - lag : start - lag + x.size]
            y_before = second[start - lag : start - lag + x.size]
            for i in range(x.size):
                x_center[i] += x_before[i] - x[i]
                y_center[i] += y_before[i] - y[i]
        x_center /= n_bars
        y_center /= n_bars
        squares, products, others = np.zeros(x.size), np.zeros(x.size), np.zeros(x.size)
        for lag in range(n_bars):
            x_before = first[start - lag : start - lag + x.size]
            y_before = second[start - lag : start - lag + x.size]
            for i in range(x.size):
                x_distance = (x_before[i] - x[i]) - x_center[i]
                y_distance = (y_before[i] - y[i]) - y_center[i]
                squares[i] += x_distance * x_distance
                products[i] += x_distance * y_distance
                others[i] += y_distance * y_distance
        result[0, start : start + x.size] = squares
        result[1, start : start + x.size] = products
        result[2, start : start + x.size] = others
    return result


@compiled
def window_mean_deviation(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the mean distance of each window's values from their mean."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        center = np.zeros(latest.size)
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                center[i] += earlier[i] - latest[i]
        center /= n_bars
        total = np.zeros(latest.size)
        for lag in range(n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                total[i] += abs((earlier[i] - latest[i]) - center[i])
        result[start : start + center.size] = total / n_bars
    return result


def window_skewness(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the adjusted Fisher-Pearson skewness of each window; 0 without a spread."""
    squares, cubes = _power_sums(values, n_bars, 3)
    deviation = np.sqrt(squares / (n_bars - 1))
    skewness = skewness_scale(n_bars) * (cubes / (deviation * deviation * deviation))
    return np.where(_is_rounding(squares, values, n_bars), 0.0, skewness)


def window_kurtosis(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the unbiased excess kurtosis of each window; 0 without a spread."""
    squares, fourths = _power_sums(values, n_bars, 4)
    variance = squares / (n_bars - 1)
    scale, normal = kurtosis_scale(n_bars)
    kurtosis = scale * (fourths / (variance * variance)) - normal
    return np.where(_is_rounding(squares, values, n_bars), 0.0, kurtosis)


def window_covariance(first: FloatArray, second: FloatArray, n_bars: int) -> FloatArray:
    """Return the sample covariance (divisor `n_bars` - 1) of each window."""
    covariance: FloatArray = _product_sums(first, second, n_bars)[1] / (n_bars - 1)
    return covariance


def window_correlation(first: FloatArray, second: FloatArray, n_bars: int) -> FloatArray:
    """Return the correlation of each window, -1 to 1; 0 where either has no spread."""
    first_squares, products, second_squares = _product_sums(first, second, n_bars)
    share = products / (np.sqrt(first_squares) * np.sqrt(second_squares))
    is_alone = _is_rounding(first_squares, first, n_bars)
    is_alone |= _is_rounding(second_squares, second, n_bars)
    is_alone &= ~np.isnan(products)
    return np.where(is_alone, 0.0, np.clip(share, -1.0, 1.0))


def _is_rounding(squares: FloatArray, values: FloatArray, n_bars: int) -> BoolArray:
    level = rounding_level(n_bars) * values
    is_rounding: BoolArray = squares <= level * level
    return is_rounding


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
