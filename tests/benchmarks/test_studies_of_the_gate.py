"""The studies of the gate: they ask the shipped gate, count rightly, and run in a small form."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.validation import (
    PRICE_FORECASTS,
    Decision,
    GateOptions,
    JudgedMarket,
    Leg,
    draw_forecasts,
    judge,
)

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# The results of a test are none of the study's.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
import _report
_report.RESULTS = Path(sys.argv.pop(1))
if __name__ == "__main__":
    name = sys.argv.pop(1)
    sys.argv[0] = name
    sys.exit(__import__(name).main())
"""


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the studies be imported."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def load(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.usefixtures("benchmarks")
def test_a_run_is_counted_as_the_verdict_has_it() -> None:
    runs, options = load("_gate_runs"), GateOptions(level=0.4)
    found = set()
    for seed in range(12):
        market = JudgedMarket(panel=Panel(bars=[noise_world(seed, 500).bars]))
        said = draw_forecasts(np.random.default_rng(seed), 500, 1)
        evidence = market.evidence(said, ic_worth_finding=0.3)
        tally, verdict = runs.try_gate(evidence, options), judge(evidence, options)
        skilled = all(check.passed for check in verdict.checks if check.leg is Leg.SKILL)
        assert tally == (1, skilled, verdict.decision is Decision.PROMOTE)
        found.add(tuple(tally))
    assert len(found) > 1


@pytest.mark.usefixtures("benchmarks")
def test_a_job_makes_the_same_runs_whatever_its_size() -> None:
    runs = load("_gate_runs")
    [whole] = runs.cut_jobs(1, 6, 5, at_once=10)
    parts = runs.cut_jobs(1, 6, 5, at_once=4)
    drawn = [random.random() for _, random in whole.generators()]
    assert drawn == [random.random() for part in parts for _, random in part.generators()]
    assert len(set(drawn)) == 6


@pytest.mark.usefixtures("benchmarks")
def test_the_hard_nulls_are_the_42_of_the_design() -> None:
    study = load("study_gate_null")
    names = list(study.name_hard())
    assert len(set(names)) == len(names) == 42
    tallies = study.run_hard(load("_gate_runs").Job(cell=0, first=0, n_runs=1, seed=1))
    assert len(tallies) == len(PRICE_FORECASTS)


@pytest.mark.usefixtures("benchmarks")
def test_the_likelihood_ratio_behind_the_limit_is_that_of_the_densities() -> None:
    from scipy.stats import t  # noqa: PLC0415 - the slow way, for this test alone

    study, random = load("study_gate_power"), np.random.default_rng(1)
    members, shock = random.standard_normal((50, 4)), random.standard_normal(50)
    scale, left = np.sqrt(3.0 / 5.0), np.sqrt(1.0 - 0.10**2)
    null = t.logpdf(shock / scale, 5) - np.log(scale)
    ratios = []
    for member in members.T:
        rest = (shock - 0.10 * member) / left
        ratios.append(np.sum(t.logpdf(rest / scale, 5) - np.log(scale * left) - null))
    assert study._log_ratio(members, shock) == pytest.approx(np.log(np.mean(np.exp(ratios))))


@pytest.mark.usefixtures("benchmarks")
def test_the_panel_has_the_correlations_and_the_skill_it_is_said_to_have() -> None:
    panel, forecast = load("_panel_world").panel_world(
        np.random.default_rng(2), n_symbols=8, n_bars=1500, information_coefficient=0.2,
        correlation=0.3,
    )  # fmt: skip
    returns = JudgedMarket(panel=panel).returns[1:]
    away = ~np.eye(8, dtype=np.bool_)
    assert np.asarray(np.corrcoef(returns.T))[away].mean() == pytest.approx(0.3, abs=0.08)
    assert np.asarray(np.corrcoef(forecast.T))[away].mean() == pytest.approx(0.3, abs=0.15)
    skills = [np.asarray(np.corrcoef(forecast[1:, i], returns[:, i]))[0, 1] for i in range(8)]
    assert np.mean(skills) == pytest.approx(0.2, abs=0.03)


@pytest.mark.usefixtures("benchmarks")
def test_the_ridge_is_fitted_to_nothing_that_it_forecasts() -> None:
    from bellwether.features import core15  # noqa: PLC0415
    from bellwether.labels import LabelSpec  # noqa: PLC0415
    from bellwether.samples import build_samples  # noqa: PLC0415

    study = load("study_retraining")
    bars = noise_world(3, 900).bars
    later = Panel(bars=[noise_world(3, 900).bars[:800]])
    long, short = (
        study.Ridge(samples=build_samples(panel, core15(), LabelSpec()))
        for panel in (Panel(bars=[bars]), later)
    )
    np.testing.assert_array_equal(long.forecasts(800), short.forecasts(800))
    said = long.forecasts(800)
    assert np.isfinite(said[round(0.3 * 800) :]).all()
    assert np.isnan(said[: round(0.2 * 800)]).all()


@pytest.mark.parametrize(
    ("study", "arguments"),
    [
        ("study_gate_null", ("--noise-runs", "1", "--hard-runs", "1", "--real-runs", "0")),
        ("study_gate_power", ("--single-runs", "2", "--panel-runs", "1", "--needle-runs", "2")),
        ("study_anytime", ("--quick",)),
        ("study_retraining", ("--fresh-runs", "1", "--ridge-runs", "1")),
    ],
)
def test_a_study_comes_to_its_end_in_a_small_form(
    tmp_path: Path, study: str, arguments: tuple[str, ...]
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    told = subprocess.run(
        [sys.executable, str(program), str(BENCHMARKS), str(tmp_path), study, *arguments,
         "--workers", "1"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    # So few runs show nothing: either answer is right, as long as there is one.
    assert told.returncode in (0, 1), told.stdout + told.stderr[-3000:]
    assert told.stdout.splitlines()[-1].endswith(("holds", "falls short"))
    [kept] = tmp_path.glob("*.json")
    [run] = json.loads(kept.read_text())
    assert kept.stem == study.replace("_", "-")
    assert run["seed"] is not None
    assert run["figures"]
