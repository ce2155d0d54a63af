"""A process answers as a thread does: the same, in order, never mixed, and nobody starves."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import SqlCheckpoints, SqlRegistry
from bellwether.answering import ChildAnswerer, InferenceProcessDown, Launched, ThreadAnswerer
from bellwether.bars import SessionCalendar
from bellwether.clock import FixedClock
from bellwether.monitor import Standing
from bellwether.registry import BundleMissing, UnknownModel
from bellwether.service import (
    FallbackReason,
    Prediction,
    PredictOptions,
    Question,
    Rung,
    predict_many,
)
from bellwether.validation import Verdict
from bellwether.watch import Checkpoint

pytestmark = pytest.mark.timeout(120)
Home = Any  # the class lives in conftest, which is no module
Ask = Callable[..., Awaitable[list[Prediction]]]


def awkward_questions(home: Home) -> list[Question]:
    """Return questions of every kind: sound, short, broken, late, of strangers."""
    asked = home.question()
    columns = asked.columns
    short = {name: column[:30] for name, column in columns.items()}
    ragged = {**columns, "open": columns["open"][:-1]}
    holed = {**columns, "close": np.where(np.arange(300) == 299, np.nan, columns["close"])}
    adjusted = {**columns, "adjustment": np.full(300, 0.5)}
    empty = {name: column[:0] for name, column in columns.items()}
    past = SessionCalendar(name="past", closes_at=home.calendar.closes_at[:-10])
    return [
        asked,
        home.question("STRANGER"),
        replace(asked, calendar=None),
        replace(asked, calendar=past),
        replace(asked, horizon_bars=5),
        replace(asked, interval="1h"),
        *(replace(asked, columns=given) for given in (short, ragged, holed, adjusted, empty)),
    ]


def test_a_process_says_what_the_ladder_says_to_the_last_bit(home: Home) -> None:
    home.promote("champion")
    questions = awkward_questions(home)
    answerer = home.answerer()

    async def scenario() -> tuple[list[Prediction], list[Prediction]]:
        await answerer.get_ready()
        alone = [await answerer.answer(question) for question in questions]
        return alone, list(await answerer.answer_many(questions))

    alone, together = home.run(scenario)
    expected = list(predict_many(questions, ports=home.ports, options=PredictOptions()))
    assert alone == expected
    assert together == expected
    assert {answer.rung for answer in alone} == {Rung.CHAMPION, Rung.RULES, Rung.HOLD}


def test_a_thread_says_the_same(home: Home) -> None:
    home.promote("champion")
    questions = awkward_questions(home)
    answerer = ThreadAnswerer(home.ports, PredictOptions(), 20.0)

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        await answerer.warm("champion")
        return list(await answerer.answer_many(questions))

    expected = predict_many(questions, ports=home.ports, options=PredictOptions())
    assert home.run(scenario) == list(expected)
    answerer.close()


def test_what_cannot_cross_is_answered_all_the_same(home: Home) -> None:
    asked = home.question()
    broken = {**asked.columns, "open": np.array(["many"] * 300)}
    answerer = home.answerer()

    async def scenario() -> tuple[Prediction, Prediction]:
        await answerer.get_ready()
        odd = await answerer.answer(replace(asked, columns=broken))
        return odd, await answerer.answer(asked)

    odd, sound = home.run(scenario)
    assert odd.rung is Rung.HOLD
    assert sound.rung is Rung.RULES
    assert sound.fallback_reason is FallbackReason.NO_MODEL_PROMOTED


def test_many_at_once_each_get_their_own_answer(home: Home) -> None:
    home.promote("champion")
    answerer = home.answerer()
    closes = [float(100 + number) for number in range(40)]

    def ask_at(close: float) -> Question:
        asked: Question = home.question()
        scale = close / asked.columns["close"][-1]
        scaled = {name: asked.columns[name] * scale for name in ("open", "high", "low", "close")}
        return replace(asked, columns={**asked.columns, **scaled})

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        return list(await asyncio.gather(*(answerer.answer(ask_at(close)) for close in closes)))

    answers = home.run(scenario)
    assert [answer.price for answer in answers] == pytest.approx(closes)
    assert {answer.rung for answer in answers} == {Rung.CHAMPION}


def test_a_single_question_does_not_wait_for_a_large_batch(home: Home) -> None:
    home.promote("champion")
    answerer = home.answerer()
    many = [home.question() for _ in range(600)]

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        batch = asyncio.create_task(answerer.answer_many(many))
        await asyncio.sleep(0)
        singles = [await answerer.answer(home.question()) for _ in range(3)]
        assert not batch.done()
        return [*singles, *await batch]

    answers = home.run(scenario)
    assert len(answers) == 603
    assert {answer.rung for answer in answers} == {Rung.CHAMPION}


def test_a_batch_whose_process_is_lost_is_answered_to_the_end(home: Home) -> None:
    home.promote("champion")
    answerer = home.answerer()
    symbols = [f"S{number}" for number in range(300)]

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        batch = asyncio.create_task(answerer.answer_many([home.question(s) for s in symbols]))
        await asyncio.sleep(0.02)
        os.kill(answerer.pid or 0, signal.SIGKILL)
        return list(await batch)

    answers = home.run(scenario)
    assert [answer.symbol for answer in answers] == symbols
    assert {answer.rung for answer in answers} == {Rung.RULES}
    lost = FallbackReason.INFERENCE_PROCESS_DOWN
    assert {answer.fallback_reason for answer in answers} <= {
        FallbackReason.NO_MODEL_PROMOTED,
        lost,
    }
    assert answers[-1].fallback_reason is lost


def test_more_than_the_pipe_holds_crosses_whole(home: Home) -> None:
    home.promote("champion")
    asked = home.question()
    times = asked.columns["closed_at"]
    earlier = times[0] - np.timedelta64(1, "D") * np.arange(6000, 0, -1)
    columns = {
        name: np.concatenate([np.full(6000, column[0]), column])
        for name, column in asked.columns.items()
        if name != "closed_at"
    }
    columns["closed_at"] = np.concatenate([earlier, times])
    long = replace(asked, columns=columns, calendar=None)
    answerer = home.answerer()

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        return list(await answerer.answer_many([long] * 64))

    expected = predict_many([long], ports=home.ports, options=PredictOptions())
    assert home.run(scenario) == [*expected] * 64


def test_an_empty_batch_has_no_answers(home: Home) -> None:
    answerer = home.answerer()
    assert home.run(lambda: answerer.answer_many([])) == []


def test_a_question_that_was_given_up_holds_nobody_up(home: Home) -> None:
    home.promote("champion")
    answerer = home.answerer()

    async def scenario() -> Prediction:
        await answerer.get_ready()
        given_up = [asyncio.create_task(answerer.answer(home.question())) for _ in range(20)]
        await asyncio.sleep(0)
        for task in given_up:
            task.cancel()
        answer: Prediction = await answerer.answer(home.question())
        return answer

    assert home.run(scenario).rung is Rung.CHAMPION


def test_the_same_answerer_goes_on_where_its_event_loop_ended(home: Home) -> None:
    home.promote("champion")
    answerer = home.answerer()
    home.run(answerer.get_ready)
    before = answerer.pid
    for _ in range(2):
        assert home.run(lambda: answerer.answer(home.question())).rung is Rung.CHAMPION
    assert answerer.pid == before


def test_a_process_launched_before_is_the_one_that_answers(home: Home) -> None:
    home.promote("champion")
    with Launched() as launched:
        arguments = {"home": str(home.folder), "now": str(home.now)}
        answerer = ChildAnswerer(
            home.ports,
            PredictOptions(),
            arguments,
            launched=launched,
            maker="saboteurs:open_ports",
        )
        home.run(answerer.get_ready)
        assert answerer.pid == launched.pid
        answerer.close()
    with Launched() as unused:
        assert unused.reap(0.0) is None
    assert unused.reap(0.0) == -signal.SIGKILL


# --- warming and hot swap -----------------------------------------------------------------

BY_MODEL = {"first": 0.55, "second": 0.45, "third": 0.61}


def test_a_model_is_warmed_beside_those_that_serve(home: Home) -> None:
    home.promote("champion")
    home.register("heir")
    answerer = home.answerer()

    async def scenario() -> None:
        with pytest.raises(InferenceProcessDown, match="starting"):
            await answerer.warm("heir")
        await answerer.get_ready()
        await answerer.warm("heir")
        with pytest.raises(UnknownModel) as unknown:
            await answerer.warm("nobody")
        assert "nobody" in str(unknown.value)
        home.folder.joinpath("bundles", "heir.bundle").unlink()
        with pytest.raises(BundleMissing) as missing:
            await answerer.warm("heir")
        assert missing.value.hint

    home.run(scenario)


def test_a_swap_under_load_gives_no_failed_and_no_mixed_answer(home: Home) -> None:
    for name, probability in BY_MODEL.items():
        home.register(name, probability_up=probability)
    registry = SqlRegistry(home.folder / "registry.sqlite", FixedClock(home.now))
    verdict = {record.model_id: record for record in registry.records()}
    answerer = home.answerer()

    def promote(name: str) -> None:
        given = Verdict.from_json(verdict[name].verdict or {})
        registry.promote(name, given, reason="it passed")

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        promote("first")
        found: list[Prediction] = []
        done = asyncio.Event()

        async def load() -> None:
            while not done.is_set():
                found.append(await answerer.answer(home.question()))

        clients = [asyncio.create_task(load()) for _ in range(6)]
        for name in ("second", "third"):
            before = len(found)
            while len(found) < before + 20:
                await asyncio.sleep(0)
            await answerer.warm(name)
            await asyncio.to_thread(promote, name)
            after = await answerer.answer(home.question())
            assert after.source.model_id == name
        done.set()
        await asyncio.gather(*clients)
        return found

    answers = home.run(scenario)
    registry.close()
    seen = {(one.source.model_id, one.probability_up) for one in answers}
    assert seen <= set(BY_MODEL.items())
    assert len(seen) >= 2
    assert {one.rung for one in answers} == {Rung.CHAMPION}


def test_what_watching_decides_holds_from_the_next_question_on(home: Home) -> None:
    home.promote("champion")
    checkpoints = SqlCheckpoints(home.folder / "registry.sqlite")
    answerer = home.answerer()
    sound = Standing(model_id="champion", accuracy=0.53, fallback_accuracy=0.51)
    amber = replace(sound, condition="amber", confidence_factor=0.8, edge_factor=0.5)
    red = replace(sound, condition="red", answers=False, words="47 of 100 were right")

    def decide(standing: Standing) -> None:
        kept = Checkpoint(name="standing/champion", number=1, content=standing.to_json())
        checkpoints.save([kept])

    async def scenario() -> list[Prediction]:
        await answerer.get_ready()
        found = [await answerer.answer(home.question())]
        for standing in (sound, amber, red, sound):
            await asyncio.to_thread(decide, standing)
            found.append(await answerer.answer(home.question()))
        return found

    before, kept, reduced, barred, back = home.run(scenario)
    checkpoints.close()
    assert before.standing is None
    assert (kept.rung, kept.confidence) == (Rung.CHAMPION, before.confidence)
    assert (reduced.rung, reduced.confidence) == (Rung.CHAMPION, 74.0)
    assert (barred.rung, barred.fallback_reason) == (Rung.RULES, FallbackReason.DRIFT_RED)
    assert barred.steps[0].detail == red.words
    assert back == kept
