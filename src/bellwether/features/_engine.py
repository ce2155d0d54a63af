"""The batch and the live backend: one program over a history, a panel, or its last bars."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import count
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import COLUMNS
from bellwether.features._errors import WindowTooShort, WrongMatrix
from bellwether.features._expression import Expression
from bellwether.features._feature_set import FeatureSet
from bellwether.features._program import Program, find_operations, write_program
from bellwether.features._spaces import Spaces
from bellwether.features._stretches import cut_stretches, deal, new_stretches, tell_panel

BLOCK_BYTES = 2**19
LEAST_BLOCK_BARS, MOST_BLOCK_BARS = 256, 640
SIDE_BY_SIDE = 16
STRETCH_BLOCKS = 8
SHARE_BARS = 262_144

Values: TypeAlias = NDArray[Any]


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
        self._spaces = Spaces()

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
        self._run((self._tell([bars]), np.array([len(bars)])), values, 1)
        return values

    def compute_panel(
        self,
        matrices: Sequence[FloatArray] | FloatArray,
        out: Values | None = None,
        *,
        dtype: DTypeLike = np.float64,
        n_threads: int | None = None,
    ) -> Values:
        """Compute the expressions on every bar of many symbols, in parallel.

        Parameters
        ----------
        matrices : sequence of float64 arrays of shape (n_bars, 5)
            One history a symbol; or one array of shape (n_symbols, n_bars, 5).
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
        if isinstance(matrices, np.ndarray) and matrices.ndim == 3:
            panel = _as_bars(matrices, 3)
            values = self._room(panel.shape[0] * panel.shape[1], out, dtype)
            lengths = np.full(len(panel), panel.shape[1])
            self._run((tell_panel(panel), lengths), values, n_threads)
            return values
        bars = [_as_bars(one, 2) for one in matrices]
        lengths = np.array([len(one) for one in bars], dtype=np.int64)
        values = self._room(int(lengths.sum()), out, dtype)
        self._run((self._tell(bars), lengths), values, n_threads)
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
        values = np.empty((len(many), len(self.expressions)))
        if self.expressions:
            n_rest = len(many) % SIDE_BY_SIDE
            n_whole = len(many) - n_rest
            if n_whole:
                self._run_last(many[:n_whole], values[:n_whole], SIDE_BY_SIDE)
            if n_rest:
                self._run_last(many[n_whole:], values[n_whole:], n_rest)
        return values if windows.ndim == 3 else values[0]

    @cached_property
    def _program(self) -> Program:
        return write_program(self.expressions)

    @cached_property
    def _last_program(self) -> Program:
        return write_program(self.expressions, is_last=True)

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

    def _run(
        self, histories: tuple[IntArray, IntArray], values: Values, n_threads: int | None
    ) -> None:
        if not values.size:
            return
        stretches = cut_stretches(*histories, values, self._block_bars * STRETCH_BLOCKS)
        n_workers = min(n_threads or _n_cores(), len(stretches))
        shares = list(deal(stretches, n_workers, SHARE_BARS))
        places = count()

        def work() -> None:
            while (place := next(places)) < len(shares):
                self._run_share(shares[place], values.dtype == np.float32)

        if n_workers == 1:
            work()
            return
        with ThreadPoolExecutor(n_workers - 1) as others:
            working = [others.submit(work) for _ in range(n_workers - 1)]
            work()
        deque((one.result() for one in working), maxlen=0)

    def _run_share(self, stretches: IntArray, is_single: bool) -> None:
        program, n_rows = self._program, self._block_bars
        content = program.steps, program.numbers
        form = 1, n_rows, program.n_context, 2 * program.n_context, int(is_single)
        space = self._spaces.take(program, n_rows, 1)
        self._machine.run(content, space.placed, space.memory, stretches, form)
        self._spaces.give(space)

    def _run_last(self, bars: FloatArray, values: FloatArray, width: int) -> None:
        program = self._last_program
        space = self._spaces.take(program, 1, width)
        stretches = space.stretch if len(bars) == width else new_stretches(len(bars) // width)
        self._machine.tell_last(bars, values, width, stretches)
        content = program.steps, program.numbers
        form = width, 1, program.n_context, 0, 0
        self._machine.run(content, space.placed, space.memory, stretches, form)
        self._spaces.give(space)

    def _tell(self, arrays: list[FloatArray]) -> IntArray:
        told = np.empty((len(arrays), 3), dtype=np.int64)
        for row, one in enumerate(arrays):
            self._machine.tell(one, told, row)
        return told


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
