import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from bellwether.bars import BarsImport, NotATable, UnreadableBars
from bellwether.sources import read_bars

VALUES: dict[str, list[float]] = {
    "Open": [10.0, 11.0, 12.0],
    "High": [12.0, 13.0, 14.0],
    "Low": [9.0, 10.0, 11.0],
    "Close": [11.0, 12.0, 13.0],
    "Volume": [1000, 1100, 1200],
}
DAYS = ["2020-01-02", "2020-01-03", "2020-01-06"]


def check(imported: BarsImport) -> None:
    assert imported.bars.close.tolist() == [11.0, 12.0, 13.0]
    assert imported.bars.volume.tolist() == [1000.0, 1100.0, 1200.0]
    expected = np.array([f"{day}T21" for day in DAYS], dtype="datetime64[us]")
    np.testing.assert_array_equal(imported.bars.closed_at, expected)
    assert imported.quality.refusals == ()
    assert len(imported.source_digest) == 64


@pytest.mark.parametrize("name", ["Date", None, "when"])
def test_a_pandas_index_of_dates_is_the_date_column(name: str | None) -> None:
    frame = pd.DataFrame(VALUES, index=pd.DatetimeIndex(DAYS, name=name))
    columns = {"date": "when"} if name == "when" else None
    check(read_bars(frame, symbol="X", columns=columns))


def test_a_pandas_index_of_midnights_in_new_york_is_dates() -> None:
    frame = pd.DataFrame(VALUES, index=pd.DatetimeIndex(DAYS, tz="America/New_York", name="Date"))
    check(read_bars(frame, symbol="X"))


def test_a_pandas_column_of_dates_or_text_is_the_date_column() -> None:
    check(read_bars(pd.DataFrame({"date": pd.to_datetime(DAYS), **VALUES})))
    check(read_bars(pd.DataFrame({"date": DAYS, **VALUES})))
    text = {name: [str(value) for value in column] for name, column in VALUES.items()}
    check(read_bars(pd.DataFrame({"date": DAYS, **text})))


def test_pandas_columns_of_two_levels_are_read_by_the_first() -> None:
    columns = pd.MultiIndex.from_product([list(VALUES), ["AAPL"]])
    frame = pd.DataFrame(
        np.column_stack(list(VALUES.values())), columns=columns, index=pd.DatetimeIndex(DAYS)
    )
    check(read_bars(frame))


def test_pandas_times_with_a_zone_are_instants() -> None:
    times = pd.DatetimeIndex(
        ["2020-01-02 09:31", "2020-01-02 09:32", "2020-01-02 09:33"], tz="America/New_York"
    )
    bars = read_bars(pd.DataFrame(VALUES, index=times)).bars
    assert bars.closed_at[0] == np.datetime64("2020-01-02T14:31")
    assert bars.interval == "1m"


def test_a_pandas_row_with_nan_is_refused_by_its_place() -> None:
    frame = pd.DataFrame({"date": DAYS, **VALUES})
    frame.loc[1, "High"] = np.nan
    imported = read_bars(frame, calendar="weekdays")
    refusals = [(row.line, row.reason) for row in imported.quality.refusals]
    assert refusals == [(2, "the high is missing")]


def test_polars_frames_of_dates_datetimes_and_text_are_read() -> None:
    text = pl.DataFrame({"date": DAYS, **VALUES})
    check(read_bars(text))
    check(read_bars(text.with_columns(pl.col("date").str.to_date())))
    check(read_bars(text.with_columns(pl.col("date").str.to_datetime())))
    zoned = pl.col("date").str.to_datetime().dt.replace_time_zone("America/New_York")
    check(read_bars(text.with_columns(zoned)))
    numbers = pl.col("date").str.replace_all("-", "").cast(pl.Int64)
    check(read_bars(text.with_columns(numbers)))
    check(read_bars(text.with_columns(numbers.cast(pl.Float64))))


def test_frames_have_a_digest_of_their_content() -> None:
    first, again = (read_bars(pl.DataFrame({"date": DAYS, **VALUES})) for _ in range(2))
    other = read_bars(pl.DataFrame({"date": DAYS, **VALUES, "Volume": [1, 2, 3]}))
    assert first.source_digest == again.source_digest != other.source_digest


def test_an_empty_frame_says_so() -> None:
    with pytest.raises(NotATable, match="the polars frame, was columns date and no row"):
        read_bars(pl.DataFrame({"date": []}))
    with pytest.raises(NotATable, match="the pandas frame"):
        read_bars(pd.DataFrame())


@pytest.mark.parametrize("source", [None, 7, [1, 2], {"date": DAYS}])
def test_what_is_neither_path_nor_frame_says_so(source: object) -> None:
    with pytest.raises(
        UnreadableBars, match="a path, a polars frame, a pandas frame or a pyarrow table"
    ):
        read_bars(source)  # type: ignore[arg-type]


def test_a_plain_file_is_read_without_pandas(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("plain") / "bars.csv"
    pl.DataFrame({"date": DAYS, **VALUES}).write_csv(path)
    code = (
        "import sys; from bellwether.sources import read_bars;"
        f"print(len(read_bars({str(path)!r}, calendar='weekdays').bars), 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "False"]
