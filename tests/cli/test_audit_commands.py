"""Auditing forecasts from the command line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.command_line import Call

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, World, edge_world

Save = Callable[[Bars, Path], Path]


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def world() -> World:
    return edge_world(5, 1260, information_coefficient=0.25, signal="exogenous")


@pytest.fixture
def bars(world: World, save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(world.bars, tmp_path / "bars.csv")


def save(world: World, values: FloatArray, path: Path, column: str = "score") -> Path:
    days = world.bars.closed_at.astype("datetime64[D]")
    frame = pl.DataFrame({"date": days, column: values}).filter(pl.col(column).is_not_nan())
    frame.write_csv(path)
    return path


def test_skill_is_told_to_people_and_written_as_a_card(
    call: Call, world: World, bars: Path, tmp_path: Path
) -> None:
    forecasts = save(world, world.signal, tmp_path / "vendor.csv")
    card = tmp_path / "card.html"
    answer = call("audit", forecasts, "--bars", bars, "--html", card)
    assert answer.code == 0, answer.err
    assert "vendor: SKILL SHOWN" in answer.out
    assert "These forecasts have shown skill" in answer.out
    assert "judged from the forecasts alone" in " ".join(answer.out.split())
    assert "Always up" in answer.out
    lines = [line for line in answer.out.splitlines() if not line.startswith("Card: ")]
    assert max(map(len, lines)) <= 80
    page = card.read_text(encoding="utf-8")
    assert "SKILL SHOWN" in page
    assert "<script" not in page
    assert "Are times, bars and forecasts in order?" in page
    assert "Was the evidence made honestly?" not in page


def test_a_program_gets_the_report_and_the_ledger_the_look(
    call: Call, world: World, bars: Path, tmp_path: Path
) -> None:
    forecasts = save(world, world.signal, tmp_path / "vendor.csv")
    first = call("audit", forecasts, "--bars", bars, "--json").json
    assert first["outcome"] == "SKILL SHOWN"
    assert first["verdict"]["decision"] == "REFUSE"
    assert first["columns"] == [{"name": "score", "kind": "score", "recognised": True}]
    again = call("audit", forecasts, "--bars", bars, "--json").json
    assert again["verdict"]["n_pipelines"] == 1
    named = call("audit", forecasts, "--bars", bars, "--name", "other", "--json").json
    assert named["verdict"]["n_pipelines"] == 2
    assert call("ledger", "verify", "--json").code == 0


def test_a_leak_is_told_in_words_with_its_remedy(
    call: Call, world: World, bars: Path, tmp_path: Path
) -> None:
    known = np.append(world.bars.close[1:], np.nan)
    forecasts = save(world, known, tmp_path / "leak.csv", "price")
    card = tmp_path / "card.html"
    told = call("audit", forecasts, "--bars", bars, "--html", card, "--json").json
    assert told["outcome"] == "SKILL NOT SHOWN"
    assert told["findings"][0]["kind"] == "look-ahead"
    assert told["findings"][0]["blocks"]
    assert told["findings"][0]["remedy"]
    page = card.read_text(encoding="utf-8")
    assert "These forecasts cannot be judged as they are." in page
    assert "The future leaks into the past" in page
    assert "Net excess a year" not in page


def test_an_inspection_judges_nothing_and_makes_no_home(
    call: Call, world: World, bars: Path, tmp_path: Path
) -> None:
    forecasts = save(world, world.signal, tmp_path / "vendor.csv")
    answer = call("audit", forecasts, "--bars", bars, "--inspect")
    assert "nothing was counted" in answer.out
    assert not (tmp_path / ".bellwether").exists()
    told = call("audit", forecasts, "--bars", bars, "--inspect", "--json").json
    assert [one["kind"] for one in told["findings"]] == ["read as"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "Missing option '--bars'"),
        (("--bars", "nope.csv"), 3, "no such file"),
        (("--bars", "bars.csv", "--known-at", "noon"), 9, "'noon'"),
        (("--bars", "bars.csv", "--kind", "banana"), 9, "'banana'"),
        (("--bars", "bars.csv", "--kind", "price", "--kind", "score"), 2, "--kind once"),
        (("--bars", "bars.csv", "--column", "nope"), 9, "a column nope"),
        (("--bars", "bars.csv", "--roles", "time"), 2, "'time'"),
        (("--bars", "bars.csv", "--horizon", "0"), 2, "horizon_bars"),
        (("--bars", "bars.csv", "--judged-from", "gestern"), 2, "'gestern'"),
        (("--bars", "bars.csv", "--judged-from", "2099-01-01"), 9, "more than 20 forecasts"),
    ],
)
@pytest.mark.usefixtures("bars")
def test_wrong_usage_is_told(
    arguments: tuple[str, ...], code: int, words: str, call: Call, world: World
) -> None:
    save(world, world.signal, Path("vendor.csv"))
    answer = call("audit", "vendor.csv", *arguments)
    assert answer.code == code
    assert words in answer.err
