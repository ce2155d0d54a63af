"""Copies of a user's bars in which nothing can be foreseen, or a stated skill can: for the gate.

A copy keeps what makes real bars difficult - heavy tails, the shape of each bar, symbols that
move together - and takes away whatever could be known of the next one.
"""

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, TimeArray
from bellwether.bars import Bars, Panel
from bellwether.validation._errors import UnusableOptions
from bellwether.validation._statistics import past_volatility

LEAST_COMMON_BARS = 100
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)


def common_bars(panel: Panel) -> Panel:
    """Return the bars of those instants at which every symbol has one.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    common : Panel
        At adjusted prices, as if they had been traded: a split is no move of the market.

    Raises
    ------
    UnusableOptions
        If they are fewer than 100.
    """
    every = np.concatenate([bars.closed_at for bars in panel.bars])
    times, counts = np.unique(every, return_counts=True)
    shared = times[counts == len(panel)]
    if len(shared) < LEAST_COMMON_BARS:
        expected = f"at least {LEAST_COMMON_BARS} bars at which every symbol has one"
        raise UnusableOptions("panel", expected, f"{len(shared)}")
    parts = [(bars, np.isin(bars.closed_at, shared)) for bars in panel.bars]
    return Panel(
        bars=[_bars(bars.symbol, shared, bars.matrix[rows], bars.interval) for bars, rows in parts]
    )


def flip_signs(panel: Panel, random: np.random.Generator) -> Panel:
    """Return a copy whose moves have random signs, one a bar for all symbols.

    Parameters
    ----------
    panel : Panel
        As `common_bars` gives it.
    random : numpy.random.Generator

    Returns
    -------
    copy : Panel
        A bar whose sign is turned is its own mirror image around the close before it. Its
        returns are symmetric whatever came before: no price says where the next one goes.
    """
    falls = random.integers(0, 2, len(panel.closed_at)).astype(np.bool_)
    return _rebuild(panel, [_mirror(moves, falls) for moves in _moves(panel)])


def permute_bars(panel: Panel, random: np.random.Generator) -> Panel:
    """Return a copy whose bars come in random order, all symbols' in the same one.

    Parameters
    ----------
    panel : Panel
        As `common_bars` gives it.
    random : numpy.random.Generator

    Returns
    -------
    copy : Panel
        Each bar keeps its shape around the close before it and its volume; drift, tails and
        falls are those of the user's bars, clusters of volatility are gone.
    """
    order = random.permutation(len(panel.closed_at))
    volumes = [bars.volume[order] for bars in panel.bars]
    return _rebuild(panel, [moves[order] for moves in _moves(panel)], volumes)


def plant_skill(
    panel: Panel, signal: FloatArray, information_coefficient: float, random: np.random.Generator
) -> Panel:
    """Return a copy with flipped signs whose bars follow a signal with a stated strength.

    Parameters
    ----------
    panel : Panel
        As `common_bars` gives it.
    signal : float64 array of shape (n_bars, n_symbols)
        Of unit variance, row i known before bar i.
    information_coefficient : float
        Correlation of the signal with the volatility-scaled move of its bar.
    random : numpy.random.Generator

    Returns
    -------
    copy : Panel
        The first 60 bars, whose volatility nobody knows beforehand, follow nothing.
    """
    planted = []
    strength, rest = information_coefficient, np.sqrt(1.0 - information_coefficient**2)
    for moves, column in zip(_moves(flip_signs(panel, random)), signal.T, strict=True):
        close = moves[:, CLOSE]
        volatility = np.nan_to_num(past_volatility(close), nan=0.0)
        told = np.where(volatility > 0.0, strength * volatility * column + rest * close, close)
        shaped = np.column_stack([moves[:, OPEN], moves[:, HIGH], moves[:, LOW], told])
        shaped[:, HIGH], shaped[:, LOW] = shaped.max(axis=1), shaped.min(axis=1)
        planted.append(shaped)
    return _rebuild(panel, planted)


def _moves(panel: Panel) -> list[FloatArray]:
    """Return the log prices of each bar less that of the close before it, one array a symbol."""
    found = []
    for bars in panel.bars:
        prices = np.log(bars.matrix[:, :VOLUME])
        before = np.concatenate([prices[:1, OPEN], prices[:-1, CLOSE]])
        found.append(prices - before[:, None])
    return found


def _mirror(moves: FloatArray, falls: BoolArray) -> FloatArray:
    turned = -moves[:, [OPEN, LOW, HIGH, CLOSE]]
    return np.where(falls[:, None], turned, moves)


def _rebuild(
    panel: Panel, moves: list[FloatArray], volumes: list[FloatArray] | None = None
) -> Panel:
    rebuilt = []
    for number, (bars, own) in enumerate(zip(panel.bars, moves, strict=True)):
        closes = np.cumsum(own[:, CLOSE])
        before = np.concatenate([[0.0], closes[:-1]])
        prices = bars.matrix[0, OPEN] * np.exp(before[:, None] + own)
        volume = bars.volume if volumes is None else volumes[number]
        matrix = np.column_stack([prices, volume])
        rebuilt.append(_bars(bars.symbol, bars.closed_at, matrix, bars.interval))
    return Panel(bars=rebuilt)


def _bars(symbol: str, closed_at: TimeArray, matrix: FloatArray, interval: str) -> Bars:
    opened, high, low, close, volume = matrix.T
    return Bars(
        symbol=symbol,
        interval=interval,
        closed_at=closed_at,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )
