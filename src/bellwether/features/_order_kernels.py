"""Kernels of order: where a value stands among those of its window.

They compare and never add up, so that ranks and places are exact, and a quantile is within
three roundings of the values it lies between. A window that holds a NaN is NaN.
"""

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._compiled import compiled
from bellwether.features._kernels import BLOCK_BARS


@compiled
def window_quantile(values: FloatArray, n_bars: int, share: float) -> FloatArray:
    """Return the quantile of each window, between two values in proportion to the distance.

    One sorted window is kept; each step puts the newest value in the oldest one's stead. What
    it holds is the window and nothing else, so that no error can build up.
    """
    result = np.full(values.size, np.nan)
    ordered = np.full(n_bars, np.inf)
    place = share * (n_bars - 1)
    below = int(place)
    above = min(below + 1, n_bars - 1)
    rest = place - below
    n_holes = 0
    for i in range(values.size):
        leaving = values[i - n_bars] if i >= n_bars else np.inf
        n_holes += int(np.isnan(values[i])) - int(np.isnan(leaving))
        # Zero has two signs and NaN has no place; here each value has one.
        leaving = np.inf if np.isnan(leaving) else leaving + 0.0
        entering = np.inf if np.isnan(values[i]) else values[i] + 0.0
        k = np.searchsorted(ordered, leaving)
        while k > 0 and ordered[k - 1] > entering:
            ordered[k] = ordered[k - 1]
            k -= 1
        while k < n_bars - 1 and ordered[k + 1] < entering:
            ordered[k] = ordered[k + 1]
            k += 1
        ordered[k] = entering
        if i >= n_bars - 1 and n_holes == 0:
            low, high = ordered[below], ordered[above]
            is_one = rest == 0.0 or low == high
            result[i] = low if is_one else low + (high - low) * rest
    return result


@compiled
def window_rank(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the latest value's rank in each window as a share; equal values share their ranks."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        latest = values[start : min(start + BLOCK_BARS, values.size)]
        rank = np.where(np.isnan(latest), np.nan, 1.0)
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + rank.size]
            for i in range(rank.size):
                step = 1.0 if earlier[i] < latest[i] else 0.0
                step = 0.5 if earlier[i] == latest[i] else step
                rank[i] += np.nan if earlier[i] != earlier[i] else step
        result[start : start + rank.size] = rank / n_bars
    return result


@compiled
def window_place_of_maximum(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the place of each window's largest value, from 1, the oldest; the oldest of equals."""
    result = np.full(values.size, np.nan)
    for start in range(n_bars - 1, values.size, BLOCK_BARS):
        best = values[start : min(start + BLOCK_BARS, values.size)].copy()
        place = np.full(best.size, float(n_bars))
        for lag in range(1, n_bars):
            earlier = values[start - lag : start - lag + best.size]
            for i in range(best.size):
                keep = earlier[i] < best[i] or best[i] != best[i]
                best[i] = best[i] if keep else earlier[i]
                place[i] = place[i] if keep else float(n_bars - lag)
        result[start : start + best.size] = np.where(np.isnan(best), np.nan, place)
    return result


def window_place_of_minimum(values: FloatArray, n_bars: int) -> FloatArray:
    """Return the place of each window's smallest value, as `window_place_of_maximum`."""
    return window_place_of_maximum(-values, n_bars)
