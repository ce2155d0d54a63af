"""Hard rules about the numbers in bars: a feed that stands still, a unit that changed."""

import math

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import COLUMNS, Bars

FROZEN_BARS = 5
"""Equal numbers in a row that are suspicious where a market hardly ever repeats one."""

LEAST_CHANCE = 1e-6
"""Chance, by the market's own habit, below which a repetition is held to be the feed's."""

JUMP_FACTOR = 8.0
"""How many times the close before a close must be, or the reverse, to be of another unit."""

REVERSED_BARS = 5
"""Within how many bars a jump must be undone to have been a bad price and no change of unit."""


def find_frozen(bars: Bars) -> str | None:
    """Return what stands still at the end of some bars, in words, or None.

    Parameters
    ----------
    bars : Bars
        The last few hundred; they show how often the market repeats a number anyway.

    Returns
    -------
    words : str or None
        Whole bars that are repeated 5 times; or a column that is, if as many equal numbers in a
        row have a chance of at most 1e-6 when two neighbours are equal as often as before. A
        volume of zero, or one that never changes, says nothing.

    Notes
    -----
    Knows: bars up to and including the last.
    Cost: a microsecond unless something is repeated.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> bars = noise_world(1, 200).bars
    >>> find_frozen(bars) is None
    True
    >>> from dataclasses import replace
    >>> still = np.concatenate([bars.volume[:-4], np.repeat(bars.volume[-5], 4)])
    >>> find_frozen(replace(bars, volume=still))
    'the last 5 bars have the same volume'
    """
    if len(bars) < FROZEN_BARS:
        return None
    equal = [name for name in COLUMNS if _is_repeated(getattr(bars, name))]
    if len(equal) == len(COLUMNS):
        return f"the last {FROZEN_BARS} bars are the same"
    for name in equal:
        column = getattr(bars, name)
        n_equal, chance = _weigh(column)
        is_silent = name == "volume" and (column[-1] == 0.0 or n_equal == len(column))
        if chance <= LEAST_CHANCE and not is_silent:
            return f"the last {n_equal} bars have the same {name}"
    return None


def find_jump(bars: Bars) -> str | None:
    """Return where prices change their unit among some bars, in words, or None.

    Parameters
    ----------
    bars : Bars

    Returns
    -------
    words : str or None
        Two neighbouring adjusted closes of which one is at least 8 times the other, unless that
        is undone within 5 bars: a single bad price is in the past then, and the level is true.

    Notes
    -----
    Knows: bars up to and including the last.
    Cost: 3 microseconds unless prices within the bars differ by a factor of 8.
    """
    close = bars.matrix[:, 3]
    if not close.size or np.maximum.reduce(close) / JUMP_FACTOR < np.minimum.reduce(close):
        return None
    steps = np.diff(np.log(close))
    opened: list[int] = []
    for place in np.flatnonzero(np.abs(steps) >= math.log(JUMP_FACTOR)).tolist():
        if opened and _is_undone(steps, opened[-1], place):
            opened.pop()
        else:
            opened.append(place)
    if not opened:
        return None
    row = opened[-1] + 1
    return f"close {close[row]:g} at {bars.closed_at[row]}, after {close[row - 1]:g}"


def _is_repeated(column: FloatArray) -> bool:
    if column.item(-1) != column.item(-2):  # nearly always
        return False
    last: list[float] = column[-FROZEN_BARS:].tolist()
    return last.count(last[0]) == FROZEN_BARS


def _weigh(column: FloatArray) -> tuple[int, float]:
    """Return how many equal numbers end a column, and the chance of that by those before."""
    equal = column[1:] == column[:-1]
    changes = np.flatnonzero(~equal)
    n_pairs = len(equal) if not changes.size else len(equal) - 1 - int(changes[-1])
    before = equal[: len(equal) - n_pairs]
    share = (np.count_nonzero(before) + 1) / (before.size + 2)
    return n_pairs + 1, float(share**n_pairs)


def _is_undone(steps: FloatArray, first: int, second: int) -> bool:
    is_near = second - first <= REVERSED_BARS
    return is_near and bool(abs(steps[first] + steps[second]) < math.log(2.0))
