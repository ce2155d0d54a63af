"""Forecasts without skill: drawn without a look at the bars, or read off past prices alone.

Row i of every array is known before bar i.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.validation._statistics import past_mean, past_volatility

MEMORY = 0.9


def draw_forecasts(
    random: np.random.Generator, n_bars: int, n_forecasts: int, correlation: float = 0.0
) -> FloatArray:
    """Return forecasts that nobody made by looking at a market.

    Parameters
    ----------
    random : numpy.random.Generator
    n_bars, n_forecasts : int
    correlation : float, default 0
        Between any two of the forecasts; 0 to 1.

    Returns
    -------
    forecasts : float64 array of shape (n_bars, n_forecasts)
        Of unit variance, each an autoregression of .9 as slow signals are.
    """
    own = np.sqrt(1.0 - correlation) * random.standard_normal((n_bars, n_forecasts))
    news = own + np.sqrt(correlation) * random.standard_normal((n_bars, 1))
    return remember(news)


def remember(news: FloatArray) -> FloatArray:
    """Return unit-variance autoregressions of .9 along the first axis, from unit-variance news."""
    steps = np.sqrt(1.0 - MEMORY**2) * news
    steps[0] = news[0]
    for row in range(1, len(steps)):
        steps[row] += MEMORY * steps[row - 1]
    return np.asarray(steps)


def _momentum(close: FloatArray, window: int) -> FloatArray:
    return _later(_change(np.log(close), window))


def _contrarian(close: FloatArray, window: int) -> FloatArray:
    return -_momentum(close, window)


def _gap(close: FloatArray, window: int) -> FloatArray:
    sums = np.cumsum(np.concatenate([[0.0], close]))
    mean = np.full(len(close), np.nan)
    mean[window - 1 :] = (sums[window:] - sums[:-window]) / window
    return _later(close / mean - 1.0)


def _closing_gap(close: FloatArray, window: int) -> FloatArray:
    return -_gap(close, window)


def _cheapness(close: FloatArray, window: int) -> FloatArray:  # noqa: ARG001 - one form for all
    return _later(-np.log(close))


def _calm(close: FloatArray, window: int) -> FloatArray:  # noqa: ARG001 - one form for all
    return -past_volatility(_returns(close))


def _habit(close: FloatArray, window: int) -> FloatArray:  # noqa: ARG001 - one form for all
    return past_mean(_returns(close))


PRICE_FORECASTS: Mapping[str, tuple[Callable[[FloatArray, int], FloatArray], int]] = (
    MappingProxyType(
        {
            "momentum": (_momentum, 20),
            "contrarian": (_contrarian, 5),
            "gap to the mean": (_gap, 200),
            "gap to the mean, against it": (_closing_gap, 200),
            "minus the price": (_cheapness, 1),
            "calm is long": (_calm, 1),
            "running mean": (_habit, 1),
        }
    )
)
"""Forecasts made from the closes alone, each with the window it is usually made with, in bars."""


def forecast_from_prices(name: str, close: FloatArray, stretch: float = 1.0) -> FloatArray:
    """Return one of `PRICE_FORECASTS` over a market's closes.

    Parameters
    ----------
    name : str
        A key of `PRICE_FORECASTS`.
    close : float64 array of shape (n_bars,)
        Above zero, without a gap.
    stretch : float, default 1
        Of its window, which is at most a fifth of the history.

    Returns
    -------
    forecast : float64 array of shape (n_bars,)

    Notes
    -----
    Knows: closes before its own bar.
    NaN: before the first bar that it can be made for.
    """
    make, window = PRICE_FORECASTS[name]
    return make(close, max(min(round(stretch * window), len(close) // 5), 2))


def _returns(close: FloatArray) -> FloatArray:
    return np.append(np.nan, close[1:] / close[:-1] - 1.0)


def _change(values: FloatArray, window: int) -> FloatArray:
    changed = np.full(len(values), np.nan)
    changed[window:] = values[window:] - values[:-window]
    return changed


def _later(values: FloatArray) -> FloatArray:
    """Return what was known one bar later: the close of bar i serves the forecast of bar i + 1."""
    return np.append(np.nan, values[:-1])
