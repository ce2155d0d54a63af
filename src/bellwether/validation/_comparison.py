"""Diebold-Mariano: whether one of two forecasts did better, bar by bar."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from bellwether.arrays import FloatArray
from bellwether.validation._errors import UnusableOptions
from bellwether.validation._metrics import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class DieboldMariano:
    """A mean difference with its test.

    Parameters
    ----------
    gain : Estimate
        Mean of the differences, above zero where the forecast did better.
    statistic : float
    p : float
        Chance of a statistic as large without any difference; one-sided.
    """

    gain: Estimate
    statistic: float
    p: float


def diebold_mariano(gain: FloatArray, horizon_bars: int = 1) -> DieboldMariano | None:
    """Test whether a forecast did better than another one.

    Parameters
    ----------
    gain : float64 array of shape (n_bars,)
        The other's loss less the forecast's own, or own result less the other's.
    horizon_bars : int
        Bars that each loss spans; at least 1.

    Returns
    -------
    test : DieboldMariano or None
        None with fewer than three bars or twice the horizon, or where nothing moves.

    Raises
    ------
    UnusableOptions
        If the horizon is below 1.

    Notes
    -----
    Knows: every bar it is given.
    NaN: makes the result None.
    The long-run variance has Bartlett weights over max(h - 1, cube root of n) lags: it cannot
    turn negative, as that of equal weights over h - 1 lags may.

    References
    ----------
    Diebold & Mariano (1995), Comparing predictive accuracy; Harvey, Leybourne & Newbold (1997),
    Testing the equality of prediction mean squared errors: factor and Student's t.
    """
    if horizon_bars < 1:
        raise UnusableOptions("horizon_bars", "at least 1", str(horizon_bars))
    n = len(gain)
    if n < max(3, 2 * horizon_bars) or not np.isfinite(gain).all():
        return None
    mean = float(gain.mean())
    variance = _long_run_variance(gain - mean, max(horizon_bars - 1, int(np.ceil(n ** (1 / 3)))))
    if not variance > 1e-24 * float(np.max(gain**2)):
        return None
    shrink = (n + 1.0 - 2.0 * horizon_bars + horizon_bars * (horizon_bars - 1.0) / n) / n
    error = float(np.sqrt(variance / n / shrink))
    reach = float(stdtrit(n - 1, 0.975)) * error
    return DieboldMariano(
        gain=Estimate(value=mean, low=mean - reach, high=mean + reach, n=float(n)),
        statistic=mean / error,
        p=float(stdtr(n - 1, -mean / error)),
    )


def _long_run_variance(deviation: FloatArray, n_lags: int) -> float:
    variance = float(deviation @ deviation)
    for lag in range(1, min(n_lags, len(deviation) - 1) + 1):
        weight = 1.0 - lag / (n_lags + 1.0)
        variance += 2.0 * weight * float(deviation[lag:] @ deviation[:-lag])
    return variance / len(deviation)
