"""A horizon ends with a session of the calendar, whichever bars are there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.bars import Bars, SessionCalendar
from bellwether.service import MarketCloses

DAY = np.timedelta64(1, "D")
HOUR = np.timedelta64(1, "h")
START = np.datetime64("2019-01-07T21:00", "us")


def market(n_bars: int, *missing: int, step: np.timedelta64 = DAY, interval: str = "1d") -> Bars:
    rows = np.delete(np.arange(n_bars), missing)
    prices = 100.0 + rows.astype(np.float64)
    return Bars(
        symbol="A",
        interval=interval,
        closed_at=START + rows * step,
        open=prices,
        high=prices,
        low=prices,
        close=prices,
        volume=np.ones(len(rows)),
    )


def days(n_days: int = 400, name: str = "days") -> SessionCalendar:
    return SessionCalendar(name=name, closes_at=START + DAY * np.arange(-5, n_days))


def closes(bars: Bars, calendar: SessionCalendar | None, now_row: int = 300) -> MarketCloses:
    return MarketCloses.of(bars, calendar, START + now_row * DAY + HOUR)


def test_the_last_bar_is_that_of_the_session_so_many_sessions_later() -> None:
    found = closes(market(20, 7), days()).find_end(START + 5 * DAY, 3)
    assert found.closes_at == START + 8 * DAY
    assert (found.start, found.row) == (5, 7)
    assert not found.is_lost
    assert not found.is_late


@pytest.mark.parametrize(
    ("n_bars", "now_row", "is_late", "is_lost"),
    [
        (10, 8, False, False),
        (10, 10, False, False),
        (10, 11, True, False),
        (10, 12, True, False),
        (10, 13, True, True),
        (8, 13, True, False),
        (8, 200, True, False),
    ],
)
def test_a_missing_last_bar_is_late_after_3_sessions_and_lost_after_5(
    n_bars: int, now_row: int, is_late: bool, is_lost: bool
) -> None:
    bars = market(10, 8) if n_bars == 10 else market(n_bars)
    end = closes(bars, days(), now_row).find_end(START + 5 * DAY, 3)
    assert (end.row, end.is_late, end.is_lost) == (None, is_late, is_lost)


@pytest.mark.parametrize("factor", [8.0, 100.0, 0.1, 0.001])
def test_a_close_of_another_unit_is_waited_for_like_a_missing_one(factor: float) -> None:
    bars = market(20)
    other = np.where(np.arange(20) == 8, factor * bars.close, bars.close)
    false = replace(bars, open=other, high=other, low=other, close=other)
    for n_bars, is_lost in ((9, False), (13, False), (14, True), (20, True)):
        end = closes(false[:n_bars], days()).find_end(START + 5 * DAY, 3)
        assert (end.start, end.row, end.is_doubted, end.is_lost) == (5, None, True, is_lost)
        assert not end.is_late
    assert closes(bars, days()).find_end(START + 5 * DAY, 3).row == 8
    assert closes(false, days()).find_end(START + 5 * DAY, 2).row == 7


def test_a_large_move_within_a_unit_is_believed() -> None:
    bars = market(20)
    rise = np.where(np.arange(20) >= 8, 7.0 * bars.close, bars.close)
    risen = replace(bars, open=rise, high=rise, low=rise, close=rise)
    assert closes(risen, days()).find_end(START + 5 * DAY, 3).row == 8


def test_bars_that_close_beside_their_session_belong_to_it() -> None:
    bars = market(20)
    beside = replace(bars, closed_at=bars.closed_at + HOUR)
    found = closes(beside, days()).find_end(beside.closed_at[5], 2)
    assert (found.start, found.row, found.closes_at) == (5, 7, START + 7 * DAY)


def test_of_two_bars_near_a_session_the_nearer_is_its_own() -> None:
    bars = market(20)
    doubled = replace(
        bars, closed_at=bars.closed_at - (np.arange(20) == 6) * np.timedelta64(23, "h")
    )
    found = closes(doubled, days()).find_end(START + 4 * DAY, 1)
    assert found.row == 5


def test_holidays_are_no_sessions() -> None:
    weekdays = np.array([0, 1, 2, 3, 4, 7, 8, 9, 10, 11])
    calendar = SessionCalendar(name="XNYS", closes_at=START + weekdays * DAY)
    bars = replace(market(10), closed_at=START + weekdays * DAY)
    found = closes(bars, calendar).find_end(START + 4 * DAY, 1)
    assert (found.row, found.closes_at) == (5, START + 7 * DAY)


@pytest.mark.parametrize("name", [None, "weekdays", "weekdays weeks"])
def test_where_sessions_are_unknown_or_assumed_bars_are_counted(name: str | None) -> None:
    calendar = None if name is None else days(name=name)
    found = closes(market(20, 7), calendar).find_end(START + 5 * DAY, 3)
    assert (found.row, found.is_lost) == (8, False)
    waits = closes(market(20), calendar, 18).find_end(START + 18 * DAY, 3)
    assert (waits.row, waits.is_lost) == (None, False)


def test_on_markets_that_never_close_short_bars_follow_by_their_length() -> None:
    bars = market(48, 9, step=4 * HOUR, interval="4h")
    calendar = SessionCalendar(name="24/7", closes_at=START + DAY * np.arange(-5, 400))
    found = closes(bars, calendar).find_end(START + 7 * 4 * HOUR, 3)
    assert (found.closes_at, found.row) == (START + 10 * 4 * HOUR, 9)
    lost = closes(bars, calendar).find_end(START + 7 * 4 * HOUR, 2)
    assert (lost.row, lost.is_lost) == (None, True)


def test_on_exchanges_short_bars_are_counted() -> None:
    bars = market(48, 9, step=HOUR, interval="1h")
    found = closes(bars, days()).find_end(START + 8 * HOUR, 2)
    assert bars.closed_at[found.row or 0] == START + 11 * HOUR


def test_bars_that_have_not_closed_are_not_known() -> None:
    found = MarketCloses.of(market(20), days(), START + 6 * DAY).find_end(START + 5 * DAY, 2)
    assert (found.start, found.row, found.n_sessions) == (5, None, 0)


def test_a_horizon_behind_the_calendar_is_estimated_and_never_lost() -> None:
    calendar = days(20)
    found = closes(market(25, 22), calendar, 24).find_end(START + 19 * DAY, 3)
    assert found.closes_at == START + 22 * DAY
    assert found.row is None


@given(
    missing=st.sets(st.integers(0, 29), max_size=12),
    as_of=st.integers(0, 29),
    horizon_bars=st.integers(1, 8),
)
@settings(deadline=None, max_examples=100)
def test_a_horizon_ends_with_the_same_bar_whichever_others_are_missing(
    missing: set[int], as_of: int, horizon_bars: int
) -> None:
    whole = closes(market(30), days()).find_end(START + as_of * DAY, horizon_bars)
    bars = market(30, *missing)
    found = closes(bars, days()).find_end(START + as_of * DAY, horizon_bars)
    assert found.closes_at == whole.closes_at
    last = as_of + horizon_bars
    if last in missing or last >= 30:
        assert found.row is None
    else:
        assert found.row is not None
        assert bars.closed_at[found.row] == START + last * DAY


@pytest.mark.parametrize(
    ("settled_return", "is_told"), [(0.02, False), (0.02 + 1e-12, False), (0.02 + 1e-8, True)]
)
def test_a_return_counts_as_revised_beyond_the_last_digits(
    settled_return: float, is_told: bool
) -> None:
    known = closes(market(20), days())
    found = known.find_revised(START, START + 2 * DAY, settled_return)
    assert found == (pytest.approx(0.02) if is_told else None)
    assert known.find_revised(START, START + 99 * DAY, settled_return) is None


@settings(deadline=None)
@given(
    missing=st.lists(st.integers(0, 29), max_size=6, unique=True),
    asked=st.lists(st.tuples(st.integers(0, 33), st.integers(1, 6)), min_size=1, max_size=12),
    jumps=st.booleans(),
)
def test_closes_beside_others_end_where_they_end_alone(
    missing: list[int], asked: list[tuple[int, int]], *, jumps: bool
) -> None:
    one = market(30, *missing)
    prices = one.close * (np.where(np.arange(len(one)) % 7 == 3, 9.0, 1.0) if jumps else 2.0)
    other = replace(one, symbol="B", open=prices, high=prices, low=prices, close=prices)
    first, alone = closes(one, days(), 25), closes(other, days(), 25)
    beside = first.beside(alone.close)
    for row, horizon_bars in asked:
        as_of = START + row * DAY
        first.find_end(as_of, horizon_bars)
        assert beside.find_end(as_of, horizon_bars) == alone.find_end(as_of, horizon_bars)
        assert beside.find_close(as_of, horizon_bars) == alone.find_close(as_of, horizon_bars)
