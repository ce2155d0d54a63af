"""The machine: runs the steps of a program over bars, block by block, without the interpreter.

Imported on first use only, for it imports numba.
"""

import numpy as np
from numba import njit

from bellwether.arrays import FloatArray, IntArray
from bellwether.features._machine_code import call, prefetch, turn_eight, turn_four
from bellwether.features._operation import LOAD, STORE

_LINE_BYTES = 64


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def run(
    program: tuple[IntArray, FloatArray],
    placed: tuple[IntArray, IntArray, IntArray, IntArray],
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
    placed : (int64 array, int64 array of shape (2, n_columns), int64 arrays)
        Row of `memory` in which each column has the first row of a block's context; and, kept from
        call to call, what `find_places` has found for first and for later blocks, whether it has,
        and room for `count_values`.
    memory : float64 array
        Columns of working space, constants filled in.
    bars : float64 array of shape (n_symbols, n_bars, 5)
    values : float64 or float32 array of shape (n_symbols, n_rows, n_values)
    span : (int, int, int, int)
        First row and the row after the last, rows in a block, rows of context before one.
    """
    first_row, stop_row, n_block, n_context = span
    places, at, known, counts = placed
    steps = program[0]
    ahead = n_block * values.strides[1] // _LINE_BYTES // steps.shape[0] + 1
    for begin in range(first_row, stop_row, n_block):
        stop = min(begin + n_block, stop_row)
        block = bars.shape[0], begin, stop, max(begin - n_context, 0)
        # The first blocks of all histories lie in the same places, and so do all later ones.
        which = 1 if begin >= 2 * n_context else 0
        if known[which] == 0 or 0 < begin < 2 * n_context:
            find_places(steps, places, memory, block, at[which])
            known[which] = which if begin > 0 else 1
        count_values(steps, block, counts)
        rows = first_row, begin, stop, ahead
        run_block(program, (at[which], counts), memory, bars, values, rows)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def find_places(
    steps: IntArray,
    places: IntArray,
    memory: FloatArray,
    block: tuple[int, int, int, int],
    at: IntArray,
) -> None:
    """Find where each column of each step begins.

    Parameters
    ----------
    steps, places, memory : see `run`
    block : (int, int, int, int)
        Symbols side by side, first row, row after the last, row of the context's first.
    at : int64 array of shape (n_columns,)
        Written: addresses; of what is loaded and stored places in `memory`.
    """
    width, begin, _, origin = block
    base = memory.ctypes.data
    for k in range(steps.shape[0]):
        address, first, before, n_columns, column, _ = steps[k]
        start = begin if address == STORE else max(begin - before, first)
        # No "in": it would build a set at every step.
        is_local = address == LOAD or address == STORE  # noqa: PLR1714
        begins, size = (0, 1) if is_local else (base, 8)
        for j in range(column, column + n_columns):
            at[j] = begins + size * width * (places[j] + start - origin)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def count_values(steps: IntArray, block: tuple[int, int, int, int], counts: IntArray) -> None:
    """Write how many values each step has in a block, at most zero where there are none."""
    width, begin, stop, _ = block
    for k in range(steps.shape[0]):
        counts[k] = width * (stop - max(begin - steps[k, 2], steps[k, 1]))


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def run_block(
    program: tuple[IntArray, FloatArray],
    placed: tuple[IntArray, IntArray],
    memory: FloatArray,
    bars: FloatArray,
    values: FloatArray,
    rows: tuple[int, int, int, int],
) -> None:
    """Write the values of one block of rows.

    Parameters
    ----------
    program, memory, bars, values : see `run`
    placed : (int64 array, int64 array)
        What `find_places` and `count_values` have written.
    rows : (int, int, int, int)
        The bar of the first row of `values`, the block's first, and the one after its last; and
        how many lines of the values behind the block to bring near at every step, so that writing
        does not wait for the memory.
    """
    steps, numbers = program
    at, counts = placed
    width = bars.shape[0]
    places, parameters = at.ctypes.data, numbers.ctypes.data
    line = values.ctypes.data + (rows[2] - rows[0]) * values.strides[1]
    for k in range(steps.shape[0]):
        for _ in range(rows[3]):
            prefetch(line)
            line += _LINE_BYTES
        address, column, number = steps[k, 0], steps[k, 4], steps[k, 5]
        if address == STORE:
            _store(at[column : column + steps[k, 3]], numbers[number:], memory, values, rows[:3])
        elif counts[k] <= 0:
            continue
        elif address == LOAD:
            start = rows[2] - counts[k] // width
            _load(memory[at[column] :], bars, int(numbers[number]), (start, rows[2]))
        else:
            call(address, places + 8 * column, parameters + 8 * number, counts[k], width)


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _load(memory: FloatArray, bars: FloatArray, column: int, rows: tuple[int, int]) -> None:
    """Bring a column of the bars into the working space, symbols side by side."""
    width = bars.shape[0]
    for symbol in range(width):
        history = bars[symbol, rows[0] : rows[1], column]
        into = memory[symbol : symbol + history.size * width : width]
        for row in range(history.size):
            into[row] = history[row]


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
    column, latest, width = int(numbers[0]), int(numbers[1]), values.shape[0]
    if stop - begin == 1:
        known = width if begin < latest else 0
        result = values[:, begin - first_row, column:]
        for symbol in range(known):
            for j in range(places.size):
                value = memory[places[j] + symbol]
                is_known = begin >= numbers[2 + j] and not np.isnan(value)
                result[symbol, j] = value if is_known else np.nan
        _turn_lines(places, memory, result, (known, width))
        return
    known = min(max(begin, latest), stop) - begin
    for symbol in range(width):
        result = values[symbol, begin - first_row :, column:]
        for row in range(stop - begin if width > 1 else known):
            for j in range(places.size):
                value = memory[places[j] + symbol + row * width]
                is_known = begin + row >= numbers[2 + j] and not np.isnan(value)
                result[row, j] = value if is_known else np.nan
        if width == 1:
            _turn_lines(places, memory, result, (known, stop - begin))


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _turn_lines(
    places: IntArray, memory: FloatArray, result: FloatArray, lines: tuple[int, int]
) -> None:
    """Write columns that lie one value after another in memory as lines of the result.

    A hole is written as one and the same NaN: which of two a sum has is the compiler's choice.
    """
    line, stop = lines
    source, into = memory.ctypes.data, result.ctypes.data
    at, pitch = places.ctypes.data, result.strides[0]
    is_dense = result.strides[1] == result.itemsize
    if is_dense and places.size == 8:
        while line + 8 <= stop:
            turn_eight(source + 8 * line, at, into + line * pitch, pitch, result)
            line += 8
    elif is_dense and places.size == 4:
        while line + 8 <= stop:
            turn_four(source + 8 * line, at, into + line * pitch, pitch, result)
            line += 8
    for rest in range(line, stop):
        for j in range(places.size):
            value = memory[places[j] + rest]
            result[rest, j] = np.nan if np.isnan(value) else value
