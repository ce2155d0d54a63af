"""Series of which a part is not this market's: another company's bars, or another scale.

A part shows itself in two ways. A ticker that rests for a quarter of a year or more and comes
back at another price, or traded a hundred times as much, is likely to be another company's. And
prices that jump to another level overnight, without a wider range or more turnover than usual,
and back again some weeks later, were never traded by the same crowd.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.bars._bars import Bars
from bellwether.bars._calendar import SessionCalendar
from bellwether.bars._splits import COMPARED_BARS, ORDINARY_RANGE, ORDINARY_TURNOVER, SplitCase

REST_SESSIONS, LONG_REST_SESSIONS = 60, 250
# How far price and turnover may be apart after a rest: a bear market is no other company.
LARGE_STEP, LARGE_STEP_AFTER_YEARS = np.log([3.0, 30.0]), np.log([2.0, 5.0])
LONGEST_EXCURSION_BARS = 126
LEAST_EXCURSION = 0.45
OVERNIGHT_SHARE = 0.7


@dataclass(frozen=True, kw_only=True)
class Splice:
    """A place where the bars of something else begin, or have been put in.

    Parameters
    ----------
    first, end : int
        The bars of the part: `end` is the first one behind it.
    what : str
        The evidence, in plain words.
    """

    first: int
    end: int
    what: str


def find_rejoined(
    bars: Bars, calendar: SessionCalendar, gaps: Sequence[tuple[int, int]]
) -> Iterator[Splice]:
    """Yield the bars that follow a long rest and do not look like those before it.

    Parameters
    ----------
    bars : Bars
    calendar : SessionCalendar
    gaps : sequence of (int, int)
        First session and number of sessions of each gap.
    """
    for session, count in gaps:
        row = int(np.searchsorted(bars.closed_at, calendar.closes_at[session]))
        if count < REST_SESSIONS or not 0 < row < len(bars):
            continue
        steps = _steps(bars, row)
        bounds = LARGE_STEP_AFTER_YEARS if count >= LONG_REST_SESSIONS else LARGE_STEP
        if any(abs(step) > bound for step, bound in zip(steps, bounds, strict=False)):
            told = [f"its price is {np.exp(steps[0]):.3g} times that before"]
            told += [f"its turnover {np.exp(step):.3g} times" for step in steps[1:]]
            what = f"begins after {count} sessions without a bar; {', '.join(told)}"
            what += ": another company that uses the ticker, or another scale"
            yield Splice(first=row, end=len(bars), what=what)


def _steps(bars: Bars, row: int) -> list[float]:
    """Return the log steps of price and, where there is one, of turnover at a bar."""
    before, after = slice(max(row - COMPARED_BARS, 0), row), slice(row, row + COMPARED_BARS)
    steps = [float(np.log(bars.matrix[row, 0] / bars.matrix[row - 1, 3]))]
    turnovers = [float(np.median(bars.close[part] * bars.volume[part])) for part in (before, after)]
    if min(turnovers) > 0:
        steps.append(float(np.log(turnovers[1]) - np.log(turnovers[0])))
    return steps


def find_excursions(bars: Bars, cases: Sequence[SplitCase]) -> Iterator[Splice]:
    """Yield the stretches that jump to another level and back, both times without a trade.

    Parameters
    ----------
    bars : Bars
    cases : sequence of SplitCase
        Every large jump of the price, oldest first.
    """
    quiet = [case for case in cases if _is_quiet(bars, case)]
    taken = 0
    for place, there in enumerate(quiet):
        for back in quiet[place + 1 :]:
            if there.row < taken or back.row - there.row > LONGEST_EXCURSION_BARS:
                break
            if _undoes(bars, there, back) and _trades(bars, there.row, back.row):
                level = _level(bars, there.row, back.row)
                what = (
                    f"{back.row - there.row} bars stand at {level:.3g} times the price before and "
                    "after them, and no range or turnover marks the jumps: of another company, or "
                    "on another scale"
                )
                yield Splice(first=there.row, end=back.row, what=what)
                taken = back.row
                break


def _is_quiet(bars: Bars, case: SplitCase) -> bool:
    """Return whether a jump came overnight, with an ordinary range and turnover on the day.

    Ordinary is what the bars before it, or those behind it, have: another company has its own.
    """
    gap, move = np.log(case.gap), np.log(case.move)
    row = case.row
    before, behind = (
        slice(max(row - COMPARED_BARS, 0), row),
        slice(row + 1, row + COMPARED_BARS + 1),
    )
    turnover = bars.close * bars.volume
    spread = np.log(bars.high / bars.low)
    turnovers = [
        float(np.median(turnover[part])) for part in (before, behind) if turnover[part].any()
    ]
    spreads = [float(np.median(spread[part])) for part in (before, behind) if spread[part].any()]
    return bool(
        abs(move) > LEAST_EXCURSION
        and gap * move > 0
        and abs(gap) > OVERNIGHT_SHARE * abs(move)
        and spread[row] <= ORDINARY_RANGE * max(spreads, default=0.0)
        and turnover[row] <= ORDINARY_TURNOVER * max(turnovers, default=0.0)
        and bars.has_volume
    )


def _undoes(bars: Bars, there: SplitCase, back: SplitCase) -> bool:
    close = bars.matrix[:, 3]
    size = abs(np.log(there.move))
    left = abs(np.log(close[back.row] / close[there.row - 1]))
    opposite = np.log(there.move) * np.log(back.move) < 0
    return bool(opposite and left < 0.35 * size)


def _trades(bars: Bars, first: int, end: int) -> bool:
    """Return whether a stretch has prices of its own; a price rounded to two steps has none."""
    return 2 * len(np.unique(bars.close[first:end])) >= end - first


def _level(bars: Bars, first: int, end: int) -> float:
    close = bars.matrix[:, 3]
    around = np.sqrt(close[first - 1] * close[end])
    return float(np.median(close[first:end]) / around)
