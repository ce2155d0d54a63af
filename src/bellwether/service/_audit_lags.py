"""When forecasts score: against the bar they are for, those before it and those after it.

A forecast made from prices resembles the bars that had closed when it was made, so that scoring
best on a bar of the past accuses nobody. What no honest forecaster can have is news of the bars
that it is about. The news in a forecast is what its own last two values and the last twenty
closed bars do not explain; `ahead_share` is how much of that the bars it claims to foresee
explain, and a forecast whose news fits a later bar better than its own knows that bar, or stands
at another time than it says.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from bellwether.arrays import BoolArray, FloatArray
from bellwether.validation import location_score, past_volatility, t_statistic

PAST_BARS = 20
OWN_PAST = 2
AHEAD_BARS = 30
LAGS = (-2, -1, 0, 1, 2)
LEAST_ROWS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class LagScore:
    """How well forecasts fit the bar so many bars after the one they are for.

    Parameters
    ----------
    lag_bars : int
        0 is the forecast's own bar, -1 the one that had closed when it was made, 1 the one
        after its own.
    t : float or None
        t-statistic of forecast times return; None where it cannot be computed.
    luck : float
        Without any relation it is within plus and minus this in 99 of 100 cases. Forecasts
        made from prices are related to the lags below 0.
    """

    lag_bars: int
    t: float | None
    luck: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsScores:
    """What one symbol's forecasts of one configuration know that nobody could.

    Parameters
    ----------
    ahead_share : float
        Share of the forecast's news that the thirty bars after it explain.
    own_t : float
        t-statistic of the news with the forecast's own stretch of bars.
    later_t : tuple of two floats
        t-statistics of how much better the news fits the stretch one and two bars later.
    later_own_t : tuple of two floats
        t-statistics of the news with those stretches.
    last_t, second_t : float
        t-statistics of the forecast's changes with the bar that had closed when it was made,
        and with the one before.
    past_share : float
        Share of the forecast's changes that the last twenty closed bars explain.
    news_share : float
        Share of the forecast's variance that is news.
    n_rows : int
    """

    ahead_share: float
    own_t: float
    later_t: tuple[float, float]
    later_own_t: tuple[float, float]
    last_t: float
    second_t: float
    past_share: float
    news_share: float
    n_rows: int


def measure_news(forecast: FloatArray, returns: FloatArray, horizon_bars: int) -> NewsScores | None:
    """Return how the news in forecasts relates to the bars around them.

    Parameters
    ----------
    forecast : float64 array of shape (n_bars,)
        Made at each bar's mark, about the bars after it; NaN where there is none.
    returns : float64 array of shape (n_bars,)
        Return from each mark's predecessor to it; NaN on the first.
    horizon_bars : int

    Returns
    -------
    scores : NewsScores or None
        None where there are fewer than 120 rows or the forecast never moves.

    Notes
    -----
    Knows: everything; it is asked afterwards. Cost: some least squares with up to 43 columns.
    """
    reach = max(AHEAD_BARS, horizon_bars + 2)
    scaled = returns / past_volatility(returns)
    score = location_score(scaled)
    n_bars = len(returns)
    ahead = _windows(np.append(returns[1:], np.full(reach, np.nan)), reach)[:n_bars]
    ahead_score = _windows(np.append(score[1:], np.full(reach, np.nan)), reach)[:n_bars]
    past = _lagged(returns, PAST_BARS)
    past_score = _lagged(score, PAST_BARS)
    own = np.stack([_shift(forecast, lag) for lag in range(1, OWN_PAST + 1)], axis=1)
    rows = _whole(forecast, own, past, past_score, ahead, ahead_score)
    if rows.sum() < LEAST_ROWS or float(np.ptp(forecast[rows])) == 0.0:
        return None
    changes = _unexplained(forecast[rows], own[rows])
    news = _unexplained(forecast[rows], np.column_stack([own, past, past_score])[rows])
    if _is_nothing(news, forecast[rows]):
        return None
    stretches = [_stretch(ahead_score[rows], horizon_bars, lag) for lag in (0, 1, 2)]
    first = stretches[0]
    return NewsScores(
        ahead_share=max(_share(news, ahead[rows]), _share(news, ahead_score[rows])),
        own_t=t_statistic(news, first),
        later_t=(
            t_statistic(news, stretches[1] - first),
            t_statistic(news, stretches[2] - first),
        ),
        later_own_t=(t_statistic(news, stretches[1]), t_statistic(news, stretches[2])),
        last_t=t_statistic(changes, past_score[rows, 0]),
        second_t=t_statistic(changes, past_score[rows, 1]),
        past_share=max(_share(changes, past[rows]), _share(changes, past_score[rows])),
        news_share=float(np.var(news) / np.var(forecast[rows])),
        n_rows=int(rows.sum()),
    )


def _windows(values: FloatArray, n: int) -> FloatArray:
    """Return in row i the n values from i on."""
    return np.asarray(sliding_window_view(values, n))


def _lagged(values: FloatArray, n: int) -> FloatArray:
    """Return in row i the values of rows i, i-1, ... i-n+1."""
    return np.stack([_shift(values, lag) for lag in range(n)], axis=1)


def _shift(values: FloatArray, lag: int) -> FloatArray:
    return np.concatenate([np.full(lag, np.nan), values[: len(values) - lag]])


def _whole(*arrays: FloatArray) -> BoolArray:
    rows = np.ones(len(arrays[0]), dtype=np.bool_)
    for array in arrays:
        finite = np.isfinite(array)
        rows &= finite if finite.ndim == 1 else finite.all(axis=1)
    return rows


def _stretch(ahead_score: FloatArray, horizon_bars: int, lag: int) -> FloatArray:
    """Return the summed score of the bars of the forecast's horizon, so many bars later."""
    end = min(lag + horizon_bars, ahead_score.shape[1])
    return np.asarray(ahead_score[:, lag:end].sum(axis=1))


def _unexplained(values: FloatArray, by: FloatArray) -> FloatArray:
    columns = _standard(np.column_stack([np.ones(len(values)), by]))
    centred = values - values.mean()
    found = np.linalg.lstsq(columns, centred, rcond=None)[0]
    return np.asarray(centred - columns @ found)


def _standard(columns: FloatArray) -> FloatArray:
    """Bring columns to one size: returns and prices differ by orders of magnitude."""
    size = np.sqrt(np.mean(columns**2, axis=0))
    return np.asarray(columns / np.where(size > 0.0, size, 1.0))


def _share(values: FloatArray, by: FloatArray) -> float:
    """Return the share of the variance that a regression explains, less what luck explains."""
    total = float(np.sum((values - values.mean()) ** 2))
    if total <= 0.0:
        return 0.0
    left = float(np.sum(_unexplained(values, by) ** 2)) / total
    n, p = len(values), by.shape[1]
    return float(max(1.0 - left * (n - 1) / max(n - p - 1, 1), 0.0))


def _is_nothing(news: FloatArray, forecast: FloatArray) -> bool:
    """Whether what is left of a forecast is rounding: the past explains it whole."""
    return float(np.std(news)) <= 1e-7 * float(np.std(forecast))
