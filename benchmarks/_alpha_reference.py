"""Alpha158 written out once more, slowly: every window by itself, in 80 bits, in two passes.

Nothing of it is shared with the algebra: each column follows the text of Qlib's loader, with what
`alpha158` says where a divisor is zero or nothing spreads.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import FloatArray

Wide = NDArray[np.longdouble]
WINDOWS = (5, 10, 20, 30, 60)
_FLAT_FRAC = 4e-15


def reference158(matrix: FloatArray) -> dict[str, FloatArray]:
    """Return the 158 columns of some bars; NaN where a window is not complete."""
    bars = matrix.astype(np.longdouble)
    with np.errstate(all="ignore"):
        columns = _of_one_bar(bars)
        for n_bars in WINDOWS:
            families = (_of_prices, _of_extremes, _of_two, _of_moves, _of_volumes)
            for family in families:
                values = family(bars, n_bars)
                columns |= {f"{name}{n_bars}": one for name, one in values.items()}
    return {name: np.asarray(one, dtype=np.float64) for name, one in columns.items()}


def _of_one_bar(bars: Wide) -> dict[str, Wide]:
    opened, high, low, close, _ = bars.T
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    parts = {"KUP": high - top, "KLOW": bottom - low, "KSFT": 2 * close - high - low}
    spread = high - low
    columns = {"KMID": (close - opened) / opened, "KLEN": spread / opened}
    columns["KMID2"] = _over(close - opened, spread)
    for name, part in parts.items():
        columns |= {name: part / opened, f"{name}2": _over(part, spread)}
    prices = {"OPEN0": opened, "HIGH0": high, "LOW0": low, "VWAP0": (high + low + close) / 3}
    return columns | {name: one / close for name, one in prices.items()}


def _over(part: Wide, whole: Wide) -> Wide:
    zero = np.longdouble(0)
    return np.where(whole == 0, np.where(np.isnan(part), part, zero), part / whole)


def _windows(values: Wide, n_bars: int) -> Wide:
    padded = np.concatenate([np.full(n_bars - 1, np.nan, dtype=np.longdouble), values])
    return np.lib.stride_tricks.sliding_window_view(padded, n_bars)


def _before(values: Wide, n_bars: int = 1) -> Wide:
    return np.concatenate([np.full(n_bars, np.nan, dtype=np.longdouble), values[:-n_bars]])


def _wide(values: NDArray[Any]) -> Wide:
    return values.astype(np.longdouble)


def _centered(values: Wide, n_bars: int) -> Wide:
    windows = _windows(values, n_bars)
    distances = windows - windows[:, -1:]
    centered: Wide = distances - distances.mean(axis=1, keepdims=True)
    return centered


def _deviation(values: Wide, n_bars: int) -> Wide:
    deviation: Wide = np.sqrt((_centered(values, n_bars) ** 2).sum(axis=1) / (n_bars - 1))
    return deviation


def _mean(values: Wide, n_bars: int) -> Wide:
    mean: Wide = _windows(values, n_bars).mean(axis=1)
    return mean


def _of_prices(bars: Wide, n_bars: int) -> dict[str, Wide]:
    close = bars[:, 3]
    windows, centered = _windows(close, n_bars), _centered(close, n_bars)
    places = np.arange(n_bars, dtype=np.longdouble) - np.longdouble(n_bars - 1) / 2
    slope = (centered * places).sum(axis=1) / (places**2).sum()
    squares = (centered**2).sum(axis=1)
    is_known = ~np.isnan(windows).any(axis=1)
    latest = windows[:, -1:]
    ranks = ((windows < latest).sum(axis=1) + ((windows == latest).sum(axis=1) + 1) / 2) / n_bars
    quantiles = np.sort(windows, axis=1)

    def quantile(share: float) -> Wide:
        level = share * (n_bars - 1)
        low, high = quantiles[:, int(level)], quantiles[:, min(int(level) + 1, n_bars - 1)]
        return np.where(is_known, low + (high - low) * (level - int(level)), np.nan)

    return {
        "ROC": _before(close, n_bars) / close,
        "MA": windows.mean(axis=1) / close,
        "STD": _deviation(close, n_bars) / close,
        "BETA": slope / close,
        "RSQR": _over(slope**2 * (places**2).sum(), squares),
        "RESI": (centered[:, -1] - slope * places[-1]) / close,
        "MAX": _windows(bars[:, 1], n_bars).max(axis=1) / close,
        "MIN": _windows(bars[:, 2], n_bars).min(axis=1) / close,
        "QTLU": quantile(0.8) / close,
        "QTLD": quantile(0.2) / close,
        "RANK": np.where(is_known, ranks, np.nan),
    }


def _of_extremes(bars: Wide, n_bars: int) -> dict[str, Wide]:
    highs, lows = _windows(bars[:, 1], n_bars), _windows(bars[:, 2], n_bars)
    hole = np.where(np.isnan(highs).any(axis=1), np.longdouble(np.nan), np.longdouble(0))
    top, bottom = highs.argmax(axis=1) + 1 + hole, lows.argmin(axis=1) + 1 + hole
    lowest = lows.min(axis=1)
    return {
        "RSV": _over(bars[:, 3] - lowest, highs.max(axis=1) - lowest),
        "IMAX": top / n_bars,
        "IMIN": bottom / n_bars,
        "IMXD": (top - bottom) / n_bars,
    }


def _correlation(x: Wide, y: Wide, n_bars: int) -> Wide:
    first, second = _centered(x, n_bars), _centered(y, n_bars)
    spreads = [np.sqrt((one**2).sum(axis=1)) for one in (first, second)]
    products = (first * second).sum(axis=1)
    flat = np.zeros(len(x), dtype=bool)
    for spread, values in zip(spreads, (x, y), strict=True):
        flat |= spread <= _FLAT_FRAC * np.sqrt(n_bars) * np.abs(values)
    return np.where(flat & ~np.isnan(products), 0, products / (spreads[0] * spreads[1]))


def _of_two(bars: Wide, n_bars: int) -> dict[str, Wide]:
    close, volume = bars[:, 3], bars[:, 4]
    before = _before(volume)
    traded = np.where(before > 0, volume / before, np.where(np.isnan(before), before, 1))
    # Logarithms of float64 values: their rounding belongs to the column, not to the window.
    logs = [_wide(np.log((one + 1).astype(np.float64))) for one in (volume, traded)]
    moved = _wide((close / _before(close)).astype(np.float64))
    return {
        "CORR": _correlation(close, logs[0], n_bars),
        "CORD": _correlation(moved, logs[1], n_bars),
    }


def _shares(name: str, values: Wide, n_bars: int) -> dict[str, Wide]:
    moves = values - _before(values)
    up, down = (_mean(np.maximum(one, 0), n_bars) for one in (moves, -moves))
    moved = _mean(np.abs(moves), n_bars)
    parts = {"P": up, "N": down, "D": up - down}
    return {f"{name}{letter}": _over(part, moved) for letter, part in parts.items()}


def _of_moves(bars: Wide, n_bars: int) -> dict[str, Wide]:
    close = bars[:, 3]
    before = _before(close)
    hole = np.where(np.isnan(before), before, 0)
    rises, falls = (_mean(_wide(one) + hole, n_bars) for one in (close > before, close < before))
    columns = {"CNTP": rises, "CNTN": falls, "CNTD": rises - falls}
    return columns | _shares("SUM", close, n_bars)


def _of_volumes(bars: Wide, n_bars: int) -> dict[str, Wide]:
    close, volume = bars[:, 3], bars[:, 4]
    flow = np.abs(close / _before(close) - 1) * volume
    columns = {
        "VMA": _over(_mean(volume, n_bars) * (volume > 0), volume),
        "VSTD": _over(_deviation(volume, n_bars) * (volume > 0), volume),
        "WVMA": _over(_deviation(flow, n_bars), _mean(flow, n_bars)),
    }
    return columns | _shares("VSUM", volume, n_bars)
