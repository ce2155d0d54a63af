"""The table of operators: each one's operands, memory and two backends in one entry."""

import math
from typing import Any, NoReturn

from bellwether.bars import COLUMNS
from bellwether.features import _elementwise_kernels as kernels
from bellwether.features import _lowerings as lowerings
from bellwether.features import _memory_lowerings as memory_lowerings
from bellwether.features import _window_lowerings as window_lowerings
from bellwether.features import _window_writings as window_writings
from bellwether.features import _writings as writings
from bellwether.features._errors import NeedsPanel
from bellwether.features._lowerings import Lowering
from bellwether.features._operation import Operation
from bellwether.features._operator import Operator, Parameter
from bellwether.features._plan import Writing


def _elementwise(
    name: str, operation: Operation, lowering: Lowering, n_operands: int, **facts: Any
) -> Operator:
    writing = writings.elementwise(operation)
    return Operator(name=name, n_operands=n_operands, writing=writing, lowering=lowering, **facts)


def _binary(
    symbol: str, name: str, operation: Operation, onnx_operator: str, **facts: Any
) -> Operator:
    is_scaling = onnx_operator in {"Mul", "Div"}
    lowering = (lowerings.scaled if is_scaling else lowerings.elementwise)(onnx_operator)
    return _elementwise(name, operation, lowering, 2, symbol=symbol, **facts)


def _truth(
    symbol: str, operation: Operation, onnx_operator: str, *, n_operands: int = 2
) -> Operator:
    is_logical = onnx_operator in {"And", "Or", "Not"}
    lowering = (lowerings.logical if is_logical else lowerings.elementwise)(onnx_operator)
    return _elementwise(
        operation.name,
        operation,
        lowering,
        n_operands,
        symbol=symbol,
        is_truth=True,
        finiteness="always",
    )


def _unary(name: str, operation: Operation, onnx_operator: str, **facts: Any) -> Operator:
    return _elementwise(name, operation, lowerings.elementwise(onnx_operator), 1, **facts)


def _window(
    name: str,
    writing: Writing,
    lowering: Lowering,
    *,
    n_operands: int = 1,
    least: int = 1,
    keeps_positive: bool = False,
) -> Operator:
    return Operator(
        name=name,
        n_operands=n_operands,
        parameters=(Parameter(name="n_bars", least=least),),
        reach=0,
        writing=writing,
        lowering=lowering,
        keeps_positive=keeps_positive,
    )


def _across(name: str) -> Operator:
    """Return an operator across symbols: whoever would run it on one of them is told."""

    def refuse(*_: object) -> NoReturn:
        raise NeedsPanel(name)

    return Operator(
        name=name,
        n_operands=1,
        writing=refuse,
        lowering=refuse,
        finiteness="never known",
        needs_panel=True,
    )


_ENTRIES = (
    *(
        Operator(
            name=name,
            n_operands=0,
            writing=writings.column(place),
            lowering=lowerings.column(place),
            finiteness="always",
        )
        for place, name in enumerate(COLUMNS)
    ),
    Operator(
        name="constant",
        n_operands=0,
        parameters=(Parameter(name="value", is_whole=False, least=-math.inf, most=math.inf),),
        writing=writings.constant,
        lowering=lowerings.constant,
        finiteness="always",
    ),
    _binary("+", "add", kernels.add, "Add", keeps_positive=True),
    _binary("-", "subtract", kernels.subtract, "Sub"),
    _binary("*", "multiply", kernels.multiply, "Mul", keeps_positive=True),
    _binary(
        "/", "divide", kernels.divide, "Div", finiteness="if divisor positive", keeps_positive=True
    ),
    _binary("**", "power", kernels.power, "Pow", finiteness="never known"),
    _truth("<", kernels.less, "Less"),
    _truth("<=", kernels.less_or_equal, "LessOrEqual"),
    _truth(">", kernels.greater, "Greater"),
    _truth(">=", kernels.greater_or_equal, "GreaterOrEqual"),
    _truth("==", kernels.equal, "Equal"),
    _truth("&", kernels.both, "And"),
    _truth("|", kernels.either, "Or"),
    _truth("~", kernels.no, "Not", n_operands=1),
    _unary("negative", kernels.negative, "Neg", symbol="-"),
    _unary("abs", kernels.absolute, "Abs", keeps_positive=True),
    _unary("sign", kernels.sign, "Sign", keeps_positive=True),
    _unary("sqrt", kernels.square_root, "Sqrt", finiteness="never known", keeps_positive=True),
    _unary("log", kernels.logarithm, "Log", finiteness="never known"),
    _binary("", "maximum", kernels.maximum, "Max", keeps_positive=True),
    _binary("", "minimum", kernels.minimum, "Min", keeps_positive=True),
    Operator(name="where", n_operands=3, writing=writings.where, lowering=lowerings.where),
    Operator(
        name="ref",
        n_operands=1,
        parameters=(Parameter(name="n_bars"),),
        reach=0,
        reach_beyond=0,
        writing=writings.ref,
        lowering=lowerings.ref,
        keeps_positive=True,
    ),
    _window("sum", window_writings.window_sum, lowerings.window_sum, keeps_positive=True),
    _window("mean", window_writings.window_mean, lowerings.window_mean, keeps_positive=True),
    _window("std", window_writings.window_deviation, lowerings.window_deviation, least=2),
    _window(
        "max",
        window_writings.window_extreme(kernels.maximum),
        lowerings.window_extreme("ReduceMax"),
        keeps_positive=True,
    ),
    _window(
        "min",
        window_writings.window_extreme(kernels.minimum),
        lowerings.window_extreme("ReduceMin"),
        keeps_positive=True,
    ),
    _window(
        "wma",
        window_writings.wma,
        lowerings.wma,
        keeps_positive=True,
    ),
    _window(
        "slope",
        window_writings.window_slope,
        lowerings.window_slope,
        least=2,
    ),
    _window(
        "r2",
        window_writings.window_line_fit,
        lowerings.window_line_fit,
        least=2,
    ),
    _window(
        "resid",
        window_writings.window_residual,
        lowerings.window_residual,
        least=2,
    ),
    _window("skew", window_writings.window_skewness, window_lowerings.window_skewness, least=3),
    _window("kurt", window_writings.window_kurtosis, window_lowerings.window_kurtosis, least=4),
    _window(
        "mean_deviation",
        window_writings.window_mean_deviation,
        window_lowerings.window_mean_deviation,
    ),
    _window(
        "cov",
        window_writings.window_covariance,
        window_lowerings.window_covariance,
        n_operands=2,
        least=2,
    ),
    _window(
        "corr",
        window_writings.window_correlation,
        window_lowerings.window_correlation,
        n_operands=2,
        least=2,
    ),
    _window("rank", window_writings.window_rank, window_lowerings.window_rank, keeps_positive=True),
    _window(
        "argmax",
        window_writings.window_place(kernels.maximum, 1),
        window_lowerings.window_place("ArgMax"),
        keeps_positive=True,
    ),
    _window(
        "argmin",
        window_writings.window_place(kernels.minimum, -1),
        window_lowerings.window_place("ArgMin"),
        keeps_positive=True,
    ),
    Operator(
        name="quantile",
        n_operands=1,
        parameters=(
            Parameter(name="n_bars"),
            Parameter(name="share", is_whole=False, least=0, most=1),
        ),
        reach=0,
        writing=window_writings.window_quantile,
        lowering=window_lowerings.window_quantile,
        keeps_positive=True,
    ),
    Operator(
        name="ema",
        n_operands=1,
        parameters=(
            Parameter(name="alpha", is_whole=False, least=1e-4, most=1),
            Parameter(name="n_taps"),
        ),
        reach=1,
        writing=window_writings.ema,
        lowering=lowerings.ema,
        keeps_positive=True,
    ),
    Operator(
        name="clipped_sum",
        n_operands=1,
        parameters=(
            Parameter(name="bound", is_whole=False, least=0, most=math.inf),
            Parameter(name="n_bars"),
        ),
        reach=1,
        writing=window_writings.clipped_sum,
        lowering=memory_lowerings.clipped_sum,
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
        writing=window_writings.last_where,
        lowering=lowerings.last_where,
    ),
    _across("cross_rank"),
    _across("cross_zscore"),
)

OPERATORS: dict[str, Operator] = {entry.name: entry for entry in _ENTRIES}
