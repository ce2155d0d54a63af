"""Where horizons end by the calendar, and whether the bars have got there."""

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np

from bellwether.arrays import FloatArray, IntArray, TimeArray
from bellwether.bars import Bars, SessionCalendar
from bellwether.service._data_rules import JUMP_FACTOR

LATE_SESSIONS = 3
"""Sessions after which a bar that is not there is told to be late."""

LOST_SESSIONS = 5
"""Sessions after which a bar that is not there, where later ones are, is given up."""

REVISED_FRAC = 1e-9
"""Share of a price ratio by which it must differ to count as revised."""

_ALWAYS_OPEN = "24/7"
_ASSUMED = "weekdays"
_CLOSE = 3
_SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
_WITHIN_A_DAY = re.compile(r"(\d{1,4})([mh])")


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonEnd:
    """Where the horizon of one answer ends.

    Parameters
    ----------
    closes_at : numpy.datetime64
        Close of its last bar by the calendar, UTC.
    start, row : int or None
        Rows of the bar that was answered on and of the horizon's last; None where there is none.
    n_sessions : int
        Sessions that have closed since its end; 0 where the calendar tells of none.
    is_lost : bool
        Whether the last bar is to be given up: later bars are there, and 5 sessions are over.
    is_doubted : bool
        Whether the last bar is there and not believed, for it would be of another unit: it
        counts as missing until it is revised.
    """

    closes_at: np.datetime64
    start: int | None
    row: int | None
    n_sessions: int
    is_lost: bool
    is_doubted: bool = False

    @property
    def is_late(self) -> bool:
        """Whether the last bar should have been there for 3 sessions or more, and is not."""
        is_missing = self.row is None and not self.is_doubted
        return is_missing and self.n_sessions >= LATE_SESSIONS


@dataclass(frozen=True, kw_only=True, eq=False)
class MarketCloses:
    """The closes of a market as they are known at some instant.

    Parameters
    ----------
    interval : str
    closed_at : datetime64[us] array of shape (n_bars,)
        Of bars that have closed by `now`, increasing.
    close : float64 array of shape (n_bars,)
        Adjusted.
    calendar : SessionCalendar or None
        Sessions of the market. Without it bars are counted. So they are where "weekdays" had to
        be assumed, which calls every holiday a missing bar; and on exchanges where bars are
        shorter than a day, for a calendar knows the ends of sessions only.
    now : numpy.datetime64
        UTC.
    """

    interval: str
    closed_at: TimeArray
    close: FloatArray
    calendar: SessionCalendar | None
    now: np.datetime64

    @classmethod
    def of(cls, bars: Bars, calendar: SessionCalendar | None, now: np.datetime64) -> "MarketCloses":
        """Return the closes of those bars that have closed by an instant."""
        n_closed = int(np.searchsorted(bars.closed_at, now, side="right"))
        return cls(
            interval=bars.interval,
            closed_at=bars.closed_at[:n_closed],
            close=bars.matrix[:n_closed, _CLOSE],
            calendar=calendar,
            now=now,
        )

    def beside(self, close: FloatArray) -> "MarketCloses":
        """Return the closes of another market whose bars closed at the same instants.

        Parameters
        ----------
        close : float64 array of shape (n_bars,)

        Notes
        -----
        Where a horizon ends rests on the times alone: what is found of it for one of such
        markets is known for all.
        """
        other = replace(self, close=close)
        vars(other).update(_ends=self._ends, _ends_at=self._ends_at)
        return other

    def find_row(self, at: np.datetime64 | None) -> int | None:
        """Return the row of the bar that closed at an instant, or None."""
        row = len(self.closed_at) if at is None else int(np.searchsorted(self.closed_at, at))
        return row if row < len(self.closed_at) and self.closed_at[row] == at else None

    def find_end(self, as_of: np.datetime64, horizon_bars: int) -> HorizonEnd:
        """Return where the horizon of an answer ends.

        Parameters
        ----------
        as_of : numpy.datetime64
            Close of the bar that was answered on, UTC.
        horizon_bars : int

        Notes
        -----
        A last bar whose close is 8 times that of the first or more, or an eighth or less, is not
        believed: it is given up once 5 later bars have left it as it is.
        """
        asked = as_of, horizon_bars
        end = self._ends.get(asked)
        if end is None:
            end = self._ends[asked] = self._find_end(as_of, horizon_bars)
        if end.start is None or end.row is None or self._is_believed(end.start, end.row):
            return end
        n_later = len(self.closed_at) - 1 - end.row
        return replace(end, row=None, is_doubted=True, is_lost=n_later >= LOST_SESSIONS)

    def _is_believed(self, start: int, row: int) -> bool:
        ratio = self.close[row] / self.close[start]
        return bool(1.0 / JUMP_FACTOR < ratio < JUMP_FACTOR)

    def _find_end(self, as_of: np.datetime64, horizon_bars: int) -> HorizonEnd:
        start = self.find_row(as_of)
        if self.calendar is None:
            row = self._count(start, horizon_bars)
            return HorizonEnd(
                closes_at=as_of if row is None else self.closed_at[row],
                start=start,
                row=row,
                n_sessions=0,
                is_lost=False,
            )
        closes_at = horizon_close(self.calendar, self.interval, as_of, horizon_bars)
        row = self._find_last(start, closes_at, as_of, horizon_bars)
        n_sessions = self.calendar.n_sessions_between(closes_at, self.now)
        missing = row is None and start is not None and not self._is_counted
        has_later = len(self.closed_at) > 0 and bool(self.closed_at[-1] > closes_at)
        return HorizonEnd(
            closes_at=closes_at,
            start=start,
            row=row,
            n_sessions=n_sessions,
            is_lost=missing and has_later and n_sessions >= LOST_SESSIONS,
        )

    def find_close(self, as_of: np.datetime64, horizon_bars: int) -> np.datetime64:
        """Return when the horizon of an answer ends by the calendar; `as_of` without one."""
        if self.calendar is None:
            return as_of
        asked = as_of, horizon_bars
        if asked not in self._ends_at:
            closes_at = horizon_close(self.calendar, self.interval, as_of, horizon_bars)
            self._ends_at[asked] = closes_at
        return self._ends_at[asked]

    def realized(self, start: int, row: int) -> float:
        """Return the simple return from the close of one bar to that of another."""
        return float(self.close[row] / self.close[start] - 1.0)

    def find_revised(
        self, as_of: np.datetime64, closes_at: np.datetime64, settled_return: float
    ) -> float | None:
        """Return the return between two closes where it is not the one that was settled.

        Parameters
        ----------
        as_of, closes_at : numpy.datetime64
            UTC.
        settled_return : float

        Returns
        -------
        return_now : float or None
            None where the ratio of the two prices is the same within 1e-9 of its size, or where
            one of the bars is not there.
        """
        start, row = self.find_row(as_of), self.find_row(closes_at)
        if start is None or row is None:
            return None
        found = self.realized(start, row)
        is_other = abs(found - settled_return) > REVISED_FRAC * (1.0 + settled_return)
        return found if is_other else None

    def find_all_revised(
        self, as_of: TimeArray, closes_at: TimeArray, settled_returns: FloatArray
    ) -> dict[int, float]:
        """Return what `find_revised` does of many at once, by place, where there is anything."""
        if not len(self.closed_at):
            return {}
        last = len(self.closed_at) - 1
        rows = [np.minimum(np.searchsorted(self.closed_at, at), last) for at in (as_of, closes_at)]
        there = (self.closed_at[rows[0]] == as_of) & (self.closed_at[rows[1]] == closes_at)
        found = self.close[rows[1]] / self.close[rows[0]] - 1.0
        is_other = np.abs(found - settled_returns) > REVISED_FRAC * (1.0 + settled_returns)
        return {int(row): float(found[row]) for row in np.flatnonzero(there & is_other)}

    @cached_property
    def _ends(self) -> dict[tuple[np.datetime64, int], HorizonEnd]:
        """What was found so far, by bar and horizon, whatever the last closes are."""
        return {}

    @cached_property
    def _ends_at(self) -> dict[tuple[np.datetime64, int], np.datetime64]:
        """When horizons end by the calendar, as found so far."""
        return {}

    @cached_property
    def _is_timed(self) -> bool:
        """Whether bars follow each other by their length alone."""
        name = "" if self.calendar is None else self.calendar.name
        return name.startswith(_ALWAYS_OPEN) and _bar_length(self.interval) is not None

    @cached_property
    def _is_counted(self) -> bool:
        """Whether the calendar cannot tell when the next bars close."""
        if self.calendar is None or self.calendar.name.startswith(_ASSUMED):
            return True
        return _bar_length(self.interval) is not None and not self._is_timed

    @cached_property
    def _sessions(self) -> IntArray:
        """The session that each bar is of."""
        if self.calendar is None:
            return np.empty(0, dtype=np.int64)
        return self.calendar.find_sessions(self.closed_at)

    def _find_last(
        self, start: int | None, closes_at: np.datetime64, as_of: np.datetime64, horizon_bars: int
    ) -> int | None:
        if self.calendar is None or self._is_counted:
            return self._count(start, horizon_bars)
        if self._is_timed:
            return self.find_row(closes_at)
        session = int(self.calendar.find_sessions(np.array([as_of]))[0]) + horizon_bars
        first, stop = (int(self._sessions.searchsorted(session, side)) for side in _SIDES)
        if first == stop or session >= len(self.calendar):
            return None
        distances = np.abs((self.closed_at[first:stop] - closes_at).astype(np.int64))
        return first + int(np.argmin(distances))

    def _count(self, start: int | None, horizon_bars: int) -> int | None:
        if start is None or start + horizon_bars >= len(self.closed_at):
            return None
        return start + horizon_bars


def horizon_close(
    calendar: SessionCalendar, interval: str, as_of: np.datetime64, horizon_bars: int
) -> np.datetime64:
    """Return when the last bar of a horizon closes.

    Parameters
    ----------
    calendar : SessionCalendar
    interval : str
    as_of : numpy.datetime64
        Close of the bar that is answered on, UTC.
    horizon_bars : int

    Returns
    -------
    closes_at : numpy.datetime64
        Close of the session so many sessions later; for bars shorter than a day so many of their
        lengths later, which on an exchange that closes in between is the earliest it can be.
    """
    length = _bar_length(interval)
    if length is None:
        return calendar.close_after(as_of, horizon_bars)
    closes_at: np.datetime64 = as_of.astype("datetime64[us]") + horizon_bars * length
    return closes_at


@lru_cache(maxsize=64)
def _bar_length(interval: str) -> np.timedelta64 | None:
    """Return the length of bars shorter than a day, or None."""
    found = _WITHIN_A_DAY.fullmatch(interval)
    if found is None:
        return None
    return np.timedelta64(int(found[1]) * (60 if found[2] == "h" else 1), "m")
