"""The price and volume factors of Qlib's two data sets, under their names there."""

from collections.abc import Iterator
from typing import TypeAlias

from bellwether.features import _functions as f
from bellwether.features._expression import Expression
from bellwether.features._feature_set import FeatureSet

WINDOWS = (5, 10, 20, 30, 60)
SHOWN_BARS = 60
# Where a range or a sum of moves is nought, so is what is divided by it: 0 comes out, and
# nothing else changes at any level of prices (Qlib adds 1e-12 to every divisor).
_LEAST = 1e-300

_Named: TypeAlias = Iterator[tuple[str, Expression]]
_Family: TypeAlias = dict[str, Expression]


def alpha158() -> FeatureSet:
    """Return the 158 factors of Qlib's Alpha158: bar shapes, prices, and 29 rolling families.

    Notes
    -----
    Equal to Qlib's definitions wherever the window is complete and nothing is divided by zero.
    It differs so: rows whose window is not complete are NaN (Qlib takes what there is); VWAP0
    is of the typical price, for bars hold no vwap; a range or a sum of moves that is zero gives
    0, and so does a bar without volume where its volume divides (Qlib adds 1e-12, so that
    volumes explode); RSQR and CORR are 0 where there is no spread, at any price (Qlib: NaN,
    where a deviation is below 2e-5).

    References
    ----------
    Qlib 0.9.7, qlib/contrib/data/loader.py, Alpha158DL, and qlib/data/ops.py.

    Examples
    --------
    >>> len(alpha158()), alpha158().lookback_bars
    (158, 61)
    """
    features = (*_bar_shapes(), *_prices_now(), *_rolling())
    return FeatureSet(name="alpha158", version="1", features=features)


def alpha360() -> FeatureSet:
    """Return the 360 factors of Qlib's Alpha360: sixty bars of prices and volume, over the last.

    Notes
    -----
    VWAP and bars without volume differ from Qlib's as in `alpha158`. CLOSE0 is 1 on every bar,
    as it is there.

    References
    ----------
    Qlib 0.9.7, qlib/contrib/data/loader.py, Alpha360DL.

    Examples
    --------
    >>> len(alpha360()), alpha360().lookback_bars
    (360, 60)
    """
    lags = range(SHOWN_BARS - 1, -1, -1)
    columns = {"CLOSE": f.close, "OPEN": f.open, "HIGH": f.high, "LOW": f.low, "VWAP": _typical()}
    prices = [
        (f"{name}{lag}", _before(values, lag) / f.close)
        for name, values in columns.items()
        for lag in lags
    ]
    volumes = [(f"VOLUME{lag}", _by_volume(_before(f.volume, lag))) for lag in lags]
    return FeatureSet(name="alpha360", version="1", features=(*prices, *volumes))


def _typical() -> Expression:
    return (f.high + f.low + f.close) / 3


def _before(values: Expression, lag: int) -> Expression:
    return f.ref(values, lag) if lag else values


def _by_volume(values: Expression) -> Expression:
    return f.where(f.volume > 0, values / f.volume, 0)


def _bar_shapes() -> _Named:
    spread = f.maximum(f.high - f.low, _LEAST)
    body = f.close - f.open
    above = f.high - f.maximum(f.open, f.close)
    below = f.minimum(f.open, f.close) - f.low
    shift = 2 * f.close - f.high - f.low
    yield "KMID", body / f.open
    yield "KLEN", (f.high - f.low) / f.open
    yield "KMID2", body / spread
    for name, part in (("KUP", above), ("KLOW", below), ("KSFT", shift)):
        yield name, part / f.open
        yield f"{name}2", part / spread


def _prices_now() -> _Named:
    for name, values in (("OPEN", f.open), ("HIGH", f.high), ("LOW", f.low), ("VWAP", _typical())):
        yield f"{name}0", values / f.close


def _rolling() -> _Named:
    for families in (_of_closes, _of_extremes, _of_two, _of_moves, _of_volumes):
        names = tuple(families(WINDOWS[0]))
        by_window = [families(n_bars) for n_bars in WINDOWS]
        for name in names:
            for n_bars, family in zip(WINDOWS, by_window, strict=True):
                yield f"{name}{n_bars}", family[name]


def _of_closes(n_bars: int) -> _Family:
    return {
        "ROC": f.ref(f.close, n_bars) / f.close,
        "MA": f.mean(f.close, n_bars) / f.close,
        "STD": f.std(f.close, n_bars) / f.close,
        "BETA": f.slope(f.close, n_bars) / f.close,
        "RSQR": f.r2(f.close, n_bars),
        "RESI": f.resid(f.close, n_bars) / f.close,
        "MAX": f.max(f.high, n_bars) / f.close,
        "MIN": f.min(f.low, n_bars) / f.close,
        "QTLU": f.quantile(f.close, n_bars, 0.8) / f.close,
        "QTLD": f.quantile(f.close, n_bars, 0.2) / f.close,
        "RANK": f.rank(f.close, n_bars),
    }


def _of_extremes(n_bars: int) -> _Family:
    lowest = f.min(f.low, n_bars)
    spread = f.maximum(f.max(f.high, n_bars) - lowest, _LEAST)
    highest_at, lowest_at = f.argmax(f.high, n_bars), f.argmin(f.low, n_bars)
    return {
        "RSV": (f.close - lowest) / spread,
        "IMAX": highest_at / n_bars,
        "IMIN": lowest_at / n_bars,
        "IMXD": (highest_at - lowest_at) / n_bars,
    }


def _of_two(n_bars: int) -> _Family:
    before = f.ref(f.volume, 1)
    traded = f.where(before > 0, f.volume / before, 1)
    return {
        "CORR": f.corr(f.close, f.log(f.volume + 1), n_bars),
        "CORD": f.corr(f.close / f.ref(f.close, 1), f.log(traded + 1), n_bars),
    }


def _of_moves(n_bars: int) -> _Family:
    rises = f.mean(f.close > f.ref(f.close, 1), n_bars)
    falls = f.mean(f.close < f.ref(f.close, 1), n_bars)
    counts = {"CNTP": rises, "CNTN": falls, "CNTD": rises - falls}
    return counts | _sums_of_moves("SUM", f.close, n_bars)


def _of_volumes(n_bars: int) -> _Family:
    weighted = f.abs(f.close / f.ref(f.close, 1) - 1) * f.volume
    family = {
        "VMA": _by_volume(f.mean(f.volume, n_bars)),
        "VSTD": _by_volume(f.std(f.volume, n_bars)),
        "WVMA": f.std(weighted, n_bars) / f.maximum(f.mean(weighted, n_bars), _LEAST),
    }
    return family | _sums_of_moves("VSUM", f.volume, n_bars)


def _sums_of_moves(name: str, values: Expression, n_bars: int) -> _Family:
    move = f.delta(values, 1)
    moved = f.maximum(f.sum(f.abs(move), n_bars), _LEAST)
    up, down = (f.sum(f.maximum(one, 0), n_bars) for one in (move, -move))
    return {f"{name}P": up / moved, f"{name}N": down / moved, f"{name}D": (up - down) / moved}
