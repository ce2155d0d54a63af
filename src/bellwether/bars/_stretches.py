"""Stretches of bars that say nothing: missing, frozen, flat, without volume, out of session."""

from collections.abc import Iterator

import numpy as np

from bellwether.arrays import BoolArray, TimeArray
from bellwether.bars._bars import Bars
from bellwether.bars._calendar import SessionCalendar
from bellwether.bars._finding import Finding, Severity, name_bar, runs

FROZEN_BARS, LONG_FROZEN_BARS = 5, 10
GAP_SESSIONS = 5
LONG_STRETCH_BARS, LARGE_SHARE = 20, 0.05


def find_stretches(bars: Bars, calendar: SessionCalendar, missing: TimeArray) -> Iterator[Finding]:
    """Yield gaps, frozen closes, flat bars, bars without volume and bars out of session.

    Parameters
    ----------
    bars : Bars
        At least one.
    calendar : SessionCalendar
    missing : datetime64[us] array of shape (n_missing,)
        Sessions without a bar, as `SessionCalendar.find_missing` gives them.

    Notes
    -----
    A run of 5 equal closes or more is a note, of 10 a warning. Flat bars and bars without volume
    are a warning where 20 of them follow each other, or one in twenty bars is such.
    """
    for first, count in find_gaps(calendar, missing):
        if count >= GAP_SESSIONS:
            row = max(int(np.searchsorted(bars.closed_at, calendar.closes_at[first])) - 1, 0)
            what = f"{count} sessions in a row without a bar after this one"
            yield Finding(code="gap", where=name_bar(bars, row), what=what)
    yield from _find_frozen_closes(bars)
    yield from _summarise(bars, "flat-bars", bars.high == bars.low, "have one price only")
    yield from _find_zero_volume(bars)
    yield from _find_off_session(bars, calendar)


def find_gaps(calendar: SessionCalendar, missing: TimeArray) -> list[tuple[int, int]]:
    """Return the first session and the number of sessions of each run of missing ones."""
    if not missing.size:
        return []
    sessions = np.searchsorted(calendar.closes_at, missing)
    marked = np.zeros(int(sessions[-1] - sessions[0]) + 1, dtype=np.bool_)
    marked[sessions - sessions[0]] = True
    return [(first + int(sessions[0]), count) for first, count in runs(marked)]


def _find_frozen_closes(bars: Bars) -> Iterator[Finding]:
    for first, count in runs(bars.close[1:] == bars.close[:-1], FROZEN_BARS - 1):
        long = count + 1 >= LONG_FROZEN_BARS
        yield Finding(
            code="frozen-closes",
            where=name_bar(bars, first),
            what=f"{count + 1} closes in a row are {bars.close[first]:g}",
            severity=Severity.WARNING if long else Severity.NOTE,
        )


def _find_zero_volume(bars: Bars) -> Iterator[Finding]:
    if bars.has_volume:
        yield from _summarise(bars, "zero-volume", bars.volume == 0, "have no volume")
    else:
        what = "no bar has a volume: features of volume are left out"
        yield Finding(code="no-volume", where=name_bar(bars, 0), what=what)


def _find_off_session(bars: Bars, calendar: SessionCalendar) -> Iterator[Finding]:
    if bars.interval != "1d":
        return
    nearest = calendar.closes_at[calendar.find_sessions(bars.closed_at)]
    if (nearest == bars.closed_at).all():
        return
    off = np.abs(bars.closed_at - nearest) > np.timedelta64(12, "h")
    words = f"are more than 12 hours from a close of {calendar.name}"
    yield from _summarise(bars, "off-session", off, words)


def _summarise(bars: Bars, code: str, marked: BoolArray, words: str) -> Iterator[Finding]:
    """Yield one finding for all marked bars: how many, and the longest stretch."""
    found = runs(marked)
    if found:
        n_marked = int(marked.sum())
        first, longest = max(found, key=lambda run: run[1])
        what = f"{n_marked} of {len(bars)} bars {words}"
        stretch = f"the longest stretch is {longest} from {name_bar(bars, first)}"
        many = longest >= LONG_STRETCH_BARS or n_marked > LARGE_SHARE * len(bars)
        yield Finding(
            code=code,
            where=name_bar(bars, found[0][0]),
            what=f"{what}; {stretch}",
            severity=Severity.WARNING if many else Severity.NOTE,
        )


def frozen_share(bars: Bars) -> float:
    """Return the share of bars whose close is that of the bar before, 0 to 1."""
    if len(bars) < 2:
        return 0.0
    return int(np.count_nonzero(bars.close[1:] == bars.close[:-1])) / (len(bars) - 1)
