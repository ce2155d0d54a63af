"""Clean labels, pipelines, choices, splits and columns that look like leaks."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tests.samples.leaks._case import (
    Case,
    Chosen,
    Imported,
    Split,
    Subject,
    feature,
    frame,
    label,
    log_returns,
    rsi,
)
from tests.samples.leaks._reported_pipelines import candidates, fold, next_returns, ridge

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.samples import Fold, Samples, WalkForwardPlan, walk_forward


def _return_of_the_next_bar(bars: Bars) -> FloatArray:
    return np.append(np.diff(np.log(bars.close)), np.nan)


def _direction_of_the_next_week(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    found[:-5] = np.sign(bars.close[5:] - bars.close[:-5])
    return found


def _scaled_return_of_the_next_week(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    found[:-5] = np.log(bars.close[5:] / bars.close[:-5])
    return np.asarray(found / np.asarray(frame(bars)["close"].pct_change().ewm(span=30).std()))


def _first_barrier_touched(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    for t in range(len(bars) - 10):
        path = bars.close[t + 1 : t + 11] / bars.close[t] - 1
        hits = np.flatnonzero(np.abs(path) > 0.02)
        found[t] = np.sign(path[hits[0]]) if hits.size else 0.0
    return found


def _refit_on_closed_labels(bars: Bars) -> FloatArray:
    x, logs = candidates(bars), np.log(bars.close)
    y = np.zeros(len(bars))
    y[:-5] = logs[5:] - logs[:-5]
    found = np.zeros(len(bars))
    for start in range(100, len(bars), 20):
        weights = ridge(x[: start - 5], y[: start - 5])
        found[start : start + 20] = x[start : start + 20] @ weights
    return found


def _selected_within_each_fold(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars)
    found = np.zeros(len(bars))
    for start in range(100, len(bars), 50):
        past, known = x[: start - 1], y[: start - 1]
        best = np.argsort(-np.abs(past.T @ known))[:5]
        weights = ridge(past[:, best], known)
        found[start : start + 50] = x[start : start + 50][:, best] @ weights
    return found


def _tuned_on_a_validation_of_its_own(bars: Bars) -> FloatArray:
    returns, close = next_returns(bars), frame(bars)["close"]
    signals = [np.sign(np.nan_to_num(close.pct_change(n))) for n in range(1, 41)]
    found = np.zeros(len(bars))
    for start in range(120, len(bars), 40):
        earned = [float(np.sum((signal * returns)[: start - 1])) for signal in signals]
        found[start : start + 40] = signals[int(np.argmax(earned))][start : start + 40]
    return found


def _lookback_chosen_before_its_use(several: Sequence[Bars]) -> int:
    n_known = 160
    close = frame(several[0])["close"].iloc[:n_known]
    returns = np.append(log_returns(close)[1:], 0.0)
    earned = [
        float(np.sum(np.sign(np.nan_to_num(close.pct_change(n))) * returns)) for n in range(1, 60)
    ]
    return int(np.argmax(earned)) + 1


def _constituents_of_that_day(several: Sequence[Bars]) -> list[str]:
    worth = {bars.symbol: float(bars.close[160]) for bars in several}
    return sorted(worth, key=lambda symbol: -worth[symbol])[:5]


def _largest_of_that_day(several: Sequence[Bars]) -> list[str]:
    size = {bars.symbol: float((bars.close * bars.volume)[100:160].mean()) for bars in several}
    return sorted(size, key=lambda symbol: -size[symbol])[:5]


def _everything(several: Sequence[Bars]) -> list[str]:
    return [bars.symbol for bars in several]


def _purged_and_embargoed(samples: Samples, rng: np.random.Generator) -> tuple[Fold, ...]:
    rows = np.flatnonzero(samples.labelled)
    at = int(rng.integers(80, len(rows) - 60))
    return (fold(samples, rows[: at - 10], rows[at:]),)


def _walked_forward(samples: Samples, rng: np.random.Generator) -> tuple[Fold, ...]:
    rows = np.flatnonzero(samples.labelled)
    return walk_forward(samples, rows, WalkForwardPlan(refit_every_bars=40, embargo_bars=2))


def _labels_closing_as_the_test_starts(
    samples: Samples, rng: np.random.Generator
) -> tuple[Fold, ...]:
    rows = np.flatnonzero(samples.labelled)
    return (fold(samples, rows[: 100 - samples.horizon_bars + 1], rows[100:]),)


def _momentum(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.asarray(frame(bars)["close"].pct_change(20))


def _reversal(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return -log_returns(bars.close)


def _last_close_again(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return bars.close.copy()


def _exponential_mean(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.asarray(frame(bars)["close"].ewm(span=20).mean())


def _rsi_column(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.asarray(rsi(frame(bars)["close"]))


def _place_in_the_range(bars: Bars, rng: np.random.Generator) -> FloatArray:
    table = frame(bars)
    low, high = table["low"].rolling(5).min(), table["high"].rolling(5).max()
    return np.asarray((table["close"] - low) / (high - low))


def _rolling_score(bars: Bars, rng: np.random.Generator) -> FloatArray:
    close = frame(bars)["close"]
    return np.asarray((close - close.rolling(60).mean()) / close.rolling(60).std())


def _volatility_forecast(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.asarray(frame(bars)["close"].pct_change().ewm(alpha=0.06).std())


def _true_but_modest_skill(bars: Bars, rng: np.random.Generator) -> FloatArray:
    ahead = next_returns(bars)
    return np.asarray(
        0.12 * ahead / ahead.std() + np.sqrt(1 - 0.12**2) * rng.normal(size=len(bars))
    )


def _sentiment_of_the_day(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return log_returns(bars.close) / 0.012 + rng.normal(size=len(bars))


def _another_market_of_the_day(bars: Bars, rng: np.random.Generator) -> FloatArray:
    mixed = 0.8 * log_returns(bars.close) + 0.6 * 0.012 * rng.normal(size=len(bars))
    return 100.0 * np.exp(np.cumsum(mixed))


def _unrelated_walk(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.cumsum(rng.normal(size=len(bars)))


def _monthly_figures_carried_on(bars: Bars, rng: np.random.Generator) -> FloatArray:
    figures = np.cumsum(rng.normal(size=len(bars) // 21 + 1))
    return np.repeat(figures, 21)[: len(bars)]


def _weekday_column(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.asarray(frame(bars).index.day_of_week, dtype=np.float64)


def _up_or_down_today(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.sign(log_returns(bars.close))


def _one_and_minus_one_in_turn(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.where(np.arange(len(bars)) % 2 == 0, 1.0, -1.0)


def _volume_of_the_day(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.log(bars.volume + 1.0)


def _clean(function: Callable[..., Any], kind: str, subject: Subject) -> Case:
    return Case(name=function.__name__.strip("_"), kind=kind, subject=subject, is_leak=False)


CLEAN_PIPELINES = (
    *(
        _clean(function, "labels", label(function, horizon))
        for function, horizon in (
            (_return_of_the_next_bar, 1),
            (_direction_of_the_next_week, 5),
            (_scaled_return_of_the_next_week, 5),
            (_first_barrier_touched, 10),
        )
    ),
    *(
        _clean(function, "pipelines", feature(function, n_bars=400))
        for function in (
            _refit_on_closed_labels,
            _selected_within_each_fold,
            _tuned_on_a_validation_of_its_own,
        )
    ),
    *(
        _clean(function, "selection", Chosen(choose=function, n_symbols=n_symbols))
        for function, n_symbols in (
            (_lookback_chosen_before_its_use, 1),
            (_constituents_of_that_day, 12),
            (_largest_of_that_day, 12),
            (_everything, 12),
        )
    ),
    *(
        _clean(function, "splits", Split(split=function, horizon_bars=horizon))
        for function, horizon in (
            (_purged_and_embargoed, 5),
            (_walked_forward, 5),
            (_labels_closing_as_the_test_starts, 3),
        )
    ),
    *(
        _clean(function, "columns", Imported(values=function))
        for function in (
            _momentum,
            _reversal,
            _last_close_again,
            _exponential_mean,
            _rsi_column,
            _place_in_the_range,
            _rolling_score,
            _volatility_forecast,
            _true_but_modest_skill,
            _sentiment_of_the_day,
            _another_market_of_the_day,
            _unrelated_walk,
            _monthly_figures_carried_on,
            _weekday_column,
            _up_or_down_today,
            _one_and_minus_one_in_turn,
            _volume_of_the_day,
        )
    ),
)
