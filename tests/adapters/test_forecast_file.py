"""Reading forecasts: every layout that vendors and libraries write."""

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from bellwether.adapters import read_forecasts
from bellwether.bars import NotATable, SourceMissing
from bellwether.service import ForecastColumnsUnclear, ForecastTable

DAYS = ["2020-01-02", "2020-01-03", "2020-01-06"]


def values_of(table: ForecastTable, number: int = 0) -> list[float]:
    return [round(float(value), 6) for value in table.columns[number].values]


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "vendor.csv"
    path.write_text("Date;Forecast\n2020-01-02;0.01\n2020-01-03;-0,5\n2020-01-06;0.03\n")
    table = read_forecasts(path)
    assert table.dates_only
    assert [str(day) for day in table.days] == DAYS
    assert values_of(table)[::2] == [0.01, 0.03]
    assert np.isnan(table.columns[0].values[1])
    assert (table.n_unreadable, table.unreadable) == (1, "in column 'Forecast' at line 3: '-0,5'")


def test_parquet_and_pandas_say_what_csv_says(tmp_path: Path) -> None:
    frame = pl.DataFrame({"date": DAYS, "forecast": [0.1, 0.2, 0.3]})
    frame.write_parquet(tmp_path / "f.parquet")
    indexed = pd.DataFrame({"forecast": [0.1, 0.2, 0.3]}, index=pd.to_datetime(DAYS))
    for source in (tmp_path / "f.parquet", frame, indexed):
        table = read_forecasts(source)
        assert [str(day) for day in table.days] == DAYS
        assert values_of(table) == [0.1, 0.2, 0.3]


def test_words_become_directions() -> None:
    said = ["BUY", " sell ", "Hold"]
    table = read_forecasts(pl.DataFrame({"date": DAYS, "view": said}))
    assert values_of(table) == [1.0, -1.0, 0.0]
    assert table.columns[0].in_words


@pytest.mark.parametrize(
    ("said", "n_unreadable"),
    [(["BUY", "", "SELL"], 0), (["BUY", "maybe", "SELL"], 1), (["1.5", "n/a", "-2%"], 0)],
)
def test_an_empty_cell_is_a_gap_and_an_unknown_word_is_told(
    said: list[str], n_unreadable: int, tmp_path: Path
) -> None:
    path = tmp_path / "f.csv"
    path.write_text("date,view\n" + "\n".join(map(",".join, zip(DAYS, said, strict=True))))
    table = read_forecasts(path)
    assert np.isnan(table.columns[0].values[1])
    assert table.n_unreadable == n_unreadable


def test_a_long_table_tells_the_symbol() -> None:
    frame = pl.DataFrame({"date": DAYS, "Ticker": ["A", "B", "A"], "f": [1.0, 2.0, 3.0]})
    table = read_forecasts(frame)
    assert table.symbols == ("A", "B", "A")
    assert table.rows_of("A").tolist() == [True, False, True]


def test_forecasters_below_one_another_become_columns() -> None:
    frame = pl.DataFrame(
        {
            "date": [DAYS[0], DAYS[0], DAYS[1], DAYS[1]],
            "model": ["Kronos", "TimesFM", "TimesFM", "Kronos"],
            "forecast": [1.0, 2.0, 3.0, 4.0],
        }
    )
    table = read_forecasts(frame)
    assert [column.name for column in table.columns] == ["Kronos", "TimesFM"]
    assert (values_of(table), values_of(table, 1)) == ([1.0, 4.0], [2.0, 3.0])
    assert [str(day) for day in table.days] == DAYS[:2]


def test_a_forecasters_second_row_of_one_time_stays_to_be_told() -> None:
    frame = pl.DataFrame(
        {"date": [DAYS[0]] * 3, "model": ["a", "b", "a"], "forecast": [1.0, 2.0, 9.0]}
    )
    table = read_forecasts(frame)
    assert len(table) == 2
    assert values_of(table) == [1.0, 9.0]


def test_a_column_model_may_hold_the_forecasts_themselves() -> None:
    table = read_forecasts(pl.DataFrame({"date": DAYS, "model": [0.1, 0.2, 0.3]}))
    assert [column.name for column in table.columns] == ["model"]
    words = read_forecasts(pl.DataFrame({"date": DAYS, "model": ["BUY", "SELL", "BUY"]}))
    assert values_of(words) == [1.0, -1.0, 1.0]


def test_the_output_of_a_cross_validation_is_understood() -> None:
    frame = pl.DataFrame(
        {
            "unique_id": ["A"] * 2,
            "ds": DAYS[1:],
            "cutoff": DAYS[:2],
            "y": [10.0, 11.0],
            "Chronos": [10.5, 10.6],
        }
    )
    table = read_forecasts(frame)
    assert [column.name for column in table.columns] == ["Chronos"]
    assert [str(day) for day in table.days] == DAYS[:2]
    assert [str(day)[:10] for day in table.about] == DAYS[1:]
    assert table.left_out == ("column 'y' holds bars or outcomes, not forecasts",)


def test_columns_and_roles_may_be_named() -> None:
    frame = pl.DataFrame({"Tag": DAYS, "a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})
    table = read_forecasts(frame, columns=["b"], roles={"time": "Tag"})
    assert [column.name for column in table.columns] == ["b"]


def test_times_of_day_and_offsets_become_utc() -> None:
    frame = pl.DataFrame({"made_at": ["2020-01-02T16:00-05:00", "nonsense"], "f": [1.0, 2.0]})
    table = read_forecasts(frame)
    assert not table.dates_only
    assert [str(one) for one in table.stamps] == ["2020-01-02T21:00:00.000000"]
    assert table.left_out == ("1 rows without a readable time",)


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        ({"when": DAYS, "f": [1.0] * 3}, {}, "--roles time=NAME"),
        ({"date": ["x", "y", "z"], "f": [1.0] * 3}, {}, "--roles time=NAME"),
        ({"date": DAYS, "f": ["x", "y", "z"]}, {}, "neither in f"),
        ({"date": DAYS, "y": [1.0] * 3}, {}, "numbers or directions"),
        ({"date": DAYS, "f": [1.0] * 3}, {"columns": ["g"]}, "a column g"),
        ({"date": DAYS, "f": [1.0] * 3}, {"roles": {"time": "g"}}, "time=g"),
        ({"date": DAYS, "f": [1.0] * 3}, {"roles": {"close": "f"}}, "close=f"),
    ],
)
def test_a_table_that_is_not_understood_says_what_to_name(
    frame: dict[str, list[object]], options: dict[str, object], words: str
) -> None:
    with pytest.raises(ForecastColumnsUnclear) as caught:
        read_forecasts(pl.DataFrame(frame), **options)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        read_forecasts(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(NotATable):
        read_forecasts(tmp_path / "empty.csv")
