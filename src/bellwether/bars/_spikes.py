"""Spikes: moves that come back within three bars, too large for the days around them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars._bars import Bars
from bellwether.bars._finding import Finding, multiple_of_usual, name_bar, power_of_ten, write_power
from bellwether.bars._splits import COMPARED_BARS, LARGE_LOG_MOVE, SplitCase

LONGEST_SPIKE_BARS = 3
# How much of a spike may be left when it is over: the more, the fewer bars it lasts.
LEFT, LEFT_OF_LONGER = 0.3, 0.2
USUAL_BARS, MANY_TIMES = 63, 8.0
LEAST_MOVE, LEAST_INTRADAY_MOVE = 0.05, 0.01


@dataclass(frozen=True, kw_only=True)
class Spike:
    """A move that came back.

    Parameters
    ----------
    first, end : int
        The first bar away from the level, and the bar that is back at it.
    move : float
        Close of the first bar over the close before.
    evidence : str
        In plain words.
    """

    first: int
    end: int
    move: float
    evidence: str

    def tell(self, bars: Bars) -> Finding:
        """Return the spike as a finding: an error of scale where it is a power of ten."""
        power = power_of_ten(self.move)
        size = describe_move(self.move)
        if power is not None:
            size += f", about {write_power(power)} times too {'large' if power > 0 else 'small'},"
        n_bars = self.end - self.first
        back = "the next bar" if n_bars == 1 else f"the bar {n_bars} later"
        return Finding(
            code="reverting-move" if power is None else "scale-error",
            where=name_bar(bars, self.first),
            what=f"{size} and came back on {back}; {self.evidence}",
        )


def find_spikes(bars: Bars, cases: Sequence[SplitCase]) -> tuple[Spike, ...]:
    """List the moves that come back, oldest first.

    Parameters
    ----------
    bars : Bars
    cases : sequence of SplitCase
        The large jumps of the price, oldest first.

    Returns
    -------
    spikes : tuple of Spike
        Of large moves those that are back within three bars; of smaller ones those that are back
        on the next bar, and 8 times the typical move of the 63 bars before and behind.
    """
    if len(bars) < 3:
        return ()
    close = np.log(bars.matrix[:, 3])
    large = list(_find_large(close, {case.row: case for case in cases}))
    small = list(_find_small(bars, close))
    return tuple(sorted((*large, *small), key=lambda spike: spike.first))


def describe_move(move: float) -> str:
    """Return a move from one close to the next in words.

    Examples
    --------
    >>> describe_move(0.5), describe_move(100.0)
    ('closed -50.0 % from the close before', 'closed at 100 times the close before')
    """
    if abs(np.log(move)) > np.log(4.0):
        return f"closed at {move:.4g} times the close before"
    return f"closed {100 * (move - 1.0):+.1f} % from the close before"


def _find_large(close: FloatArray, cases: Mapping[int, SplitCase]) -> Iterator[Spike]:
    over = 0
    for row, case in cases.items():
        size = abs(close[row] - close[row - 1])
        for end in range(row + 1, min(row + LONGEST_SPIKE_BARS, len(close) - 1) + 1):
            most = LEFT if end == row + 1 else LEFT_OF_LONGER
            if row > over and end in cases and abs(close[end] - close[row - 1]) < most * size:
                yield Spike(first=row, end=end, move=case.move, evidence=case.words)
                over = end


def _find_small(bars: Bars, close: FloatArray) -> Iterator[Spike]:
    moves = np.diff(close)
    least = LEAST_MOVE if bars.interval.endswith(("d", "w")) else LEAST_INTRADAY_MOVE
    there, back = np.abs(moves[:-1]), np.abs(moves[:-1] + moves[1:])
    fits = (there > least) & (there < LARGE_LOG_MOVE) & (back < LEFT_OF_LONGER * there)
    for place in np.flatnonzero(fits).tolist() if len(moves) > COMPARED_BARS else ():
        most = there[place] / MANY_TIMES
        before = _usual_size(moves[max(place - USUAL_BARS, 0) : place])
        if before >= most:
            continue
        usual = max(before, _usual_size(moves[place + 2 :][:USUAL_BARS]))
        if 0 < usual < most:
            told = f"{there[place] / usual:.3g} times a usual move"
            yield Spike(
                first=place + 1,
                end=place + 2,
                move=float(np.exp(moves[place])),
                evidence=f"{told}{_tell_turnover(bars, place + 1)}",
            )


def _usual_size(moves: FloatArray) -> float:
    """Return the deviation that the (upper) median size of some moves stands for."""
    # A tenth of what numpy.median takes: this is asked of every larger move that comes back.
    middle = len(moves) // 2
    return 1.4826 * float(np.partition(np.abs(moves), middle)[middle]) if len(moves) else 0.0


def _tell_turnover(bars: Bars, row: int) -> str:
    rows = slice(max(row - COMPARED_BARS, 0), row + 1)
    size = multiple_of_usual(bars.close[rows] * bars.volume[rows])
    return "" if size is None else f", turnover {size:.3g} times its usual"
