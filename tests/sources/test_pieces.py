"""Files that hold a month or a day of a market each, in folders and in archives."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from bellwether.bars import BarsImport, NotATable, SymbolUnclear
from bellwether.sources import SourceRefused, read_all_bars, read_bars

HEAD = (
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,"
    "taker_buy_volume,taker_buy_quote_volume,ignore"
)
JANUARY, FEBRUARY = "BTCUSDT-1d-2020-01.csv", "BTCUSDT-1d-2020-02.csv"


def klines(first: str, n_days: int, *, volume: float = 5.5, micros: bool = False) -> str:
    lines = []
    for place in range(n_days):
        opened = int((np.datetime64(first) + place).astype("datetime64[ms]").astype(np.int64))
        close, end = 100 + place % 7, opened + 86_399_999
        times = (opened * 1000, end * 1000 + 999) if micros else (opened, end)
        prices = f"{close}.5,{close + 3}.0,{close - 3}.0,{close}.0"
        lines.append(f"{times[0]},{prices},{volume},{times[1]},100.5,10,1.5,1.5,0")
    return "\n".join([*lines, ""])


def pack(path: Path, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_months_in_one_archive_are_one_market_whatever_their_order(tmp_path: Path) -> None:
    files = {FEBRUARY: klines("2020-02-01", 29), JANUARY: klines("2020-01-01", 31)}
    found = read_bars(pack(tmp_path / "all.zip", files))
    assert (found.bars.symbol, len(found.bars)) == ("BTCUSDT", 60)
    assert found.quality.findings == ()
    assert found.layout is not None
    assert found.layout.name == "Binance klines"
    apart = tmp_path / "apart"
    apart.mkdir()
    for name, text in files.items():
        pack(apart / f"{name.removesuffix('.csv')}.zip", {name: text})
    assert read_bars(apart).bars.digest == found.bars.digest


def test_months_that_overlap_keep_equal_rows_once_and_refuse_contradictions(tmp_path: Path) -> None:
    files = {JANUARY: klines("2020-01-01", 33), FEBRUARY: klines("2020-02-01", 29)}
    equal = {**files, JANUARY: klines("2020-01-01", 31) + klines("2020-02-01", 2)}
    found = read_bars(pack(tmp_path / "equal.zip", equal))
    assert len(found.bars) == 60
    told = [(row.line, row.reason) for row in found.quality.refusals]
    assert told == [(34, "repeats a bar (line 32)"), (35, "repeats a bar (line 33)")]
    other = {**equal, FEBRUARY: klines("2020-02-01", 29, volume=7.0)}
    found = read_bars(pack(tmp_path / "other.zip", other))
    assert len(found.bars) == 58
    told = [(row.line, row.reason.partition(" (")[2]) for row in found.quality.refusals]
    assert told == [(32, "line 34)"), (33, "line 35)"), (34, "line 32)"), (35, "line 33)")]


def test_an_archive_of_several_markets_gives_each_with_all_its_months(tmp_path: Path) -> None:
    files = {
        JANUARY: klines("2020-01-01", 31),
        "ETHUSDT-1d-2020-01.csv": klines("2020-01-01", 31, volume=9.5),
        FEBRUARY: klines("2020-02-01", 29),
    }
    path = pack(tmp_path / "all.zip", files)
    found = [one for one in read_all_bars(path) if isinstance(one, BarsImport)]
    assert [(one.bars.symbol, len(one.bars)) for one in found] == [("BTCUSDT", 60), ("ETHUSDT", 31)]
    assert read_bars(path, symbol="BTCUSDT").bars.digest == found[0].bars.digest
    with pytest.raises(SymbolUnclear, match="BTCUSDT, ETHUSDT"):
        read_bars(path)


def test_months_with_and_without_a_header_and_in_other_units_fit(tmp_path: Path) -> None:
    february = f"{HEAD}\n{klines('2020-02-01', 29, micros=True)}"
    files = {JANUARY: klines("2020-01-01", 31), FEBRUARY: february}
    found = read_bars(pack(tmp_path / "all.zip", files))
    plain = {**files, FEBRUARY: klines("2020-02-01", 29)}
    assert found.bars.digest == read_bars(pack(tmp_path / "plain.zip", plain)).bars.digest


def test_a_month_that_cannot_be_read_refuses_its_market_and_no_other(tmp_path: Path) -> None:
    files = {
        JANUARY: klines("2020-01-01", 31),
        FEBRUARY: "Date,Close\n2020-02-01,1\n",
        "ETHUSDT-1d-2020-01.csv": klines("2020-01-01", 31),
    }
    path = pack(tmp_path / "all.zip", files)
    refused, kept = list(read_all_bars(path))
    assert isinstance(refused, SourceRefused)
    assert isinstance(refused.error, NotATable)
    assert isinstance(kept, BarsImport)
    assert kept.bars.symbol == "ETHUSDT"


def minutes(day: str, price: int = 1_682_600, n_minutes: int = 390) -> str:
    lines = [
        f"{34_200_000 + 60_000 * place},{price},{price + 500},{price - 500},{price + 100},{place}"
        for place in range(n_minutes)
    ]
    return "\n".join([*lines, ""])


def lean_day(folder: Path, day: str, ticker: str = "spy", price: int = 1_682_600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{day}_{ticker}_minute_trade.csv"
    return pack(folder / f"{day}_trade.zip", {name: minutes(day, price)})


def test_a_day_of_leans_minutes_is_read_in_its_market_and_its_units(tmp_path: Path) -> None:
    path = lean_day(tmp_path / "equity/usa/minute/spy", "20131007")
    found = read_bars(path)
    assert (found.bars.symbol, found.bars.interval, len(found.bars)) == ("SPY", "1m", 390)
    ends = [str(one) for one in found.bars.closed_at[[0, -1]].astype("datetime64[m]")]
    assert ends == ["2013-10-07T13:31", "2013-10-07T20:00"]
    assert (found.bars.open[0], found.bars.close[0], found.bars.volume[1]) == (168.26, 168.27, 1.0)
    assert found.layout is not None
    assert found.layout.name == "LEAN"


def test_days_of_leans_minutes_are_one_market_adjusted_by_the_files_beside_them(
    tmp_path: Path,
) -> None:
    root = tmp_path / "equity/usa"
    lean_day(root / "minute/aapl", "20140606", "aapl", 6_455_700)
    lean_day(root / "minute/aapl", "20140609", "aapl", 922_200)
    lean_day(root / "minute/spy", "20140609")
    (root / "factor_files").mkdir()
    factors = "20140606,0.95,0.142857,645.57\n20501231,1,1,0\n"
    (root / "factor_files/aapl.csv").write_text(factors, encoding="utf-8")
    found = [one for one in read_all_bars(root) if isinstance(one, BarsImport)]
    assert [(one.bars.symbol, len(one.bars)) for one in found] == [("AAPL", 780), ("SPY", 390)]
    assert np.unique(found[0].bars.adjustment).tolist() == pytest.approx([0.95 * 0.142857, 1.0])
    assert "adjusted" in [one.code for one in found[0].quality.findings]


def test_leans_minutes_outside_their_folders_want_a_zone(tmp_path: Path) -> None:
    path = tmp_path / "20131007_spy_minute_trade.csv"
    path.write_text(minutes("20131007"), encoding="utf-8")
    with pytest.raises(Exception, match="--zone"):
        read_bars(path)
    found = read_bars(path, zone="America/New_York")
    assert (found.bars.symbol, found.bars.close[0]) == ("SPY", 168.27)


def test_a_time_beyond_midnight_in_leans_minutes_is_refused_by_line(tmp_path: Path) -> None:
    lines = minutes("20131007").splitlines()
    lines[7] = lines[7].replace("34620000", "99999999")
    path = tmp_path / "20131007_spy_minute_trade.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    [refused] = read_bars(path, zone="America/New_York").quality.refusals
    assert (refused.line, refused.reason) == (8, "the time cannot be read")
