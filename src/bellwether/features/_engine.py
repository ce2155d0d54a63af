"""The batch and the live backend: one program over a history, a panel, or its last bars."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from threading import local
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import COLUMNS
from bellwether.features._errors import WindowTooShort, WrongMatrix
from bellwether.features._expression import Expression
from bellwether.features._feature_set import FeatureSet
from bellwether.features._program import LINE, Program, find_operations, write_program

BLOCK_BYTES = 2**19
LEAST_BLOCK_BARS, MOST_BLOCK_BARS = 256, 640
SIDE_BY_SIDE = 16
TASK_BARS = 65_536

Values: TypeAlias = NDArray[Any]
_Space: TypeAlias = tuple[FloatArray, tuple[IntArray, IntArray, IntArray, IntArray]]


class FeatureEngine:
    """Computes expressions on histories, on panels and on the last bars: one program for all.

    Parameters
    ----------
    expressions : sequence of Expression, or FeatureSet

    Notes
    -----
    Knows: row t is a function of the last `lookback_bars` bars up to t. It is the same bit for
    bit in a history, in a panel, in blocks, and from those last bars alone.
    Cost: `alpha158` takes a third of a microsecond a bar, float64 or float32 alike. Kernels that
    were never used before are compiled first, .15 seconds each, and kept on disk.
    Threads: an engine may be used by many at once; each gets working space of its own.

    Examples
    --------
    >>> from bellwether.features import close, ref
    >>> engine = FeatureEngine([close / ref(close, 1) - 1])
    >>> engine.last(np.column_stack([[1.0, 2.0, 4.0]] * 5))
    array([1.])
    """

    def __init__(self, expressions: Sequence[Expression] | FeatureSet) -> None:
        self.expressions = (
            expressions.expressions if isinstance(expressions, FeatureSet) else tuple(expressions)
        )
        self.lookback_bars = max((one.lookback_bars for one in self.expressions), default=1)
        self._spaces = local()

    def prepare(self, tell: Callable[[int, int], None] | None = None) -> None:
        """Compile what the first use would compile, or read it from disk.

        Parameters
        ----------
        tell : callable, optional
            Called with the kernels that are ready and with how many there are, from the first on
            that was not on disk: where all are, nobody waits and nothing is told.
        """
        operations = find_operations(self.expressions)
        is_waiting = False
        for n_ready, one in enumerate(operations, start=1):
            is_waiting = one.prepare() or is_waiting
            if is_waiting and tell is not None:
                tell(n_ready, len(operations))
        self.last(np.ones((self.lookback_bars, len(COLUMNS))))

    def compute(self, matrix: FloatArray, out: Values | None = None) -> Values:
        """Compute the expressions on every bar of one history.

        Parameters
        ----------
        matrix : float64 array of shape (n_bars, 5)
            Open, high, low, close, volume, oldest bar first.
        out : float64 or float32 array of shape (n_bars, n_expressions), optional
            Where to write.

        Returns
        -------
        values : array of shape (n_bars, n_expressions)
            `out`, or a new float64 array. An expression's first `lookback_bars` - 1 rows are
            NaN.

        Raises
        ------
        WrongMatrix
            If a shape or a dtype is another one.
        """
        bars = _as_bars(matrix, 2)
        values = self._room(len(bars), out, np.float64)
        self._run(bars[None], values[None], 0, len(bars))
        return values

    def compute_panel(
        self,
        matrices: Sequence[FloatArray],
        out: Values | None = None,
        *,
        dtype: DTypeLike = np.float64,
        n_threads: int | None = None,
    ) -> Values:
        """Compute the expressions on every bar of many symbols, in parallel.

        Parameters
        ----------
        matrices : sequence of float64 arrays of shape (n_bars, 5)
            One history a symbol.
        out : float64 or float32 array of shape (n_rows, n_expressions), optional
            Where to write: rows of a sample matrix, symbol after symbol; a numpy.memmap too.
        dtype : dtype, default float64
            Of the result, where `out` is not given: float64 or float32. Arithmetic is float64.
        n_threads : int, optional
            As many as there are cores to use by default.

        Returns
        -------
        values : array of shape (n_rows, n_expressions)

        Raises
        ------
        WrongMatrix
            If a shape or a dtype is another one.
        """
        bars = [_as_bars(one, 2) for one in matrices]
        stops = np.cumsum([0, *(len(one) for one in bars)])
        values = self._room(int(stops[-1]), out, dtype)
        tasks = [
            (one[None], values[None, start:stop], row)
            for one, start, stop in zip(bars, stops[:-1], stops[1:], strict=True)
            for row in range(0, len(one), TASK_BARS)
        ]

        def work(task: tuple[FloatArray, Values, int]) -> None:
            history, room, row = task
            stop = min(row + TASK_BARS, history.shape[1])
            self._run(history, room[:, row:stop], row, stop)

        n_workers = min(n_threads or _n_cores(), len(tasks))
        if n_workers <= 1:
            deque(map(work, tasks), maxlen=0)
            return values
        with ThreadPoolExecutor(n_workers) as workers:
            deque(workers.map(work, tasks), maxlen=0)
        return values

    def iterate(
        self,
        matrices: Iterable[FloatArray],
        *,
        n_rows: int = 262_144,
        dtype: DTypeLike = np.float32,
        n_threads: int | None = None,
    ) -> Iterator[Values]:
        """Compute a panel larger than memory, some whole symbols at a time.

        Parameters
        ----------
        matrices : iterable of float64 arrays of shape (n_bars, 5)
            Taken as they are needed, so that they may be read from a disk.
        n_rows : int
            Rows held at once; a longer symbol is held whole.
        dtype : dtype, default float32
        n_threads : int, optional

        Yields
        ------
        values : array of shape (n_rows of some symbols, n_expressions)
            Symbol after symbol in order. The next ones are written over it.

        Raises
        ------
        WrongMatrix
            As `compute_panel`.
        """
        room = self._room(n_rows, None, dtype)
        for group in _groups(matrices, n_rows):
            n_wanted = sum(len(one) for one in group)
            if n_wanted > len(room):
                room = self._room(n_wanted, None, dtype)
            yield self.compute_panel(group, room[:n_wanted], n_threads=n_threads)

    def last(self, bars: FloatArray) -> FloatArray:
        """Compute the expressions on the last bar of one or of many symbols.

        Parameters
        ----------
        bars : float64 array of shape (n_bars, 5) or (n_symbols, n_bars, 5)
            At least `lookback_bars` bars, oldest first.

        Returns
        -------
        values : float64 array of shape (n_expressions,) or (n_symbols, n_expressions)
            The last row that `compute` gives, bit for bit.

        Raises
        ------
        WrongMatrix
            If the shape is another one.
        WindowTooShort
            If there are fewer bars than the expressions look back.
        """
        windows = _as_bars(bars, 3 if np.ndim(bars) == 3 else 2)
        n_bars = windows.shape[-2]
        if n_bars < self.lookback_bars:
            raise WindowTooShort(n_bars, self.lookback_bars)
        many = windows if windows.ndim == 3 else windows[None]
        values = np.empty((len(many), 1, len(self.expressions)))
        if not self.expressions:
            return values[:, 0] if windows.ndim == 3 else values[0, 0]
        for start in range(0, len(many), SIDE_BY_SIDE):
            some = slice(start, start + SIDE_BY_SIDE)
            self._run_last(many[some], values[some])
        return values[:, 0] if windows.ndim == 3 else values[0, 0]

    @cached_property
    def _program(self) -> Program:
        return write_program(self.expressions, LINE)

    @cached_property
    def _last_program(self) -> Program:
        return write_program(self.expressions)

    @cached_property
    def _block_bars(self) -> int:
        """Rows in a block, so many that the working space stays in a core's own cache."""
        n_rows = BLOCK_BYTES // (8 * self._program.n_slots) - self._program.n_context
        return min(max(n_rows, LEAST_BLOCK_BARS), MOST_BLOCK_BARS)

    @cached_property
    def _machine(self) -> ModuleType:
        from bellwether.features import _machine  # noqa: PLC0415 - it imports numba: see `_operation`

        return _machine

    def _room(self, n_rows: int, out: Values | None, dtype: DTypeLike) -> Values:
        shape = n_rows, len(self.expressions)
        values = np.empty(shape, dtype) if out is None else out
        if values.shape != shape or values.dtype not in {np.dtype("f8"), np.dtype("f4")}:
            raise WrongMatrix(f"float64 or float32 of {shape}", f"{values.dtype} of {values.shape}")
        return values

    def _run(self, bars: FloatArray, values: Values, start: int, stop: int) -> None:
        if not self.expressions or start == stop:
            return
        program = self._program
        n_rows = self._block_bars
        memory, placed = self._space(program, len(bars), n_rows)
        span = start, stop, n_rows, program.n_context
        content = program.steps, program.numbers
        self._machine.run(content, placed, memory, bars, values, span)

    def _run_last(self, bars: FloatArray, values: Values) -> None:
        program = self._last_program
        memory, (places, at, known, counts) = self._space(program, len(bars), 1)
        if not known[1]:
            block = len(bars), program.n_context, program.n_context + 1, 0
            self._machine.find_places(program.steps, places, memory, block, at[1])
            self._machine.count_values(program.steps, block, counts)
            known[1] = 1
        last = bars.shape[1] - 1
        rows = last, last, last + 1, 0
        content = program.steps, program.numbers
        self._machine.run_block(content, (at[1], counts), memory, bars, values, rows)

    def _space(self, program: Program, width: int, n_rows: int) -> _Space:
        """Return this thread's working space for blocks of some rows of some symbols."""
        spaces: dict[tuple[int, int, int], _Space] = self._spaces.__dict__.setdefault("of", {})
        key = id(program), width, n_rows
        if key not in spaces:
            places, memory = program.lay_out(n_rows, width)
            at = np.empty((2, len(places)), dtype=np.int64)
            known = np.zeros(2, dtype=np.int64)
            counts = np.empty(len(program.steps), dtype=np.int64)
            spaces[key] = memory, (places, at, known, counts)
        return spaces[key]


def _as_bars(matrix: FloatArray, n_dimensions: int) -> FloatArray:
    bars = np.asarray(matrix, dtype=np.float64)
    if bars.ndim != n_dimensions or bars.shape[-1] != len(COLUMNS):
        raise WrongMatrix(f"shape (n_bars, {len(COLUMNS)})", f"{bars.shape}")
    return bars


def _groups(matrices: Iterable[FloatArray], n_rows: int) -> Iterator[list[FloatArray]]:
    group: list[FloatArray] = []
    n_held = 0
    for matrix in matrices:
        if group and n_held + len(matrix) > n_rows:
            yield group
            group, n_held = [], 0
        group.append(matrix)
        n_held += len(matrix)
    if group:
        yield group


def _n_cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
