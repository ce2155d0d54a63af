"""The evidence desk as a process: it answers, fails, hangs, dies and begins anew."""

import contextlib
import sys
import threading
from pathlib import Path

import pytest

from bellwether.adapters import ProcessEvidence
from bellwether.errors import BellwetherError
from bellwether.service import (
    EvidenceQuestion,
    EvidenceTooSlow,
    EvidenceUnavailable,
    UnknownSymbol,
)

# A desk that does what it is asked to, and counts how often it was.
DESK = """
import json, os, sys, time
n = 0
for line in sys.stdin:
    sent = json.loads(line)
    asked = sent["asked"]
    n += 1
    if asked.get("sleep"):
        time.sleep(asked["sleep"])
    if asked.get("die"):
        os._exit(7)
    if asked.get("chat"):
        print("a library says hello", flush=True)
    told = {"answer": {"n": n, "pid": os.getpid(), "key": os.environ.get("BELLWETHER_API_KEY")}}
    if asked.get("fail"):
        facts = {"expected": "x", "was": "y", "hint": "z"}
        told = {"failed": {"kind": asked["fail"], **facts}}
    print(json.dumps({"number": sent["number"], **told}), flush=True)
"""
PLAN = EvidenceQuestion.PLAN


@pytest.fixture
def desk() -> "ProcessEvidence":
    return make_desk()


def make_desk(patience_seconds: float = 30.0, idle_seconds: float = 600.0) -> ProcessEvidence:
    return ProcessEvidence(
        (sys.executable, "-c", DESK),
        patience_seconds=patience_seconds,
        idle_seconds=idle_seconds,
    )


def test_one_process_answers_one_question_after_the_other(desk: ProcessEvidence) -> None:
    first, second = desk.ask(PLAN, {}), desk.ask(PLAN, {"chat": True})
    assert (first["n"], second["n"]) == (1, 2)
    assert first["pid"] == second["pid"]
    desk.close()
    assert desk.ask(PLAN, {})["n"] == 1, "closed is not broken"
    desk.close()


def test_keys_of_this_process_are_not_its_business(
    desk: ProcessEvidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_API_KEY", "swordfish")
    assert desk.ask(PLAN, {})["key"] is None
    desk.close()


def test_an_error_comes_back_as_what_it_was(desk: ProcessEvidence) -> None:
    with pytest.raises(UnknownSymbol) as met:
        desk.ask(PLAN, {"fail": "UnknownSymbol"})
    assert (met.value.expected, met.value.was, met.value.hint) == ("x", "y", "z")
    with pytest.raises(EvidenceUnavailable, match="NobodyKnowsIt: y"):
        desk.ask(PLAN, {"fail": "NobodyKnowsIt"})
    assert desk.ask(PLAN, {})["n"] == 3
    desk.close()


def test_a_process_that_dies_is_told_of_and_begun_anew(desk: ProcessEvidence) -> None:
    with pytest.raises(EvidenceUnavailable, match="code 7"):
        desk.ask(PLAN, {"die": True})
    assert desk.ask(PLAN, {})["n"] == 1
    desk.close()


def test_a_process_that_takes_long_goes_on_and_its_answer_is_nobody_elses() -> None:
    desk = make_desk(patience_seconds=1.0)
    while True:  # until it is there at all
        with contextlib.suppress(EvidenceTooSlow):
            desk.ask(PLAN, {})
            break
    with pytest.raises(EvidenceTooSlow):
        desk.ask(PLAN, {"sleep": 1.5})
    found = desk.ask(PLAN, {"mine": True})
    assert found["n"] >= 3, "it is the same process, and this is the answer to this question"
    desk.close()


def test_a_process_that_hangs_for_good_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bellwether.adapters._evidence_process.HANGS_AFTER", 1)
    desk = make_desk(patience_seconds=2.0)
    with pytest.raises(EvidenceTooSlow):
        desk.ask(PLAN, {"sleep": 60})
    for _ in range(10):
        with contextlib.suppress(EvidenceTooSlow):
            assert desk.ask(PLAN, {})["n"] == 1
            break
    desk.close()


def test_a_process_that_nobody_asks_is_ended(desk: ProcessEvidence) -> None:
    idle = make_desk(idle_seconds=0.2)
    first = idle.ask(PLAN, {})["pid"]
    ended = threading.Event()
    for _ in range(100):
        if not Path(f"/proc/{first}").exists():
            ended.set()
            break
        ended.wait(0.1)
    assert ended.is_set()
    assert idle.ask(PLAN, {})["pid"] != first
    idle.close()


def test_what_cannot_be_begun_is_told_of() -> None:
    nobody = ProcessEvidence(("/no/such/program",))
    with pytest.raises(EvidenceUnavailable, match="no process"):
        nobody.ask(PLAN, {})
    nobody.close()


def test_many_threads_take_turns(desk: ProcessEvidence) -> None:
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(desk.ask(PLAN, {})["n"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 9))
    desk.close()


@pytest.mark.timeout(120)
def test_the_real_desk_answers_about_an_empty_home_and_about_what_is_not_there(
    tmp_path: Path,
) -> None:
    command = (sys.executable, "-m", "bellwether.bootstrap._evidence_child", str(tmp_path))
    desk = ProcessEvidence(command)
    for question in EvidenceQuestion:
        assert desk.ask(question, {})
    with pytest.raises(UnknownSymbol):
        desk.ask(PLAN, {"symbol": "NONE", "interval": "1d"})
    with pytest.raises(BellwetherError, match="12:0f3a"):
        desk.ask(EvidenceQuestion.LEDGER_CHECK, {"head": "x"})
    (tmp_path / "trials.jsonl").mkdir()
    with pytest.raises(BellwetherError):
        desk.ask(EvidenceQuestion.LEDGER, {})
    desk.close()
