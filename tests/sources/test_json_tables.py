"""JSON as data services answer it, and as frames are written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.sources.taking import facts_of, read_every

from bellwether.bars import Bars, BarsImport, ColumnsMissing, MessageNotBars, NotATable
from bellwether.sources import read_bars

Write = Callable[[Any], Path]

DAYS = ["2020-01-02", "2020-01-03", "2020-01-06"]
OPEN, HIGH, LOW = [10.0, 11.0, 12.0], [12.0, 13.0, 14.0], [9.0, 10.0, 11.0]
CLOSE, VOLUME = [11.0, 12.0, 13.0], [1000, 1100, 1200]
NEW_YORK_MIDNIGHTS = [f"{day}T05:00:00Z" for day in DAYS]
HOURS = ["2020-01-02T14:30:00", "2020-01-02T15:30:00", "2020-01-02T20:30:00"]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_json(value: Any) -> Path:
        path = tmp_path / "acme.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return write_json


def letters(times: list[Any]) -> list[dict[str, Any]]:
    columns = zip(times, OPEN, HIGH, LOW, CLOSE, VOLUME, strict=True)
    return [dict(zip("tohlcv", row, strict=True)) for row in columns]


def records() -> list[dict[str, Any]]:
    names = ("date", "open", "high", "low", "close", "volume")
    columns = zip(DAYS, OPEN, HIGH, LOW, CLOSE, VOLUME, strict=True)
    return [dict(zip(names, row, strict=True)) for row in columns]


def epochs(times: list[str], unit: str = "s") -> list[int]:
    return [int(at) for at in np.array(times, dtype=f"datetime64[{unit}]").astype(np.int64)]


def check(imported: BarsImport, name: str = "acme", layout: str | None = None) -> None:
    bars = imported.bars
    assert bars.symbol == name
    assert bars.close.tolist() == CLOSE
    assert bars.volume.tolist() == VOLUME
    expected = np.array([f"{day}T21" for day in DAYS], dtype="datetime64[us]")
    np.testing.assert_array_equal(bars.closed_at, expected)
    assert imported.quality.refusals == ()
    assert imported.layout is not None
    assert layout is None or imported.layout.name == layout


def close_times(bars: Bars) -> list[str]:
    return [str(at)[11:16] for at in bars.closed_at]


def test_records_columns_and_lines_are_read(write: Write) -> None:
    check(read_bars(write(records())))
    check(read_bars(write({"data": records()})))
    check(read_bars(write({"symbol": "ACME", "prices": records()})), "ACME")
    columns = {key: [row[key] for row in records()] for key in records()[0]}
    check(read_bars(write(columns)))
    check(read_bars(write("\n".join(json.dumps(row) for row in records()))))
    by_date = {row.pop("date"): row for row in records()}
    check(read_bars(write(by_date)))


@pytest.mark.parametrize("orient", ["records", "split", "index", "columns", "table"])
@pytest.mark.parametrize("dated_index", [True, False])
def test_every_way_in_which_pandas_writes_a_frame_is_read(
    write: Write, orient: Any, dated_index: bool
) -> None:
    frame = pd.DataFrame(records())
    if dated_index and orient != "records":
        frame = frame.set_index("date")
    check(read_bars(write(frame.to_json(orient=orient))))


def test_alpha_vantage_is_read_with_its_symbol(write: Write) -> None:
    names = ("1. open", "2. high", "3. low", "4. close", "5. volume")
    rows = zip(OPEN, HIGH, LOW, CLOSE, VOLUME, strict=True)
    series = {
        day: dict(zip(names, map(str, row), strict=True))
        for day, row in reversed(list(zip(DAYS, rows, strict=True)))
    }
    meta = {"2. Symbol": "IBM", "5. Time Zone": "US/Eastern"}
    answer = {"Meta Data": meta, "Time Series (Daily)": series}
    check(read_bars(write(answer)), "IBM", "Alpha Vantage JSON")


def test_minutes_of_alpha_vantage_are_in_new_york(write: Write) -> None:
    row = {"1. open": "1", "2. high": "2", "3. low": "1", "4. close": "2", "5. volume": "5"}
    times = ["2020-01-02 09:30:00", "2020-01-02 09:35:00", "2020-01-02 15:55:00"]
    meta = {"2. Symbol": "IBM", "6. Time Zone": "US/Eastern"}
    answer = {"Meta Data": meta, "Time Series (5min)": dict.fromkeys(times, row)}
    bars = read_bars(write(answer)).bars
    assert bars.interval == "5m"
    assert close_times(bars) == ["14:35", "14:40", "21:00"]


def test_alpaca_tells_days_by_their_midnight_in_new_york(write: Write) -> None:
    answer = {"bars": letters(NEW_YORK_MIDNIGHTS), "symbol": "ACME", "next_page_token": None}
    check(read_bars(write(answer)), "ACME", "Alpaca JSON")


def test_alpaca_of_several_symbols_is_several_imports(write: Write) -> None:
    answer = {"bars": {"AAPL": letters(NEW_YORK_MIDNIGHTS), "MSFT": letters(NEW_YORK_MIDNIGHTS)}}
    first, second = read_every(write(answer))
    check(first, "AAPL")
    check(second, "MSFT")


def test_polygon_hours_open_when_they_say_and_close_with_the_session(write: Write) -> None:
    answer = {"ticker": "ACME", "status": "OK", "results": letters(epochs(HOURS, "ms"))}
    imported = read_bars(write(answer), calendar="XNYS")
    assert imported.bars.interval == "1h"
    assert close_times(imported.bars) == ["15:30", "16:30", "21:00"]
    assert "times are the bars' openings" in facts_of(imported)


def test_hours_after_the_close_are_not_cut_at_it(write: Write) -> None:
    times = [*HOURS, "2020-01-02T21:30:00"]
    rows = [{**row, "t": at} for row, at in zip(letters(HOURS) * 2, epochs(times), strict=False)]
    bars = read_bars(write({"ticker": "ACME", "results": rows}), calendar="XNYS").bars
    assert close_times(bars) == ["15:30", "16:30", "21:30", "22:30"]


def test_polygon_of_a_whole_day_has_a_symbol_in_each_row(write: Write) -> None:
    rows = [{**row, "T": "ACME", "n": 7} for row in letters(epochs(NEW_YORK_MIDNIGHTS_BARE, "ms"))]
    check(read_bars(write({"results": rows})), "ACME")


NEW_YORK_MIDNIGHTS_BARE = [f"{day}T05:00:00" for day in DAYS]


def test_yahoos_chart_tells_dates_by_the_opening(write: Write) -> None:
    quote = {"open": OPEN, "high": HIGH, "low": LOW, "close": CLOSE, "volume": VOLUME}
    result = {
        "meta": {
            "symbol": "ACME",
            "exchangeTimezoneName": "America/New_York",
            "dataGranularity": "1d",
        },
        "timestamp": epochs([f"{day}T14:30:00" for day in DAYS]),
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": [5.5, 12.0, 13.0]}]},
    }
    imported = read_bars(write({"chart": {"result": [result], "error": None}}))
    check(imported, "ACME", "Yahoo chart")
    assert imported.bars.adjustment.tolist() == [0.5, 1.0, 1.0]


def test_lists_of_binance_and_ccxt_are_known_by_their_width(write: Write) -> None:
    starts = epochs([f"2020-01-02T0{hour}:00:00" for hour in range(3)], "ms")
    lists = [
        [at, *map(str, row), at + 3_599_999, "0", 5, "0", "0", "0"]
        for at, *row in zip(starts, OPEN, HIGH, LOW, CLOSE, VOLUME, strict=True)
    ]
    for rows in (lists, [[row[0], *map(float, row[1:6])] for row in lists]):
        bars = read_bars(write(rows)).bars
        assert bars.close.tolist() == CLOSE
        assert close_times(bars) == ["01:00", "02:00", "03:00"]


def test_lists_of_an_unknown_order_are_asked_about(write: Write) -> None:
    # Coinbase: time, low, high, open, close, volume.
    rows = [[1577923200, 9, 12, 10, 11, 5], [1578009600, 10, 13, 11, 12, 5]]
    with pytest.raises(ColumnsMissing):
        read_bars(write(rows))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"Error Message": "Invalid API call"}, "Invalid API call"),
        ({"Note": "5 calls per minute"}, "5 calls per minute"),
        ({"Information": "premium endpoint"}, "premium endpoint"),
        ({"code": 42910000, "message": "rate limit exceeded"}, "rate limit exceeded"),
        ({"status": "ERROR", "error": "Unknown API Key"}, "Unknown API Key"),
        ({"chart": {"result": None, "error": {"description": "No data found"}}}, "No data found"),
        ({"detail": "Not found."}, "Not found"),
    ],
)
def test_what_a_service_says_in_place_of_bars_is_told(
    write: Write, answer: Any, message: str
) -> None:
    with pytest.raises(MessageNotBars, match=message):
        read_bars(write(answer))


@pytest.mark.parametrize(
    "value",
    ["{", "[", "{}", "[]", "[1, 2]", '{"a": {"b": 1}}', "[[]]", '[{"a": {}}]', "[" * 5000],
)
def test_json_without_bars_says_so(write: Write, value: str) -> None:
    with pytest.raises((NotATable, ColumnsMissing)):
        read_bars(write(value))


def test_a_missing_number_refuses_its_row_only(write: Write) -> None:
    rows = records()
    rows[1]["close"] = None
    imported = read_bars(write(rows), calendar="XNYS")
    refused = [(row.line, row.reason) for row in imported.quality.refusals]
    assert refused == [(2, "the close is missing")]


def test_numbers_beyond_all_measure_are_refused_by_row(write: Write) -> None:
    for name, value in (("volume", 10**400), ("high", 1e400)):
        rows: list[dict[str, Any]] = records()
        rows[1][name] = value
        imported = read_bars(write(rows), calendar="XNYS")
        [refused] = imported.quality.refusals
        assert refused.reason == f"the {name} is not finite"
