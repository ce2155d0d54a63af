"""Whole folders and archives are imported at once, and what is refused is told."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.command_line import Call

from bellwether.bars import Bars, noise_world
from bellwether.cli._import_commands import SHOWN_WHOLE

DOCS = Path(__file__).parents[2] / "docs"
Save = Callable[[Bars, Path], Path]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    monkeypatch.setenv("COLUMNS", "140")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(3, 320).bars


@pytest.fixture
def folder(bars: Bars, save_bars: Save, tmp_path: Path) -> Path:
    place = tmp_path / "data"
    (place / "more").mkdir(parents=True)
    for name in ("SPY.csv", "more/QQQ.csv"):
        save_bars(bars, place / name)
    (place / "README.txt").write_text("where the bars are from")
    return place


def test_a_folder_is_imported_file_by_file(call: Call, folder: Path, home: Path) -> None:
    told = call("import", folder, "--home", home, "--json")
    assert told.code == 0, told.err
    stored = {one["snapshot"]["symbol"]: one["snapshot"] for one in told.json["imports"]}
    assert set(stored) == {"SPY", "QQQ"}
    assert stored["QQQ"]["source"] == "data/more/QQQ.csv"
    assert told.json["refused"] == []
    assert call("predict", "QQQ", "--as-of", "last", "--home", home).code == 0


def test_what_is_refused_does_not_stop_the_rest_and_is_told(
    call: Call, folder: Path, home: Path
) -> None:
    (folder / "bad.csv").write_text("")
    shown = call("import", folder, "--home", home)
    assert shown.code == 3
    assert "1 of 3 were refused:" in shown.out
    assert "bad.csv: was an empty file; check the download" in shown.out
    told = call("import", folder, "--home", home, "--json")
    assert told.code == 3
    [refused] = told.json["refused"]
    assert (refused["error"], len(told.json["imports"])) == ("NotATable", 2)


def test_an_archive_and_a_long_file_are_many_markets(
    call: Call, folder: Path, home: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "bars.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(folder / "SPY.csv", "SPY.csv")
        target.write(folder / "SPY.csv", "IWM.csv")
    frame = pl.read_csv(folder / "SPY.csv")
    long = pl.concat([frame.with_columns(pl.lit(name).alias("Name")) for name in ("A", "B")])
    long.write_csv(tmp_path / "long.csv")
    told = call("import", archive, tmp_path / "long.csv", "--home", home, "--json").json
    stored = [one["snapshot"]["symbol"] for one in told["imports"]]
    assert stored == ["SPY", "IWM", "A", "B"]
    assert told["imports"][1]["snapshot"]["source"] == "bars.zip > IWM.csv"


def test_one_of_many_is_chosen_by_its_name(call: Call, folder: Path, home: Path) -> None:
    told = call("import", folder, "--symbol", "QQQ", "--home", home, "--json").json
    assert [one["snapshot"]["symbol"] for one in told["imports"]] == ["QQQ"]


def test_a_symbol_that_comes_twice_is_taken_once(
    call: Call, folder: Path, home: Path, bars: Bars, save_bars: Save
) -> None:
    save_bars(bars[:100], folder / "more" / "SPY.csv")
    told = call("import", folder, "--home", home, "--json")
    assert told.code == 3
    [refused] = told.json["refused"]
    assert (refused["error"], refused["symbol"]) == ("SymbolNotOne", "SPY")
    assert {one["snapshot"]["n_bars"] for one in told.json["imports"]} == {320}


def test_many_markets_are_told_in_sum(
    call: Call, home: Path, bars: Bars, save_bars: Save, tmp_path: Path
) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for number in range(SHOWN_WHOLE + 1):
        save_bars(bars[:60], place / f"M{number:02}.csv")
    shown = call("import", place, "--home", home)
    assert "21 markets are stored: 0 excellent, 0 good, 21 fair, 0 poor." in shown.out
    assert "21 of them are new, 0 are as they were; 0 rows were refused." in shown.out
    again = call("import", place, "--home", home)
    assert "0 of them are new, 21 are as they were" in again.out


def test_what_a_file_leaves_open_is_said_by_flags(call: Call, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "SPY.csv"
    rows = "\n".join(f"{date}/2020,1,2,1,2,5" for date in ("05/06", "06/05"))
    path.write_text(f"date,open,high,low,close,volume\n{rows}\n")
    asked = call("import", path, "--home", home)
    assert asked.code == 3
    assert "--dates day-first or --dates month-first" in asked.err
    flags = ("--dates", "day-first", "--home", home, "--json")
    [told] = call("import", path, *flags).json["imports"]
    assert told["snapshot"]["first_closed_at"].startswith("2020-05-06")
    assert call("import", path, "--dates", "sideways", "--home", home).code == 2
    assert call("import", path, "--zone", "Nowhere", *flags).code == 3


def test_training_takes_a_folder_as_its_files(
    call: Call, folder: Path, home: Path, bars: Bars, save_bars: Save
) -> None:
    for name, seed in (("SPY.csv", 3), ("more/QQQ.csv", 4)):
        save_bars(noise_world(seed, 620).bars, folder / name)
    flags = ("--plan", "cheap", "--workers", "1", "--home", home, "--json")
    told = call("train", folder, *flags)
    assert told.code == 0, told.err
    assert sorted(told.json["symbols"]) == ["QQQ", "SPY"]


def test_a_prediction_of_several_markets_needs_a_choice(
    call: Call, folder: Path, home: Path
) -> None:
    unclear = call("predict", folder, "--home", home)
    assert unclear.code == 3
    assert "--symbol SPY" in unclear.err
    chosen = call("predict", folder, "--symbol", "QQQ", "--as-of", "last", "--home", home, "--json")
    assert chosen.json["symbol"] == "QQQ"


def test_nothing_is_left_behind_by_wrong_flags(call: Call, folder: Path, home: Path) -> None:
    assert call("import", folder, "--columns", "close", "--home", home).code == 2
    assert call("import", folder, folder, "--symbol", "X", "--home", home).code == 2
    assert not home.exists()


def test_stored_bars_are_those_of_the_file(
    call: Call, folder: Path, home: Path, bars: Bars
) -> None:
    call("import", folder, "--home", home)
    told = call("data", "show", "SPY", "--home", home, "--json").json["snapshot"]
    last = np.datetime_as_string(bars.closed_at[-1], unit="D")
    assert told["last_closed_at"].startswith(last)


def test_the_page_about_importing_tells_every_flag_of_reading(call: Call) -> None:
    page = (DOCS / "how_to" / "import-bars.md").read_text(encoding="utf-8")
    asked = call("import", "--help").out
    for flag in ("--columns", "--dates", "--zone", "--unit", "--decimals", "--calendar"):
        assert f"`{flag} " in page
        assert flag in asked
