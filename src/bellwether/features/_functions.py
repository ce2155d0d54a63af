"""The algebra's functions, named as its text names them."""

import math

from bellwether.features._errors import InvalidExpression
from bellwether.features._expression import Expression, Operand, build
from bellwether.features._operators import OPERATORS

LEFT_OUT_WEIGHT = 1.4e-4
"""Share of an infinite exponential memory that a finite one may leave out: 120 taps for
Wilder's 14 bars, within .01 standard deviations of the textbook value."""

open = build("open", ())  # noqa: A001 - the bar's own name for it
high = build("high", ())
low = build("low", ())
close = build("close", ())
volume = build("volume", ())


def constant(value: float) -> Expression:
    """Return an expression that is one finite number on every bar."""
    return build("constant", (), (value,))


def ref(values: Operand, n_bars: int) -> Expression:
    """Return the value `n_bars` earlier, at least one."""
    return build("ref", (values,), (n_bars,))


def delta(values: Operand, n_bars: int) -> Expression:
    """Return the change over `n_bars`: short for ``values - ref(values, n_bars)``."""
    return build("subtract", (values, ref(values, n_bars)))


def sum(values: Operand, n_bars: int) -> Expression:  # noqa: A001
    """Return the sum of the last `n_bars` values."""
    return build("sum", (values,), (n_bars,))


def mean(values: Operand, n_bars: int) -> Expression:
    """Return the mean of the last `n_bars` values; that of equal values is that value exactly."""
    return build("mean", (values,), (n_bars,))


def std(values: Operand, n_bars: int) -> Expression:
    """Return the sample standard deviation (divisor n - 1) of the last `n_bars` values.

    Equal values have exactly zero. See `population_std` for divisor n.
    """
    return build("std", (values,), (n_bars,))


def population_std(values: Operand, n_bars: int) -> Expression:
    """Return the standard deviation with divisor n, as Bollinger's bands use it."""
    return std(values, n_bars) * math.sqrt((n_bars - 1) / n_bars)


def var(values: Operand, n_bars: int) -> Expression:
    """Return the sample variance: short for the square of `std`."""
    deviation = std(values, n_bars)
    return deviation * deviation


def skew(values: Operand, n_bars: int) -> Expression:
    """Return the skewness of the last `n_bars` values, at least three; 0 where they are equal.

    Unbiased as in pandas: the adjusted Fisher-Pearson coefficient.
    """
    return build("skew", (values,), (n_bars,))


def kurt(values: Operand, n_bars: int) -> Expression:
    """Return the excess kurtosis of the last `n_bars` values, at least four; 0 where equal.

    Unbiased as in pandas: 0 on average where values are normally distributed.
    """
    return build("kurt", (values,), (n_bars,))


def mean_deviation(values: Operand, n_bars: int) -> Expression:
    """Return the mean distance of the last `n_bars` values from their mean."""
    return build("mean_deviation", (values,), (n_bars,))


def quantile(values: Operand, n_bars: int, share: float) -> Expression:
    """Return the value that a share of the last `n_bars` values is below.

    Parameters
    ----------
    values : Expression
    n_bars : int
    share : float
        From 0, the smallest value, to 1, the largest. Between two values the quantile lies in
        proportion to the distance, as by default in numpy and pandas.
    """
    return build("quantile", (values,), (n_bars, share))


def median(values: Operand, n_bars: int) -> Expression:
    """Return the median of the last `n_bars` values: short for the quantile of one half."""
    return quantile(values, n_bars, 0.5)


def rank(values: Operand, n_bars: int) -> Expression:
    """Return the rank of the latest of the last `n_bars` values, over `n_bars`: above 0, up to 1.

    The smallest has 1 / `n_bars`, the largest 1; equal values share the mean of their ranks.
    """
    return build("rank", (values,), (n_bars,))


def argmax(values: Operand, n_bars: int) -> Expression:
    """Return the place of the largest of the last `n_bars` values, from 1 to `n_bars`.

    1 is the oldest bar, `n_bars` its own; of equal values the oldest counts.
    """
    return build("argmax", (values,), (n_bars,))


def argmin(values: Operand, n_bars: int) -> Expression:
    """Return the place of the smallest of the last `n_bars` values, from 1 to `n_bars`.

    1 is the oldest bar, `n_bars` its own; of equal values the oldest counts.
    """
    return build("argmin", (values,), (n_bars,))


def count(condition: Operand, n_bars: int) -> Expression:
    """Return on how many of the last `n_bars` bars a condition holds: short for a sum of ones."""
    is_truth = isinstance(condition, Expression) and OPERATORS[condition.operator].is_truth
    return sum(condition if is_truth else where(condition, 1, 0), n_bars)


def cov(first: Operand, second: Operand, n_bars: int) -> Expression:
    """Return the sample covariance (divisor n - 1) of the last `n_bars` pairs of values."""
    return build("cov", (first, second), (n_bars,))


def corr(first: Operand, second: Operand, n_bars: int) -> Expression:
    """Return the correlation of the last `n_bars` pairs of values, -1 to 1.

    0 where either does not vary, or by no more than the rounding of its latest value.
    """
    return build("corr", (first, second), (n_bars,))


def max(values: Operand, n_bars: int) -> Expression:  # noqa: A001
    """Return the largest of the last `n_bars` values; NaN if one of them is."""
    return build("max", (values,), (n_bars,))


def min(values: Operand, n_bars: int) -> Expression:  # noqa: A001
    """Return the smallest of the last `n_bars` values; NaN if one of them is."""
    return build("min", (values,), (n_bars,))


def wma(values: Operand, n_bars: int) -> Expression:
    """Return the mean of the last `n_bars` values with weights n, n - 1, ..., 1."""
    return build("wma", (values,), (n_bars,))


def ema(values: Operand, alpha: float, n_taps: int | None = None) -> Expression:
    """Return the exponentially weighted mean of a finite memory.

    Parameters
    ----------
    values : Expression
    alpha : float
        Weight of the newest value in the infinite sum, above zero, at most 1: 2/(n+1) for an
        n-bar EMA, 1/n for Wilder's smoothing.
    n_taps : int, optional
        Bars remembered; `find_taps(alpha)` by default.

    Returns
    -------
    expression : Expression
        Sum of (1 - alpha)^k x[t-k] over k < `n_taps`, divided by the sum of the weights.
    """
    taps = find_taps(alpha) if n_taps is None else n_taps
    return build("ema", (values,), (alpha, taps))


def find_taps(alpha: float) -> int:
    """Return the fewest bars that hold all but 1.4e-4 of an exponential memory.

    Parameters
    ----------
    alpha : float
        Weight of the newest value, above zero.

    Raises
    ------
    InvalidExpression
        If `alpha` is not above zero.

    Examples
    --------
    >>> find_taps(1 / 14), find_taps(2 / 27), find_taps(0.06)
    (120, 116, 144)
    """
    if not alpha > 0:
        raise InvalidExpression("ema", "a number above 0 as alpha", repr(alpha))
    return 1 if alpha >= 1 else math.ceil(math.log(LEFT_OUT_WEIGHT) / math.log1p(-alpha))


def wilder(values: Operand, n_bars: int) -> Expression:
    """Return Wilder's smoothing over `n_bars`: short for ``ema(values, 1 / n_bars)``."""
    if not n_bars >= 1:
        raise InvalidExpression("wilder", "a whole number from 1 as n_bars", repr(n_bars))
    return ema(values, 1.0 / n_bars)


def slope(values: Operand, n_bars: int) -> Expression:
    """Return the slope a bar of the least-squares line through the last `n_bars` values."""
    return build("slope", (values,), (n_bars,))


def r2(values: Operand, n_bars: int) -> Expression:
    """Return R^2 of the least-squares line through the last `n_bars` values.

    From 0 to 1; 0 where all values are equal.
    """
    return build("r2", (values,), (n_bars,))


def resid(values: Operand, n_bars: int) -> Expression:
    """Return the latest value less the end of the least-squares line through the last `n_bars`."""
    return build("resid", (values,), (n_bars,))


def where(condition: Operand, first: Operand, second: Operand) -> Expression:
    """Return `first` where the condition is neither zero nor NaN, else `second`."""
    return build("where", (condition, first, second))


def last_where(values: Operand, condition: Operand, n_bars: int, default: float) -> Expression:
    """Return the value at the latest bar of the last `n_bars` where the condition holds.

    Where it holds on none of them, `default`: a state with a finite memory.
    """
    return build("last_where", (values, condition), (n_bars, default))


def clipped_sum(values: Operand, bound: float, n_bars: int) -> Expression:
    """Return the sum of the last `n_bars` values, brought within bounds before each is added.

    Parameters
    ----------
    values : Expression
        What one state loses more than the other at each bar.
    bound : float
        Penalty of a jump between two states, at least zero.
    n_bars : int

    Returns
    -------
    expression : Expression
        From s = 0 on, bar by bar, s = clip(s, -bound, bound) + x. Its sign is the state in which
        the cheapest path of a two-state jump model over these bars ends.

    References
    ----------
    Bemporad, Breschi, Piga and Boyd (2018), Fitting jump models, of finite memory.
    """
    return build("clipped_sum", (values,), (bound, n_bars))


def equal(first: Operand, second: Operand) -> Expression:
    """Return 1.0 where two values are equal, else 0.0; text writes ``first == second``."""
    return build("equal", (first, second))


def maximum(first: Operand, second: Operand) -> Expression:
    """Return the larger of two values; NaN if one of them is."""
    return build("maximum", (first, second))


def minimum(first: Operand, second: Operand) -> Expression:
    """Return the smaller of two values; NaN if one of them is."""
    return build("minimum", (first, second))


def clip(values: Operand, least: float, most: float) -> Expression:
    """Return the values within bounds: short for ``minimum(maximum(values, least), most)``."""
    return minimum(maximum(values, least), most)


def abs(values: Operand) -> Expression:  # noqa: A001
    """Return the size without the sign."""
    return build("abs", (values,))


def sign(values: Operand) -> Expression:
    """Return -1, 0 or 1; NaN of NaN."""
    return build("sign", (values,))


def sqrt(values: Operand) -> Expression:
    """Return the square root; NaN below zero."""
    return build("sqrt", (values,))


def log(values: Operand) -> Expression:
    """Return the natural logarithm; minus infinity at zero, NaN below."""
    return build("log", (values,))
