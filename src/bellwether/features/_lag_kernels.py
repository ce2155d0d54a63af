"""Kernels that look at every bar of a window: what has no halves to be made of.

Their last columns are one value at each lag, the bar's own first where it is among them.
"""

# ruff: noqa: ARG001 - every kernel has the form that `_operation` asks for

import math

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, operation


@operation
def add_deviations(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the mean distance from the mean; columns: D, then each lag."""
    result, distances, x, n_bars = at[0], at[1], at[2], numbers[0]
    for i in range(n):
        result[i] = 0.0
    for lag in range(int(n_bars)):
        earlier = at[2 + lag]
        for i in range(n):
            result[i] += abs((earlier[i] - x[i]) - distances[i] / n_bars)
    for i in range(n):
        result[i] /= n_bars


@operation
def add_cubes(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the sum of cubes around the mean; columns: D, then each lag."""
    result, distances, x, n_bars = at[0], at[1], at[2], numbers[0]
    for i in range(n):
        result[i] = 0.0
    for lag in range(int(n_bars)):
        earlier = at[2 + lag]
        for i in range(n):
            deviation = (earlier[i] - x[i]) - distances[i] / n_bars
            result[i] += deviation * deviation * deviation


@operation
def add_fourths(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the sum of fourth powers around the mean; columns: D, then each lag."""
    result, distances, x, n_bars = at[0], at[1], at[2], numbers[0]
    for i in range(n):
        result[i] = 0.0
    for lag in range(int(n_bars)):
        earlier = at[2 + lag]
        for i in range(n):
            deviation = (earlier[i] - x[i]) - distances[i] / n_bars
            square = deviation * deviation
            result[i] += square * square


@operation
def find_skewness(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the skewness; 0 without a spread. Columns: cubes, squares, x."""
    result, cubes, squares, x = at[0], at[1], at[2], at[3]
    freedom, factor, level = numbers[0], numbers[1], numbers[2]
    for i in range(n):
        deviation = math.sqrt(squares[i] / freedom)
        value = factor * (cubes[i] / (deviation * deviation * deviation))
        least = level * x[i]
        is_flat = squares[i] <= least * least and not np.isnan(cubes[i])
        result[i] = 0.0 if is_flat else value


@operation
def find_kurtosis(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the excess kurtosis; 0 without a spread. Columns: fourth powers, squares, x."""
    result, fourths, squares, x = at[0], at[1], at[2], at[3]
    freedom, factor, normal, level = numbers[0], numbers[1], numbers[2], numbers[3]
    for i in range(n):
        variance = squares[i] / freedom
        value = factor * (fourths[i] / (variance * variance)) - normal
        least = level * x[i]
        is_flat = squares[i] <= least * least and not np.isnan(fourths[i])
        result[i] = 0.0 if is_flat else value


@operation
def begin_rank(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the rank of a value among itself."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = np.nan if np.isnan(x[i]) else 1.0


@operation
def extend_rank(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write a rank among more bars: equal values share theirs. Columns: rank, x, then each lag."""
    result, rank, x = at[0], at[1], at[2]
    for i in range(n):
        result[i] = rank[i]
    n_lags = int(numbers[0])
    for lag in range(0, n_lags - n_lags % 2, 2):
        earlier, before = at[3 + lag], at[4 + lag]
        for i in range(n):
            latest = x[i]
            less = 1.0 if earlier[i] < latest else 0.0
            less += 1.0 if before[i] < latest else 0.0
            same = 0.5 if earlier[i] == latest else 0.0
            same += 0.5 if before[i] == latest else 0.0
            hole = np.nan if np.isnan(earlier[i]) or np.isnan(before[i]) else 0.0
            result[i] += less + same + hole
    for lag in range(n_lags - n_lags % 2, n_lags):
        earlier = at[3 + lag]
        for i in range(n):
            less = 1.0 if earlier[i] < x[i] else 0.0
            same = 0.5 if earlier[i] == x[i] else 0.0
            hole = np.nan if np.isnan(earlier[i]) else 0.0
            result[i] += less + same + hole
