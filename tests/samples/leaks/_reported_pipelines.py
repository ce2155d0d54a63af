"""Pipelines, splits, choices and columns that were reported to know what comes.

What is rebuilt is the mistake, on daily bars and as small as it goes, not the project's code.
"""

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
    log_returns,
    rsi,
)

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars
from bellwether.samples import Fold, Samples

NONE = np.empty(0, dtype=np.int64)


def candidates(bars: Bars) -> FloatArray:
    """Return 20 causal columns to choose from, zeros where they are not known yet."""
    close = frame(bars)["close"]
    columns = [close.pct_change(n) for n in (1, 2, 3, 5, 8, 13, 21)]
    columns += [close / close.rolling(n).mean() - 1 for n in (3, 5, 8, 13, 21)]
    columns += [rsi(close, n) / 100 - 0.5 for n in (5, 14)]
    columns += [frame(bars)["volume"].pct_change(n) for n in (1, 2, 3, 5, 8, 13)]
    return np.asarray(np.nan_to_num(np.column_stack(columns)))


def next_returns(bars: Bars) -> FloatArray:
    """Return each bar's next return, 0 on the last."""
    return np.append(log_returns(bars.close)[1:], 0.0)


def ridge(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the weights of a ridge regression."""
    return np.asarray(np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y))


def _features_selected_before_the_split(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars)
    strength = np.abs([np.corrcoef(column[:-1], y[:-1])[0, 1] for column in x.T])
    best = np.argsort(-strength)[:3]
    n_train = 150
    return np.asarray(x[:, best] @ ridge(x[:n_train, best], y[:n_train]))


def _features_selected_before_each_fold(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars)
    strength = np.abs([np.corrcoef(column[:-1], y[:-1])[0, 1] for column in x.T])
    best = np.argsort(-strength)[:5]
    found = np.zeros(len(bars))
    for start in range(100, len(bars), 50):
        weights = ridge(x[: start - 1, best], y[: start - 1])
        found[start : start + 50] = x[start : start + 50, best] @ weights
    return found


def _epoch_chosen_on_the_test(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars) * 100
    n_train = 200
    weights = np.zeros(x.shape[1])
    best, least = weights, np.inf
    for _ in range(60):
        residual = x[:n_train] @ weights - y[:n_train]
        weights = weights - 0.5 * x[:n_train].T @ residual / n_train
        loss = float(np.mean((x[n_train:-1] @ weights - y[n_train:-1]) ** 2))
        best, least = (weights, loss) if loss < least else (best, least)
    return np.asarray(x @ best)


def _options_tuned_on_the_test(bars: Bars) -> FloatArray:
    returns, close = next_returns(bars), frame(bars)["close"]
    n_train = 150
    signals = [np.sign(np.nan_to_num(close.pct_change(n))) for n in range(1, 41)]
    earned = [float(np.sum(signal[n_train:-1] * returns[n_train:-1])) for signal in signals]
    return np.asarray(signals[int(np.argmax(earned))])


def _best_lookback_of_all_history(several: Sequence[Bars]) -> int:
    signals = frame(several[0])["close"]
    returns = next_returns(several[0])
    earned = [
        float(np.sum(np.sign(np.nan_to_num(signals.pct_change(n))) * returns)) for n in range(1, 60)
    ]
    return int(np.argmax(earned)) + 1


def _constituents_of_today(several: Sequence[Bars]) -> list[str]:
    worth = {bars.symbol: float(bars.close[-1]) for bars in several}
    return sorted(worth, key=lambda symbol: -worth[symbol])[:5]


def _largest_of_today(several: Sequence[Bars]) -> list[str]:
    last = max(bars.closed_at[-1] for bars in several)
    listed = [bars for bars in several if bars.closed_at[-1] == last]
    size = {bars.symbol: float((bars.close * bars.volume)[-60:].mean()) for bars in listed}
    return sorted(size, key=lambda symbol: -size[symbol])[:5]


def fold(samples: Samples, train: IntArray, test: IntArray) -> Fold:
    """Return a fold without validation rows, whatever is wrong with it."""
    return Fold(
        train=train,
        validation=NONE,
        test=test,
        train_closes_at_max=samples.closes_at[train].max(),
        test_decided_at_min=samples.decided_at[test].min(),
    )


def _shuffled_halves(samples: Samples, rng: np.random.Generator) -> tuple[Fold, ...]:
    rows = rng.permutation(np.flatnonzero(samples.labelled))
    half = len(rows) // 2
    return (fold(samples, np.sort(rows[:half]), np.sort(rows[half:])),)


def _overlapping_windows_shuffled(samples: Samples, rng: np.random.Generator) -> tuple[Fold, ...]:
    starts = rng.permutation(np.flatnonzero(samples.labelled)[:-24])
    part = int(0.7 * len(starts))

    def rows(chosen: IntArray) -> IntArray:
        return np.unique((chosen[:, None] + np.arange(24)).ravel())

    return (fold(samples, rows(starts[:part]), rows(starts[part:])),)


def _window_one_too_early(samples: Samples, rng: np.random.Generator) -> tuple[Fold, ...]:
    rows = np.flatnonzero(samples.labelled)
    at = int(rng.integers(60, len(rows) - 20))
    return (fold(samples, rows[:at], rows[at - 1 : at + 3]),)


def _price_of_the_candle_not_closed(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.append(bars.close[1:], bars.close[-1])


def _next_return_left_among_features(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.append(bars.close[1:] / bars.close[:-1] - 1, np.nan)


def _signal_traded_on_its_own_bar(bars: Bars, rng: np.random.Generator) -> FloatArray:
    # Scored against the return of the bar it was computed from: one bar too early.
    return np.append(np.asarray(rsi(frame(bars)["close"], 8) > 50, dtype=float)[1:], 0.0)


def _shown(function: Callable[..., Any], kind: str, subject: Subject, reference: str) -> Case:
    name = function.__name__.strip("_")
    return Case(name=name, kind=kind, subject=subject, reference=reference)


REPORTED_PIPELINES = (
    *(
        _shown(function, "pipelines", feature(function, n_bars=400), reference)
        for function, reference in (
            (
                _features_selected_before_the_split,
                "Stevenomole/ML-DL-Bitcoin-Price-Prediction-Models#1",
            ),
            (_features_selected_before_each_fold, "pycaret/pycaret#1874"),
            (_epoch_chosen_on_the_test, "xuanmay2701/shapeformer#16"),
            (_options_tuned_on_the_test, "maxpumperla/hyperas#193"),
        )
    ),
    *(
        _shown(function, "selection", Chosen(choose=function, n_symbols=n_symbols), reference)
        for function, n_symbols, reference in (
            (_best_lookback_of_all_history, 1, "maxpumperla/hyperas#193"),
            (_constituents_of_today, 12, "AI4Finance-Foundation/FinRL#433"),
            (_largest_of_today, 12, "IsaacCheng9/quant-trading-strategy-backtester#18"),
        )
    ),
    *(
        _shown(function, "splits", Split(split=function, horizon_bars=horizon), reference)
        for function, horizon, reference in (
            (_shuffled_halves, 1, "BlackArbsCEO/Adv_Fin_ML_Exercises#23"),
            (_overlapping_windows_shuffled, 1, "Y-debug-sys/Diffusion-TS#67"),
            (_window_one_too_early, 1, "sktime/sktime#628"),
        )
    ),
    *(
        _shown(function, "columns", Imported(values=function), reference)
        for function, reference in (
            (_price_of_the_candle_not_closed, "shobhit727/trade#31"),
            (_next_return_left_among_features, "iancamleite/prediciting-binary-options#4"),
            (_signal_traded_on_its_own_bar, "Nunchi-trade/auto-researchtrading#4"),
        )
    ),
)
