"""Lineage: which histories are of the same market, whatever was cut, added or readjusted."""

import hashlib

import numpy as np

from bellwether.arrays import FloatArray

WINDOW_BARS = 12
ONE_IN = 32
LEAST_MOVES = 6
# Coarse enough that prices rounded to cents mostly fall into the same step, fine enough that
# twelve steps in a row are one market's own.
STEP_DAILY, STEP_INTRADAY = 1e-3, 1e-4
MARK_DIGITS = 12


def find_marks(close: FloatArray, *, intraday: bool) -> tuple[str, ...]:
    """Return fingerprints of a history's returns, for comparison with other histories.

    A fingerprint is the digest of twelve returns in a row, each rounded to a step; of all such
    windows one in 32 is kept, chosen by its own digest. So two histories that share a few months
    share fingerprints, wherever each begins and ends, whatever the clock time of the close, and
    after a readjustment for a dividend or a split.

    Parameters
    ----------
    close : float64 array of shape (n_bars,)
        Closing prices, oldest first, above zero.
    intraday : bool
        Whether bars are shorter than a day: returns are rounded to 1 basis point then, else
        to 10.

    Returns
    -------
    marks : tuple of str
        Sorted, each once. Windows in which the price hardly moves are left out.

    Notes
    -----
    Knows: every bar.

    References
    ----------
    Schleimer, Wilkerson, Aiken 2003, "Winnowing: local algorithms for document
    fingerprinting": selection by the fingerprint itself, here modulo a constant.

    Examples
    --------
    >>> prices = 100 * np.cumprod(1 + np.random.default_rng(1).normal(0, 0.01, 600))
    >>> marks = set(find_marks(prices, intraday=False))
    >>> set(find_marks(prices[200:500] * 0.97, intraday=False)) < marks
    True
    """
    step = STEP_INTRADAY if intraday else STEP_DAILY
    steps = np.round((close[1:] / close[:-1] - 1.0) / step).astype("<i8")
    marks = set()
    for start in range(len(steps) - WINDOW_BARS + 1):
        window = steps[start : start + WINDOW_BARS]
        if np.count_nonzero(window) < LEAST_MOVES:
            continue
        digest = hashlib.sha256(window.tobytes()).digest()
        if digest[0] % ONE_IN == 0:
            marks.add(digest.hex()[:MARK_DIGITS])
    return tuple(sorted(marks))
