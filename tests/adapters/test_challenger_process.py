"""Challengers are trained in processes that end with whoever waits for them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bellwether.adapters import ChallengerFailed, ProcessTrainer, job_kinds
from bellwether.adapters._challenger_process import describe_order
from bellwether.registry import MarketKey
from bellwether.retraining import TrainingInterrupted, TrainingOrder

MARKET = MarketKey(universe="--sly", interval="1d", horizon_bars=2)
ORDER = TrainingOrder(
    run_id="r-0001", market=MARKET, snapshots=("s1", "s2"), scale="challenger", like="old"
)
SAY = "import json, os, sys, time\n"
MODELS = SAY + (
    "print(json.dumps({'progress': {'share': 0.5, 'words': 'half'}}))\n"
    "print(json.dumps({'models': ['a', 'b'], 'given': sys.argv[1:]}, indent=2))"
)


def trainer(script: str, *, seconds: float = 30.0, heard: Any = None) -> ProcessTrainer:
    command = (sys.executable, "-c", script)
    return ProcessTrainer(["--home=h"], most_seconds=seconds, heard=heard, command=command)


def held() -> bool:
    return True


def test_what_was_trained_is_returned_and_its_progress_told() -> None:
    told: list[Mapping[str, Any]] = []
    assert trainer(MODELS, heard=told.append).train(ORDER, held) == ("a", "b")
    assert told == [{"share": 0.5, "words": "half"}]


def test_no_name_is_taken_for_an_option() -> None:
    assert describe_order(ORDER) == [
        "--universe=--sly", "--horizon=2", "--like=old", "--tied", "--json", "--", "s1", "s2",
    ]  # fmt: skip


def test_a_full_training_is_like_no_model() -> None:
    full = TrainingOrder(run_id="r", market=MARKET, snapshots=("s",), scale="full", like="old")
    assert "--like=old" not in describe_order(full)


@pytest.mark.parametrize(
    ("script", "was"),
    [
        ("print('{\"error\": {\"type\": \"TooLittle\", \"was\": \"3\"}}')", "TooLittle: 3"),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL"),
        ("raise SystemExit(3)", "exit code 3"),
        ("print('no object')", "exit code 0"),
        ("print('{\"models\": []}')", "exit code 0"),
    ],
)  # fmt: skip
def test_a_training_that_fails_says_how(script: str, was: str) -> None:
    with pytest.raises(ChallengerFailed, match=was):
        trainer(script).train(ORDER, held)


def test_a_training_that_takes_too_long_is_ended() -> None:
    with pytest.raises(ChallengerFailed, match="took longer"):
        trainer("import time; time.sleep(60)", seconds=0.2).train(ORDER, held)


def test_a_training_whose_lease_was_lost_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bellwether.adapters._challenger_process._ASK_EVERY_SECONDS", 0.1)
    with pytest.raises(TrainingInterrupted):
        trainer("import time; time.sleep(60)").train(ORDER, lambda: False)


def test_one_that_does_not_end_when_asked_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bellwether.adapters._challenger_process.GRACE_SECONDS", 0.5)
    place = tmp_path / "pid"
    script = (
        "import os, pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(place)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    with pytest.raises(ChallengerFailed):
        trainer(script, seconds=2.0).train(ORDER, held)
    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)


@pytest.mark.timeout(120)
def test_a_tied_training_ends_with_the_process_that_holds_its_input() -> None:
    script = (
        "import threading, time\n"
        "from bellwether.cli._retraining_commands import end_with_input\n"
        "threading.Thread(target=end_with_input, daemon=True).start()\n"
        "time.sleep(100)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(90) == -signal.SIGTERM


def test_the_kinds_of_jobs_are_commands_of_our_own(tmp_path: Path) -> None:
    kinds = job_kinds(tmp_path, 2)
    assert {"monitor", "retrain"} <= set(kinds)
    asked = {"universe": "--home=elsewhere", "now": True}
    command = list(kinds["retrain"].command(asked))
    assert command[3:6] == ["retrain", "--universe=--home=elsewhere", "--now"]
    assert "--now" not in kinds["retrain"].command({"now": False})
    assert list(kinds["monitor"].command({}))[3:6] == ["monitor", "--once", "--leave-training"]


def test_a_tick_leaves_trainings_to_a_job_beside_it(tmp_path: Path) -> None:
    kinds = job_kinds(tmp_path, 2)
    assert kinds["retrain"].slot == kinds["train"].slot
    assert kinds["monitor"].slot == kinds["verify-journal"].slot != kinds["train"].slot
    follow = kinds["monitor"].follow
    assert follow is not None
    assert follow({"tick": {"untrained": ["all-0002"]}}) == ("retrain", {"now": False})
    answers: list[dict[str, object]] = [{}, {"tick": None}, {"tick": {"untrained": []}}]
    assert [follow(answer) for answer in answers] == [None] * 3
