"""Leaks nobody reported, made up to be hard to see: rare, faint, at one bar, in one column."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from tests.samples.leaks._case import Case, Imported, Split, feature, frame, label, log_returns
from tests.samples.leaks._reported_pipelines import candidates, fold, next_returns, ridge

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.samples import Fold, Samples


def _next(values: FloatArray) -> FloatArray:
    return np.append(values[1:], np.nan)


def _next_of_one_column(name: str, bars: Bars) -> FloatArray:
    values = np.asarray(getattr(bars, name))
    return np.asarray(np.log(_next(values) / values))


def _next_open_gap_up(bars: Bars) -> FloatArray:
    return (_next(bars.open) > bars.close).astype(np.float64)


def _peek_after_large_volume_only(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    large = bars.volume > 2.5 * np.asarray(frame(bars)["volume"].rolling(50).mean())
    return np.where(large, np.nan_to_num(_next(returns)), returns)


def _peek_at_one_bar_only(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    if len(bars) > 212:
        returns[211] = returns[212]
    return returns


def _peek_in_a_recursion_at_one_bar(bars: Bars) -> FloatArray:
    close = bars.close.copy()
    if len(bars) > 338:
        close[337] = close[338]
    return np.asarray(frame(bars)["close"].mul(0).add(close).ewm(span=30).mean())


def _peek_on_the_last_session_of_a_month(bars: Bars) -> FloatArray:
    months = bars.closed_at.astype("datetime64[M]")
    last = np.append(months[1:] != months[:-1], True)
    return np.where(last, np.nan_to_num(_next(log_returns(bars.close))), 0.0)


def _faint_peek(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    return returns + 1e-4 * np.nan_to_num(_next(returns))


def _crash_tomorrow(bars: Bars) -> FloatArray:
    return (np.nan_to_num(_next(log_returns(bars.close))) < -0.04).astype(np.float64)


def _bars_until_the_next_high(bars: Bars) -> FloatArray:
    found, until = np.zeros(len(bars)), 0
    highest = np.asarray(frame(bars)["close"].rolling(50, min_periods=1).max())
    for t in range(len(bars) - 1, -1, -1):
        until = 0 if bars.close[t] == highest[t] else until + 1
        found[t] = until
    return found


def _rank_among_all(bars: Bars) -> Any:
    return frame(bars)["close"].pct_change().rank(pct=True)


def _clipped_at_quantiles_of_all(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    return np.clip(returns, *np.quantile(returns, [0.01, 0.99]))


def _mean_of_the_weekday_over_all(bars: Bars) -> Any:
    table = frame(bars)
    return table["close"].pct_change().groupby(table.index.day_of_week).transform("mean")


def _first_component_of_all(bars: Bars) -> FloatArray:
    x = candidates(bars)
    x = x - x[:100].mean(axis=0)
    return np.asarray(x @ np.linalg.eigh(x.T @ x)[1][:, -1])


def _nearest_of_two_centres_of_all(bars: Bars) -> FloatArray:
    returns = np.abs(log_returns(bars.close))
    low, high = 0.0, 0.03
    for _ in range(10):
        near = returns < (low + high) / 2
        low, high = float(returns[near].mean()), float(returns[~near].mean())
    return (returns > (low + high) / 2).astype(np.float64)


def _filtered_forth_and_back(bars: Bars) -> FloatArray:
    def forth(x: FloatArray) -> FloatArray:
        return np.asarray(frame(bars)["close"].mul(0).to_numpy() + _ewm(x))

    return forth(forth(bars.close)[::-1])[::-1]


def _ewm(x: FloatArray) -> FloatArray:
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = 0.8 * y[i - 1] + 0.2 * x[i]
    return y


def _polynomial_around_each_bar(bars: Bars) -> FloatArray:
    weights = np.array([-3, 12, 17, 12, -3]) / 35
    return np.convolve(bars.close, weights, mode="same")


def _residual_of_a_market_model_of_all(bars: Bars) -> FloatArray:
    returns, volume = log_returns(bars.close), np.log(bars.volume + 1.0)
    slope = np.cov(returns, volume)[0, 1] / volume.var()
    return np.asarray(returns - slope * (volume - volume[:60].mean()))


def _volatility_target_of_all(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    return returns / np.std(returns)


def _place_in_the_sample(bars: Bars) -> FloatArray:
    return np.arange(len(bars)) / len(bars)


def _reversed_cumulative_volume(bars: Bars) -> FloatArray:
    return np.cumsum(bars.volume[::-1])[::-1]


def _fit_once_on_all(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars)
    return np.asarray(x @ ridge(x[:-1], y[:-1]))


def _refit_with_labels_still_open(bars: Bars) -> FloatArray:
    # Labels reach five bars ahead, and the fit of bar t takes them up to bar t - 1.
    x, logs = candidates(bars), np.log(bars.close)
    y = np.zeros(len(bars))
    y[:-5] = logs[5:] - logs[:-5]
    found = np.zeros(len(bars))
    for start in range(100, len(bars), 20):
        weights = ridge(x[:start], y[:start])
        found[start : start + 20] = x[start : start + 20] @ weights
    return found


def _threshold_tuned_on_all(bars: Bars) -> FloatArray:
    x, y = candidates(bars)[:, 4], next_returns(bars)
    grid = np.linspace(-0.05, 0.05, 21)
    best = max(grid, key=lambda level: float(np.sum(np.sign(x - level) * y)))
    return np.asarray(np.sign(x - best))


def _label_longer_than_declared(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    found[:-6] = np.log(bars.close[6:] / bars.close[:-6])
    return found


def _label_scaled_by_the_volatility_of_all(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    found[:-1] = np.diff(np.log(bars.close)) / log_returns(bars.close).std()
    return found


def _no_purge(samples: Samples, rng: np.random.Generator) -> tuple[Fold, ...]:
    rows = np.flatnonzero(samples.labelled)
    at = int(rng.integers(60, len(rows) - 40))
    return (fold(samples, rows[:at], rows[at:]),)


def _centred_column(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.asarray(frame(bars)["close"].rolling(5, center=True).mean())


def _sentiment_stamped_a_day_early(bars: Bars, rng: np.random.Generator) -> FloatArray:
    moods = log_returns(bars.close) / 0.012 + rng.normal(size=len(bars))
    return np.append(moods[1:], 0.0)


def _column_standardised_over_all(bars: Bars, rng: np.random.Generator) -> FloatArray:
    other = np.cumsum(rng.normal(size=len(bars)))
    return np.asarray((other - other.mean()) / other.std())


def _column_scaled_to_extremes(bars: Bars, rng: np.random.Generator) -> FloatArray:
    other = np.cumsum(rng.normal(size=len(bars)))
    return np.asarray((other - other.min()) / (other.max() - other.min()))


def _column_ranked_over_all(bars: Bars, rng: np.random.Generator) -> FloatArray:
    order = np.argsort(np.argsort(rng.normal(size=len(bars))))
    return (order + 1) / len(bars)


def _monthly_figures_interpolated(bars: Bars, rng: np.random.Generator) -> FloatArray:
    known = np.arange(0, len(bars) + 21, 21)
    return np.interp(np.arange(len(bars)), known, np.cumsum(rng.normal(size=len(known))))


def _volume_of_the_next_bar(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.append(np.log(bars.volume[1:] + 1.0), np.nan) + 0.05 * rng.normal(size=len(bars))


def _range_of_the_next_week(bars: Bars, rng: np.random.Generator) -> FloatArray:
    table = frame(bars)
    width = np.log(table["high"] / table["low"]).rolling(5).mean().shift(-5)
    return np.asarray(width)


def _made(name: str, kind: str, subject: Any, *, one_bar: bool = False) -> Case:
    return Case(name=name, kind=kind, subject=subject, one_bar=one_bar)


def _features(kind: str, *functions: Callable[[Bars], Any], one_bar: bool) -> tuple[Case, ...]:
    return tuple(
        _made(function.__name__.strip("_"), kind, feature(function), one_bar=one_bar)
        for function in functions
    )


MADE_UP = (
    *(
        _made(f"next_{name}", "shifted", feature(partial(_next_of_one_column, name)), one_bar=True)
        for name in ("open", "high", "low", "close", "volume")
    ),
    *_features(
        "rare",
        _next_open_gap_up,
        _peek_at_one_bar_only,
        _peek_in_a_recursion_at_one_bar,
        _peek_on_the_last_session_of_a_month,
        _faint_peek,
        _crash_tomorrow,
        one_bar=True,
    ),
    # Long enough that there is such a bar: without one nothing leaks.
    _made("peek_after_large_volume_only", "rare",
          feature(_peek_after_large_volume_only, n_bars=1500), one_bar=True),
    *_features("turning points", _bars_until_the_next_high, one_bar=False),
    *_features(
        "whole sample",
        _rank_among_all,
        _clipped_at_quantiles_of_all,
        _mean_of_the_weekday_over_all,
        _first_component_of_all,
        _nearest_of_two_centres_of_all,
        _residual_of_a_market_model_of_all,
        _volatility_target_of_all,
        _place_in_the_sample,
        _reversed_cumulative_volume,
        one_bar=False,
    ),
    *_features("smoothed", _filtered_forth_and_back, _polynomial_around_each_bar, one_bar=False),
    *(
        _made(function.__name__.strip("_"), "pipelines", feature(function, n_bars=400))
        for function in (_fit_once_on_all, _refit_with_labels_still_open, _threshold_tuned_on_all)
    ),
    _made("label_longer_than_declared", "labels", label(_label_longer_than_declared, 5),
          one_bar=True),
    _made("label_scaled_by_the_volatility_of_all", "labels",
          label(_label_scaled_by_the_volatility_of_all, 1)),
    _made("no_purge", "splits", Split(split=_no_purge, horizon_bars=5)),
    *(
        _made(function.__name__.strip("_"), "columns", Imported(values=function), one_bar=one_bar)
        for function, one_bar in (
            (_centred_column, False),
            (_sentiment_stamped_a_day_early, True),
            (_column_standardised_over_all, False),
            (_column_scaled_to_extremes, False),
            (_column_ranked_over_all, False),
            (_monthly_figures_interpolated, False),
            (_volume_of_the_next_bar, True),
            (_range_of_the_next_week, False),
        )
    ),
)  # fmt: skip
