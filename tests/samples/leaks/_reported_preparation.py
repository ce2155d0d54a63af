"""Data prepared in ways that were reported to know what comes: scaling, smoothing, labels.

What is rebuilt is the mistake, on daily bars and as small as it goes, not the project's code.
"""

from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from tests.samples.leaks._case import Case, feature, frame, label, log_returns

from bellwether.arrays import FloatArray
from bellwether.bars import Bars


def _scaled_to_the_extremes_of_all(bars: Bars) -> FloatArray:
    close = bars.close
    return np.asarray((close - close.min()) / (close.max() - close.min()))


def _standardised_with_the_test(bars: Bars) -> FloatArray:
    table = frame(bars)
    features = np.column_stack(
        [table["close"].pct_change(5), table["close"] / table["close"].rolling(20).mean()]
    )
    return np.asarray((features - np.nanmean(features, axis=0)) / np.nanstd(features, axis=0))


def _divided_by_the_highest_of_all(bars: Bars) -> FloatArray:
    return np.asarray(bars.close / bars.high.max())


def _window_scaled_with_its_horizon(bars: Bars) -> FloatArray:
    lookback, horizon = 40, 10
    found = np.full(len(bars), np.nan)
    for t in range(lookback, len(bars) - horizon):
        window = bars.close[t - lookback : t + horizon + 1]
        found[t] = (bars.close[t] - window.mean()) / (window.std() + 1e-5)
    return found


def _imputed_by_the_mean_of_all(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    missing = np.abs(returns) > 0.02
    return np.where(missing, returns[~missing].mean(), returns)


def _gaps_bridged_by_straight_lines(bars: Bars) -> Any:
    table = frame(bars)
    return table["volume"].where(table["volume"] > 700_000).interpolate()


def _fourier_of_the_whole_series(bars: Bars) -> FloatArray:
    spectrum = np.fft.fft(bars.close)
    spectrum[9:-9] = 0
    return np.real(np.fft.ifft(spectrum))


def _haar(x: FloatArray, levels: int) -> FloatArray:
    """Return a series less its small Haar details."""
    if levels == 0 or len(x) < 2:
        return x
    even = x[: len(x) // 2 * 2]
    smooth, detail = (even[0::2] + even[1::2]) / 2, (even[0::2] - even[1::2]) / 2
    threshold = np.median(np.abs(detail)) / 0.6745 * np.sqrt(2 * np.log(len(x)))
    detail = np.sign(detail) * np.maximum(np.abs(detail) - threshold, 0.0)
    smooth = _haar(smooth, levels - 1)
    denoised = np.column_stack([smooth + detail, smooth - detail]).ravel()
    return np.append(denoised, x[len(even) :])


def _wavelet_denoised_at_once(bars: Bars) -> FloatArray:
    return _haar(bars.close.copy(), 3)


def _first_mode_of_the_whole_series(bars: Bars) -> FloatArray:
    # One sifting of empirical mode decomposition: the mean of two envelopes through the
    # extremes of the whole series is taken off.
    x, t = bars.close, np.arange(len(bars))
    inner = np.arange(1, len(x) - 1)
    top = inner[(x[inner] > x[inner - 1]) & (x[inner] >= x[inner + 1])]
    bottom = inner[(x[inner] < x[inner - 1]) & (x[inner] <= x[inner + 1])]
    envelopes = [
        CubicSpline([0, *places, len(x) - 1], [x[0], *x[places], x[-1]])(t)
        for places in (top, bottom)
    ]
    return np.asarray(x - np.mean(envelopes, axis=0))


def _mode_of_narrow_band(bars: Bars) -> FloatArray:
    # A variational mode is, in the end, a Wiener filter around one centre frequency.
    spectrum = np.fft.rfft(np.log(bars.close) - np.log(bars.close).mean())
    frequency = np.fft.rfftfreq(len(bars))
    return np.fft.irfft(spectrum / (1 + 2000 * (frequency - 0.05) ** 2), n=len(bars))


def _emission(bars: Bars) -> FloatArray:
    returns = log_returns(bars.close)
    spread = np.array([0.006, 0.018])
    return np.asarray(-0.5 * (returns[:, None] / spread) ** 2 - np.log(spread))


def _states_by_viterbi(bars: Bars) -> FloatArray:
    emission, change = _emission(bars), np.log(np.array([[0.97, 0.03], [0.06, 0.94]]))
    score, back = emission[0], np.zeros((len(bars), 2), dtype=np.int64)
    for t in range(1, len(bars)):
        steps = score[:, None] + change
        back[t] = steps.argmax(axis=0)
        score = steps.max(axis=0) + emission[t]
    states = np.zeros(len(bars))
    state = int(score.argmax())
    for t in range(len(bars) - 1, -1, -1):
        states[t] = state
        state = int(back[t, state])
    return states


def _smoothed_state_probability(bars: Bars) -> FloatArray:
    likelihood = np.exp(_emission(bars))
    change = np.array([[0.97, 0.03], [0.06, 0.94]])
    forward, backward = np.ones((len(bars), 2)), np.ones((len(bars), 2))
    for t in range(len(bars)):
        prior = forward[t - 1] @ change if t else np.array([0.5, 0.5])
        forward[t] = prior * likelihood[t]
        forward[t] /= forward[t].sum()
    for t in range(len(bars) - 2, -1, -1):
        backward[t] = change @ (likelihood[t + 1] * backward[t + 1])
        backward[t] /= backward[t].sum()
    both = forward * backward
    return np.asarray(both[:, 1] / both.sum(axis=1))


def _two_sided_trend(bars: Bars) -> FloatArray:
    n = len(bars)
    second = np.diff(np.eye(n), n=2, axis=0)
    return np.asarray(np.linalg.solve(np.eye(n) + 1600 * second.T @ second, np.log(bars.close)))


def _kernel_smoother(bars: Bars) -> FloatArray:
    t = np.arange(len(bars))
    weight = np.exp(-0.5 * ((t[:, None] - t) / 6.0) ** 2)
    return np.asarray(weight @ bars.close / weight.sum(axis=1))


def _label_of_the_day_itself(bars: Bars) -> FloatArray:
    return (log_returns(bars.close) > 0).astype(np.float64)


def _label_of_the_day_before(bars: Bars) -> FloatArray:
    return np.sign(np.diff(bars.close, prepend=bars.close[0]))


def _label_equal_to_its_feature(bars: Bars) -> FloatArray:
    found = np.full(len(bars), np.nan)
    found[5:] = np.log(bars.close[5:] / bars.close[:-5])
    return found


def _label_from_a_smoothed_past(bars: Bars) -> Any:
    close = frame(bars)["close"]
    past, ahead = close.rolling(20).mean(), close.rolling(20).mean().shift(-20)
    return ahead / past - 1


REPORTED_PREPARATION = tuple(
    Case(
        name=function.__name__.strip("_"),
        kind=kind,
        subject=feature(function),
        reference=reference,
    )
    for function, kind, reference in (
        (
            _scaled_to_the_extremes_of_all,
            "whole sample",
            "huseinzol05/Stock-Prediction-Models#126",
        ),
        (_standardised_with_the_test, "whole sample", "gsyyysg/StockFormer#21"),
        (_divided_by_the_highest_of_all, "whole sample", "gsyyysg/StockFormer#21"),
        (_window_scaled_with_its_horizon, "whole window", "shiyu-coder/Kronos#227"),
        (_imputed_by_the_mean_of_all, "filled", "sktime/sktime#2269"),
        (_gaps_bridged_by_straight_lines, "filled", "tinkoff-ai/etna#721"),
        (_fourier_of_the_whole_series, "decomposed", "borisbanushev/stockpredictionai#19"),
        (_wavelet_denoised_at_once, "decomposed", "timothyyu/wsae-lstm#6"),
        (
            _first_mode_of_the_whole_series,
            "decomposed",
            "KurochkinAlexey/Self-boosted-Time-series-Forecasting#1",
        ),
        (_mode_of_narrow_band, "decomposed", "vrcarva/vmdpy#4"),
        (_states_by_viterbi, "smoothed", "hmmlearn/hmmlearn#496"),
        (_smoothed_state_probability, "smoothed", "SilvioBaratto/optimizer#57"),
        (_two_sided_trend, "smoothed", "statsmodels/statsmodels#9275"),
        (_kernel_smoother, "smoothed", "cerlymarco/tsmoothie#2"),
    )
) + tuple(
    Case(
        name=function.__name__.strip("_"),
        kind="labels",
        subject=label(function, horizon),
        reference=reference,
    )
    for function, horizon, reference in (
        (_label_of_the_day_itself, 1, "jiewwantan/XGBoost_stock_prediction#1"),
        (_label_of_the_day_before, 1, "pixelhero98/DGDNN#2"),
        (_label_equal_to_its_feature, 5, "shobhit727/trade#21"),
        (
            _label_from_a_smoothed_past,
            20,
            "zcakhaa/DeepLOB-Deep-Convolutional-Neural-Networks-for-Limit-Order-Books#17",
        ),
    )
)
