"""Plan: the steps that compute some expressions, each distinct one once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from bellwether.features._operation import LOAD, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value a bar: a result of a step, some bars ago.

    Parameters
    ----------
    step : int
        Place of the step in its plan.
    output : int
        Which of its results.
    lag : int
        Bars ago; looking back costs nothing but another address.
    """

    step: int
    output: int = 0
    lag: int = 0


@dataclass(slots=True, kw_only=True)
class Step:
    """One run of a kernel over a block of bars.

    Parameters
    ----------
    operation : Operation or None
        None for a column of the bars and for a constant.
    operands : tuple of Value
    numbers : list of float
        Parameters of the kernel; the number of the column, or the constant.
    reach : int
        Bars before the first asked for at which the kernel reads its operands.
    first : int
        The first bar that has a value.
    n_outputs : int
    is_constant : bool
    """

    operation: Operation | None = None
    operands: tuple[Value, ...] = ()
    numbers: list[float] = field(default_factory=list)
    reach: int = 0
    first: int = 0
    n_outputs: int = 1
    is_constant: bool = False

    @property
    def address(self) -> int:
        """Address of the kernel, or what stands for it."""
        return LOAD if self.operation is None else self.operation.compile()


class Plan:
    """Steps in the order in which they run; equal steps are written once.

    Attributes
    ----------
    steps : list of Step
    """

    __slots__ = ("_known", "_ranks", "_widened", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._known: dict[tuple[object, ...], int] = {}
        self._ranks: dict[Value, dict[int, Value]] = {}
        self._widened: set[int] = set()

    def column(self, place: int) -> Value:
        """Return a column of the bars."""
        return self._once(("column", place), Step(numbers=[float(place)]))

    def constant(self, number: float) -> Value:
        """Return a number as a column of equal values."""
        return self._once(("constant", number.hex()), Step(numbers=[number], is_constant=True))

    def step(
        self,
        operation: Operation,
        *operands: Value,
        numbers: Sequence[float] = (),
        reach: int = 0,
        n_outputs: int = 1,
    ) -> Value:
        """Return the result of a kernel, the first of several.

        Parameters
        ----------
        operation : Operation
        *operands : Value
        numbers : sequence of float
        reach : int, default 0
            Bars before the first asked for at which the kernel reads its operands.
        n_outputs : int, default 1
        """
        first = max(self.steps[one.step].first + one.lag for one in operands) + reach
        step = Step(
            operation=operation,
            operands=operands,
            numbers=[float(one) for one in numbers],
            reach=reach,
            first=first,
            n_outputs=n_outputs,
        )
        return self._once(_key(operation, operands, numbers), step)

    def widen(self, value: Value, wider: Step, n_outputs: int) -> Value:
        """Let another kernel do a step that gives what the step gives, and more.

        Parameters
        ----------
        value : Value
            The step's result, and the first of the wider one's.
        wider : Step
            All that it reads must come before the step.
        n_outputs : int

        Returns
        -------
        value : Value
            The last result of the wider step.
        """
        if value.step not in self._widened:
            wider.first, wider.n_outputs = self.steps[value.step].first, n_outputs
            self.steps[value.step] = wider
            self._widened.add(value.step)
        return Value(step=value.step, output=n_outputs - 1)

    def find_wide(
        self, operation: Operation, operands: tuple[Value, ...], numbers: Sequence[float]
    ) -> int | None:
        """Return the step of a kernel where `widen` has made more of it."""
        place = self._known.get(_key(operation, operands, numbers))
        return place if place in self._widened else None

    def prune(self, wanted: Sequence[Value]) -> list[Value]:
        """Leave the steps out whose results nobody reads.

        Returns
        -------
        wanted : list of Value
            The same values of the steps that are left; all others no longer hold.
        """
        needed = {one.step for one in wanted}
        for place in range(len(self.steps) - 1, -1, -1):
            if place in needed:
                needed |= {one.step for one in self.steps[place].operands}
        places = {old: new for new, old in enumerate(sorted(needed))}
        self.steps = [self.steps[old] for old in places]
        for step in self.steps:
            step.operands = tuple(replace(one, step=places[one.step]) for one in step.operands)
        return [replace(one, step=places[one.step]) for one in wanted]

    def find_rank(self, values: Value, n_bars: int) -> tuple[int, Value | None]:
        """Return the longest window up to `n_bars` whose rank is there already, and the rank."""
        known = self._ranks.setdefault(values, {})
        longest = max((one for one in known if one <= n_bars), default=0)
        return longest, known.get(longest)

    def keep_rank(self, values: Value, n_bars: int, rank: Value) -> Value:
        """Remember a rank for `find_rank`."""
        self._ranks[values][n_bars] = rank
        return rank

    def _once(self, key: tuple[object, ...], step: Step) -> Value:
        if key not in self._known:
            self._known[key] = len(self.steps)
            self.steps.append(step)
        return Value(step=self._known[key])


def _key(
    operation: Operation, operands: tuple[Value, ...], numbers: Sequence[float]
) -> tuple[object, ...]:
    return operation.name, operands, tuple(float(one).hex() for one in numbers)


Writing: TypeAlias = Callable[[Plan, tuple[Value, ...], tuple[float, ...]], Value]
"""How an operator is written as steps: its operands and parameters to its value."""
