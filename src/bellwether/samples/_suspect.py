"""A computation under suspicion: computed again on altered bars, and compared with the truth."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from bellwether.arrays import BoolArray, FloatArray
from bellwether.bars import Bars
from bellwether.samples._alterations import ALTERATIONS, LENGTHS, History
from bellwether.samples._errors import PlanOutOfRange, SampleShapeMismatch

Compute: TypeAlias = Callable[..., ArrayLike]

# Sums over other numbers, or a whole transform, agree to rounding only.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakOptions:
    """How far a search for leaks goes.

    Parameters
    ----------
    seed : int, default 0
        Of the bars that are put in place of later ones, and of the cuts.
    n_cuts : int, default 16
        Cuts spread over the history; at each, later bars are altered in ten ways.
    n_tail_cuts : int, default 48
        Last bars before each of which the later ones are removed.
    sweep_spacing_bars : int, default 64
        Bars between those altered at once in the sweep over all cuts; 0 leaves it out.
    max_evaluations : int, default 600
        Computations after which the search stops and says what it left out.

    Raises
    ------
    PlanOutOfRange
        If a count is out of its range.
    """

    seed: int = 0
    n_cuts: int = 16
    n_tail_cuts: int = 48
    sweep_spacing_bars: int = 64
    max_evaluations: int = 600

    def __post_init__(self) -> None:
        least = {"n_cuts": 1, "n_tail_cuts": 0, "sweep_spacing_bars": 0, "max_evaluations": 20}
        for name, bound in least.items():
            value = getattr(self, name)
            if value < bound:
                raise PlanOutOfRange(name, f"at least {bound}", value)


class Suspect:
    """What computes columns from bars, with what it gave for the bars as they are.

    Parameters
    ----------
    compute : callable from Bars, or from Bars and a dict of columns, to an array
    history : History
    options : LeakOptions
    horizon_bars : int
        Bars ahead that a value may know.

    Raises
    ------
    SampleShapeMismatch
        If the values have no row for each bar.
    """

    def __init__(
        self, compute: Compute, history: History, options: LeakOptions, horizon_bars: int
    ) -> None:
        self._compute = compute
        self.history = history
        self.options = options
        self.horizon_bars = horizon_bars
        self.n_evaluations = 0
        self.n_refused = 0
        self.cuts: set[int] = set()
        self.is_spent = False
        self.truth = self._call(history)
        if len(self.truth) != len(history.bars):
            raise SampleShapeMismatch("the computed values", len(history.bars), len(self.truth))
        size = np.abs(np.where(np.isfinite(self.truth), self.truth, 0.0))
        typical = [np.median(column[column > 0]) if column.any() else 0.0 for column in size.T]
        self._tolerance = ROUNDING * np.maximum(size, np.asarray(typical))

    @property
    def n_columns(self) -> int:
        """Columns of the computed values."""
        return int(self.truth.shape[1])

    def compute_again(self, history: History) -> FloatArray | None:
        """Return the values on altered bars; None where it refuses them, or all is spent."""
        if self.n_evaluations >= self.options.max_evaluations:
            self.is_spent = True
            return None
        try:
            # Altered bars may well divide by zero: that is no news.
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                values = self._call(history)
        except Exception:  # noqa: BLE001 - a user's code raises what it likes; counted, reported
            self.n_refused += 1
            return None
        if values.shape != (len(history.bars), self.n_columns):
            self.n_refused += 1
            return None
        return values

    def find_moved(self, how: str, cut: int) -> BoolArray | None:
        """Alter the bars after a cut and return what moved, of shape (n_rows, n_columns).

        The rows are those that must not move: up to `cut - horizon_bars`.
        """
        self.cuts.add(cut)
        altered = ALTERATIONS[how](self.history, cut, self.options.seed)
        values = self.compute_again(altered)
        if values is None:
            return None
        last = min(cut - self.horizon_bars, len(values) - 1, len(self.truth) - 1)
        moved = self.differs(values, slice(0, last + 1))
        if how in LENGTHS:
            # An indicator may need so many bars before it says anything at all.
            moved &= ~np.isnan(values[: last + 1]).all(axis=0)
        return moved

    def differs(self, values: FloatArray, rows: slice) -> BoolArray:
        """Return where values are not those of the unaltered bars, beyond rounding."""
        before, after = self.truth[rows], values[rows]
        same = (before == after) | (np.isnan(before) & np.isnan(after))
        with np.errstate(invalid="ignore"):
            return np.asarray(~(same | (np.abs(before - after) <= self._tolerance[rows])))

    def _call(self, history: History) -> FloatArray:
        self.n_evaluations += 1
        given = (history.bars, dict(history.imported)) if history.imported else (history.bars,)
        values = np.atleast_1d(np.array(self._compute(*given), dtype=np.float64))
        return values[:, None] if values.ndim == 1 else values


def lay_out(bars: Bars, imported: Mapping[str, ArrayLike] | None) -> History:
    """Return bars with the columns beside them.

    Raises
    ------
    SampleShapeMismatch
        If a column has no value for each bar.
    """
    columns = {}
    for name, given in (imported or {}).items():
        column = np.array(given, dtype=np.float64)
        if column.shape != (len(bars),):
            raise SampleShapeMismatch(f"the column {name}", len(bars), column.size)
        columns[name] = column
    return History(bars=bars, imported=MappingProxyType(columns))


def name_columns(names: Sequence[str], n_columns: int) -> tuple[str, ...]:
    """Return a name for each column; those that were given come first."""
    given = tuple(names)[:n_columns]
    return (*given, *(f"column {place}" for place in range(len(given), n_columns)))
