"""Operation: a kernel of the batch backend, compiled by numba on its first use.

Treaty. A kernel is a module-level function of four arguments, called with no lock held:

- `at`: where its columns begin, results first, then operands, each at the first row asked for. A
  column may be read before that row as far as the step that uses the kernel says, and at no row
  behind the last.
- `numbers`: its parameters.
- `n`: values asked for.
- `width`: values a bar: the columns of several symbols may lie side by side, so that the value a
  bar earlier is `width` places before.

A value is a function of its own window only, whatever `n` is and wherever in memory it lies.
Kernels follow IEEE 754 to the letter: no reordering, no fused multiply-add, division by zero
gives infinity.
"""

import struct
from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeAlias

from bellwether.arrays import FloatArray

LOAD, STORE = 0, 1
"""What stands for the address of a kernel where a step is none."""

Columns: TypeAlias = tuple[FloatArray, ...]
Kernel: TypeAlias = Callable[[Columns, FloatArray, int, int], None]


class Operation:
    """A kernel under its name; numba, imported on its first use, keeps it on disk from then on.

    Parameters
    ----------
    kernel : callable
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.name = kernel.__name__
        self.__doc__ = kernel.__doc__

    def compile(self) -> int:
        """Return the address of the compiled kernel."""
        return int(self._compiled.address)

    def prepare(self) -> bool:
        """Return whether the kernel had to be compiled, for it was neither at hand nor on disk."""
        return "_compiled" not in self.__dict__ and not self._compiled.cache_hits

    @cached_property
    def _compiled(self) -> Any:
        from bellwether.features import _machine_code  # noqa: PLC0415 - serving never imports numba

        return _machine_code.compile_kernel(self.kernel)


def as_bits(number: float) -> int:
    """Return the 64 bits of a number as a whole number; in a kernel this costs nothing."""
    return int(struct.unpack("<q", struct.pack("<d", number))[0])


def as_number(bits: int) -> float:
    """Return the number that some 64 bits are; in a kernel this costs nothing."""
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


def take(column: FloatArray, place: int) -> float:
    """Return a value of a column that the kernel does not write.

    With `put` it tells the compiler so, which then makes vectors of a loop over more columns than
    it would compare with each other at every run.
    """
    return float(column[place])


def put(column: FloatArray, place: int, value: float) -> None:
    """Write a value of a column of which the kernel takes none."""
    column[place] = value


def operation(kernel: Kernel) -> Operation:
    """Mark a function as a kernel of the batch backend."""
    return Operation(kernel)
