"""The machine: runs the steps of a program over bars, block by block, without the interpreter.

Imported on first use only, for it imports numba. Bars and values are told by their addresses and
pitches, in bytes, so that one compiled form serves every layout and both kinds of result.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numba import njit, types

from bellwether.arrays import FloatArray, IntArray
from bellwether.features._machine_code import (
    bring_to_read,
    bring_to_write,
    call,
    fetch,
    gather_eight,
    scatter_doubles,
    scatter_singles,
    send,
    turn_eight_doubles,
    turn_eight_singles,
    turn_four_doubles,
    turn_four_singles,
)
from bellwether.features._operation import LOAD, STORE

_Function = TypeVar("_Function", bound=Callable[..., None])

_LINE_BYTES = 64
_PLANE, _SOLID = (types.Array(types.float64, n, "A", readonly=True, aligned=False) for n in (2, 3))
_TABLE = types.int64[:, ::1]
# Only called by others of these: Python's way in need not be compiled.
_within: Callable[[_Function], _Function] = njit(
    error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


@njit(types.void(_PLANE, _TABLE, types.int64), cache=True)  # type: ignore[untyped-decorator]
def tell(history: FloatArray, table: IntArray, row: int) -> None:
    """Write where a history lies; numpy takes ten times as long.

    Parameters
    ----------
    history : float64 array of shape (n_bars, 5)
    table : int64 array of shape (n_rows, 3)
        Written: in a row the address and both pitches in bytes.
    row : int
    """
    table[row, 0] = history.ctypes.data
    table[row, 1], table[row, 2] = history.strides


@njit(types.void(_SOLID, _PLANE, types.int64, _TABLE), cache=True)  # type: ignore[untyped-decorator]
def tell_last(windows: FloatArray, values: FloatArray, width: int, stretches: IntArray) -> None:
    """Write the stretches of the last bar of some symbols, so many of them side by side.

    Parameters
    ----------
    windows : float64 array of shape (n_symbols, n_bars, 5)
    values : float64 array of shape (n_symbols, n_values)
    width : int
    stretches : int64 array of shape (n_symbols / width, 9)
    """
    n_bars = windows.shape[1]
    by_symbol, by_bar, by_column = windows.strides
    for k in range(stretches.shape[0]):
        stretches[k, 0] = windows.ctypes.data + k * width * by_symbol
        stretches[k, 1], stretches[k, 2], stretches[k, 6] = by_bar, by_column, by_symbol
        stretches[k, 3] = values.ctypes.data + k * width * values.strides[0]
        stretches[k, 4], stretches[k, 5] = values.strides
        stretches[k, 7], stretches[k, 8] = n_bars - 1, n_bars


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def run(
    program: tuple[IntArray, FloatArray],
    placed: tuple[IntArray, IntArray, IntArray, IntArray],
    memory: FloatArray,
    stretches: IntArray,
    form: tuple[int, int, int, int, int],
) -> None:
    """Write the values of some rows of some histories, block by block.

    Parameters
    ----------
    program : (int64 array of shape (n_steps, 7), float64 array)
        Of each step the address of its kernel, first row that has a value, how many rows before a
        block's first it begins and before its last it ends, number of columns, and where its
        places and its numbers begin; and the numbers.
    placed : (int64 array, int64 array of shape (2, n_columns), int64 arrays)
        Row of `memory` in which each column has the first row of a block's context; and, kept from
        call to call, what `_find_places` has found for first and for later blocks, whether it has
        and of how many rows `_count_values` was told last, and what it has written.
    memory : float64 array
        Columns of working space, constants filled in.
    stretches : int64 array of shape (n_stretches, 9)
        See `_stretches`.
    form : (int, int, int, int, int)
        Symbols side by side; rows in a block, one where there are several symbols; rows of context
        before one; the first row from which on no block lies otherwise than all that follow; and 1
        for float32 values, 0 for float64.
    """
    width, n_block, n_context, settled, is_single = form
    places, at, known, counts = placed
    steps = program[0]
    for k in range(stretches.shape[0]):
        bars, line_pitch, bar_pitch = stretches[k, 0], stretches[k, 4], stretches[k, 1]
        first_row, stop_row = stretches[k, 7], stretches[k, 8]
        n_writes = n_block * line_pitch // _LINE_BYTES // steps.shape[0] + 1 if n_block > 1 else 0
        n_reads = n_block * bar_pitch // _LINE_BYTES // steps.shape[0] + 1 if n_block > 1 else 0
        source = bars, stretches[k, 6], bar_pitch, stretches[k, 2]
        for begin in range(first_row, stop_row, n_block):
            stop = min(begin + n_block, stop_row)
            block = width, begin, stop, max(begin - n_context, 0)
            # The first blocks of all histories lie in the same places, and so do all later ones.
            which = 1 if begin >= settled else 0
            if known[which] == 0 or 0 < begin < settled:
                _find_places(steps, places, memory, block, at[which])
                known[which] = which if begin > 0 else 1
            if known[2] != stop - begin or begin < settled:
                _count_values(steps, block, counts)
                known[2] = stop - begin if begin >= settled else 0
            values = stretches[k, 3] + (begin - first_row) * line_pitch
            into = values, line_pitch, stretches[k, 5], is_single
            next_bars = bars + stop * bar_pitch
            if stop == stop_row and k + 1 < stretches.shape[0]:
                next_bars = stretches[k + 1, 0] + stretches[k + 1, 7] * stretches[k + 1, 1]
            ahead = next_bars, n_reads, values + (stop - begin) * line_pitch, n_writes
            rows = width, begin, stop
            _run_block(program, (at[which], counts), memory, (source, into, ahead), rows)


@_within
def _find_places(
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
        address, first, before, _, n_columns, column, _ = steps[k]
        start = begin if address == STORE else max(begin - before, first)
        # No "in": it would build a set at every step.
        is_local = address == LOAD or address == STORE  # noqa: PLR1714
        begins, size = (0, 1) if is_local else (base, 8)
        for j in range(column, column + n_columns):
            at[j] = begins + size * width * (places[j] + start - origin)


@_within
def _count_values(steps: IntArray, block: tuple[int, int, int, int], counts: IntArray) -> None:
    """Write how many values each step has in a block, at most zero where there are none."""
    width, begin, stop, _ = block
    for k in range(steps.shape[0]):
        counts[k] = width * (stop - steps[k, 3] - max(begin - steps[k, 2], steps[k, 1]))


@_within
def _run_block(
    program: tuple[IntArray, FloatArray],
    placed: tuple[IntArray, IntArray],
    memory: FloatArray,
    ends: tuple[tuple[int, int, int, int], tuple[int, int, int, int], tuple[int, int, int, int]],
    rows: tuple[int, int, int],
) -> None:
    """Write the values of one block of rows.

    Parameters
    ----------
    program, memory : see `run`
    placed : (int64 array, int64 array)
        What `_find_places` and `_count_values` have written.
    ends : three of (int, int, int, int)
        Address of the bars and their pitches by symbol, bar and column; address of the block's
        first value, pitches by line and column, and 1 for float32, 0 for float64; addresses of the
        next block's bars and values, and after each how many lines of memory to bring near at
        every step, so that the next block does not wait for them.
    rows : (int, int, int)
        Symbols side by side, the block's first bar, and the one after its last. Of symbols and
        bars at least one is one.
    """
    steps, numbers = program
    at, counts = placed
    source, into, ahead = ends
    width = rows[0]
    base, places, parameters = memory.ctypes.data, at.ctypes.data, numbers.ctypes.data
    to_read, n_reads, to_write, n_writes = ahead
    for k in range(steps.shape[0]):
        for _ in range(n_reads):
            bring_to_read(to_read)
            to_read += _LINE_BYTES
        for _ in range(n_writes):
            bring_to_write(to_write)
            to_write += _LINE_BYTES
        address, column, number = steps[k, 0], steps[k, 5], steps[k, 6]
        if address == STORE:
            _store((at, column, steps[k, 4]), (numbers, number), base, into, rows)
        elif counts[k] <= 0:
            continue
        elif address == LOAD:
            n_rows = counts[k] // width
            start = rows[2] - steps[k, 3] - n_rows
            begin = source[0] + start * source[2] + int(numbers[number]) * source[3]
            _load(base + 8 * at[column], (begin, source[1], source[2]), width, n_rows)
        else:
            call(address, places + 8 * column, parameters + 8 * number, counts[k], width)


@_within
def _load(into: int, source: tuple[int, int, int], width: int, n_rows: int) -> None:
    """Bring a column of the bars into the working space, symbols side by side."""
    bars, by_symbol, by_bar = source
    n_gathers, n, pitch, step = n_rows, width, by_symbol, by_bar
    if width == 1:
        n_gathers, n, pitch, step = 1, n_rows, by_bar, 0
    for _ in range(n_gathers):
        _gather(bars, pitch, into, n)
        bars += step
        into += 8 * n


@_within
def _gather(source: int, pitch: int, into: int, n: int) -> None:
    """Write numbers that lie some bytes apart one after another."""
    for _ in range(n // 8):
        gather_eight(source, pitch, into)
        source += 8 * pitch
        into += 64
    for k in range(n % 8):
        send(into + 8 * k, fetch(source + k * pitch), 0)


@_within
def _store(
    columns: tuple[IntArray, int, int],
    parameters: tuple[FloatArray, int],
    memory: int,
    into: tuple[int, int, int, int],
    rows: tuple[int, int, int],
) -> None:
    """Write eight neighbouring columns out, or fewer; NaN where they have no value yet.

    A hole is written as one and the same NaN: which of two a sum has is the compiler's choice.

    Parameters
    ----------
    columns : (int64 array, int, int)
        Places of columns in memory; which is the first to be written, and how many are.
    parameters : (float64 array, int)
        From this place on where the first column goes, the first row on which all have a value,
        and the same of each.
    memory : int
    into, rows : see `_run_block`
    """
    places, first, n_columns = columns
    numbers, number = parameters
    width, begin, stop = rows
    values, pitch, value_pitch, is_single = into
    values += int(numbers[number]) * value_pitch
    n_lines = width * (stop - begin)
    line = min(width * max(int(numbers[number + 1]) - begin, 0), n_lines)
    n_eights = (n_lines - line) // 8
    last = line + 8 * n_eights
    turn = memory + 8 * line, places.ctypes.data + 8 * first, values + line * pitch, pitch
    n_turned = 0
    if value_pitch == (4 if is_single else 8) and n_columns >= 4:
        n_turned = 8 if n_columns == 8 else 4
    if n_turned == 8:
        _turn_eight(turn, n_eights, is_single)
    elif n_turned == 4:
        _turn_four(turn, n_eights, is_single)
    for j in range(n_columns):
        source, target = memory + 8 * places[first + j], values + j * value_pitch
        n_unknown = min(width * max(int(numbers[number + 2 + j]) - begin, 0), line)
        for k in range(line):
            send(target + k * pitch, fetch(source + 8 * k) if k >= n_unknown else np.nan, is_single)
        if j >= n_turned:
            _scatter(source + 8 * line, (target + line * pitch, pitch, is_single), n_eights)
        for k in range(last, n_lines):
            send(target + k * pitch, fetch(source + 8 * k), is_single)


@_within
def _turn_eight(turn: tuple[int, int, int, int], n_eights: int, is_single: int) -> None:
    """Write eight values of eight columns as eight lines, again and again."""
    source, places, target, pitch = turn
    if is_single:
        for k in range(n_eights):
            turn_eight_singles(source + 64 * k, places, target + 8 * k * pitch, pitch)
    else:
        for k in range(n_eights):
            turn_eight_doubles(source + 64 * k, places, target + 8 * k * pitch, pitch)


@_within
def _turn_four(turn: tuple[int, int, int, int], n_eights: int, is_single: int) -> None:
    """Write eight values of four columns as eight lines, again and again."""
    source, places, target, pitch = turn
    if is_single:
        for k in range(n_eights):
            turn_four_singles(source + 64 * k, places, target + 8 * k * pitch, pitch)
    else:
        for k in range(n_eights):
            turn_four_doubles(source + 64 * k, places, target + 8 * k * pitch, pitch)


@_within
def _scatter(source: int, into: tuple[int, int, int], n_eights: int) -> None:
    """Write a column some bytes apart, eight values at a time."""
    target, pitch, is_single = into
    if is_single:
        for k in range(n_eights):
            scatter_singles(source + 64 * k, target + 8 * k * pitch, pitch)
    else:
        for k in range(n_eights):
            scatter_doubles(source + 64 * k, target + 8 * k * pitch, pitch)
