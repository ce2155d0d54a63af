"""Writings of the operators over windows, from the sums of `_writings`."""

from bellwether.features import _elementwise_kernels as elementwise_kernels
from bellwether.features import _lag_kernels as lag_kernels
from bellwether.features import _order_kernels as order_kernels
from bellwether.features import _window_kernels as kernels
from bellwether.features._operation import Operation
from bellwether.features._plan import Plan, Value, Writing
from bellwether.features._weights import (
    exponential_weights,
    kurtosis_scale,
    rounding_level,
    skewness_scale,
    time_squares,
)
from bellwether.features._writings import (
    Operands,
    Parameters,
    ascending,
    distances,
    earlier,
    exponential,
    extreme,
    halves,
    lag_of_extreme,
    line,
    products,
    total,
    trend,
)


def window_sum(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the sum."""
    return total(plan, operands[0], int(parameters[0]))


def window_mean(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the mean."""
    [x], n_bars = operands, int(parameters[0])
    apart = distances(plan, x, n_bars)
    return plan.step(kernels.find_mean, x, apart, numbers=(n_bars,), reach=0)


def ema(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the exponentially weighted mean."""
    alpha, n_taps = float(parameters[0]), int(parameters[1])
    weight = float(exponential_weights(alpha, n_taps)[0])
    return exponential(plan, operands[0], n_taps, 1.0 - alpha, weight)


def wma(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the linearly weighted mean."""
    n_bars = int(parameters[0])
    whole = line(plan, operands[0], n_bars)
    return plan.step(kernels.share, whole, numbers=(n_bars * (n_bars + 1) / 2,))


def window_deviation(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the sample standard deviation."""
    [x], n_bars = operands, int(parameters[0])
    squares = products(plan, x, x, n_bars)
    apart = distances(plan, x, n_bars)
    return plan.step(kernels.find_deviation, squares, apart, numbers=(1.0 / (n_bars - 1),))


def window_slope(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the least-squares slope."""
    [x], n_bars = operands, int(parameters[0])
    numbers = (time_squares(n_bars), n_bars)
    return plan.step(kernels.find_slope, trend(plan, x, n_bars), x, numbers=numbers)


def window_residual(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the latest value less the end of its line."""
    [x], n_bars = operands, int(parameters[0])
    columns = trend(plan, x, n_bars), distances(plan, x, n_bars), x
    return plan.step(kernels.find_residual, *columns, numbers=(time_squares(n_bars), n_bars))


def window_line_fit(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write R^2 of the least-squares line."""
    [x], n_bars = operands, int(parameters[0])
    columns = trend(plan, x, n_bars), products(plan, x, x, n_bars), distances(plan, x, n_bars)
    return plan.step(kernels.find_line_fit, *columns, numbers=(time_squares(n_bars),))


def window_covariance(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the sample covariance."""
    (x, y), n_bars = operands, int(parameters[0])
    apart = (distances(plan, one, n_bars) for one in operands)
    return plan.step(
        kernels.find_covariance, products(plan, x, y, n_bars), *apart, numbers=(n_bars - 1,)
    )


def window_correlation(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the correlation."""
    (x, y), n_bars = operands, int(parameters[0])
    squares_of = [products(plan, one, one, n_bars) for one in operands]
    sums = products(plan, x, y, n_bars), *squares_of
    apart = [distances(plan, one, n_bars) for one in operands]
    level = rounding_level(n_bars)
    return plan.step(kernels.find_correlation, *sums, *apart, x, y, numbers=(level,))


def window_extreme(larger: Operation) -> Writing:
    """Return the writing of the largest or smallest value."""

    def write(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
        return extreme(plan, operands[0], int(parameters[0]), larger)

    return write


def window_place(larger: Operation, sign: int) -> Writing:
    """Return the writing of the place of an extreme."""

    def write(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
        [x], n_bars = operands, int(parameters[0])
        lag = lag_of_extreme(plan, x, n_bars, larger, sign)
        best = extreme(plan, x, n_bars, larger)
        return plan.step(kernels.find_place, lag, best, numbers=(n_bars,))

    return write


def window_rank(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the rank: what the longest shorter window has counted is not counted again."""
    [x], n_bars = operands, int(parameters[0])
    n_known, rank = plan.find_rank(x, n_bars)
    if rank is None:
        n_known, rank = 1, plan.keep_rank(x, 1, plan.step(lag_kernels.begin_rank, x))
    if n_known < n_bars:
        lags = [earlier(x, lag) for lag in range(n_known, n_bars)]
        longer = plan.step(lag_kernels.extend_rank, rank, x, *lags, numbers=(len(lags),))
        rank = plan.keep_rank(x, n_bars, longer)
    return plan.step(kernels.share, rank, numbers=(n_bars,))


def window_quantile(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write a quantile: the window's halves are sorted, and it is found between them."""
    [x], n_bars, share = operands, int(parameters[0]), float(parameters[1])
    if n_bars == 1:
        return plan.step(elementwise_kernels.add, x, plan.constant(0.0))
    n_newer, n_older = halves(n_bars)
    filled = plan.step(order_kernels.fill_holes, x)
    newer, older = (ascending(plan, filled, n) for n in (n_newer, n_older))
    largest = extreme(plan, x, n_bars, elementwise_kernels.maximum)
    columns = largest, *newer, *(earlier(one, n_newer) for one in older)
    level = share * (n_bars - 1)
    below = int(level)
    is_low = 2 * below < n_bars
    kernel = order_kernels.find_low_quantile if is_low else order_kernels.find_high_quantile
    rank = below + 1 if is_low else n_bars - below
    numbers = n_newer, n_older, rank, level - below
    return plan.step(kernel, *columns, numbers=numbers, n_outputs=3)


def window_mean_deviation(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the mean distance from the mean."""
    return _over_lags(plan, lag_kernels.add_deviations, operands[0], int(parameters[0]))


def window_skewness(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the unbiased skewness."""
    [x], n_bars = operands, int(parameters[0])
    cubes = _over_lags(plan, lag_kernels.add_cubes, x, n_bars)
    columns = cubes, products(plan, x, x, n_bars), x
    numbers = (n_bars - 1, skewness_scale(n_bars), rounding_level(n_bars))
    return plan.step(lag_kernels.find_skewness, *columns, numbers=numbers)


def window_kurtosis(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the unbiased excess kurtosis."""
    [x], n_bars = operands, int(parameters[0])
    fourths = _over_lags(plan, lag_kernels.add_fourths, x, n_bars)
    columns = fourths, products(plan, x, x, n_bars), x
    numbers = (n_bars - 1, *kurtosis_scale(n_bars), rounding_level(n_bars))
    return plan.step(lag_kernels.find_kurtosis, *columns, numbers=numbers)


def _over_lags(plan: Plan, operation: Operation, values: Value, n_bars: int) -> Value:
    lags = (earlier(values, lag) for lag in range(n_bars))
    return plan.step(operation, distances(plan, values, n_bars), *lags, numbers=(n_bars,))


def last_where(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the value at the latest bar where a condition held."""
    n_bars, default = int(parameters[0]), float(parameters[1])
    return plan.step(
        order_kernels.find_last_where, *operands, numbers=(n_bars, default), reach=n_bars - 1
    )


def clipped_sum(plan: Plan, operands: Operands, parameters: Parameters) -> Value:
    """Write the sum that is clipped before each value is added."""
    bound, n_bars = float(parameters[0]), int(parameters[1])
    return plan.step(
        order_kernels.add_clipped, *operands, numbers=(bound, n_bars), reach=n_bars - 1
    )
