"""A simulated panel: symbols whose shocks and whose forecasts go together, with a planted skill."""

import math

import numpy as np
from scipy.special import ndtr, stdtrit

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import Bars, Panel
from bellwether.validation import draw_forecasts

YEAR, BURN_IN_BARS, DRIFT, VOLATILITY, FREEDOM = 252, 300, 0.08, 0.18, 5
REACTION, PERSISTENCE = 0.05, 0.93
FIRST_DAY = np.datetime64("2000-01-03", "D")


def panel_world(
    random: np.random.Generator,
    *,
    n_symbols: int,
    n_bars: int,
    information_coefficient: float,
    correlation: float,
) -> tuple[Panel, FloatArray]:
    """Simulate symbols with GARCH-t5 returns that follow a forecast each.

    Parameters
    ----------
    random : numpy.random.Generator
    n_symbols, n_bars : int
    information_coefficient : float
        Correlation of each forecast with its symbol's shock.
    correlation : float
        Of any two symbols' shocks, by a Gaussian copula that leaves each exactly t5, and of any
        two forecasts.

    Returns
    -------
    panel : Panel
    forecast : float64 array of shape (n_bars, n_symbols)
        Row i known before bar i.
    """
    shape = (BURN_IN_BARS + n_bars, n_symbols)
    normal = math.sqrt(correlation) * random.standard_normal((shape[0], 1))
    normal = normal + math.sqrt(1.0 - correlation) * random.standard_normal(shape)
    noise = stdtrit(FREEDOM, ndtr(normal)) * math.sqrt((FREEDOM - 2) / FREEDOM)
    forecast = draw_forecasts(random, shape[0], n_symbols, correlation)
    rho = information_coefficient
    shock = rho * forecast + math.sqrt(1.0 - rho**2) * noise
    volatility = VOLATILITY / math.sqrt(YEAR) * np.sqrt(_variances(shock))
    returns = np.maximum(DRIFT / YEAR + volatility * shock, -0.5)[BURN_IN_BARS:]
    closed_at = np.busday_offset(FIRST_DAY, np.arange(n_bars)).astype("datetime64[us]")
    bars = [
        _dress(f"S{column}", closed_at, returns[:, column], random) for column in range(n_symbols)
    ]
    return Panel(bars=bars), forecast[BURN_IN_BARS:]


def _variances(shock: FloatArray) -> FloatArray:
    """Return each bar's variance in units of its mean, known before the bar."""
    variances = np.ones(shock.shape)
    floor = 1.0 - REACTION - PERSISTENCE
    for row in range(1, len(shock)):
        before = variances[row - 1]
        variances[row] = floor + (REACTION * shock[row - 1] ** 2 + PERSISTENCE) * before
    return variances


def _dress(
    symbol: str, closed_at: TimeArray, returns: FloatArray, random: np.random.Generator
) -> Bars:
    close: FloatArray = 100.0 * np.cumprod(1.0 + returns, dtype=np.float64)
    opened = np.concatenate([[100.0], close[:-1]])
    above, below = np.abs(random.standard_normal((2, len(close)))) * 0.005
    return Bars(
        symbol=symbol,
        closed_at=closed_at,
        open=opened,
        high=np.maximum(opened, close) * np.exp(above),
        low=np.minimum(opened, close) * np.exp(-below),
        close=close,
        volume=np.rint(random.lognormal(math.log(1e6), 0.35, len(close))),
    )
