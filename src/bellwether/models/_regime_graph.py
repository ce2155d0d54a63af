"""Weights by regime as nodes: the rules' own regime, and what it makes of the members' weights."""

import numpy as np

from bellwether.features import INT64, Expression, GraphBuilder, lower
from bellwether.models._regime_weights import N_REGIMES
from bellwether.rules import RegimeOptions, regime_expressions

REGIME_MEMBER_WEIGHT = "regime_member_weight"
"""Output of graphs whose members' weights depend on the regime: what they are on each row."""


def confirmed_regime() -> Expression:
    """Return the regime that last lasted three bars, as the rules tell it."""
    return regime_expressions(RegimeOptions())["regime_confirmed"]


def lower_regime_weights(
    graph: GraphBuilder, bars: str, ok: str, state: dict[str, str], *, n_bars: int
) -> tuple[str, str]:
    """Append the nodes that find each row's regime, and the members' weights in it.

    Parameters
    ----------
    graph : GraphBuilder
    bars : str
        float64 tensor of shape (batch, n_bars, 5).
    ok : str
        bool tensor of shape (batch,): rows whose bars are in order.
    state : dict of str to str
        Inputs by the names of `EnsembleState.inputs`.
    n_bars : int

    Returns
    -------
    regime : str
        float64 tensor of shape (batch,): codes of `Regime`.
    weight : str
        float64 tensor of shape (batch, n_members), rows summing to one.
    """
    value = lower(graph, [confirmed_regime()], bars, n_bars=n_bars, n_steps=1)
    code = graph.node("Squeeze", value, _integers(graph, 1, 2))
    # A code that is none would have no row in the table.
    regime = graph.node("Where", ok, code, graph.constant(np.array(0.0)))
    by_regime = graph.node("Reshape", state["regime_multiplier"], _integers(graph, N_REGIMES, -1))
    table = graph.node("Mul", by_regime, state["member_weight"])
    totals = graph.node("ReduceSum", table, _integers(graph, 1), keepdims=1)
    place = graph.node("Cast", regime, to=INT64)
    return regime, graph.node("Gather", graph.node("Div", table, totals), place, axis=0)


def lower_row_score(graph: GraphBuilder, standardised: str, weight: str, n_members: int) -> str:
    """Append the nodes that sum each row's forecasts by the row's own weights.

    Column after column: sums of whole rows come out in another order for a lone row than for many.
    """
    products = graph.node("Mul", standardised, weight)
    columns = [
        graph.node("Gather", products, graph.constant(np.array(place)), axis=1)
        for place in range(n_members)
    ]
    score = columns[0]
    for column in columns[1:]:
        score = graph.node("Add", score, column)
    return score


def _integers(graph: GraphBuilder, *values: int) -> str:
    return graph.constant(np.array(values, dtype=np.int64))
