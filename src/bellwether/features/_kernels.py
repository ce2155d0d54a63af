"""Kernels: each operator's values over a whole series, one window at a time.

Each value is computed from its own window alone, the terms added in the order of their lag. So
the last row of a short window equals the same row of a long history, bit for bit, however the
machine vectorises across bars. Rows whose window is not complete are NaN.
"""

import math

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._compiled import compiled

BLOCK_BARS = 1024


def shift(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the value `n_bars` earlier, float64 of the same shape."""
    shifted = np.full(values.size, np.nan)
    shifted[n_bars:] = values[: max(values.size - n_bars, 0)]
    return shifted


@compiled
def window_sum(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the sum of each window of `n_bars` values."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        total = values[start : min(start + BLOCK_BARS, values.size)].copy()
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + total.size]
            for i in range(total.size):
                total[i] += earlier[i]
        result[start : start + total.size] = total
    return result


@compiled
def window_mean(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the mean of each window, as its latest value plus the mean distance from it.

    So the mean of equal values is that value exactly.
    """
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        total = np.zeros(latest.size)
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + total.size]
            for i in range(total.size):
                total[i] += earlier[i] - latest[i]
        for i in range(total.size):
            result[start + i] = latest[i] + total[i] / n_bars
    return result


@compiled
def window_deviation(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the sample standard deviation (divisor `n_bars` - 1) of each window."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        center = np.zeros(latest.size)
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                center[i] += earlier[i] - latest[i]
        squares = np.zeros(latest.size)
        for i in range(center.size):
            center[i] /= n_bars
        for lag in range(n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                distance = (earlier[i] - latest[i]) - center[i]
                squares[i] += distance * distance
        for i in range(center.size):
            result[start + i] = math.sqrt(squares[i] / (n_bars - 1))
    return result


@compiled
def window_maximum(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the largest value of each window; NaN where it holds a NaN."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        best = values[start : min(start + BLOCK_BARS, values.size)].copy()
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + best.size]
            for i in range(best.size):
                keep = best[i] >= earlier[i] or best[i] != best[i]
                best[i] = best[i] if keep else earlier[i]
        result[start : start + best.size] = best
    return result


@compiled
def window_minimum(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the smallest value of each window; NaN where it holds a NaN."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        best = values[start : min(start + BLOCK_BARS, values.size)].copy()
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + best.size]
            for i in range(best.size):
                keep = best[i] <= earlier[i] or best[i] != best[i]
                best[i] = best[i] if keep else earlier[i]
        result[start : start + best.size] = best
    return result


@compiled
def weighted_sum(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the sum of weights times values of each window, `weights[lag]` at that lag."""
    result = np.full(values.size, np.nan)
    for start in range(weights.size - 1, values.size, BLOCK_BARS):
        total = np.zeros(min(BLOCK_BARS, values.size - start))
        for lag in range(weights.size):
            weight = weights[lag]
            earlier = values[start - lag : start - lag + total.size]
            for i in range(total.size):
                total[i] += weight * earlier[i]
        result[start : start + total.size] = total
    return result


@compiled
def weighted_distances(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the weighted sum of each window's distances from its latest value."""
    result = np.full(values.size, np.nan)
    for start in range(weights.size - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        total = np.zeros(latest.size)
        for lag in range(1, weights.size):
            weight = weights[lag]
            earlier = values[start - lag : start - lag + total.size]
            for i in range(total.size):
                total[i] += weight * (earlier[i] - latest[i])
        result[start : start + total.size] = total
    return result


@compiled
def window_line_fit(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return R^2 of the least-squares line through each window; 0 where all values are equal."""
    n_bars = weights.size
    result = np.full(values.size, np.nan)
    time_squares = (n_bars * n_bars - 1.0) * n_bars / 12.0
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        center = np.zeros(latest.size)
        slope = np.zeros(latest.size)
        for lag in range(1, n_bars):
            weight = weights[lag]
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                distance = earlier[i] - latest[i]
                center[i] += distance
                slope[i] += weight * distance
        squares = np.zeros(latest.size)
        for lag in range(n_bars):
            earlier = values[start - lag : start - lag + center.size]
            for i in range(center.size):
                distance = (earlier[i] - latest[i]) - center[i] / n_bars
                squares[i] += distance * distance
        for i in range(center.size):
            share = slope[i] * slope[i] * time_squares / squares[i]
            share = min(share, 1.0)
            result[start + i] = 0.0 if squares[i] == 0.0 else share
    return result


@compiled
def last_value_where(
    values: FloatArray, condition: FloatArray, n_bars: int, default: float
) -> FloatArray:
    """Return the value at the latest bar of each window where the condition holds."""
    result = np.full(values.size, np.nan)
    latest = -n_bars
    for i in range(values.size):
        if abs(condition[i]) > 0.0:
            latest = i
        if i >= n_bars - 1:
            result[i] = values[latest] if i - latest < n_bars else default
    return result


@compiled
def logarithm(values: FloatArray) -> FloatArray:
    """Return natural logarithms, one scalar call each: numpy's differ by place in the array."""
    result = np.empty(values.size)
    for i in range(values.size):
        value = values[i]
        result[i] = math.log(value) if value > 0.0 else (-np.inf if value == 0.0 else np.nan)
    return result


@compiled
def power(values: FloatArray, exponents: FloatArray) -> FloatArray:
    """Return values to the power of exponents, one scalar call each, as `logarithm`."""
    result = np.empty(values.size)
    for i in range(values.size):
        result[i] = math.pow(values[i], exponents[i])
    return result


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
    return places / ((n_bars * n_bars - 1) * n_bars / 12)


def residual_weights(n_bars: int) -> FloatArray:
    """Return the weights by lag that make the latest value's distance from its line, shape (n,).

    The line's end is the mean plus the slope times half the way; the latest value less that is
    a weighted sum of the distances from it.
    """
    return -(1.0 / n_bars + slope_weights(n_bars) * ((n_bars - 1) / 2))
