"""Sessions of real exchanges: the only place that asks exchange_calendars."""

import difflib
import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars import SessionCalendar, UnknownCalendar

AUTO = "auto"
ALWAYS_OPEN = "24/7"
WEEKDAYS = "weekdays"

DAY = np.timedelta64(1, "D")
LATE_CLOSE = np.timedelta64(21, "h")
DAYS_BEFORE, DAYS_AFTER = 10, 370
WEEKEND_SHARE = 0.2
EXCHANGE_SHARE = 0.98


@dataclass(frozen=True, kw_only=True, eq=False)
class Sessions:
    """The sessions of a market: their dates and the instants they close.

    Parameters
    ----------
    name : str
    days : datetime64[D] array of shape (n_sessions,)
        Date of each session on its exchange, increasing.
    closes_at : datetime64[us] array of shape (n_sessions,)
        UTC instant of each session's close, increasing.
    """

    name: str
    days: TimeArray
    closes_at: TimeArray

    def close_of(self, days: TimeArray) -> TimeArray:
        """Return when each date's session closes; 21:00 UTC for dates without a session.

        Parameters
        ----------
        days : datetime64[D] array of shape (n_days,)

        Returns
        -------
        closes_at : datetime64[us] array of shape (n_days,)
        """
        place = np.minimum(np.searchsorted(self.days, days), len(self.days) - 1)
        late = np.add(days.astype("datetime64[us]"), LATE_CLOSE)
        return np.where(self.days[place] == days, self.closes_at[place], late)

    def calendar(self, interval: str) -> SessionCalendar:
        """Return the sessions that bars of an interval are held against.

        Parameters
        ----------
        interval : str
            "1w" keeps the last session of each week; every other one keeps all.

        Returns
        -------
        calendar : SessionCalendar
        """
        if interval != "1w":
            return SessionCalendar(name=self.name, closes_at=self.closes_at)
        # 1970-01-01 was a Thursday: weeks from Monday to Sunday start three days before it.
        weeks = (self.days.astype(np.int64) + 3) // 7
        last = np.append(np.diff(weeks) > 0, True)
        return SessionCalendar(name=f"{self.name} weeks", closes_at=self.closes_at[last])


def choose_sessions(name: str, days: TimeArray, until: np.datetime64) -> Sessions:
    """Return the sessions of a named calendar, or of the one that fits some dates.

    Parameters
    ----------
    name : str
        "auto", "24/7", "weekdays", or an exchange's code such as "XNYS".
    days : datetime64[D] array of shape (n_days,)
        Dates of the bars, increasing, at least one.
    until : datetime64
        Instant that the sessions reach past, by about a year.

    Returns
    -------
    sessions : Sessions

    Raises
    ------
    UnknownCalendar
        If no exchange has that name, or its sessions do not reach that far.

    Notes
    -----
    "auto" takes "24/7" where a fifth of the dates are weekends, else New York (XNYS) where at
    least 98 % of them are its sessions, else "weekdays".
    """
    first = days[0] - DAYS_BEFORE * DAY
    last = max(days[-1], until.astype("datetime64[D]")) + DAYS_AFTER * DAY
    if name != AUTO:
        return find_sessions(name, first, last)
    if float(np.mean(~np.is_busday(days))) >= WEEKEND_SHARE:
        return find_sessions(ALWAYS_OPEN, first, last)
    york = find_sessions("XNYS", first, last)
    fits = float(np.mean(np.isin(days, york.days))) >= EXCHANGE_SHARE
    return york if fits else find_sessions(WEEKDAYS, first, last)


def find_sessions(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Return the sessions of a calendar between two dates, both included.

    Parameters
    ----------
    name : str
        "24/7", "weekdays" or an exchange's code.
    first, last : datetime64[D]

    Returns
    -------
    sessions : Sessions

    Raises
    ------
    UnknownCalendar
        If no exchange has that name, or its sessions do not reach that far.

    Examples
    --------
    >>> find_sessions("24/7", np.datetime64("2020-01-03"), np.datetime64("2020-01-05")).closes_at
    array(['2020-01-04T00:00:00.000000', '2020-01-05T00:00:00.000000',
           '2020-01-06T00:00:00.000000'], dtype='datetime64[us]')
    """
    if name not in (ALWAYS_OPEN, WEEKDAYS):
        return _find_exchange_sessions(name, first, last)
    days = np.arange(first, last + DAY, dtype="datetime64[D]")
    if name == ALWAYS_OPEN:
        return Sessions(name=name, days=days, closes_at=(days + DAY).astype("datetime64[us]"))
    days = days[np.is_busday(days)]
    closes_at = np.add(days.astype("datetime64[us]"), LATE_CLOSE)
    return Sessions(name=name, days=days, closes_at=closes_at)


def _find_exchange_sessions(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Cut the sessions from whole decades, so that most markets share one calendar."""
    years = first.astype("datetime64[Y]").astype(np.int64), last.astype("datetime64[Y]")
    decade = f"{(1970 + int(years[0])) // 10 * 10}-01-01"
    try:
        whole = _load_exchange(name, decade, f"{years[1]}-12-31")
    except UnknownCalendar:
        # An exchange that opened, or is known, for a part of the decade only; an unknown name
        # fails once more.
        whole = _load_exchange(name, str(first), str(last))
    rows = slice(*np.searchsorted(whole.days, np.array([first, last + DAY])).tolist())
    return Sessions(name=name, days=whole.days[rows], closes_at=whole.closes_at[rows])


@lru_cache(maxsize=16)
def _load_exchange(name: str, first: str, last: str) -> Sessions:
    import exchange_calendars  # noqa: PLC0415 - brings pandas along, which serving never needs

    known = exchange_calendars.get_calendar_names()
    if name not in known:
        upper = name.upper()
        nearest = [upper] if upper in known else difflib.get_close_matches(upper, known)
        raise UnknownCalendar(name, "no such calendar", nearest)
    try:
        with warnings.catch_warnings():
            # exchange_calendars 4.13 uses what pandas 3.1 is about to change; not ours to mend.
            warnings.simplefilter("ignore", DeprecationWarning)
            found = exchange_calendars.get_calendar(name, start=first, end=last)
    except (ValueError, NotImplementedError) as fault:
        # Out of bounds; for some exchanges the library has not written the sentence that says so.
        raise UnknownCalendar(name, f"no sessions from {first} to {last} ({fault})") from fault
    closes = found.closes
    return Sessions(
        name=name,
        days=closes.index.to_numpy().astype("datetime64[D]"),
        closes_at=closes.dt.tz_localize(None).to_numpy().astype("datetime64[us]"),
    )
