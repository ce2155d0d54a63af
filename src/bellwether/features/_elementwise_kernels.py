"""Kernels of one bar: each value from the operands' values on its own bar.

`at` holds the result and then the operands, see `_operation`. A condition holds where it is
neither zero nor NaN; what is true is 1.0.
"""

# ruff: noqa: ARG001 - every kernel has the form that `_operation` asks for

import math

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, operation


@operation
def add(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write sums."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = x[i] + y[i]


@operation
def subtract(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write differences."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = x[i] - y[i]


@operation
def multiply(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write products."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = x[i] * y[i]


@operation
def divide(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write quotients."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = x[i] / y[i]


@operation
def less(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where x is less."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if x[i] < y[i] else 0.0


@operation
def less_or_equal(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where x is not more."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if x[i] <= y[i] else 0.0


@operation
def greater(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where x is more."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if x[i] > y[i] else 0.0


@operation
def greater_or_equal(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where x is not less."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if x[i] >= y[i] else 0.0


@operation
def equal(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where x is y."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if x[i] == y[i] else 0.0


@operation
def both(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where both hold."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if abs(x[i]) > 0.0 and abs(y[i]) > 0.0 else 0.0


@operation
def either(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where one holds."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = 1.0 if abs(x[i]) > 0.0 or abs(y[i]) > 0.0 else 0.0


@operation
def maximum(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the larger; NaN if one is."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = x[i] if x[i] >= y[i] or np.isnan(x[i]) else y[i]


@operation
def minimum(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the smaller; NaN if one is."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = x[i] if x[i] <= y[i] or np.isnan(x[i]) else y[i]


@operation
def power(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write powers, one scalar call each: vector forms differ by place."""
    result, x, y = at[0], at[1], at[2]
    for i in range(n):
        result[i] = math.pow(x[i], y[i])


@operation
def no(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write where x does not hold."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = 0.0 if abs(x[i]) > 0.0 else 1.0


@operation
def negative(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write negatives."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = -x[i]


@operation
def absolute(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write sizes."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = abs(x[i])


@operation
def sign(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write -1, 0 or 1; NaN of NaN."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = x[i] if x[i] == 0.0 or np.isnan(x[i]) else math.copysign(1.0, x[i])


@operation
def square_root(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write square roots; NaN below 0."""
    result, x = at[0], at[1]
    for i in range(n):
        result[i] = math.sqrt(x[i])


@operation
def logarithm(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write natural logarithms, one scalar call each; minus infinity at 0, NaN below."""
    result, x = at[0], at[1]
    for i in range(n):
        value = x[i]
        result[i] = math.log(value) if value > 0.0 else (-np.inf if value == 0.0 else np.nan)


@operation
def choose(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write x where the condition holds, else y."""
    result, condition, x, y = at[0], at[1], at[2], at[3]
    for i in range(n):
        result[i] = x[i] if abs(condition[i]) > 0.0 else y[i]
