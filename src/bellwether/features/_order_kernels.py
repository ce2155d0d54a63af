"""Kernels of order and of memory: sorted windows, made of two like all others, and states."""

# ruff: noqa: ARG001 - every kernel has the form that `_operation` asks for

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, operation

# Values of a column at a time: all columns of a merge stay in the nearest cache.
_TILE = 128


@operation
def fill_holes(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write what can be sorted: zero with one sign, and infinity for a hole."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = np.inf if np.isnan(x[i]) else x[i] + 0.0


@operation
def merge_sorted(  # noqa: C901, PLR0912 - a kernel is one function: it can call none
    at: Columns, numbers: FloatArray, n: int, width: int
) -> None:
    """Write both halves' values as one ascending list, without a branch: Batcher's merge.

    Columns: the results, the newer half's values ascending, the older half's. The list lies in a
    network of two powers of two, the halves side by side in its middle.
    """
    n_newer, n_older = int(numbers[0]), int(numbers[1])
    n_all, half = n_newer + n_older, 1
    while half < n_older:
        half *= 2
    before = half - n_newer
    for start in range(0, n, _TILE):
        stop = min(start + _TILE, n)
        for newer in range(n_newer):
            low, x = at[newer], at[n_all + newer]
            if newer + before < n_older:
                high, y = at[n_newer + newer + before], at[n_all + n_newer + newer + before]
                for i in range(start, stop):
                    first, second = x[i], y[i]
                    low[i] = min(second, first)
                    high[i] = max(first, second)
            else:
                for i in range(start, stop):
                    low[i] = x[i]
        for older in range(min(before, n_older)):
            high, y = at[n_newer + older], at[n_all + n_newer + older]
            for i in range(start, stop):
                high[i] = y[i]
        apart = half // 2
        while apart > 0:
            for k in range(half - apart):
                place = apart + k // apart * 2 * apart + k % apart - before
                if place >= 0 and place + apart < n_all:
                    low, high = at[place], at[place + apart]
                    for i in range(start, stop):
                        first, second = low[i] + 0.0, high[i]
                        low[i] = min(second, first)
                        high[i] = max(first, second)
            apart //= 2


@operation
def find_low_quantile(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write a value of the lower half of a window, or one between two.

    Of two ascending lists the k-th value of all is the least over i + j = k of the larger one of
    the i-th and the j-th. Columns: the result and two to work in, the largest of the window, then
    both lists; numbers: their lengths, k, and how far towards the next value.
    """
    n_newer, n_older, rank, rest = int(numbers[0]), int(numbers[1]), int(numbers[2]), numbers[3]
    result, nearest, next_one, largest = at[0], at[1], at[2], at[3]
    for start in range(0, n, _TILE):
        stop = min(start + _TILE, n)
        for k in range(rank, min(rank + 2, n_newer + n_older + 1)):
            value = nearest if k == rank else next_one
            for j in range(start, stop):
                value[j] = np.inf
            for i in range(max(k - n_older, 0), min(k, n_newer) + 1):
                x = at[4 + max(i - 1, 0)] if i > 0 else at[4 + n_newer + k - 1]
                y = at[4 + n_newer + k - i - 1] if k > i else x
                for j in range(start, stop):
                    first, second = x[j], y[j]
                    larger = max(first, second)
                    least = value[j] + 0.0
                    value[j] = min(least, larger)
        for j in range(start, stop):
            low, high = nearest[j], next_one[j]
            value_there = low if rest == 0.0 or low == high else low + (high - low) * rest
            result[j] = np.nan if np.isnan(largest[j]) else value_there


@operation
def find_high_quantile(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write a value of the upper half of a window: `find_low_quantile` from the other side."""
    n_newer, n_older, rank, rest = int(numbers[0]), int(numbers[1]), int(numbers[2]), numbers[3]
    result, nearest, next_one, largest = at[0], at[1], at[2], at[3]
    for start in range(0, n, _TILE):
        stop = min(start + _TILE, n)
        for k in range(rank, max(rank - 2, 0), -1):
            value = nearest if k == rank else next_one
            for j in range(start, stop):
                value[j] = -np.inf
            for i in range(max(k - n_older, 0), min(k, n_newer) + 1):
                x = at[4 + n_newer - i] if i > 0 else at[4 + n_newer + n_older - k]
                y = at[4 + n_newer + n_older - (k - i)] if k > i else x
                for j in range(start, stop):
                    first, second = x[j], y[j]
                    smaller = min(second, first)
                    most = value[j] + 0.0
                    value[j] = max(most, smaller)
        for j in range(start, stop):
            low, high = nearest[j], next_one[j]
            value_there = low if rest == 0.0 or low == high else low + (high - low) * rest
            result[j] = np.nan if np.isnan(largest[j]) else value_there


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


@operation
def add_clipped(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the window's sum from zero on, brought within the bound before each value is added."""
    result, x, bound = at[0], at[1], numbers[0]
    for start in range(0, n, _TILE):
        stop = min(start + _TILE, n)
        for i in range(start, stop):
            result[i] = 0.0
        for lag in range(int(numbers[1]) - 1, -1, -1):
            before = lag * width
            for i in range(start, stop):
                held = min(max(result[i], -bound), bound)
                result[i] = held + x[i - before]
