"""The return over the next h bars: its size, its sign, and its size in units of volatility."""

import math
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray, IntArray, TimeArray, first_row_not_finite
from bellwether.hashing import digest_json
from bellwether.labels._errors import HorizonOutOfRange, LabelShapeMismatch, LabelStillOpen
from bellwether.labels._span import LabelSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSpec:
    """What a model predicts: part of its identity.

    Parameters
    ----------
    horizon_bars : int, default 1
        How many bars ahead of its decision the predicted return reaches.

    Raises
    ------
    HorizonOutOfRange
        If the horizon is no whole number from 1 on.

    Examples
    --------
    >>> LabelSpec(horizon_bars=5).digest == LabelSpec().digest
    False
    """

    horizon_bars: int = 1

    def __post_init__(self) -> None:
        _check_horizon(self.horizon_bars)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that makes the label what it is."""
        return digest_json({"label": "forward_return", "horizon_bars": self.horizon_bars})

    def spans(self, closed_at: TimeArray) -> LabelSpan:
        """Return when each bar's label is decided and when it is known.

        Parameters
        ----------
        closed_at : datetime64[us] array of shape (n_bars,)
            Closes of one symbol's bars, increasing.

        Returns
        -------
        spans : LabelSpan
            `closes_at` is NaT for the last `horizon_bars` bars: their labels are still open.
        """
        closes_at = np.full(len(closed_at), np.datetime64("NaT", "us"), dtype="datetime64[us]")
        closes_at[: -self.horizon_bars] = closed_at[self.horizon_bars :]
        return LabelSpan(decided_at=closed_at, closes_at=closes_at)


def forward_return(close: FloatArray, horizon_bars: int) -> FloatArray:
    """Return what each bar's close gains until the close some bars later.

    Parameters
    ----------
    close : float64 array of shape (n_bars,)
        Adjusted closing prices, oldest first, above zero.
    horizon_bars : int
        Bars ahead; at least 1.

    Returns
    -------
    returns : float64 array of shape (n_bars,)
        `close[t + h] / close[t] - 1`: simple return, not annualised.

    Raises
    ------
    HorizonOutOfRange
        If the horizon is no whole number from 1 on.

    Notes
    -----
    Knows: bars up to t + h; a label, never a feature.
    NaN: the last `horizon_bars` entries.

    Examples
    --------
    >>> forward_return(np.array([100.0, 110.0, 99.0]), 1).round(3).tolist()
    [0.1, -0.1, nan]
    """
    _check_horizon(horizon_bars)
    returns = np.full(len(close), np.nan)
    returns[:-horizon_bars] = close[horizon_bars:] / close[:-horizon_bars] - 1.0
    return returns


def direction(returns: FloatArray) -> IntArray:
    """Return the sign of each return: 1 up, -1 down, 0 unchanged.

    Parameters
    ----------
    returns : float64 array
        Finite: leave out the rows whose label is still open.

    Returns
    -------
    direction : int64 array of the same shape
        A zero return is neither a hit nor a miss for whoever predicted it.

    Raises
    ------
    LabelStillOpen
        If a return is NaN.

    Examples
    --------
    >>> direction(np.array([0.02, 0.0, -0.01])).tolist()
    [1, 0, -1]
    """
    row = first_row_not_finite(returns)
    if row is not None:
        raise LabelStillOpen(row)
    return np.sign(returns).astype(np.int64)


def volatility_scaled(returns: FloatArray, volatility: FloatArray, horizon_bars: int) -> FloatArray:
    """Return h-bar returns in units of the standard deviation expected of them.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,)
        Return from the close of bar t to the close of bar t + h.
    volatility : float64 array of shape (n_bars,)
        Standard deviation of one bar's return, known at the close of bar t, above zero.
    horizon_bars : int
        h; at least 1.

    Returns
    -------
    scaled : float64 array of shape (n_bars,)
        `returns / (volatility sqrt(h))`, without unit.

    Raises
    ------
    HorizonOutOfRange
        If the horizon is no whole number from 1 on.
    LabelShapeMismatch
        If there is not one volatility for each return.

    Notes
    -----
    Knows: bars up to t + h; a label, never a feature.
    NaN: where the return or the volatility is NaN.

    Examples
    --------
    >>> volatility_scaled(np.array([0.02, np.nan]), np.array([0.01, 0.01]), 4).tolist()
    [1.0, nan]
    """
    _check_horizon(horizon_bars)
    if returns.shape != volatility.shape:
        raise LabelShapeMismatch("volatility", returns.shape, volatility.shape)
    scaled: FloatArray = returns / (volatility * math.sqrt(horizon_bars))
    return scaled


def _check_horizon(horizon_bars: object) -> None:
    if type(horizon_bars) is not int or horizon_bars < 1:
        raise HorizonOutOfRange(horizon_bars)
