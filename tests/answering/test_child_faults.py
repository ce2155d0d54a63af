"""Whatever happens to the inference process, there is a valid, labelled answer; then it is back."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bellwether.registry import BundleError, LoadedBundle
from bellwether.service import FallbackReason, Prediction, Rung, SourceKind

pytestmark = pytest.mark.timeout(120)
Home = Any  # the class lives in conftest, which is no module
Ask = Callable[..., Awaitable[list[Prediction]]]
LATE = FallbackReason.TIME_BUDGET_EXCEEDED
DOWN = FallbackReason.INFERENCE_PROCESS_DOWN
QUARANTINED = FallbackReason.MODEL_QUARANTINED


def check_stand_ins(answers: list[Prediction]) -> None:
    """Check that all answers before the champion's are the rules', and say why."""
    assert answers
    for answer in answers:
        assert answer.rung is Rung.RULES
        assert answer.fallback_reason in {LATE, DOWN}
        assert answer.source.kind is SourceKind.RULES
        assert answer.steps[0].reason is answer.fallback_reason
        assert answer.steps[0].detail
        assert answer.probability_up is not None


@pytest.mark.parametrize("place", ["load", "run"])
@pytest.mark.parametrize(
    "kind",
    [
        "hang_in_python",
        "hang_in_c",
        "take_more_than_is_seen",
        "crash",
        "exit",
        "talk_rubbish",
        "answer_out_of_turn",
    ],
)
def test_the_rules_answer_for_a_process_that_comes_to_harm_and_it_comes_back(
    home: Home, ask: Ask, kind: str, place: str
) -> None:
    home.promote("champion")
    answerer = home.hasty_answerer()

    async def scenario() -> tuple[list[Prediction], int | None, int | None]:
        await answerer.get_ready()
        assert (await answerer.answer(home.question())).rung is Rung.CHAMPION
        before = answerer.pid
        home.harm(f"champion {place} {kind}")
        stand_ins = [await answerer.answer(home.question())]
        stand_ins += await asyncio.gather(*(answerer.answer(home.question()) for _ in range(4)))
        home.harm()
        *more, last = await ask(answerer, home.question())
        assert last.rung is Rung.CHAMPION
        return [*stand_ins, *more], before, answerer.pid

    stand_ins, before, after = home.run(scenario)
    check_stand_ins(stand_ins)
    assert before != after
    assert answerer.find_trouble() is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=lambda n: n.name)
def test_a_process_that_is_killed_or_stopped_from_outside_is_replaced(
    home: Home, ask: Ask, number: signal.Signals
) -> None:
    home.promote("champion")
    answerer = home.hasty_answerer()

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        before = answerer.pid
        assert before is not None
        os.kill(before, number)
        answers = await ask(answerer, home.question())
        assert answerer.pid != before
        return answers

    *stand_ins, last = home.run(scenario)
    check_stand_ins(stand_ins)
    assert last.rung is Rung.CHAMPION


def test_a_process_that_dies_while_nobody_asks_is_replaced_before_anybody_does(
    home: Home,
) -> None:
    answerer = home.hasty_answerer()

    async def scenario() -> None:
        await answerer.get_ready()
        before = answerer.pid
        os.kill(before or 0, signal.SIGSTOP)
        while answerer.pid == before:
            await asyncio.sleep(0.01)
        while answerer.find_trouble() is not None:
            await asyncio.sleep(0.01)

    home.run(scenario)


def test_memory_that_is_refused_costs_an_answer_and_not_the_process(home: Home) -> None:
    home.promote("champion")
    answerer = home.hasty_answerer()

    async def scenario() -> tuple[Prediction, Prediction]:
        await answerer.get_ready()
        before = answerer.pid
        home.harm("champion run take_much")
        starved = await answerer.answer(home.question())
        home.harm()
        fed = await answerer.answer(home.question())
        assert answerer.pid == before
        return starved, fed

    starved, fed = home.run(scenario)
    assert (starved.rung, starved.fallback_reason) == (
        Rung.RULES,
        FallbackReason.INFERENCE_FAILED,
    )
    assert fed.rung is Rung.CHAMPION


def test_the_rules_answer_while_the_process_starts(home: Home, ask: Ask) -> None:
    home.promote("champion")
    answerer = home.hasty_answerer("open_slowly", {"seconds": 1.0}, budget_seconds=10.0)
    *stand_ins, last = home.run(lambda: ask(answerer, home.question()))
    check_stand_ins(stand_ins)
    assert {answer.fallback_reason for answer in stand_ins} == {DOWN}
    assert "starting" in stand_ins[0].steps[0].detail
    assert last.rung is Rung.CHAMPION


def test_a_process_that_does_not_start_in_time_is_given_up(home: Home) -> None:
    answerer = home.hasty_answerer("open_slowly", {"seconds": 3600.0}, start_seconds=0.5)

    async def scenario() -> Prediction:
        before: int | None = answerer.pid
        await answerer.get_ready()
        while answerer.pid == before:
            await asyncio.sleep(0.01)
        answer: Prediction = await answerer.answer(home.question())
        return answer

    assert "not ready after 0.5 s" in home.run(scenario).steps[0].detail


def test_starts_that_fail_in_a_row_are_further_and_further_apart(home: Home) -> None:
    answerer = home.hasty_answerer("open_never", backoff_seconds=60.0)

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        answers = []
        while home.n_starts < 2 or answerer.pid is not None:
            answers.append(await answerer.answer(home.question()))
            await asyncio.sleep(0.01)
        # The first new start was at once, the second is to be in a minute.
        for _ in range(30):
            answers.append(await answerer.answer(home.question()))
            await asyncio.sleep(0.02)
        return answers

    check_stand_ins(home.run(scenario))
    assert home.n_starts == 2
    assert "exit code 3" in (answerer.find_trouble() or "")


def test_where_no_process_can_be_started_the_rules_answer_until_one_can(
    home: Home, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.promote("champion")
    answerer = home.hasty_answerer()

    async def scenario() -> tuple[list[Prediction], Prediction]:
        await answerer.get_ready()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", "/nowhere/python")
            os.kill(answerer.pid or 0, signal.SIGKILL)
            stand_ins = [await answerer.answer(home.question())]
            while "can be started" not in (answerer.find_trouble() or ""):
                await asyncio.sleep(0.01)
            stand_ins.append(await answerer.answer(home.question()))
        return stand_ins, (await ask(answerer, home.question()))[-1]

    stand_ins, last = home.run(scenario)
    check_stand_ins(stand_ins)
    assert last.rung is Rung.CHAMPION


class HangingRules:
    """Rules that are not there until somebody lets go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def load(self) -> LoadedBundle:
        assert self.let_go.wait(60)
        raise OSError("gone")


def test_where_process_and_rules_hang_the_answer_is_hold(home: Home) -> None:
    home.promote("champion")
    home.harm("champion run hang_in_c")
    rules = HangingRules()
    ports = replace(home.ports, rules=rules)
    answerer = home.hasty_answerer(ports=ports, budget_seconds=0.5)

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        first = await answerer.answer(home.question())
        rest = asyncio.gather(*(answerer.answer(home.question()) for _ in range(3)))
        return [first, *await rest]

    answers = home.run(scenario)
    rules.let_go.set()
    for answer in answers:
        assert (answer.rung, answer.confidence) == (Rung.HOLD, 0.0)
        assert answer.fallback_reason in {LATE, DOWN}
        assert [step.rung for step in answer.steps] == [Rung.CHAMPION, Rung.RULES]
        assert answer.as_of is not None


def test_a_model_the_process_keeps_dying_of_is_left_alone_and_others_go_on(
    home: Home, ask: Ask
) -> None:
    home.promote("good", "WORLD")
    home.promote("older", "BAD", 0.45)
    home.promote("deadly", "BAD")
    answerer = home.hasty_answerer()
    home.harm("deadly run crash")

    async def scenario() -> tuple[list[Prediction], Prediction]:
        await answerer.get_ready()
        bad = await ask(answerer, home.question("BAD"), Rung.PREVIOUS)
        [good] = await ask(answerer, home.question())
        with pytest.raises(BundleError, match="again and again"):
            await answerer.warm("deadly")
        return bad, good

    (*stand_ins, last), good = home.run(scenario)
    check_stand_ins(stand_ins)
    assert home.n_starts == 4
    assert (last.fallback_reason, last.source.model_id) == (QUARANTINED, "older")
    assert "deadly" in last.steps[0].detail
    assert good.rung is Rung.CHAMPION


def test_a_model_that_was_left_alone_is_tried_again(home: Home, ask: Ask) -> None:
    home.promote("deadly")
    answerer = home.hasty_answerer(quarantine_seconds=3.0)
    home.harm("deadly load exit")

    async def scenario() -> Prediction:
        await answerer.get_ready()
        while (await answerer.answer(home.question())).fallback_reason is not QUARANTINED:
            await asyncio.sleep(0.01)
        home.harm()
        return (await ask(answerer, home.question()))[-1]

    assert home.run(scenario).source.model_id == "deadly"


PARENT = """
import asyncio, sys
from bellwether.adapters import open_predict_ports
from bellwether.answering import ChildAnswerer
from bellwether.service import PredictOptions

async def main():
    home, now = sys.argv[1:]
    ports = open_predict_ports(home=home)
    arguments = {"home": home, "now": now}
    answerer = ChildAnswerer(ports, PredictOptions(), arguments, maker="saboteurs:open_ports")
    await answerer.get_ready()
    print(answerer.pid, flush=True)
    while True:
        await answerer.warm("champion")

asyncio.run(main())
"""


def test_a_hanging_process_ends_with_its_parent(home: Home) -> None:
    home.promote("champion")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(home.folder), str(home.now)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = Path(f"/proc/{int(parent.stdout.readline())}")
    home.harm("champion load hang_in_c")
    while not home.folder.joinpath("faults.begun").exists():
        assert parent.poll() is None
    parent.kill()
    parent.communicate()
    while child.exists():
        pass


def test_closing_ends_the_process_and_answers_whoever_waits(home: Home) -> None:
    home.promote("champion")
    answerer = home.hasty_answerer()

    async def scenario() -> tuple[Prediction, int]:
        await answerer.get_ready()
        home.harm("champion load hang_in_python")
        asked = asyncio.create_task(answerer.answer(home.question()))
        await asyncio.sleep(0.1)
        child = answerer.pid
        answerer.close()
        return await asked, child or 0

    answer, child = home.run(scenario)
    assert answer.steps[0].reason is DOWN
    assert not Path(f"/proc/{child}").exists()
