"""Bars: one symbol's regular OHLCV history, checked and frozen."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np

from bellwether.arrays import (
    FloatArray,
    TimeArray,
    first_row_not_finite,
    frozen_floats,
    frozen_times,
)
from bellwether.bars._errors import BarsContractBroken
from bellwether.bars._lineage import find_marks
from bellwether.hashing import digest_arrays, digest_bytes

PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")


@dataclass(frozen=True, kw_only=True, eq=False)
class Bars:
    """One symbol's bars at one interval, oldest first, every row within the data contract.

    Parameters
    ----------
    symbol : str
        Name of the market, as the user calls it.
    interval : str
        Length of a bar: a count and one of m, h, d, w ("1d").
    closed_at : datetime64[us] array of shape (n_bars,)
        UTC instant of each bar's close, strictly increasing.
    open, high, low, close : float64 arrays of shape (n_bars,)
        Prices in quote currency as traded, finite and above zero, high the highest and low
        the lowest of the four.
    volume : float64 array of shape (n_bars,)
        Units traded, finite, at least zero; all zeros where the market has no volume.
    adjustment : float64 array of shape (n_bars,), optional
        Factor that turns each traded price into the adjusted one, known at the last bar;
        all ones where left out or empty.

    Raises
    ------
    BarsContractBroken
        If an array has another length, a price is not finite and above zero, a volume is
        not finite or below zero, high or low are not the extremes, or times do not increase.

    Notes
    -----
    Knows: bar i is complete at `closed_at[i]` and not before.
    NaN: none accepted.

    Examples
    --------
    >>> bars = Bars(symbol="X", closed_at=["2020-01-02T21:00", "2020-01-03T21:00"],
    ...     open=[1, 2], high=[2, 3], low=[1, 2], close=[2, 3], volume=[10, 20])
    >>> len(bars), bars[1:].close.tolist()
    (2, [3.0])
    """

    symbol: str
    interval: str = "1d"
    closed_at: TimeArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    adjustment: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        times = frozen_times(self.closed_at)
        factors = self.adjustment if np.size(self.adjustment) else np.ones(len(times))
        columns = [np.asarray(getattr(self, name), dtype=np.float64) for name in COLUMNS]
        columns.append(np.asarray(factors, dtype=np.float64))
        is_even = times.ndim == 1 and all(column.shape == times.shape for column in columns)
        # One block for all columns: it is copied, frozen and looked over at once.
        kept = frozen_floats(columns) if is_even else [frozen_floats(one) for one in columns]
        object.__setattr__(self, "closed_at", times)
        for name, column in zip((*COLUMNS, "adjustment"), kept, strict=True):
            object.__setattr__(self, name, column)
        if not (is_even and _is_sound(times, np.asarray(kept))):
            _check_shapes(self)
            _check_times(self)
            _check_values(self)

    @classmethod
    def of_block(cls, symbol: str, interval: str, closed_at: TimeArray, block: FloatArray) -> Self:
        """Return the bars whose columns are the rows of one array, as the constructor would.

        Parameters
        ----------
        symbol, interval : str
        closed_at : datetime64[us] array of shape (n_bars,)
        block : float64 array of shape (6, n_bars)
            Open, high, low, close, volume and adjustment.

        Raises
        ------
        BarsContractBroken
            As the constructor.
        """
        times, kept = frozen_times(closed_at), frozen_floats(block)
        columns = dict(zip((*COLUMNS, "adjustment"), kept, strict=True))
        if times.shape != kept.shape[1:] or not _is_sound(times, kept):
            return cls(symbol=symbol, interval=interval, closed_at=times, **columns)
        bars = object.__new__(cls)
        vars(bars).update(columns, symbol=symbol, interval=interval, closed_at=times)
        return bars

    def __len__(self) -> int:
        return len(self.closed_at)

    def __getitem__(self, rows: slice) -> Self:
        """Return the bars of a slice (step 1 or None), sharing nothing that can be written."""
        columns = {
            name: getattr(self, name)[rows] for name in ("closed_at", *COLUMNS, "adjustment")
        }
        if getattr(rows, "step", 0) not in (None, 1):
            return type(self)(symbol=self.symbol, interval=self.interval, **columns)
        # Some of the rows of sound bars are sound bars: nothing is copied or checked again.
        part = object.__new__(type(self))
        vars(part).update(columns, symbol=self.symbol, interval=self.interval)
        if "matrix" in vars(self):
            vars(part)["matrix"] = self.matrix[rows]
        return part

    def __repr__(self) -> str:
        if not len(self):
            return f"Bars({self.symbol!r}, {self.interval!r}, empty)"
        first, last = (np.datetime_as_string(self.closed_at[i], unit="D") for i in (0, -1))
        return f"Bars({self.symbol!r}, {self.interval!r}, {len(self)} bars, {first} to {last})"

    @property
    def has_volume(self) -> bool:
        """Whether any bar traded a volume; markets without it use `core14`."""
        return bool(self.volume.any())

    @cached_property
    def matrix(self) -> FloatArray:
        """Adjusted bars as a read-only float64 array of shape (n_bars, 5).

        Columns are open, high, low, close, volume. Prices are multiplied by the factors
        known at the last bar; volumes stay as traded, since the features only ever compare
        them over a few weeks.
        """
        matrix = np.empty((len(self), len(COLUMNS)))
        for place, name in enumerate(PRICES):
            np.multiply(getattr(self, name), self.adjustment, out=matrix[:, place])
        matrix[:, -1] = self.volume
        matrix.flags.writeable = False
        return matrix

    @cached_property
    def digest(self) -> str:
        """SHA-256 of symbol, interval, times and every column: a snapshot's name."""
        head = digest_bytes(f"{self.symbol}\n{self.interval}".encode())
        columns = {name: getattr(self, name) for name in (*COLUMNS, "adjustment")}
        return digest_bytes(
            (
                head + digest_arrays({"closed_at": self.closed_at.astype(np.int64), **columns})
            ).encode()
        )

    @cached_property
    def lineage(self) -> tuple[str, ...]:
        """Fingerprints by which the trial ledger joins snapshots of one market; see find_marks."""
        return find_marks(self.matrix[:, 3], intraday=self.interval[-1] in "mh")


def _is_sound(times: TimeArray, block: FloatArray) -> bool:
    """Return whether all is well, at a glance; where it is not, the checks below say what."""
    if not times.size:
        return False
    instants = times.view(np.int64)
    opened, high, low, close, *_ = block
    sound = np.maximum(opened, close) <= high  # never where one of them is NaN
    sound &= np.minimum(opened, close) >= low
    sound[1:] &= instants[1:] > instants[:-1]  # NaT would be the smallest of them
    # The lowest of the prices, the highest of them, volume and adjustment stand for all six.
    least_low, _, least_volume, least_factor = block[2:].min(axis=1).tolist()
    most = block[1:].max(axis=1).tolist()
    return (
        not np.isnat(times[0])
        and bool(sound.all())
        and least_low > 0.0
        and least_volume >= 0.0
        and least_factor > 0.0
        and all(value < np.inf for value in most)
    )


def _check_shapes(bars: Bars) -> None:
    for name in (*COLUMNS, "adjustment"):
        shape = getattr(bars, name).shape
        if shape != bars.closed_at.shape or len(shape) != 1:
            raise BarsContractBroken(
                bars.symbol,
                None,
                f"one {name} for each of the {bars.closed_at.shape} times",
                f"an array of shape {shape}",
            )


def _check_times(bars: Bars) -> None:
    if np.isnat(bars.closed_at).any():
        row = int(np.flatnonzero(np.isnat(bars.closed_at))[0])
        raise BarsContractBroken(bars.symbol, row, "an instant in closed_at", "none")
    wrong = np.flatnonzero(np.diff(bars.closed_at.astype(np.int64)) <= 0)
    if wrong.size:
        row = int(wrong[0]) + 1
        raise BarsContractBroken(
            bars.symbol,
            row,
            f"a close after {bars.closed_at[row - 1]}",
            f"{bars.closed_at[row]}",
        )


def _check_values(bars: Bars) -> None:
    for name in (*COLUMNS, "adjustment"):
        values = getattr(bars, name)
        row = first_row_not_finite(values)
        if (
            row is None
            and (low := np.flatnonzero(values < 0 if name == "volume" else values <= 0)).size
        ):
            row = int(low[0])
        if row is not None:
            floor = "at least zero" if name == "volume" else "above zero"
            raise BarsContractBroken(bars.symbol, row, f"a finite {name} {floor}", f"{values[row]}")
    top = np.maximum(np.maximum(bars.open, bars.close), bars.low)
    bottom = np.minimum(np.minimum(bars.open, bars.close), bars.high)
    for name, wrong in (("high", bars.high < top), ("low", bars.low > bottom)):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            found = ", ".join(f"{price} {getattr(bars, price)[row]:g}" for price in PRICES)
            extreme = "highest" if name == "high" else "lowest"
            raise BarsContractBroken(bars.symbol, row, f"{name} to be the {extreme} price", found)
