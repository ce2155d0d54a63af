"""The machine: runs the steps of a program over bars, block by block, without the interpreter.

Imported on first use only, for it imports numba.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import cfunc, njit, types
from numba.extending import intrinsic

from bellwether.arrays import FloatArray, IntArray
from bellwether.features._operation import LOAD, STORE, Kernel

# Rows turned at a time: lines of memory that stay at hand until all of their columns are there.
_TURNED_BARS = 64
_COLUMN = types.CPointer(types.float64)
_KERNEL = types.void(types.CPointer(_COLUMN), _COLUMN, types.int64, types.int64)


def compile_kernel(kernel: Kernel) -> Any:
    """Return a kernel as a function of C, from numba's cache where that has it."""
    return cfunc(_KERNEL, cache=True, error_model="numpy")(kernel)


@intrinsic  # type: ignore[untyped-decorator]
def _call(typing: Any, address: Any, at: Any, numbers: Any, n: Any, width: Any) -> Any:  # noqa: ARG001 - numba's own form
    """Call the kernel at an address; `at` and `numbers` are addresses too."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(64)
        kernel = ir.FunctionType(ir.VoidType(), [pointer, pointer, number, number])
        places = [builder.inttoptr(one, pointer) for one in args[1:3]]
        builder.call(builder.inttoptr(args[0], kernel.as_pointer()), [*places, *args[3:]])
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), generate


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def run(
    program: tuple[IntArray, FloatArray],
    places: IntArray,
    memory: FloatArray,
    bars: FloatArray,
    values: FloatArray,
    span: tuple[int, int, int, int],
) -> None:
    """Write the values of some rows, block by block.

    Parameters
    ----------
    program : (int64 array of shape (n_steps, 6), float64 array)
        Of each step the address of its kernel, first row that has a value, rows before a block
        that are needed too, number of columns, and where its places and its numbers begin; and
        the numbers.
    places : int64 array of shape (n_columns,)
        Row of `memory` in which each column has the first row of a block's context.
    memory : float64 array
        Columns of working space, constants filled in.
    bars : float64 array of shape (n_symbols, n_bars, 5)
    values : float64 or float32 array of shape (n_symbols, n_rows, n_values)
    span : (int, int, int, int)
        First row and the row after the last, rows in a block, rows of context before one.
    """
    steps, _ = program
    first_row, stop_row, n_block, n_context = span
    at = np.empty(places.size, dtype=np.int64)
    counts = np.empty(steps.shape[0], dtype=np.int64)
    for begin in range(first_row, stop_row, n_block):
        rows = begin, min(begin + n_block, stop_row), max(begin - n_context, 0)
        # Full blocks after the first lie in the same places.
        if begin <= first_row + n_context + n_block or rows[1] == stop_row:
            find_places(steps, places, memory, (bars.shape[0], *rows), at, counts)
        run_block(program, (at, counts), memory, bars, values, (first_row, begin, rows[1]))


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def find_places(
    steps: IntArray,
    places: IntArray,
    memory: FloatArray,
    block: tuple[int, int, int, int],
    at: IntArray,
    counts: IntArray,
) -> None:
    """Find where each column of each step begins, and how many values a step has.

    Parameters
    ----------
    steps, places, memory : see `run`
    block : (int, int, int, int)
        Symbols side by side, first row, row after the last, row of the context's first.
    at : int64 array of shape (n_columns,)
        Written: addresses; of what is loaded and stored places in `memory`.
    counts : int64 array of shape (n_steps,)
        Written: values, at most zero where there are none.
    """
    width, begin, stop, origin = block
    base = memory.ctypes.data
    for k in range(steps.shape[0]):
        address, first, before, n_columns, column, _ = steps[k]
        start = begin if address == STORE else max(begin - before, first)
        counts[k] = width * (stop - start)
        for j in range(column, column + n_columns):
            place = width * (places[j] + start - origin)
            at[j] = place if address in {LOAD, STORE} else base + 8 * place


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def run_block(
    program: tuple[IntArray, FloatArray],
    placed: tuple[IntArray, IntArray],
    memory: FloatArray,
    bars: FloatArray,
    values: FloatArray,
    rows: tuple[int, int, int],
) -> None:
    """Write the values of one block of rows.

    Parameters
    ----------
    program, memory, bars, values : see `run`
    placed : (int64 array, int64 array)
        What `find_places` has written.
    rows : (int, int, int)
        The bar of the first row of `values`, the block's first, and the one after its last.
    """
    steps, numbers = program
    at, counts = placed
    width = bars.shape[0]
    places, parameters = at.ctypes.data, numbers.ctypes.data
    for k in range(steps.shape[0]):
        address, column, number = steps[k, 0], steps[k, 4], steps[k, 5]
        if address == STORE:
            _store(at[column : column + steps[k, 3]], numbers[number:], memory, values, rows)
        elif counts[k] <= 0:
            continue
        elif address == LOAD:
            start = rows[2] - counts[k] // width
            _load(memory[at[column] :], bars, int(numbers[number]), (start, rows[2]))
        else:
            _call(address, places + 8 * column, parameters + 8 * number, counts[k], width)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _load(memory: FloatArray, bars: FloatArray, column: int, rows: tuple[int, int]) -> None:
    """Bring a column of the bars into the working space, symbols side by side."""
    width = bars.shape[0]
    for symbol in range(width):
        place = symbol
        for row in range(rows[0], rows[1]):
            memory[place] = bars[symbol, row, column]
            place += width


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _store(
    places: IntArray,
    numbers: FloatArray,
    memory: FloatArray,
    values: FloatArray,
    rows: tuple[int, int, int],
) -> None:
    """Write neighbouring columns out; NaN where they have no value yet."""
    first_row, begin, stop = rows
    column, width = int(numbers[0]), values.shape[0]
    for symbol in range(width):
        if stop - begin == 1:
            for j in range(places.size):
                is_known = begin >= numbers[1 + j]
                value = memory[places[j] + symbol] if is_known else np.nan
                values[symbol, begin - first_row, column + j] = value
            continue
        for start in range(begin, stop, _TURNED_BARS):
            end = min(start + _TURNED_BARS, stop)
            for j in range(places.size):
                known = min(max(start, int(numbers[1 + j])), end)
                values[symbol, start - first_row : known - first_row, column + j] = np.nan
                into = values[symbol, known - first_row : end - first_row, column + j]
                place = places[j] + symbol + (known - begin) * width
                result = memory[place : place + into.size * width : width]
                for row in range(into.size):
                    into[row] = result[row]
