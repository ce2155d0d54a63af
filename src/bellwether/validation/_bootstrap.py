"""The stationary bootstrap: which rows a resample is made of."""

import numpy as np

from bellwether.arrays import FloatArray, IntArray

MEAN_BLOCK_BARS = 20.0


def resample_rows(
    n_bars: int, n_resamples: int, mean_block_bars: float = MEAN_BLOCK_BARS, seed: int = 0
) -> IntArray:
    """Return rows of stationary bootstrap resamples: blocks of random length, laid end to end.

    Parameters
    ----------
    n_bars : int
        Rows of the series; the block after the last row goes on with the first.
    n_resamples : int
    mean_block_bars : float
        Mean of the geometric lengths; at least 1.
    seed : int

    Returns
    -------
    rows : int64 array of shape (n_resamples, n_bars)

    References
    ----------
    Politis & Romano (1994), The stationary bootstrap.
    """
    random = np.random.default_rng(seed)
    fresh = random.random((n_resamples, n_bars)) < 1.0 / mean_block_bars
    fresh[:, 0] = True
    begins = np.flatnonzero(fresh)
    lengths = np.diff(begins, append=fresh.size)
    # Each block runs on from a row of its own; all are counted as one long line.
    shifts = random.integers(0, n_bars, len(begins)) - begins
    rows: IntArray = (np.repeat(shifts, lengths) + np.arange(fresh.size)) % n_bars
    return rows.reshape(n_resamples, n_bars)


def count_rows(rows: IntArray) -> FloatArray:
    """Return how often each row stands in each resample: sums become matrix products.

    Parameters
    ----------
    rows : int64 array of shape (n_resamples, n_bars)

    Returns
    -------
    counts : float64 array of shape (n_resamples, n_bars)

    Examples
    --------
    >>> count_rows(np.array([[0, 0, 2]])).tolist()
    [[2.0, 0.0, 1.0]]
    """
    n_resamples, n_bars = rows.shape
    places = rows + n_bars * np.arange(n_resamples)[:, None]
    counted = np.bincount(places.ravel(), minlength=n_resamples * n_bars)
    return counted.reshape(n_resamples, n_bars).astype(np.float64)


def resampled_profit_factors(net: FloatArray, rows: IntArray) -> FloatArray:
    """Return what was won over what was lost in each resample.

    Parameters
    ----------
    net : float64 array of shape (n_bars,)
    rows : int64 array of shape (n_resamples, n_bars)

    Returns
    -------
    factors : float64 array of shape (n_resamples,)
        Infinite where nothing was lost; NaN where nothing moved.
    """
    counts = count_rows(rows)
    won, lost = counts @ np.maximum(net, 0.0), counts @ np.maximum(-net, 0.0)
    factors = np.where(won > 0.0, np.inf, np.nan)
    return np.divide(won, lost, out=factors, where=lost > 0.0)


def resampled_drawdowns(net: FloatArray, rows: IntArray) -> FloatArray:
    """Return the deepest fall of the equity in each resample.

    Parameters
    ----------
    net : float64 array of shape (n_bars,)
        Return on capital of each bar; below -1 counts as -1.
    rows : int64 array of shape (n_resamples, n_bars)

    Returns
    -------
    drawdowns : float64 array of shape (n_resamples,)
        From 0 to 1.
    """
    equity = np.cumprod(1.0 + np.maximum(net[rows], -1.0), axis=1)
    peaks = np.maximum(np.maximum.accumulate(equity, axis=1), 1.0)
    drawdowns: FloatArray = np.max(1.0 - equity / peaks, axis=1)
    return drawdowns
