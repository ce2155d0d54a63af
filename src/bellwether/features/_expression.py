"""Expression: one value a bar, as a frozen tree of operators over the bar's columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias, Union

from bellwether.features._errors import InvalidExpression
from bellwether.features._operator import Operator
from bellwether.features._operators import OPERATORS
from bellwether.hashing import digest_json

Operand: TypeAlias = Union["Expression", float, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Expression:
    """A causal expression over a bar's columns; its canonical text is its identity.

    Expressions are combined by Python's own operators, where a number stands for a constant:
    arithmetic gives IEEE 754 values, comparisons and logic give 1.0 and 0.0. A condition holds
    where it is neither zero nor NaN. `==` compares expressions, not values: see `equal`.

    Parameters
    ----------
    operator : str
        Name of an entry of the table of operators.
    operands : tuple of Expression
    parameters : tuple of int and float
        Windows in bars, weights, defaults: what does not change from bar to bar.

    Attributes
    ----------
    lookback_bars : int
        The value at a bar is a function of this many bars, its own the last of them.
    digest : str
        64 hexadecimal digits, equal for equal expressions only.

    Raises
    ------
    InvalidExpression
        If the operator is unknown or does not take these operands or parameters.

    Notes
    -----
    Knows: bars up to and including its own.

    Examples
    --------
    >>> from bellwether.features import close, mean
    >>> deviation = close / mean(close, 20) - 1
    >>> str(deviation), deviation.lookback_bars
    ('close / mean(close, 20) - 1', 20)
    """

    operator: str
    operands: tuple["Expression", ...] = ()
    parameters: tuple[float, ...] = ()
    lookback_bars: int = field(init=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        entry = _find_operator(self.operator)
        if len(self.operands) != entry.n_operands:
            raise InvalidExpression(
                self.operator, f"{entry.n_operands} operands", f"{len(self.operands)}"
            )
        if self.operator == "negative" and self.operands[0].operator == "constant":
            raise InvalidExpression(self.operator, "no constant", "one, which has a sign itself")
        parameters = entry.normalise(self.parameters)
        before = max((one.lookback_bars for one in self.operands), default=1)
        content = [self.operator, [one.digest for one in self.operands], parameters]
        object.__setattr__(self, "parameters", parameters)
        object.__setattr__(self, "lookback_bars", before + entry.n_bars_before(parameters))
        object.__setattr__(self, "digest", digest_json(content))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __bool__(self) -> NoReturn:
        raise InvalidExpression(
            "and, or, not, if", "the operators &, | and ~ or the function where", str(self)
        )

    def __str__(self) -> str:
        from bellwether.features._text import write  # noqa: PLC0415 - text builds expressions

        return write(self)

    def __repr__(self) -> str:
        return f"Expression({self})"

    def __add__(self, other: Operand) -> "Expression":
        return build("add", (self, other))

    def __radd__(self, other: Operand) -> "Expression":
        return build("add", (other, self))

    def __sub__(self, other: Operand) -> "Expression":
        return build("subtract", (self, other))

    def __rsub__(self, other: Operand) -> "Expression":
        return build("subtract", (other, self))

    def __mul__(self, other: Operand) -> "Expression":
        return build("multiply", (self, other))

    def __rmul__(self, other: Operand) -> "Expression":
        return build("multiply", (other, self))

    def __truediv__(self, other: Operand) -> "Expression":
        return build("divide", (self, other))

    def __rtruediv__(self, other: Operand) -> "Expression":
        return build("divide", (other, self))

    def __pow__(self, other: Operand) -> "Expression":
        return build("power", (self, other))

    def __rpow__(self, other: Operand) -> "Expression":
        return build("power", (other, self))

    def __neg__(self) -> "Expression":
        return build("negative", (self,))

    def __lt__(self, other: Operand) -> "Expression":
        return build("less", (self, other))

    def __le__(self, other: Operand) -> "Expression":
        return build("less_or_equal", (self, other))

    def __gt__(self, other: Operand) -> "Expression":
        return build("greater", (self, other))

    def __ge__(self, other: Operand) -> "Expression":
        return build("greater_or_equal", (self, other))

    def __and__(self, other: Operand) -> "Expression":
        return build("both", (self, other))

    def __rand__(self, other: Operand) -> "Expression":
        return build("both", (other, self))

    def __or__(self, other: Operand) -> "Expression":
        return build("either", (self, other))

    def __ror__(self, other: Operand) -> "Expression":
        return build("either", (other, self))

    def __invert__(self) -> "Expression":
        return build("no", (self,))


def _find_operator(name: str) -> Operator:
    if name not in OPERATORS:
        raise InvalidExpression(name, "an operator of the table", "none of that name")
    return OPERATORS[name]


def build(
    operator: str, operands: Iterable[Operand], parameters: Sequence[float] = ()
) -> Expression:
    """Return an expression whose operands may be numbers.

    The negative of a constant is a constant, so that each has one text.

    Parameters
    ----------
    operator : str
    operands : iterable of Expression, int or float
    parameters : sequence of int and float

    Raises
    ------
    InvalidExpression
        If an operand is neither an expression nor a finite number, or the operator does not
        take them.
    """
    expressions = tuple(_as_expression(operator, one) for one in operands)
    if operator == "negative" and [one.operator for one in expressions] == ["constant"]:
        return build("constant", (), (-expressions[0].parameters[0],))
    return Expression(operator=operator, operands=expressions, parameters=tuple(parameters))


def _as_expression(operator: str, operand: object) -> Expression:
    if isinstance(operand, Expression):
        return operand
    parameter = OPERATORS["constant"].parameters[0]
    return Expression(operator="constant", parameters=(parameter.normalise(operator, operand),))


def sorted_nodes(expressions: Iterable[Expression]) -> tuple[Expression, ...]:
    """Return every distinct expression within some, operands before what uses them.

    Parameters
    ----------
    expressions : iterable of Expression

    Returns
    -------
    nodes : tuple of Expression
        The same order for the same expressions.
    """
    done: dict[Expression, None] = {}
    stack = list(expressions)[::-1]
    while stack:
        node = stack[-1]
        waiting = [one for one in node.operands if one not in done]
        if waiting:
            stack.extend(waiting[::-1])
        else:
            done[stack.pop()] = None
    return tuple(done)
