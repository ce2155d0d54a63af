"""Dates, clocks, epochs and zones: what is written, and what decides how it is meant."""

from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.bars import MeaningUnclear, UnreadableBars
from bellwether.sources import parse_times, read_bars
from bellwether.sources._date_forms import read_dates
from bellwether.sources._hints import Hints
from bellwether.sources._times import ParsedTimes


def read(*texts: str, hints: Hints | None = None) -> ParsedTimes:
    return parse_times(pl.Series(texts), None, hints or Hints())


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("Nov 27, 2020", "2020-11-27"),
        ("30-Apr-21", "2021-04-30"),
        ("27 nov. 2020", "2020-11-27"),
        ("2 de enero de 2020", "2020-01-02"),
        ("Thu, Jan 02, 2020", "2020-01-02"),
        ("30. Mai 2021", "2021-05-30"),
        ("14-Dez-20", "2020-12-14"),
        ("1 août 2020", "2020-08-01"),
        ("5 lipca 2020", "2020-07-05"),
        ("Jan 2nd, 2020", "2020-01-02"),
        ("2020-Jan-02", "2020-01-02"),
        ("2020.01.02 00:01", "2020-01-02T00:01"),
        ("20200102 093100", "2020-01-02T09:31"),
        ("20200102093100", "2020-01-02T09:31"),
        ("202001021430", "2020-01-02T14:30"),
        ("01/13/2020 4:05 PM", "2020-01-13T16:05"),
        ("2020-07-04 12-AM", "2020-07-04T00:00"),
        ("2020-07-04 01-PM", "2020-07-04T13:00"),
        ("13.01.2020 16:05:00.000", "2020-01-13T16:05"),
        ("2020-01-02 24:00", "2020-01-03T00:00"),
        ("2020-01-02T09:31:00-05:00", "2020-01-02T14:31"),
        ("2020-01-02 09:31 EST", "2020-01-02T14:31"),
        ("2020-01-02T14:31:00.123456Z", "2020-01-02T14:31"),
        ("1577975460", "2020-01-02T14:31"),
        ("1577975460000", "2020-01-02T14:31"),
        ("1577975460000000", "2020-01-02T14:31"),
        ("1577975460000000000", "2020-01-02T14:31"),
        ("1577975460.0", "2020-01-02T14:31"),
        ("1.57797546e9", "2020-01-02T14:31"),
    ],
)
def test_a_time_is_read_in_every_form(text: str, instant: str) -> None:
    assert read(text).instants[0] == np.datetime64(instant)


@pytest.mark.parametrize(
    "text", ["2020-02-30", "2020-13-01", "1699-12-31", "2201-01-01", "32/01/2020", "0", "x", "1-2"]
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert np.isnat(read(text, "2020-01-02").instants[0])


TIMES = st.builds(
    datetime.combine, st.dates(date(1700, 1, 1), date(2200, 12, 31)), st.times(time.min, time.max)
)


@given(st.lists(TIMES, min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_the_quick_way_of_iso_times_is_that_of_all_others(times: list[datetime]) -> None:
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"):
        texts = pl.Series([time.strftime(form) for time in times])
        quick, slow = parse_times(texts, None), read_dates(texts.str.replace("T", " "))
        np.testing.assert_array_equal(quick.instants, slow.local)


def test_a_time_without_an_offset_beside_others_with_one_is_none() -> None:
    times = read("2020-01-02 09:31+01:00", "2020-01-02 09:32")
    assert np.isnat(times.instants).tolist() == [False, True]
    assert not times.is_local


def test_seconds_and_milliseconds_may_stand_below_one_another() -> None:
    times = read("1577836800", "1577923200000")
    assert times.days.tolist() == read("2020-01-01", "2020-01-02").days.tolist()
    assert times.facts == ("epochs count seconds and milliseconds, by their size",)


def test_epochs_of_no_usual_size_are_asked_for_by_unit() -> None:
    question = read("18262", "18263").question
    assert question is not None
    assert (question.option, question.choices) == ("unit", ("s", "ms", "us", "ns"))
    asked = read("-86400000", "0", hints=Hints(unit="ms"))
    assert asked.days.tolist() == read("1969-12-31", "1970-01-01").days.tolist()


@pytest.mark.parametrize(
    ("texts", "order", "why"),
    [
        (("02/01/2020", "13/01/2020"), "day-first", "13/01/2020 can be nothing else"),
        (("01/02/2020", "01/13/2020"), "month-first", "01/13/2020 can be nothing else"),
        (("02.01.2020",), "day-first", "dots stand between its numbers"),
        (("05/01/2020", "01/02/2020", "03/03/2020"), "day-first", "only so do the rows stand"),
    ],
)
def test_the_order_of_dates_is_decided_by_evidence(
    texts: tuple[str, ...], order: str, why: str
) -> None:
    times = read(*texts)
    assert times.question is None
    assert times.facts[0].startswith(f"dates are {order}: ")
    assert why in times.facts[0]


def test_weekdays_decide_between_two_orders() -> None:
    # First days of months that are weekdays, as a monthly table has them.
    months = np.busday_offset(np.arange("2015-01", "2016-11", dtype="datetime64[M]"), 0, "forward")
    days = months[months.astype("datetime64[M]") == months]
    texts = [day.astype(object).strftime("%d/%m/%Y") for day in days if day.astype(object).day < 13]
    assert read(*texts).question is None


def test_dates_that_nothing_decides_are_asked_for_by_order() -> None:
    question = read("01/02/2020", "01/03/2020", "01/04/2020").question
    assert question is not None
    assert (question.option, question.choices) == ("dates", ("day-first", "month-first"))
    for order, day in (("day-first", "2020-02-01"), ("month-first", "2020-01-02")):
        told = read("01/02/2020", hints=Hints(dates=order))  # type: ignore[arg-type]
        assert told.days[0] == np.datetime64(day)
    asked = read("20/01/02", "20/01/03", hints=Hints(dates="year-first"))
    assert asked.days[0] == np.datetime64("2020-01-02")


def test_the_headers_language_decides_where_dates_do_not(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("Data;Otwarcie;Najwyższy;Najniższy;Zamknięcie\n03/02/2020;1;2;1;2\n")
    imported = read_bars(path)
    assert imported.bars.closed_at[0] == np.datetime64("2020-02-03T21:00")


@pytest.mark.parametrize(
    ("years", "first", "last"),
    [(("62", "99", "00", "17"), 1962, 2017), (("17", "18"), 2017, 2018), (("98",), 1998, 1998)],
)
def test_years_of_two_digits_are_of_one_century(
    years: tuple[str, ...], first: int, last: int
) -> None:
    times = read(*(f"01/13/{year}" for year in years))
    assert times.days.astype("datetime64[Y]").astype(int).min() + 1970 == first
    assert f"{first} to {last}" in times.facts[1]


# Zones.


def minutes(*days: str, first: str = "09:30", n_bars: int = 390) -> list[str]:
    """Return the minutes of some days from a time on."""
    starts = [np.datetime64(f"{day}T{first}") for day in days]
    return [str(start + step).replace("T", " ") for start in starts for step in range(n_bars)]


def write(folder: Path, stamps: list[str], name: str = "date") -> Path:
    path = folder / "bars.csv"
    rows = [f"{stamp},1,2,1,{1.1 + place % 7 / 10:g}" for place, stamp in enumerate(stamps)]
    path.write_text("\n".join([f"{name},open,high,low,close", *rows]))
    return path


def test_times_that_span_new_yorks_session_are_new_yorks(tmp_path: Path) -> None:
    imported = read_bars(write(tmp_path, minutes("2020-03-06", "2020-03-09")))
    told = imported.bars.closed_at.astype("datetime64[m]").astype(str)
    # They are those of the opening; on the eighth, summer time began.
    assert (told[0], told[390], told[-1]) == (
        "2020-03-06T14:31",
        "2020-03-09T13:31",
        "2020-03-09T20:00",
    )
    assert imported.layout is not None
    assert "only so are they from 09:30 to 16:00" in imported.layout.facts[0]
    assert "the first bars of the days stand at 09:30" in imported.layout.facts[1]


def test_times_that_span_it_in_utc_are_utcs_and_may_be_those_of_the_close(tmp_path: Path) -> None:
    path = write(tmp_path, minutes("2020-01-02", "2020-01-03", first="14:31"))
    imported = read_bars(path)
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T14:31")
    assert imported.layout is not None
    assert "times are in UTC" in imported.layout.facts[0]


def test_a_pause_at_noon_is_not_new_yorks(tmp_path: Path) -> None:
    stamps = [
        *minutes("2020-01-02", n_bars=150),
        *minutes("2020-01-02", first="13:00", n_bars=180),
    ]
    with pytest.raises(MeaningUnclear, match="--zone America/New_York"):
        read_bars(write(tmp_path, stamps))
    imported = read_bars(write(tmp_path, stamps), zone="Asia/Hong_Kong", calendar="XHKG")
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T01:31")


def test_the_exchange_that_is_named_tells_the_zone(tmp_path: Path) -> None:
    path = write(tmp_path, minutes("2020-01-02", first="08:00", n_bars=510))
    imported = read_bars(path, calendar="XFRA", zone="Europe/London")
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T08:01")
    path = write(tmp_path, minutes("2020-07-02", first="08:00", n_bars=510))
    imported = read_bars(path, calendar="XLON")
    assert imported.bars.closed_at[0] == np.datetime64("2020-07-02T07:01")


@pytest.mark.parametrize("name", ["Gmt time", "time_utc", "Date (UTC)"])
def test_a_column_may_be_called_by_its_zone(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, ["2020-01-02 23:31", "2020-01-02 23:32"], name)
    columns = {"date": name} if "(" in name else None
    imported = read_bars(path, columns=columns)
    assert imported.bars.closed_at[0] >= np.datetime64("2020-01-02T23:31")


def test_a_zone_in_the_columns_name_is_kept(tmp_path: Path) -> None:
    name = "time (Europe/Warsaw)"
    path = write(tmp_path, ["2020-01-02 15:31", "2020-01-02 15:32"], name)
    imported = read_bars(path, columns={"date": name})
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T14:31")


def test_an_hour_that_comes_twice_is_told_by_the_order_of_its_rows(tmp_path: Path) -> None:
    stamps = ["2020-11-01 00:30", "2020-11-01 01:00", "2020-11-01 01:30"]
    stamps += ["2020-11-01 01:00", "2020-11-01 01:30", "2020-11-01 02:00"]
    for rows in (stamps, stamps[::-1]):
        path = write(tmp_path, rows)
        imported = read_bars(path, zone="America/New_York", calendar="24/7")
        steps = np.diff(imported.bars.closed_at)
        assert (steps == np.timedelta64(30, "m")).all()
        assert imported.quality.refusals == ()


def test_an_hour_that_never_was_cannot_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, ["2020-03-08 01:30", "2020-03-08 02:30", "2020-03-08 03:30"])
    imported = read_bars(path, zone="America/New_York", calendar="24/7")
    assert [row.line for row in imported.quality.refusals] == [3]


def test_a_zone_that_is_none_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, ["2020-01-02 23:31", "2020-01-02 23:32"])
    with pytest.raises(UnreadableBars, match="such as America/New_York"):
        read_bars(path, zone="New York")


def test_daily_bars_are_dated_whatever_time_stands_beside_them(tmp_path: Path) -> None:
    days = np.busday_offset(np.datetime64("2020-01-02"), np.arange(10))
    for clock in (" 16:00:00", "T00:00:00-05:00", "T05:00:00Z", "T14:30:00Z"):
        imported = read_bars(write(tmp_path, [f"{day}{clock}" for day in days]))
        assert imported.bars.interval == "1d"
        np.testing.assert_array_equal(imported.bars.closed_at.astype("datetime64[D]"), days)
        assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T21:00")
