"""What is thought of a model decides whether it answers, and how loudly."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.adapters import MemoryJournal
from bellwether.hashing import canonical_json
from bellwether.monitor import Standing
from bellwether.registry import Bundle
from bellwether.service import (
    Answer,
    Direction,
    FallbackReason,
    Interval,
    LadderOptions,
    Prediction,
    PredictOptions,
    Question,
    ReplayOutcome,
    ReplayPorts,
    Rung,
    Source,
    SourceKind,
    StandingReading,
    predict_many,
    replay,
)
from bellwether.service._standings import find_objection, read_standing, temper

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module


class Thoughts:
    """What is thought of models: what it is told. It counts how often it is asked."""

    def __init__(self, *standings: Standing, error: Exception | None = None) -> None:
        self.known = {one.model_id: one for one in standings}
        self.error = error
        self.n_asked = 0

    def find(self, model_id: str) -> Standing | None:
        self.n_asked += 1
        if self.error is not None:
            raise self.error
        return self.known.get(model_id)


def standing(model_id: str = "champion", **facts: Any) -> Standing:
    told: dict[str, Any] = {"accuracy": 0.52, "fallback_accuracy": 0.51, **facts}
    return Standing(model_id=model_id, as_of="2019-01-02T21:00:00.000000", **told)


AMBER = standing(condition="amber", confidence_factor=0.5, edge_factor=0.4)
RED = standing(condition="red", answers=False, words="47 of 100 were right")


def thinking(home: Home, *standings: Standing) -> Home:
    return home.with_ports(standings=Thoughts(*standings))


def test_a_model_that_nobody_watches_answers_as_ever(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    assert thinking(home).predict() == home.predict()
    assert home.predict().standing is None


def test_a_model_in_good_standing_answers_the_same_to_the_last_bit(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    plain, watched = home.predict(), thinking(home, standing()).predict()
    assert watched.standing == read_standing(standing())
    told = {**watched.to_json(), "prediction_id": plain.prediction_id}
    assert told.pop("standing")
    assert told == plain.to_json()


@pytest.mark.parametrize(
    ("thought", "reason"),
    [
        (RED, FallbackReason.DRIFT_RED),
        (standing(answers=False), FallbackReason.BEHIND_RULES),
        (standing(condition="amber", answers=False), FallbackReason.BEHIND_RULES),
        (standing(condition="recovering", answers=False), FallbackReason.BEHIND_RULES),
    ],
)
@pytest.mark.parametrize("has_previous", [True, False])
def test_a_model_that_may_not_answer_steps_aside_with_its_reason(
    home: Home, make_model: MakeModel, thought: Standing, reason: FallbackReason, has_previous: bool
) -> None:
    if has_previous:
        home.promote(make_model("older"))
    home.promote(make_model())
    found = thinking(home, thought).predict()
    assert found.rung is (Rung.PREVIOUS if has_previous else Rung.RULES)
    assert found.fallback_reason is reason
    assert reason.words in found.reasons[0]
    assert found.steps[0].detail


def test_a_red_model_is_not_even_loaded(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    home.path().unlink()
    found = thinking(home, RED).predict()
    assert (found.fallback_reason, found.steps[0].detail) == (FallbackReason.DRIFT_RED, RED.words)


def test_both_models_may_be_kept_from_answering(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model("older"), make_model())
    found = thinking(home, RED, standing("older", answers=False)).predict()
    reasons = [step.reason for step in found.steps]
    assert found.rung is Rung.RULES
    assert reasons == [FallbackReason.DRIFT_RED, FallbackReason.BEHIND_RULES]
    assert found.standing is None


def test_what_is_left_of_an_edge_is_what_is_told(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    found = thinking(home, AMBER).predict()
    assert (found.rung, found.confidence) == (Rung.CHAMPION, 65.0)
    assert found.probability_up == pytest.approx(0.52)
    assert found.expected_return == pytest.approx(0.0008)
    interval = found.interval_return
    assert (interval.low, interval.high) == pytest.approx((-0.0212, 0.0228))
    assert (found.past_hits.n_hits, found.past_hits.n_settled) == (57, 100), "of its own strength"
    assert any("Drift is amber" in one and "65.0 instead of 80.0" in one for one in found.reasons)
    told: Mapping[str, Any] = found.to_json()["standing"]
    assert told == {
        "condition": "amber",
        "accuracy": 0.52,
        "fallback_accuracy": 0.51,
        "confidence_factor": 0.5,
        "edge_factor": 0.4,
        "as_of": "2019-01-02T21:00:00.000000",
    }


def test_the_threshold_holds_for_what_is_left_of_the_confidence(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    strict = PredictOptions(ladder=LadderOptions(least_confidence=70.0))
    assert home.predict(strict).rung is Rung.CHAMPION
    found = thinking(home, AMBER).predict(strict)
    assert (found.rung, found.fallback_reason) == (Rung.RULES, FallbackReason.LOW_CONFIDENCE)
    assert "65.0, reduced because drift is amber" in found.steps[0].detail


def test_a_model_without_any_edge_left_says_hold(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    found = thinking(home, standing(condition="amber", edge_factor=0.0)).predict()
    assert (found.rung, found.direction) == (Rung.CHAMPION, Direction.HOLD)
    assert (found.probability_up, found.expected_return) == (0.5, 0.0)
    assert (found.target, found.stop) == (None, None)


@pytest.mark.parametrize("error", [OSError("no disk"), RuntimeError("?"), MemoryError()], ids=repr)
def test_thoughts_that_fail_change_nothing(
    home: Home, make_model: MakeModel, error: Exception
) -> None:
    home.promote(make_model())
    assert home.with_ports(standings=Thoughts(error=error)).predict() == home.predict()


def test_they_are_asked_for_once_a_model_and_batch(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    thoughts = Thoughts(AMBER)
    names = ("closed_at", "open", "high", "low", "close", "volume")
    question = Question(
        symbol="WORLD",
        interval="1d",
        horizon_bars=1,
        columns={name: getattr(home.bars, name) for name in names},
        calendar=home.calendar,
    )
    answers = predict_many([question] * 5, ports=replace(home.ports, standings=thoughts))
    assert {answer.confidence for answer in answers} == {65.0}
    assert thoughts.n_asked == 1


def test_the_rules_are_not_watched_so(home: Home) -> None:
    thoughts = Thoughts(AMBER)
    assert home.with_ports(standings=thoughts).predict() == home.predict()
    assert thoughts.n_asked == 0


def serve(home: Home) -> tuple[Prediction, ReplayPorts]:
    given, journal = home.predict(), MemoryJournal()
    journal.append(given, home.now)
    ports = home.ports
    return given, ReplayPorts(
        journal=journal, registry=ports.registry, bundles=ports.bundles, rules=ports.rules
    )


def test_an_answer_is_replayed_with_the_thoughts_of_then(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    given, ports = serve(thinking(home, AMBER))
    found = replay(given.prediction_id, ports=ports, bars=home.bars)
    assert found.outcome is ReplayOutcome.IDENTICAL, found.reason


def test_an_answer_that_a_red_model_left_to_another_is_replayed(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model("older"), make_model())
    given, ports = serve(thinking(home, RED, standing("older", edge_factor=0.5)))
    assert given.rung is Rung.PREVIOUS
    found = replay(given.prediction_id, ports=ports, bars=home.bars)
    assert found.outcome is ReplayOutcome.IDENTICAL, found.reason


def test_another_thought_makes_another_answer(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    thoughts = [AMBER, replace(AMBER, edge_factor=0.5), replace(AMBER, accuracy=0.53), standing()]
    ids = {thinking(home, one).predict().prediction_id for one in thoughts}
    assert len(ids | {home.predict().prediction_id}) == 5
    assert thinking(home, AMBER).predict().prediction_id in ids


def model_answer(probability_up: float, confidence: float, expected_return: float) -> Answer:
    return Answer(
        direction=Direction.BUY if probability_up > 0.5 else Direction.SELL,
        probability_up=probability_up,
        expected_return=expected_return,
        interval_return=Interval(low=-0.9, high=0.9, coverage=0.9),
        confidence=confidence,
        target_frac=0.03,
        stop_frac=-0.02,
        reasons=("because",),
        source=Source(kind=SourceKind.MODEL, age_days=1.0),
    )


@given(
    probability_up=st.floats(0.0, 1.0).filter(lambda value: value != 0.5),
    confidence=st.floats(50.0, 95.0),
    expected_return=st.floats(-1.0, 1.0),
    kept=st.floats(1e-6, 1.0),
    edge=st.floats(0.0, 1.0),
)
def test_nothing_grows_and_nothing_turns_around(
    probability_up: float, confidence: float, expected_return: float, kept: float, edge: float
) -> None:
    raw = model_answer(probability_up, confidence, expected_return)
    thought = StandingReading(
        condition="amber",
        accuracy=0.5,
        fallback_accuracy=0.5,
        confidence_factor=kept,
        edge_factor=edge,
        as_of="",
    )
    found = temper(raw, thought)
    assert 50.0 <= found.confidence <= max(confidence, 50.0) + 1e-9
    assert abs(found.probability_up - 0.5) <= abs(probability_up - 0.5) + 1e-12
    assert (found.probability_up - 0.5) * (probability_up - 0.5) >= 0.0
    assert abs(found.expected_return) <= abs(expected_return)
    interval = found.interval_return
    assert -1.0 <= interval.low <= interval.high
    assert (found.direction is Direction.HOLD) == (found.probability_up == 0.5)
    assert canonical_json([found.confidence, found.probability_up, interval.low, interval.high])


@given(answers=st.booleans(), condition=st.sampled_from(["ok", "amber", "red", "recovering"]))
def test_only_the_standing_says_who_may_answer(answers: bool, condition: Any) -> None:
    fault = find_objection(standing(answers=answers, condition=condition))
    assert (fault is None) == answers
    if fault is not None:
        assert (fault.reason is FallbackReason.DRIFT_RED) == (condition == "red")
        assert fault.detail
