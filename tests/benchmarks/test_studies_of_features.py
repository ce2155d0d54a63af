"""The study and the benchmark of features: what they compare with finds errors, and both run."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bellwether.features import alpha158, compute

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# The results of a test are none of the study's.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
import _report
_report.RESULTS = Path(sys.argv.pop(1))
name = sys.argv.pop(1)
sys.argv[0] = name
sys.exit(__import__(name).main())
"""


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/study_feature_agreement.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("study_feature_agreement")


def test_the_reference_knows_every_column_and_where_it_begins(study: ModuleType) -> None:
    bars = study.make_panel(1, 130, 4)[0]
    expected, found = study.reference158(bars), compute(alpha158(), bars)
    assert list(expected) != []
    assert sorted(expected) == sorted(alpha158().names)
    for place, name in enumerate(alpha158().names):
        assert study.distance(found[:, place], expected[name]).max() < 1e-12, name


def test_a_hole_on_one_side_is_infinitely_far(study: ModuleType) -> None:
    apart = study.distance(np.array([1.0, np.nan, np.nan]), np.array([np.nan, 1.0, np.nan]))
    assert apart.tolist() == [np.inf, np.inf, 0.0]


def test_the_bars_of_the_panel_fit_into_float32(study: ModuleType) -> None:
    panel = study.make_panel(3, 50, 1)
    assert (panel.astype(np.float32) == panel).all()
    assert (panel[:, :, 1] >= panel[:, :, [0, 3]].max(axis=2)).all()
    assert (panel[:, :, 2] <= panel[:, :, [0, 3]].min(axis=2)).all()


def run(tmp_path: Path, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(BENCHMARKS), str(tmp_path), script, *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_the_study_holds_in_its_quick_form(tmp_path: Path) -> None:
    arguments = ("--symbols", "1", "--bars", "700", "--peers", "0")
    told = run(tmp_path, "study_feature_agreement", *arguments)
    assert told.stdout.splitlines()[-1].endswith("holds"), told.stdout + told.stderr[-3000:]
    assert (tmp_path / "study-feature-agreement.json").is_file()


def test_the_benchmark_measures_what_is_at_hand(tmp_path: Path) -> None:
    arguments = ("--symbols", "2", "--bars", "300", "--rounds", "1", "--peers", "0")
    told = run(tmp_path, "bench_features", *arguments)
    kept = json.loads((tmp_path / "bench-features.json").read_text(encoding="utf-8"))
    measured = {row[0] for row in kept[-1]["table"]}
    assert {"Polars", "TA-Lib, four indicators", "two cores"} <= measured, told.stderr[-3000:]
