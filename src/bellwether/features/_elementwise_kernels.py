"""Kernels of one bar: each value from the operands' values on its own bar.

`at` holds the result and then the operands, see `_operation`. A condition holds where it is
neither zero nor NaN; what is true is 1.0.
"""

# ruff: noqa: ARG001 - every kernel has the form that `_operation` asks for

import math

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, as_bits, as_number, operation

_LEAST_NORMAL, _TWO_TO_54, _TWO_TO_52 = 2.0**-1022, 2.0**54, 2.0**52
_FRACTION, _ONE_BITS, _TWO_TO_52_BITS = 2**52 - 1, 1023 << 52, 1075 << 52
_ABOVE_ROOT = 0x95F64 << 32


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
    """Write natural logarithms; minus infinity at 0, NaN below.

    Of x = 2^k (1 + f) with 1 + f around 1, to less than one unit in the last place, by the
    approximation of Sun's fdlibm (e_log.c): the same bits in every place of a vector, which a
    library's own would not promise.
    """
    result, x = at[0], at[1]
    for i in range(n):
        value = x[i]
        is_small = value < _LEAST_NORMAL
        bits = as_bits(value * _TWO_TO_54 if is_small else value)
        above = ((bits & _FRACTION) + _ABOVE_ROOT) >> 52 & 1
        part = as_number((bits & _FRACTION | _ONE_BITS) - (above << 52)) - 1.0
        places = as_number(((bits >> 52) + above) | _TWO_TO_52_BITS) - _TWO_TO_52
        exponent = places - (1023.0 + 54.0 if is_small else 1023.0)
        s = part / (2.0 + part)
        z = s * s
        w = z * z
        even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01
                                                    + w * 1.531383769920937332e-01))  # fmt: skip
        odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01
                   + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)))  # fmt: skip
        half = 0.5 * part * part
        below = s * (half + (even + odd)) + exponent * 1.90821492927058770002e-10
        found = exponent * 6.93147180369123816490e-01 - ((half - below) - part)
        found = found if value < np.inf else value
        found = found if value > 0.0 else np.nan
        result[i] = -np.inf if value == 0.0 else found


@operation
def choose(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write x where the condition holds, else y."""
    result, condition, x, y = at[0], at[1], at[2], at[3]
    for i in range(n):
        first, second = x[i], y[i]
        result[i] = first if abs(condition[i]) > 0.0 else second


@operation
def choose_greater(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write x where a is more than b, else y: `greater` and `choose` in one."""
    result, a, b, x, y = at[0], at[1], at[2], at[3], at[4]
    for i in range(n):
        first, second = x[i], y[i]
        result[i] = first if a[i] > b[i] else second
