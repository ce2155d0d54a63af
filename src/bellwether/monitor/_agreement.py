"""Agreement: how much the outcomes of one bar repeat each other, learned as they come."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from bellwether.monitor._errors import ForeignState
from bellwether.monitor._pooling import LEAST_BARS, design_effect

MEMORY_BARS = 504


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Sums that the correlation of outcomes settled together is computed from: a value.

    Parameters
    ----------
    n_bars, n_outcomes, n_squares : float
        Bars with at least two outcomes, their outcomes, and the squares of their numbers.
    total, squares : float
        Sum of the outcomes, and of their squares.
    between : float
        Sum of each bar's squared total over its number of outcomes.

    Notes
    -----
    Knows: outcomes up to the bar taken last. Old bars are forgotten by 1/504 a bar.

    References
    ----------
    The estimator of `outcome_correlation`, Donner 1986, section 2, as sums over bars.
    """

    n_bars: float = 0.0
    n_outcomes: float = 0.0
    n_squares: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    between: float = 0.0

    def take(self, outcomes: Sequence[float]) -> Self:
        """Return the sums after one more bar; one outcome alone says nothing here."""
        n = len(outcomes)
        if n <= 1:
            return self
        total = math.fsum(outcomes)
        stays = 1.0 - 1.0 / MEMORY_BARS
        return type(self)(
            n_bars=self.n_bars * stays + 1.0,
            n_outcomes=self.n_outcomes * stays + n,
            n_squares=self.n_squares * stays + n * n,
            total=self.total * stays + total,
            squares=self.squares * stays + math.fsum(one * one for one in outcomes),
            between=self.between * stays + total * total / n,
        )

    @property
    def correlation(self) -> float:
        """Correlation from 0 to 1; 1 where fewer than 20 bars tell."""
        if self.n_bars < LEAST_BARS:
            return 1.0
        n, k = self.n_outcomes, self.n_bars
        between = (self.between - self.total * self.total / n) / (k - 1.0)
        within = (self.squares - self.between) / (n - k)
        typical = (n - self.n_squares / n) / (k - 1.0)
        spread = between + (typical - 1.0) * within
        if not spread > 0.0:
            return 1.0
        return min(max((between - within) / spread, 0.0), 1.0)

    def design_effect(self, n_outcomes: int) -> float:
        """Return by how much so many outcomes of one bar say less than independent ones."""
        return design_effect(max(n_outcomes, 1), self.correlation)

    def to_json(self) -> dict[str, Any]:
        """Return the sums as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the sums that `to_json` came from.

        Raises
        ------
        ForeignState
            If they are none.
        """
        try:
            found = cls(**{field.name: float(content[field.name]) for field in fields(cls)})
        except (KeyError, TypeError, ValueError) as error:
            raise ForeignState("stored sums of an agreement", repr(error)) from error
        if not all(math.isfinite(getattr(found, field.name)) for field in fields(cls)):
            raise ForeignState("finite sums of an agreement", f"{content}"[:200])
        return found
