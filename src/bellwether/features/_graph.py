"""The graph backend: expressions on the last bars of a window, as ONNX nodes."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from bellwether.features._builder import GraphBuilder
from bellwether.features._errors import WindowTooShort
from bellwether.features._expression import Expression, sorted_nodes
from bellwether.features._feature_set import FeatureSet
from bellwether.features._finite import find_finite
from bellwether.features._operators import OPERATORS
from bellwether.features._series import Series, SeriesGraph, split_columns


def lower(
    graph: GraphBuilder,
    expressions: Sequence[Expression] | FeatureSet,
    bars_tensor: str,
    *,
    n_bars: int,
    n_steps: int,
) -> str:
    """Append the nodes that compute expressions on the last bars of a window.

    Parameters
    ----------
    graph : GraphBuilder
    expressions : sequence of Expression, or FeatureSet
    bars_tensor : str
        float64 tensor of shape (batch, n_bars, 5): open, high, low, close, volume, oldest
        bar first.
    n_bars : int
        Bars in the window, at least the longest lookback plus `n_steps` - 1.
    n_steps : int
        Bars, up to the window's last, on which values are asked for.

    Returns
    -------
    tensor : str
        float64 tensor of shape (batch, n_steps, n_expressions), oldest bar first: the rows
        that `compute` gives for those bars, up to rounding.

    Raises
    ------
    WindowTooShort
        If the window is shorter than the expressions look back.

    Notes
    -----
    Knows: as `compute`.
    NaN: as `compute` on bars within the data contract; on others anything, see
    `lower_data_contract`.
    """
    wanted = expressions.expressions if isinstance(expressions, FeatureSet) else tuple(expressions)
    least = max(one.lookback_bars for one in wanted) + n_steps - 1
    if n_bars < least:
        raise WindowTooShort(n_bars, least)
    series_graph = SeriesGraph(graph, bars_tensor, n_bars)
    series = _lower_nodes(series_graph, wanted, n_steps)
    rows = [
        series_graph.numbers(series_graph.spread(series[one], n_steps), n_steps) for one in wanted
    ]
    shape = graph.constant(np.array([0, len(wanted), n_steps], dtype=np.int64))
    by_feature = graph.node("Reshape", graph.node("Concat", *rows, axis=1), shape)
    return graph.node("Transpose", by_feature, perm=[0, 2, 1])


def _lower_nodes(
    graph: SeriesGraph, wanted: tuple[Expression, ...], n_steps: int
) -> dict[Expression, Series]:
    nodes = sorted_nodes(wanted)
    spans = _find_spans(nodes, wanted, n_steps)
    finite = find_finite(nodes)
    series: dict[Expression, Series] = {}
    for node in nodes:
        entry = OPERATORS[node.operator]
        operands = tuple(series[one] for one in node.operands)
        if entry.reach is not None:
            reached = spans[node] + entry.n_bars_before(node.parameters)
            operands = tuple(graph.spread(one, reached) for one in operands)
        is_scalar = node.operator == "constant" or (
            bool(operands) and not any(one.n_bars for one in operands)
        )
        series[node] = Series(
            tensor=entry.lowering(graph, operands, node.parameters, spans[node]),
            n_bars=0 if is_scalar else spans[node],
            is_finite=node in finite,
            is_truth=entry.is_truth,
            constant=node.parameters[0] if node.operator == "constant" else None,
        )
    return series


def _find_spans(
    nodes: Sequence[Expression], wanted: Sequence[Expression], n_steps: int
) -> dict[Expression, int]:
    spans = dict.fromkeys(nodes, 0) | dict.fromkeys(wanted, n_steps)
    for node in reversed(nodes):
        reached = spans[node] + OPERATORS[node.operator].n_bars_before(node.parameters)
        for operand in node.operands:
            spans[operand] = max(spans[operand], reached)
    return spans


def lower_data_contract(graph: GraphBuilder, bars_tensor: str) -> str:
    """Append the nodes that check bars against the data contract.

    Parameters
    ----------
    graph : GraphBuilder
    bars_tensor : str
        float64 tensor of shape (batch, n_bars, 5): open, high, low, close, volume.

    Returns
    -------
    tensor : str
        bool tensor of shape (batch,): whether every bar is finite, its prices above zero, its
        high and low the extremes and its volume at least zero.
    """
    opened, high, low, close, volume = split_columns(graph, bars_tensor)
    zero = graph.constant(np.array(0.0))
    infinity = graph.constant(np.array(np.inf))
    # A comparison with NaN fails; what lies between a low above zero and a high below infinity
    # is a price.
    verdicts = graph.node(
        "Concat",
        *(graph.node("GreaterOrEqual", high, price) for price in (opened, close)),
        *(graph.node("LessOrEqual", low, price) for price in (opened, close)),
        graph.node("Greater", low, zero),
        graph.node("GreaterOrEqual", volume, zero),
        *(graph.node("Less", most, infinity) for most in (high, volume)),
        axis=1,
    )
    counted = graph.node("Cast", verdicts, to=TensorProto.INT32)
    over_bars = graph.constant(np.array([1], dtype=np.int64))
    worst = graph.node("ReduceMin", counted, over_bars, keepdims=0)
    return graph.node("Cast", worst, to=TensorProto.BOOL)
