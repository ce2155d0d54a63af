"""Writings: each operator as steps of the batch backend.

Every writing gets the plan, the operands' values and the parameters, and returns a value. Those
of windows cut the window in two: see `_window_kernels`.
"""

from bellwether.features import _window_kernels as kernels
from bellwether.features._operation import Operation
from bellwether.features._plan import Plan, Value, Writing

Operands = tuple[Value, ...]
Parameters = tuple[float, ...]


def elementwise(operation: Operation) -> Writing:
    """Return the writing of an operator that has a kernel of its own."""

    def write(plan: Plan, operands: Operands, parameters: Parameters) -> Value:  # noqa: ARG001
        return plan.step(operation, *operands)

    return write


def column(place: int) -> Writing:
    """Return the writing of a column of the bars."""

    def write(plan: Plan, operands: Operands, parameters: Parameters) -> Value:  # noqa: ARG001
        return plan.column(place)

    return write


def constant(plan: Plan, operands: Operands, parameters: Parameters) -> Value:  # noqa: ARG001
    """Write a number."""
    return plan.constant(float(parameters[0]))


def ref(plan: Plan, operands: Operands, parameters: Parameters) -> Value:  # noqa: ARG001
    """Write a value of some bars ago: no step at all."""
    return earlier(operands[0], int(parameters[0]))


def earlier(value: Value, n_bars: int) -> Value:
    """Return the value some bars ago."""
    return Value(step=value.step, output=value.output, lag=value.lag + n_bars)


def halves(n_bars: int) -> tuple[int, int]:
    """Return the bars of the newer and of the older part of a window."""
    return n_bars // 2, n_bars - n_bars // 2


def total(plan: Plan, values: Value, n_bars: int, factor: float = 1.0) -> Value:
    """Return the sum of a window, each value times the factor to the power of its lag."""
    if n_bars == 1:
        return values
    n_newer, n_older = halves(n_bars)
    newer, older = (total(plan, values, n, factor) for n in (n_newer, n_older))
    return plan.step(kernels.join_sums, newer, earlier(older, n_newer), numbers=(factor**n_newer,))


def line(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the sum of a window with weights n, ..., 1 by lag."""
    if n_bars == 1:
        return values
    n_newer, n_older = halves(n_bars)
    newer, older = (line(plan, values, n) for n in (n_newer, n_older))
    apart = total(plan, values, n_newer)
    return plan.step(kernels.join_lines, newer, earlier(older, n_newer), apart, numbers=(n_older,))


def distances(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the sum of a window's distances from its latest value."""
    if n_bars == 1:
        return plan.constant(0.0)
    _, n_older = halves(n_bars)
    parts = _parts(plan, values, n_bars)
    return plan.step(kernels.join_distances, *parts, numbers=(n_older,))


def gap(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the mean of a window's newer half less the mean of its older half."""
    n_newer, n_older = halves(n_bars)
    parts = _parts(plan, values, n_bars)
    return plan.step(kernels.find_gaps, *parts, numbers=(1.0 / n_newer, 1.0 / n_older))


def _parts(plan: Plan, values: Value, n_bars: int) -> tuple[Value, Value, Value, Value]:
    n_newer, n_older = halves(n_bars)
    newer, older = (distances(plan, values, n) for n in (n_newer, n_older))
    return values, earlier(values, n_newer), newer, earlier(older, n_newer)


def products(plan: Plan, first: Value, second: Value, n_bars: int) -> Value:
    """Return the sum of products of two series around their means."""
    if n_bars == 1:
        return plan.constant(0.0)
    n_newer, n_older = halves(n_bars)
    newer, older = (products(plan, first, second, n) for n in (n_newer, n_older))
    gaps = (gap(plan, one, n_bars) for one in (first, second))
    share = n_newer * n_older / n_bars
    return plan.step(kernels.join_products, newer, earlier(older, n_newer), *gaps, numbers=(share,))


def trend(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the sum of products with time around the means."""
    if n_bars == 1:
        return plan.constant(0.0)
    n_newer, n_older = halves(n_bars)
    newer, older = (trend(plan, values, n) for n in (n_newer, n_older))
    apart = gap(plan, values, n_bars)
    return plan.step(
        kernels.join_lines,
        newer,
        earlier(older, n_newer),
        apart,
        numbers=(n_newer * n_older / 2,),
    )


def extreme(plan: Plan, values: Value, n_bars: int, larger: Operation) -> Value:
    """Return the largest or smallest value of a window."""
    if n_bars == 1:
        return values
    n_newer, n_older = halves(n_bars)
    newer, older = (extreme(plan, values, n, larger) for n in (n_newer, n_older))
    return plan.step(larger, newer, earlier(older, n_newer))


def lag_of_extreme(plan: Plan, values: Value, n_bars: int, larger: Operation, sign: int) -> Value:
    """Return how many bars ago the extreme of a window was, the oldest of equals."""
    if n_bars == 1:
        return plan.constant(0.0)
    n_newer, n_older = halves(n_bars)
    extremes = [extreme(plan, values, n, larger) for n in (n_newer, n_older)]
    lags = [lag_of_extreme(plan, values, n, larger, sign) for n in (n_newer, n_older)]
    columns = (*_both(extremes, n_newer), *_both(lags, n_newer))
    return plan.step(kernels.join_places, *columns, numbers=(n_newer, sign))


def _both(parts: list[Value], n_newer: int) -> tuple[Value, Value]:
    return parts[0], earlier(parts[1], n_newer)
