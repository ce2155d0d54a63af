"""The numbers a verdict reports, right in the corner cases; None where a number is undefined.

Out-of-sample and net of costs wherever they speak of earnings. No number in this module
promotes anything by itself: see the gate.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtr, ndtri

from bellwether.arrays import BoolArray, FloatArray, frozen_floats
from bellwether.validation._errors import ArraysDiffer

STRICT_HIT_SHARE = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its two-sided 95 % interval.

    Parameters
    ----------
    value, low, high : float
    n : float
        Independent observations behind it.
    """

    value: float
    low: float
    high: float
    n: float


def exact_proportion(n_hits: float, n: float, coverage: float = 0.95) -> Estimate | None:
    """Return a proportion with its exact (Clopper-Pearson) interval.

    Parameters
    ----------
    n_hits, n : float
        Hits among trials; fractions arise where overlapping outcomes are discounted.
    coverage : float
        Of the two-sided interval.

    Returns
    -------
    proportion : Estimate or None
        None where nothing was tried.

    Examples
    --------
    >>> estimate = exact_proportion(8, 10)
    >>> round(estimate.low, 4), round(estimate.high, 4)
    (0.4439, 0.9748)
    """
    if n <= 0:
        return None
    tail = (1.0 - coverage) / 2.0
    low = betaincinv(n_hits, n - n_hits + 1.0, tail) if n_hits > 0 else 0.0
    high = betaincinv(n_hits + 1.0, n - n_hits, 1.0 - tail) if n_hits < n else 1.0
    return Estimate(value=n_hits / n, low=float(low), high=float(high), n=float(n))


def directional_accuracy(
    direction: FloatArray, outcome: FloatArray, overlap_bars: float = 1.0
) -> Estimate | None:
    """Return the share of signals whose sign was right.

    Parameters
    ----------
    direction : float64 array
        Signals; zero and NaN abstain and do not count.
    outcome : float64 array of the same shape
        Return each signal was made for; zero is neither hit nor miss, NaN does not count.
    overlap_bars : float
        Bars each outcome spans: h overlapping outcomes count as one for the interval. Larger
        where symbols move together.

    Returns
    -------
    accuracy : Estimate or None
        None where no signal met a return.

    Examples
    --------
    >>> accuracy = directional_accuracy(np.array([1., 1., -1., 0.]), np.array([.1, 0., -.2, .3]))
    >>> accuracy.value, accuracy.n
    (1.0, 2.0)
    """
    _check_same_shape(direction, outcome)
    counts = _signed(direction) & _signed(outcome)
    n = int(counts.sum())
    n_hits = int((np.sign(direction[counts]) == np.sign(outcome[counts])).sum())
    return exact_proportion(n_hits / overlap_bars, n / overlap_bars)


def profit_factor(net: FloatArray) -> float | None:
    """Return what was won divided by what was lost.

    Parameters
    ----------
    net : float64 array of shape (n,)
        Net result of each bar (the contract's) or of each trade.

    Returns
    -------
    factor : float or None
        Infinite where nothing was lost, zero where nothing was won, None where neither.

    Examples
    --------
    >>> profit_factor(np.array([0.03, -0.01])), profit_factor(np.array([0.1, 0.0]))
    (3.0, inf)
    >>> profit_factor(np.zeros(3)) is None
    True
    """
    won = float(net[net > 0.0].sum())
    lost = -float(net[net < 0.0].sum())
    if not np.isfinite(won + lost) or np.isnan(net).any() or won + lost == 0.0:
        return None
    return won / lost if lost > 0.0 else float("inf")


def trade_results(position: FloatArray, net: FloatArray) -> FloatArray:
    """Return the net result of each trade: a run of bars with one position other than flat.

    Parameters
    ----------
    position, net : float64 arrays of shape (n_bars,)
        Position over each bar, and its net return. What it cost to go flat is on the bar
        after, and counts for the trade it closes.

    Returns
    -------
    results : float64 array of shape (n_trades,)

    Examples
    --------
    >>> net = np.array([0.01, 0.02, -0.005, 0.03])
    >>> trade_results(np.array([1.0, 1.0, 0.0, -1.0]), net).round(3).tolist()
    [0.025, 0.03]
    """
    _check_same_shape(position, net)
    begins = np.diff(position, prepend=0.0) != 0.0
    opened = np.cumsum(begins & (position != 0.0))
    return np.bincount(opened, weights=net, minlength=1)[1:].astype(np.float64)


def strict_hit_rate(predicted: FloatArray, actual: FloatArray) -> Estimate | None:
    """Return the share of predicted moves within 10 % of the actual move.

    Parameters
    ----------
    predicted, actual : float64 arrays of the same shape
        Returns; pairs with a NaN, or where nothing moved, do not count.

    Returns
    -------
    rate : Estimate or None
        None where nothing counts.

    Examples
    --------
    >>> strict_hit_rate(np.array([0.011, -0.01]), np.array([0.010, 0.010])).value
    0.5
    """
    _check_same_shape(predicted, actual)
    counts = _signed(actual) & ~np.isnan(predicted)
    # Moves of exactly 10 % off are hits; a few last places keep rounding from deciding.
    allowed = (STRICT_HIT_SHARE + 1e-9) * np.abs(actual[counts])
    hits = np.abs(predicted[counts] - actual[counts]) <= allowed
    return exact_proportion(int(hits.sum()), int(counts.sum()))


def information_coefficient(
    forecast: FloatArray, outcome: FloatArray, n_independent: float | None = None
) -> Estimate | None:
    """Return the correlation of forecast and outcome with Fisher's interval.

    Parameters
    ----------
    forecast, outcome : float64 arrays of the same shape
        Pairs with a NaN do not count.
    n_independent : float, optional
        Independent pairs, where symbols move together; all pairs by default.

    Returns
    -------
    correlation : Estimate or None
        None with fewer than 4 independent pairs, or where either side never moves.
    """
    _check_same_shape(forecast, outcome)
    both = ~np.isnan(forecast) & ~np.isnan(outcome)
    n = float(both.sum()) if n_independent is None else n_independent
    if n < 4.0 or both.sum() < 2:
        return None
    x, y = (side[both] - side[both].mean() for side in (forecast, outcome))
    scale = float(np.sqrt((x @ x) * (y @ y)))
    if not scale > 1e-300:
        return None
    correlation = float(np.clip((x @ y) / scale, -1.0, 1.0))
    centre = np.arctanh(np.clip(correlation, -1 + 1e-12, 1 - 1e-12))
    spread = float(ndtri(0.975)) / np.sqrt(n - 3.0)
    low, high = np.tanh(centre - spread), np.tanh(centre + spread)
    return Estimate(value=correlation, low=float(low), high=float(high), n=n)


def pesaran_timmermann(direction: FloatArray, outcome: FloatArray) -> tuple[float, float] | None:
    """Test whether signs agree more often than independent signs with the same shares would.

    Parameters
    ----------
    direction, outcome : float64 arrays of the same shape
        Zeros and NaN abstain.

    Returns
    -------
    statistic, p : pair of float, or None
        Normal statistic and one-sided p; None where either side has one sign only.

    References
    ----------
    Pesaran & Timmermann (1992), A simple nonparametric test of predictive performance; the
    term of order 1/n^2 is left out, which makes p a little larger.
    """
    _check_same_shape(direction, outcome)
    counts = _signed(direction) & _signed(outcome)
    n = int(counts.sum())
    if n < 2:
        return None
    up, forecast_up = outcome[counts] > 0.0, direction[counts] > 0.0
    p_up, p_forecast = float(up.mean()), float(forecast_up.mean())
    agreed = float((up == forecast_up).mean())
    expected = p_up * p_forecast + (1.0 - p_up) * (1.0 - p_forecast)
    spread_up = p_up * (1.0 - p_up)
    spread_forecast = p_forecast * (1.0 - p_forecast)
    by_chance = (2.0 * p_up - 1.0) ** 2 * spread_forecast
    by_chance += (2.0 * p_forecast - 1.0) ** 2 * spread_up
    variance = (expected * (1.0 - expected) - by_chance) / n
    if not spread_up * spread_forecast > 0.0 or not variance > 0.0:
        return None
    statistic = (agreed - expected) / float(np.sqrt(variance))
    return statistic, float(ndtr(-statistic))


def brier_score(probability: FloatArray, outcome: FloatArray) -> float | None:
    """Return the mean squared error of probabilities of a rise.

    Parameters
    ----------
    probability : float64 array
        Within 0 and 1; NaN does not count.
    outcome : float64 array of the same shape
        Returns; zero and NaN do not count.

    Returns
    -------
    score : float or None
        Zero is perfect, .25 is a coin; None where nothing counts.
    """
    _check_same_shape(probability, outcome)
    counts = _signed(outcome) & ~np.isnan(probability)
    if not counts.any():
        return None
    return float(np.mean((probability[counts] - (outcome[counts] > 0.0)) ** 2))


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationCurve:
    """What happened after probabilities of about the same size.

    Parameters
    ----------
    n : float64 array of shape (n_bins,)
        Forecasts in each bin, from the lowest probabilities to the highest.
    probability, share_up, low, high : float64 arrays of shape (n_bins,)
        Mean probability stated, share of rises with its exact 95 % interval.
    """

    n: FloatArray
    probability: FloatArray
    share_up: FloatArray
    low: FloatArray
    high: FloatArray


def calibration_curve(
    probability: FloatArray, outcome: FloatArray, n_bins: int = 10, overlap_bars: float = 1.0
) -> CalibrationCurve:
    """Return the calibration table of probabilities of a rise, in bins of equal size.

    Parameters
    ----------
    probability : float64 array
        Within 0 and 1; NaN does not count.
    outcome : float64 array of the same shape
        Returns; zero and NaN do not count.
    n_bins : int
        At most; fewer where there are fewer forecasts.
    overlap_bars : float
        Outcomes that count as one for the intervals.

    Returns
    -------
    curve : CalibrationCurve
        Without bins where nothing counts.
    """
    _check_same_shape(probability, outcome)
    counts = _signed(outcome) & ~np.isnan(probability)
    order = np.argsort(probability[counts], kind="stable")
    stated, rose = probability[counts][order], (outcome[counts] > 0.0)[order]
    bins = [rows for rows in np.array_split(np.arange(len(order)), max(n_bins, 1)) if rows.size]
    shares = [
        exact_proportion(int(rose[rows].sum()) / overlap_bars, rows.size / overlap_bars)
        for rows in bins
    ]
    known = [share for share in shares if share is not None]
    return CalibrationCurve(
        n=frozen_floats([rows.size for rows in bins]),
        probability=frozen_floats([stated[rows].mean() for rows in bins]),
        share_up=frozen_floats([share.value for share in known]),
        low=frozen_floats([share.low for share in known]),
        high=frozen_floats([share.high for share in known]),
    )


def _signed(values: FloatArray) -> BoolArray:
    signed: BoolArray = ~np.isnan(values) & (values != 0.0)
    return signed


def _check_same_shape(first: FloatArray, second: FloatArray) -> None:
    if first.shape != second.shape:
        raise ArraysDiffer(f"first {first.shape}", f"second {second.shape}")
