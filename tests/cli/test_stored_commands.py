"""Stored bars are handed out whole, looked over, and said to bear what rests on them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.bars import COLUMNS, Bars, noise_world

Save = Callable[[Bars, Path], Path]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    """Let tables fit."""
    monkeypatch.setenv("COLUMNS", "140")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(3, 620).bars


@pytest.fixture
def file(bars: Bars, save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(bars, tmp_path / "SPY.csv")


def revised(bars: Bars, row: int) -> Bars:
    columns = {name: np.array(getattr(bars, name)) for name in COLUMNS}
    columns["volume"][row] += 1.0
    return Bars(symbol=bars.symbol, interval="1d", closed_at=bars.closed_at, **columns)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_bars_that_were_handed_out_are_taken_in_again_as_the_same(
    call: Call, file: Path, home: Path, tmp_path: Path, suffix: str
) -> None:
    adjusted = tmp_path / "ADJ.csv"
    rows = pl.read_csv(file)
    closes = pl.col(next(name for name in rows.columns if name.lower() == "close"))
    rows.with_columns((closes * 0.9771234).alias("Adj Close")).write_csv(adjusted)
    [stored] = call("import", adjusted, "--home", home, "--json").json["imports"]
    out = tmp_path / f"handed-out{suffix}"
    told = call("data", "export", "ADJ", out, "--home", home)
    assert told.code == 0, told.err
    assert "bellwether import" in told.out
    calendar = stored["snapshot"]["calendar"]
    flags = ("--symbol", "ADJ", "--calendar", calendar, "--home", tmp_path / "another", "--json")
    [again] = call("import", out, *flags).json["imports"]
    for name in ("bars_digest", "digest", "interval", "n_bars", "grade"):
        assert again["snapshot"][name] == stored["snapshot"][name]


def test_an_earlier_import_is_handed_out_by_its_digest(
    call: Call, file: Path, home: Path, bars: Bars, save_bars: Save, tmp_path: Path
) -> None:
    [first] = call("import", file, "--home", home, "--json").json["imports"]
    call("import", save_bars(revised(bars, 300), file), "--home", home)
    out = tmp_path / "first.parquet"
    flags = ("--snapshot", first["snapshot"]["digest"], "--home", home, "--json")
    told = call("data", "export", "SPY", out, *flags).json
    assert told["snapshot"]["number"] == 1
    volume = pl.read_parquet(out)["volume"][300]
    assert volume == bars.volume[300]


def test_a_file_of_no_format_and_one_in_the_way_are_refused(
    call: Call, file: Path, home: Path
) -> None:
    call("import", file, "--home", home)
    unclear = call("data", "export", "SPY", "SPY.xlsx", "--home", home)
    assert (unclear.code, ".parquet or .csv" in unclear.err) == (2, True)
    content = file.read_bytes()
    in_the_way = call("data", "export", "SPY", file, "--home", home)
    assert (in_the_way.code, file.read_bytes()) == (2, content)
    unknown = call("data", "export", "SPX", "x.csv", "--home", home)
    assert (unknown.code, "did you mean SPY?" in unknown.err) == (9, True)


def test_damaged_files_are_found_and_mended(call: Call, file: Path, home: Path) -> None:
    call("import", file, "--home", home)
    assert "Every stored file is whole." in call("data", "check", "--home", home).out
    served, kept = sorted((home / "bars" / "snapshots").iterdir())
    served.write_bytes(b"rubbish")
    mended = call("data", "check", "--home", home)
    assert (mended.code, "made again of the other" in mended.out) == (0, True)
    assert call("data", "check", "--home", home, "--json").json == {"faults": {}, "lost": []}
    for path in (served, kept):
        path.write_bytes(b"rubbish")
    lost = call("data", "check", "--home", home, "--json")
    assert (lost.code, len(lost.json["lost"])) == (1, 2)


def test_a_market_whose_past_was_never_changed_has_no_revisions(
    call: Call, file: Path, home: Path
) -> None:
    call("import", file, "--home", home)
    told = call("data", "revisions", "SPY", "--home", home)
    assert (told.code, "no import changed a bar" in told.out) == (0, True)


def test_a_revision_on_which_nothing_rests_is_only_shown(
    call: Call, file: Path, home: Path, bars: Bars, save_bars: Save
) -> None:
    call("import", file, "--home", home)
    shown = call("import", save_bars(revised(bars, 300), file), "--home", home)
    assert "rest on bars that were changed" not in shown.out
    told = call("data", "revisions", "SPY", "--home", home)
    assert "1 revised" in told.out
    assert "No model, verdict or open forecast rests on bars" in told.out


def test_an_import_says_what_rests_on_the_bars_that_it_changed(
    call: Call, home: Path, edge_market: EdgeMarket, tmp_path: Path
) -> None:
    shutil.copytree(edge_market.home, home)
    symbol, flags = edge_market.past.stem, ("--home", home)
    call("import", edge_market.past, *flags)
    call("predict", symbol, "--as-of", "last", *flags)
    changed = tmp_path / edge_market.past.name
    lines = edge_market.past.read_text().splitlines()
    head = lines[0].lower().split(",")
    cells = lines[-50].split(",")
    cells[head.index("volume")] = "123456789"
    changed.write_text("\n".join([*lines[:-50], ",".join(cells), *lines[-49:]]) + "\n")
    shown = call("import", changed, *flags)
    assert shown.code == 0, shown.err
    assert "open forecasts rest on bars that were changed since." in shown.out
    assert f"Judge anew, on the bars that are stored now: bellwether train {symbol}" in shown.out
    assert f"Ask anew: bellwether predict {symbol} --horizon 1" in shown.out
    told = call("data", "revisions", symbol, *flags, "--json").json
    assert {one["n_altered"] for one in told["resting"]["models"]} == {1}
    assert told["resting"]["n_verdicts"] == len(told["resting"]["models"])
    assert {one["n_altered"] for one in told["resting"]["forecasts"]} == {1}
