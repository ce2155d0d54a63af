"""Duel: whether a challenger is better than the champion, however often one looks."""

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.monitor._errors import UnusableMonitorOption, UnusableObservation
from bellwether.monitor._scores import SCORE_CLIP, drift_of_accuracy

# Bets on the challenger, as shares of the largest that cannot lose everything.
DUEL_SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.55, 0.8)
MOST_DIFFERENCE = 2.0 * SCORE_CLIP


def duel_evidence(differences: FloatArray, horizon_bars: int = 1) -> FloatArray:
    """Return after each bar how strongly the bars so far speak for the challenger.

    Parameters
    ----------
    differences : float64 array of shape (..., n_bars)
        Challenger's score less the champion's of each bar, as `settled_score` gives them without
        weights, the mean over the symbols of the bar; in the order of the bars.
    horizon_bars : int, default 1
        Bars a prediction is made for; overlapping ones are dealt to as many phases.

    Returns
    -------
    evidence : float64 array of the same shape
        E-values: of challengers that are not better one in x ever gets to x, or fewer.

    Raises
    ------
    UnusableObservation
        If a difference is not within +/-5.
    UnusableMonitorOption
        If the horizon is below 1.

    Notes
    -----
    Knows: each value, the bars up to its own.
    The mean over bets of the wealth of a gambler who puts a fixed share on every bar's difference
    (Waudby-Smith and Ramdas 2024, section 4; Choe and Ramdas 2024 for forecasters). Symbols enter
    by the mean of a bar, so that no correlation between them is assumed. With one phase it is
    proven for a mean difference of zero or below given the past; over several, it is measured.

    Examples
    --------
    >>> duel_evidence(np.full(100, 0.5))[[9, 99]].round(1).tolist()
    [1.4, 350.7]
    """
    if horizon_bars < 1:
        raise UnusableMonitorOption("horizon_bars", "at least 1", f"{horizon_bars}")
    found = np.asarray(differences, dtype=np.float64)
    if not (np.abs(found) <= MOST_DIFFERENCE).all():
        raise UnusableObservation(f"differences within +/-{MOST_DIFFERENCE}", f"{found}"[:200])
    phase = np.arange(found.shape[-1]) % horizon_bars
    evidence = np.zeros_like(found)
    for share in DUEL_SHARES:
        steps = np.log1p(share / MOST_DIFFERENCE * found)
        for own in range(horizon_bars):
            evidence += np.exp(np.cumsum(np.where(phase == own, steps, 0.0), axis=-1))
    averaged: FloatArray = evidence / (len(DUEL_SHARES) * horizon_bars)
    return averaged


def score_of_points(points: float) -> float:
    """Return what some points of accuracy are worth as a difference of mean scores.

    Examples
    --------
    >>> round(score_of_points(1.0), 4)
    0.0204
    """
    return drift_of_accuracy(0.5 + points / 100.0)
