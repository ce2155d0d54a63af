"""Splits that nobody adjusted for: each jump of a price, with the evidence for and against.

The size of a move alone proves nothing: AAPL fell 51.9 % on 2000-09-29 for real. A split shows
itself by a simple ratio, an ordinary range, an ordinary turnover (more shares, each for less), a
level that stays, and an index that stood still. Nothing here changes a bar.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars._bars import Bars

SPLIT_RATIOS = (1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 35, 40, 50, 75, 80, 100)
LARGE_LOG_MOVE = 0.33
COMPARED_BARS = 20
LEAST_COMPARED_BARS = 3
ORDINARY_RANGE, ORDINARY_TURNOVER = 5.0, 3.0
LEAST_TOLERANCE, SPLIT_TOLERANCE = 0.025, 0.06
LEAST_DEVIATIONS = 10.0
INDEX_SHARE, UNDONE = 1 / 3, 0.2
LONGEST_STEP = 8


@dataclass(frozen=True, kw_only=True)
class SplitCase:
    """A jump of the price, and what speaks for and against a split on that bar.

    Parameters
    ----------
    row : int
        The first bar at the new price.
    day : numpy.datetime64
        Its date (UTC).
    gap : float
        Its open over the close before.
    move : float
        Its close over the close before.
    ratio : float or None
        New shares for an old one that would explain the gap: 7.0 for seven for one, 0.05 for one
        for twenty. None where no usual ratio is near.
    evidence_for, evidence_against : tuple of str
        In plain words, with the numbers.
    is_suspected : bool
        Whether a split explains it best: a usual ratio is near, the bar's range and turnover are
        ordinary, and neither a hole before it, the bars behind it nor the index speak against.
    """

    row: int
    day: np.datetime64
    gap: float
    move: float
    ratio: float | None
    evidence_for: tuple[str, ...]
    evidence_against: tuple[str, ...]
    is_suspected: bool

    @property
    def words(self) -> str:
        """The evidence in one line."""
        told = [*self.evidence_for]
        if self.evidence_against:
            told.append(f"against a split: {', '.join(self.evidence_against)}")
        return ", ".join(told) or "no range or turnover to compare"


@dataclass(frozen=True, kw_only=True)
class _Sign:
    """One piece of evidence: in words, for or against, and whether it alone can refute."""

    words: str
    speaks_for: bool
    decides: bool = True


def weigh_splits(bars: Bars, index: Bars | None = None) -> tuple[SplitCase, ...]:
    """Weigh for every large jump of the price whether it might be a split.

    Parameters
    ----------
    bars : Bars
        What its adjustment knows is no jump.
    index : Bars, optional
        Bars of the market as a whole, such as SPY: what fell with it did not split.

    Returns
    -------
    cases : tuple of SplitCase
        Oldest first, suspected or not; see `SplitCase.is_suspected`.

    Notes
    -----
    Knows: everything in `bars`, later bars too; meant for a reader, never as a feature. Without
    volumes nothing is suspected: nothing would tell a split from a move, and indices and
    currencies never split.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> weigh_splits(noise_world(1, 300).bars)
    ()
    """
    if len(bars) < 2:
        return ()
    jumps = _Jumps(bars)
    return tuple(_weigh(jumps, row, index) for row in jumps.rows())


def find_suspected_splits(bars: Bars, index: Bars | None = None) -> tuple[SplitCase, ...]:
    """List the jumps that a split explains best, oldest first; see `weigh_splits`.

    Parameters
    ----------
    bars : Bars
    index : Bars, optional

    Returns
    -------
    cases : tuple of SplitCase
    """
    return tuple(case for case in weigh_splits(bars, index) if case.is_suspected)


class _Jumps:
    """What is compared for every jump, computed once."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        opened, close = np.log(bars.matrix[:, 0]), np.log(bars.matrix[:, 3])
        self.close = close
        self.overnight, self.whole = opened[1:] - close[:-1], np.diff(close)
        self.sizes = np.abs(self.overnight)
        self.usual = float(np.median(self.sizes))

    def deviation(self, row: int) -> float:
        """Return the deviation that the usual size of a gap stands for, of late or ever."""
        late = self.sizes[max(row - 1 - COMPARED_BARS, 0) : row - 1]
        return 1.4826 * max(self.usual, float(np.median(late)) if len(late) else 0.0)

    def tolerance(self, row: int) -> float:
        """Return how far a log gap may be from that of a ratio."""
        return min(max(LEAST_TOLERANCE, 3.0 * self.deviation(row)), SPLIT_TOLERANCE)

    def rows(self) -> list[int]:
        large = np.maximum(np.abs(self.overnight), np.abs(self.whole)) > LARGE_LOG_MOVE
        return [int(place) + 1 for place in np.flatnonzero(large)]


def _weigh(jumps: _Jumps, row: int, index: Bars | None) -> SplitCase:
    bars, gap = jumps.bars, float(jumps.overnight[row - 1])
    ratio = _nearest_ratio(gap, jumps.tolerance(row))
    signs = [*_weigh_bar(bars, row)]
    has_turnover = any(sign.words.startswith("turnover") for sign in signs)
    if ratio is not None:
        named = f"1/{ratio:g} (a split)" if ratio > 1 else f"{1 / ratio:g} (a reverse split)"
        told = f"opened at {np.exp(gap):.4g} of the close before, near {named}"
        signs.insert(0, _Sign(words=told, speaks_for=True))
        if abs(gap) < LEAST_DEVIATIONS * jumps.deviation(row):
            told = "gaps of that size are nothing new of late"
            signs.append(_Sign(words=told, speaks_for=False))
        signs += _weigh_way_back(jumps, row)
        signs += [*_weigh_later(jumps, row, ratio), *_weigh_index(bars, row, gap, index)]
    elif abs(gap) > LARGE_LOG_MOVE:
        told = f"opened at {np.exp(gap):.4g} of the close before, near no usual ratio"
        signs.append(_Sign(words=told, speaks_for=False))
    signs += _weigh_hole(bars.closed_at, row)
    return SplitCase(
        row=row,
        day=bars.closed_at[row].astype("datetime64[D]"),
        gap=float(np.exp(gap)),
        move=float(np.exp(jumps.whole[row - 1])),
        ratio=ratio,
        evidence_for=tuple(sign.words for sign in signs if sign.speaks_for),
        evidence_against=tuple(sign.words for sign in signs if not sign.speaks_for),
        is_suspected=ratio is not None
        and has_turnover
        and all(sign.speaks_for or not sign.decides for sign in signs),
    )


def _nearest_ratio(gap: float, tolerance: float) -> float | None:
    """Return the new shares for an old one that a log gap looks like, or None."""
    ratio = min(SPLIT_RATIOS, key=lambda known: abs(abs(gap) - np.log(known)))
    if abs(abs(gap) - np.log(ratio)) > tolerance:
        return None
    return float(ratio) if gap < 0 else 1.0 / ratio


def _weigh_bar(bars: Bars, row: int) -> Iterator[_Sign]:
    """Hold the bar's range and turnover against the bars before it."""
    rows = slice(max(row - COMPARED_BARS, 0), row + 1)
    spread = _multiple(np.log(bars.high[rows] / bars.low[rows]))
    turnover = _multiple(bars.close[rows] * bars.volume[rows])
    for name, size, most in (
        ("range", spread, ORDINARY_RANGE),
        ("turnover", turnover, ORDINARY_TURNOVER),
    ):
        if size is not None:
            yield _Sign(words=f"{name} {size:.3g} times its usual", speaks_for=size < most)


def _multiple(values: FloatArray) -> float | None:
    """Return the last value over the median of those before; None where there is no median."""
    usual = float(np.median(values[:-1]))
    return float(values[-1]) / usual if usual > 0 else None


def _weigh_way_back(jumps: _Jumps, row: int) -> Iterator[_Sign]:
    """Say so where a jump undoes one of the bars before it."""
    gap = jumps.overnight[row - 1]
    late = jumps.overnight[max(row - 1 - COMPARED_BARS, 0) : row - 1]
    undone = np.flatnonzero(np.abs(late + gap) < UNDONE * abs(gap))
    if undone.size:
        n_bars = len(late) - int(undone[-1])
        yield _Sign(words=f"it undoes the jump {n_bars} bars before", speaks_for=False)


def _weigh_later(jumps: _Jumps, row: int, ratio: float) -> Iterator[_Sign]:
    """Hold the jump against the bars behind it: their level, and their volumes."""
    before = slice(max(row - COMPARED_BARS, 0), row)
    after = slice(row, row + COMPARED_BARS)
    n_after = len(jumps.close[after])
    if n_after < LEAST_COMPARED_BARS:
        yield _Sign(words="too few bars behind it to tell", speaks_for=False, decides=False)
        return
    level = float(np.median(jumps.close[after]) - jumps.close[row - 1])
    stayed = abs(level + np.log(ratio)) < abs(level)
    words = "stayed at" if stayed else "did not stay at"
    yield _Sign(words=f"the next {n_after} bars {words} the new level", speaks_for=stayed)
    volumes = [float(np.median(jumps.bars.volume[rows])) for rows in (before, after)]
    if min(volumes) > 0:
        response = volumes[1] / volumes[0]
        change = np.log(volumes[1]) - np.log(volumes[0])
        followed = abs(change - np.log(ratio)) < abs(change)
        told = f"the next {n_after} volumes are {response:.3g} times those before"
        # Vendors adjust volumes and forget prices, or the other way round: told, not decisive.
        yield _Sign(words=told, speaks_for=bool(followed), decides=False)


def _weigh_index(bars: Bars, row: int, gap: float, index: Bars | None) -> Iterator[_Sign]:
    if index is None:
        return
    days = index.closed_at.astype("datetime64[D]")
    place = int(np.searchsorted(days, bars.closed_at[row].astype("datetime64[D]")))
    if not 0 < place < len(index) or days[place] != bars.closed_at[row].astype("datetime64[D]"):
        told = f"{index.symbol} has no bar of that day"
        yield _Sign(words=told, speaks_for=False, decides=False)
        return
    close = index.matrix[:, 3]
    move = float(np.log(close[place] / close[place - 1]))
    stood = move * np.sign(gap) < INDEX_SHARE * abs(gap)
    yield _Sign(words=f"{index.symbol} moved {100 * np.expm1(move):+.1f} %", speaks_for=bool(stood))


def _weigh_hole(closed_at: TimeArray, row: int) -> Iterator[_Sign]:
    """Say so where the bar before is so long ago that anything may have happened."""
    steps = np.diff(closed_at[max(row - COMPARED_BARS, 0) : row + 1].astype(np.int64))
    if len(steps) > 1 and steps[-1] > LONGEST_STEP * np.max(steps[:-1]):
        days = int(steps[-1]) // 86_400_000_000
        yield _Sign(words=f"the bar before it is {days} days older", speaks_for=False)
