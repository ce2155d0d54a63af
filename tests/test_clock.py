"""The only reader of the time, and the one that stands still."""

import datetime as dt
import time
from collections.abc import Iterator

import numpy as np
import pytest

from bellwether.clock import Clock, FixedClock, SystemClock, UnreadableInstant, read_instant


@pytest.fixture(params=["UTC", "Asia/Tokyo", "America/New_York"])
def time_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


def utc_now() -> np.datetime64:
    return np.datetime64(time.time_ns() // 1000, "us")


def test_the_system_clock_tells_utc_wherever_it_stands(time_zone: str) -> None:
    before = utc_now()
    now = SystemClock().now()
    assert before <= now <= utc_now()


def test_the_system_clock_tells_microseconds() -> None:
    assert SystemClock().now().dtype == np.dtype("datetime64[us]")


def test_a_fixed_clock_stands_still() -> None:
    clock = FixedClock(np.datetime64("2018-12-31T21:00:00.000001"))
    assert clock.now() == clock.now() == np.datetime64("2018-12-31T21:00:00.000001")


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        (np.datetime64("2018-12-31"), "2018-12-31T00:00:00.000000"),
        (np.datetime64("2018-12-31T21:00"), "2018-12-31T21:00:00.000000"),
        (np.datetime64("2018-12-31T21:00:00.123456789"), "2018-12-31T21:00:00.123456"),
    ],
)
def test_a_fixed_clock_tells_microseconds_whatever_it_was_set_to(
    instant: np.datetime64, told: str
) -> None:
    now = FixedClock(instant).now()
    assert now.dtype == np.dtype("datetime64[us]")
    assert str(now) == told


def test_a_fixed_clock_cannot_be_set_again() -> None:
    clock = FixedClock(np.datetime64("2018-12-31"))
    with pytest.raises(AttributeError):
        clock.now = SystemClock().now  # type: ignore[method-assign]


@pytest.mark.parametrize("clock", [SystemClock(), FixedClock(np.datetime64("2018-12-31"))])
def test_what_clocks_tell_can_be_compared_and_counted(clock: Clock) -> None:
    epoch = np.datetime64(dt.datetime(1970, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None), "us")
    assert clock.now() - epoch > np.timedelta64(0, "us")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2018-12-31T21:00", "2018-12-31T21:00:00.000000"),
        (" 2018-12-31T21:00:00.5 ", "2018-12-31T21:00:00.500000"),
        ("2018-12-31T21:00Z", "2018-12-31T21:00:00.000000"),
        ("2018-12-31T23:30-05:00", "2019-01-01T04:30:00.000000"),
        ("2018-12-31", "2018-12-31T23:59:59.999999"),
        (dt.date(2018, 12, 31), "2018-12-31T23:59:59.999999"),
        (np.datetime64("2018-12-31"), "2018-12-31T23:59:59.999999"),
        (dt.datetime(2018, 12, 31, 21), "2018-12-31T21:00:00.000000"),  # noqa: DTZ001 - UTC is meant
        (
            dt.datetime(2018, 12, 31, 21, tzinfo=dt.timezone(dt.timedelta(hours=9))),
            "2018-12-31T12:00:00.000000",
        ),
        (np.datetime64("2018-12-31T21:00:00.123456789"), "2018-12-31T21:00:00.123456"),
    ],
)
def test_an_instant_is_read_as_it_was_meant(
    given: str | dt.date | np.datetime64, meant: str
) -> None:
    assert str(read_instant(given)) == meant


@pytest.mark.parametrize("given", ["", "now", "2018-13-01", "2018-12", np.datetime64("NaT")])
def test_what_is_no_instant_is_refused(given: str | np.datetime64) -> None:
    with pytest.raises(UnreadableInstant):
        read_instant(given)


@pytest.mark.parametrize("given", [" 2018-12-31", "2018-12-31 ", "20181231"])
def test_every_way_to_write_a_date_means_its_end(given: str) -> None:
    assert read_instant(given) == read_instant("2018-12-31")


def test_an_instant_with_something_behind_it_is_refused() -> None:
    with pytest.raises(UnreadableInstant):
        read_instant("2018-12-31T21:00:00.000000+00:00 or so")
