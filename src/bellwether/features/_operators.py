"""The table of operators: each one's operands, memory and two backends in one entry."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS
from bellwether.features import _kernels as kernels
from bellwether.features import _lowerings as lowerings
from bellwether.features import _moment_kernels as moments
from bellwether.features import _order_kernels as orders
from bellwether.features import _window_lowerings as window_lowerings
from bellwether.features._lowerings import Lowering
from bellwether.features._operator import Kernel, Operator, Parameter


def _binary(symbol: str, name: str, kernel: Kernel, onnx_operator: str, **facts: Any) -> Operator:
    is_scaling = onnx_operator in {"Mul", "Div"}
    lowering = (lowerings.scaled if is_scaling else lowerings.elementwise)(onnx_operator)
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
    name: str,
    kernel: Kernel,
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
        _by_weights(kernels.weighted_distances, kernels.slope_weights),
        lowerings.window_slope,
        least=2,
    ),
    _window(
        "r2",
        _by_weights(kernels.window_line_fit, kernels.slope_weights),
        lowerings.window_line_fit,
        least=2,
    ),
    _window(
        "resid",
        _by_weights(kernels.weighted_distances, kernels.residual_weights),
        lowerings.window_residual,
        least=2,
    ),
    _window("skew", moments.window_skewness, window_lowerings.window_skewness, least=3),
    _window("kurt", moments.window_kurtosis, window_lowerings.window_kurtosis, least=4),
    _window(
        "mean_deviation", moments.window_mean_deviation, window_lowerings.window_mean_deviation
    ),
    _window(
        "cov",
        moments.window_covariance,
        window_lowerings.window_covariance,
        n_operands=2,
        least=2,
    ),
    _window(
        "corr",
        moments.window_correlation,
        window_lowerings.window_correlation,
        n_operands=2,
        least=2,
    ),
    _window("rank", orders.window_rank, window_lowerings.window_rank, keeps_positive=True),
    _window(
        "argmax",
        orders.window_place_of_maximum,
        window_lowerings.window_place("ArgMax"),
        keeps_positive=True,
    ),
    _window(
        "argmin",
        orders.window_place_of_minimum,
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
        kernel=orders.window_quantile,
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
