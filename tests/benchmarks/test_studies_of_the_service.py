"""The studies of the service: their judge finds what is wrong, and their quick forms hold."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
DIGEST = "0" * 64
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


class Bundle:
    digest = DIGEST


class Champion:
    """What the judge wants to know of a model."""

    bundle = Bundle()
    probability_up, expected_return, confidence = 0.6, 0.004, 80.0


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/_judging.py."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("_judging")


def sound_answer() -> dict[str, Any]:
    source = {
        "kind": "model", "model_id": "champion", "version": "1", "age_days": 10.0,
        "bundle_digest": DIGEST, "state_digest": DIGEST,
    }  # fmt: skip
    return {
        "prediction_id": DIGEST, "symbol": "WORLD", "interval": "1d",
        "as_of": "2019-01-02T00:00:00Z", "horizon_bars": 1, "direction": "BUY",
        "probability_up": 0.6, "expected_return": 0.004,
        "prediction_interval": {"low": -0.02, "high": 0.02, "coverage": 0.9}, "confidence": 80.0,
        "past_hits": None, "price": 100.0, "target": 103.0, "stop": 98.0, "regime": None,
        "reasons": ["It rises."], "contributions": [], "source": source, "rung": "champion",
        "fallback_reason": None, "steps": [], "bars_digest": DIGEST,
    }  # fmt: skip


def judge(judging: ModuleType, answer: dict[str, Any], status: int = 200) -> list[str]:
    """Return what the judge finds wrong with an answer."""
    questions = importlib.import_module("_questions")
    clients = importlib.import_module("_clients")
    exchange = clients.Exchange(
        question=questions.Question(kind="bars", path="/v1/predict", price=100.0),
        sent_at=0.0,
        seconds=0.01,
        status=status,
        body=json.dumps(answer).encode(),
    )
    found: list[str] = judging.Judge(models={"champion": Champion()}).find_faults(exchange)
    return found


def test_a_sound_answer_is_found_sound(judging: ModuleType) -> None:
    assert judge(judging, sound_answer()) == []


def _say(**changes: object) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer.update(changes)


@pytest.mark.parametrize(
    "spoil",
    [
        _say(probability_up=0.61),
        _say(probability_up=float("nan")),
        _say(confidence=101.0),
        _say(price=99.0),
        _say(target=97.0),
        _say(reasons=[]),
        _say(fallback_reason="bundle_corrupt"),
        _say(rung="rules"),
        _say(steps=[{"rung": "rules", "reason": "rules_failed", "detail": ""}]),
        _say(symbol="OTHER"),
        _say(extra=1),
        _say(prediction_id="short"),
        _say(prediction_interval={"low": 0.1, "high": -0.1, "coverage": 0.9}),
        _say(rung="hold", direction="HOLD"),
        lambda answer: answer["source"].update(bundle_digest="1" * 64),
        lambda answer: answer["source"].update(model_id="stranger"),
        lambda answer: answer.pop("bars_digest"),
    ],
)
def test_whatever_is_wrong_with_an_answer_is_found(
    judging: ModuleType, spoil: Callable[[dict[str, Any]], object]
) -> None:
    answer = sound_answer()
    spoil(answer)
    assert judge(judging, answer)


def test_anything_but_a_success_is_a_fault(judging: ModuleType) -> None:
    assert judge(judging, sound_answer(), status=503)


@pytest.mark.skipif(sys.platform == "win32", reason="the studies break files in use")
@pytest.mark.parametrize(
    ("study", "arguments"),
    [
        ("study_faults", ("--requests", "30", "--quick", "--only", "registry")),
        ("study_swap", ("--changes", "6", "--clients", "2")),
    ],
)
def test_a_study_holds_in_its_quick_form(
    tmp_path: Path, study: str, arguments: tuple[str, ...]
) -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(BENCHMARKS), str(tmp_path), study, *arguments],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    closing = told.stdout.splitlines()[-1] if told.stdout else told.stderr
    assert closing.endswith("holds"), told.stdout + told.stderr[-3000:]
    assert told.returncode == 0
    assert list(tmp_path.glob("*.json"))
