"""Which expressions are sure to be finite on any bars within the data contract."""

from collections.abc import Iterable

from bellwether.bars import COLUMNS
from bellwether.features._expression import Expression
from bellwether.features._operators import OPERATORS

PRICES = COLUMNS[:4]


def find_finite(nodes: Iterable[Expression]) -> frozenset[Expression]:
    """Return the expressions that cannot be NaN or infinite.

    Parameters
    ----------
    nodes : iterable of Expression
        Operands before what uses them.

    Returns
    -------
    finite : frozenset of Expression

    Notes
    -----
    Overflow aside: prices and volumes are far from the ends of float64.
    """
    finite: set[Expression] = set()
    positive: set[Expression] = set()
    for node in nodes:
        if _is_positive(node, positive):
            positive.add(node)
        if _is_finite(node, finite, positive):
            finite.add(node)
    return frozenset(finite)


def _is_positive(node: Expression, positive: set[Expression]) -> bool:
    if node.operator in PRICES:
        return True
    if node.operator == "constant":
        return node.parameters[0] > 0
    if node.operator == "maximum":
        return any(one in positive for one in node.operands)
    keeps = OPERATORS[node.operator].keeps_positive
    return keeps and all(one in positive for one in node.operands)


def _is_finite(node: Expression, finite: set[Expression], positive: set[Expression]) -> bool:
    are_operands_finite = all(one in finite for one in node.operands)
    match OPERATORS[node.operator].finiteness:
        case "always":
            return True
        case "if operands":
            return are_operands_finite
        case "if divisor positive":
            return are_operands_finite and node.operands[1] in positive
        case _:
            return False
