from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.bars import (
    Bars,
    BarsImport,
    ColumnsMissing,
    NotATable,
    RowsRefused,
    SourceMissing,
    SymbolUnclear,
    UnknownCalendar,
    UnreadableBars,
)
from bellwether.errors import BarsError
from bellwether.hashing import digest_bytes
from bellwether.sources import read_bars

Write = Callable[..., Path]

PLAIN = """\
date,open,high,low,close,volume
2020-01-02,10,12,9,11,1000
2020-01-03,11,13,10,12,1100
2020-01-06,12,14,11,13,1200
2020-01-07,13,15,12,14,1300
"""
CLOSES = [11.0, 12.0, 13.0, 14.0]
CLOSED_AT = ["2020-01-02T21", "2020-01-03T21", "2020-01-06T21", "2020-01-07T21"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_text(text: str | bytes, name: str = "bars.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


def check_plain(imported: BarsImport) -> None:
    bars = imported.bars
    assert bars.close.tolist() == CLOSES
    assert bars.volume.tolist() == [1000, 1100, 1200, 1300]
    np.testing.assert_array_equal(bars.closed_at, np.array(CLOSED_AT, dtype="datetime64[us]"))
    assert bars.interval == "1d"
    assert imported.quality.refusals == ()


def test_a_plain_file_becomes_bars_named_after_it(write: Write) -> None:
    path = write(PLAIN, "acme.csv")
    imported = read_bars(path)
    check_plain(imported)
    assert imported.bars.symbol == "acme"
    assert imported.quality.calendar == "XNYS"
    assert imported.source_digest == digest_bytes(path.read_bytes())
    check_plain(read_bars(str(path), symbol="ACME"))
    assert read_bars(path, symbol="ACME").bars.symbol == "ACME"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace("00\n", "00,\n"),
        PLAIN.replace("10,12", '"10", 12'),
        PLAIN.replace("date,open,high,low,close,volume", " Date ,OPEN,High,Low,Close,Vol"),
        PLAIN.replace("date", ""),
        PLAIN.replace("volume", "volume,dividends,splits"),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace("2020-01-0", "2020/1/"),
        PLAIN.replace("2020-01-0", "2020010"),
    ],
    ids=[
        "semicolons",
        "tabs",
        "crlf",
        "no last newline",
        "blank lines",
        "trailing commas",
        "quotes and blanks",
        "other case",
        "unnamed index",
        "rows shorter than the header",
        "byte order mark",
        "utf-16",
        "slashes",
        "no dashes",
    ],
)
def test_the_same_table_in_another_dress_gives_the_same_bars(
    write: Write, text: str | bytes
) -> None:
    check_plain(read_bars(write(text)))


@pytest.mark.parametrize(
    "form", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%y", "%d-%b-%Y", "%Y/%m/%d", "%m/%d/%y"]
)
def test_dates_are_read_in_the_form_that_fits_the_whole_column(write: Write, form: str) -> None:
    days = np.busday_offset(np.datetime64("2020-01-02"), np.arange(40))
    lines = [f"{day.astype(object).strftime(form)},1,2,1,2,5" for day in days]
    bars = read_bars(write("\n".join(["date,open,high,low,close,volume", *lines]))).bars
    np.testing.assert_array_equal(bars.closed_at.astype("datetime64[D]"), days)


def test_yahoo_adjusted_close_becomes_the_adjustment(write: Write) -> None:
    text = (
        "Date,Open,High,Low,Close,Adj Close,Volume\n"
        "2020-01-02,10,12,9,11,5.5,1000\n2020-01-03,11,13,10,12,12,1100\n"
    )
    bars = read_bars(write(text)).bars
    assert bars.close.tolist() == [11.0, 12.0]
    assert bars.adjustment.tolist() == [0.5, 1.0]
    assert bars.matrix[:, 3].tolist() == [5.5, 12.0]


STOOQ = """\
<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
AAPL.US,D,20200102,000000,10,12,9,11,1000,0
AAPL.US,D,20200103,000000,11,13,10,12,1100,0
MSFT.US,D,20200102,000000,20,22,19,21,50,0
AAPL.US,D,20200106,000000,12,14,11,13,1200,0
AAPL.US,D,20200107,000000,13,15,12,14,1300,0
"""


def test_one_symbol_of_a_stooq_bulk_file_is_read_by_its_name(write: Write) -> None:
    path = write(STOOQ)
    imported = read_bars(path, symbol="AAPL.US")
    check_plain(imported)
    assert imported.quality.n_read == 4
    assert read_bars(path, symbol="MSFT.US").bars.close.tolist() == [21.0]


def test_a_stooq_bulk_file_of_one_symbol_needs_no_choice(write: Write) -> None:
    text = "\n".join(line for line in STOOQ.splitlines() if "MSFT" not in line)
    imported = read_bars(write(text))
    check_plain(imported)
    assert imported.bars.symbol == "AAPL.US"
    assert read_bars(write(text), symbol="Apple").bars.symbol == "Apple"


def test_a_single_stooq_file_has_an_open_interest_that_is_left_alone(write: Write) -> None:
    text = PLAIN.replace("volume", "Volume,OpenInt").replace("00\n", "00,0\n")
    check_plain(read_bars(write(text, "aapl.us.txt")))


def test_several_symbols_and_no_choice_are_named(write: Write) -> None:
    for chosen in (None, "IBM"):
        with pytest.raises(SymbolUnclear, match=r"AAPL\.US, MSFT\.US.*--symbol AAPL\.US") as raised:
            read_bars(write(STOOQ), symbol=chosen)
        assert raised.value.symbols == ("AAPL.US", "MSFT.US")


def test_a_market_without_volume_has_zeros(write: Write) -> None:
    text = "\n".join(line.rpartition(",")[0] for line in PLAIN.splitlines())
    assert not read_bars(write(text)).bars.has_volume
    blank = "\n".join(f"{line.rpartition(',')[0]}," for line in PLAIN.splitlines()[1:])
    assert not read_bars(write(f"{PLAIN.splitlines()[0]}\n{blank}\n")).bars.has_volume


def test_columns_of_unusual_names_are_mapped(write: Write) -> None:
    text = PLAIN.replace("close", "Schluss").replace("date", "Tag")
    check_plain(read_bars(write(text), columns={"close": "Schluss", "date": "Tag"}))


def test_a_mapped_column_wins_over_a_known_name(write: Write) -> None:
    text = PLAIN.replace("volume", "mid").replace(",1000", ",10.5").replace(",1100", ",12.5")
    text = text.replace(",1200", ",13.5").replace(",1300", ",14.5")
    assert read_bars(write(text), columns={"close": "mid"}).bars.close[0] == 10.5


# What a new user meets.


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"nothing\.csv, was no such file"):
        read_bars(tmp_path / "nothing.csv")


def test_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="was a folder"):
        read_bars(tmp_path)


def test_a_path_that_cannot_be_says_so() -> None:
    with pytest.raises(SourceMissing, match="cannot be opened"):
        read_bars("bars\0.csv")


@pytest.mark.parametrize(
    ("content", "was"),
    [
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (b"date,open,high,low,close,volume\n", "a header .* and no row"),
        (bytes(range(256)) * 20, "no text"),
        (b"date,open\0,high", "binary content"),
        (b"PAR1garbagePAR1", "a damaged Parquet file"),
        (b"<html>" * 5000 + b"\n1,2\n", "a web page"),
        (b"letter" * 5000 + b"\n1,2\n", "a first line of 30000 letters"),
    ],
)
def test_what_is_no_table_says_what_it_is(write: Write, content: bytes, was: str) -> None:
    with pytest.raises(NotATable, match=was):
        read_bars(write(content))


def test_missing_columns_show_the_header_and_the_way_to_map_it(write: Write) -> None:
    path = write(PLAIN.replace("close", "Settle"))
    with pytest.raises(ColumnsMissing, match="--columns close=NAME") as raised:
        read_bars(path)
    assert raised.value.missing == ("close",)
    assert "Settle" in raised.value.header
    assert "'Settle'" in str(raised.value)


def test_a_long_header_is_shown_in_part(write: Write) -> None:
    header = ",".join(f"feature_{number}" for number in range(500))
    with pytest.raises(ColumnsMissing) as raised:
        read_bars(write(f"{header}\n1\n"))
    assert len(str(raised.value)) < 800
    assert len(raised.value.header) == 500


def test_a_file_without_a_header_is_read_where_its_rows_show_what_they_are(write: Write) -> None:
    check_plain(read_bars(write(PLAIN.partition("\n")[2])))
    with pytest.raises(ColumnsMissing, match="put a first line above the rows"):
        read_bars(write("1315922016,5.8,1.0\n1315922024,5.83,3.0\n"))


def test_a_mapped_column_that_is_not_there_is_named(write: Write) -> None:
    with pytest.raises(ColumnsMissing, match="close=Schluss"):
        read_bars(write(PLAIN), columns={"close": "Schluss"})


def test_an_unknown_role_is_answered_with_the_nearest(write: Write) -> None:
    with pytest.raises(UnreadableBars, match="did you mean close"):
        read_bars(write(PLAIN), columns={"clse": "close"})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2020-01-08,abc,15,12,14,1300", "the open is not a number"),
        ("2020-01-08,13,15,12,-,1300", "the close is missing"),
        ("2020-01-08,13,15,12,,1300", "the close is missing"),
        ("2020-01-08,13,nan,12,14,1300", "the high is missing"),
        ("2020-01-08,13,inf,12,14,1300", "the high is not finite"),
        ("2020-01-08,0,15,0,14,1300", "the open is not above zero"),
        ("2020-01-08,13,15,-12,14,1300", "the low is not above zero"),
        ("2020-01-08,13,11,12,12,1300", "the high is below the low"),
        ("2020-01-08,13,14,12,15,1300", "the high is below the open or the close"),
        ("2020-01-08,13,15,13,12,1300", "the low is above the open or the close"),
        ("2020-01-08,13,15,12,14,-1", "the volume is below zero"),
        ("2020-01-08,13,15,12,14,", "the volume is missing"),
        (",13,15,12,14,1300", "the date is missing"),
        ("yesterday,13,15,12,14,1300", "the date cannot be read"),
        ("2020-02-30,13,15,12,14,1300", "the date cannot be read"),
        ("2020-01-08", "the open is missing"),
        ("2020-01-08,13,15,12,14,1300,9,9", "more than the header's 6 fields"),
        ('2020-01-08,"13,15,12,14,1300', "a quote is not closed"),
        ('2020-01-08,"' + "1" * 200_000 + '"', "field larger than field limit (131072)"),
        ('"20"20-01-08,a"b"c,15,12,14,5,', "the open is not a number"),
    ],
)
def test_a_row_that_is_no_bar_is_refused_with_its_line_and_reason(
    write: Write, line: str, reason: str
) -> None:
    imported = read_bars(write(f"{PLAIN}\n{line}\n"))
    assert imported.bars.close.tolist() == CLOSES
    refusal = imported.quality.refusals[0]
    assert (refusal.line, refusal.reason, refusal.text) == (7, reason, line)
    assert (imported.quality.n_read, imported.quality.n_kept) == (5, 4)


def test_rows_out_of_order_are_sorted_and_reported(write: Write) -> None:
    head, first, *rest = PLAIN.splitlines()
    imported = read_bars(write("\n".join([head, rest[0], first, *rest[1:]])))
    check_plain(imported)
    found = imported.quality.findings[0]
    assert (found.code, found.where) == ("unsorted", "line 3")
    newest_first = read_bars(write("\n".join([head, *rest[::-1], first])))
    check_plain(newest_first)
    assert "newest first" in newest_first.quality.findings[0].what


def test_a_row_that_repeats_a_bar_is_dropped_and_reported(write: Write) -> None:
    repeated = PLAIN.splitlines()[2]
    imported = read_bars(write(f"{PLAIN}{repeated}\n{repeated}\n"))
    assert imported.bars.close.tolist() == CLOSES
    assert [(r.line, r.reason) for r in imported.quality.refusals] == [
        (6, "repeats a bar (line 3)"),
        (7, "repeats a bar (line 3)"),
    ]
    assert "repeated-rows" in {finding.code for finding in imported.quality.findings}


def test_a_file_pasted_twice_is_still_a_file(write: Write) -> None:
    rows = PLAIN.partition("\n")[2]
    assert read_bars(write(PLAIN + rows + rows)).bars.close.tolist() == CLOSES


def test_different_bars_of_one_time_are_all_refused(write: Write) -> None:
    other = "2020-01-03,11,13,10,12.5,1100"
    repeated = PLAIN.splitlines()[2]
    imported = read_bars(write(f"{PLAIN}{other}\n{repeated}\n"))
    assert imported.bars.close.tolist() == [11.0, 13.0, 14.0]
    assert [row.line for row in imported.quality.refusals] == [3, 6, 7]
    reasons = {row.reason.partition(" (")[0] for row in imported.quality.refusals}
    assert reasons == {"conflicts with a bar of the same time"}
    assert np.datetime64("2020-01-03T21:00") in imported.quality.missing


@pytest.mark.parametrize(
    ("old", "new"),
    [("2020", "year"), (",1", ",x"), (",1", ",-1"), (",1", ",nan")],
    ids=["no dates", "text", "negative", "all nan"],
)
def test_nothing_but_bad_rows_is_one_error_that_counts_them(
    write: Write, old: str, new: str
) -> None:
    with pytest.raises(RowsRefused, match=r"4 of 4 refused: .* \(4 times, first in line 2\)"):
        read_bars(write(PLAIN.replace(old, new)))


def test_nothing_but_torn_lines_is_one_error(write: Write) -> None:
    with pytest.raises(RowsRefused, match="more than the header's 6 fields"):
        read_bars(write(PLAIN.replace("00\n", "00,7,7\n")))


def test_a_torn_line_of_several_symbols_is_not_forgotten(write: Write) -> None:
    torn = "AAPL.US,D,20200108,000000,13,15,12,14,1300,0,0,7"
    refusals = read_bars(write(STOOQ + torn), symbol="AAPL.US").quality.refusals
    assert [(row.line, row.text) for row in refusals] == [(7, torn)]


def test_more_than_half_bad_rows_is_an_error_and_half_is_not(write: Write) -> None:
    bad = "2020-01-08,a,b,c,d,e\n"
    assert len(read_bars(write(PLAIN + bad * 4)).bars) == 4
    with pytest.raises(RowsRefused, match="5 of 9 refused") as raised:
        read_bars(write(PLAIN + bad * 5))
    assert len(raised.value.refusals) == 5


def test_forty_rows_are_read_and_graded_poor(write: Write) -> None:
    days = np.busday_offset(np.datetime64("2020-01-02"), np.arange(40))
    lines = [f"{day},1,2,1,2,5" for day in days]
    imported = read_bars(write("\n".join(["date,open,high,low,close,volume", *lines])))
    assert imported.quality.grade == "poor"


def test_one_row_is_a_bar(write: Write) -> None:
    assert len(read_bars(write("\n".join(PLAIN.splitlines()[:2]))).bars) == 1


def test_every_error_is_of_the_bars_branch_and_says_what_to_do(write: Write) -> None:
    for content in (b"", b"a,b\n1,2\n", b"\0"):
        with pytest.raises(BarsError) as raised:
            read_bars(write(content))
        assert raised.value.exit_code == 3
        assert raised.value.hint


# Calendars and the present.


def test_a_bar_that_has_not_closed_yet_is_refused(write: Write) -> None:
    noon = np.datetime64("2020-01-07T12:00")
    imported = read_bars(write(PLAIN), now=noon)
    assert imported.bars.close.tolist() == CLOSES[:3]
    assert imported.quality.refusals[0].reason == "not closed yet at 2020-01-07T12:00:00Z"
    assert imported.quality.freshness == "fresh"


def test_bars_of_the_future_alone_are_an_error(write: Write) -> None:
    with pytest.raises(RowsRefused, match="not closed yet"):
        read_bars(write(PLAIN), now=np.datetime64("2019-01-01"))


def test_old_bars_are_expired(write: Write) -> None:
    imported = read_bars(write(PLAIN), now=np.datetime64("2024-01-01"))
    assert imported.quality.freshness == "expired"
    assert imported.calendar.closes_at[-1] > np.datetime64("2024-06-01")


def test_weekend_bars_mean_a_market_that_never_closes(write: Write) -> None:
    lines = [f"2020-01-{day:02d},1,2,1,2,5" for day in range(1, 29)]
    imported = read_bars(write("\n".join(["date,open,high,low,close,volume", *lines])))
    assert imported.quality.calendar == "24/7"
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T00:00")
    assert imported.quality.missing.size == 0


def test_bars_on_new_york_holidays_are_held_against_weekdays(write: Write) -> None:
    days = np.busday_offset(np.datetime64("2020-01-01"), np.arange(120))
    lines = [f"{day},1,2,1,2,5" for day in days]
    imported = read_bars(write("\n".join(["date,open,high,low,close,volume", *lines])))
    assert imported.quality.calendar == "weekdays"
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-01T21:00")
    assert "calendar-assumed" in {finding.code for finding in imported.quality.findings}


def test_an_exchange_of_the_users_choice_gives_its_closes(write: Write) -> None:
    imported = read_bars(write(PLAIN), calendar="XLON")
    assert imported.bars.closed_at[0] == np.datetime64("2020-01-02T16:30")
    assert imported.calendar.name == "XLON"


def test_an_unknown_calendar_is_answered_with_names(write: Write) -> None:
    with pytest.raises(UnknownCalendar, match="did you mean XNYS") as raised:
        read_bars(write(PLAIN), calendar="xnys")
    assert raised.value.nearest == ("XNYS",)


def test_an_exchange_whose_sessions_do_not_reach_that_far_says_so(write: Write) -> None:
    old = write(PLAIN.replace("2020", "1930"))
    for name in ("XBOM", "ASEX"):
        with pytest.raises(UnknownCalendar, match=f"{name}.*no sessions from 19"):
            read_bars(old, calendar=name)


def test_sessions_known_for_a_part_of_a_decade_only_are_found(write: Write) -> None:
    text = "date,open,high,low,close\n1998-02-04,1,2,1,2\n1998-02-05,1,2,1,2\n"
    assert read_bars(write(text), calendar="XBOM").quality.calendar == "XBOM"


def test_summer_time_moves_the_close(write: Write) -> None:
    text = PLAIN.replace("2020-01", "2020-07").replace("07-03", "07-09")
    bars = read_bars(write(text)).bars
    assert {str(at)[11:16] for at in bars.closed_at.astype("datetime64[m]")} == {"20:00"}


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2020-01-02T14:31:00Z", "2020-01-02T14:31"),
        ("2020-01-02 09:31:00-05:00", "2020-01-02T14:31"),
        ("2020-01-02T20:01:00.000+0530", "2020-01-02T14:31"),
        ("1577975460", "2020-01-02T14:31"),
        ("1577975460000", "2020-01-02T14:31"),
    ],
)
def test_a_time_of_day_is_the_close_of_the_bar(write: Write, stamp: str, expected: str) -> None:
    text = f"timestamp,open,high,low,close\n{stamp},1,2,1,2\n"
    assert read_bars(write(text)).bars.closed_at[0] == np.datetime64(expected)


@pytest.mark.parametrize(
    ("minutes", "interval"), [(1, "1m"), (5, "5m"), (60, "1h"), (90, "90m"), (240, "4h")]
)
def test_the_interval_is_the_usual_distance_of_closes(
    write: Write, minutes: int, interval: str
) -> None:
    start = np.datetime64("2020-01-02T14:31")
    steps = np.cumsum([0, 1, 1, 7, 1, 1, 1])
    times = [start + int(step) * minutes for step in steps]
    lines = [f"{time}Z,1,2,1,2" for time in times]
    bars = read_bars(write("\n".join(["date,open,high,low,close", *lines]))).bars
    assert bars.interval == interval


def test_weekly_bars_are_held_against_weeks(write: Write) -> None:
    days = np.datetime64("2020-01-06") + 7 * np.arange(60)
    lines = [f"{day},1,2,1,2,5" for day in days if day != np.datetime64("2020-06-01")]
    imported = read_bars(write("\n".join(["date,open,high,low,close,volume", *lines])))
    assert imported.bars.interval == "1w"
    assert imported.quality.missing.size == 1


def test_monthly_bars_miss_nothing(write: Write) -> None:
    months = np.arange("2015-01", "2020-01", dtype="datetime64[M]").astype("datetime64[D]")
    lines = [f"{day},1,2,1,2,5" for day in months]
    imported = read_bars(write("\n".join(["date,open,high,low,close,volume", *lines])))
    assert imported.bars.interval == "4w"
    assert imported.quality.missing.size == 0


# Round trips.


def to_csv(bars: Bars) -> str:
    days = bars.closed_at.astype("datetime64[D]")
    rows = zip(days, bars.open, bars.high, bars.low, bars.close, bars.volume, strict=True)
    lines = [",".join([str(day), *(repr(float(value)) for value in row)]) for day, *row in rows]
    return "\n".join(["date,open,high,low,close,volume", *lines])


@given(n_bars=st.integers(1, 80), seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_bars_survive_a_csv_bit_for_bit(
    n_bars: int,
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
    make_bars: Callable[[int, int], Bars],
) -> None:
    bars = make_bars(n_bars, seed)
    path = tmp_path_factory.mktemp("csv") / f"{bars.symbol}.csv"
    path.write_text(to_csv(bars))
    assert read_bars(path, calendar="weekdays").bars.digest == bars.digest


def test_parquet_gives_the_same_bars(write: Write, tmp_path: Path) -> None:
    frame = pl.read_csv(write(PLAIN), try_parse_dates=True)
    path = tmp_path / "bars.parquet"
    frame.write_parquet(path)
    imported = read_bars(path)
    check_plain(imported)
    assert imported.bars.symbol == "bars"
    assert imported.source_digest == digest_bytes(path.read_bytes())


def test_two_hundred_thousand_minutes_are_read(write: Write) -> None:
    times = np.datetime64("2020-01-02T00:00") + np.arange(200_000)
    lines = [f"{time},1.5,2.5,1.0,2.0,5" for time in times]
    path = write("\n".join(["date,open,high,low,close,volume", *lines]))
    imported = read_bars(path, zone="UTC")
    assert len(imported.bars) == 200_000
