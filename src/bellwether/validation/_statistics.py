"""The statistics of the skill leg: what is known before each bar, and min4.

Everything at bar t is computed from bars before t and from the forecast made before t. Arrays
are (n_bars,) for one symbol or (n_bars, n_symbols) for a panel, NaN where a symbol has no bar;
a symbol's past is its own bars, gaps left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.validation._errors import ArraysDiffer

VOLATILITY_DECAY = 0.94
VOLATILITY_START_BARS = 60
STANDARDISE_FROM_BARS = 20
FORECAST_CLIP = 3.0
HALF_LIFE_BARS = 125.0
SMALLEST_VOLATILITY = 1e-12
# A variance below this share of the mean square is rounding, not movement.
ROUNDING_SHARE = 1e-12
# Up to so many columns, adding up plain numbers is faster than adding up rows.
FEW_COLUMNS = 8


def past_volatility(returns: FloatArray) -> FloatArray:
    """Return the volatility forecast for each bar from the bars before it.

    An exponentially weighted mean of squared returns, v' = .94 v + .06 r^2, started from the
    mean square of a symbol's first 60 bars.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Close-to-close returns, oldest first, NaN where a symbol has no bar.

    Returns
    -------
    volatility : float64 array of the same shape
        Return per bar, above zero.

    Notes
    -----
    Knows: bars before its own.
    NaN: where there is no bar, and on a symbol's first 60 bars, whose start value looks ahead.
    """
    return _by_symbol(_ewma_volatility, returns)


def past_mean(returns: FloatArray) -> FloatArray:
    """Return the mean of all returns before each bar.

    Parameters
    ----------
    returns : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Close-to-close returns, oldest first, NaN where a symbol has no bar.

    Returns
    -------
    mean : float64 array of the same shape
        Return per bar; zero on a symbol's first bar.

    Notes
    -----
    Knows: bars before its own.
    NaN: where there is no bar.

    Examples
    --------
    >>> past_mean(np.array([1.0, 3.0, 5.0])).tolist()
    [0.0, 1.0, 2.0]
    """
    return _by_symbol(_expanding_mean, returns)


def location_score(standardised: FloatArray) -> FloatArray:
    """Return 6 x / (3 + x^2), the location score of a unit-variance t5.

    Parameters
    ----------
    standardised : float64 array of any shape
        Returns divided by their volatility.

    Returns
    -------
    score : float64 array of the same shape
        Within -sqrt(3) and sqrt(3): one wild bar cannot decide.

    Examples
    --------
    >>> location_score(np.array([0.0, 1.0, 3.0])).tolist()
    [0.0, 1.5, 1.5]
    """
    scored: FloatArray = 6.0 * standardised / (3.0 + standardised**2)
    return scored


def standardise_expanding(forecast: FloatArray) -> FloatArray:
    """Standardise each forecast by the mean and deviation of all forecasts before it.

    Parameters
    ----------
    forecast : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Forecasts known before each bar, in any unit, NaN where there is none.

    Returns
    -------
    standardised : float64 array of the same shape
        Within -3 and 3; zero for a symbol's first 20 forecasts and while nothing has moved.

    Notes
    -----
    Knows: forecasts up to and including its own, no return.
    NaN: where there is no forecast.
    """
    return _by_symbol(lambda series: _standardise(series, 1.0), forecast)


def standardise_exponential(
    forecast: FloatArray, half_life_bars: float = HALF_LIFE_BARS
) -> FloatArray:
    """Standardise each forecast by the exponentially weighted forecasts before it.

    Parameters
    ----------
    forecast : float64 array of shape (n_bars,) or (n_bars, n_symbols)
        Forecasts known before each bar, in any unit, NaN where there is none.
    half_life_bars : float
        Age at which a forecast weighs half.

    Returns
    -------
    standardised : float64 array of the same shape
        Within -3 and 3; zero for a symbol's first 20 forecasts and while nothing has moved.

    Notes
    -----
    Knows: forecasts up to and including its own, no return.
    NaN: where there is no forecast.
    """
    keep = 0.5 ** (1.0 / half_life_bars)
    return _by_symbol(lambda series: _standardise(series, keep), forecast)


def t_statistic(first: FloatArray, second: FloatArray) -> float:
    """Return sum(c) / sqrt(sum(c^2)), c the products summed over the symbols of each bar.

    Parameters
    ----------
    first, second : float64 arrays of shape (n_bars,) or (n_bars, n_symbols)
        Forecast and score; a pair with a NaN counts for nothing.

    Returns
    -------
    t : float
        NaN where every product is zero.

    Notes
    -----
    Knows: every bar it is given.
    No centring and no autocorrelation correction: without skill the products are martingale
    differences. Symbols of one bar are never treated as independent.

    Examples
    --------
    >>> t_statistic(np.ones(4), np.array([1.0, 1.0, -1.0, 1.0]))
    1.0
    """
    return t_of_products(products_by_bar(first, second))


def products_by_bar(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the products of two arrays summed over symbols, float64 of shape (n_bars,)."""
    if first.shape != second.shape:
        raise ArraysDiffer(f"first {first.shape}", f"second {second.shape}")
    products = np.nan_to_num(first * second, nan=0.0)
    return products if products.ndim == 1 else np.asarray(products.sum(axis=1))


def t_of_products(products: FloatArray) -> float:
    """Return sum / sqrt(sum of squares) of a series; NaN where it is all zeros."""
    scale = float(np.sqrt(np.sum(products**2)))
    return float(np.sum(products)) / scale if scale > 0.0 else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStatistic:
    """The four t-statistics of the skill leg.

    Parameters
    ----------
    raw_expanding, centred_expanding, raw_exponential, centred_exponential : float
        T of the return as it is, or less its running past mean, with the forecast
        standardised by its expanding or by its exponentially weighted past.
    """

    raw_expanding: float
    centred_expanding: float
    raw_exponential: float
    centred_exponential: float

    @property
    def minimum(self) -> float:
        """The smallest of the four; NaN where any of them is."""
        four = (self.raw_expanding, self.centred_expanding)
        return float(np.min([*four, self.raw_exponential, self.centred_exponential]))


def min4(
    standardised: tuple[FloatArray, FloatArray], scores: tuple[FloatArray, FloatArray]
) -> SkillStatistic:
    """Return T for both standardisations of the forecast against both scores.

    Parameters
    ----------
    standardised : pair of float64 arrays of shape (n_bars,) or (n_bars, n_symbols)
        The forecast standardised by its expanding and by its exponential past.
    scores : pair of float64 arrays of the same shape
        Score of the raw and of the centred volatility-scaled return.

    Returns
    -------
    skill : SkillStatistic
    """
    (expanding, exponential), (raw, centred) = standardised, scores
    return SkillStatistic(
        raw_expanding=t_statistic(expanding, raw),
        centred_expanding=t_statistic(expanding, centred),
        raw_exponential=t_statistic(exponential, raw),
        centred_exponential=t_statistic(exponential, centred),
    )


def return_scores(returns: FloatArray, volatility: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the score of the raw return and that of the return less its running mean.

    Parameters
    ----------
    returns, volatility : float64 arrays of shape (n_bars,) or (n_bars, n_symbols)
        Close-to-close returns, and the volatility known before each bar.

    Returns
    -------
    raw, centred : float64 arrays of the same shape
    """
    if returns.shape != volatility.shape:
        raise ArraysDiffer(f"returns {returns.shape}", f"volatility {volatility.shape}")
    centred = (returns - past_mean(returns)) / volatility
    return location_score(returns / volatility), location_score(centred)


def _by_symbol(function: Callable[[FloatArray], FloatArray], values: FloatArray) -> FloatArray:
    """Apply a function to each symbol's own bars and put the results back in their places.

    The function is given symbols whose gaps are the same at once, and must treat each alone:
    a symbol's figures are the same to the last bit whatever stands beside it.
    """
    panel = values.reshape(len(values), -1)
    there = ~np.isnan(panel)
    if there.all():
        return function(panel).reshape(values.shape)
    results = np.full(panel.shape, np.nan)
    alike: dict[bytes, list[int]] = {}
    for column in range(panel.shape[1]):
        alike.setdefault(there[:, column].tobytes(), []).append(column)
    for columns in alike.values():
        rows = np.flatnonzero(there[:, columns[0]])
        if rows.size:
            places = np.ix_(rows, np.array(columns))
            results[places] = function(panel[places])
    return results.reshape(values.shape)


def _ewma_volatility(returns: FloatArray) -> FloatArray:
    squares = returns**2
    start = _mean_of_first(squares, VOLATILITY_START_BARS)
    steps = (1.0 - VOLATILITY_DECAY) * squares[:-1]
    variance = _accumulate(np.concatenate([start, steps]), VOLATILITY_DECAY)
    volatility: FloatArray = np.fmax(np.sqrt(variance), SMALLEST_VOLATILITY)
    volatility[:VOLATILITY_START_BARS] = np.nan
    return volatility


def _expanding_mean(values: FloatArray) -> FloatArray:
    before = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)[:-1]])
    mean: FloatArray = before / np.maximum(np.arange(len(values)), 1)[:, None]
    return mean


def _standardise(series: FloatArray, keep: float) -> FloatArray:
    """Standardise by the past, each step back weighing `keep` as much as the one after it."""
    # Any constant may be taken off first; one of the series' own size keeps the squares exact,
    # and the mean of the forecasts that are skipped anyway is known in time.
    shifted = series - _mean_of_first(series, STANDARDISE_FROM_BARS)
    weight = _discounted_sum(np.ones((len(shifted), 1)), keep)
    mean = _discounted_sum(shifted, keep) / weight
    square = _discounted_sum(shifted**2, keep) / weight
    variance = square - mean**2
    moves = variance > ROUNDING_SHARE * square
    deviation = np.sqrt(np.where(moves, variance, 1.0))
    standardised = np.clip((shifted - mean) / deviation, -FORECAST_CLIP, FORECAST_CLIP)
    standardised[~moves] = 0.0
    standardised[:STANDARDISE_FROM_BARS] = 0.0
    return np.asarray(standardised)


def _mean_of_first(values: FloatArray, n_rows: int) -> FloatArray:
    """Return the mean of the first rows, float64 of shape (1, n_columns)."""
    # Summed along memory: a column's last digit must not depend on how many others there are.
    first: FloatArray = np.ascontiguousarray(values[:n_rows].T).mean(axis=1)
    return first[None, :]


def _discounted_sum(values: FloatArray, keep: float) -> FloatArray:
    """Return the discounted sum of what came before each value; the first has no past."""
    total = _accumulate(values, keep)
    # The first value's sum is empty; one instead of zero only spares a division by zero.
    return np.concatenate([np.ones((1, total.shape[1])), total[:-1]])


def _accumulate(values: FloatArray, keep: float) -> FloatArray:
    """Return y with y[t] = keep y[t-1] + values[t]; scipy.signal takes a second to import."""
    if keep == 1.0:
        return np.asarray(np.cumsum(values, axis=0))
    total = np.empty(values.shape)
    if values.shape[1] <= FEW_COLUMNS:
        for column in range(values.shape[1]):
            steps = accumulate(values[:, column].tolist(), lambda sum_, one: keep * sum_ + one)
            total[:, column] = np.fromiter(steps, dtype=np.float64, count=len(values))
        return total
    running = np.zeros(values.shape[1])
    for row, step in zip(total, values, strict=True):
        np.multiply(running, keep, out=row)
        np.add(row, step, out=row)
        running = row
    return total
