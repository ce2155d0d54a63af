"""Program: a plan laid out in memory, ready for the machine."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.features._expression import Expression, sorted_nodes
from bellwether.features._operation import STORE, Operation
from bellwether.features._operators import OPERATORS
from bellwether.features._plan import Plan, Value

LINE = TOGETHER = 8
# Bars that a kernel rather computes in vain than be called once more.
_SKIPPED_BARS = 4

Slot: TypeAlias = tuple[int, int]
Run: TypeAlias = tuple[int, int]
"""The latest and the earliest of some bars one after another, each in bars before a block's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the machine runs; see `_machine.run`.

    Parameters
    ----------
    steps : int64 array of shape (n_steps, 7)
    columns : int64 array of shape (n_columns, 2)
        Slot and lag of each column that a step writes or reads.
    numbers : float64 array
    constants : tuple of (int, float)
        Slots that hold a number, and the number.
    n_slots : int
        Columns of working space: results whose last use is past are written over.
    n_context : int
        Bars before a block's first that its values depend on.
    n_values : int
    """

    steps: IntArray
    columns: IntArray
    numbers: FloatArray
    constants: tuple[tuple[int, float], ...]
    n_slots: int
    n_context: int
    n_values: int

    def lay_out(self, n_rows: int, width: int) -> tuple[IntArray, FloatArray]:
        """Return the places of the columns and the memory for blocks of some rows.

        Parameters
        ----------
        n_rows : int
            Rows in a block.
        width : int
            Symbols side by side.
        """
        # An odd number of lines: columns a power of two apart would share few places of a cache.
        capacity = (-(-(n_rows + self.n_context) // LINE) | 1) * LINE
        room = np.zeros(self.n_slots * capacity * width + LINE)
        memory = room[-(room.ctypes.data // 8) % LINE :][: room.size - LINE]
        for slot, number in self.constants:
            memory[slot * capacity * width : (slot + 1) * capacity * width] = number
        return self.columns[:, 0] * capacity - self.columns[:, 1], memory


def write_program(expressions: Sequence[Expression], *, is_last: bool = False) -> Program:
    """Return the program that computes some expressions.

    Parameters
    ----------
    expressions : sequence of Expression
    is_last : bool, default False
        Whether it is for blocks of one bar. Steps then leave out the bars before it that nobody
        reads: of a window, its halves are read on two. Else every step begins a multiple of some
        bars before a block, a line of memory of them, so that results lie in whole lines.
    """
    plan, wanted = _write_plan(expressions)
    first = [one.lookback_bars - 1 for one in expressions]
    runs = _find_sparse_runs(plan, wanted) if is_last else _find_whole_runs(plan, wanted)
    return _Layout(plan, wanted, first, runs).program()


def find_operations(expressions: Sequence[Expression]) -> tuple[Operation, ...]:
    """Return the kernels that the program of some expressions runs."""
    plan, _ = _write_plan(expressions)
    found = {step.operation.name: step.operation for step in plan.steps if step.operation}
    return tuple(found.values())


def _write_plan(expressions: Sequence[Expression]) -> tuple[Plan, list[Value]]:
    plan = Plan()
    values: dict[Expression, Value] = {}
    for node in sorted_nodes(expressions):
        entry = OPERATORS[node.operator]
        operands = tuple(values[one] for one in node.operands)
        values[node] = entry.writing(plan, operands, node.parameters)
    wanted = [values[one] for one in expressions]
    return plan, plan.prune(wanted)


def _find_whole_runs(plan: Plan, wanted: list[Value]) -> list[list[Run]]:
    """Return for each step the bars before a block's first on which it is needed, and all since."""
    before = [0] * len(plan.steps)
    for one in wanted:
        before[one.step] = max(before[one.step], one.lag)
    for place, step in reversed(list(enumerate(plan.steps))):
        before[place] = -(-before[place] // LINE) * LINE
        for one in step.operands:
            reached = before[place] + one.lag + step.reach
            before[one.step] = max(before[one.step], reached)
    return [[(0, earliest)] for earliest in before]


def _find_sparse_runs(plan: Plan, wanted: list[Value]) -> list[list[Run]]:
    """Return for each step the bars on which it is needed for one bar's values."""
    needed: list[set[int]] = [set() for _ in plan.steps]
    for one in wanted:
        needed[one.step].add(one.lag)
    for place, step in reversed(list(enumerate(plan.steps))):
        for one in step.operands:
            for lag in needed[place]:
                needed[one.step].update(range(lag + one.lag, lag + one.lag + step.reach + 1))
    return [_join(sorted(lags)) for lags in needed]


def _join(lags: list[int]) -> list[Run]:
    runs = [(lags[0], lags[0])]
    for lag in lags[1:]:
        latest, earliest = runs[-1]
        if lag - earliest <= _SKIPPED_BARS + 1:
            runs[-1] = latest, lag
        else:
            runs.append((lag, lag))
    return runs


class _Layout:
    """Gives every result a place in memory for as long as somebody reads it."""

    def __init__(
        self, plan: Plan, wanted: list[Value], first: list[int], runs: list[list[Run]]
    ) -> None:
        self._plan, self._wanted, self._first = plan, wanted, first
        self._runs = runs
        self._slots: dict[Slot, int] = {}
        self._free: list[int] = []
        self._n_slots = 0
        self._stores = self._find_stores()
        self._ends = self._find_ends()
        self._rows: list[tuple[int, ...]] = []
        self._columns: list[tuple[int, int]] = []
        self._numbers: list[float] = []

    def program(self) -> Program:
        """Return the program."""
        constants = self._place_constants()
        for place, step in enumerate(self._plan.steps):
            if step.is_constant:
                continue
            outputs = [Value(step=place, output=j) for j in range(step.n_outputs)]
            for one in outputs:
                self._slots[place, one.output] = self._take()
            for latest, earliest in self._runs[place]:
                head = (step.address, step.first, earliest, latest)
                self._write(head, [*outputs, *step.operands], step.numbers)
            self._store(self._stores[place])
            self._free += [self._slots[slot] for slot in self._ends[place]]
        self._store(self._stores[-1])
        return Program(
            steps=np.array(self._rows, dtype=np.int64),
            columns=np.array(self._columns, dtype=np.int64),
            numbers=np.array(self._numbers),
            constants=constants,
            n_slots=self._n_slots,
            n_context=max(runs[-1][1] for runs in self._runs),
            n_values=len(self._wanted),
        )

    def _store(self, starts: list[int]) -> None:
        for start in starts:
            group = slice(start, start + TOGETHER)
            first, wanted = self._first[group], self._wanted[group]
            self._write((STORE, 0, 0, 0), wanted, [start, max(first), *first])

    def _write(
        self, head: tuple[int, ...], columns: Sequence[Value], numbers: Sequence[float]
    ) -> None:
        self._rows.append((*head, len(columns), len(self._columns), len(self._numbers)))
        self._columns += [(self._slots[one.step, one.output], one.lag) for one in columns]
        self._numbers += [float(one) for one in numbers]

    def _take(self) -> int:
        if self._free:
            return self._free.pop()
        self._n_slots += 1
        return self._n_slots - 1

    def _place_constants(self) -> tuple[tuple[int, float], ...]:
        constants = []
        for place, step in enumerate(self._plan.steps):
            if step.is_constant:
                self._slots[place, 0] = self._take()
                constants.append((self._slots[place, 0], step.numbers[0]))
        return tuple(constants)

    def _find_stores(self) -> dict[int, list[int]]:
        """Return after which step neighbouring values are known and can be written out."""
        stores: dict[int, list[int]] = defaultdict(list)
        for start in self._find_starts():
            group = self._wanted[start : start + TOGETHER]
            computed = [one.step for one in group if not self._plan.steps[one.step].is_constant]
            stores[max(computed, default=-1)].append(start)
        return stores

    def _find_starts(self) -> list[int]:
        """Return where groups of eight columns begin: the last two may overlap."""
        last = max(len(self._wanted) - TOGETHER, 0)
        return [*range(0, last, TOGETHER), last]

    def _find_ends(self) -> dict[int, list[Slot]]:
        """Return which results nobody reads after each step."""
        last: dict[Slot, int] = {}
        for place, step in enumerate(self._plan.steps):
            last |= {(place, j): place for j in range(step.n_outputs)}
            last |= {(one.step, one.output): place for one in step.operands}
        for place, starts in self._stores.items():
            for start in starts:
                for one in self._wanted[start : start + TOGETHER]:
                    slot = one.step, one.output
                    last[slot] = max(last[slot], place)
        ends: dict[int, list[Slot]] = defaultdict(list)
        for slot, place in last.items():
            if not self._plan.steps[slot[0]].is_constant:
                ends[place].append(slot)
        return ends
