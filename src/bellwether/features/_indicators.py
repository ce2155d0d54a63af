"""Indicators of the catalogues and the rules, each as an expression."""

import math

from bellwether.features import _functions as f
from bellwether.features._expression import Expression

VOLATILITY_ALPHA = 0.06
LEAST_VOLATILITY = 1e-6
# Alpha and bars of the variances an interval is made of: as the target's volatility, plain, and
# quick after falls. Short enough for a replay of the last intervals within the same lookback.
VARIANCE_BARS, FALL_ALPHA, FALL_BARS = 72, 0.2, 32
MACD_BARS = (12, 26, 9)
LEAST_MOVE = 1e-300


def simple_return(n_bars: int) -> Expression:
    """Return the change of the close over `n_bars`, as a fraction of the earlier close."""
    return f.close / f.ref(f.close, n_bars) - 1


def average_deviation(n_bars: int) -> Expression:
    """Return the distance of the close from its mean, as a fraction of the mean."""
    return f.close / f.mean(f.close, n_bars) - 1


def rsi(n_bars: int) -> Expression:
    """Return Wilder's relative strength index, 0 to 100; 50 where the close did not move.

    References
    ----------
    Wilder, New Concepts in Technical Trading Systems (1978), section VI; of finite memory.
    """
    change = f.delta(f.close, 1)
    gain = f.wilder(f.maximum(change, 0), n_bars)
    loss = f.wilder(f.maximum(-change, 0), n_bars)
    return f.where(gain + loss > 0, 100 * gain / (gain + loss), 50)


def true_range() -> Expression:
    """Return the range of a bar, the previous close included, in price.

    References
    ----------
    Wilder (1978), section III.
    """
    before = f.ref(f.close, 1)
    return f.maximum(f.high, before) - f.minimum(f.low, before)


def atr(n_bars: int) -> Expression:
    """Return Wilder's average true range, in price, of finite memory."""
    return f.wilder(true_range(), n_bars)


def directional_movement(n_bars: int) -> tuple[Expression, Expression]:
    """Return Wilder's smoothed movements up and down, in price, of finite memory.

    References
    ----------
    Wilder (1978), section IV.
    """
    rise, fall = f.delta(f.high, 1), -f.delta(f.low, 1)
    up = f.where((rise > fall) & (rise > 0), rise, 0)
    down = f.where((fall > rise) & (fall > 0), fall, 0)
    return f.wilder(up, n_bars), f.wilder(down, n_bars)


def directional_index(n_bars: int) -> Expression:
    """Return Wilder's average directional index (ADX), 0 to 100; 0 where nothing moved.

    References
    ----------
    Wilder (1978), section IV. The true range that divides both movements cancels in their ratio.
    """
    up, down = directional_movement(n_bars)
    moved = f.maximum(up + down, LEAST_MOVE)
    return f.wilder(100 * f.abs(up - down) / moved, n_bars)


def macd_signal() -> Expression:
    """Return the 9-bar EMA of the 12-bar less the 26-bar EMA of the close, in % of the close.

    References
    ----------
    Appel, The Moving Average Convergence Divergence Trading Method (1985).
    """
    fast, slow, smooth = (2.0 / (n_bars + 1) for n_bars in MACD_BARS)
    return 100 * f.ema(f.ema(f.close, fast) - f.ema(f.close, slow), smooth) / f.close


def bollinger_position(n_bars: int) -> Expression:
    """Return the place of the close between its bands: 0 the lower, 1 the upper.

    Bands are two population standard deviations around the mean; .5 where they coincide.

    References
    ----------
    Bollinger on Bollinger Bands (2001), chapter 8 (%b).
    """
    deviation = f.population_std(f.close, n_bars)
    distance = f.close - f.mean(f.close, n_bars)
    return f.where(deviation > 0, 0.5 + distance / (4 * deviation), 0.5)


def volume_ratio(n_bars: int) -> Expression:
    """Return the volume over its mean, its own bar included; 1 where nothing was traded."""
    usual = f.mean(f.volume, n_bars)
    return f.where(usual > 0, f.volume / usual, 1)


def annual_volatility(n_bars: int, bars_a_year: int = 252) -> Expression:
    """Return the sample standard deviation of returns, a year, as a fraction."""
    return f.std(simple_return(1), n_bars) * math.sqrt(bars_a_year)


def close_location() -> Expression:
    """Return the place of the close in its bar's range: 0 the low, 1 the high, .5 if none."""
    spread = f.high - f.low
    return f.where(spread > 0, (f.close - f.low) / spread, 0.5)


def ewma_volatility() -> Expression:
    """Return the exponentially weighted volatility of returns, a bar, as a fraction.

    The square root of the mean square return with weight .06 on the newest, at least 1e-6:
    what a return over the next bars is divided by to make a target.

    References
    ----------
    RiskMetrics Technical Document (1996), section 5.2 (with decay .94), of finite memory.
    """
    squared = simple_return(1) * simple_return(1)
    return f.maximum(f.sqrt(f.ema(squared, VOLATILITY_ALPHA)), LEAST_VOLATILITY)


def interval_variances() -> tuple[Expression, ...]:
    """Return the variances of a bar's return that an interval forecast is a mixture of.

    The exponentially weighted mean square return, its plain mean, and the exponentially weighted
    mean square of falls, quick to forget: markets are shaken more by falls. Zero where nothing
    moved.

    References
    ----------
    Corsi (2009), A simple approximate long-memory model of realized volatility, eq. 8, for
    mixtures of memories; Glosten, Jagannathan and Runkle (1993), eq. 9, for falls.
    """
    change = simple_return(1)
    fall = f.minimum(change, 0)
    return (
        f.ema(change * change, VOLATILITY_ALPHA, VARIANCE_BARS),
        f.sum(change * change, VARIANCE_BARS) / VARIANCE_BARS,
        f.ema(fall * fall, FALL_ALPHA, FALL_BARS),
    )
