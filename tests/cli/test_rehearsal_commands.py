"""Rehearsing from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Call

from bellwether.bars import Bars, noise_world

Save = Callable[[Bars, Path], Path]


@pytest.fixture(autouse=True)
def narrow_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def bars(save_bars: Save, tmp_path: Path) -> Path:
    return save_bars(noise_world(3, 640).bars, tmp_path / "bars.csv")


def test_a_rehearsal_is_told_to_people_and_written_as_a_page(
    call: Call, bars: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    answer = call("rehearse", bars, "--history", 600, "--universe", "noise", "--html", page)
    assert answer.code == 0, answer.err
    assert "NO DOWNTIME" in answer.out
    assert "A valid answer" not in answer.out
    assert "no model has proven itself" in " ".join(answer.out.lower().split())
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not (tmp_path / ".bellwether").exists()


def test_a_program_gets_the_whole_report(call: Call, bars: Path) -> None:
    answer = call(
        "rehearse", bars, "--history", 620, "--faults", "late-bars,scale-jump", "--json"
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert answer.json["is_without_downtime"] is True
    assert answer.json["options"]["faults"] == ["late-bars", "scale-jump"]
    assert answer.json["page"] is None


def test_what_cannot_be_rehearsed_is_told_with_what_helps(call: Call, bars: Path) -> None:
    for arguments, code in (
        (("--faults", "earthquake"), 11),
        (("--from", "2000-01-01"), 11),
        (("--plan", "heavy"), 2),
        (("--from", "some day"), 2),
    ):
        answer = call("rehearse", bars, *arguments)
        assert answer.code == code, answer.err
        assert answer.err
