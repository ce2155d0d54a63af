from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.clock import FixedClock
from bellwether.service import (
    CalibrationPorts,
    CalibrationRequest,
    CalibrationResults,
    MemoryCalibrations,
    OptionOutOfRange,
    PlannedRun,
    calibrate_gate,
    find_calibration,
    train,
)
from bellwether.validation import (
    CalibrationSetting,
    GateOptions,
    TrainingPlan,
    exact_proportion,
    is_promoted,
)

Desk = Any  # the class lives in conftest, which is no module
MakePlan = Callable[..., TrainingPlan]
NOON = np.datetime64("2020-01-02T12:00", "us")


class TickingClock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self._now = NOON

    def now(self) -> np.datetime64:
        self._now += np.timedelta64(1, "s")
        return self._now


class ScriptedRunner:
    """Promotes the first run of every world, and remembers what it was asked and if it ended."""

    def __init__(self) -> None:
        self.asked: Sequence[PlannedRun] = ()
        self.closed = False

    def run(self, setting: CalibrationSetting, runs: Sequence[PlannedRun]) -> CalibrationResults:
        del setting
        self.asked = runs
        try:
            for place, number in runs:
                yield (place, number), number == 0
        finally:
            self.closed = True


@pytest.fixture(scope="module")
def own() -> Panel:
    return Panel(bars=[noise_world(3, 400).bars])


def test_every_run_is_made_and_counted_in_its_world() -> None:
    request = CalibrationRequest(setting=CalibrationSetting(n_bars=400), n_runs=12)
    found = calibrate_gate(request, CalibrationPorts(clock=FixedClock(NOON)))
    worlds = request.setting.worlds
    for figure, world in zip(found.figures, worlds, strict=True):
        n_runs = 3 if world.kind == "null" else 1
        assert (figure.world, figure.kind, figure.n_runs) == (world.name, world.kind, n_runs)
        promoted = sum(is_promoted(request.setting, world, run) for run in range(n_runs))
        assert figure.n_promoted == promoted
        assert figure.rate == exact_proportion(promoted, n_runs)
        assert figure.limit == request.setting.limit(world)
    assert found.n_runs_left_out == 0
    assert found.false_promotion.n == 12


def test_runs_are_so_laid_out_that_any_first_part_treats_worlds_alike(own: Panel) -> None:
    request = CalibrationRequest(setting=CalibrationSetting(panel=own), n_runs=900)
    runs, kinds = request.runs, [world.kind for world in request.setting.worlds]
    assert len(set(runs)) == len(runs)
    made = Counter(place for place, _ in runs)
    assert sum(n for place, n in made.items() if kinds[place] == "null") == 900
    assert {n for place, n in made.items() if kinds[place] == "power"} == {90}
    half = Counter(place for place, _ in runs[: len(runs) // 2])
    for place, n_runs in made.items():
        assert half[place] == pytest.approx(n_runs / 2, abs=1)


def test_when_the_time_is_over_it_stops_and_says_what_was_left_out() -> None:
    runner, store = ScriptedRunner(), MemoryCalibrations()
    request = CalibrationRequest(n_runs=1000, budget_seconds=50.0)
    ports = CalibrationPorts(clock=TickingClock(), runner=runner, store=store)
    found = calibrate_gate(request, ports)
    n_made = sum(figure.n_runs for figure in found.figures)
    assert n_made == 50
    assert found.n_runs_left_out == len(request.runs) - 50
    assert runner.closed
    assert store.known() == (found,)


def test_a_world_that_never_had_its_turn_has_no_figure() -> None:
    request = CalibrationRequest(n_runs=1000, budget_seconds=3.0)
    ports = CalibrationPorts(clock=TickingClock(), runner=ScriptedRunner())
    found = calibrate_gate(request, ports)
    assert len(found.figures) == 3
    assert all(figure.n_runs == 1 for figure in found.figures)


def test_progress_is_told_of_every_run() -> None:
    told: list[tuple[int, int]] = []
    request = CalibrationRequest(n_runs=4)
    ports = CalibrationPorts(clock=FixedClock(NOON), runner=ScriptedRunner())
    calibrate_gate(request, ports, lambda *share: told.append(share))
    assert told == [(done, 7) for done in range(1, 8)]


def test_the_calibration_is_kept_under_its_snapshot_and_options(own: Panel) -> None:
    store, options = MemoryCalibrations(), GateOptions(level=0.02)
    setting = CalibrationSetting(panel=own, options=options, n_configurations=3)
    ports = CalibrationPorts(clock=FixedClock(NOON), runner=ScriptedRunner(), store=store)
    found = calibrate_gate(CalibrationRequest(setting=setting, n_runs=9), ports)
    assert found.snapshot == own.digest
    assert found.measured_at == "2020-01-02T12:00:00"
    assert (found.n_configurations, found.n_bars) == (3, 400)
    assert store.find(own.digest, options.digest) == found
    assert store.find(own.digest, GateOptions().digest) is None


def test_a_verdict_gets_its_snapshots_calibration_else_that_of_simulated_worlds(own: Panel) -> None:
    store, digest = MemoryCalibrations(), GateOptions().digest
    assert find_calibration(store, own.digest, digest) is None
    ports = CalibrationPorts(clock=FixedClock(NOON), runner=ScriptedRunner(), store=store)
    simulated = calibrate_gate(CalibrationRequest(n_runs=4), ports)
    assert find_calibration(store, own.digest, digest) == simulated
    setting = CalibrationSetting(panel=own)
    measured = calibrate_gate(CalibrationRequest(setting=setting, n_runs=9), ports)
    assert find_calibration(store, own.digest, digest) == measured
    assert find_calibration(store, "another", digest) == simulated
    assert find_calibration(store, own.digest, GateOptions(level=0.02).digest) is None


def test_a_gate_without_its_skill_leg_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from bellwether.validation import _gate  # noqa: PLC0415 - what is broken on purpose

    kept = tuple(rule for rule in _gate.CHECKS if rule.name != "skill")
    monkeypatch.setattr(_gate, "CHECKS", kept)
    request = CalibrationRequest(setting=CalibrationSetting(n_bars=800), n_runs=100)
    found = calibrate_gate(request, CalibrationPorts(clock=FixedClock(NOON)))
    assert found.false_promotion.low > 0.01


@pytest.mark.parametrize("wrong", [{"n_runs": 0}, {"budget_seconds": 0.0}])
def test_no_run_and_no_time_are_errors(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionOutOfRange, match="above zero"):
        CalibrationRequest(**wrong)  # type: ignore[arg-type]


def test_what_is_trained_on_calibrated_bars_says_how_often_the_gate_errs(
    desk: Desk, make_plan: MakePlan
) -> None:
    bars = noise_world(3, 700).bars
    before = desk.train(bars, make_plan("ridge"))
    assert before.verdict.calibration is None
    store = MemoryCalibrations()
    setting = CalibrationSetting(panel=before.request.panel)
    ports = CalibrationPorts(clock=FixedClock(NOON), runner=ScriptedRunner(), store=store)
    measured = calibrate_gate(CalibrationRequest(setting=setting, n_runs=9), ports)
    after = train(before.request, replace(desk.ports, calibrations=store))
    assert after.verdict.calibration == measured
    # The same model as before: what became known of the gate is no part of it.
    assert after.proposal.record.model_id == before.proposal.record.model_id
