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

LINE = 8

Slot: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the machine runs; see `_machine.run`.

    Parameters
    ----------
    steps : int64 array of shape (n_steps, 6)
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


def write_program(expressions: Sequence[Expression], context_bars: int = 1) -> Program:
    """Return the program that computes some expressions.

    Parameters
    ----------
    expressions : sequence of Expression
    context_bars : int, default 1
        Every step begins a multiple of so many bars before a block: a line of memory of them, and
        results lie in whole lines.
    """
    plan, wanted = _write_plan(expressions)
    first = [one.lookback_bars - 1 for one in expressions]
    return _Layout(plan, wanted, first, context_bars).program()


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


class _Layout:
    """Gives every result a place in memory for as long as somebody reads it."""

    def __init__(
        self, plan: Plan, wanted: list[Value], first: list[int], context_bars: int
    ) -> None:
        self._plan, self._wanted, self._first = plan, wanted, first
        self._context_bars = context_bars
        self._slots: dict[Slot, int] = {}
        self._free: list[int] = []
        self._n_slots = 0
        self._stores = self._find_stores()
        self._before = self._find_before()
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
            head = (step.address, step.first, self._before[place])
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
            n_context=max(self._before),
            n_values=len(self._wanted),
        )

    def _store(self, starts: list[int]) -> None:
        for start in starts:
            group = slice(start, start + self._n_together)
            first = self._first[group]
            self._write((STORE, 0, 0), self._wanted[group], [start, max(first), *first])

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
            group = self._wanted[start : start + self._n_together]
            computed = [one.step for one in group if not self._plan.steps[one.step].is_constant]
            stores[max(computed, default=-1)].append(start)
        return stores

    @property
    def _n_together(self) -> int:
        """How many columns the machine turns at once."""
        return 8 if len(self._wanted) >= 8 else 4

    def _find_starts(self) -> list[int]:
        """Return where groups of columns begin: all are full, so the last two may overlap."""
        last = max(len(self._wanted) - self._n_together, 0)
        return [*range(0, last, self._n_together), last]

    def _find_before(self) -> list[int]:
        """Return how many bars before a block's first each step is needed on."""
        before = [0] * len(self._plan.steps)
        for one in self._wanted:
            before[one.step] = max(before[one.step], one.lag)
        for place, step in reversed(list(enumerate(self._plan.steps))):
            before[place] = -(-before[place] // self._context_bars) * self._context_bars
            for one in step.operands:
                reached = before[place] + one.lag + step.reach
                before[one.step] = max(before[one.step], reached)
        return before

    def _find_ends(self) -> dict[int, list[Slot]]:
        """Return which results nobody reads after each step."""
        last: dict[Slot, int] = {}
        for place, step in enumerate(self._plan.steps):
            last |= {(place, j): place for j in range(step.n_outputs)}
            last |= {(one.step, one.output): place for one in step.operands}
        for place, starts in self._stores.items():
            for start in starts:
                for one in self._wanted[start : start + self._n_together]:
                    slot = one.step, one.output
                    last[slot] = max(last[slot], place)
        ends: dict[int, list[Slot]] = defaultdict(list)
        for slot, place in last.items():
            if not self._plan.steps[slot[0]].is_constant:
                ends[place].append(slot)
        return ends
