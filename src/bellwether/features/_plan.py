"""Plan: the steps that compute some expressions, each distinct one once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
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

    __slots__ = ("_known", "_ranks", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._known: dict[tuple[object, ...], int] = {}
        self._ranks: dict[Value, dict[int, Value]] = {}

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
    ) -> Value:
        """Return the result of a kernel.

        Parameters
        ----------
        operation : Operation
        *operands : Value
        numbers : sequence of float
        reach : int, default 0
            Bars before the first asked for at which the kernel reads its operands.
        """
        first = max(self.steps[one.step].first + one.lag for one in operands) + reach
        exact = tuple(float(one).hex() for one in numbers)
        step = Step(
            operation=operation,
            operands=operands,
            numbers=[float(one) for one in numbers],
            reach=reach,
            first=first,
        )
        return self._once((operation.name, operands, exact), step)

    def quantile(self, operation: Operation, values: Value, n_bars: int, share: float) -> Value:
        """Return a quantile from the sorted window that all quantiles of these bars share."""
        key = (operation.name, values, n_bars)
        if key not in self._known:
            first = self.steps[values.step].first + values.lag + n_bars - 1
            fresh = Step(operation=operation, operands=(values,), first=first, reach=n_bars - 1)
            fresh.numbers, fresh.n_outputs = [float(n_bars), 0.0], 0
            self._once(key, fresh)
        step = self.steps[self._known[key]]
        if share not in step.numbers[2:]:
            step.numbers.append(share)
            step.n_outputs = len(step.numbers) - 2
            step.numbers[1] = float(step.n_outputs)
        return Value(step=self._known[key], output=step.numbers.index(share, 2) - 2)

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


Writing: TypeAlias = Callable[[Plan, tuple[Value, ...], tuple[float, ...]], Value]
"""How an operator is written as steps: its operands and parameters to its value."""
