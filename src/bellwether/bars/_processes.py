"""The processes behind the simulated worlds: shocks, clustering volatility, planted signals.

References
----------
Bollerslev 1986, "Generalized autoregressive conditional heteroskedasticity", eq. 2.
Glosten, Jagannathan and Runkle 1993, "On the relation between the expected value and the
volatility of the nominal excess return on stocks", eq. 9.
"""

import math
from collections import deque
from typing import Literal

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars._errors import WorldImpossible

Process = Literal["garch", "gjr"]

FREEDOM = 5
SIGNAL_MEMORY = 0.9
REVERSAL_BARS = 5

GJR_SHIFT = -0.35
GJR_SHIFTED_FRAC = 0.05
# Mean square of the negative shocks of `draw_shocks(..., "gjr")`; the test integrates it.
GJR_NEGATIVE_SQUARE = 0.5002944529


def draw_shocks(generator: np.random.Generator, n_shocks: int, process: Process) -> FloatArray:
    """Return independent shocks of zero mean and unit variance, shape (n_shocks,)."""
    shocks = generator.standard_t(FREEDOM, n_shocks) * math.sqrt((FREEDOM - 2) / FREEDOM)
    if process == "garch":
        return shocks
    shifted = generator.random(n_shocks) < GJR_SHIFTED_FRAC
    variance = 1.0 + GJR_SHIFT**2 * GJR_SHIFTED_FRAC * (1.0 - GJR_SHIFTED_FRAC)
    centred: FloatArray = shocks + GJR_SHIFT * (shifted - GJR_SHIFTED_FRAC)
    return centred / math.sqrt(variance)


def plant_exogenous(
    noise: FloatArray, news: FloatArray, strength: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Plant an autoregressive signal of its own into shocks.

    Parameters
    ----------
    noise, news : float64 arrays of shape (n_bars,)
        Independent unit-variance shocks of the market and of the signal.
    strength : float64 array of shape (n_bars,)
        Correlation of each bar's shock with the signal of the bar before.

    Returns
    -------
    shock, signal : float64 arrays of shape (n_bars,)
    """
    innovation = math.sqrt(1.0 - SIGNAL_MEMORY**2)
    signals = [float(news[0])]
    for fresh in news[1:].tolist():
        signals.append(SIGNAL_MEMORY * signals[-1] + innovation * fresh)
    signal = np.array(signals)
    before = np.concatenate([[0.0], signal[:-1]])
    shock: FloatArray = strength * before + np.sqrt(1.0 - strength**2) * noise
    return shock, signal


def plant_reversal(
    noise: FloatArray, information_coefficient: float, strength: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Plant minus the standardised sum of the last five shocks into the next one.

    Parameters
    ----------
    noise : float64 array of shape (n_bars,)
        Independent unit-variance shocks.
    information_coefficient : float
        Strength of the edge while it is there: sets the standardisation.
    strength : float64 array of shape (n_bars,)
        Correlation of each bar's shock with the signal of the bar before.

    Returns
    -------
    shock, signal : float64 arrays of shape (n_bars,)
    """
    deviation = reversal_deviation(information_coefficient)
    shocks, signals = [], []
    recent: deque[float] = deque([0.0] * REVERSAL_BARS, maxlen=REVERSAL_BARS)
    signal = 0.0
    for rho, fresh in zip(strength.tolist(), noise.tolist(), strict=True):
        shock = rho * signal + math.sqrt(1.0 - rho * rho) * fresh
        recent.append(shock)
        signal = -sum(recent) / deviation
        shocks.append(shock)
        signals.append(signal)
    return np.array(shocks), np.array(signals)


def variance_path(shock: FloatArray, process: Process) -> FloatArray:
    """Return h of each bar, long-run mean 1, from the shocks of the bars before."""
    negative, both, persistence = (0.0, 0.05, 0.93) if process == "garch" else (0.09, 0.01, 0.92)
    floor = 1.0 - both - persistence - negative * GJR_NEGATIVE_SQUARE
    variances, variance = [], 1.0
    for value in shock.tolist():
        variances.append(variance)
        reaction = both + (negative if value < 0 else 0.0)
        variance = floor + (reaction * value * value + persistence) * variance
    return np.array(variances)


def reversal_deviation(information_coefficient: float) -> float:
    """Return the standard deviation of the sum of five shocks that predict the sixth.

    Parameters
    ----------
    information_coefficient : float
        rho, the correlation of minus the standardised sum with the next shock.

    Returns
    -------
    deviation : float
        sqrt(5) for rho = 0, less for a reversal, more for a continuation.

    Raises
    ------
    WorldImpossible
        If no stationary market has so strong an edge.

    Notes
    -----
    The shocks e are an autoregression of order 5 whose coefficients all are -rho/s, with
    s^2 = 5 + 2 sum_k (5 - k) c_k and c the autocorrelations, which follow from the
    coefficients by Yule-Walker; s is the fixed point of the two.

    Examples
    --------
    >>> round(reversal_deviation(0.0) ** 2, 9)
    5.0
    """
    deviation = math.sqrt(REVERSAL_BARS)
    for _ in range(500):
        renewed = _deviation_given(-information_coefficient / deviation)
        if abs(renewed - deviation) < 1e-14:
            return renewed
        deviation = renewed
    raise WorldImpossible(
        "an information coefficient that a stationary reversal can have",
        f"{information_coefficient}",
    )


def _deviation_given(weight: float) -> float:
    """Return sd(e_1 + ... + e_5) for unit-variance shocks with five equal weights."""
    order = REVERSAL_BARS
    # Yule-Walker: c_k = weight * sum_j c_|k-j| for k = 1 ... 5, with c_0 = 1.
    system, known = np.eye(order), np.full(order, weight)
    for lag in range(1, order + 1):
        for step in range(1, order + 1):
            if step != lag:
                system[lag - 1, abs(lag - step) - 1] -= weight
    correlation = np.linalg.solve(system, known)[: order - 1]
    variance = order + 2.0 * float(np.arange(order - 1, 0, -1) @ correlation)
    if not (variance > 0 and np.all(np.abs(correlation) < 1)):
        raise WorldImpossible("shocks that stay stationary", f"a weight of {weight:g} on each")
    return math.sqrt(variance)
