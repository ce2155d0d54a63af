"""Ways to alter the bars after a cut: what is at or before it stays, bit for bit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.bars import COLUMNS, Bars

PRICES = COLUMNS[:4]

Alteration: TypeAlias = Callable[["History", int, int], "History"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """Bars with whatever columns were laid beside them.

    Parameters
    ----------
    bars : Bars
    imported : mapping of str to float64 array of shape (n_bars,)
    """

    bars: Bars
    imported: Mapping[str, FloatArray]

    def take(self, rows: IntArray) -> "History":
        """Return some of the bars, in order."""
        bars = self.bars
        names = ("closed_at", *COLUMNS, "adjustment")
        kept = replace(bars, **{name: getattr(bars, name)[rows] for name in names})
        imported = {name: column[rows] for name, column in self.imported.items()}
        return History(bars=kept, imported=MappingProxyType(imported))

    def upto(self, cut: int) -> "History":
        """Return the bars up to and including the cut."""
        imported = {name: column[: cut + 1] for name, column in self.imported.items()}
        return History(bars=self.bars[: cut + 1], imported=MappingProxyType(imported))


def change_bars(
    history: History, rows: BoolArray, prices: FloatArray, volume: FloatArray
) -> History:
    """Multiply prices (one factor a bar) and volumes of some bars.

    Parameters
    ----------
    history : History
    rows : bool array of shape (n_bars,)
    prices, volume : float64 arrays of shape (n_bars,)
        Factors, above zero.
    """
    bars = history.bars
    factor = np.where(rows, prices, 1.0)
    columns = {name: getattr(bars, name) * factor for name in PRICES}
    columns["volume"] = np.where(rows, (bars.volume + 1.0) * volume, bars.volume)
    imported = {
        name: np.where(rows, column * prices + (prices - 1.0) * _spread(column), column)
        for name, column in history.imported.items()
    }
    return History(bars=replace(bars, **columns), imported=MappingProxyType(imported))


def replaced(history: History, cut: int, seed: int) -> History:
    """Put other valid bars in the place of each later one."""
    bars, later = history.bars, _later(history, cut)
    # One draw for every bar, so that a longer future differs from a shorter in its bars alone.
    draws = np.random.default_rng(seed).normal(size=(4, len(bars)))
    low = bars.low * np.exp(0.3 * draws[0] - 0.05)
    spread = 1.0 + 0.02 * np.exp(draws[1])
    share = 1.0 / (1.0 + np.exp(-2.0 * draws[2:]))
    columns = {
        "low": low,
        "high": low * spread,
        "open": low * (1.0 + (spread - 1.0) * np.minimum(share[0], 0.99)),
        "close": low * (1.0 + (spread - 1.0) * np.minimum(share[1], 0.99)),
        "volume": (bars.volume + 1.0) * np.exp(draws[2]),
    }
    put = {name: np.where(later, column, getattr(bars, name)) for name, column in columns.items()}
    imported = {
        name: np.where(later, column + _spread(column) * draws[3], column)
        for name, column in history.imported.items()
    }
    return History(bars=replace(bars, **put), imported=MappingProxyType(imported))


def mirrored(history: History, cut: int, seed: int) -> History:  # noqa: ARG001 - all are called alike
    """Turn every later rise into a fall of the same size, and every fall into a rise."""
    bars, later = history.bars, _later(history, cut)
    pivot = bars.close[cut] ** 2
    turned = {"open": "open", "high": "low", "low": "high", "close": "close"}
    columns = {
        name: np.where(later, pivot / getattr(bars, source), getattr(bars, name))
        for name, source in turned.items()
    }
    imported = {
        name: np.where(later, 2.0 * column[cut] - column, column)
        for name, column in history.imported.items()
    }
    return History(bars=replace(bars, **columns), imported=MappingProxyType(imported))


def scaled(history: History, cut: int, seed: int) -> History:  # noqa: ARG001
    """Multiply later prices and volumes by eight."""
    eight = np.full(len(history.bars), 8.0)
    return change_bars(history, _later(history, cut), eight, eight)


def shrunk(history: History, cut: int, seed: int) -> History:  # noqa: ARG001
    """Divide later prices and volumes by eight."""
    eighth = np.full(len(history.bars), 0.125)
    return change_bars(history, _later(history, cut), eighth, eighth)


def permuted(history: History, cut: int, seed: int) -> History:
    """Put the later bars in another order."""
    n = len(history.bars)
    order = np.arange(n)
    order[cut + 1 :] = np.random.default_rng(seed).permutation(order[cut + 1 :])
    names = (*COLUMNS, "adjustment")
    columns = {name: getattr(history.bars, name)[order] for name in names}
    imported = {name: column[order] for name, column in history.imported.items()}
    return History(bars=replace(history.bars, **columns), imported=MappingProxyType(imported))


def halted(history: History, cut: int, seed: int) -> History:  # noqa: ARG001
    """Let no later bar trade: one price, no volume, and nothing in the columns beside."""
    bars, later = history.bars, _later(history, cut)
    columns = {name: np.where(later, bars.close[cut], getattr(bars, name)) for name in PRICES}
    columns["volume"] = np.where(later, 0.0, bars.volume)
    imported = {name: np.where(later, np.nan, own) for name, own in history.imported.items()}
    return History(bars=replace(bars, **columns), imported=MappingProxyType(imported))


def traded_otherwise(history: History, cut: int, seed: int) -> History:
    """Change later volumes and nothing else."""
    draws = np.exp(np.random.default_rng(seed).normal(size=len(history.bars)))
    volume = np.where(
        _later(history, cut), (history.bars.volume + 1.0) * draws, history.bars.volume
    )
    return History(bars=replace(history.bars, volume=volume), imported=history.imported)


def thinned(history: History, cut: int, seed: int) -> History:
    """Leave out about half of the later bars."""
    kept = np.random.default_rng(seed).uniform(size=len(history.bars)) < 0.5
    return history.take(np.flatnonzero(kept | ~_later(history, cut)))


def removed(history: History, cut: int, seed: int) -> History:  # noqa: ARG001
    """Leave out every later bar."""
    return history.upto(cut)


def split_later(history: History, cut: int, seed: int) -> History:  # noqa: ARG001
    """Adjust what went before, as a split of two for one after the cut would."""
    factor = np.where(_later(history, cut), 1.0, 0.5)
    return History(
        bars=replace(history.bars, adjustment=history.bars.adjustment * factor),
        imported=history.imported,
    )


CHANGES: Mapping[str, Alteration] = MappingProxyType(
    {
        "replaced": replaced,
        "mirrored": mirrored,
        "scaled up": scaled,
        "scaled down": shrunk,
        "put in another order": permuted,
        "halted": halted,
        "given other volumes": traded_otherwise,
    }
)
LENGTHS: Mapping[str, Alteration] = MappingProxyType({"removed": removed, "thinned": thinned})
SPLIT: Mapping[str, Alteration] = MappingProxyType({"split": split_later})
ALTERATIONS: Mapping[str, Alteration] = MappingProxyType({**LENGTHS, **CHANGES, **SPLIT})


def _later(history: History, cut: int) -> BoolArray:
    return np.arange(len(history.bars)) > cut


def _spread(column: FloatArray) -> float:
    finite = column[np.isfinite(column)]
    return float(np.std(finite)) + 1e-9 if finite.size else 1.0
