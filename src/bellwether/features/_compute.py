"""The batch backend: expressions over a whole history, each distinct node once."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS
from bellwether.features._compiled import CompiledKernel
from bellwether.features._errors import WrongMatrix
from bellwether.features._expression import Expression, sorted_nodes
from bellwether.features._feature_set import FeatureSet
from bellwether.features._operator import Operator
from bellwether.features._operators import OPERATORS


def compute(expressions: Sequence[Expression] | FeatureSet, matrix: FloatArray) -> FloatArray:
    """Compute expressions on every bar.

    Parameters
    ----------
    expressions : sequence of Expression, or FeatureSet
    matrix : float64 array of shape (n_bars, 5)
        Columns open, high, low, close, volume, oldest bar first, as `Bars.matrix`.

    Returns
    -------
    values : float64 array of shape (n_bars, n_expressions)
        An expression's first `lookback_bars` - 1 rows are NaN.

    Raises
    ------
    WrongMatrix
        If the matrix has another shape.

    Notes
    -----
    Knows: row t is a function of the last `lookback_bars` bars up to t; computed from those
    bars alone it is the same bit for bit.
    NaN: a NaN within an expression's window makes its value NaN, except through comparisons,
    which are then 0.0.
    Cost: one pass a window and distinct node; `core15` on 5,000 bars takes about 2 ms.

    Examples
    --------
    >>> from bellwether.features import close, ref
    >>> matrix = np.column_stack([[1.0, 2.0, 4.0]] * 5)
    >>> compute([close / ref(close, 1) - 1], matrix)[:, 0]
    array([nan,  1.,  1.])
    """
    wanted = expressions.expressions if isinstance(expressions, FeatureSet) else tuple(expressions)
    bars = np.asarray(matrix, dtype=np.float64)
    if bars.ndim != 2 or bars.shape[1] != len(COLUMNS):
        raise WrongMatrix(f"shape (n_bars, {len(COLUMNS)})", f"{bars.shape}")
    with np.errstate(all="ignore"):
        values = _evaluate(wanted, bars)
    result = np.empty((len(bars), len(wanted)))
    for place, expression in enumerate(wanted):
        result[:, place] = values[expression]
        result[: expression.lookback_bars - 1, place] = np.nan
    return result


def _evaluate(wanted: tuple[Expression, ...], bars: FloatArray) -> dict[Expression, FloatArray]:
    nodes = sorted_nodes(wanted)
    n_uses = Counter(operand for node in nodes for operand in node.operands)
    n_uses.update(wanted)
    values: dict[Expression, FloatArray] = {}
    for node in nodes:
        values[node] = _evaluate_node(node, [values[one] for one in node.operands], bars)
        for operand in node.operands:
            n_uses[operand] -= 1
            if not n_uses[operand]:
                del values[operand]
    return values


def _evaluate_node(node: Expression, operands: list[FloatArray], bars: FloatArray) -> FloatArray:
    if node.operator in COLUMNS:
        return np.ascontiguousarray(bars[:, COLUMNS.index(node.operator)])
    if node.operator == "constant":
        return np.array(node.parameters[0])
    entry = OPERATORS[node.operator]
    if _needs_series(entry):
        operands = [one if one.ndim else np.full(len(bars), one) for one in operands]
    return entry.kernel(*operands, *node.parameters)


def _needs_series(entry: Operator) -> bool:
    return entry.reach is not None or isinstance(entry.kernel, CompiledKernel)
