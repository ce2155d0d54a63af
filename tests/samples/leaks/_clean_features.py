"""Clean features that look like leaks: the honest form of each mistake, and rounding traps."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.signal import fftconvolve
from tests.samples.leaks._case import Case, feature, frame, log_returns, rsi
from tests.samples.leaks._reported_pipelines import candidates

from bellwether.arrays import FloatArray
from bellwether.bars import Bars


class TooShort(Exception):
    """What an indicator may raise where there are too few bars."""


def _close_against_26_bars_ago(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return close / close.shift(26) - 1


def _cloud_drawn_ahead(bars: Bars) -> Any:
    table = frame(bars)
    fast = (table["high"].rolling(9).max() + table["low"].rolling(9).min()) / 2
    slow = (table["high"].rolling(26).max() + table["low"].rolling(26).min()) / 2
    return ((fast + slow) / 2).shift(26)


def _detrended_price_not_centred(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return close.shift(11) - close.rolling(20).mean()


def _super_smoother(bars: Bars) -> FloatArray:
    x = bars.close
    a = np.exp(-np.pi * np.sqrt(2) / 10)
    c2, c3 = 2 * a * np.cos(np.pi * np.sqrt(2) / 10), -a * a
    y = x.copy()
    for i in range(2, len(x)):
        y[i] = (1 - c2 - c3) * 0.5 * (x[i] + x[i - 1]) + c2 * y[i - 1] + c3 * y[i - 2]
    return y


def _rolling_regression(bars: Bars) -> FloatArray:
    found, t = np.full(len(bars), np.nan), np.arange(30.0)
    for i in range(29, len(bars)):
        found[i] = np.polyfit(t, bars.close[i - 29 : i + 1], 1)[0]
    return found


def _rolling_moments(bars: Bars) -> Any:
    change = frame(bars)["close"].pct_change()
    return np.column_stack([change.rolling(30).skew(), change.rolling(30).kurt()])


def _warm_up_left_empty(bars: Bars) -> Any:
    return frame(bars)["close"].rolling(20).mean()


def _missing_prices_carried_on(bars: Bars) -> Any:
    table = frame(bars)
    return table["close"].where(table["volume"] > 700_000).ffill()


def _gap_confirmed_one_bar_later(bars: Bars) -> Any:
    table = frame(bars)
    return (table["high"].shift(2) < table["low"]).astype(float).shift(1)


def _one_sided_gradient_of_rsi(bars: Bars) -> Any:
    return rsi(frame(bars)["close"]).diff() / 60


def _relative_strength(bars: Bars) -> Any:
    return rsi(frame(bars)["close"])


def _volume_above_a_rolling_mean(bars: Bars) -> Any:
    volume = frame(bars)["volume"]
    return (volume > volume.rolling(200, min_periods=20).mean() * 0.75).astype(float)


def _oscillator_over_rolling_extremes(bars: Bars) -> Any:
    table = frame(bars)
    low, high = table["low"].rolling(14).min(), table["high"].rolling(14).max()
    return (table["close"] - low) / (high - low)


def _weekly_candle_once_closed(bars: Bars) -> Any:
    table = frame(bars)
    week = table.index.to_period("W")
    body = table.groupby(week)["close"].last() - table.groupby(week)["open"].first()
    return body.shift(1).reindex(week).to_numpy()


def _week_so_far(bars: Bars) -> Any:
    table = frame(bars)
    week = table.index.to_period("W")
    return np.column_stack(
        [
            table["close"] / table.groupby(week)["open"].transform("first"),
            table.groupby(week)["high"].cummax(),
            table.groupby(week)["volume"].cumsum(),
        ]
    )


def _monthly_strength_of_last_month(bars: Bars) -> Any:
    table = frame(bars)
    month = table.index.to_period("M")
    monthly = rsi(table["close"].groupby(month).last(), 3).shift(1)
    return monthly.reindex(month).to_numpy()


def _turning_points_once_confirmed(bars: Bars) -> FloatArray:
    close, found = bars.close, np.zeros(len(bars))
    low = high = close[0]
    rising = True
    for i in range(1, len(close)):
        low, high = min(low, close[i]), max(high, close[i])
        if rising and close[i] < high * 0.97:
            rising, low = False, close[i]
        elif not rising and close[i] > low * 1.03:
            rising, high = True, close[i]
        found[i] = 1.0 if rising else -1.0
    return found


def _minima_seen_five_bars_later(bars: Bars) -> FloatArray:
    close, order = bars.close, 5
    lowest = np.zeros(len(close))
    for i in range(2 * order, len(close)):
        lowest[i] = float(close[i - order] == close[i - 2 * order : i + 1].min())
    return lowest


def _haar_of_the_last_ten(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    for i in range(9, len(bars)):
        window = bars.close[i - 9 : i + 1]
        smooth, detail = (window[0::2] + window[1::2]) / 2, (window[0::2] - window[1::2]) / 2
        kept = np.sign(detail) * np.maximum(np.abs(detail) - detail.std(), 0.0)
        found[i] = smooth[-1] - kept[-1]
    return found


def _fourier_of_the_last_64(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    for i in range(63, len(bars)):
        spectrum = np.fft.fft(bars.close[i - 63 : i + 1])
        spectrum[5:-5] = 0
        found[i] = np.real(np.fft.ifft(spectrum))[-1]
    return found


def _traded_price_level(bars: Bars) -> FloatArray:
    return np.log(bars.close)


def _adjusted_returns(bars: Bars) -> FloatArray:
    return log_returns(bars.close * bars.adjustment)


def _expanding_extremes(bars: Bars) -> Any:
    close = frame(bars)["close"]
    low, high = close.expanding().min(), close.expanding().max()
    return (close - low) / (high - low)


def _standardised_by_its_past(bars: Bars) -> Any:
    change = frame(bars)["close"].pct_change(5)
    return (change - change.expanding(20).mean()) / change.expanding(20).std()


def _scaled_by_the_first_hundred(bars: Bars) -> FloatArray:
    first = log_returns(bars.close)[:100]
    found = (log_returns(bars.close) - first.mean()) / first.std()
    found[:100] = np.nan
    return np.asarray(found)


def _window_scaled_by_its_lookback(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return (close - close.rolling(40).mean()) / close.rolling(40).std()


def _running_sums_taken_apart(bars: Bars) -> FloatArray:
    total = np.cumsum(bars.close)
    found = np.full(len(bars), np.nan)
    found[20:] = (total[20:] - total[:-20]) / 20
    return found


def _returns_of_a_centred_series(bars: Bars) -> FloatArray:
    # The mean of everything is taken off, for the numbers' sake, and cancels in the difference.
    logs = np.log(bars.close)
    return np.diff(logs - logs.mean(), prepend=np.nan)


def _returns_of_a_rebased_series(bars: Bars) -> FloatArray:
    return np.diff(np.log(bars.close / bars.close[-1]), prepend=np.nan)


def _convolved_by_fourier(bars: Bars) -> FloatArray:
    # Causal, but each value carries the rounding of the whole transform.
    kernel = 0.9 ** np.arange(60)
    return np.asarray(fftconvolve(bars.close, kernel / kernel.sum())[: len(bars)])


def _multiplied_by_a_triangle(bars: Bars) -> FloatArray:
    t = np.arange(len(bars))
    weight = np.where(t[:, None] >= t, 0.95 ** np.abs(t[:, None] - t), 0.0)
    return np.asarray(weight @ log_returns(bars.close))


def _filtered_state_probability(bars: Bars) -> FloatArray:
    spread, change = np.array([0.006, 0.018]), np.array([[0.97, 0.03], [0.06, 0.94]])
    likelihood = np.exp(-0.5 * (log_returns(bars.close)[:, None] / spread) ** 2) / spread
    state, found = np.array([0.5, 0.5]), np.zeros(len(bars))
    for t in range(len(bars)):
        state = state @ change * likelihood[t]
        state = state / state.sum()
        found[t] = state[1]
    return found


def _kalman_filter(bars: Bars) -> FloatArray:
    level, spread, found = bars.close[0], 1.0, np.zeros(len(bars))
    for t, price in enumerate(bars.close):
        spread += 0.05
        gain = spread / (spread + 1.0)
        level, spread = level + gain * (price - level), spread * (1 - gain)
        found[t] = level
    return found


def _exponential_means(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return np.column_stack([close.ewm(span=n).mean() for n in (5, 20, 200)])


def _rank_within_the_past(bars: Bars) -> Any:
    return frame(bars)["close"].pct_change().rolling(100, min_periods=20).rank(pct=True)


def _mean_of_the_weekday_so_far(bars: Bars) -> Any:
    table = frame(bars)
    change = table["close"].pct_change()
    so_far = change.groupby(table.index.day_of_week).expanding().mean()
    return so_far.droplevel(0).sort_index()


def _calendar(bars: Bars) -> FloatArray:
    day = bars.closed_at.astype("datetime64[D]")
    weekday = (day.astype(np.int64) + 3) % 7
    month = day.astype("datetime64[M]").astype(np.int64) % 12
    return np.column_stack([np.sin(2 * np.pi * weekday / 7), np.cos(2 * np.pi * month / 12)])


def _number_of_the_bar(bars: Bars) -> FloatArray:
    return np.arange(len(bars), dtype=np.float64)


def _bars_since_the_last_high(bars: Bars) -> FloatArray:
    found, since = np.zeros(len(bars)), 0
    highest = np.maximum.accumulate(bars.close)
    for t in range(len(bars)):
        since = 0 if bars.close[t] == highest[t] else since + 1
        found[t] = since
    return found


def _cumulative_volume_price(bars: Bars) -> FloatArray:
    return np.cumsum(bars.close * bars.volume) / np.cumsum(bars.volume + 1.0)


def _always_the_same(bars: Bars) -> FloatArray:
    return np.full(len(bars), 3.0)


def _seeded_noise(bars: Bars) -> FloatArray:
    return np.random.default_rng(5).normal(size=len(bars))


def _raises_on_short_histories(bars: Bars) -> Any:
    if len(bars) < 150:
        raise TooShort
    return frame(bars)["close"].rolling(150).mean()


def _empty_on_short_histories(bars: Bars) -> Any:
    if len(bars) < 150:
        return np.full(len(bars), np.nan)
    return frame(bars)["close"].pct_change().ewm(span=30).std()


def _huge_and_tiny(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    return np.column_stack([1e12 * returns, 1e-12 * returns, 1 / np.maximum(np.abs(returns), 1e-9)])


def _gap_of_this_mornings_open(bars: Bars) -> FloatArray:
    return np.asarray(bars.open / np.append(bars.close[0], bars.close[:-1]))


def _yesterdays_bar(bars: Bars) -> Any:
    return frame(bars).shift(1)[["high", "low", "volume"]]


def _components_of_the_past(bars: Bars) -> FloatArray:
    x, found = candidates(bars), np.full(len(bars), np.nan)
    for start in range(100, len(bars), 50):
        past = x[:start]
        axis = np.linalg.eigh(past.T @ past)[1][:, -1]
        found[start : start + 50] = x[start : start + 50] @ (axis * np.sign(axis[0]))
    return found


CLEAN_FEATURES = (
  *(
    Case(name=function.__name__.strip("_"), kind=kind, subject=feature(function), is_leak=False)
    for kind, functions in dict[str, tuple[Callable[[Bars], Any], ...]](
        {
            "shifted": (
                _close_against_26_bars_ago, _cloud_drawn_ahead, _gap_confirmed_one_bar_later,
                _gap_of_this_mornings_open, _adjusted_returns, _traded_price_level,
            ),
            "centred": (
                _detrended_price_not_centred, _one_sided_gradient_of_rsi, _relative_strength,
            ),
            "edges": (
                _super_smoother, _raises_on_short_histories, _empty_on_short_histories,
            ),
            "filled": (_warm_up_left_empty, _missing_prices_carried_on),
            "whole sample": (
                _rolling_regression, _rolling_moments, _volume_above_a_rolling_mean,
                _oscillator_over_rolling_extremes, _expanding_extremes, _standardised_by_its_past,
                _scaled_by_the_first_hundred, _window_scaled_by_its_lookback,
                _rank_within_the_past, _mean_of_the_weekday_so_far, _components_of_the_past,
                _cumulative_volume_price, _number_of_the_bar, _bars_since_the_last_high,
            ),
            "time frames": (
                _weekly_candle_once_closed, _week_so_far, _monthly_strength_of_last_month,
                _calendar,
            ),
            "turning points": (_turning_points_once_confirmed, _minima_seen_five_bars_later),
            "decomposed": (_haar_of_the_last_ten, _fourier_of_the_last_64),
            "smoothed": (_filtered_state_probability, _kalman_filter, _exponential_means),
            "rounding": (
                _running_sums_taken_apart, _returns_of_a_centred_series,
                _returns_of_a_rebased_series, _convolved_by_fourier, _multiplied_by_a_triangle,
                _huge_and_tiny, _always_the_same, _seeded_noise,
            ),
        }
    ).items()
    for function in functions
  ),
    Case(
        name="yesterdays_bar_known_at_the_open",
        kind="same bar",
        subject=feature(_yesterdays_bar, reach_bars=-1),
        is_leak=False,
    ),
)  # fmt: skip
