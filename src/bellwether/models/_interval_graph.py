"""The reach of intervals as nodes: the mixture of variances, and the replay."""

from collections.abc import Sequence

import numpy as np

from bellwether.features import GraphBuilder, interval_variances, lower, simple_return
from bellwether.models._ensemble import QUANTILES
from bellwether.models._intervals import (
    LEAST_VARIANCE,
    MOST_MISSES,
    REPLAYED_BARS,
    replay_factors,
)

COMMON_DRIFT = "common_drift"
"""Input of graphs whose state has a drift that all symbols share."""


def lower_reach(
    graph: GraphBuilder, bars: str, state: dict[str, str], *, n_bars: int, horizon_bars: int
) -> tuple[str, str]:
    """Append the nodes that find how far each row's intervals reach.

    Parameters
    ----------
    graph : GraphBuilder
    bars : str
        float64 tensor of shape (batch, n_bars, 5).
    state : dict of str to str
        Inputs by the names of `EnsembleState.inputs`.
    n_bars, horizon_bars : int

    Returns
    -------
    unit, reach : str
        float64 tensors of shape (batch,): the standard deviation of one bar by the mixture of
        variances, and what the replay of the last intervals multiplies it by.
    """
    n_variances = REPLAYED_BARS + horizon_bars
    values = lower(graph, interval_variances(), bars, n_bars=n_bars, n_steps=n_variances)
    # A column: the engine takes the transposition before a product with a vector out, and
    # then multiplies the wrong way round.
    weight = graph.node("Unsqueeze", state["variance_weight"], _integers(graph, 1))
    mixed = graph.node("Squeeze", graph.node("MatMul", values, weight), _integers(graph, 2))
    units = graph.node("Sqrt", graph.node("Max", mixed, _number(graph, LEAST_VARIANCE)))
    moves = lower(graph, [simple_return(horizon_bars)], bars, n_bars=n_bars, n_steps=REPLAYED_BARS)
    places = _bit_reversed(REPLAYED_BARS)
    past, own = _integers(graph, *places), graph.constant(np.array(n_variances - 1))
    in_order = graph.node("Gather", graph.node("Squeeze", moves, _integers(graph, 2)), past, axis=1)
    if COMMON_DRIFT in state:
        in_order = graph.node("Sub", in_order, state[COMMON_DRIFT])
    in_units = graph.node("Div", in_order, graph.node("Gather", units, past, axis=1))
    scaled = graph.node("Mul", in_units, _number(graph, 1.0 / float(np.sqrt(horizon_bars))))
    intercept = graph.node("Gather", state["drift"], _integers(graph, 0))
    scores = graph.node("Sub", scaled, intercept)
    return graph.node("Gather", units, own, axis=1), _replayed(graph, state, scores, places)


def _replayed(
    graph: GraphBuilder, state: dict[str, str], scores: str, places: Sequence[int]
) -> str:
    """Return the reach after the replay.

    A bar is a function from misses before to misses after, and so is a stretch of bars: tables
    of 21 numbers. Neighbouring stretches are joined until one is left, in a few steps where
    bar after bar would take as many as there are bars. They lie in the order in which the
    first half holds the earlier one of every pair.
    """
    factors = replay_factors()
    by_misses = graph.constant(factors[np.array(places)][None])
    low, high = (
        graph.node("Mul", by_misses, graph.node("Gather", state["interval_offsets"], place))
        for place in (_integers(graph, 0), _integers(graph, len(QUANTILES) - 1))
    )
    column = graph.node("Unsqueeze", scores, _integers(graph, 2))
    missed = graph.node("Or", graph.node("Greater", column, high), graph.node("Less", column, low))
    before = np.arange(MOST_MISSES + 1, dtype=np.int64)
    after = np.minimum(before + 1, MOST_MISSES)
    tables = graph.node(
        "Where", missed, *(graph.constant(one[None, None]) for one in (after, before))
    )
    n_stretches = REPLAYED_BARS
    while n_stretches > 1:
        n_stretches //= 2
        earlier, later = graph.nodes("Split", tables, n_outputs=2, axis=1, num_outputs=2)
        tables = graph.node("GatherElements", later, earlier, axis=2)
    none_before = graph.constant(np.array(0))
    of_none = graph.node("Gather", tables, none_before, axis=2)
    n_misses = graph.node("Squeeze", of_none, _integers(graph, 1))
    return graph.node("Gather", graph.constant(factors[REPLAYED_BARS]), n_misses)


def _bit_reversed(n: int) -> list[int]:
    """Return 0 to n - 1, a power of two, so that halving pairs neighbours again and again.

    Examples
    --------
    >>> _bit_reversed(8)
    [0, 4, 2, 6, 1, 5, 3, 7]
    """
    order = [0]
    while len(order) < n:
        order = [2 * one for one in order] + [2 * one + 1 for one in order]
    return order


def _number(graph: GraphBuilder, value: float) -> str:
    return graph.constant(np.array(value))


def _integers(graph: GraphBuilder, *values: int) -> str:
    return graph.constant(np.array(values, dtype=np.int64))
