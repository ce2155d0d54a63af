"""What a forecast's horizon does to its skill and to its costs."""

import math


def mean_variance(horizon_bars: int, persistence: float) -> float:
    """Return the variance of the mean of the last h forecasts of unit variance.

    Parameters
    ----------
    horizon_bars : int
        h, at least 1.
    persistence : float
        Autocorrelation of the forecast from bar to bar, that of k bars being its k-th power.

    Examples
    --------
    >>> mean_variance(1, 0.9), mean_variance(4, 0.0), round(mean_variance(5, 0.9), 3)
    (1.0, 0.25, 0.852)
    """
    lags = range(1, horizon_bars)
    return (
        horizon_bars + 2.0 * sum((horizon_bars - k) * persistence**k for k in lags)
    ) / horizon_bars**2


def ic_of_horizon(ic: float, horizon_bars: int, persistence: float) -> float:
    """Return the IC that an h-bar forecast has over its h bars, by the one it has bar by bar.

    Parameters
    ----------
    ic : float
        Correlation of the mean of the last h forecasts with the return of the next bar: what
        the gate scores.
    horizon_bars : int
    persistence : float

    Returns
    -------
    ic : float
        Correlation of one forecast with the return of its h bars.

    Notes
    -----
    The mean of the last h forecasts has the covariance with the next bar that one forecast has
    with an h-th of its h bars, so the two differ by the standard deviations alone: by
    sqrt(h V), V the variance of the mean. A slow forecast is about sqrt(h) times better over
    its horizon than bar by bar.

    Examples
    --------
    >>> round(ic_of_horizon(0.05, 1, 0.9), 3), round(ic_of_horizon(0.05, 5, 0.9), 3)
    (0.05, 0.103)
    """
    return ic * math.sqrt(horizon_bars * mean_variance(horizon_bars, persistence))


def break_even_ic(
    persistence: float, cost_bps: float, volatility_per_bar: float, horizon_bars: int = 1
) -> float:
    """Return the skill whose earnings its own trading costs eat up.

    Parameters
    ----------
    persistence : float
        Autocorrelation of the forecast from bar to bar; the lower, the more it trades.
    cost_bps : float
        Cost of trading the whole capital once, in basis points.
    volatility_per_bar : float
        Of the market.
    horizon_bars : int, default 1
        Bars a signal is made for and held; the position is the mean of so many.

    Returns
    -------
    ic : float
        Bar by bar, as the gate scores it.

    Notes
    -----
    A position in proportion to a standardised forecast of normal steps earns IC x volatility.
    The mean of h forecasts changes by an h-th of the difference of two that are h bars apart,
    so it trades sqrt(2 (1 - persistence^h)) sqrt(2 / pi) / (h sqrt(V)) of itself each bar, V the
    variance of the mean: about h times less than a new forecast each bar would.

    References
    ----------
    Jegadeesh & Titman 1993: overlapping portfolios, an h-th renewed each bar. Qian, Sorensen &
    Hua 2007, "Information horizon, portfolio turnover, and optimal alpha models": turnover in
    proportion to sqrt(1 - autocorrelation).

    Examples
    --------
    >>> [round(break_even_ic(0.9, 5.0, 0.0113, h), 4) for h in (1, 5, 20)]
    [0.0158, 0.0069, 0.0031]
    """
    change = math.sqrt(2.0 * (1.0 - persistence**horizon_bars)) * math.sqrt(2.0 / math.pi)
    size = horizon_bars * math.sqrt(mean_variance(horizon_bars, persistence))
    return cost_bps * 1e-4 * change / size / volatility_per_bar
