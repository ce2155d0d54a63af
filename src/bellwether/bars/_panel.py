"""Panel: the bars of several symbols on one common line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bellwether.arrays import FloatArray, IntArray, TimeArray
from bellwether.bars._bars import Bars
from bellwether.bars._errors import BarsContractBroken
from bellwether.hashing import digest_json


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Bars of one or more symbols with one interval.

    Parameters
    ----------
    bars : sequence of Bars
        At least one, each symbol once, all of one interval.

    Raises
    ------
    BarsContractBroken
        If there are no bars, a symbol comes twice, or intervals differ.

    Notes
    -----
    Knows: as Bars. A symbol without a bar at an instant is missing there; nothing is filled.
    """

    bars: Sequence[Bars]

    def __post_init__(self) -> None:
        object.__setattr__(self, "bars", tuple(self.bars))
        if not self.bars or not all(len(bars) for bars in self.bars):
            raise BarsContractBroken("the panel", None, "at least one bar a symbol", "none")
        if len(set(self.symbols)) != len(self.bars):
            raise BarsContractBroken("the panel", None, "each symbol once", ", ".join(self.symbols))
        intervals = sorted({bars.interval for bars in self.bars})
        if len(intervals) > 1:
            raise BarsContractBroken("the panel", None, "one interval", ", ".join(intervals))

    def __len__(self) -> int:
        return len(self.bars)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols, in the order given."""
        return tuple(bars.symbol for bars in self.bars)

    @property
    def interval(self) -> str:
        """Interval of every bar."""
        return self.bars[0].interval

    @property
    def has_volume(self) -> bool:
        """Whether every symbol has a volume."""
        return all(bars.has_volume for bars in self.bars)

    @cached_property
    def closed_at(self) -> TimeArray:
        """Every instant at which some symbol closed a bar, increasing, shape (n_times,)."""
        times = np.unique(np.concatenate([bars.closed_at for bars in self.bars]))
        times.flags.writeable = False
        return times

    @cached_property
    def positions(self) -> tuple[IntArray, ...]:
        """For each symbol, the place of its bars in `closed_at`, int64 of shape (n_bars,)."""
        return tuple(np.searchsorted(self.closed_at, bars.closed_at) for bars in self.bars)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the digests of the bars: the name of this snapshot."""
        return digest_json([bars.digest for bars in self.bars])

    @cached_property
    def lineage(self) -> tuple[str, ...]:
        """Fingerprints of every symbol, sorted (see Bars)."""
        return tuple(sorted({mark for bars in self.bars for mark in bars.lineage}))

    def align(self, values: Sequence[FloatArray]) -> FloatArray:
        """Lay one array a symbol onto the common line of time.

        Parameters
        ----------
        values : one float64 array of shape (n_bars,) a symbol

        Returns
        -------
        aligned : float64 array of shape (n_times, n_symbols)
            NaN where a symbol has no bar.
        """
        aligned = np.full((len(self.closed_at), len(self.bars)), np.nan)
        for column, (rows, series) in enumerate(zip(self.positions, values, strict=True)):
            aligned[rows, column] = series
        return aligned
