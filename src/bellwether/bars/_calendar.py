"""When a market closes: the sessions that bars are held against."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from bellwether.arrays import BoolArray, IntArray, TimeArray, frozen_times
from bellwether.bars._bars import Bars
from bellwether.bars._errors import BarsContractBroken


class Freshness(StrEnum):
    """How old the last bar is, in sessions completed since."""

    FRESH = "fresh"
    ACCEPTABLE = "acceptable"
    STALE = "stale"
    EXPIRED = "expired"


_DAY = 86_400_000_000
MOST_SESSIONS = {Freshness.FRESH: 1, Freshness.ACCEPTABLE: 3, Freshness.STALE: 7}


@dataclass(frozen=True, kw_only=True, eq=False)
class SessionCalendar:
    """The closes of a market's sessions, as plain data.

    Parameters
    ----------
    name : str
        What the calendar is called: an exchange's code, "24/7", "weekdays".
    closes_at : datetime64[us] array of shape (n_sessions,)
        UTC instant of each session's close, strictly increasing, at least one.

    Raises
    ------
    BarsContractBroken
        If there is no session, or closes do not increase.

    Notes
    -----
    After its last close a calendar goes on at the median distance of its sessions, holidays
    and weekends included: it may call bars older than they are, never younger.

    Examples
    --------
    >>> week = SessionCalendar(name="week", closes_at=["2020-01-06T21", "2020-01-07T21"])
    >>> week.freshness(np.datetime64("2020-01-06T21"), np.datetime64("2020-01-08T09")).value
    'fresh'
    """

    name: str
    closes_at: TimeArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "closes_at", frozen_times(self.closes_at))
        if self.closes_at.ndim != 1 or not self.closes_at.size or np.isnat(self.closes_at).any():
            raise BarsContractBroken(
                f"calendar {self.name}", None, "a line of at least one close", "none"
            )
        wrong = np.flatnonzero(np.diff(self.closes_at.astype(np.int64)) <= 0)
        if wrong.size:
            row = int(wrong[0]) + 1
            raise BarsContractBroken(
                f"calendar {self.name}",
                row,
                f"a close after {self.closes_at[row - 1]}",
                str(self.closes_at[row]),
            )

    def __len__(self) -> int:
        return len(self.closes_at)

    def __repr__(self) -> str:
        first, last = (np.datetime_as_string(self.closes_at[i], unit="D") for i in (0, -1))
        return f"SessionCalendar({self.name!r}, {len(self)} sessions, {first} to {last})"

    def find_sessions(self, times: TimeArray) -> IntArray:
        """Return the session whose close is nearest to each instant.

        Parameters
        ----------
        times : datetime64[us] array of shape (n_times,)

        Returns
        -------
        sessions : int64 array of shape (n_times,)
            Indices into `closes_at`; the earlier session on a tie.
        """
        closes, instants = self._instants, _to_instants(times)
        at = np.minimum(closes.searchsorted(instants), len(self) - 1)
        if (closes[at] == instants).all():
            return at.astype(np.int64, copy=False)
        after = np.clip(at, 1, max(len(self) - 1, 1))
        earlier, later = closes[after - 1], closes[np.minimum(after, len(self) - 1)]
        nearest = np.where(np.abs(instants - earlier) <= np.abs(later - instants), after - 1, after)
        return np.minimum(nearest, len(self) - 1).astype(np.int64)

    def find_missing(self, bars: Bars) -> TimeArray:
        """List the sessions between the first and the last bar that have no bar.

        Parameters
        ----------
        bars : Bars

        Returns
        -------
        missing : datetime64[us] array of shape (n_missing,)
            Their closes, oldest first.
        """
        if not len(bars) or self._is_complete(bars):
            return self.closes_at[:0]
        sessions = self.find_sessions(bars.closed_at)
        present: BoolArray = np.zeros(len(self), dtype=np.bool_)
        present[sessions] = True
        wanted = slice(int(sessions[0]), int(sessions[-1]) + 1)
        return self.closes_at[wanted][~present[wanted]]

    def n_sessions_between(self, start: np.datetime64, stop: np.datetime64) -> int:
        """Count the sessions that closed after `start` and not after `stop`.

        Parameters
        ----------
        start, stop : datetime64
            UTC instants.

        Returns
        -------
        n_sessions : int
            Zero where `stop` is not after `start`.
        """
        since, until = (int(at.astype("datetime64[us]").view(np.int64)) for at in (start, stop))
        if until <= since:
            return 0
        closes = self._instants
        n_sessions = int(closes.searchsorted(until, "right") - closes.searchsorted(since, "right"))
        beyond = until - max(since, int(closes[-1]))
        return n_sessions + (beyond // self._typical_gap if beyond > 0 else 0)

    def close_after(self, start: np.datetime64, n_sessions: int) -> np.datetime64:
        """Return the close of the session so many sessions after the one nearest to an instant.

        Parameters
        ----------
        start : datetime64
            UTC instant, such as the close of a bar.
        n_sessions : int
            At least 1.

        Returns
        -------
        closes_at : datetime64[us]
            Behind the last close, at the median distance of the sessions.

        Examples
        --------
        >>> week = SessionCalendar(name="week", closes_at=["2020-01-06T21", "2020-01-07T18"])
        >>> str(week.close_after(np.datetime64("2020-01-06T21"), 1))
        '2020-01-07T18:00:00.000000'
        >>> str(week.close_after(np.datetime64("2020-01-06T21"), 2))
        '2020-01-08T15:00:00.000000'
        """
        closes, at = self._instants, int(start.astype("datetime64[us]").view(np.int64))
        nearest = min(int(closes.searchsorted(at)), len(self) - 1)
        if nearest and at - int(closes[nearest - 1]) <= int(closes[nearest]) - at:
            nearest -= 1
        beyond = max(nearest + n_sessions - (len(self) - 1), 0)
        found = int(closes[nearest + n_sessions - beyond])
        return np.datetime64(found + (beyond * self._typical_gap if beyond else 0), "us")

    def freshness(self, last_closed_at: np.datetime64, now: np.datetime64) -> Freshness:
        """Grade the age of a last bar by the sessions completed since.

        Parameters
        ----------
        last_closed_at : datetime64
            Close of the last bar.
        now : datetime64
            UTC instant of the question.

        Returns
        -------
        freshness : Freshness
            Up to 1 session fresh, 3 acceptable, 7 stale, beyond that expired.
        """
        age = self.n_sessions_between(last_closed_at, now)
        for grade, most in MOST_SESSIONS.items():
            if age <= most:
                return grade
        return Freshness.EXPIRED

    def _is_complete(self, bars: Bars) -> bool:
        """Return whether bars close exactly where sessions do, one after the other."""
        instants = _to_instants(bars.closed_at)
        first = int(self._instants.searchsorted(instants[0]))
        sessions = self._instants[first : first + len(bars)]
        return len(sessions) == len(bars) and bool((sessions == instants).all())

    @cached_property
    def _instants(self) -> IntArray:
        return _to_instants(self.closes_at)

    @cached_property
    def _typical_gap(self) -> int:
        """Median distance of two closes, in microseconds."""
        return int(np.median(np.diff(self._instants))) if len(self) > 1 else _DAY


def _to_instants(times: TimeArray) -> IntArray:
    """Return instants as microseconds since 1970: numpy is much quicker with integers."""
    return times.astype("datetime64[us]", copy=False).view(np.int64)
