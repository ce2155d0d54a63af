"""LabelSpan: from the instant a label is decided on to the instant it is known."""

from dataclasses import dataclass

import numpy as np

from bellwether.arrays import BoolArray, TimeArray, frozen_times
from bellwether.labels._errors import LabelShapeMismatch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelSpan:
    """The stretch of time each label depends on: after `decided_at`, up to `closes_at`.

    Parameters
    ----------
    decided_at : datetime64[us] array of shape (n_rows,)
        Close of the bar at which the prediction is made.
    closes_at : datetime64[us] array of shape (n_rows,)
        Close of the bar at which its outcome is known; NaT while it is open.

    Raises
    ------
    LabelShapeMismatch
        If there is not one of each for every row.

    Examples
    --------
    >>> spans = LabelSpan(decided_at=["2020-01-01", "2020-01-02"], closes_at=["2020-01-02", "NaT"])
    >>> spans.known_by(np.datetime64("2020-01-02")).tolist()
    [True, False]
    """

    decided_at: TimeArray
    closes_at: TimeArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "decided_at", frozen_times(self.decided_at))
        object.__setattr__(self, "closes_at", frozen_times(self.closes_at))
        if self.decided_at.shape != self.closes_at.shape:
            raise LabelShapeMismatch("closes_at", self.decided_at.shape, self.closes_at.shape)

    def __len__(self) -> int:
        return len(self.decided_at)

    @property
    def closed(self) -> BoolArray:
        """Which labels have an outcome, bool of shape (n_rows,)."""
        return ~np.isnat(self.closes_at)

    def known_by(self, instant: np.datetime64) -> BoolArray:
        """Return which labels are known at an instant, bool of shape (n_rows,).

        A label that closes exactly then is known: decisions are made at closes, too.
        """
        known: BoolArray = self.closes_at <= instant
        return known
