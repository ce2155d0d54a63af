"""Ranks and z-scores across the symbols of a panel: for research and training only."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import COLUMNS, Panel
from bellwether.features._engine import FeatureEngine
from bellwether.features._errors import NeedsPanel
from bellwether.features._expression import Expression, Operand, build, sorted_nodes
from bellwether.features._feature_set import FeatureSet
from bellwether.features._operators import OPERATORS

LEAST_SYMBOLS = 2


def cross_rank(values: Operand) -> Expression:
    """Return the rank among all symbols of the same instant, over their number: up to 1.

    The smallest of n has 1 / n, the largest 1; equal values share the mean of their ranks.
    Needs a panel: see `compute_cross_section`.
    """
    return build("cross_rank", (values,))


def cross_zscore(values: Operand) -> Expression:
    """Return the distance from the mean of all symbols of the same instant, in their deviations.

    The deviation is the sample's (divisor n - 1); equal values have zero. Needs a panel: see
    `compute_cross_section`.
    """
    return build("cross_zscore", (values,))


def needs_panel(expression: Expression) -> bool:
    """Return whether an expression looks at other symbols: no bundle can hold it."""
    return any(OPERATORS[one.operator].needs_panel for one in sorted_nodes((expression,)))


def check_one_symbol(expressions: Sequence[Expression] | FeatureSet) -> None:
    """Refuse expressions that look at other symbols.

    Raises
    ------
    NeedsPanel
        Where one of them does.
    """
    some = expressions.expressions if isinstance(expressions, FeatureSet) else expressions
    for one in some:
        if needs_panel(one):
            raise NeedsPanel(str(one))


def compute_cross_section(
    panel: Panel, expressions: Sequence[Expression] | FeatureSet
) -> tuple[FloatArray, ...]:
    """Compute expressions that may look across the symbols of a panel.

    Parameters
    ----------
    panel : Panel
        Symbols may have bars at different instants: a cross-section is that of the symbols which
        closed a bar at the same one.
    expressions : sequence of Expression, or FeatureSet

    Returns
    -------
    values : tuple of float64 arrays of shape (n_bars, n_expressions)
        One a symbol, a row for each of its bars. An expression's first `lookback_bars` - 1 rows
        are NaN.

    Notes
    -----
    Knows: bars of every symbol up to and including the row's own instant.
    NaN: a value that is not finite takes no part in its cross-section and stays NaN, as does one
    with fewer than two finite values beside each other. Whatever is computed from them follows
    the operators' own rules.
    Cost: each operator above a cross-section is a pass over the panel; what lies below is one
    program of the engine. Expressions without a cross-section cost what the engine costs.
    """
    some = expressions.expressions if isinstance(expressions, FeatureSet) else tuple(expressions)
    crossed = {one: needs_panel(one) for one in sorted_nodes(some)}
    leaves = _find_leaves(some, crossed)
    engine = FeatureEngine(leaves)
    by_symbol = [engine.compute(bars.matrix) for bars in panel.bars]
    known = {one: [values[:, place] for values in by_symbol] for place, one in enumerate(leaves)}
    order = _order_instants(panel)
    for node in (one for one, is_crossed in crossed.items() if is_crossed):
        operands = [known[one] for one in node.operands]
        if OPERATORS[node.operator].needs_panel:
            known[node] = _across(_ACROSS[node.operator], operands[0], order)
        else:
            known[node] = _along(node, operands)
    return tuple(
        _stack([known[one][place] for one in some], some, len(bars))
        for place, bars in enumerate(panel.bars)
    )


def _find_leaves(
    wanted: Sequence[Expression], crossed: dict[Expression, bool]
) -> tuple[Expression, ...]:
    """Return what the engine computes: all that is asked for or read, and looks at one symbol."""
    read = [one for node, is_crossed in crossed.items() if is_crossed for one in node.operands]
    return tuple(dict.fromkeys(one for one in (*wanted, *read) if not crossed[one]))


def _order_instants(panel: Panel) -> tuple[IntArray, IntArray]:
    """Return the panel's rows by instant, and where each instant's begin among them."""
    places = np.concatenate(panel.positions)
    order = np.argsort(places, kind="stable")
    starts = np.flatnonzero(np.diff(places[order], prepend=-1))
    return order, np.append(starts, len(order))


def _across(
    score: Callable[[FloatArray], FloatArray],
    values: Sequence[FloatArray],
    instants: tuple[IntArray, IntArray],
) -> list[FloatArray]:
    order, bounds = instants
    stacked = np.concatenate(values)
    scored = np.full(len(stacked), np.nan)
    for start, stop in pairwise(bounds.tolist()):
        rows = order[start:stop]
        rows = rows[np.isfinite(stacked[rows])]
        if len(rows) >= LEAST_SYMBOLS:
            scored[rows] = score(stacked[rows])
    return np.split(scored, np.cumsum([len(one) for one in values])[:-1])


def _score_rank(values: FloatArray) -> FloatArray:
    from scipy.stats import rankdata  # noqa: PLC0415 - a process that serves has no use for it

    ranks: FloatArray = rankdata(values) / len(values)
    return ranks


def _score_distance(values: FloatArray) -> FloatArray:
    apart = values - values[0]
    distances = apart - apart.mean()
    deviation = distances.std(ddof=1)
    return np.zeros(len(values)) if not np.ptp(values) else distances / deviation


_ACROSS = {"cross_rank": _score_rank, "cross_zscore": _score_distance}


def _along(node: Expression, operands: Sequence[Sequence[FloatArray]]) -> list[FloatArray]:
    """Return one operator on series that are there already, symbol by symbol.

    The engine reads columns of bars: here they are whatever the operator is about.
    """
    names = COLUMNS[: len(operands)]
    columns = tuple(build(name, ()) for name in names)
    one = Expression(operator=node.operator, operands=columns, parameters=node.parameters)
    engine = FeatureEngine([one])
    computed = []
    for series in zip(*operands, strict=True):
        matrix = np.zeros((len(series[0]), len(COLUMNS)))
        matrix[:, : len(series)] = np.column_stack(series)
        computed.append(engine.compute(matrix)[:, 0])
    return computed


def _stack(
    columns: Sequence[FloatArray], expressions: Sequence[Expression], n_bars: int
) -> FloatArray:
    values = np.column_stack(columns) if columns else np.empty((n_bars, 0))
    for place, one in enumerate(expressions):
        values[: one.lookback_bars - 1, place] = np.nan
    return values
