"""Writings: each operator as steps of the batch backend.

Every writing gets the plan, the operands' values and the parameters, and returns a value. Those
of windows cut the window in two: see `_window_kernels`.
"""

from functools import cache

from bellwether.features import _elementwise_kernels as elementwise_kernels
from bellwether.features import _weighing_kernels as weighing_kernels
from bellwether.features import _window_kernels as kernels
from bellwether.features._operation import Operation
from bellwether.features._order_kernels import merge_sorted
from bellwether.features._plan import Plan, Step, Value, Writing

Operands = tuple[Value, ...]
Parameters = tuple[float, ...]


def elementwise(operation: Operation) -> Writing:
    """Return the writing of an operator that has a kernel of its own."""

    def write(plan: Plan, operands: Operands, parameters: Parameters) -> Value:  # noqa: ARG001
        return plan.step(operation, *operands)

    return write


def where(plan: Plan, operands: Operands, parameters: Parameters) -> Value:  # noqa: ARG001
    """Write a choice: one step together with the comparison it mostly rests on."""
    condition, *choices = operands
    step = plan.steps[condition.step]
    if step.operation is not elementwise_kernels.greater:
        return plan.step(elementwise_kernels.choose, *operands)
    compared = (earlier(one, condition.lag) for one in step.operands)
    return plan.step(elementwise_kernels.choose_greater, *compared, *choices)


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


def total(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the sum of a window."""
    if n_bars == 1:
        return values
    n_newer, n_older = halves(n_bars)
    newer, older = (total(plan, values, n) for n in (n_newer, n_older))
    return plan.step(elementwise_kernels.add, newer, earlier(older, n_newer))


_WEIGH = {
    2: weighing_kernels.weigh_two,
    3: weighing_kernels.weigh_three,
    4: weighing_kernels.weigh_four,
    5: weighing_kernels.weigh_five,
    6: weighing_kernels.weigh_six,
}
_MOST_COLUMNS = 6
# What one more step costs, in columns read.
_PASS = 2
# Bars of a window whose moments are added up rather than joined.
_FEW = 5


def exponential(plan: Plan, values: Value, n_bars: int, factor: float, weight: float) -> Value:
    """Return the sum of a window, each value times a weight times the factor to its lag's power.

    The window is cut in equal parts, and a few oldest bars where it cannot be: of 120 bars four
    parts of five parts of six bars, and none of it depends on where the history began.
    """
    if n_bars == 1:
        return plan.step(kernels.scale, values, numbers=(weight,))
    size, lags, n_parts = cut_window(n_bars)
    part = values if size == 1 else exponential(plan, values, size, factor, 1.0)
    columns = [earlier(part if k < n_parts else values, lag) for k, lag in enumerate(lags)]
    numbers = [weight * factor**lag for lag in lags]
    return plan.step(_WEIGH[len(lags)], *columns, numbers=numbers)


def cut_window(n_bars: int) -> tuple[int, list[int], int]:
    """Return how an exponential mean is added up: of parts and of a few single bars.

    Returns
    -------
    size : int
        Bars in a part.
    lags : list of int
        Of the newest bar of each part, and of the bars left over.
    n_parts : int
        How many of the lags are of parts.
    """
    n_parts, n_rest, _ = _find_parts(n_bars)
    size = (n_bars - n_rest) // n_parts
    return size, [*range(0, n_parts * size, size), *range(n_bars - n_rest, n_bars)], n_parts


@cache
def _find_parts(n_bars: int) -> tuple[int, int, int]:
    """Return the parts to cut a window in, the bars left over, and what it then costs."""
    if n_bars <= _MOST_COLUMNS:
        return n_bars, 0, n_bars + _PASS
    found = []
    for n_parts in range(2, _MOST_COLUMNS + 1):
        n_rest = n_bars % n_parts
        if n_parts + n_rest <= _MOST_COLUMNS:
            *_, cost = _find_parts(n_bars // n_parts)
            found.append((cost + _PASS + n_parts + n_rest, n_parts, n_rest))
    cost, n_parts, n_rest = min(found)
    return n_parts, n_rest, cost


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
    if n_bars <= _FEW:
        return plan.step(kernels.add_distances, *_few(values, n_bars))
    _, n_older = halves(n_bars)
    parts = _parts(plan, values, n_bars)
    return plan.step(kernels.join_distances, *parts, numbers=(n_older,))


def gap(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the mean of a window's newer half less the mean of its older half."""
    n_newer, n_older = halves(n_bars)
    parts = _parts(plan, values, n_bars)
    wide = plan.find_wide(kernels.join_distances, parts, (n_older,))
    if wide is not None:
        return Value(step=wide, output=1)
    return plan.step(kernels.find_gaps, *parts, numbers=(1.0 / n_newer, 1.0 / n_older))


def _few(values: Value, n_bars: int) -> list[Value]:
    """Return the values of a short window, and the latest again for bars that it has not."""
    return [earlier(values, lag if lag < n_bars else 0) for lag in range(_FEW)]


def _few_numbers(n_bars: int) -> list[float]:
    return [1.0 / n_bars, *(float(lag < n_bars) for lag in range(2, _FEW))]


def _parts(plan: Plan, values: Value, n_bars: int) -> tuple[Value, Value, Value, Value]:
    n_newer, n_older = halves(n_bars)
    newer, older = (distances(plan, values, n) for n in (n_newer, n_older))
    return values, earlier(values, n_newer), newer, earlier(older, n_newer)


def products(plan: Plan, first: Value, second: Value, n_bars: int) -> Value:
    """Return the sum of products of two series around their means."""
    if n_bars == 1:
        return plan.constant(0.0)
    if first == second:
        return _squares(plan, first, n_bars)
    if n_bars <= _FEW:
        columns = *_few(first, n_bars), *_few(second, n_bars)
        return plan.step(kernels.add_products, *columns, numbers=_few_numbers(n_bars))
    n_newer, n_older = halves(n_bars)
    newer, older = (products(plan, first, second, n) for n in (n_newer, n_older))
    gaps = (gap(plan, one, n_bars) for one in (first, second))
    share = n_newer * n_older / n_bars
    return plan.step(kernels.join_products, newer, earlier(older, n_newer), *gaps, numbers=(share,))


def _squares(plan: Plan, values: Value, n_bars: int) -> Value:
    """Return the sum of squares around the mean, from the step that finds the distances too."""
    if n_bars <= _FEW:
        few = tuple(_few(values, n_bars))
        wider = Step(operation=kernels.add_moments, operands=few, numbers=_few_numbers(n_bars))
        return plan.widen(distances(plan, values, n_bars), wider, 2)
    n_newer, n_older = halves(n_bars)
    newer, older = (products(plan, values, values, n) for n in (n_newer, n_older))
    parts = _parts(plan, values, n_bars)
    share = n_newer * n_older / n_bars
    wider = Step(
        operation=kernels.join_moments,
        operands=(*parts, newer, earlier(older, n_newer)),
        numbers=[n_older, 1.0 / n_newer, 1.0 / n_older, share],
    )
    return plan.widen(distances(plan, values, n_bars), wider, 3)


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


def ascending(plan: Plan, values: Value, n_bars: int) -> tuple[Value, ...]:
    """Return the values of a window in ascending order."""
    if n_bars == 1:
        return (values,)
    n_newer, n_older = halves(n_bars)
    newer, older = (ascending(plan, values, n) for n in (n_newer, n_older))
    columns = *newer, *(earlier(one, n_newer) for one in older)
    whole = plan.step(merge_sorted, *columns, numbers=(n_newer, n_older), n_outputs=n_bars)
    return tuple(Value(step=whole.step, output=place) for place in range(n_bars))


def _both(parts: list[Value], n_newer: int) -> tuple[Value, Value]:
    return parts[0], earlier(parts[1], n_newer)
