"""Folders of one file a symbol, Qlib's binary folders, LEAN's zips."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.sources.taking import facts_of, read_both, read_every

from bellwether.bars import (
    ArchiveRefused,
    Bars,
    ColumnsMissing,
    NotATable,
    SourceMissing,
    SymbolUnclear,
    UnreadableBars,
)
from bellwether.sources import read_bars

MakeBars = Callable[[int, int], Bars]

PLAIN = """\
date,open,high,low,close,volume
2020-01-02,10,12,9,11,1000
2020-01-03,11,13,10,12,1100
2020-01-06,12,14,11,13,1200
"""


def names(folder: Path) -> list[str]:
    return [one.bars.symbol for one in read_every(folder)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place in ("b.csv", "stocks/a.us.txt", ".git/x.csv", "README.txt", "notes.md"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(PLAIN)
    return tmp_path


def test_a_folder_is_read_file_by_file_by_name(folder: Path) -> None:
    assert names(folder) == ["b", "a.us"]
    assert read_bars(folder, symbol="A.US").bars.symbol == "A.US"


def test_a_folder_of_several_needs_a_choice(folder: Path) -> None:
    for chosen in (None, "c"):
        with pytest.raises(SymbolUnclear, match=r"2 symbols \(b, a\.us\)"):
            read_bars(folder, symbol=chosen)


def test_a_folder_of_one_needs_none(tmp_path: Path) -> None:
    (tmp_path / "spy.csv").write_text(PLAIN)
    assert read_bars(tmp_path).bars.symbol == "spy"
    assert read_bars(tmp_path, symbol="SPY").bars.symbol == "SPY"


def test_a_file_that_cannot_be_read_is_told_among_the_others(folder: Path) -> None:
    (folder / "a.csv").write_text("")
    others, [refused] = read_both(folder)
    assert refused.source == str(folder / "a.csv")
    assert isinstance(refused.error, NotATable)
    assert len(others) == 2


def test_a_folder_without_bars_and_no_folder_say_so(tmp_path: Path) -> None:
    for read_it in (read_every, read_bars):
        with pytest.raises(SourceMissing, match="a folder without a file of bars"):
            read_it(tmp_path)
        with pytest.raises(SourceMissing, match="no such file"):
            read_it(tmp_path / "nowhere")


def test_a_link_that_leads_back_is_not_followed(folder: Path) -> None:
    (folder / "stocks" / "again").symlink_to(folder)
    assert names(folder) == ["b", "a.us"]


def write_klines(folder: Path, month: int, days: int) -> Path:
    path = folder / f"BTCUSDT-1d-2020-{month:02}.zip"
    start = np.datetime64(f"2020-{month:02}-01T00", "ms").astype(np.int64)
    rows = [
        f"{start + day * 86_400_000},10,12,9,11.5,7,{start + (day + 1) * 86_400_000 - 1},0,5,0,0,0"
        for day in range(days)
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}.csv", "\n".join(rows) + "\n")
    return path


def test_months_of_a_market_in_files_of_their_own_are_one_history(tmp_path: Path) -> None:
    paths = [write_klines(tmp_path, month, days) for month, days in ((1, 31), (2, 29))]
    alone = read_bars(paths[0])
    assert (alone.bars.symbol, len(alone.bars)) == ("BTCUSDT", 31)
    [one] = read_every(tmp_path)
    assert (one.bars.symbol, one.bars.interval, len(one.bars)) == ("BTCUSDT", "1d", 60)
    assert one.quality.missing.size == 0
    assert str(one.bars.closed_at[0]) == "2020-01-02T00:00:00.000000"
    assert read_bars(tmp_path, symbol="BTCUSDT").bars.digest == one.bars.digest
    assert any(fact.startswith("2 files are one history") for fact in facts_of(one))


def test_a_month_that_cannot_be_read_refuses_its_market(tmp_path: Path) -> None:
    write_klines(tmp_path, 1, 31)
    write_klines(tmp_path, 2, 29).write_bytes(b"PK\x03\x04")
    imports, [refused] = read_both(tmp_path)
    assert (imports, type(refused.error)) == ([], ArchiveRefused)


# Qlib.


def write_qlib(folder: Path, bars: Bars, factor: float | None = None) -> None:
    """Write what Qlib's dump script does, with a place of the calendar before the first bar."""
    days = bars.closed_at.astype("datetime64[D]")
    days = np.insert(days, 0, days[0] - 1)
    for name in ("calendars", "instruments", "features"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "calendars" / "day.txt").write_text("\n".join(map(str, days)) + "\n")
    place = folder / "features" / bars.symbol.lower()
    place.mkdir()
    factors = np.full(len(bars), np.nan if factor is None else factor)
    kept = {"factor": factors} if factor is not None else {}
    for name in ("open", "high", "low", "close", "volume"):
        values = np.array(getattr(bars, name))
        scale = 1.0 if factor is None else 1 / factor if name == "volume" else factor
        kept[name] = values * scale
    for name, values in kept.items():
        content = np.concatenate([[1.0], values]).astype("<f4")
        (place / f"{name}.day.bin").write_bytes(content.tobytes())


def test_a_qlib_folder_is_read_symbol_by_symbol(tmp_path: Path, make_bars: MakeBars) -> None:
    written = [make_bars(60, seed) for seed in (1, 2)]
    for bars in written:
        write_qlib(tmp_path, bars)
    found = read_every(tmp_path)
    assert [one.bars.symbol for one in found] == ["RANDOM-1", "RANDOM-2"]
    for one, bars in zip(found, written, strict=True):
        assert one.layout is not None
        assert one.layout.name == "Qlib"
        np.testing.assert_allclose(one.bars.close, bars.close, rtol=1e-6)
        days = one.bars.closed_at.astype("datetime64[D]")
        np.testing.assert_array_equal(days, bars.closed_at.astype("datetime64[D]"))
    assert read_bars(tmp_path, symbol="random-2").bars.close[0] == found[1].bars.close[0]


def test_qlibs_factor_is_taken_out_and_kept_beside(tmp_path: Path, make_bars: MakeBars) -> None:
    bars = make_bars(60, 3)
    write_qlib(tmp_path, bars, factor=0.25)
    found = read_bars(tmp_path).bars
    np.testing.assert_allclose(found.close, bars.close, rtol=1e-6)
    np.testing.assert_allclose(found.volume, bars.volume, rtol=1e-6)
    np.testing.assert_allclose(found.adjustment, 0.25, rtol=1e-6)


def test_days_without_trade_are_no_bars(tmp_path: Path, make_bars: MakeBars) -> None:
    bars = make_bars(60, 3)
    write_qlib(tmp_path, bars)
    for path in (tmp_path / "features" / "random-3").iterdir():
        values = np.fromfile(path, "<f4")
        values[10:20] = np.nan
        values.tofile(path)
    imported = read_bars(tmp_path)
    assert len(imported.bars) == 50
    assert imported.quality.refusals == ()
    assert facts_of(imported)[0] == "10 of 60 places of its calendar without a bar"


def test_damaged_qlib_files_are_refused_one_by_one(tmp_path: Path, make_bars: MakeBars) -> None:
    for seed in range(5):
        write_qlib(tmp_path, make_bars(60, seed))
    features = tmp_path / "features"
    (features / "random-0" / "close.day.bin").write_bytes(b"odd")
    (features / "random-1" / "high.day.bin").unlink()
    path = features / "random-2" / "close.day.bin"
    path.write_bytes(np.array([1e6, 2.0], "<f4").tobytes())
    (features / "random-3" / "close.day.bin").write_bytes(np.array([np.nan, 1], "<f4").tobytes())
    [fine], refused = read_both(tmp_path)
    kinds = [type(one.error) for one in refused]
    assert kinds == [NotATable, ColumnsMissing, NotATable, NotATable]
    assert fine.bars.symbol == "RANDOM-4"


def test_a_qlib_folder_without_its_calendar_says_so(tmp_path: Path, make_bars: MakeBars) -> None:
    write_qlib(tmp_path, make_bars(60, 1))
    (tmp_path / "calendars" / "day.txt").unlink()
    with pytest.raises(SourceMissing, match="a calendar that cannot be read"):
        read_bars(tmp_path)


# LEAN.

DAILY = (
    "20200102 00:00,100000,120000,90000,110000,1000\n20200103 00:00,110000,130000,100000,120000,7\n"
)
HOURS = "".join(
    f"202001{day:02} {hour:02}:00,10.5,12.5,9.5,11.5,5\n" for day in (2, 3) for hour in range(9, 16)
)


def write_lean(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{path.stem}.csv", text)
    return path


@pytest.mark.parametrize("place", ["equity/usa/daily", "moved"])
def test_prices_of_lean_are_hundredths_of_a_cent(tmp_path: Path, place: str) -> None:
    imported = read_bars(write_lean(tmp_path / place / "spy.zip", DAILY))
    assert imported.bars.symbol == "SPY"
    assert imported.bars.close.tolist() == [11.0, 12.0]
    assert imported.bars.adjustment.tolist() == [1.0, 1.0]
    assert str(imported.bars.closed_at[0]) == "2020-01-02T21:00:00.000000"
    assert "prices were hundredths of a cent" in facts_of(imported)


def test_whole_prices_of_other_markets_are_left_alone(tmp_path: Path) -> None:
    bars = read_bars(write_lean(tmp_path / "crypto/x/daily/btcjpy_trade.zip", DAILY)).bars
    assert bars.symbol == "BTCJPY"
    assert bars.close.tolist() == [110000.0, 120000.0]


def test_hours_of_lean_close_an_hour_after_they_open(tmp_path: Path) -> None:
    bars = read_bars(write_lean(tmp_path / "equity/usa/hour/spy.zip", HOURS), calendar="XNYS").bars
    assert [str(at)[11:16] for at in bars.closed_at[:7]] == [
        "15:00", "16:00", "17:00", "18:00", "19:00", "20:00", "21:00",
    ]  # fmt: skip


def test_hours_of_lean_from_nowhere_need_a_zone(tmp_path: Path) -> None:
    path = write_lean(tmp_path / "spy.zip", HOURS)
    with pytest.raises(UnreadableBars, match="--zone America/New_York"):
        read_bars(path)
    assert str(read_bars(path, zone="America/New_York").bars.closed_at[0])[11:16] == "15:00"


def test_quotes_of_lean_are_read_in_the_middle(tmp_path: Path) -> None:
    row = "20200102 00:00,1.1,1.3,1.0,1.2,0,1.3,1.5,1.2,1.4,0\n"
    bars = read_bars(write_lean(tmp_path / "forex/oanda/daily/eurusd.zip", row)).bars
    np.testing.assert_allclose(bars.close, [1.3])
    assert not bars.has_volume


def test_companions_of_leans_bars_are_left_out(tmp_path: Path) -> None:
    write_lean(tmp_path / "equity/usa/daily/spy.zip", DAILY)
    for name in ("factor_files", "map_files"):
        place = tmp_path / "equity/usa" / name
        place.mkdir()
        (place / "spy.csv").write_text("20200101,1,1,0\n")
    assert names(tmp_path) == ["SPY"]


def test_every_file_of_lean_is_read(market_data: Path) -> None:
    found = read_every(market_data / "lean_raw")
    assert len(found) == 47
    by_name = {(one.bars.symbol, one.bars.interval): one.bars for one in found}
    spy = by_name["SPY", "1d"]
    assert (len(spy), spy.close[0]) == (5849, 97.36)
    hours = by_name["SPY", "1h"]
    assert str(hours.closed_at[0]) == "1998-01-02T15:00:00.000000"
