"""A question about bars, as it comes in from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.bars import SessionCalendar


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """Bars that nobody has checked yet, and what is asked about them.

    Parameters
    ----------
    symbol, interval : str
    horizon_bars : int
    columns : mapping of str to array
        `closed_at` as datetime64[us], the prices and volumes as float64; NaN where there was
        no number. Lengths may differ: the data contract is the ladder's affair.
    calendar : SessionCalendar or None
    store_bars : bool, default False
        Whether the bars are to be kept with the answer; otherwise only their digest is.
    why_seconds : float or None, default None
        How long telling which features moved the answer may take; None where nobody asks.

    Notes
    -----
    Plain arrays and texts, so that it can cross to another process.
    """

    symbol: str
    interval: str
    horizon_bars: int
    columns: Mapping[str, NDArray[Any]]
    calendar: SessionCalendar | None
    store_bars: bool = False
    why_seconds: float | None = None

    @property
    def as_of(self) -> np.datetime64 | None:
        """Close of the last bar, where it has one."""
        times = self.columns["closed_at"]
        return None if not times.size or np.isnat(times[-1]) else times[-1]
