"""Lowerings of higher moments and of order: the same values as their kernels."""

import math

import numpy as np
from onnx import TensorProto

from bellwether.features._lowerings import (
    Lowering,
    Operands,
    Parameters,
    squares_of,
    without_holes,
)
from bellwether.features._series import Series, SeriesGraph
from bellwether.features._weights import kurtosis_scale, rounding_level, skewness_scale


def _deviations(graph: SeriesGraph, series: Series, window_bars: int, n_bars: int) -> str:
    """Return all windows less their mean, of shape (batch, window_bars, n_bars)."""
    distances = graph.distances(series, window_bars, n_bars)
    center = graph.rows_weighted(distances, np.full(window_bars, 1.0 / window_bars))
    return graph.node("Sub", distances, center)


def _is_rounding(
    graph: SeriesGraph, series: Series, squares: str, window_bars: int, n_bars: int
) -> str:
    latest = graph.numbers(series, n_bars)
    level = graph.node("Mul", latest, graph.number(rounding_level(window_bars)))
    return graph.node("LessOrEqual", squares, graph.node("Mul", level, level))


def window_skewness(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the adjusted Fisher-Pearson skewness of each window."""
    n_window, ones = int(parameters[0]), np.ones(int(parameters[0]))
    deviations = _deviations(graph, operands[0], n_window, n_bars)
    squared = graph.node("Mul", deviations, deviations)
    squares = graph.weighted(squared, ones)
    cubes = graph.weighted(graph.node("Mul", squared, deviations), ones)
    variance = graph.node("Div", squares, graph.number(n_window - 1))
    cube = graph.node("Mul", variance, graph.node("Sqrt", variance))
    share = graph.node("Div", cubes, cube)
    skewness = graph.node("Mul", graph.number(skewness_scale(n_window)), share)
    is_flat = _is_rounding(graph, operands[0], squares, n_window, n_bars)
    return graph.node("Where", is_flat, graph.number(0.0), skewness)


def window_kurtosis(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the unbiased excess kurtosis of each window."""
    n_window, ones = int(parameters[0]), np.ones(int(parameters[0]))
    deviations = _deviations(graph, operands[0], n_window, n_bars)
    squared = graph.node("Mul", deviations, deviations)
    squares = graph.weighted(squared, ones)
    fourths = graph.weighted(graph.node("Mul", squared, squared), ones)
    variance = graph.node("Div", squares, graph.number(n_window - 1))
    share = graph.node("Div", fourths, graph.node("Mul", variance, variance))
    scale, normal = kurtosis_scale(n_window)
    kurtosis = graph.node(
        "Sub", graph.node("Mul", graph.number(scale), share), graph.number(normal)
    )
    is_flat = _is_rounding(graph, operands[0], squares, n_window, n_bars)
    return graph.node("Where", is_flat, graph.number(0.0), kurtosis)


def window_mean_deviation(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the mean distance of each window's values from their mean."""
    n_window = int(parameters[0])
    sizes = graph.node("Abs", _deviations(graph, operands[0], n_window, n_bars))
    return graph.weighted(sizes, np.full(n_window, 1.0 / n_window))


def _products(graph: SeriesGraph, operands: Operands, window_bars: int, n_bars: int) -> str:
    first, second = (_deviations(graph, one, window_bars, n_bars) for one in operands)
    return graph.weighted(graph.node("Mul", first, second), np.ones(window_bars))


def window_covariance(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the sample covariance of each window."""
    n_window = int(parameters[0])
    products = _products(graph, operands, n_window, n_bars)
    return graph.divided(products, n_window - 1, n_bars)


def window_correlation(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the correlation of each window."""
    n_window = int(parameters[0])
    products = _products(graph, operands, n_window, n_bars)
    squares = [squares_of(graph, one, n_window, n_bars) for one in operands]
    lengths = graph.node("Mul", *(graph.node("Sqrt", one) for one in squares))
    share = graph.node("Div", products, lengths)
    share = graph.node("Min", graph.node("Max", share, graph.number(-1.0)), graph.number(1.0))
    flat = [
        _is_rounding(graph, series, square, n_window, n_bars)
        for series, square in zip(operands, squares, strict=True)
    ]
    # Nothing times NaN is NaN: a flat series beside one with a hole is no zero.
    nothing = graph.node("Mul", products, graph.number(0.0))
    return graph.node("Where", graph.node("Or", *flat), nothing, share)


def window_rank(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
    """Lower the latest value's rank in each window as a share."""
    series, n_window = operands[0], int(parameters[0])
    windows = graph.windows(graph.numbers(series, series.n_bars), series.n_bars, n_window, n_bars)
    latest = graph.node("Unsqueeze", graph.numbers(series, n_bars), graph.integers(1))
    below, equal = (
        graph.weighted(
            graph.node("Cast", graph.node(name, windows, latest), to=TensorProto.DOUBLE),
            np.full(n_window, weight),
        )
        for name, weight in (("Less", 1.0), ("Equal", 0.5))
    )
    own = graph.node("Add", graph.node("Add", below, equal), graph.number(0.5))
    rank = graph.divided(own, n_window, n_bars)
    return without_holes(graph, series, windows, rank)


def window_place(onnx_operator: str) -> Lowering:
    """Return the lowering of the place of each window's largest or smallest value."""

    def lower(graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int) -> str:
        series = operands[0]
        tensor = graph.numbers(series, series.n_bars)
        windows = graph.windows(tensor, series.n_bars, int(parameters[0]), n_bars)
        places = graph.node(onnx_operator, windows, axis=1, keepdims=0)
        counted = graph.node("Cast", places, to=TensorProto.DOUBLE)
        from_one = graph.node("Add", counted, graph.number(1.0))
        return without_holes(graph, series, windows, from_one)

    return lower


def window_quantile(
    graph: SeriesGraph, operands: Operands, parameters: Parameters, n_bars: int
) -> str:
    """Lower the quantile of each window, from as few of the sorted values as hold it."""
    series, n_window, share = operands[0], int(parameters[0]), parameters[1]
    place = share * (n_window - 1)
    below = math.floor(place)
    rest, above = place - below, min(below + 1, n_window - 1)
    windows = graph.windows(graph.numbers(series, series.n_bars), series.n_bars, n_window, n_bars)
    from_top = n_window - below < above + 1
    n_kept = n_window - below if from_top else above + 1
    kept = graph.sorted(windows, n_kept, largest=from_top)
    low, high = (
        graph.node("Gather", kept, graph.index(n_window - 1 - one if from_top else one), axis=1)
        for one in (below, above)
    )
    if rest == 0.0:
        return without_holes(graph, series, windows, low)
    step = graph.node("Mul", graph.node("Sub", high, low), graph.number(rest))
    is_one = graph.node("Equal", low, high)
    quantile = graph.node("Where", is_one, low, graph.node("Add", low, step))
    return without_holes(graph, series, windows, quantile)
