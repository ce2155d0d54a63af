"""The table of operators: each one's operands, memory and two backends in one entry."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features import _kernels as kernels
from bellwether.features import _lowerings as lowerings
from bellwether.features._errors import InvalidExpression
from bellwether.features._lowerings import Lowering

MOST_WINDOW_BARS = 10_000
COLUMNS = ("open", "high", "low", "close", "volume")

Kernel: TypeAlias = Callable[..., FloatArray]
Finiteness: TypeAlias = Literal["always", "if operands", "if divisor positive", "never known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number that belongs to an operator rather than to the bars.

    Parameters
    ----------
    name : str
    is_whole : bool
        Whether it is a count of bars.
    least, most : float
        Range, both ends included.
    """

    name: str
    is_whole: bool = True
    least: float = 1
    most: float = MOST_WINDOW_BARS

    def normalise(self, operator: str, value: object) -> float:
        """Return the number as an int or a float, or refuse it."""
        number = _as_float(value)
        fits = self.least <= number <= self.most and math.isfinite(number)
        if fits and (not self.is_whole or number.is_integer()):
            return int(number) if self.is_whole else number + 0.0
        kind = "whole number" if self.is_whole else "finite number"
        raise InvalidExpression(
            operator, f"a {kind} from {self.least:g} to {self.most:g} as {self.name}", repr(value)
        )


def _as_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator of the algebra.

    Parameters
    ----------
    name : str
        As written in text.
    n_operands : int
        Expressions it takes, before its parameters.
    parameters : tuple of Parameter
    reach : int or None
        Place of the parameter that says how far back it looks; None where it sees its own bar
        only.
    reach_beyond : int
        Bars before its own that it looks at, less that parameter: -1 for windows, which count
        their own bar, 0 for `ref`.
    kernel : callable
        Operands as float64 arrays, then parameters, to a float64 array.
    lowering : callable
    symbol : str
        How text writes it between or before its operands; empty for functions.
    is_truth : bool
        Whether it gives 1.0 and 0.0 only.
    finiteness : str
        When values are sure to be finite on bars within the data contract.
    keeps_positive : bool
        Whether values above zero give a value above zero.
    """

    name: str
    n_operands: int
    parameters: tuple[Parameter, ...] = ()
    reach: int | None = None
    reach_beyond: int = -1
    kernel: Kernel
    lowering: Lowering
    symbol: str = ""
    is_truth: bool = False
    finiteness: Finiteness = "if operands"
    keeps_positive: bool = False

    def normalise(self, parameters: Sequence[object]) -> tuple[float, ...]:
        """Return the parameters as ints and floats, or refuse them."""
        if len(parameters) != len(self.parameters):
            names = ", ".join(one.name for one in self.parameters) or "none"
            raise InvalidExpression(
                self.name, f"{len(self.parameters)} parameters ({names})", f"{len(parameters)}"
            )
        pairs = zip(self.parameters, parameters, strict=True)
        return tuple(one.normalise(self.name, value) for one, value in pairs)

    def n_bars_before(self, parameters: tuple[float, ...]) -> int:
        """Return how many bars before its own it looks at."""
        return 0 if self.reach is None else int(parameters[self.reach]) + self.reach_beyond


def _binary(symbol: str, name: str, kernel: Kernel, onnx_operator: str, **facts: Any) -> Operator:
    lowering = lowerings.elementwise(onnx_operator)
    return Operator(
        name=name, n_operands=2, kernel=kernel, lowering=lowering, symbol=symbol, **facts
    )


def _comparison(symbol: str, name: str, ufunc: Kernel, onnx_operator: str) -> Operator:
    def kernel(first: FloatArray, second: FloatArray) -> FloatArray:
        return ufunc(first, second).astype(np.float64)

    return _binary(symbol, name, kernel, onnx_operator, is_truth=True, finiteness="always")


def _logical(
    symbol: str, name: str, n_operands: int, ufunc: Callable[..., Any], onnx_operator: str
) -> Operator:
    def kernel(*operands: FloatArray) -> FloatArray:
        truths: FloatArray = ufunc(*(np.abs(one) > 0.0 for one in operands)).astype(np.float64)
        return truths

    return Operator(
        name=name,
        n_operands=n_operands,
        kernel=kernel,
        lowering=lowerings.logical(onnx_operator),
        symbol=symbol,
        is_truth=True,
        finiteness="always",
    )


def _unary(name: str, kernel: Kernel, onnx_operator: str, **facts: Any) -> Operator:
    lowering = lowerings.elementwise(onnx_operator)
    return Operator(name=name, n_operands=1, kernel=kernel, lowering=lowering, **facts)


def _window(
    name: str, kernel: Kernel, lowering: Lowering, *, least: int = 1, keeps_positive: bool = False
) -> Operator:
    return Operator(
        name=name,
        n_operands=1,
        parameters=(Parameter(name="n_bars", least=least),),
        reach=0,
        kernel=kernel,
        lowering=lowering,
        keeps_positive=keeps_positive,
    )


def _by_weights(kernel: Kernel, weights: Callable[..., FloatArray]) -> Kernel:
    def weighted(values: FloatArray, *parameters: float) -> FloatArray:
        return kernel(values, weights(*parameters))

    return weighted


def _no_kernel(*_: object) -> FloatArray:
    raise AssertionError("columns and constants are looked up, not computed")


def _where(condition: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    return np.where(np.abs(condition) > 0.0, first, second)


_ENTRIES = (
    *(
        Operator(
            name=name,
            n_operands=0,
            kernel=_no_kernel,
            lowering=lowerings.column(place),
            finiteness="always",
        )
        for place, name in enumerate(COLUMNS)
    ),
    Operator(
        name="constant",
        n_operands=0,
        parameters=(Parameter(name="value", is_whole=False, least=-math.inf, most=math.inf),),
        kernel=_no_kernel,
        lowering=lowerings.constant,
        finiteness="always",
    ),
    _binary("+", "add", np.add, "Add", keeps_positive=True),
    _binary("-", "subtract", np.subtract, "Sub"),
    _binary("*", "multiply", np.multiply, "Mul", keeps_positive=True),
    _binary("/", "divide", np.divide, "Div", finiteness="if divisor positive", keeps_positive=True),
    _binary("**", "power", kernels.power, "Pow", finiteness="never known"),
    _comparison("<", "less", np.less, "Less"),
    _comparison("<=", "less_or_equal", np.less_equal, "LessOrEqual"),
    _comparison(">", "greater", np.greater, "Greater"),
    _comparison(">=", "greater_or_equal", np.greater_equal, "GreaterOrEqual"),
    _comparison("==", "equal", np.equal, "Equal"),
    _logical("&", "both", 2, np.logical_and, "And"),
    _logical("|", "either", 2, np.logical_or, "Or"),
    _logical("~", "no", 1, np.logical_not, "Not"),
    _unary("negative", np.negative, "Neg", symbol="-"),
    _unary("abs", np.abs, "Abs", keeps_positive=True),
    _unary("sign", np.sign, "Sign", keeps_positive=True),
    _unary("sqrt", np.sqrt, "Sqrt", finiteness="never known", keeps_positive=True),
    _unary("log", kernels.logarithm, "Log", finiteness="never known"),
    Operator(
        name="maximum",
        n_operands=2,
        kernel=np.maximum,
        lowering=lowerings.elementwise("Max"),
        keeps_positive=True,
    ),
    Operator(
        name="minimum",
        n_operands=2,
        kernel=np.minimum,
        lowering=lowerings.elementwise("Min"),
        keeps_positive=True,
    ),
    Operator(name="where", n_operands=3, kernel=_where, lowering=lowerings.where),
    Operator(
        name="ref",
        n_operands=1,
        parameters=(Parameter(name="n_bars"),),
        reach=0,
        reach_beyond=0,
        kernel=kernels.shift,
        lowering=lowerings.ref,
        keeps_positive=True,
    ),
    _window("sum", kernels.window_sum, lowerings.window_sum, keeps_positive=True),
    _window("mean", kernels.window_mean, lowerings.window_mean, keeps_positive=True),
    _window("std", kernels.window_deviation, lowerings.window_deviation, least=2),
    _window(
        "max", kernels.window_maximum, lowerings.window_extreme("ReduceMax"), keeps_positive=True
    ),
    _window(
        "min", kernels.window_minimum, lowerings.window_extreme("ReduceMin"), keeps_positive=True
    ),
    _window(
        "wma",
        _by_weights(kernels.weighted_sum, kernels.linear_weights),
        lowerings.wma,
        keeps_positive=True,
    ),
    _window(
        "slope",
        _by_weights(kernels.window_slope, kernels.slope_weights),
        lowerings.window_slope,
        least=2,
    ),
    _window(
        "r2",
        _by_weights(kernels.window_line_fit, kernels.slope_weights),
        lowerings.window_line_fit,
        least=2,
    ),
    Operator(
        name="ema",
        n_operands=1,
        parameters=(
            Parameter(name="alpha", is_whole=False, least=1e-4, most=1),
            Parameter(name="n_taps"),
        ),
        reach=1,
        kernel=_by_weights(kernels.weighted_sum, kernels.exponential_weights),
        lowering=lowerings.ema,
        keeps_positive=True,
    ),
    Operator(
        name="last_where",
        n_operands=2,
        parameters=(
            Parameter(name="n_bars"),
            Parameter(name="default", is_whole=False, least=-math.inf, most=math.inf),
        ),
        reach=0,
        kernel=kernels.last_value_where,
        lowering=lowerings.last_where,
    ),
)

OPERATORS: dict[str, Operator] = {entry.name: entry for entry in _ENTRIES}
