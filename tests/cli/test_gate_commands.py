import json
from pathlib import Path

import pytest

from bellwether.bars import noise_world
from bellwether.cli import main
from bellwether.validation import GateCalibration


def run(*arguments: str) -> int:
    """Run a command and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int | None)
    return ended.value.code or 0


@pytest.fixture
def bars_file(tmp_path: Path) -> Path:
    bars = noise_world(3, 300).bars
    rows = zip(bars.closed_at, bars.open, bars.high, bars.low, bars.close, strict=True)
    lines = [f"{str(row[0])[:10]},{','.join(map(str, row[1:]))},1000" for row in rows]
    path = tmp_path / "WORLD.csv"
    path.write_text("\n".join(["date,open,high,low,close,volume", *lines]) + "\n")
    return path


def test_a_calibration_is_measured_kept_and_shown(
    bars_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--home", str(tmp_path / "home"), "--json"]
    assert run("gate", "calibrate", "--data", str(bars_file), "--runs", "9", *place) == 0
    found = GateCalibration.from_json(json.loads(capsys.readouterr().out))
    assert found.false_promotion.n == 9
    assert found.n_bars == 300
    assert found.snapshot
    assert run("gate", "show", *place) == 0
    assert json.loads(capsys.readouterr().out) == {"calibrations": [found.to_json()]}


def test_a_person_reads_worlds_rates_and_a_conclusion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    home = str(tmp_path / "home")
    assert run("gate", "calibrate", "--bars", "300", "--runs", "4", "--home", home) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "simulated noise, unrelated forecasts" in told
    assert "simulated noise, a planted skill of IC 0.20" in told
    assert "more runs would tell whether that holds" in told
    assert run("gate", "show", "--home", home) == 0
    assert "In 4 runs without skill" in " ".join(capsys.readouterr().out.split())


def test_a_home_without_a_calibration_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("gate", "show", "--home", str(tmp_path)) == 0
    assert "bellwether gate calibrate" in capsys.readouterr().out


def test_a_budget_that_is_no_time_is_an_error_of_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("gate", "calibrate", "--budget", "soon", "--home", str(tmp_path)) != 0
    assert "soon" in capsys.readouterr().err
