"""Lowerings: each operator as nodes of an ONNX graph, the same values as its kernel.

Every lowering gets the graph, the operands as series, the parameters, and the bars its values
are asked for; it returns a tensor of shape (batch, n_bars).
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from onnx import TensorProto

from bellwether.features._series import Series, SeriesGraph
from bellwether.features._weights import (
    exponential_weights,
    linear_weights,
    residual_weights,
    slope_weights,
)

Operands: TypeAlias = tuple[Series, ...]
Parameters: TypeAlias = tuple[float, ...]
Lowering: TypeAlias = Callable[[SeriesGraph, Operands, Parameters, int], str]


def elementwise(onnx_operator: str) -> Lowering:
    """Return the lowering of an operator that ONNX has for float64."""

    def lower(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:  # noqa: ARG001
        return graph.node(onnx_operator, *(graph.numbers(one, n_bars) for one in operands))

    return lower


def scaled(onnx_operator: str) -> Lowering:
    """Return the lowering of a multiplication or division, whose constants stay float64."""

    def lower(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:  # noqa: ARG001
        return graph.scaled(onnx_operator, operands[0], operands[1], n_bars)

    return lower


def logical(onnx_operator: str) -> Lowering:
    """Return the lowering of an operator that ONNX has for truth values."""

    def lower(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:  # noqa: ARG001
        return graph.node(onnx_operator, *(graph.truths(one, n_bars) for one in operands))

    return lower


def column(place: int) -> Lowering:
    """Return the lowering of a column of the bars."""

    def lower(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:  # noqa: ARG001
        return graph.column(place, n_bars)

    return lower


def constant(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:  # noqa: ARG001
    """Lower a number to a scalar."""
    return graph.number(parameters[0])


def where(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:  # noqa: ARG001
    """Lower a choice between two values."""
    condition, first, second = operands
    return graph.node(
        "Where",
        graph.truths(condition, n_bars),
        graph.numbers(first, n_bars),
        graph.numbers(second, n_bars),
    )


def ref(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower a value of some bars ago."""
    return graph.numbers(operands[0], n_bars, bars_ago=int(parameters[0]))


def window_sum(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the sum of each window."""
    return graph.filtered(operands[0], np.ones(int(parameters[0])), n_bars)


def window_mean(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the mean of each window: the latest value plus the mean distance from it."""
    window_bars = int(parameters[0])
    distances = graph.distances(operands[0], window_bars, n_bars)
    mean = graph.weighted(distances, np.full(window_bars, 1.0 / window_bars))
    return graph.node("Add", graph.numbers(operands[0], n_bars), mean)


def ema(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the exponentially weighted mean of each window."""
    weights = exponential_weights(parameters[0], int(parameters[1]))
    return graph.filtered(operands[0], weights, n_bars)


def wma(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the linearly weighted mean of each window."""
    return graph.filtered(operands[0], linear_weights(int(parameters[0])), n_bars)


def window_slope(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the least-squares slope of each window."""
    n_window = int(parameters[0])
    distances = graph.distances(operands[0], n_window, n_bars)
    return graph.weighted(distances, slope_weights(n_window)[::-1])


def window_residual(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the latest value's distance from the least-squares line of each window."""
    n_window = int(parameters[0])
    distances = graph.distances(operands[0], n_window, n_bars)
    return graph.weighted(distances, residual_weights(n_window)[::-1])


def squares_of(graph: SeriesGraph, series: Series, window_bars: int, n_bars: int) -> str:
    """Return the sums of squares of all windows around their means."""
    distances = graph.distances(series, window_bars, n_bars)
    squares = graph.weighted(graph.node("Mul", distances, distances), np.ones(window_bars))
    total = graph.weighted(distances, np.ones(window_bars))
    # Safe from cancellation: the latest value's own distance is nought, so that what is left is
    # at least the part 1/n of the squares.
    center = graph.node("Div", graph.node("Mul", total, total), graph.number(window_bars))
    return graph.node("Sub", squares, center)


def window_deviation(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the sample standard deviation of each window."""
    n_window = int(parameters[0])
    squares = squares_of(graph, operands[0], n_window, n_bars)
    return graph.node("Sqrt", graph.node("Div", squares, graph.number(n_window - 1)))


def window_line_fit(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower R^2 of the least-squares line through each window."""
    n_window = int(parameters[0])
    squares = squares_of(graph, operands[0], n_window, n_bars)
    slope = window_slope(graph, operands, parameters, n_bars)
    time_squares = graph.number((n_window * n_window - 1.0) * n_window / 12.0)
    explained = graph.node("Mul", graph.node("Mul", slope, slope), time_squares)
    share = graph.node("Min", graph.node("Div", explained, squares), graph.number(1.0))
    is_flat = graph.node("Equal", squares, graph.number(0.0))
    return graph.node("Where", is_flat, graph.number(0.0), share)


def window_extreme(onnx_operator: str) -> Lowering:
    """Return the lowering of the largest or smallest value of each window.

    onnxruntime's reductions pass over NaN; where one is possible, it is put back.
    """

    def lower(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
        series = operands[0]
        tensor = graph.numbers(series, series.n_bars)
        windows = graph.windows(tensor, series.n_bars, int(parameters[0]), n_bars)
        extreme = graph.node(onnx_operator, windows, graph.integers(1), keepdims=0)
        return without_holes(graph, series, windows, extreme)

    return lower


def without_holes(graph: SeriesGraph, series: Series, windows: str, values: str) -> str:
    """Return the values of windows, NaN for those that hold one."""
    if series.is_finite:
        return values
    holes = graph.node("Cast", graph.node("IsNaN", windows), to=TensorProto.DOUBLE)
    has_hole = graph.node("ReduceMax", holes, graph.integers(1), keepdims=0)
    is_hole = graph.node("Greater", has_hole, graph.number(0.0))
    return graph.node("Where", is_hole, graph.number(np.nan), values)


def last_where(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the value at the latest bar of each window where a condition holds.

    Bars are counted from one across the whole span, so that the largest count within a window
    is the place to look up, and zero says that there is none.
    """
    window_bars, default = int(parameters[0]), parameters[1]
    n_inputs = n_bars + window_bars - 1
    value, condition = (graph.spread(one, n_inputs) for one in operands)
    counts = graph.floats(np.arange(1.0, n_inputs + 1.0))
    marks = graph.node("Where", graph.truths(condition, n_inputs), counts, graph.number(0.0))
    windows = graph.windows(marks, n_inputs, window_bars, n_bars)
    latest = graph.node("ReduceMax", windows, graph.integers(1), keepdims=0)
    is_found = graph.node("Greater", latest, graph.number(0.0))
    place = graph.node("Max", graph.node("Sub", latest, graph.number(1.0)), graph.number(0.0))
    place = graph.node("Cast", place, to=TensorProto.INT64)
    found = graph.node("GatherElements", graph.numbers(value, n_inputs), place, axis=1)
    return graph.node("Where", is_found, found, graph.number(default))
