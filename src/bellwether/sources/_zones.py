"""In which zone times without an offset are, and whether they tell the opening or the close."""

import re
import warnings
import zoneinfo
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from bellwether.arrays import BoolArray, IntArray, TimeArray
from bellwether.bars import UnreadableBars
from bellwether.sources._calendars import ALWAYS_OPEN, AUTO, WEEKDAYS
from bellwether.sources._date_forms import Question
from bellwether.sources._hints import NO_HINTS, Hints
from bellwether.sources._times import ParsedTimes

UTC = "UTC"
DAILY_MINUTES = 20 * 60
NEARLY_ALL, MOST = 0.98, 0.9
WEEKEND_SHARE = 0.2
LUNCH = (12 * 60, 13 * 60)


class Hours(NamedTuple):
    """An exchange's zone, and when it opens and closes, in minutes since midnight there."""

    zone: str
    opens: int
    closes: int


NEW_YORK = Hours("America/New_York", 9 * 60 + 30, 16 * 60)


class Placed(NamedTuple):
    """Times in UTC, and whether they are shown to be those of the bars' opening or close."""

    times: ParsedTimes
    opens: bool | None = None


def settle_zone(
    times: ParsedTimes, column: str, hints: Hints = NO_HINTS, calendar: str = AUTO
) -> Placed:
    """Place times in their zone: as asked, as the column's name has it, or as they show.

    Parameters
    ----------
    times : ParsedTimes
    column : str
        The name of their column.
    hints : Hints, optional
    calendar : str, default "auto"
        The exchange that the user names; without one, New York's hours are tried.

    Returns
    -------
    placed : Placed
        With a question where nothing tells the zone.

    Raises
    ------
    UnreadableBars
        If the zone asked for does not exist.
    """
    if hints.zone is not None:
        check_zone(hints.zone)
    if times.dates_only or np.isnat(times.instants).all():
        return Placed(times)
    hours = find_hours(calendar)
    if times.is_local:
        times = _find_zone(times, column, hints, calendar, hours)
    if times.dates_only or times.question is not None:
        return Placed(times)
    if _is_daily(times.instants):
        return Placed(_as_dates(times, hints, hours))
    if hours is None:
        return Placed(times)
    opens = _tell_opens(_to_zone(times.instants, hours.zone), hours)
    if opens is None:
        return Placed(times)
    clock = _clock(hours.opens if opens else hours.closes)
    what = "first bars of the days stand at" if opens else "last bars of the days stand at"
    told = f"times are those of the bars' {'opening' if opens else 'close'}: the {what} {clock}"
    return Placed(replace(times, facts=(*times.facts, told)), opens)


def check_zone(zone: str) -> None:
    """Raise UnreadableBars if there is no such zone."""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise UnreadableBars(
            "the call", "the IANA name of a zone", repr(zone), "such as America/New_York or UTC"
        ) from fault


@lru_cache(maxsize=64)
def find_hours(calendar: str) -> Hours | None:
    """Return an exchange's hours; None for calendars that have none within one day.

    Parameters
    ----------
    calendar : str
        "auto" has New York's.
    """
    if calendar in (AUTO, "XNYS"):
        return NEW_YORK
    if calendar in (ALWAYS_OPEN, WEEKDAYS):
        return None
    import exchange_calendars  # noqa: PLC0415 - brings pandas along, which serving never needs

    if calendar not in exchange_calendars.get_calendar_names():
        return None
    try:
        with warnings.catch_warnings():
            # exchange_calendars 4.13 uses what pandas 3.1 is about to change; not ours to mend.
            warnings.simplefilter("ignore", DeprecationWarning)
            year = exchange_calendars.get_calendar(calendar, start="2019-01-02", end="2019-12-30")
    except (ValueError, NotImplementedError):
        return None
    opens, closes = year.open_times[-1][1], year.close_times[-1][1]
    opened, closed = (at.hour * 60 + at.minute for at in (opens, closes))
    within_a_day = year.open_offset == 0 and opened < closed
    return Hours(str(year.tz), opened, closed) if within_a_day else None


def _find_zone(
    times: ParsedTimes, column: str, hints: Hints, calendar: str, hours: Hours | None
) -> ParsedTimes:
    if hints.zone is not None:
        return _move(times, hints.zone, f"times are in {hints.zone}, as asked")
    named = _zone_in_name(column)
    if named is not None:
        return _move(times, named, f"times are in {named}: the column is called {column!r}")
    if _is_daily(times.instants) and _is_dated(times.days):
        told = "a time of day stands behind each date, and is left out"
        return _dated(times, times.days, told)
    fitting = [zone for zone in _rivals(hours) if hours and _fits(times, zone, hours, calendar)]
    if len(fitting) == 1 and hours is not None:
        span = f"from {_clock(hours.opens)} to {_clock(hours.closes)} in {hours.zone}"
        return _move(times, fitting[0], f"times are in {fitting[0]}: only so are they {span}")
    first = np.datetime_as_string(times.instants[~np.isnat(times.instants)][0], unit="s")
    question = Question("times in a zone", f"{first} without one", "zone", (NEW_YORK.zone, UTC))
    return replace(times, question=question)


def _rivals(hours: Hours | None) -> tuple[str, ...]:
    return () if hours is None else tuple(dict.fromkeys((hours.zone, UTC)))


def _fits(times: ParsedTimes, zone: str, hours: Hours, calendar: str) -> bool:
    """Return whether times read in a zone lie within an exchange's hours, and span them."""
    local = _to_zone(_from_zone(times.instants, zone), hours.zone)
    spans = _day_spans(local)
    if spans is None:
        return False
    minutes, first, last, step = spans
    # Elsewhere, too, markets open at 09:30; but those make a pause at noon.
    at_noon = (minutes > LUNCH[0]) & (minutes < LUNCH[1])
    paused = calendar == AUTO and step < LUNCH[1] - LUNCH[0] and not at_noon.any()
    within = (minutes >= hours.opens) & (minutes <= hours.closes)
    early = (first >= hours.opens) & (first <= hours.opens + step)
    late = (last <= hours.closes) & (last >= hours.closes - step)
    return (
        not paused
        and float(np.mean(within)) >= NEARLY_ALL
        and float(np.mean(early)) >= MOST
        and float(np.mean(late)) >= 0.5
    )


def _tell_opens(local: TimeArray, hours: Hours) -> bool | None:
    """Return whether the first bars open with the session, or the last close with it."""
    spans = _day_spans(local)
    if spans is None:
        return None
    minutes, first, last, _ = spans
    if float(np.mean((minutes >= hours.opens) & (minutes <= hours.closes))) < NEARLY_ALL:
        return None
    if float(np.mean(first == hours.opens)) >= MOST:
        return True
    closed = float(np.mean(last == hours.closes)) >= 0.5
    return False if closed and float(np.mean(first > hours.opens)) >= MOST else None


def _day_spans(local: TimeArray) -> tuple[IntArray, IntArray, IntArray, int] | None:
    """Return minutes since midnight, those of each weekday's first and last bar, and the step."""
    local = np.sort(local[~np.isnat(local)])
    days = local.astype("datetime64[D]")
    if not local.size or float(np.mean(np.is_busday(days))) < NEARLY_ALL:
        return None
    minutes = ((local - days) // np.timedelta64(1, "m")).astype(np.int64)
    starts = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    ends = np.append(starts[1:], len(days)) - 1
    steps = np.diff(minutes)[days[1:] == days[:-1]]
    steps = steps[steps > 0]
    if not steps.size:
        return None
    return minutes, minutes[starts], minutes[ends], int(np.median(steps))


def _is_daily(instants: TimeArray) -> bool:
    steps = np.diff(np.unique(instants[~np.isnat(instants)]).astype(np.int64)) // 60_000_000
    return bool(steps.size) and float(np.median(steps)) >= DAILY_MINUTES


def _is_dated(days: TimeArray) -> bool:
    """Return whether dates are those of sessions: a week from Sunday on has Sundays only."""
    share = float(np.mean(~np.is_busday(days[~np.isnat(days)])))
    return share == 0.0 or share > WEEKEND_SHARE


def _as_dates(times: ParsedTimes, hints: Hints, hours: Hours | None) -> ParsedTimes:
    """Take the dates alone where daily bars are stamped at midnight or the opening of a market."""
    zones = dict.fromkeys([hints.zone, hours.zone if hours else None])
    for zone in (one for one in zones if one is not None):
        local = _to_zone(times.instants, zone)
        known = local[~np.isnat(local)]
        minutes = ((known - known.astype("datetime64[D]")) // np.timedelta64(1, "m")).astype(int)
        marks = {0: "midnight"}
        if hours is not None and hours.zone == zone:
            marks[hours.opens] = "the opening"
        for minute, called in marks.items():
            if float(np.mean(minutes == minute)) >= NEARLY_ALL:
                told = f"daily bars are stamped at {called} in {zone}: their dates are taken"
                return _dated(times, local.astype("datetime64[D]"), told)
    return times


def _dated(times: ParsedTimes, days: TimeArray, told: str) -> ParsedTimes:
    return replace(
        times,
        instants=days.astype("datetime64[us]"),
        days=days,
        dates_only=True,
        is_local=False,
        facts=(*times.facts, told),
    )


def _move(times: ParsedTimes, zone: str, told: str) -> ParsedTimes:
    instants = _from_zone(times.instants, zone)
    return replace(times, instants=instants, is_local=False, facts=(*times.facts, told))


def _from_zone(local: TimeArray, zone: str) -> TimeArray:
    """Return the instants of local times; an hour that comes twice is told by the rows' order."""
    if zone == UTC:
        return local
    series = pl.Series(local)

    def read(ambiguous: str) -> TimeArray:
        placed = series.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
        return placed.dt.convert_time_zone(UTC).dt.replace_time_zone(None).to_numpy()

    first, second = read("earliest"), read("latest")
    twice = np.flatnonzero((first != second) & ~np.isnat(first))
    if not twice.size:
        return first
    known = local[~np.isnat(local)]
    falls = bool(known[-1] < known[0])
    places = twice[::-1] if falls else twice
    seen: BoolArray = np.zeros(len(places), dtype=np.bool_)
    _, firsts = np.unique(local[places], return_index=True)
    seen[:] = True
    seen[firsts] = False
    first = first.copy()
    first[places[seen]] = second[places[seen]]
    return first


def _to_zone(instants: TimeArray, zone: str) -> TimeArray:
    series = pl.Series(instants).dt.replace_time_zone(UTC).dt.convert_time_zone(zone)
    local: TimeArray = series.dt.replace_time_zone(None).to_numpy()
    return local


def _zone_in_name(column: str) -> str | None:
    words = re.split(r"[^a-z/_]+", column.lower().replace("_utc", " utc").replace("_gmt", " gmt"))
    if {"utc", "gmt"} & set(words):
        return UTC
    named = re.search(r"[A-Z][a-z]+/[A-Z][A-Za-z_]+", column)
    if named is None:
        return None
    try:
        zoneinfo.ZoneInfo(named[0])
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return named[0]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
