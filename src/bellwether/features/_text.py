"""The text form of expressions: written canonically, read without ever being evaluated."""

import ast
import difflib
import re
from collections.abc import Callable, Mapping

from bellwether.bars import COLUMNS
from bellwether.features import _functions as functions
from bellwether.features import _qlib as qlib
from bellwether.features._errors import InvalidExpression, UnreadableExpression
from bellwether.features._expression import Expression, Operand, build, sorted_nodes
from bellwether.features._operators import OPERATORS

MOST_CHARACTERS = 1_000_000
COMPARISONS = ("less", "less_or_equal", "greater", "greater_or_equal", "equal")
PRECEDENCE = {
    **dict.fromkeys(COMPARISONS, 1),
    "either": 2,
    "both": 3,
    "add": 4,
    "subtract": 4,
    "multiply": 5,
    "divide": 5,
    "negative": 6,
    "no": 6,
    "power": 7,
}
ATOM_PRECEDENCE = 8
SHORTHANDS: dict[str, Callable[..., Expression]] = {
    "delta": functions.delta,
    "population_std": functions.population_std,
    "var": functions.var,
    "median": functions.median,
    "count": functions.count,
    "wilder": functions.wilder,
    "clip": functions.clip,
}
NAMED_OPERATORS = tuple(
    name
    for name, entry in OPERATORS.items()
    if not entry.symbol and name not in (*COLUMNS, "constant")
)
_FIELD = re.compile(r"\$(\$?)([A-Za-z_]\w*)")
_AST_NAMES: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.BitAnd: "both",
    ast.BitOr: "either",
    ast.Lt: "less",
    ast.LtE: "less_or_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_or_equal",
    ast.Eq: "equal",
    ast.Invert: "no",
}


def write(expression: Expression) -> str:
    """Return the canonical text of an expression: `parse` gives back an equal one."""
    texts: dict[Expression, tuple[str, int]] = {}
    for node in sorted_nodes((expression,)):
        texts[node] = _write_node(node, [texts[one] for one in node.operands])
    return texts[expression][0]


def _write_node(node: Expression, operands: list[tuple[str, int]]) -> tuple[str, int]:
    entry = OPERATORS[node.operator]
    if node.operator == "constant":
        value = node.parameters[0]
        return _write_number(value), ATOM_PRECEDENCE if value >= 0 else PRECEDENCE["negative"]
    if not entry.symbol:
        parts = [text for text, _ in operands] + [_write_number(one) for one in node.parameters]
        return f"{node.operator}({', '.join(parts)})" if parts else node.operator, ATOM_PRECEDENCE
    own = PRECEDENCE[node.operator]
    if len(operands) == 1:
        return entry.symbol + _enclose(operands[0], own), own
    is_left_loose = own > PRECEDENCE["either"] - 1 and node.operator != "power"
    left = _enclose(operands[0], own if is_left_loose else own + 1)
    return f"{left} {entry.symbol} {_enclose(operands[1], own + 1)}", own


def _enclose(operand: tuple[str, int], least: int) -> str:
    text, precedence = operand
    return text if precedence >= least else f"({text})"


def _write_number(value: float) -> str:
    number = float(value)
    return str(int(number)) if number.is_integer() and -1e15 < number < 1e15 else repr(number)


def parse(text: str) -> Expression:
    """Read an expression from its text.

    Parameters
    ----------
    text : str
        Columns (open, high, low, close, volume), numbers, the operators ``+ - * / **``,
        ``< <= > >= ==``, ``& | ~`` and the functions of this package by name. Or Qlib's:
        fields such as ``$close``, its operators by name, and ``!=`` beside them.

    Returns
    -------
    expression : Expression
        ``parse(str(expression)) == expression`` for every expression.

    Raises
    ------
    UnreadableExpression
        If the text is no expression of the algebra.
    InvalidExpression
        If an operator is given operands or parameters it does not take.

    Notes
    -----
    The text is parsed, never evaluated: nothing in it can run. Qlib's operators are translated
    into what they compute on complete windows; see docs/how_to/bring-factors-from-qlib.md.

    Examples
    --------
    >>> parse("Ref($close, 5)/$close")
    Expression(ref(close, 5) / close)
    >>> parse("close/mean( close,20 )-1")
    Expression(close / mean(close, 20) - 1)
    """
    if len(text) > MOST_CHARACTERS:
        raise UnreadableExpression(
            text, f"at most {MOST_CHARACTERS} characters", f"{len(text)}", "split the expression"
        )
    try:
        plain, n_fields = _FIELD.subn(lambda found: _read_field(text, found), text.strip())
        tree = ast.parse(plain, mode="eval").body
        value = TextReader(text, is_foreign=n_fields > 0).read(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnreadableExpression(
            text, "an expression", f"{type(error).__name__}", "check brackets, commas and operators"
        ) from error
    return value if isinstance(value, Expression) else build("constant", (), (value,))


def _read_field(text: str, found: re.Match[str]) -> str:
    if found[1]:
        hint = "bars hold no data by date of publication"
        raise UnreadableExpression(text, "a field of the bars", found[0], hint)
    return qlib.check_field(text, found[2])


def is_taken(name: str) -> bool:
    """Return whether a name means something in the algebra or in Qlib's."""
    return name in COLUMNS or name in OPERATORS or name in SHORTHANDS or name in qlib.WORDS


class TextReader:
    """Turns a syntax tree into an expression, node kind by node kind.

    Parameters
    ----------
    text : str
        What the tree was parsed from; errors show its start.
    is_foreign : bool
        Whether it names fields as Qlib does.
    names : mapping of str to Expression or number, optional
        What other names stand for.
    """

    def __init__(
        self, text: str, *, is_foreign: bool = False, names: Mapping[str, Operand] | None = None
    ) -> None:
        self._text = text
        self._is_foreign = is_foreign
        self._names = {**{column: build(column, ()) for column in COLUMNS}, **(names or {})}

    def read(self, node: ast.expr) -> Operand:
        """Return what a tree stands for; see `parse` for what is refused."""
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return value
            case ast.Name(id=name) if name in self._names:
                return self._names[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.read(operand)
            case ast.UnaryOp(op=operator, operand=operand):
                return build(self._operator(operator), (self.read(operand),))
            case ast.BinOp(left=left, op=operator, right=right):
                return build(self._operator(operator), (self.read(left), self.read(right)))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._compare(operator, self.read(left), self.read(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                qlib.check_name(self._text, name)
                return self._call(name, [self.read(one) for one in arguments])
            case _:
                raise self._refuse(node)

    def _compare(self, operator: ast.cmpop, left: Operand, right: Operand) -> Expression:
        if isinstance(operator, ast.NotEq) and self._is_foreign:
            return ~functions.equal(left, right)
        return build(self._operator(operator), (left, right))

    def _operator(self, operator: ast.AST) -> str:
        name = _AST_NAMES.get(type(operator))
        if name is None:
            raise UnreadableExpression(
                self._text,
                "one of the operators + - * / ** < <= > >= == & | ~",
                type(operator).__name__,
                "write it with those",
            )
        return name

    def _call(self, name: str, arguments: list[Operand]) -> Expression:
        if name in qlib.WORDS:
            return qlib.translate(self._text, name, arguments)
        if name in SHORTHANDS:
            return self._shorthand(name, arguments)
        if name not in NAMED_OPERATORS:
            raise self._unknown(name)
        n_operands = OPERATORS[name].n_operands
        parameters = arguments[n_operands:]
        return build(name, arguments[:n_operands], [self._number(name, one) for one in parameters])

    def _shorthand(self, name: str, arguments: list[Operand]) -> Expression:
        numbers = [self._number(name, one) for one in arguments[1:]]
        try:
            return SHORTHANDS[name](*arguments[:1], *numbers)
        except (TypeError, ZeroDivisionError) as error:
            raise InvalidExpression(name, "other arguments", f"{len(arguments)}") from error

    def _number(self, name: str, value: Operand) -> float:
        if isinstance(value, Expression):
            raise InvalidExpression(name, "a number as parameter", f"the expression {value}")
        return value

    def _unknown(self, name: str) -> UnreadableExpression:
        known = (*self._names, *NAMED_OPERATORS, *SHORTHANDS)
        if name[:1].isupper():
            known = tuple(qlib.WORDS)
        nearest = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"known names: {', '.join(known)}"
        return UnreadableExpression(self._text, "a name of the algebra", repr(name), hint)

    def _refuse(self, node: ast.expr) -> UnreadableExpression:
        if isinstance(node, ast.Name):
            return self._unknown(node.id)
        hint = "use columns, numbers, operators and functions; compare two values at a time"
        if isinstance(node, ast.BoolOp):
            hint = "write & and | with brackets"
        return UnreadableExpression(self._text, "an expression", type(node).__name__, hint)
