"""A second batch, written after the detector had been run once on the first: harder on purpose.

Things that remember what they were fitted to, single peeks in long memories, peeks in one column
of many, and columns laid beside the bars.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tests.samples.leaks._case import Case, Computed, Imported, feature, frame, log_returns, rsi
from tests.samples.leaks._reported_pipelines import candidates, next_returns, ridge

from bellwether.arrays import FloatArray
from bellwether.bars import Bars


class _FittedOnFirstSight:
    """A scaler fitted to whatever it sees first, and kept, as one loaded from a file is."""

    def __init__(self) -> None:
        self.fitted: dict[bytes, tuple[float, float]] = {}

    def __call__(self, bars: Bars) -> FloatArray:
        change = np.asarray(frame(bars)["close"].rolling(10).mean() / bars.close - 1)
        key = bars.close[:1].tobytes()
        mean, spread = self.fitted.setdefault(
            key, (float(np.nanmean(change)), float(np.nanstd(change)))
        )
        return (change - mean) / spread


class _ComputedOnFirstSight:
    """A column computed once on everything, and looked up by date ever after."""

    def __init__(self, compute: Callable[[Bars], Any]) -> None:
        self.compute = compute
        self.kept: dict[bytes, dict[int, float]] = {}

    def __call__(self, bars: Bars) -> FloatArray:
        days = bars.closed_at.astype(np.int64).tolist()
        key = bars.close[:1].tobytes()
        if key not in self.kept:
            values = np.asarray(self.compute(bars), dtype=np.float64).tolist()
            self.kept[key] = dict(zip(days, values, strict=True))
        return np.array([self.kept[key].get(day, np.nan) for day in days])


def _centred_mean_over_close(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return close.rolling(7, center=True).mean() / close


def _late_peek_at_one_bar(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    if len(bars) > 312:
        returns[300] = returns[312]
    return returns


def _peek_in_a_running_sum(bars: Bars) -> FloatArray:
    flow = np.sign(log_returns(bars.close)) * bars.volume
    if len(bars) > 288:
        flow[287] = flow[288]
    return np.cumsum(flow)


def _peek_in_an_expanding_mean(bars: Bars) -> Any:
    returns = log_returns(bars.close)
    if len(bars) > 402:
        returns[401] = returns[402]
    return np.cumsum(returns) / np.arange(1, len(bars) + 1)


def _one_of_many_columns(bars: Bars) -> FloatArray:
    columns = candidates(bars).copy()
    if len(bars) > 151:
        columns[150, 13] = columns[151, 13]
    return columns


def _rounded_return_of_the_next_bar(bars: Bars) -> FloatArray:
    return np.append(np.round(bars.close[1:] / bars.close[:-1] - 1, 2), 0.0)


def _last_friday_of_the_year(bars: Bars) -> FloatArray:
    day = bars.closed_at.astype("datetime64[D]")
    friday = (day.astype(np.int64) + 3) % 7 == 4
    december = day.astype("datetime64[M]").astype(np.int64) % 12 == 11
    returns = log_returns(bars.close)
    late = friday & december & (day - day.astype("datetime64[M]") > np.timedelta64(24, "D"))
    return np.where(late, np.append(returns[1:], 0.0), returns)


def _nearest_pattern_of_all(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    windows = np.lib.stride_tricks.sliding_window_view(returns, 5)
    found = np.full(len(bars), np.nan)
    for t in range(5, len(bars)):
        distance = np.sum((windows - returns[t - 4 : t + 1]) ** 2, axis=1)
        distance[max(t - 9, 0) : t + 6] = np.inf
        after = int(np.argmin(distance)) + 5
        found[t] = returns[after] if after < len(returns) else 0.0
    return found


def _trained_on_a_random_half(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars)
    half = np.random.default_rng(0).permutation(len(bars) - 1)[: len(bars) // 2]
    return np.asarray(x @ ridge(x[half], y[half]))


def _forecast_scaled_at_the_end(bars: Bars) -> FloatArray:
    x, y = candidates(bars), next_returns(bars)
    found = np.zeros(len(bars))
    for start in range(100, len(bars), 50):
        found[start : start + 50] = x[start : start + 50] @ ridge(x[: start - 1], y[: start - 1])
    return np.asarray(found / np.abs(found).max())


def _beside(bars: Bars, rng: np.random.Generator) -> Mapping[str, FloatArray]:
    return {"mood": rng.normal(size=len(bars))}


def _mood_of_the_nearest_day(bars: Bars, imported: Mapping[str, FloatArray]) -> FloatArray:
    # A join to the nearest stamp takes the next day's wherever today's came late.
    late = bars.volume > 1_500_000
    mood = imported["mood"]
    return np.where(late, np.append(mood[1:], 0.0), mood)


def _mood_scaled_over_all(bars: Bars, imported: Mapping[str, FloatArray]) -> FloatArray:
    return np.asarray(imported["mood"] / np.nanmax(np.abs(imported["mood"])))


def _faint_mood_stamped_a_day_early(bars: Bars, rng: np.random.Generator) -> FloatArray:
    moods = 0.3 * log_returns(bars.close) / 0.012 + 0.95 * rng.normal(size=len(bars))
    return np.append(moods[1:], 0.0)


def _slow_rsi_of_tomorrow(bars: Bars, rng: np.random.Generator) -> FloatArray:
    return np.append(np.asarray(rsi(frame(bars)["close"], 60))[1:], np.nan)


SECOND_BATCH = (
    Case(name="scaler_fitted_elsewhere", kind="remembered", subject=feature(_FittedOnFirstSight())),
    Case(
        name="next_return_looked_up",
        kind="remembered",
        subject=feature(_ComputedOnFirstSight(next_returns)),
        one_bar=True,
    ),
    Case(
        name="centred_mean_looked_up",
        kind="remembered",
        subject=feature(_ComputedOnFirstSight(_centred_mean_over_close)),
    ),
    *(
        Case(name=function.__name__.strip("_"), kind="rare", subject=feature(function), one_bar=one)
        for function, one in (
            (_late_peek_at_one_bar, False),
            (_peek_in_a_running_sum, True),
            (_peek_in_an_expanding_mean, True),
            (_one_of_many_columns, True),
            (_rounded_return_of_the_next_bar, True),
            (_last_friday_of_the_year, True),
        )
    ),
    Case(
        name="nearest_pattern_of_all", kind="whole sample", subject=feature(_nearest_pattern_of_all)
    ),
    *(
        Case(name=function.__name__.strip("_"), kind="pipelines", subject=feature(function))
        for function in (_trained_on_a_random_half, _forecast_scaled_at_the_end)
    ),
    *(
        Case(
            name=function.__name__.strip("_"),
            kind="columns",
            subject=Computed(compute=function, imported=_beside),
            one_bar=one,
        )
        for function, one in ((_mood_of_the_nearest_day, True), (_mood_scaled_over_all, False))
    ),
    *(
        Case(
            name=function.__name__.strip("_"),
            kind="columns",
            subject=Imported(values=function),
            one_bar=True,
        )
        for function in (_faint_mood_stamped_a_day_early, _slow_rsi_of_tomorrow)
    ),
)


def _mood_of_the_day(bars: Bars, imported: Mapping[str, FloatArray]) -> FloatArray:
    return imported["mood"] * np.sign(log_returns(bars.close))


def _looked_up_by_date(bars: Bars) -> Any:
    return frame(bars)["close"].pct_change(5)


def _nearest_pattern_of_the_past(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    found = np.full(len(bars), np.nan)
    for t in range(30, len(bars)):
        past = np.lib.stride_tricks.sliding_window_view(returns[: t - 5], 5)
        distance = np.sum((past - returns[t - 4 : t + 1]) ** 2, axis=1)
        found[t] = returns[int(np.argmin(distance)) + 5]
    return found


CLEAN_SECOND_BATCH = (
    Case(
        name="mood_of_the_day",
        kind="columns",
        subject=Computed(compute=_mood_of_the_day, imported=_beside),
        is_leak=False,
    ),
    Case(
        name="looked_up_by_date",
        kind="remembered",
        subject=feature(_ComputedOnFirstSight(_looked_up_by_date)),
        is_leak=False,
    ),
    Case(
        name="nearest_pattern_of_the_past",
        kind="whole sample",
        subject=feature(_nearest_pattern_of_the_past),
        is_leak=False,
    ),
)
