"""Indicators that were reported to know what comes: rebuilt from the reports, one by one.

What is rebuilt is the mistake, on daily bars and as small as it goes, not the project's code.
"""

from typing import Any

import numpy as np
from tests.samples.leaks._case import Case, feature, frame, log_returns, rsi

from bellwether.arrays import FloatArray
from bellwether.bars import Bars


def _chikou(bars: Bars) -> Any:
    return frame(bars)["close"].shift(-26)


def _centred_detrending(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return (close.shift(11) - close.rolling(20).mean()).shift(-11)


def _super_smoother_from_the_end(bars: Bars) -> FloatArray:
    # x[i - 1] and y[i - 2] of the first rows are the last rows of the array.
    x = bars.close
    a = np.exp(-np.pi * np.sqrt(2) / 10)
    c2, c3 = 2 * a * np.cos(np.pi * np.sqrt(2) / 10), -a * a
    y = x.copy()
    for i in range(len(x)):
        y[i] = (1 - c2 - c3) * 0.5 * (x[i] + x[i - 1]) + c2 * y[i - 1] + c3 * y[i - 2]
    return y


def _regression_channel_of_everything(bars: Bars) -> FloatArray:
    t = np.arange(len(bars), dtype=np.float64)
    slope, start = np.polyfit(t, bars.close, 1)
    spread = float(np.std(bars.close - (start + slope * t)))
    return np.column_stack([start + slope * t + spread, start + slope * t - spread])


def _warm_up_filled_from_behind(bars: Bars) -> Any:
    close = frame(bars)["close"]
    return close.rolling(20).mean().bfill()


def _missing_prices_filled_from_behind(bars: Bars) -> Any:
    table = frame(bars)
    traded = table["volume"] > 700_000
    return table["close"].where(traded).bfill().ffill()


def _rolling_mean_of_later_changes(bars: Bars) -> Any:
    return frame(bars)["close"].shift(-10).pct_change(1).rolling(10).mean().fillna(0)


def _change_of_the_wrong_sign(bars: Bars) -> Any:
    return frame(bars)["close"].pct_change(-1)


def _change_over_five_of_the_wrong_sign(bars: Bars) -> Any:
    return frame(bars)["close"].pct_change(-5)


def _fair_value_gap(bars: Bars) -> Any:
    table = frame(bars)
    up = (table["high"].shift(1) < table["low"].shift(-1)) & (table["close"] > table["open"])
    down = (table["low"].shift(1) > table["high"].shift(-1)) & (table["close"] < table["open"])
    return up.astype(float) - down.astype(float)


def _shifted_then_changed(bars: Bars) -> Any:
    return frame(bars)["close"].shift(-1).pct_change()


def _lagged_in_the_comment_only(bars: Bars) -> Any:
    table = frame(bars)
    return ((table["high"] + table["low"]) / 2).diff().shift(-1)


def _gradient_of_rsi(bars: Bars) -> FloatArray:
    return np.asarray(np.gradient(np.asarray(rsi(frame(bars)["close"])), 60))


def _volume_above_the_mean_of_all(bars: Bars) -> FloatArray:
    return np.asarray((bars.volume > bars.volume.mean() * 0.75).astype(np.float64))


def _oscillator_over_its_extremes_of_all(bars: Bars) -> Any:
    table = frame(bars)
    typical = (table["high"] + table["low"] + table["close"]) / 3
    mean = typical.rolling(20).mean()
    cci = (typical - mean) / (0.015 * (typical - mean).abs().rolling(20).mean())
    return (cci - cci.min()) / (cci.max() - cci.min())


def _weekly_candle_by_its_opening(bars: Bars) -> Any:
    table = frame(bars)
    week = table.index.to_period("W")
    body = table.groupby(week)["close"].last() - table.groupby(week)["open"].first()
    return body.reindex(week).to_numpy()


def _informative_merged_without_a_shift(bars: Bars) -> Any:
    table = frame(bars)
    monthly = rsi(table["close"].resample("MS").last(), 3)
    return monthly.reindex(table.index, method="ffill").to_numpy()


def _resampled_and_filled_from_behind(bars: Bars) -> Any:
    table = frame(bars)
    weekly = table["close"].resample("W").last()
    return weekly.reindex(table.index, method="bfill").to_numpy()


def _centred_mean(bars: Bars) -> Any:
    return frame(bars)["close"].rolling(20, center=True).mean()


def _last_close_of_the_week(bars: Bars) -> Any:
    table = frame(bars)
    latest = table.groupby(table.index.to_period("W"))["close"].transform("last")
    middle = (table["high"].shift(2) + table["low"]) / 2
    return (middle - latest).abs()


def _zigzag(bars: Bars) -> FloatArray:
    # Turning points are confirmed by a 3 % move and then drawn where they were, in between
    # with straight lines.
    close, turns = bars.close, [0]
    low = high = 0
    for i in range(1, len(close)):
        low, high = (i if close[i] < close[low] else low), (i if close[i] > close[high] else high)
        if close[i] >= close[low] * 1.03 and low > turns[-1]:
            turns.append(low)
            high = i
        elif close[i] <= close[high] * 0.97 and high > turns[-1]:
            turns.append(high)
            low = i
    turns.append(len(close) - 1)
    return np.interp(np.arange(len(close)), turns, close[turns])


def _local_minima(bars: Bars) -> FloatArray:
    close, order = bars.close, 5
    lowest = np.zeros(len(close))
    for i in range(order, len(close) - order):
        lowest[i] = float(close[i] == close[i - order : i + order + 1].min())
    return lowest


def _haar_of_the_next_ten(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    for i in range(len(bars) - 10):
        window = bars.close[i : i + 10]
        smooth, detail = (window[0::2] + window[1::2]) / 2, (window[0::2] - window[1::2]) / 2
        kept = np.sign(detail) * np.maximum(np.abs(detail) - detail.std(), 0.0)
        found[i] = smooth[0] + kept[0]
    return found


def _return_around_an_announcement(bars: Bars) -> FloatArray:
    returns, found = log_returns(bars.close), np.full(len(bars), np.nan)
    ahead = np.append(returns, [0.0, 0.0])
    last = np.nan
    for i in range(20, len(bars)):
        if bars.volume[i] > 1.5 * bars.volume[i - 20 : i].mean():
            last = float(ahead[i - 1 : i + 3].sum())
        found[i] = last
    return found


def _price_by_todays_fundamentals(bars: Bars) -> FloatArray:
    earnings = bars.volume[-60:].mean()
    return np.asarray(bars.close / earnings)


def _adjusted_price_level(bars: Bars) -> FloatArray:
    return np.log(bars.close * bars.adjustment)


def _below_its_price_on_the_same_day(bars: Bars) -> FloatArray:
    return np.column_stack([bars.high / bars.open, bars.low / bars.open, bars.volume])


def _regime_of_the_bar_it_is_used_in(bars: Bars) -> Any:
    table = frame(bars)
    spread = (table["high"] - table["low"]).rolling(14).mean()
    return (spread > spread.rolling(50).mean()).astype(float)


REPORTED_INDICATORS = tuple(
    Case(
        name=function.__name__.strip("_"),
        kind=kind,
        subject=feature(function, reach_bars=reach),
        reference=reference,
        one_bar=one_bar,
    )
    for function, kind, reference, one_bar, reach in (
        (_chikou, "shifted", "twopirllc/pandas-ta#115", False, 0),
        (_centred_detrending, "centred", "twopirllc/pandas-ta#530", False, 0),
        (_super_smoother_from_the_end, "edges", "twopirllc/pandas-ta#705", False, 0),
        (_regression_channel_of_everything, "whole sample", "twopirllc/pandas-ta#667", False, 0),
        (_warm_up_filled_from_behind, "filled", "bukosabino/ta#109", False, 0),
        (_missing_prices_filled_from_behind, "filled", "AI4Finance-Foundation/FinRL#189", False, 0),
        (_rolling_mean_of_later_changes, "shifted", "AI4Finance-Foundation/FinRL#21", False, 0),
        (_change_of_the_wrong_sign, "shifted", "AI4Finance-Foundation/FinRL#1248", True, 0),
        (
            _change_over_five_of_the_wrong_sign,
            "shifted",
            "AI4Finance-Foundation/FinRL#1248",
            False,
            0,
        ),
        (_fair_value_gap, "shifted", "joshyattridge/smart-money-concepts#34", True, 0),
        (_shifted_then_changed, "shifted", "freqtrade/freqtrade#9240", True, 0),
        (
            _lagged_in_the_comment_only,
            "shifted",
            "spawnaga/market_direction_prediction#1",
            True,
            0,
        ),
        (_gradient_of_rsi, "centred", "freqtrade/freqtrade#12126", True, 0),
        (
            _volume_above_the_mean_of_all,
            "whole sample",
            "freqtrade/freqtrade-strategies#284",
            False,
            0,
        ),
        (
            _oscillator_over_its_extremes_of_all,
            "whole sample",
            "iterativv/NostalgiaForInfinity#121",
            False,
            0,
        ),
        (_weekly_candle_by_its_opening, "time frames", "freqtrade/freqtrade#12507", False, 0),
        (_informative_merged_without_a_shift, "time frames", "freqtrade/freqtrade#3744", False, 0),
        (_resampled_and_filled_from_behind, "time frames", "freqtrade/technical#238", False, 0),
        (_centred_mean, "centred", "kernc/backtesting.py#277", False, 0),
        (_last_close_of_the_week, "time frames", "richkuo/go-trader#732", False, 0),
        (_zigzag, "turning points", "facioquo/stock-indicators-python#363", False, 0),
        (_local_minima, "turning points", "ivanproskuryakov/ta-search#2", False, 0),
        (_haar_of_the_next_ten, "decomposed", "VivekPa/AIAlpha#8", False, 0),
        (_return_around_an_announcement, "events", "OpenSourceAP/CrossSection#158", False, 0),
        (
            _price_by_todays_fundamentals,
            "revised data",
            "TauricResearch/TradingAgents#1300",
            False,
            0,
        ),
        (_adjusted_price_level, "revised data", "OpenSourceAP/CrossSection#95", False, 0),
        (_below_its_price_on_the_same_day, "same bar", "zshicode/MambaStock#7", True, -1),
        (_regime_of_the_bar_it_is_used_in, "same bar", "richkuo/go-trader#730", True, -1),
    )
)
