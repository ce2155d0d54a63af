"""Whether bars may be answered on at all."""

import numpy as np

from bellwether.arrays import first_row_not_finite
from bellwether.bars import Bars, Freshness, Grade, SessionCalendar, grade_bars
from bellwether.rules import LEAST_BARS
from bellwether.service._data_rules import find_frozen, find_jump
from bellwether.service._ladder import Fault
from bellwether.service._reasons import FallbackReason

QUALITY_BARS = 504


def find_data_fault(
    bars: Bars, calendar: SessionCalendar | None, now: np.datetime64
) -> Fault | None:
    """Return why nobody may answer on these bars, or None.

    Parameters
    ----------
    bars : Bars
    calendar : SessionCalendar or None
        Sessions of the market; without it neither age nor gaps can be told.
    now : numpy.datetime64
        UTC instant of the question.

    Returns
    -------
    fault : Fault or None
        Fewer than 60 bars, a last bar that has not closed, prices that overflow once adjusted, a
        missing session right before the last bar, a last bar that is expired, the grade POOR of
        the last 504 bars, a feed that stands still at their end, or a change of unit among them.
    """
    if len(bars) < LEAST_BARS:
        return Fault(reason=FallbackReason.INSUFFICIENT_DATA, detail=f"{len(bars)} bars")
    last = bars.closed_at[-1]
    if now < last:
        return Fault(
            reason=FallbackReason.BAR_NOT_CLOSED, detail=f"it closes at {last}, now it is {now}"
        )
    with np.errstate(over="ignore"):  # what overflows is found on the next line
        matrix = bars.matrix
    if not np.isfinite(matrix).all():
        row = first_row_not_finite(matrix)
        return Fault(
            reason=FallbackReason.DATA_CONTRACT_BROKEN, detail=f"adjusted bar {row} is not finite"
        )
    recent = bars[-QUALITY_BARS:]
    fault = None if calendar is None else _find_calendar_fault(recent, calendar, now)
    return fault or _find_false_numbers(recent)


def _find_false_numbers(recent: Bars) -> Fault | None:
    if (frozen := find_frozen(recent)) is not None:
        return Fault(reason=FallbackReason.FROZEN_COLUMN, detail=frozen)
    if (jump := find_jump(recent)) is not None:
        return Fault(reason=FallbackReason.SCALE_JUMP, detail=jump)
    return None


def _find_calendar_fault(
    recent: Bars, calendar: SessionCalendar, now: np.datetime64
) -> Fault | None:
    last = recent.closed_at[-1]
    if calendar.freshness(last, now) is Freshness.EXPIRED:
        return Fault(reason=FallbackReason.EXPIRED_DATA, detail=f"it closed at {last}")
    missing = calendar.find_missing(recent)
    if grade_bars(recent, calendar, missing) is Grade.POOR:
        detail = f"{missing.size} of the last sessions are missing"
        return Fault(reason=FallbackReason.POOR_DATA, detail=detail)
    if missing.size and missing[-1] > recent.closed_at[-2]:
        return Fault(reason=FallbackReason.GAP_AT_THE_END, detail=f"no bar for {missing[-1]}")
    return None
