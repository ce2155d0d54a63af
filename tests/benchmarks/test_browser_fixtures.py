"""What the browser client is held to is what the service says today."""

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bellwether.clock import FixedClock
from bellwether.service import Prediction

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "web" / "client" / "tests" / "data"
STORED: dict[str, Any] = json.loads((FOLDER / "cases.json").read_bytes())
BY_NAME: dict[str, dict[str, Any]] = {one["name"]: one["prediction"] for one in STORED["cases"]}
NEAR = 1e-9


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/_browser_cases.py."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("_browser_cases")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return benchmarks/study_browser_parity.py."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("study_browser_parity")


def answer_now(cases: ModuleType, name: str) -> Prediction:
    """Return today's answer to a case."""
    [case] = [one for one in cases.list_cases() if one.name == name]
    answer: Prediction = cases.answer_case(case, FOLDER, FixedClock(case.now))
    return answer


def compare(study: ModuleType, answer: Prediction, **told: Any) -> dict[str, float]:
    """Return how far an answer is from what a browser told."""
    found: dict[str, float] = study.compare([answer], [{"by": "page", "detours": [], **told}])
    return found


@pytest.mark.parametrize("name", BY_NAME)
def test_the_stored_answer_is_what_the_service_says(
    name: str, cases: ModuleType, study: ModuleType
) -> None:
    found = compare(study, answer_now(cases, name), prediction=BY_NAME[name])
    assert found["n_otherwise"] == 0, "run benchmarks/browser_fixtures.py"
    assert max(found["difference"], found["numbers"]) <= NEAR


def test_every_case_is_stored(cases: ModuleType) -> None:
    assert list(BY_NAME) == [case.name for case in cases.list_cases()]


def test_the_cases_end_for_most_reasons_there_are() -> None:
    ends = {prediction["fallback_reason"] for prediction in BY_NAME.values()}
    assert ends >= {"insufficient_data", "data_contract_broken", "bar_not_closed", "poor_data"}
    assert ends >= {"gap_at_the_end", "frozen_column", "scale_jump", "expired_data"}
    assert ends >= {None, "low_confidence", "model_too_old", "drift_red", "behind_rules"}


@pytest.mark.parametrize(
    "change", [{"reasons": ["other"]}, {"direction": "HOLD"}, {"regime": None}, {"steps": [1]}]
)
def test_an_answer_with_another_word_is_told_apart(
    change: dict[str, Any], cases: ModuleType, study: ModuleType
) -> None:
    answer = answer_now(cases, "no calendar")
    assert compare(study, answer, prediction=answer.to_json() | change)["n_otherwise"] == 1


def test_an_answer_that_the_browser_did_not_compute_is_told_apart(
    cases: ModuleType, study: ModuleType
) -> None:
    answer = answer_now(cases, "no calendar")
    assert compare(study, answer, prediction=answer.to_json(), by="service")["n_otherwise"] == 1


def test_a_probability_that_differs_is_measured(cases: ModuleType, study: ModuleType) -> None:
    answer = answer_now(cases, "no calendar")
    assert answer.probability_up is not None
    other = answer.to_json() | {"probability_up": answer.probability_up + 0.25}
    assert compare(study, answer, prediction=other)["difference"] == pytest.approx(0.25)
