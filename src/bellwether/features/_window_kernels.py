"""Kernels that make a window of two: what is known of each half gives what holds for the whole.

A window of n bars is its newer n // 2 bars and the rest before them, each cut likewise. So a sum
of 60 terms is six additions deep, the halves are shared with every other window of the same
length, and nothing of what has left the window is ever in the value.

The moments never touch the level: `D`, the sum of distances from the latest value, is joined by
the distance of the two latest values; squares, products and slopes by the gap between the two
means, which is itself made of distances. All squares are added and none taken away: nothing
cancels. The bounds are those of docs/explanation/feature-algebra.md.
"""

# ruff: noqa: ARG001 - every kernel has the form that `_operation` asks for

import math

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, operation, put, take

# Between these a product of two sums of squares has lost nothing, and its root is theirs.
_LEAST_SIZE, _MOST_SIZE = 1e-280, 1e280


@operation
def scale(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write x times a number."""
    result, x, factor = at[0], at[1], numbers[0]
    for i in range(n):
        result[i] = factor * x[i]


@operation
def share(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write x over a number."""
    result, x, divisor = at[0], at[1], numbers[0]
    for i in range(n):
        result[i] = x[i] / divisor


@operation
def join_lines(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write both halves' sums weighted by time, plus what the distance of the halves adds."""
    result, newer, older, apart, factor = at[0], at[1], at[2], at[3], numbers[0]
    for i in range(n):
        result[i] = (newer[i] + older[i]) + factor * apart[i]


@operation
def add_distances(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write D of at most five bars: the latest value, and those before it or itself again."""
    result, x, a, b, c, d = at[0], at[1], at[2], at[3], at[4], at[5]
    for i in range(n):
        latest = take(x, i)
        put(
            result,
            i,
            ((take(a, i) - latest) + (take(b, i) - latest))
            + ((take(c, i) - latest) + (take(d, i) - latest)),
        )


@operation
def add_moments(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write D of at most five bars, and the sum of squares around their mean.

    The numbers are one over the bars, and for each of the last three columns 1 where it is a bar
    of the window, else 0.
    """
    distances, squares = at[0], at[1]
    x, a, b, c, d = at[2], at[3], at[4], at[5], at[6]
    share, has_b, has_c, has_d = numbers[0], numbers[1], numbers[2], numbers[3]
    for i in range(n):
        latest = take(x, i)
        one, two, three, four = (
            take(a, i) - latest,
            take(b, i) - latest,
            take(c, i) - latest,
            take(d, i) - latest,
        )
        total = (one + two) + (three + four)
        mean = total * share
        one, two, three, four = one - mean, two - mean, three - mean, four - mean
        put(distances, i, total)
        newer = mean * mean + (one * one + has_b * (two * two))
        put(squares, i, newer + (has_c * (three * three) + has_d * (four * four)))


@operation
def add_products(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the products around the means of at most five bars of two series; see `add_moments`."""
    result = at[0]
    x, a, b, c, d = at[1], at[2], at[3], at[4], at[5]
    y, e, f, g, h = at[6], at[7], at[8], at[9], at[10]
    share, has_b, has_c, has_d = numbers[0], numbers[1], numbers[2], numbers[3]
    for i in range(n):
        latest, other = take(x, i), take(y, i)
        one, two, three, four = (
            take(a, i) - latest,
            take(b, i) - latest,
            take(c, i) - latest,
            take(d, i) - latest,
        )
        mean = ((one + two) + (three + four)) * share
        of_one, of_two, of_three, of_four = (
            take(e, i) - other,
            take(f, i) - other,
            take(g, i) - other,
            take(h, i) - other,
        )
        other_mean = ((of_one + of_two) + (of_three + of_four)) * share
        newer = mean * other_mean + (one - mean) * (of_one - other_mean)
        older = has_c * ((three - mean) * (of_three - other_mean))
        older += has_d * ((four - mean) * (of_four - other_mean))
        put(result, i, (newer + has_b * ((two - mean) * (of_two - other_mean))) + older)


@operation
def join_distances(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write D of both halves from the latest value: `numbers` are the older half's bars."""
    result, x, before, newer, older = at[0], at[1], at[2], at[3], at[4]
    n_older = numbers[0]
    for i in range(n):
        result[i] = (newer[i] + older[i]) + n_older * (before[i] - x[i])


@operation
def find_gaps(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the newer half's mean less the older half's; `numbers` are one over their bars."""
    result, x, before, newer, older = at[0], at[1], at[2], at[3], at[4]
    of_newer, of_older = numbers[0], numbers[1]
    for i in range(n):
        result[i] = (x[i] - before[i]) + (newer[i] * of_newer - older[i] * of_older)


@operation
def join_moments(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write `join_distances`, `find_gaps` and the squares around the mean, at one reading.

    Columns after the results: the latest value and the one before the older half's end, D of both
    halves, squares of both.
    """
    distances, gaps, squares = at[0], at[1], at[2]
    x, before, newer, older, of_newer, of_older = at[3], at[4], at[5], at[6], at[7], at[8]
    n_older, share, older_share, factor = numbers[0], numbers[1], numbers[2], numbers[3]
    for i in range(n):
        step = take(before, i) - take(x, i)
        gap = (take(newer, i) * share - take(older, i) * older_share) - step
        put(distances, i, (take(newer, i) + take(older, i)) + n_older * step)
        put(gaps, i, gap)
        put(squares, i, (take(of_newer, i) + take(of_older, i)) + factor * (gap * gap))


@operation
def join_products(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the products around the means of both halves, and of the gaps between these."""
    result, newer, older, gap, other, factor = at[0], at[1], at[2], at[3], at[4], numbers[0]
    for i in range(n):
        result[i] = (newer[i] + older[i]) + factor * (gap[i] * other[i])


@operation
def find_mean(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the latest value plus the mean distance: of equal values that very value.

    Where an infinity has met another on the way, the window is added up again as it stands.
    """
    result, x, distances = at[0], at[1], at[2]
    n_bars, n_odd = numbers[0], 0
    for i in range(n):
        value = x[i] + distances[i] / n_bars
        n_odd += 1 if np.isnan(value) else 0
        result[i] = value
    for i in range(n if n_odd > 0 else 0):
        if np.isnan(result[i]):
            total = 0.0
            for lag in range(1, int(n_bars)):
                total += x[i - lag * width] - x[i]
            result[i] = x[i] + total / n_bars


@operation
def find_deviation(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the sample standard deviation; NaN where the window holds an infinity.

    The number is one over the bars less one.
    """
    result, squares, distances, share = at[0], at[1], at[2], numbers[0]
    for i in range(n):
        result[i] = math.sqrt((squares[i] + 0.0 * distances[i]) * share)


@operation
def find_slope(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the least-squares slope of the products with time; see `find_mean` on infinities."""
    result, line, x = at[0], at[1], at[2]
    time_squares, n_bars, n_odd = numbers[0], numbers[1], 0
    for i in range(n):
        value = line[i] / time_squares
        n_odd += 0 if np.isfinite(value) else 1
        result[i] = value
    for i in range(n if n_odd > 0 else 0):
        if not np.isfinite(result[i]):
            total = 0.0
            for lag in range(1, int(n_bars)):
                weight = ((n_bars - 1.0) / 2.0 - lag) / time_squares
                total += weight * (x[i - lag * width] - x[i])
            result[i] = total


@operation
def find_residual(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the latest value less its line's end; see `find_mean` on infinities."""
    result, line, distances, x = at[0], at[1], at[2], at[3]
    time_squares, n_bars = numbers[0], numbers[1]
    half, n_odd = (n_bars - 1.0) / 2.0, 0
    for i in range(n):
        value = -(distances[i] / n_bars + half * (line[i] / time_squares))
        n_odd += 0 if np.isfinite(value) else 1
        result[i] = value
    for i in range(n if n_odd > 0 else 0):
        if not np.isfinite(result[i]):
            total = 0.0
            for lag in range(1, int(n_bars)):
                weight = 1.0 / n_bars + (half - lag) / time_squares * half
                total -= weight * (x[i - lag * width] - x[i])
            result[i] = total


@operation
def find_line_fit(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write R^2 of the least-squares line, at most 1; 0 where all values are equal."""
    result, line, squares, distances, time_squares = at[0], at[1], at[2], at[3], numbers[0]
    for i in range(n):
        explained = line[i] * (line[i] / time_squares) / squares[i] + 0.0 * distances[i]
        explained = min(explained, 1.0)
        result[i] = 0.0 if squares[i] == 0.0 else explained


@operation
def find_covariance(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the sample covariance; NaN where a window holds an infinity."""
    result, products, x, y, freedom = at[0], at[1], at[2], at[3], numbers[0]
    for i in range(n):
        result[i] = (products[i] + 0.0 * (x[i] + y[i])) / freedom


@operation
def find_correlation(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the correlation, -1 to 1; 0 where either series has no spread.

    Columns: products, squares of x and of y, distances of both, and both; number: the share of
    the latest value that is rounding.
    """
    result, products, squares, others = at[0], at[1], at[2], at[3]
    distances, other_distances, x, y = at[4], at[5], at[6], at[7]
    level, n_odd = numbers[0], 0
    for i in range(n):
        product = products[i] + 0.0 * (distances[i] + other_distances[i])
        size = squares[i] * others[i]
        n_odd += 0 if _LEAST_SIZE < size < _MOST_SIZE else 1
        value = product / math.sqrt(size)
        value = min(value, 1.0)
        value = max(value, -1.0)
        least, other_least = level * x[i], level * y[i]
        is_alone = squares[i] <= least * least or others[i] <= other_least * other_least
        result[i] = 0.0 if is_alone and not np.isnan(product) else value
    for i in range(n if n_odd > 0 else 0):
        if _LEAST_SIZE < squares[i] * others[i] < _MOST_SIZE:
            continue
        product = products[i] + 0.0 * (distances[i] + other_distances[i])
        value = product / (math.sqrt(squares[i]) * math.sqrt(others[i]))
        value = max(min(value, 1.0), -1.0)
        least, other_least = level * x[i], level * y[i]
        is_alone = squares[i] <= least * least or others[i] <= other_least * other_least
        result[i] = 0.0 if is_alone and not np.isnan(product) else value


@operation
def join_places(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the lag of the extreme: the older half's where that is no worse.

    Columns: extremes and lags of both halves; numbers: the newer half's bars, 1 for the largest
    and -1 for the smallest.
    """
    result, newer, older, lag, lag_before = at[0], at[1], at[2], at[3], at[4]
    n_newer, sign = numbers[0], numbers[1]
    for i in range(n):
        further = lag_before[i] + n_newer
        result[i] = further if sign * older[i] >= sign * newer[i] else lag[i]


@operation
def find_place(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the place of the extreme, 1 the oldest bar; NaN where the extreme is."""
    result, lag, extreme, n_bars = at[0], at[1], at[2], numbers[0]
    for i in range(n):
        result[i] = np.nan if np.isnan(extreme[i]) else n_bars - lag[i]
