"""The one place where numba's untyped decorator meets typed code."""

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")


class CompiledKernel(Generic[P, R]):
    """A function that numba compiles on its first call and keeps on disk from then on.

    numba itself is imported on that first call, so that a process that only loads graphs never
    pays for it. Kernels hold no state, release the global interpreter lock and follow IEEE 754
    to the letter: no reordering, no fused multiply-add, division by zero gives infinity.

    Parameters
    ----------
    function : callable
        A module-level function of numpy arrays and numbers that calls no other kernel.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        update_wrapper(self, function)

    @cached_property
    def _fast(self) -> Callable[P, R]:
        from numba import njit  # noqa: PLC0415 - see the class: serving never imports numba

        compile_ = njit(cache=True, nogil=True, fastmath=False, error_model="numpy")
        return cast("Callable[P, R]", compile_(self._function))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the compiled function."""
        return self._fast(*args, **kwargs)


def compiled(function: Callable[P, R]) -> CompiledKernel[P, R]:
    """Mark a function to be compiled by numba on its first call.

    Parameters
    ----------
    function : callable

    Returns
    -------
    kernel : CompiledKernel
        Called as the function is.
    """
    return CompiledKernel(function)
