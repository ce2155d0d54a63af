"""When each row's bar closed: dates become sessions' closes, times of opening those of closing."""

from dataclasses import dataclass

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars import SessionCalendar, Sessions
from bellwether.sources._calendars import ALWAYS_OPEN, AUTO, WEEKDAYS, choose_sessions
from bellwether.sources._rows import Rows

MINUTE = 60_000_000
MINUTES_A_DAY = 1440
DAY = np.timedelta64(1, "D")
AFTER_HOURS = np.timedelta64(4, "h")
MOST = 0.9
FEW = 0.01


@dataclass(frozen=True, kw_only=True, eq=False)
class Closes:
    """How the time of a row becomes the close of its bar.

    Parameters
    ----------
    sessions : Sessions
    dates_only : bool
        Whether rows tell dates; a date is that of its session.
    length : timedelta64[us] or None
        From the time told to the close of the bar; None where the close itself is told.
    months : int
        From the date told to the first one after the bar; 0 where bars are no months.
    is_capped : bool
        Whether a bar that opens in a session closes with it at the latest.
    """

    sessions: Sessions
    dates_only: bool
    length: np.timedelta64 | None = None
    months: int = 0
    is_capped: bool = False

    def of(self, instants: TimeArray, days: TimeArray) -> TimeArray:
        """Return when the bars of some rows close.

        Parameters
        ----------
        instants : datetime64[us] array of shape (n_rows,)
        days : datetime64[D] array of shape (n_rows,)

        Returns
        -------
        closed_at : datetime64[us] array of shape (n_rows,)
        """
        if self.dates_only:
            return self._of_dates(days)
        if self.length is None:
            return instants
        closed_at = np.add(instants, self.length)
        if not self.is_capped:
            return closed_at
        place = np.searchsorted(self.sessions.closes_at, instants, side="right")
        ends = self.sessions.closes_at[np.minimum(place, len(self.sessions.closes_at) - 1)]
        return np.where((ends > instants) & (ends < closed_at), ends, closed_at)

    def _of_dates(self, days: TimeArray) -> TimeArray:
        after = days
        if self.months:
            months = days.astype("datetime64[M]") + self.months
            after = months.astype("datetime64[D]")
        elif self.length is not None:
            after = days + self.length.astype("timedelta64[D]")
        else:
            return self.sessions.close_of(days)
        place = np.searchsorted(self.sessions.days, after) - 1
        last = self.sessions.closes_at[np.maximum(place, 0)]
        # A stretch without any session at all closes at its end.
        within = self.sessions.days[np.maximum(place, 0)] >= days
        return np.where(within, last, after.astype("datetime64[us]"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Placed:
    """Rows in time.

    Parameters
    ----------
    closed_at : datetime64[us] array of shape (n_rows,)
        UTC instant of each bar's close.
    interval : str
    calendar : SessionCalendar
        The sessions that the bars are held against.
    closes : Closes
    """

    closed_at: TimeArray
    interval: str
    calendar: SessionCalendar
    closes: Closes


def place_rows(rows: Rows, calendar: str, now: np.datetime64 | None, *, opens: bool) -> Placed:
    """Return when each row's bar closed, and the calendar it is held against.

    Parameters
    ----------
    rows : Rows
    calendar : str
    now : datetime64 or None
    opens : bool
        Whether times of day are those at which bars open.

    Returns
    -------
    placed : Placed

    Notes
    -----
    Dates of weeks that are Mondays, and of months that are first days, are those at which the
    bars open: they close with the last session before the next one. Other dates of weeks and
    months are those of their last session.
    """
    until = rows.instants[-1] if now is None else max(now, rows.instants[-1])
    times = rows.days if rows.dates_only else rows.instants
    interval = infer_interval(times, dates_only=rows.dates_only)
    is_long = rows.dates_only and interval != "1d"
    days = _fold_weeks(rows.days) if calendar == AUTO and is_long else _keep_once(rows.days)
    sessions = choose_sessions(calendar, days, until)
    closes = _find_closes(rows, sessions, interval, opens=opens)
    closed_at = closes.of(rows.instants, rows.days)
    return Placed(
        closed_at=closed_at,
        interval=interval,
        calendar=_choose_calendar(sessions, interval, closed_at),
        closes=closes,
    )


def infer_interval(times: TimeArray, *, dates_only: bool) -> str:
    """Return the length of a bar from the distances between many.

    Parameters
    ----------
    times : datetime64 array of shape (n_bars,)
        Increasing.
    dates_only : bool

    Examples
    --------
    >>> infer_interval(np.arange("2020-01-01T01", "2020-01-03", dtype="M8[h]"), dates_only=False)
    '1h'
    """
    if len(times) < 2:
        return "1d"
    if dates_only:
        numbers = times.astype("datetime64[D]").view(np.int64)
        days = int((numbers[1:] - numbers[:-1]).min())
        return "1d" if days <= 4 else f"{max(round(days / 7), 1)}w"
    steps = np.diff(times.astype("datetime64[us]").astype(np.int64)) // MINUTE
    lengths, counts = np.unique(steps, return_counts=True)
    minutes = max(int(lengths[np.argmax(counts)]), 1)
    for unit, length in (("w", 7 * MINUTES_A_DAY), ("d", MINUTES_A_DAY), ("h", 60)):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def _find_closes(rows: Rows, sessions: Sessions, interval: str, *, opens: bool) -> Closes:
    if rows.dates_only:
        return _find_long_closes(rows.days, sessions, interval)
    if not opens:
        return Closes(sessions=sessions, dates_only=False)
    length = _length_of(interval)
    is_exchange = sessions.name not in (ALWAYS_OPEN, WEEKDAYS)
    return Closes(
        sessions=sessions,
        dates_only=False,
        length=length,
        is_capped=is_exchange and bool(length < DAY) and not _trades_late(rows.instants, sessions),
    )


def _find_long_closes(days: TimeArray, sessions: Sessions, interval: str) -> Closes:
    """Return the closes of dates: the session's own, or the last one of a week or of months."""
    if interval == "1d":
        return Closes(sessions=sessions, dates_only=True)
    firsts = days == days.astype("datetime64[M]").astype("datetime64[D]")
    if float(np.mean(firsts)) >= MOST:
        months = np.diff(days.astype("datetime64[M]").astype(np.int64))
        return Closes(sessions=sessions, dates_only=True, months=max(int(np.median(months)), 1))
    # 1970-01-01 was a Thursday.
    mondays = (days.astype(np.int64) + 3) % 7 == 0
    if float(np.mean(mondays)) >= MOST:
        return Closes(sessions=sessions, dates_only=True, length=_length_of(interval))
    return Closes(sessions=sessions, dates_only=True)


def _length_of(interval: str) -> np.timedelta64:
    minutes = {"m": 1, "h": 60, "d": MINUTES_A_DAY, "w": 7 * MINUTES_A_DAY}[interval[-1]]
    return np.timedelta64(int(interval[:-1]) * minutes * MINUTE, "us")


def _trades_late(instants: TimeArray, sessions: Sessions) -> bool:
    """Return whether bars open after sessions' closes: then those close by the clock alone."""
    place = np.searchsorted(sessions.closes_at, instants, side="right") - 1
    since = instants - sessions.closes_at[np.maximum(place, 0)]
    return float(np.mean((place >= 0) & (since < AFTER_HOURS))) > FEW


def _fold_weeks(days: TimeArray) -> TimeArray:
    """Return the dates to judge a calendar by: longer bars say nothing by their weekday."""
    return np.unique(np.busday_offset(days, 0, roll="forward"))


def _keep_once(days: TimeArray) -> TimeArray:
    numbers = days.view(np.int64)
    return days if bool((numbers[1:] > numbers[:-1]).all()) else np.unique(days)


def _choose_calendar(sessions: Sessions, interval: str, closed_at: TimeArray) -> SessionCalendar:
    if interval in ("1d", "1w") or not interval.endswith(("d", "w")):
        return sessions.calendar(interval)
    return SessionCalendar(name="the bars' own", closes_at=closed_at)
