"""Every dialect, by twins of what its vendor writes, and by the page that lists them."""

import os
from pathlib import Path

import numpy as np
import pytest
from tests.sources.dialect_twins import STOCKS, Bar, every_twin

from bellwether.bars import BarsImport, ColumnsMissing
from bellwether.sources import read_bars
from bellwether.sources._dialects import ALL_DIALECTS, Dialect, describe_dialects
from bellwether.sources._text_tables import read_text_table

PAGE = Path(__file__).parents[2] / "docs/reference/dialects.md"


def save(folder: Path, text: str) -> Path:
    path = folder / "bars.csv"
    path.write_bytes(text.encode())
    return path


def check(imported: BarsImport, dialect: str, bars: tuple[Bar, ...]) -> None:
    assert imported.layout is not None
    assert imported.layout.name == dialect
    assert imported.quality.refusals == ()
    for name in ("open", "high", "low", "close", "volume"):
        expected = [getattr(bar, name) for bar in bars]
        np.testing.assert_array_equal(getattr(imported.bars, name), expected)
    assert imported.bars.interval == "1d"
    sessions = "XNYS" if bars is STOCKS else "24/7"
    assert imported.quality.calendar == sessions
    assert imported.quality.missing.size == 0
    # New York closes on the day itself, at 20:00 or 21:00 UTC; a market that never closes, after.
    shift = np.timedelta64(20 if bars is STOCKS else 24, "h")
    days = np.array([bar.day for bar in bars], dtype="datetime64[D]")
    late = imported.bars.closed_at - days.astype("datetime64[us]") - shift
    assert (late >= np.timedelta64(0)).all()
    assert (late <= np.timedelta64(1, "h")).all()


@pytest.mark.parametrize(
    ("dialect", "text", "bars"),
    [pytest.param(dialect, text, bars, id=name) for name, dialect, text, bars in every_twin()],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_twin_of_each_dialect_gives_the_same_bars(
    tmp_path: Path, dialect: str, text: str, bars: tuple[Bar, ...], ends: str
) -> None:
    check(read_bars(save(tmp_path, text.replace("\n", ends))), dialect, bars)


@pytest.mark.parametrize("dialect", ALL_DIALECTS, ids=lambda dialect: dialect.name)
def test_the_example_of_a_dialect_is_of_it(tmp_path: Path, dialect: Dialect) -> None:
    symbol = {"long": "AAL", "wide": "AAPL"}.get(dialect.name)
    imported = read_bars(save(tmp_path, dialect.example), symbol=symbol, calendar="weekdays")
    assert imported.layout is not None
    assert imported.layout.name == dialect.name
    assert imported.bars.close[0] == 11.5


def test_the_page_of_dialects_is_written_from_the_table_of_dialects() -> None:
    expected = describe_dialects()
    if os.environ.get("BELLWETHER_WRITE_DOCS"):
        PAGE.write_text(expected, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == expected, (
        "write it anew: BELLWETHER_WRITE_DOCS=1 pytest tests/sources/test_dialects.py"
    )


def test_windows_encodings_are_known_by_the_names_of_columns(tmp_path: Path) -> None:
    text = "Datum;Eröffnung;Hoch;Tief;Schluß;Stück\n02.01.2020;10,5;12;9;11,5;1000\n"
    for page in ("cp1252", "utf-8", "utf-16"):
        path = tmp_path / f"{page}.csv"
        path.write_bytes(text.encode(page))
        assert read_bars(path, calendar="weekdays").bars.close.tolist() == [11.5]
    path = tmp_path / "cp1250.csv"
    polish = text.replace("Eröffnung", "Otwarcie").replace("Schluß", "Zamknięcie")
    path.write_bytes(polish.replace("Stück", "Wolumen").encode("cp1250"))
    assert read_bars(path, calendar="weekdays").bars.open.tolist() == [10.5]


def test_several_tickers_of_yfinance_are_read_by_their_names(tmp_path: Path) -> None:
    text = (
        "Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume\n"
        "Ticker,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT\n"
        "Date,,,,,,,,,,\n"
        "2020-01-02,11,,12,,9,,10,,1000,\n"
        "2020-01-03,12,21,13,22,10,19,11,20,1100,50\n"
    )
    path = save(tmp_path, text)
    assert read_bars(path, symbol="AAPL").bars.close.tolist() == [11.0, 12.0]
    later = read_bars(path, symbol="MSFT")
    assert later.bars.volume.tolist() == [50.0]
    assert later.quality.refusals == ()
    assert read_text_table("x", "x", text.encode()).lines.tolist() == [4, 5, 5]


def test_the_ticker_of_a_yfinance_file_names_its_bars(tmp_path: Path) -> None:
    text = (
        "Price,Close,High,Low,Open\nTicker,AAPL,AAPL,AAPL,AAPL\nDate,,,,\n2020-01-02,11,12,9,10\n"
    )
    assert read_bars(save(tmp_path, text)).bars.symbol == "AAPL"


def test_a_symbol_a_column_has_holes_refused_and_no_rows_before_its_first(tmp_path: Path) -> None:
    text = "Date,AAPL,BRK.B\n2020-01-02,11,\n2020-01-03,12,21\n2020-01-06,,22\n2020-01-07,14,23\n"
    path = save(tmp_path, text)
    apple, other = (read_bars(path, symbol=name) for name in ("AAPL", "BRK.B"))
    assert apple.bars.open.tolist() == apple.bars.close.tolist() == [11.0, 12.0, 14.0]
    assert [(row.line, row.text) for row in apple.quality.refusals] == [(4, "2020-01-06,,22")]
    assert other.bars.close.tolist() == [21.0, 22.0, 23.0]
    assert other.quality.n_read == 3


def test_the_dots_of_fred_are_refused_with_their_lines(tmp_path: Path) -> None:
    text = "DATE,VIXCLS\n2020-01-01,.\n2020-01-02,12.47\n2020-01-03,14.02\n"
    imported = read_bars(save(tmp_path, text))
    assert imported.bars.symbol == "VIXCLS"
    assert imported.bars.high.tolist() == [12.47, 14.02]
    assert [(r.line, r.reason) for r in imported.quality.refusals] == [(2, "the open is missing")]


def test_closes_beside_other_numbers_are_taken_alone_only_when_asked(tmp_path: Path) -> None:
    path = save(tmp_path, "Date,Close,RSI\n2020-01-02,11,50\n2020-01-03,12,51\n")
    with pytest.raises(ColumnsMissing, match="open, high, low"):
        read_bars(path)
    imported = read_bars(path, columns={"close": "Close"})
    assert imported.bars.low.tolist() == [11.0, 12.0]
    assert imported.layout is not None
    assert imported.layout.name == "closes"


def test_real_volume_is_preferred_to_ticks_where_there_is_any(tmp_path: Path) -> None:
    head = "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    for volume, expected in (("7", 7.0), ("0", 1000.0)):
        path = save(tmp_path, f"{head}2020.01.02\t10\t12\t9\t11\t1000\t{volume}\t2\n")
        assert read_bars(path).bars.volume.tolist() == [expected]


def test_lines_before_the_header_and_behind_the_rows_are_told(tmp_path: Path) -> None:
    before, after = "# by hand\n\nA title, and more\n", "all rights reserved by us\n"
    text = f"{before}date,open,high,low,close\n2020-01-02,10,12,9,11\n{after}"
    imported = read_bars(save(tmp_path, text))
    assert imported.layout is not None
    assert imported.quality.n_read == 1
    told = " ".join(imported.layout.facts)
    assert all(word in told for word in ("line 1", "line 3", "line 6 is a footer"))
