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

    @cached_property
    def _compiled(self) -> Any:
        from bellwether.features import _machine  # noqa: PLC0415 - serving never imports numba

        return _machine.compile_kernel(self.kernel)


def operation(kernel: Kernel) -> Operation:
    """Mark a function as a kernel of the batch backend."""
    return Operation(kernel)
