"""Sessions of real markets: the only place that asks exchange_calendars for them."""

import contextlib
import difflib
import warnings
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from bellwether.arrays import BoolArray, TimeArray
from bellwether.bars import Sessions, UnknownCalendar

AUTO = "auto"
ALWAYS_OPEN = "24/7"
WEEKDAYS = "weekdays"
FX = "FX"
FX_UTC = "FX-UTC"

NEW_YORK = "America/New_York"
FX_TURN = time(17)
FX_HOLIDAYS = ((1, 1), (12, 25))
DAY = np.timedelta64(1, "D")
LATE_CLOSE = np.timedelta64(21, "h")
DAYS_BEFORE, DAYS_AFTER = 10, 370
USUAL_YEAR = 1960
WEEKEND_SHARE = 0.2
SUNDAY_SHARE = 0.1
EXCHANGE_SHARE = 0.98


def choose_sessions(name: str, days: TimeArray, until: np.datetime64) -> Sessions:
    """Return the sessions of a named calendar, or of the one that fits some dates.

    Parameters
    ----------
    name : str
        "auto", "24/7", "FX", "FX-UTC", "weekdays", or an exchange's code such as "XNYS".
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
    "auto" takes "24/7" where a fifth of the dates are weekends, "FX-UTC" where every tenth is a
    Sunday and none a Saturday, else New York (XNYS) where at least 98 % of them are its sessions,
    else "weekdays".
    """
    first = days[0] - DAYS_BEFORE * DAY
    last = max(days[-1], until.astype("datetime64[D]")) + DAYS_AFTER * DAY
    if name != AUTO:
        return find_sessions(name, first, last)
    n_weekend = len(days) - np.count_nonzero(np.is_busday(days))
    if n_weekend / len(days) >= WEEKEND_SHARE:
        return find_sessions(ALWAYS_OPEN, first, last)
    if n_weekend and _are_sunday_to_friday(days):
        return find_sessions(FX_UTC, first, last)
    york = find_sessions("XNYS", first, last)
    n_fitting = np.count_nonzero(york.find_days(days) >= 0)
    fits = n_fitting / len(days) >= EXCHANGE_SHARE
    return york if fits else find_sessions(WEEKDAYS, first, last)


def find_sessions(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Return the sessions of a calendar between two dates, both included.

    Parameters
    ----------
    name : str
        "24/7", "FX", "FX-UTC", "weekdays" or an exchange's code.
    first, last : datetime64[D]

    Returns
    -------
    sessions : Sessions
        With their hours; those of an exchange with early closes and pauses, too.

    Raises
    ------
    UnknownCalendar
        If no exchange has that name, or its sessions do not reach that far.

    Notes
    -----
    "24/7" days begin and end at midnight UTC. "FX" sessions are called Monday to Friday, and
    last from 17:00 in New York on the day before, summer and winter, to 17:00; the first of
    January and Christmas Day have none. "FX-UTC" cuts the same week at midnight UTC instead,
    which leaves a short Sunday. "weekdays" close at 21:00 UTC, whatever the holidays.

    Examples
    --------
    >>> find_sessions("24/7", np.datetime64("2020-01-03"), np.datetime64("2020-01-05")).closes_at
    array(['2020-01-04T00:00:00.000000', '2020-01-05T00:00:00.000000',
           '2020-01-06T00:00:00.000000'], dtype='datetime64[us]')
    >>> week = find_sessions("FX", np.datetime64("2020-03-06"), np.datetime64("2020-03-09"))
    >>> week.opens_at[1], week.closes_at[0]
    (np.datetime64('2020-03-08T21:00:00.000000'), np.datetime64('2020-03-06T22:00:00.000000'))
    """
    if name not in COMPUTED_CALENDARS:
        return _find_exchange_sessions(name, first, last)
    return COMPUTED_CALENDARS[name](np.arange(first, last + DAY, dtype="datetime64[D]"))


def _always_open(days: TimeArray) -> Sessions:
    opens_at = days.astype("datetime64[us]")
    closes_at = np.add(opens_at, DAY)
    return Sessions(name=ALWAYS_OPEN, days=days, opens_at=opens_at, closes_at=closes_at)


def _on_weekdays(days: TimeArray) -> Sessions:
    days = days[np.is_busday(days)]
    closes_at = np.add(days.astype("datetime64[us]"), LATE_CLOSE)
    return Sessions(name=WEEKDAYS, days=days, closes_at=closes_at, opens_at=closes_at - DAY)


def _fx_days(days: TimeArray) -> Sessions:
    days = days[np.is_busday(days) & ~_are_fx_holidays(days)]
    closes_at, opens_at = _new_york(days), _new_york(days - DAY)
    return Sessions(name=FX, days=days, closes_at=closes_at, opens_at=opens_at)


def _fx_days_by_utc(days: TimeArray) -> Sessions:
    weekdays = (days.astype(np.int64) + 3) % 7
    days = days[(weekdays != SATURDAY) & ~_are_fx_holidays(days)]
    weekdays = (days.astype(np.int64) + 3) % 7
    midnights, turns = days.astype("datetime64[us]"), _new_york(days)
    return Sessions(
        name=FX_UTC,
        days=days,
        opens_at=np.where(weekdays == SUNDAY, turns, midnights),
        closes_at=np.where(weekdays == FRIDAY, turns, midnights + DAY),
    )


FRIDAY, SATURDAY, SUNDAY = 4, 5, 6
COMPUTED_CALENDARS: Mapping[str, Callable[[TimeArray], Sessions]] = MappingProxyType(
    {ALWAYS_OPEN: _always_open, FX: _fx_days, FX_UTC: _fx_days_by_utc, WEEKDAYS: _on_weekdays}
)


def _new_york(days: TimeArray) -> TimeArray:
    """Return when it is 17:00 in New York on each date."""
    zone = zoneinfo.ZoneInfo(NEW_YORK)
    turns = (datetime.combine(day, FX_TURN, zone).astimezone(UTC) for day in days.tolist())
    return np.array([turn.replace(tzinfo=None) for turn in turns], dtype="datetime64[us]")


def _are_fx_holidays(days: TimeArray) -> BoolArray:
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    day = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    found: BoolArray = np.zeros(len(days), dtype=np.bool_)
    for one, other in FX_HOLIDAYS:
        found |= (month == one) & (day == other)
    return found


def _are_sunday_to_friday(days: TimeArray) -> bool:
    weekdays = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    sundays, saturdays = (float(np.mean(weekdays == one)) for one in (SUNDAY, SATURDAY))
    return sundays >= SUNDAY_SHARE and saturdays == 0.0


def _find_exchange_sessions(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Cut the sessions from many years, so that most markets share one calendar."""
    whole = _load_around(name, first, last)
    rows = slice(*np.searchsorted(whole.days, np.array([first, last + DAY])).tolist())
    return whole[rows]


def _load_around(name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Load more sessions than are asked for: a calendar costs by its name, hardly by its years."""
    decade = (1970 + int(first.astype("datetime64[Y]").astype(np.int64))) // 10 * 10
    until = f"{last.astype('datetime64[Y]')}-12-31"
    for year in dict.fromkeys((min(decade, USUAL_YEAR), decade)):
        with contextlib.suppress(UnknownCalendar):
            return _load_exchange(name, f"{year}-01-01", until)
    # An exchange that opened, or is known, for a part of the decade only; an unknown name fails
    # once more.
    return _load_exchange(name, str(first), str(last))


@lru_cache(maxsize=16)
def _load_exchange(name: str, first: str, last: str) -> Sessions:
    import exchange_calendars  # noqa: PLC0415 - brings pandas along, which serving never needs

    known = exchange_calendars.get_calendar_names()
    if name not in known:
        upper = name.upper()
        names = [*known, *COMPUTED_CALENDARS]
        nearest = [upper] if upper in names else difflib.get_close_matches(upper, names)
        raise UnknownCalendar(name, "no such calendar", nearest)
    try:
        with warnings.catch_warnings():
            # exchange_calendars 4.13 uses what pandas 3.1 is about to change; not ours to mend.
            warnings.simplefilter("ignore", DeprecationWarning)
            found = exchange_calendars.get_calendar(name, start=first, end=last)
    except (ValueError, NotImplementedError) as fault:
        # Out of bounds; for some exchanges the library has not written the sentence that says so.
        raise UnknownCalendar(name, f"no sessions from {first} to {last} ({fault})") from fault
    schedule = found.schedule
    times = {
        part: schedule[part].dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        for part in ("open", "break_start", "break_end", "close")
    }
    return Sessions(
        name=name,
        days=schedule.index.to_numpy().astype("datetime64[D]"),
        opens_at=times["open"],
        closes_at=times["close"],
        pauses=np.stack([times["break_start"], times["break_end"]], axis=1),
    )
