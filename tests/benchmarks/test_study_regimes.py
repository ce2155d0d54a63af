"""The study of regimes: worlds that are what they say, a judge that is right, and a quick run."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
# The results of a test are none of the study's.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv.pop(1))
import _report
_report.RESULTS = Path(sys.argv.pop(1))
import study_regimes
if __name__ == "__main__":
    sys.exit(study_regimes.main())
"""


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/study_regimes.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("study_regimes")


def test_worlds_move_as_their_regime_says(study: ModuleType) -> None:
    for kind in study.KINDS:
        generator = np.random.default_rng(3)
        truth = study.draw_truth(generator, kind, 40_000)
        bars = study.draw_bars(generator, kind, truth)
        opened, high, low, close, _ = bars.T
        assert (high >= np.maximum(opened, close)).all()
        assert (low <= np.minimum(opened, close)).all()
        np.testing.assert_array_equal(opened[1:], close[:-1])
        moves = np.diff(np.log(close), prepend=np.log(opened[0]))
        for regime, (volatility, drift) in enumerate(
            zip(kind.volatilities, kind.drifts, strict=True)
        ):
            own = moves[truth == regime]
            assert own.std() == pytest.approx(volatility, rel=0.15)
            assert own.mean() == pytest.approx(drift, abs=4 * volatility / len(own) ** 0.5)


def test_every_regime_is_left_for_the_first_and_lasts_as_long_as_it_says(
    study: ModuleType,
) -> None:
    kind = study.KINDS[3]
    truth = study.draw_truth(np.random.default_rng(1), kind, 200_000)
    changes = np.flatnonzero(np.diff(truth))
    assert ((truth[changes] == 0) ^ (truth[changes + 1] == 0)).all()
    n_first = int((truth[changes] == 0).sum())
    assert (truth == 0).sum() / n_first == pytest.approx(kind.mean_bars[0], rel=0.1)


def test_a_world_is_judged_as_counted_by_hand(study: ModuleType) -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1])
    told = np.array([0, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0])
    found = study.judge(truth, told, 2)
    assert found.accuracy == pytest.approx((4 / 6 + 2 / 6) / 2)
    assert found.switches == pytest.approx(4 * 252 / 12)
    assert found.true_switches == pytest.approx(3 * 252 / 12)
    assert found.delay_bars == pytest.approx((2 + 1 + 2) / 3)
    assert found.missed == pytest.approx(1 / 3)


@pytest.mark.parametrize("choose", [0, 1])
def test_the_study_runs_in_its_quick_form(tmp_path: Path, choose: int) -> None:
    program = tmp_path / "run.py"
    program.write_text(PROGRAM, encoding="utf-8")
    count = ("--worlds", "2", "--workers", "1", "--choose", str(choose))
    told = subprocess.run(
        [sys.executable, str(program), str(BENCHMARKS), str(tmp_path), *count],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(BENCHMARKS)},
    )
    name = "study-regimes-choice" if choose else "study-regimes"
    assert told.stdout.splitlines()[-1].startswith(name), told.stdout + told.stderr[-3000:]
    [kept] = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    detectors = 13 if choose else 3
    assert len(kept["table"]) == 1 + 6 * detectors
