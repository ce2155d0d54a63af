"""Symbols of one bar: weighed by how alike they move, or each against the others.

Arrays are (n_bars, n_symbols), NaN where a symbol has no bar. Rows of one bar are never
independent: their products are summed before anything is made of them.
"""

from typing import Literal

import numpy as np

from bellwether.arrays import FloatArray

PanelSkill = Literal["clustered", "market_neutral"]
# Beyond it symbols are copies of each other, whose differences are rounding.
CLOSEST_AGREEMENT = 0.95


def past_agreement(scores: FloatArray) -> FloatArray:
    """Return how alike symbols have moved before each bar.

    Parameters
    ----------
    scores : float64 array of shape (n_bars, n_symbols)
        Scores of the returns of each bar.

    Returns
    -------
    agreement : float64 array of shape (n_bars, 1)
        Mean correlation of any two symbols' scores, from 0 to .95; 0 before the first pair.

    Notes
    -----
    Knows: bars before its own.
    """
    n_there = (~np.isnan(scores)).sum(axis=1)
    own = np.nansum(scores**2, axis=1)
    shared = np.nansum(scores, axis=1) ** 2 - own
    possible = np.cumsum(np.maximum(n_there - 1, 0) * own)
    alike = np.divide(np.cumsum(shared), possible, out=np.zeros(len(own)), where=possible > 0.0)
    before = np.concatenate([[0.0], alike[:-1]])
    return np.asarray(np.clip(before, 0.0, CLOSEST_AGREEMENT))[:, None]


def weigh_by_precision(scores: FloatArray, agreement: FloatArray) -> FloatArray:
    """Return the scores of each bar times the inverse of their correlation known before it.

    Parameters
    ----------
    scores : float64 array of shape (n_bars, n_symbols)
    agreement : float64 array of shape (n_bars, 1)
        Correlation of any two symbols, known before each bar.

    Returns
    -------
    weighed : float64 array of shape (n_bars, n_symbols)
        (score - agreement x sum / (1 + (n - 1) x agreement)) / (1 - agreement): what all
        symbols did together speaks once, and each one's own part speaks more clearly.

    Notes
    -----
    Knows: its own bar, as the scores do.
    NaN: where a score is.

    References
    ----------
    Generalised least squares with equal correlations.

    Examples
    --------
    >>> weigh_by_precision(np.array([[1.0, 2.0]]), np.array([[0.5]])).tolist()
    [[0.0, 2.0]]
    """
    n_there = (~np.isnan(scores)).sum(axis=1, keepdims=True)
    together = np.nansum(scores, axis=1, keepdims=True)
    common = agreement * together / (1.0 + np.maximum(n_there - 1, 0) * agreement)
    weighed: FloatArray = (scores - common) / (1.0 - agreement)
    return weighed


def against_others(values: FloatArray, present: FloatArray) -> FloatArray:
    """Return each bar's values less their mean over the symbols that are present.

    Parameters
    ----------
    values, present : float64 arrays of shape (n_bars, n_symbols)
        A symbol whose `present` is NaN stays out of its bar's mean, and its value is NaN.

    Returns
    -------
    relative : float64 array of shape (n_bars, n_symbols)
        A symbol that is alone on a bar is at zero.

    Examples
    --------
    >>> against_others(np.array([[1.0, 3.0, 9.0]]), np.array([[0.0, 0.0, np.nan]])).tolist()
    [[-1.0, 1.0, nan]]
    """
    taken = np.where(np.isnan(present), np.nan, values)
    n_there = (~np.isnan(taken)).sum(axis=1, keepdims=True)
    mean = np.nansum(taken, axis=1, keepdims=True) / np.maximum(n_there, 1)
    return np.asarray(taken - mean)
