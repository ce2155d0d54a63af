"""Stretches: rows of histories and the places of their values, as the machine takes them.

A stretch is nine whole numbers: where its history lies, and how many bytes bars and columns are
apart there; where the first of its values goes, and how many bytes lines and columns are apart
there; how many bytes symbols are apart that go side by side; its first row and the one after its
last.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import FloatArray, IntArray

_N_NUMBERS = 9
# A worker takes one such part of what is left at a time, so that all are done at the same time.
_PARTS = 4


def new_stretches(n: int) -> IntArray:
    """Return room for some stretches, int64 of shape (n, 9), zeros."""
    return np.zeros((n, _N_NUMBERS), dtype=np.int64)


def tell_panel(panel: FloatArray) -> IntArray:
    """Return where the symbols of a panel lie, as the machine tells it of one after another.

    Returns
    -------
    told : int64 array of shape (n_symbols, 3)
    """
    told = np.empty((len(panel), 3), dtype=np.int64)
    told[:, 0] = panel.ctypes.data + np.arange(len(panel)) * panel.strides[0]
    told[:, 1:] = panel.strides[1:]
    return told


def cut_stretches(told: IntArray, lengths: IntArray, values: NDArray[Any], n_rows: int) -> IntArray:
    """Return the stretches of some histories, each of so many rows or fewer.

    Parameters
    ----------
    told : int64 array of shape (n_histories, 3)
        Where each begins, and the bytes from bar to bar and from column to column. All must stay
        where they are as long as the stretches are in use.
    lengths : int64 array of shape (n_histories,)
        Bars of each.
    values : array of shape (n_bars of all histories, n_values)
        This must stay too.
    n_rows : int

    Returns
    -------
    stretches : int64 array of shape (n_stretches, 9)
    """
    whose = np.repeat(np.arange(len(told)), -(-lengths // n_rows))
    start = (np.arange(len(whose)) - np.searchsorted(whose, whose)) * n_rows
    before = (np.cumsum(lengths) - lengths)[whose] + start
    stretches = new_stretches(len(whose))
    stretches[:, :3] = told[whose]
    stretches[:, 3] = values.ctypes.data + before * values.strides[0]
    stretches[:, 4:6] = values.strides
    stretches[:, 7] = start
    stretches[:, 8] = np.minimum(start + n_rows, lengths[whose])
    return stretches


def deal(stretches: IntArray, n_workers: int, most_rows: int) -> Iterator[IntArray]:
    """Yield stretches in turn, a few at a time and at the end one by one.

    Parameters
    ----------
    stretches : int64 array of shape (n_stretches, 9)
    n_workers : int
    most_rows : int
        Rows of a share, unless a single stretch has more.
    """
    stops = np.cumsum(stretches[:, 8] - stretches[:, 7])
    n_done, first = 0, 0
    while first < len(stretches):
        left = int(stops[-1]) - n_done
        n_wanted = most_rows if n_workers == 1 else min(left // (_PARTS * n_workers), most_rows)
        stop = int(np.searchsorted(stops, n_done + n_wanted, side="right"))
        stop = max(stop, first + 1)
        yield stretches[first:stop]
        first, n_done = stop, int(stops[stop - 1])
