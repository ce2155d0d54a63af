"""Files named on the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bellwether.bars import Bars, SourceMissing, noise_world
from bellwether.cli._errors import SymbolNotOne, UnreadableMapping
from bellwether.cli._sources import FileReading, read_mapping, read_sources

Save = Callable[[Bars, Path], Path]

YAHOO = """Date,Open,High,Low,Close,Adj Close,Volume
2020-01-02,10,12,9,11,5.5,100
2020-01-03,11,13,10,12,6.0,110
"""
STOOQ = """<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>
SPY.US,D,20200102,000000,10,12,9,11,100,0
SPY.US,D,20200103,000000,11,13,10,12,110,0
"""
GERMAN = """Tag;Anfang;Hoch;Tief;Schlusskurs
2020-01-02;10;12;9;11
2020-01-03;11;13;10;12
"""
GERMAN_COLUMNS = ("date=Tag", "open=Anfang", "high=Hoch", "low=Tief", "close=Schlusskurs")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(*paths: Path, symbol: str | None = None, columns: tuple[str, ...] = ()) -> list[Bars]:
    found = read_sources(paths, FileReading(symbol=symbol, columns=columns))
    return [one.bars for one in found]


def test_a_mapping_is_role_and_name_and_the_name_may_hold_an_equals_sign() -> None:
    assert read_mapping(["close=A=B", "date=Tag"]) == {"close": "A=B", "date": "Tag"}


@pytest.mark.parametrize("pair", ["close", "=x", "close=", ""])
def test_a_malformed_mapping_is_refused_with_the_way_to_write_it(pair: str) -> None:
    with pytest.raises(UnreadableMapping, match="close=Schlusskurs"):
        read_mapping([pair])


def test_a_role_named_twice_is_refused() -> None:
    with pytest.raises(UnreadableMapping, match="one column for close"):
        read_mapping(["close=A", "close=B"])


def test_yahoo_keeps_raw_closes_and_the_factor_of_the_adjusted_ones(tmp_path: Path) -> None:
    [bars] = read(write(tmp_path, "SPY.csv", YAHOO))
    assert bars.symbol == "SPY"
    assert bars.close.tolist() == [11.0, 12.0]
    assert bars.adjustment.tolist() == [0.5, 0.5]


def test_stooq_tells_its_symbol_itself(tmp_path: Path) -> None:
    [bars] = read(write(tmp_path, "data.txt", STOOQ))
    assert bars.symbol == "SPY.US"
    assert bars.volume.tolist() == [100.0, 110.0]


def test_an_unusual_header_is_read_by_the_columns_named(tmp_path: Path) -> None:
    [bars] = read(write(tmp_path, "dax.csv", GERMAN), columns=GERMAN_COLUMNS)
    assert bars.close.tolist() == [11.0, 12.0]


def test_several_files_are_read_in_their_order(tmp_path: Path) -> None:
    paths = [write(tmp_path, name, YAHOO) for name in ("B.csv", "A.csv")]
    assert [bars.symbol for bars in read(*paths)] == ["B", "A"]


def test_one_symbol_for_several_files_is_refused(tmp_path: Path) -> None:
    paths = [write(tmp_path, name, YAHOO) for name in ("A.csv", "B.csv")]
    with pytest.raises(SymbolNotOne, match="one file with --symbol"):
        read(*paths, symbol="X")


def test_one_file_named_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "A.csv", YAHOO)
    with pytest.raises(SymbolNotOne, match="2 of 'A'"):
        read(path, path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"nowhere\.csv"):
        read(tmp_path / "nowhere.csv")


def test_bars_that_were_saved_are_read_back(tmp_path: Path, save_bars: Save) -> None:
    bars = noise_world(3, 300).bars
    [found] = read(save_bars(bars, tmp_path / "noise.csv"))
    assert found.close.tolist() == bars.close.tolist()
