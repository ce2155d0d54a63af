"""The floors: forecasts that anybody has for nothing, and that a model must beat."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bellwether.arrays import FloatArray
from bellwether.models._options import RidgeOptions

_N_LAGS = 5


def always_up(returns: FloatArray) -> FloatArray:
    """Forecast one unit up, always: the position of buy and hold.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,)
        Close-to-close return of each bar.

    Returns
    -------
    forecast : float64 array of shape (n_bars,)
        Made at each bar's close, of the bars after it.
    """
    return np.ones(len(returns))


def past_mean(returns: FloatArray) -> FloatArray:
    """Forecast the mean return so far.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,)
        Close-to-close return of each bar; NaN counts as no move.

    Returns
    -------
    forecast : float64 array of shape (n_bars,)
        Made at each bar's close, of the bars after it.

    Examples
    --------
    >>> past_mean(np.array([0.0, 0.02, 0.04])).tolist()
    [0.0, 0.01, 0.02]
    """
    return np.cumsum(np.nan_to_num(returns)) / np.arange(1, len(returns) + 1)


def last_sign(returns: FloatArray) -> FloatArray:
    """Forecast that the next bar goes the way of this one: -1, 0 or 1.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,)
        Close-to-close return of each bar; NaN counts as no move.

    Returns
    -------
    forecast : float64 array of shape (n_bars,)
        Made at each bar's close, of the bars after it.
    """
    return np.sign(np.nan_to_num(returns))


def last_value(returns: FloatArray) -> FloatArray:
    """Forecast this bar's return once more.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,)
        Close-to-close return of each bar; NaN counts as no move.

    Returns
    -------
    forecast : float64 array of shape (n_bars,)
        Made at each bar's close, of the bars after it.
    """
    return np.asarray(np.nan_to_num(returns))


def autoregression(returns: FloatArray) -> FloatArray:
    """Forecast by ridge regression on the last five returns, refitted at every bar.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,)
        Close-to-close return of each bar; NaN counts as no move.

    Returns
    -------
    forecast : float64 array of shape (n_bars,)
        Made at each bar's close, of the bars after it; zero for the first five bars.

    Notes
    -----
    Knows: at bar t the pairs (last five returns, next return) whose next return is at most
    bar t's. The penalty is that of the `ridge` family. Cost: one 5 x 5 solve a bar.
    """
    known = np.nan_to_num(returns)
    forecast = np.zeros(len(known))
    if len(known) <= _N_LAGS:
        return forecast
    lagged = sliding_window_view(known, _N_LAGS)
    pairs = lagged[:-1]
    gram = np.cumsum(pairs[:, :, None] * pairs[:, None, :], axis=0)
    moment = np.cumsum(pairs * known[_N_LAGS:, None], axis=0)
    believed = RidgeOptions().prior_information_coefficient
    variance = np.cumsum(known**2)[_N_LAGS:] / np.arange(_N_LAGS + 1, len(known) + 1)
    penalty = _N_LAGS * (1.0 / believed**2 - 1.0) * variance + np.finfo(np.float64).tiny
    ridge = gram + penalty[:, None, None] * np.eye(_N_LAGS)
    coefficients = np.linalg.solve(ridge, moment[:, :, None])[:, :, 0]
    forecast[_N_LAGS:] = np.sum(lagged[1:] * coefficients, axis=1)
    return forecast


FLOORS: Mapping[str, Callable[[FloatArray], FloatArray]] = MappingProxyType(
    {
        "always_up": always_up,
        "autoregression": autoregression,
        "last_sign": last_sign,
        "last_value": last_value,
        "past_mean": past_mean,
    }
)
"""Every floor that is computed from returns alone, by name."""
