"""The sweep: every cut of a history tried in a few dozen computations, by group testing.

Many bars far apart are altered at once. In a column that knows only its past, what an altered
bar does begins with that bar and then stays or fades without a jump; a peek shows as a jump in
the few bars before one. What looks like one is then tried alone and exactly, so that the sweep
accuses nobody.
"""

from collections.abc import Collection, Iterator

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.samples._alterations import change_bars
from bellwether.samples._suspect import Suspect

# Bars before an altered one at which a jump counts: the longest peek that surely shows.
SWEPT_BARS = 20
# Cuts tried alone for each column and sweep, strongest first, and for all columns.
PER_COLUMN = 6
IN_ALL = 60
SIZES = (1.08, 0.93)


def find_suspicious_cuts(suspect: Suspect, settled: Collection[int]) -> tuple[list[int], int]:
    """Return cuts at which some column seems to peek, and how many bars were swept.

    Parameters
    ----------
    suspect : Suspect
    settled : collection of int
        Columns that are found already and not asked again.

    Returns
    -------
    cuts : list of int
        At most 60, the strongest of every column before any column's second.
    n_swept : int
        Bars before which a bar was altered and the values came back.
    """
    n_bars = len(suspect.truth)
    open_columns = [column for column in range(suspect.n_columns) if column not in settled]
    places: dict[int, tuple[int, float]] = {}
    swept: set[int] = set()
    for place, size in enumerate(SIZES):
        # Windows as long as the spacing end where peeks show: not so at both spacings.
        spacing = min(max(suspect.options.sweep_spacing_bars - 7 * place, 1), n_bars)
        scores = np.zeros((SWEPT_BARS, n_bars, suspect.n_columns))
        for offset in range(spacing):
            altered = np.arange(offset, n_bars, spacing)
            values = _alter(suspect, altered, size)
            if values is None:
                continue
            swept.update((altered[altered > 0] - 1).tolist())
            _score(suspect, values, altered, scores)
        # What shows before every bar is no rare peek, but a window's end or a memory that fades.
        scores -= 2.0 * np.median(scores, axis=1, keepdims=True)
        for cut, rank, score in _strongest(scores.max(axis=0)[:, open_columns]):
            places[cut] = min((rank, -score), places.get(cut, (rank, -score)))
    return sorted(places, key=lambda cut: places[cut])[:IN_ALL], len(swept)


def _alter(suspect: Suspect, altered: IntArray, size: float) -> FloatArray | None:
    rows = np.zeros(len(suspect.truth), dtype=np.bool_)
    rows[altered] = True
    factors = np.full(len(rows), size)
    changed = change_bars(suspect.history, rows, factors, factors**6)
    return suspect.compute_again(changed)


def _score(suspect: Suspect, values: FloatArray, altered: IntArray, scores: FloatArray) -> None:
    """Note, for bars just before an altered one, the jump they make against the largest move."""
    moved = np.where(suspect.differs(values, slice(None)), values - suspect.truth, 0.0)
    lost = np.isnan(values) != np.isnan(suspect.truth)
    moved = np.nan_to_num(moved, nan=0.0, posinf=1e300, neginf=-1e300)
    size = np.maximum(np.abs(moved).max(axis=0), np.finfo(np.float64).tiny)
    jump = np.abs(np.diff(moved / size, axis=0, prepend=0.0))
    jump = np.where(lost, 1.0, jump)
    for ahead in range(1, SWEPT_BARS + 1):
        rows = altered - ahead - suspect.horizon_bars
        rows = rows[(rows >= 0) & (rows + suspect.horizon_bars >= 0)]
        cuts = rows + suspect.horizon_bars
        scores[ahead - 1, cuts] = np.fmax(scores[ahead - 1, cuts], jump[rows])


def _strongest(scores: FloatArray) -> Iterator[tuple[int, int, float]]:
    """Yield the first few cuts of each column, with their rank in it and their score."""
    for column in scores.T:
        order = np.argsort(-column, kind="stable")[:PER_COLUMN].tolist()
        for rank, cut in enumerate(order):
            if column[cut] > 0.0:
                yield cut, rank, float(column[cut])
