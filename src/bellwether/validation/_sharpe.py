"""Sharpe ratios and what they are worth: probabilistic, deflated, minimum track record."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from bellwether.arrays import FloatArray
from bellwether.validation._errors import UnusableOptions

EULER_MASCHERONI = 0.5772156649015329


def sharpe_ratio(net: FloatArray) -> float | None:
    """Return mean over standard deviation (ddof 1) of net returns, per bar.

    Multiply by the square root of the bars in a year to annualise.

    Parameters
    ----------
    net : float64 array of shape (n_bars,)

    Returns
    -------
    ratio : float or None
        None with fewer than two bars or where nothing moves.
    """
    if len(net) < 2 or not np.isfinite(net).all():
        return None
    deviation = float(np.std(net, ddof=1))
    return float(np.mean(net)) / deviation if deviation > 1e-12 * np.abs(net).max() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpeMoments:
    """What the distribution of a Sharpe ratio depends on, all per bar.

    Parameters
    ----------
    sharpe : float
    n_bars : int
    skew : float
    kurtosis : float
        Not in excess: 3 for a normal.
    """

    sharpe: float
    n_bars: int
    skew: float = 0.0
    kurtosis: float = 3.0

    @property
    def variance(self) -> float:
        """Variance of the estimated ratio times (n_bars - 1)."""
        tilt = 1.0 - self.skew * self.sharpe
        return tilt + (self.kurtosis - 1.0) / 4.0 * self.sharpe**2


def sharpe_moments(net: FloatArray) -> SharpeMoments | None:
    """Return the Sharpe ratio of net returns with their skew and kurtosis; None if undefined."""
    sharpe = sharpe_ratio(net)
    if sharpe is None:
        return None
    standardised = (net - net.mean()) / net.std()
    return SharpeMoments(
        sharpe=sharpe,
        n_bars=len(net),
        skew=float(np.mean(standardised**3)),
        kurtosis=float(np.mean(standardised**4)),
    )


def probabilistic_sharpe(moments: SharpeMoments, benchmark: float = 0.0) -> float | None:
    """Return the probability that the true Sharpe ratio lies above a benchmark.

    Parameters
    ----------
    moments : SharpeMoments
    benchmark : float
        Sharpe ratio per bar.

    Returns
    -------
    probability : float or None
        None where the variance estimate is not above zero.

    References
    ----------
    Bailey & Lopez de Prado (2012), The Sharpe ratio efficient frontier, equation 14.
    """
    if not moments.variance > 0.0 or moments.n_bars < 2:
        return None
    distance = (moments.sharpe - benchmark) * np.sqrt(moments.n_bars - 1.0)
    return float(ndtr(distance / np.sqrt(moments.variance)))


def expected_maximum_sharpe(n_trials: int, variance: float) -> float:
    """Return the Sharpe ratio that the best of many skill-less trials is expected to show.

    Parameters
    ----------
    n_trials : int
        Independent trials; one gives zero.
    variance : float
        Variance of the trials' Sharpe ratios, per bar.

    Returns
    -------
    sharpe : float
        Per bar.

    Raises
    ------
    UnusableOptions
        If there is no trial, or the variance is below zero.

    Examples
    --------
    >>> round(expected_maximum_sharpe(100, 0.5 / 250), 4)
    0.1132

    References
    ----------
    Bailey & Lopez de Prado (2014), The deflated Sharpe ratio; the numbers are its example.
    """
    if n_trials < 1:
        raise UnusableOptions("n_trials", "at least 1", str(n_trials))
    if variance < 0.0:
        raise UnusableOptions("variance", "at least 0", str(variance))
    if n_trials == 1:
        return 0.0
    weight = EULER_MASCHERONI
    best = (1.0 - weight) * ndtri(1.0 - 1.0 / n_trials)
    best += weight * ndtri(1.0 - 1.0 / (n_trials * np.e))
    return float(np.sqrt(variance) * best)


def deflated_sharpe(moments: SharpeMoments, n_trials: int, variance: float) -> float | None:
    """Return the probability that skill lies above what the best of the trials shows by luck.

    Parameters
    ----------
    moments : SharpeMoments
        Of the trial that was chosen.
    n_trials : int
    variance : float
        Variance of the trials' Sharpe ratios, per bar.

    Returns
    -------
    probability : float or None

    Examples
    --------
    >>> chosen = SharpeMoments(sharpe=2.5 / 250**.5, n_bars=1250, skew=-3.0, kurtosis=10.0)
    >>> round(deflated_sharpe(chosen, 100, 0.5 / 250), 4)
    0.9004

    References
    ----------
    Bailey & Lopez de Prado (2014), The deflated Sharpe ratio; the numbers are its example.
    """
    return probabilistic_sharpe(moments, expected_maximum_sharpe(n_trials, variance))


def minimum_track_record(moments: SharpeMoments, confidence: float = 0.95) -> float | None:
    """Return the bars needed before the Sharpe ratio is above zero with a confidence.

    Parameters
    ----------
    moments : SharpeMoments
    confidence : float

    Returns
    -------
    n_bars : float or None
        None where the ratio is not above zero: no track record will do.

    References
    ----------
    Bailey & Lopez de Prado (2012), The Sharpe ratio efficient frontier, equation 15.
    """
    if not moments.sharpe > 0.0:
        return None
    return float(1.0 + moments.variance * (ndtri(confidence) / moments.sharpe) ** 2)
