"""What remains of the best of many: superior predictive ability, and overfitting by choice."""

from itertools import combinations

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.validation._bootstrap import count_rows, resample_rows
from bellwether.validation._errors import ArraysDiffer, UnusableOptions

N_RESAMPLES = 1000
N_BLOCKS = 16
SPLITS_AT_ONCE = 2048


def superior_predictive_ability(excess: FloatArray, rows: IntArray | None = None) -> float | None:
    """Test whether the best of several candidates beats a benchmark, their number allowed for.

    Parameters
    ----------
    excess : float64 array of shape (n_bars, n_candidates)
        What each candidate earned beyond the benchmark on each bar.
    rows : int64 array of shape (n_resamples, n_bars), optional
        Rows of bootstrap resamples; 1,000 stationary ones with blocks of 20 bars on average
        by default, the same every time.

    Returns
    -------
    p : float or None
        Hansen's consistent p-value; never zero: (1 + resamples that reach it) over
        (1 + resamples). None where no candidate's excess moves.

    Notes
    -----
    Knows: every bar it is given.
    NaN: none accepted.
    Cost: one product of (n_resamples, n_bars) and (n_bars, n_candidates).

    References
    ----------
    Hansen (2005), A test for superior predictive ability: the studentised statistic; the
    deviations are those of the bootstrap's own means.
    """
    n_bars = len(excess)
    rows = resample_rows(n_bars, N_RESAMPLES) if rows is None else rows
    if rows.shape[1] != n_bars:
        raise ArraysDiffer(f"excess {excess.shape}", f"rows {rows.shape}")
    mean = excess.mean(axis=0)
    resampled = count_rows(rows) @ excess / n_bars
    deviation = resampled.std(axis=0)
    moves = deviation > 1e-12 * np.abs(excess).max(initial=0.0)
    if not moves.any() or n_bars < 3:
        return None
    mean, deviation, resampled = mean[moves], deviation[moves], resampled[:, moves]
    # A candidate far below the benchmark says nothing about the best one.
    hopeless = mean < -deviation * np.sqrt(2.0 * np.log(np.log(n_bars)))
    centred = (resampled - np.where(hopeless, 0.0, mean)) / deviation
    best = float(np.max(mean / deviation))
    n_reached = int((centred.max(axis=1) >= best).sum())
    return (1.0 + n_reached) / (1.0 + len(rows))


def overfitting_probability(net: FloatArray, n_blocks: int = N_BLOCKS) -> float | None:
    """Return how often the best of one half of the bars is below the median in the other half.

    Parameters
    ----------
    net : float64 array of shape (n_bars, n_candidates)
        Net return of each candidate on each bar.
    n_blocks : int
        Consecutive blocks the bars are cut into; even. Every choice of half of them is tried.

    Returns
    -------
    probability : float or None
        PBO: near 0 where the best stays the best, 1/2 where choosing means nothing. None with
        fewer than two candidates or fewer than two bars a block.

    Raises
    ------
    UnusableOptions
        If the number of blocks is odd or below 2.

    Notes
    -----
    Knows: every bar it is given.
    NaN: none accepted.
    Cost: C(16, 8) = 12,870 halves, a tenth of a second for 200 candidates.

    References
    ----------
    Bailey, Borwein, Lopez de Prado & Zhu (2015), The probability of backtest overfitting:
    combinatorially symmetric cross-validation with the Sharpe ratio. An exact median rank is
    not counted as below.
    """
    if n_blocks < 2 or n_blocks % 2:
        raise UnusableOptions("n_blocks", "an even number from 2 on", str(n_blocks))
    n_bars, n_candidates = net.shape
    if n_candidates < 2 or n_bars < 2 * n_blocks:
        return None
    blocks = np.array_split(net, n_blocks)
    parts = np.stack([[block.sum(axis=0), (block**2).sum(axis=0)] for block in blocks])
    sizes = np.array([len(block) for block in blocks], dtype=np.float64)
    halves = np.array(list(combinations(range(n_blocks), n_blocks // 2)))
    n_below = 0
    for begin in range(0, len(halves), SPLITS_AT_ONCE):
        some = halves[begin : begin + SPLITS_AT_ONCE]
        chosen = np.zeros((len(some), n_blocks))
        np.put_along_axis(chosen, some, 1.0, axis=1)
        inside, outside = (_sharpe_of(half, parts, sizes) for half in (chosen, 1.0 - chosen))
        best = inside.argmax(axis=1)[:, None]
        reached = np.take_along_axis(outside, best, axis=1)
        rank = (outside < reached).sum(axis=1) + ((outside == reached).sum(axis=1) + 1) / 2.0
        n_below += int((rank < (n_candidates + 1) / 2.0).sum())
    return n_below / len(halves)


def _sharpe_of(chosen: FloatArray, parts: FloatArray, sizes: FloatArray) -> FloatArray:
    """Return Sharpe ratios over the chosen blocks, from the blocks' sums; zero at rest."""
    n = (chosen @ sizes)[:, None]
    total, squares = chosen @ parts[:, 0], chosen @ parts[:, 1]
    spread = squares - total**2 / n
    moves = spread > 1e-12 * squares
    variance = np.where(moves, spread, 1.0) / (n - 1.0)
    ratio: FloatArray = np.where(moves, total / n / np.sqrt(variance), 0.0)
    return ratio
