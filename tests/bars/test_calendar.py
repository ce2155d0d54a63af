from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.bars import Bars, BarsContractBroken, Freshness, SessionCalendar, Sessions

DAY = np.timedelta64(1, "D")
MONDAY = np.datetime64("2020-01-06T21:00", "us")
WEEKDAYS = np.add(
    np.busday_offset(np.datetime64("2020-01-06"), np.arange(40)).astype("datetime64[us]"),
    np.timedelta64(21, "h"),
)


@pytest.fixture
def calendar() -> SessionCalendar:
    return SessionCalendar(name="weekdays", closes_at=WEEKDAYS)


def keep(bars: Bars, rows: list[int], closed_at: np.ndarray) -> Bars:
    columns = {name: getattr(bars, name)[rows] for name in ("open", "high", "low", "close")}
    return Bars(symbol="X", closed_at=closed_at, volume=bars.volume[rows], **columns)


@given(missing=st.sets(st.integers(1, 38)))
def test_find_missing_names_exactly_the_sessions_without_a_bar(missing: set[int]) -> None:
    calendar = SessionCalendar(name="weekdays", closes_at=WEEKDAYS)
    kept = [row for row in range(40) if row not in missing]
    flat = np.ones(len(kept))
    bars = Bars(
        symbol="X",
        closed_at=WEEKDAYS[kept],
        open=flat,
        high=flat,
        low=flat,
        close=flat,
        volume=flat,
    )
    np.testing.assert_array_equal(calendar.find_missing(bars), WEEKDAYS[sorted(missing)])


def test_a_bar_hours_away_from_the_close_belongs_to_its_session(
    calendar: SessionCalendar, make_bars: Callable[[int, int], Bars]
) -> None:
    for shift in (-5, 3):
        times = WEEKDAYS[:10] + np.timedelta64(shift, "h")
        bars = keep(make_bars(10, 1), list(range(10)), times)
        assert calendar.find_missing(bars).size == 0


@given(
    kept=st.sets(st.integers(0, 39), min_size=1),
    hours=st.lists(st.integers(-30, 30), min_size=40, max_size=40),
)
def test_missing_sessions_are_those_no_bar_is_nearest_to(kept: set[int], hours: list[int]) -> None:
    calendar = SessionCalendar(name="weekdays", closes_at=WEEKDAYS)
    shifts = np.array([hours[row] for row in sorted(kept)], dtype="timedelta64[h]")
    times = np.unique(WEEKDAYS[sorted(kept)] + shifts)
    flat = np.ones(len(times))
    bars = Bars(
        symbol="X", closed_at=times, open=flat, high=flat, low=flat, close=flat, volume=flat
    )
    nearest = [int(np.argmin(np.abs(WEEKDAYS - time))) for time in times]
    missing = [row for row in range(nearest[0], nearest[-1] + 1) if row not in nearest]
    np.testing.assert_array_equal(calendar.find_sessions(times), nearest)
    np.testing.assert_array_equal(calendar.find_missing(bars), WEEKDAYS[missing])


def test_sessions_before_the_first_and_after_the_last_bar_are_not_missing(
    calendar: SessionCalendar, make_bars: Callable[[int, int], Bars]
) -> None:
    bars = keep(make_bars(5, 1), list(range(5)), WEEKDAYS[10:15])
    assert calendar.find_missing(bars).size == 0
    assert calendar.find_missing(bars[:0]).size == 0


def test_sessions_are_counted_when_they_have_completed(calendar: SessionCalendar) -> None:
    before = MONDAY + DAY - np.timedelta64(1, "m")
    assert calendar.n_sessions_between(MONDAY, before) == 0
    assert calendar.n_sessions_between(MONDAY, MONDAY + DAY) == 1
    assert calendar.n_sessions_between(MONDAY, MONDAY + 7 * DAY) == 5
    assert calendar.n_sessions_between(MONDAY + DAY, MONDAY) == 0


def test_after_its_last_session_a_calendar_never_calls_bars_too_young(
    calendar: SessionCalendar,
) -> None:
    last = WEEKDAYS[-1]
    assert calendar.n_sessions_between(last, last + 9 * DAY) == 9
    assert calendar.n_sessions_between(WEEKDAYS[-3], last + 2 * DAY) == 4
    assert calendar.n_sessions_between(last + 2 * DAY, last + 3 * DAY) == 1
    one = SessionCalendar(name="one", closes_at=WEEKDAYS[:1])
    assert one.n_sessions_between(WEEKDAYS[0], WEEKDAYS[0] + 3 * DAY) == 3


@pytest.mark.parametrize(
    ("sessions", "grade"),
    [
        (0, Freshness.FRESH),
        (1, Freshness.FRESH),
        (2, Freshness.ACCEPTABLE),
        (3, Freshness.ACCEPTABLE),
        (4, Freshness.STALE),
        (7, Freshness.STALE),
        (8, Freshness.EXPIRED),
    ],
)
def test_freshness_follows_the_contract(
    calendar: SessionCalendar, sessions: int, grade: Freshness
) -> None:
    assert calendar.freshness(WEEKDAYS[5], WEEKDAYS[5 + sessions]) is grade


def test_a_weekend_does_not_age_bars(calendar: SessionCalendar) -> None:
    friday = WEEKDAYS[4]
    assert calendar.freshness(friday, friday + 2 * DAY + np.timedelta64(23, "h")) == "fresh"


@given(st.integers(0, 39), st.integers(-600, 600))
def test_find_sessions_takes_the_nearest_close(session: int, minutes: int) -> None:
    calendar = SessionCalendar(name="weekdays", closes_at=WEEKDAYS)
    time = WEEKDAYS[session : session + 1] + np.timedelta64(minutes, "m")
    assert calendar.find_sessions(time).tolist() == [session]


def test_a_calendar_needs_closes_that_increase() -> None:
    with pytest.raises(BarsContractBroken, match="at least one close"):
        SessionCalendar(name="none", closes_at=WEEKDAYS[:0])
    with pytest.raises(BarsContractBroken, match="a close after"):
        SessionCalendar(name="back", closes_at=WEEKDAYS[::-1])


def test_a_calendar_says_how_far_it_reaches(calendar: SessionCalendar) -> None:
    assert repr(calendar) == "SessionCalendar('weekdays', 40 sessions, 2020-01-06 to 2020-02-28)"
    assert len(calendar) == 40


@given(
    gaps=st.lists(st.integers(1, 90), min_size=1, max_size=30),
    at=st.integers(-50, 1500),
    n_sessions=st.integers(1, 40),
)
def test_the_session_after_so_many_is_counted_from_the_nearest(
    gaps: list[int], at: int, n_sessions: int
) -> None:
    start = np.datetime64("2020-01-01T21:00", "us")
    hours = np.cumsum(gaps)
    calendar = SessionCalendar(name="any", closes_at=start + hours * np.timedelta64(1, "h"))
    instant = start + np.timedelta64(at, "h")
    found = calendar.close_after(instant, n_sessions)
    session = int(calendar.find_sessions(np.array([instant]))[0]) + n_sessions
    if session < len(calendar):
        assert found == calendar.closes_at[session]
    else:
        assert found > calendar.closes_at[-1]


@given(
    days=st.lists(st.integers(-400, 400), min_size=1, max_size=40, unique=True),
    asked=st.lists(st.integers(-500, 500), max_size=40),
)
def test_a_date_is_found_where_it_is_a_session_and_nowhere_else(
    days: list[int], asked: list[int]
) -> None:
    known = np.array(sorted(days), dtype="datetime64[D]")
    sessions = Sessions(name="x", days=known, closes_at=known.astype("datetime64[us]"))
    places = {int(day): place for place, day in enumerate(known.astype(int))}
    found = sessions.find_days(np.array([*asked, "NaT"], dtype="datetime64[D]"))
    assert found.tolist() == [*(places.get(day, -1) for day in asked), -1]
