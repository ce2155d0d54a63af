"""Calibrations on disk, and the processes that make their runs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import CalibrationFolder, CalibrationStopped, ProcessCalibrationRunner
from bellwether.adapters import _calibration_processes as processes
from bellwether.adapters._calibration_folder import read_calibration, write_calibration
from bellwether.bars import Panel, noise_world
from bellwether.clock import FixedClock
from bellwether.service import (
    CalibrationPorts,
    CalibrationRequest,
    CalibrationStore,
    InlineCalibrationRunner,
    MemoryCalibrations,
    calibrate_gate,
)
from bellwether.validation import CalibrationSetting, GateCalibration, GateOptions

NOON = FixedClock(np.datetime64("2020-01-02T12:00", "us"))
CALIBRATION = GateCalibration(
    snapshot="s" * 64,
    options_digest="o" * 64,
    n_configurations=1,
    n_bars=100,
    measured_at="2020-01-02T00:00:00",
    seconds=1.0,
    figures=(),
)


@pytest.fixture
def request_on_bars() -> CalibrationRequest:
    panel = Panel(bars=[noise_world(1, 300).bars, noise_world(2, 320).bars])
    options = GateOptions(level=0.3)
    setting = CalibrationSetting(panel=panel, options=options, n_configurations=2, seed=5)
    return CalibrationRequest(setting=setting, n_runs=18)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> CalibrationStore:
    return CalibrationFolder(tmp_path) if request.param == "folder" else MemoryCalibrations()


def test_a_calibration_is_found_by_its_snapshot_and_options(store: CalibrationStore) -> None:
    store.put(CALIBRATION)
    assert store.find("s" * 64, "o" * 64) == CALIBRATION
    assert store.find("", "o" * 64) is None
    assert store.find("s" * 64, "x" * 64) is None


def test_a_later_calibration_takes_the_place_of_an_earlier_one(store: CalibrationStore) -> None:
    later = replace(CALIBRATION, measured_at="2021-01-02T00:00:00")
    store.put(CALIBRATION)
    store.put(later)
    assert store.find("s" * 64, "o" * 64) == later
    assert store.known() == (later,)


def test_the_latest_is_listed_first(store: CalibrationStore) -> None:
    other = replace(CALIBRATION, snapshot="", measured_at="2021-01-02T00:00:00")
    for one in (CALIBRATION, other):
        store.put(one)
    assert store.known() == (other, CALIBRATION)


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b"\xff", b'{"snapshot": 1}'])
def test_a_damaged_calibration_is_as_if_it_had_never_been(tmp_path: Path, damage: bytes) -> None:
    store = CalibrationFolder(tmp_path)
    store.put(CALIBRATION)
    [path] = tmp_path.glob("*.json")
    path.write_bytes(damage)
    assert store.find("s" * 64, "o" * 64) is None
    assert store.known() == ()


def test_a_calibration_under_anothers_name_is_not_taken_for_it(tmp_path: Path) -> None:
    store = CalibrationFolder(tmp_path)
    store.put(CALIBRATION)
    [path] = tmp_path.glob("*.json")
    store.put(replace(CALIBRATION, snapshot=""))
    [other] = {*tmp_path.glob("*.json")} - {path}
    path.write_bytes(other.read_bytes())
    assert store.find("s" * 64, "o" * 64) is None


def test_processes_are_handed_the_very_same_setting(
    request_on_bars: CalibrationRequest, tmp_path: Path
) -> None:
    setting, runs = request_on_bars.setting, request_on_bars.runs
    write_calibration(tmp_path, setting, runs)
    found, found_runs = read_calibration(tmp_path)
    assert found.panel is not None
    assert setting.panel is not None
    assert found.panel.digest == setting.panel.digest
    assert (found.options, found.seed, found.worlds) == (setting.options, 5, setting.worlds)
    assert found_runs == runs


def test_processes_decide_every_run_as_this_one_does(request_on_bars: CalibrationRequest) -> None:
    setting, runs = request_on_bars.setting, request_on_bars.runs
    found = dict(ProcessCalibrationRunner(2).run(setting, runs))
    expected = dict(InlineCalibrationRunner().run(setting, runs))
    assert found == expected
    assert 0 < sum(found.values()) < len(found)


def test_processes_end_when_nobody_wants_more(request_on_bars: CalibrationRequest) -> None:
    made = ProcessCalibrationRunner(1).run(request_on_bars.setting, request_on_bars.runs)
    next(made)
    made.close()
    assert list(made) == []


def test_a_run_that_raises_stops_the_calibration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request_on_bars: CalibrationRequest
) -> None:
    program = tmp_path / "broken.py"
    program.write_text(
        "import sys\nfrom pathlib import Path\n"
        "from bellwether.adapters import _calibration_worker as worker\n"
        "def fail(*_):\n    raise ValueError('no such luck')\n"
        "worker.is_promoted = fail\n"
        "worker.serve(Path(sys.argv[1]), worker.open_channel())\n"
    )
    monkeypatch.setattr(processes, "COMMAND", (sys.executable, str(program)))
    ports = CalibrationPorts(clock=NOON, runner=ProcessCalibrationRunner(1))
    with pytest.raises(CalibrationStopped, match="ValueError: no such luck"):
        calibrate_gate(request_on_bars, ports)


def test_a_process_that_dies_stops_the_calibration(
    monkeypatch: pytest.MonkeyPatch, request_on_bars: CalibrationRequest
) -> None:
    monkeypatch.setattr(processes, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    made = ProcessCalibrationRunner(1).run(request_on_bars.setting, request_on_bars.runs)
    with pytest.raises(CalibrationStopped, match="exit code 3"):
        list(made)


def test_bars_that_are_gone_are_an_error_with_a_name(
    tmp_path: Path, request_on_bars: CalibrationRequest
) -> None:
    write_calibration(tmp_path, request_on_bars.setting, request_on_bars.runs)
    [kept] = tmp_path.glob("*.npz")
    kept.unlink()
    with pytest.raises(CalibrationStopped, match="the bars in"):
        read_calibration(tmp_path)


def test_a_process_ends_by_itself_when_its_parent_is_gone(
    tmp_path: Path, request_on_bars: CalibrationRequest
) -> None:
    write_calibration(tmp_path, request_on_bars.setting, request_on_bars.runs)
    ended = subprocess.run(
        [*processes.COMMAND, str(tmp_path)],
        input="0\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0
