"""Large moves of the price, each called what it most likely is.

The size of a move alone proves nothing. Of every jump it is asked in turn: does it come back, is
it the edge of a part that is not this market's, does a split explain it, is it of a size that no
market moves in one bar? What is left is a large move, with its range and turnover.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars._bars import Bars
from bellwether.bars._calendar import SessionCalendar
from bellwether.bars._finding import Finding, name_bar
from bellwether.bars._spikes import describe_move, find_spikes
from bellwether.bars._splices import Splice, find_excursions, find_rejoined
from bellwether.bars._splits import SplitCase, weigh_splits
from bellwether.bars._stretches import find_gaps

IMPOSSIBLE_MOVE = 4.0
ERRATIC_MOVES, ERRATIC_SHARE = 12, 0.01


def find_moves(bars: Bars, calendar: SessionCalendar, missing: TimeArray) -> Iterator[Finding]:
    """Yield every large move of the price as a finding of one kind.

    Parameters
    ----------
    bars : Bars
        At least one.
    calendar : SessionCalendar
    missing : datetime64[us] array of shape (n_missing,)
        Sessions without a bar, as `SessionCalendar.find_missing` gives them.

    Notes
    -----
    Knows: everything in `bars`, later bars too; meant for a reader, never as a feature.
    """
    cases = weigh_splits(bars)
    splices = [*find_rejoined(bars, calendar, find_gaps(calendar, missing))]
    told = {splice.first for splice in splices}
    spikes = find_spikes(bars, [case for case in cases if case.row not in told])
    told |= {row for spike in spikes for row in range(spike.first, spike.end + 1)}
    if len(cases) > max(ERRATIC_MOVES, ERRATIC_SHARE * len(bars)):
        yield _tell_erratic(bars, cases)
    else:
        splices += find_excursions(bars, [case for case in cases if case.row not in told])
        told |= {row for splice in splices for row in (splice.first, splice.end)}
    for splice in splices:
        yield _tell_splice(bars, splice)
    for spike in spikes:
        yield spike.tell(bars)
    for case in cases:
        if case.row not in told:
            yield _tell_move(bars, case)


def _tell_move(bars: Bars, case: SplitCase) -> Finding:
    code, what = "large-move", describe_move(case.move)
    if case.is_suspected:
        code, what = "suspected-split", f"{what}, as a split looks"
    elif abs(np.log(case.move)) > np.log(IMPOSSIBLE_MOVE):
        code = "level-break"
        what += " and stayed there: a split nobody adjusted for, another unit, or another company"
    return Finding(code=code, where=name_bar(bars, case.row), what=f"{what}; {case.words}")


def _tell_splice(bars: Bars, splice: Splice) -> Finding:
    first, last = name_bar(bars, splice.first), name_bar(bars, splice.end - 1)
    until = "" if splice.end == len(bars) else f"up to {last} "
    return Finding(code="spliced-series", where=first, what=f"{until}{splice.what}")


def _tell_erratic(bars: Bars, cases: Sequence[SplitCase]) -> Finding:
    what = (
        f"{len(cases)} of {len(bars)} bars move by more than a third: prices of single trades, "
        "or of several things"
    )
    return Finding(code="erratic-prices", where=name_bar(bars, cases[0].row), what=what)
