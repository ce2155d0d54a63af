"""Bars are imported once and then called by their symbol."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call

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


def revised(bars: Bars) -> Bars:
    columns = {name: np.array(getattr(bars, name)) for name in COLUMNS}
    columns["volume"][300] += 1.0
    return Bars(symbol=bars.symbol, interval="1d", closed_at=bars.closed_at, **columns)


def test_an_import_tells_what_was_read_and_what_it_is_now(
    call: Call, file: Path, home: Path
) -> None:
    shown = call("import", file, "--home", home)
    assert shown.code == 0
    assert "SPY: The first bars of this market." in shown.out
    told = call("import", file, "--home", home, "--json").json["imports"]
    assert [one["change"]["relation"] for one in told] == ["same"]
    assert (told[0]["snapshot"]["n_bars"], told[0]["quality"]["n_kept"]) == (620, 620)
    assert told[0]["snapshot"]["source"] == "SPY.csv"


def test_a_revision_is_named_with_the_bar(
    call: Call, file: Path, home: Path, bars: Bars, save_bars: Save
) -> None:
    call("import", file, "--home", home)
    save_bars(revised(bars), file)
    shown = call("import", file, "--home", home)
    day = np.datetime_as_string(bars.closed_at[300], unit="D")
    assert "The vendor revised the past: 1 revised." in shown.out
    assert f"Revised: {day}" in shown.out
    history = call("data", "show", "SPY", "--home", home, "--json").json["history"]
    assert [one["change"]["relation"] for one in history] == ["first", "revises"]
    table = call("data", "show", "SPY", "--home", home)
    assert "The vendor revised the past" in table.out


def test_newer_bars_alone_extend_the_stored_ones_where_that_is_said(
    call: Call, home: Path, bars: Bars, save_bars: Save, tmp_path: Path
) -> None:
    call("import", save_bars(bars[:600], tmp_path / "SPY.csv"), "--home", home)
    recent = save_bars(bars[590:], tmp_path / "recent.csv")
    told = call("import", recent, "--symbol", "SPY", "--extend", "--home", home, "--json").json
    [one] = told["imports"]
    assert (one["snapshot"]["n_bars"], one["change"]["n_appended"]) == (620, 20)


def test_a_stored_market_is_predicted_settled_and_computed_again_by_its_symbol(
    call: Call, file: Path, home: Path
) -> None:
    call("import", file, "--home", home)
    from_file = call("predict", file, "--as-of", "last", "--home", home, "--json").json
    by_name = call("predict", "SPY", "--as-of", "last", "--home", home, "--json").json
    assert by_name == from_file
    again = call("replay", by_name["prediction_id"], "--home", home, "--json")
    assert (again.code, again.json["outcome"]) == (0, "identical")
    assert call("settle", "SPY", "--home", home, "--json").json["waiting"] == 1


def test_a_stored_market_can_be_trained_on(call: Call, file: Path, home: Path) -> None:
    call("import", file, "--home", home)
    told = call("train", "SPY", "--plan", "cheap", "--workers", "1", "--home", home, "--json")
    assert told.code == 0, told.err
    assert told.json["symbols"] == ["SPY"]


def test_a_file_goes_before_a_symbol(call: Call, file: Path, home: Path, tmp_path: Path) -> None:
    call("import", file, "--symbol", "EUR/USD", "--home", home)
    assert call("predict", "EUR/USD", "--home", home, "--json").json["symbol"] == "EUR/USD"
    Path("EUR").mkdir()
    file.rename(Path("EUR") / "USD")
    assert call("predict", "EUR/USD", "--home", home, "--json").json["symbol"] == "USD"


def test_several_intervals_are_told_apart(call: Call, home: Path, tmp_path: Path) -> None:
    for step, name in ((np.timedelta64(1, "h"), "hours"), (np.timedelta64(1, "D"), "days")):
        closed_at = np.datetime64("2020-01-01T12:00") + step * np.arange(100)
        rows = "\n".join(f"{at}Z,1,2,1,2,5" for at in closed_at.astype("datetime64[s]"))
        path = tmp_path / f"{name}.csv"
        path.write_text(f"date,open,high,low,close,volume\n{rows}\n")
        done = call("import", path, "--symbol", "BTC", "--calendar", "24/7", "--home", home)
        assert done.code == 0, done.err
    daily = call("predict", "BTC", "--home", home, "--json").json
    hourly = call("predict", "BTC", "--interval", "1h", "--home", home, "--json").json
    assert (daily["interval"], hourly["interval"]) == ("1d", "1h")
    unclear = call("predict", "BTC", "--interval", "5m", "--home", home)
    assert unclear.code == 2
    assert "1d, 1h" in unclear.err
    assert "Stored with other intervals, too: 1h" in call("data", "show", "BTC", "--home", home).out


def test_what_is_not_there_is_told_with_the_nearest(call: Call, file: Path, home: Path) -> None:
    empty = call("data", "list", "--home", home)
    assert "bellwether import FILE" in empty.out
    call("import", file, "--home", home)
    wrong = call("predict", "SPX", "--home", home)
    assert (wrong.code, "did you mean SPY?" in wrong.err) == (3, True)
    shown = call("data", "show", "SPX", "--home", home)
    assert (shown.code, "did you mean SPY?" in shown.err) == (9, True)
    missing = call("predict", "missing.csv", "--home", home)
    assert (missing.code, "no such file" in missing.err) == (3, True)


def test_a_wrong_path_leaves_nothing_behind(call: Call, home: Path) -> None:
    assert call("import", "nothing.csv", "--home", home).code == 3
    assert not home.exists()


def test_the_stored_markets_are_listed(call: Call, file: Path, home: Path) -> None:
    for name in ("QQQ", "SPY"):
        call("import", file, "--symbol", name, "--home", home)
    listed = call("data", "list", "--home", home, "--json").json["symbols"]
    assert [one["symbol"] for one in listed] == ["QQQ", "SPY"]
    shown = call("data", "list", "--home", home)
    assert "620" in shown.out


def test_a_row_refused_at_the_end_is_told_with_what_follows(
    call: Call, file: Path, home: Path
) -> None:
    lines = file.read_text().splitlines()
    cells = lines[-1].split(",")
    file.write_text("\n".join([*lines[:-1], ",".join([cells[0], "x", *cells[2:]])]) + "\n")
    shown = call("import", file, "--home", home)
    assert "The row behind the last bar is refused (line 621" in shown.out
    answer = call("predict", "SPY", "--as-of", "last", "--home", home, "--json").json
    assert answer["fallback_reason"] == "data_contract_broken"


def test_a_damaged_snapshot_is_named_and_mended(call: Call, file: Path, home: Path) -> None:
    call("import", file, "--home", home)
    for path in sorted((home / "bars" / "snapshots").iterdir(), reverse=True):
        path.write_bytes(b"rubbish")
    broken = call("predict", "SPY", "--home", home)
    assert (broken.code, path.name in broken.err, "import" in broken.err) == (9, True, True)
    assert call("import", file, "--home", home).code == 0
    assert call("predict", "SPY", "--home", home).code == 0
