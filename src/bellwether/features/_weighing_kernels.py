"""Kernels that add a few columns up, each times its weight, in pairs.

An exponential mean of 120 bars is three of them: parts of parts of single bars.
"""

# ruff: noqa: ARG001 - every kernel has the form that `_operation` asks for

from bellwether.arrays import FloatArray
from bellwether.features._operation import Columns, operation


@operation
def weigh_two(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the weighted sum of two columns."""
    result, a, b = at[0], at[1], at[2]
    of_a, of_b = numbers[0], numbers[1]
    for i in range(n):
        result[i] = of_a * a[i] + of_b * b[i]


@operation
def weigh_three(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the weighted sum of three columns."""
    result, a, b, c = at[0], at[1], at[2], at[3]
    of_a, of_b, of_c = numbers[0], numbers[1], numbers[2]
    for i in range(n):
        result[i] = (of_a * a[i] + of_b * b[i]) + of_c * c[i]


@operation
def weigh_four(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the weighted sum of four columns."""
    result, a, b, c, d = at[0], at[1], at[2], at[3], at[4]
    of_a, of_b, of_c, of_d = numbers[0], numbers[1], numbers[2], numbers[3]
    for i in range(n):
        result[i] = (of_a * a[i] + of_b * b[i]) + (of_c * c[i] + of_d * d[i])


@operation
def weigh_five(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the weighted sum of five columns."""
    result, a, b, c, d, e = at[0], at[1], at[2], at[3], at[4], at[5]
    of_a, of_b, of_c, of_d, of_e = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    for i in range(n):
        newer = (of_a * a[i] + of_b * b[i]) + of_c * c[i]
        result[i] = newer + (of_d * d[i] + of_e * e[i])


@operation
def weigh_six(at: Columns, numbers: FloatArray, n: int, width: int) -> None:
    """Write the weighted sum of six columns."""
    result, a, b, c, d, e, f = at[0], at[1], at[2], at[3], at[4], at[5], at[6]
    of_a, of_b, of_c, of_d, of_e, of_f = (
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        numbers[5],
    )
    for i in range(n):
        result[i] = ((of_a * a[i] + of_b * b[i]) + of_c * c[i]) + (
            (of_d * d[i] + of_e * e[i]) + of_f * f[i]
        )
