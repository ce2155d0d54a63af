"""Kernels that walk along the bars with a memory of the window, and of nothing before it."""

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, operation


@operation
def find_quantiles(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write quantiles of one window; numbers: bars, how many quantiles, and the shares.

    One sorted window serves them all: each step takes the oldest value out and puts the newest
    in, so that it holds the window and nothing else. Zero has one sign in it, and a hole stands
    behind all values. Values lie from place 1 on; place 0 stays below them all.
    """
    n_bars, n_shares = int(numbers[0]), int(numbers[1])
    x = at[n_shares]
    windows = np.empty((2, n_bars + 2))
    for symbol in range(width):
        windows[:] = np.inf
        windows[:, 0] = -np.inf
        n_holes = 0
        for row in range(1 - n_bars, n // width):
            ordered, again = windows[row & 1], windows[1 - (row & 1)]
            place = row * width + symbol
            entering = x[place] + 0.0
            leaving = x[place - n_bars * width] + 0.0 if row > 0 else np.inf
            n_holes += int(np.isnan(entering)) - int(np.isnan(leaving))
            entering = np.inf if np.isnan(entering) else entering
            leaving = np.inf if np.isnan(leaving) else leaving
            for k in range(1, min(row, 0) + n_bars + 1):
                here = ordered[k] if ordered[k] < leaving else ordered[k + 1]
                before = ordered[k - 1] if ordered[k - 1] < leaving else ordered[k]
                before = max(entering, before)
                again[k] = min(before, here)
            for j in range(n_shares if row >= 0 else 0):
                level = numbers[2 + j] * (n_bars - 1)
                below = int(level)
                rest = level - below
                low, high = again[1 + below], again[min(below + 2, n_bars)]
                value = low if rest == 0.0 or low == high else low + (high - low) * rest
                result = at[j]
                result[place] = np.nan if n_holes > 0 else value


@operation
def find_last_where(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write x at the latest bar of the window where the condition holds, else the default."""
    result, x, condition = at[0], at[1], at[2]
    n_bars, default = int(numbers[0]), numbers[1]
    for symbol in range(width):
        latest = -n_bars - n_bars
        for row in range(1 - n_bars, n // width):
            place = row * width + symbol
            if abs(condition[place]) > 0.0:
                latest = row
            if row >= 0:
                result[place] = x[latest * width + symbol] if row - latest < n_bars else default
