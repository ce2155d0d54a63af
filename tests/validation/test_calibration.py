from dataclasses import replace

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.validation import (
    CalibrationFigure,
    CalibrationSetting,
    CalibrationWorld,
    Estimate,
    GateCalibration,
    GateOptions,
    UnreadableVerdict,
    UnusableOptions,
    best_power,
    evidence_of_run,
    exact_proportion,
    is_promoted,
    judge,
)


@pytest.fixture(scope="module")
def own() -> Panel:
    return Panel(bars=[noise_world(11, 520).bars, noise_world(12, 540).bars])


@pytest.fixture(scope="module")
def setting(own: Panel) -> CalibrationSetting:
    return CalibrationSetting(panel=own, n_configurations=2, seed=7)


def calibration(*counts: tuple[str, int, int]) -> GateCalibration:
    """Return a calibration with figures of kind, runs and promotions."""
    return GateCalibration(
        snapshot="s" * 64,
        options_digest=GateOptions().digest,
        n_configurations=1,
        n_bars=1260,
        measured_at="2020-01-02T00:00:00",
        seconds=1.5,
        figures=tuple(
            CalibrationFigure(
                world=f"world {place}",
                kind="null" if kind == "null" else "power",
                information_coefficient=0.0 if kind == "null" else 0.1,
                n_runs=n_runs,
                n_promoted=n_promoted,
                rate=exact_proportion(n_promoted, n_runs) or Estimate(value=0, low=0, high=1, n=0),
                limit=None if kind == "null" else 0.84,
                seed=3,
            )
            for place, (kind, n_runs, n_promoted) in enumerate(counts)
        ),
    )


def test_false_promotion_pools_the_worlds_without_skill_alone() -> None:
    found = calibration(("null", 400, 3), ("power", 100, 80), ("null", 600, 1))
    assert found.false_promotion == exact_proportion(4, 1000)
    assert found.sentence == (
        "in 1,000 runs without skill, simulated and on copies of the bars, it promoted 0.40% "
        "(95 % interval 0.11% to 1.02%)"
    )


def test_a_calibration_without_bars_says_that_it_was_all_simulated() -> None:
    found = replace(calibration(("null", 400, 3)), snapshot="")
    assert "without skill, all simulated, it promoted" in found.sentence


def test_where_nothing_without_skill_was_run_nothing_is_claimed() -> None:
    rate = calibration(("power", 10, 9)).false_promotion
    assert np.isnan(rate.value)
    assert (rate.low, rate.high) == (0.0, 1.0)


def test_a_calibration_is_the_same_after_json() -> None:
    found = calibration(("null", 400, 3), ("power", 100, 80))
    assert GateCalibration.from_json(found.to_json()) == found


def test_an_older_calibration_without_what_came_later_still_reads() -> None:
    content = calibration(("null", 400, 3)).to_json()
    del content["n_runs_left_out"]
    assert GateCalibration.from_json(content).n_runs_left_out == 0


def test_what_is_no_calibration_is_an_error() -> None:
    with pytest.raises(UnreadableVerdict):
        GateCalibration.from_json({"snapshot": "s"})


def test_without_bars_every_world_is_simulated() -> None:
    worlds = CalibrationSetting().worlds
    assert {world.ground for world in worlds} == {"garch", "gjr"}
    assert [world.information_coefficient for world in worlds if world.kind == "power"] == [
        0.05, 0.10, 0.20,
    ]  # fmt: skip


def test_with_bars_copies_of_them_are_worlds_too(setting: CalibrationSetting) -> None:
    grounds = {world.ground for world in setting.worlds}
    assert grounds == {"garch", "gjr", "own", "flipped", "permuted"}
    # What was read off the prices of the user's own bars may well have skill: it is no null.
    assert [one.source for one in setting.worlds if one.ground == "own"] == ["unrelated"]
    assert len({world.name for world in setting.worlds}) == len(setting.worlds)


def test_every_world_is_judged_on_as_many_bars_as_the_user_has(setting: CalibrationSetting) -> None:
    assert setting.n_bars == 520
    for world in setting.worlds:
        evidence = evidence_of_run(setting, world, 0)
        assert evidence.n_bars == 520
        assert evidence.n_bars - evidence.out_of_sample_from == setting.n_judged_bars
        assert evidence.n_symbols == (1 if world.ground in ("garch", "gjr") else 2)


def test_the_evidence_of_every_world_is_of_sound_construction(setting: CalibrationSetting) -> None:
    for world in setting.worlds:
        verdict = judge(evidence_of_run(setting, world, 1), setting.options)
        assert [check.name for check in verdict.failed if check.leg == "construction"] == []


def test_a_run_is_the_same_whenever_it_is_made(setting: CalibrationSetting) -> None:
    again = CalibrationSetting(panel=setting.panel, n_configurations=2, seed=7)
    for world in setting.worlds:
        assert evidence_of_run(again, world, 3).digest == evidence_of_run(setting, world, 3).digest


def test_no_two_runs_are_the_same(setting: CalibrationSetting) -> None:
    other = CalibrationSetting(panel=setting.panel, n_configurations=2, seed=8)
    found = [
        evidence_of_run(one, world, number).digest
        for one in (setting, other)
        for world in setting.worlds
        for number in range(2)
    ]
    assert len(set(found)) == len(found)


def test_a_run_is_decided_as_the_verdict_decides(setting: CalibrationSetting) -> None:
    lenient = CalibrationSetting(
        panel=setting.panel, options=GateOptions(level=0.4), ic_worth_finding=0.3, seed=7
    )
    runs = [(world, number) for world in lenient.worlds for number in range(3)]
    decided = [is_promoted(lenient, *run) for run in runs]
    assert decided == [
        judge(evidence_of_run(lenient, *run), lenient.options).promotes for run in runs
    ]
    assert 0 < sum(decided) < len(decided)


def test_the_limit_is_that_of_the_best_test_where_the_law_is_known(
    setting: CalibrationSetting,
) -> None:
    for world in setting.worlds:
        known = world.kind == "power" and world.ground == "garch"
        expected = best_power(world.information_coefficient, 364, 0.01) if known else None
        assert setting.limit(world) == expected


def test_the_shipped_gate_promotes_hardly_any_noise_and_nearly_every_strong_skill() -> None:
    setting = CalibrationSetting(n_bars=1260)
    null = [world for world in setting.worlds if world.kind == "null"]
    n_false = sum(is_promoted(setting, world, run) for world in null for run in range(50))
    rate = exact_proportion(n_false, 50 * len(null))
    assert rate is not None
    assert rate.low <= 0.01
    strong = CalibrationWorld(ground="garch", source="signal", information_coefficient=0.20)
    assert sum(is_promoted(setting, strong, run) for run in range(20)) >= 17


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_configurations": 0}, "n_configurations to be at least 1"),
        ({"n_bars": 99}, "n_bars to be at least 100"),
    ],
)
def test_a_setting_that_makes_no_sense_is_an_error(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(UnusableOptions, match=message.split(" to be ")[1]):
        CalibrationSetting(**wrong)  # type: ignore[arg-type]


def test_a_world_of_the_users_bars_needs_them() -> None:
    setting = CalibrationSetting()
    with pytest.raises(ValueError, match="not in tuple"):
        evidence_of_run(setting, CalibrationWorld(ground="own", source="unrelated"), 0)
