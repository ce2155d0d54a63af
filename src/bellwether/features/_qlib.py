"""Qlib's syntax: its fields and operators, told as expressions of this algebra."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bellwether.bars import COLUMNS
from bellwether.features import _functions as f
from bellwether.features._errors import UnreadableExpression
from bellwether.features._expression import Expression, Operand, build

Translation: TypeAlias = Callable[..., Expression]

_OTHER_FIELDS = {
    "vwap": "bars hold no vwap; (high + low + close) / 3 is the usual stand-in",
    "factor": "bars enter adjusted with the factors known at the last bar: leave it out",
    "change": "write close / ref(close, 1) - 1",
    "amount": "bars hold no turnover; volume * (high + low + close) / 3 is near it",
}
_ELSEWHERE = {
    "Mask": "values of another instrument; an expression is about one symbol",
    "ChangeInstrument": "values of another instrument; an expression is about one symbol",
    "TResample": "another interval; import bars of that interval instead",
    "P": "data by date of publication; bars hold none",
    "PRef": "data by date of publication; bars hold none",
    "Rolling": "a window without an operation; name one, such as Mean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """How one operator of Qlib is translated.

    Parameters
    ----------
    n_operands : int
        Expressions it takes.
    n_parameters : int
        Numbers after them; the first is its window.
    translate : callable
    """

    n_operands: int
    n_parameters: int
    translate: Translation


def _operation(operator: str, n_operands: int) -> _Word:
    def translate(*operands: Operand) -> Expression:
        return build(operator, operands)

    return _Word(n_operands=n_operands, n_parameters=0, translate=translate)


def _window(translate: Translation, n_operands: int = 1, n_parameters: int = 1) -> _Word:
    return _Word(n_operands=n_operands, n_parameters=n_parameters, translate=translate)


def _weighted(values: Operand, n_bars: int) -> Expression:
    """Qlib takes the mean, not the sum, of the weighted values: a further division by n."""
    return f.wma(values, n_bars) / n_bars


def _exponential(values: Operand, n_bars: float) -> Expression:
    return f.ema(values, n_bars if n_bars < 1 else 2 / (n_bars + 1))


def _filled(values: Operand, n_bars: int) -> Expression:
    return f.count(f.equal(values, values), n_bars)


def _unequal(first: Operand, second: Operand) -> Expression:
    return ~f.equal(first, second)


WORDS: dict[str, _Word] = {
    "Ref": _window(f.ref),
    "Delta": _window(f.delta),
    "Mean": _window(f.mean),
    "Sum": _window(f.sum),
    "Std": _window(f.std),
    "Var": _window(f.var),
    "Skew": _window(f.skew),
    "Kurt": _window(f.kurt),
    "Max": _window(f.max),
    "Min": _window(f.min),
    "Med": _window(f.median),
    "Mad": _window(f.mean_deviation),
    "Slope": _window(f.slope),
    "Rsquare": _window(f.r2),
    "Resi": _window(f.resid),
    "Rank": _window(f.rank),
    "Quantile": _window(f.quantile, n_parameters=2),
    "Count": _window(_filled),
    "IdxMax": _window(f.argmax),
    "IdxMin": _window(f.argmin),
    "EMA": _window(_exponential),
    "WMA": _window(_weighted),
    "Corr": _window(f.corr, n_operands=2),
    "Cov": _window(f.cov, n_operands=2),
    "Abs": _operation("abs", 1),
    "Sign": _operation("sign", 1),
    "Log": _operation("log", 1),
    "Not": _operation("no", 1),
    "Power": _operation("power", 2),
    "Add": _operation("add", 2),
    "Sub": _operation("subtract", 2),
    "Mul": _operation("multiply", 2),
    "Div": _operation("divide", 2),
    "Greater": _operation("maximum", 2),
    "Less": _operation("minimum", 2),
    "And": _operation("both", 2),
    "Or": _operation("either", 2),
    "Gt": _operation("greater", 2),
    "Ge": _operation("greater_or_equal", 2),
    "Lt": _operation("less", 2),
    "Le": _operation("less_or_equal", 2),
    "Eq": _operation("equal", 2),
    "Ne": _Word(n_operands=2, n_parameters=0, translate=_unequal),
    "If": _operation("where", 3),
}


def check_field(text: str, name: str) -> str:
    """Return the column that a field such as $close stands for, or refuse it."""
    if name in COLUMNS:
        return name
    hint = _OTHER_FIELDS.get(name, f"fields: {', '.join(f'${one}' for one in COLUMNS)}")
    raise UnreadableExpression(text, "a field of the bars", f"${name}", hint)


def check_name(text: str, name: str) -> None:
    """Refuse an operator of Qlib's that reaches for what bars do not hold."""
    if name in _ELSEWHERE:
        meaning, _, hint = _ELSEWHERE[name].partition("; ")
        raise UnreadableExpression(text, "values of the symbol's own bars", meaning, hint)


def translate(text: str, name: str, arguments: Sequence[Operand]) -> Expression:
    """Return what one of Qlib's operators means in this algebra.

    Parameters
    ----------
    text : str
        The whole text, for messages.
    name : str
        One of `WORDS`.
    arguments : sequence of Expression, int or float

    Returns
    -------
    expression : Expression
        The same values as Qlib's wherever its window is complete and holds no NaN.

    Raises
    ------
    UnreadableExpression
        If it looks ahead, has no finite memory, or is given what it does not take.
    """
    word = WORDS[name]
    n_expected = word.n_operands + word.n_parameters
    if len(arguments) != n_expected:
        raise UnreadableExpression(
            text, f"{n_expected} arguments of {name}", f"{len(arguments)}", "see Qlib's definition"
        )
    parameters = arguments[word.n_operands :]
    if parameters:
        _check_window(text, name, parameters)
    return word.translate(*arguments)


def _check_window(text: str, name: str, parameters: Sequence[Operand]) -> None:
    """Refuse what Qlib reads into a window that is no count of bars."""
    for one in parameters:
        if isinstance(one, Expression):
            raise UnreadableExpression(
                text, f"numbers as the parameters of {name}", str(one), "write a number"
            )
    window = float(parameters[0])  # type: ignore[arg-type]
    if window == 0:
        raise UnreadableExpression(
            text,
            "a finite memory",
            f"{name}(..., 0), which goes back to the first bar",
            "give the number of bars to remember",
        )
    if window < 0:
        raise UnreadableExpression(
            text,
            "bars up to the expression's own",
            f"{name}(..., {window:g}), a look ahead",
            "what comes after a bar is the label's affair",
        )
    if window < 1 and name != "EMA":
        raise UnreadableExpression(
            text,
            "a whole number of bars",
            f"{name}(..., {window:g}), which Qlib reads as an exponential mean",
            f"write EMA(..., {window:g})",
        )
