"""Bars are looked over from the command line before anything rests on them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call

from bellwether.bars import COLUMNS, SEVERITIES, Bars, noise_world

Save = Callable[[Bars, Path], Path]
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(3, 900).bars


@pytest.fixture
def file(bars: Bars, save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(bars, tmp_path / "SPY.csv")


def change(bars: Bars, name: str, row: int, factor: float) -> Bars:
    columns = {one: np.array(getattr(bars, one)) for one in COLUMNS}
    columns[name][row] *= factor
    return Bars(symbol=bars.symbol, interval="1d", closed_at=bars.closed_at, **columns)


def test_sound_bars_are_fine_and_exit_with_zero(call: Call, file: Path) -> None:
    shown = call("doctor", file, "--as-of", "last", "--calendar", "weekdays")
    assert shown.code == 0, shown.err
    assert "SPY: fine" in shown.out
    assert "No check found anything." in shown.out
    words = " ".join(shown.out.split())
    assert "A verdict needs 433 judged bars" in words
    assert "flatter every strategy" in words
    assert max(map(len, shown.out.splitlines())) <= 80


def test_nothing_is_stored_by_looking(call: Call, file: Path, tmp_path: Path) -> None:
    call("doctor", file, "--home", tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_warning_exits_with_one_and_names_the_bar(
    call: Call, bars: Bars, save_bars: Save, tmp_path: Path
) -> None:
    path = save_bars(change(bars, "low", 400, 0.01), tmp_path / "SPY.csv")
    shown = call("doctor", path, "--as-of", "last")
    assert shown.code == 1
    assert np.datetime_as_string(bars.closed_at[400], unit="D") in shown.out
    assert "about 100 times too small" in " ".join(shown.out.split())
    told = call("doctor", path, "--as-of", "last", "--calendar", "weekdays", "--json")
    assert (told.code, told.json["exit_code"], told.json["severity"]) == (1, 1, "warning")
    [source] = told.json["sources"]
    assert [one["code"] for one in source["quality"]["findings"]] == ["scale-error"]
    assert source["plan"]["n_needed_bars"] == 433


def test_refused_rows_are_told_by_reason_with_their_lines(call: Call, file: Path) -> None:
    lines = file.read_text().splitlines()
    for row in (10, 20, 30, 40, 50, 60, 70):
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:3], "1e9", *cells[4:]])
    file.write_text("\n".join(lines))
    shown = call("doctor", file, "--as-of", "last")
    told = " ".join(shown.out.split())
    assert shown.code == 1
    assert "7 rows refused: the high is below the low (lines 11, 21, 31, 41, 51 and 2 more)" in told
    assert "line 11 reads" in told
    whole = " ".join(call("doctor", file, "--as-of", "last", "--all").out.split())
    assert "(lines 11, 21, 31, 41, 51, 61, 71)" in whole


def test_what_cannot_be_read_exits_with_three_and_stops_nothing(
    call: Call, file: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    told = call("doctor", empty, file, tmp_path / "missing.csv", "--as-of", "last", "--json")
    assert told.code == 3
    severities = [one["severity"] for one in told.json["sources"]]
    assert severities == ["error", "note", "error"]
    assert told.json["sources"][0]["refusal"]["type"] == "NotATable"
    shown = call("doctor", empty, file, "--as-of", "last")
    assert "What to do: check the download" in " ".join(shown.out.split())
    assert "unusable" in shown.out


def test_bars_that_end_long_ago_are_a_warning_now_and_none_then(call: Call, file: Path) -> None:
    assert call("doctor", file).code == 1
    told = call("doctor", file, "--as-of", "2003-06-16", "--json").json
    [source] = told["sources"]
    assert source["quality"]["freshness"] == "fresh"
    assert told["exit_code"] == 0


def test_of_many_sources_only_those_with_something_wrong_are_told_at_length(
    call: Call, bars: Bars, save_bars: Save, tmp_path: Path
) -> None:
    paths = [save_bars(bars, tmp_path / f"GOOD{place}.csv") for place in range(4)]
    paths.append(save_bars(change(bars, "low", 400, 0.01), tmp_path / "BAD.csv"))
    shown = call("doctor", *paths, "--as-of", "last").out
    assert "BAD: look" in shown
    assert "GOOD1: fine" not in shown
    assert "GOOD1" in shown
    assert "GOOD1: fine" in call("doctor", *paths, "--as-of", "last", "--all").out


def test_a_folder_is_looked_over_as_a_whole(call: Call, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for name in ("A.csv", "B.csv"):
        (folder / name).write_bytes(file.read_bytes())
    (folder / "C.csv").touch()
    told = call("doctor", folder, "--as-of", "last", "--json")
    assert told.code == 3
    assert [one["severity"] for one in told.json["sources"]] == ["note", "note", "error"]


def test_stored_bars_are_looked_over_by_their_symbol_as_old_as_they_are_now(
    call: Call, file: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    call("import", file, "--home", home)
    told = call("doctor", "SPY", "--home", home, "--as-of", "2030-01-01", "--json")
    assert told.code == 1
    assert told.json["sources"][0]["quality"]["freshness"] == "expired"


def test_every_kind_of_finding_is_explained() -> None:
    page = (DOCS / "how_to" / "check-your-bars.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    for code, severity in SEVERITIES.items():
        [row] = [row for row in rows if f"`{code}`" in row[1]]
        assert row[2].strip() == severity.value, code
