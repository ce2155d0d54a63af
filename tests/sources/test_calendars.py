"""Calendars: half days, pauses, the FX week, days without end, and daylight saving."""

import zoneinfo
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import TimeArray
from bellwether.bars import Sessions, UnknownCalendar
from bellwether.sources import COMPUTED_CALENDARS, FX, FX_UTC, find_sessions
from bellwether.sources._calendars import choose_sessions

DAY = np.timedelta64(1, "D")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def clock(at: np.datetime64, zone: zoneinfo.ZoneInfo = NEW_YORK) -> str:
    instant: datetime = at.astype(datetime)
    return instant.replace(tzinfo=UTC).astimezone(zone).strftime("%a %H:%M")


def find(sessions: Sessions, text: str) -> int:
    [place] = np.flatnonzero(sessions.days == day(text))
    return int(place)


@pytest.mark.parametrize(
    ("name", "on", "opens", "closes"),
    [
        ("XNYS", "2019-11-29", "2019-11-29T14:30", "2019-11-29T18:00"),
        ("XNYS", "2020-07-02", "2020-07-02T13:30", "2020-07-02T20:00"),
        ("XNYS", "2020-12-24", "2020-12-24T14:30", "2020-12-24T18:00"),
        ("XLON", "2019-12-24", "2019-12-24T08:00", "2019-12-24T12:30"),
        ("XTKS", "2020-01-06", "2020-01-06T00:00", "2020-01-06T06:00"),
    ],
)
def test_exchanges_open_and_close_with_half_days_and_seasons(
    name: str, on: str, opens: str, closes: str
) -> None:
    found = find_sessions(name, day(on) - 5, day(on) + 5)
    place = find(found, on)
    assert found.opens_at[place] == np.datetime64(opens)
    assert found.closes_at[place] == np.datetime64(closes)


def test_holidays_and_weekends_are_no_sessions() -> None:
    found = find_sessions("XNYS", day("2020-07-01"), day("2020-07-07"))
    assert [str(one) for one in found.days] == [
        "2020-07-01",
        "2020-07-02",
        "2020-07-06",
        "2020-07-07",
    ]


def test_tokyo_pauses_at_noon_and_no_bar_is_missed_there() -> None:
    found = find_sessions("XTKS", day("2020-01-06"), day("2020-01-10"))
    hours = found.slots("30m")
    assert len(hours) == 5 * 10
    noon = hours.find(found.opens_at + np.timedelta64(180, "m"))
    assert noon.tolist() == [-1] * 5


@given(st.integers(0, 365 * 40))
def test_the_fx_week_turns_at_five_in_new_york_summer_and_winter(offset: int) -> None:
    first = day("1990-01-01") + offset
    found = find_sessions(FX, first, first + 13)
    for opens_at, closes_at, on in zip(found.opens_at, found.closes_at, found.days, strict=True):
        assert clock(opens_at).endswith("17:00")
        assert clock(closes_at) == f"{on.astype(datetime).strftime('%a')} 17:00"
        assert on.astype(datetime).weekday() < 5
    assert (np.diff(found.closes_at) > DAY * 0).all()
    assert (found.opens_at[1:] >= found.closes_at[:-1]).all()


@pytest.mark.parametrize(
    ("friday", "monday", "hours"),
    [
        ("2020-03-06", "2020-03-09", 47),
        ("2020-10-30", "2020-11-02", 49),
        ("2020-06-05", "2020-06-08", 48),
    ],
)
def test_weekends_of_clock_changes_are_an_hour_shorter_or_longer(
    friday: str, monday: str, hours: int
) -> None:
    found = find_sessions(FX, day(friday), day(monday))
    closed = found.opens_at[find(found, monday)] - found.closes_at[find(found, friday)]
    assert closed == np.timedelta64(hours, "h")


def test_currencies_do_not_trade_on_christmas_and_new_years_day() -> None:
    found = find_sessions(FX, day("2018-12-20"), day("2019-01-05"))
    weekdays = np.arange(day("2018-12-20"), day("2019-01-05"))
    off = np.setdiff1d(weekdays[np.is_busday(weekdays)], found.days)
    missing = {str(one) for one in off}
    assert missing == {"2018-12-25", "2019-01-01"}


@given(st.integers(0, 365 * 40))
def test_both_cuts_of_the_fx_week_cover_the_same_hours(offset: int) -> None:
    first = day("1990-01-01") + offset
    monday = first - (int(first.astype(int)) + 3) % 7
    week, by_utc = (find_sessions(name, monday - 1, monday + 4) for name in (FX, FX_UTC))
    if len(week.days) == 5 and len(by_utc.days) == 6:
        assert by_utc.opens_at[0] == week.opens_at[0]
        assert by_utc.closes_at[-1] == week.closes_at[-1]
        np.testing.assert_array_equal(by_utc.opens_at[1:], by_utc.closes_at[:-1])


def test_days_without_end_follow_each_other() -> None:
    found = find_sessions("24/7", day("2020-02-28"), day("2020-03-02"))
    assert len(found.days) == 4
    np.testing.assert_array_equal(found.opens_at[1:], found.closes_at[:-1])
    assert len(found.slots("1h")) == 4 * 24


@pytest.mark.parametrize("name", sorted(COMPUTED_CALENDARS))
def test_computed_calendars_are_sound_and_need_no_library(name: str) -> None:
    found = find_sessions(name, day("2019-12-01"), day("2020-12-31"))
    assert found.name == name
    assert (found.opens_at < found.closes_at).all()
    assert (np.diff(found.closes_at.astype(np.int64)) > 0).all()
    assert (found.opens_at[1:] >= found.closes_at[:-1]).all()
    np.testing.assert_array_equal(found.close_of(found.days), found.closes_at)


@pytest.mark.parametrize(
    ("weekdays", "expected"),
    [
        ((0, 1, 2, 3, 4, 5, 6), "24/7"),
        ((0, 1, 2, 3, 4, 6), FX_UTC),
        ((0, 1, 2, 3, 4), "weekdays"),
    ],
)
def test_the_calendar_is_told_by_the_days_of_the_week(
    weekdays: tuple[int, ...], expected: str
) -> None:
    days = np.arange(day("2016-01-01"), day("2018-01-01"))
    days = days[np.isin((days.astype(int) + 3) % 7, weekdays)]
    assert choose_sessions("auto", days, days[-1]).name == expected


def test_sessions_reach_past_the_bars() -> None:
    days: TimeArray = np.array([day("2020-01-06"), day("2020-01-07")])
    found = choose_sessions("FX", days, np.datetime64("2020-01-07T22", "us"))
    assert found.days[0] < days[0]
    assert found.days[-1] > days[-1] + 300


def test_a_name_in_lower_case_is_told_the_right_one() -> None:
    with pytest.raises(UnknownCalendar, match="did you mean XNYS"):
        find_sessions("xnys", day("2020-01-06"), day("2020-01-07"))
    with pytest.raises(UnknownCalendar, match="did you mean FX"):
        find_sessions("fx", day("2020-01-06"), day("2020-01-07"))
