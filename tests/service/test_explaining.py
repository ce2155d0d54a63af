"""Why: a model's answer with what moved it, in time or not at all, and never at its expense."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.steady import TOLD_FEATURES, telling_bundle

from bellwether.clock import FixedClock
from bellwether.registry import Bundle
from bellwether.service import (
    LadderOptions,
    Prediction,
    PredictOptions,
    Question,
    Rung,
    predict,
    predict_many,
)

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module


class HurryingClock(FixedClock):
    """A clock on which a second goes by between any two looks at it."""

    def __init__(self, at: np.datetime64) -> None:
        super().__init__(at)
        self._n_looks = 0

    def now(self) -> np.datetime64:
        self._n_looks += 1
        return super().now() + np.timedelta64(self._n_looks, "s")


def ask(home: Home, why_seconds: float | None = 1.0, **options: Any) -> Prediction:
    return predict(
        home.bars,
        ports=home.ports,
        calendar=home.calendar,
        options=PredictOptions(**options),
        why_seconds=why_seconds,
    )


def trouble_of(told: Prediction) -> str:
    assert told.explanation is not None
    return told.explanation.trouble


def test_contributions_add_up_from_the_baseline_to_the_models_own_chance(home: Home) -> None:
    home.promote(telling_bundle())
    told = ask(home)
    assert told.rung is Rung.CHAMPION
    assert {one.feature for one in told.contributions} == set(TOLD_FEATURES)
    sizes = [abs(one.amount) for one in told.contributions]
    assert sizes == sorted(sizes, reverse=True)
    explanation = told.explanation
    assert explanation is not None
    assert explanation.trouble == ""
    assert explanation.baseline == 0.55
    assert explanation.value == told.probability_up
    total = sum(one.amount for one in told.contributions)
    assert explanation.baseline + total == pytest.approx(explanation.value, abs=1e-12)


def test_asking_why_changes_nothing_else(home: Home) -> None:
    home.promote(telling_bundle())
    plain = ask(home, None)
    assert (plain.contributions, plain.explanation) == ((), None)
    told = ask(home)
    assert told.without_why == plain
    assert told.prediction_id == plain.prediction_id
    assert plain.without_why is plain
    assert "explanation" not in plain.to_json()


def test_whoever_is_late_answers_without_and_says_so(home: Home) -> None:
    home.promote(telling_bundle())
    hurried = home.with_ports(clock=HurryingClock(home.now))
    told = ask(hurried, 0.5)
    assert told.rung is Rung.CHAMPION
    assert told.contributions == ()
    assert "no time left" in trouble_of(told)


def test_a_file_that_cannot_tell_answers_as_before(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    told = ask(home)
    assert told.rung is Rung.CHAMPION
    assert "this model's file cannot tell" in trouble_of(told)


def test_the_rules_and_hold_have_no_features(home: Home) -> None:
    assert "no model answered" in trouble_of(ask(home))
    home.promote(telling_bundle())
    unsure = ask(home, ladder=LadderOptions(least_confidence=95.0, when_unsure="hold"))
    assert unsure.rung is Rung.HOLD
    assert "no model answered" in trouble_of(unsure)
    broken = predict(
        home.bars, ports=home.ports, calendar=home.calendar, broken="line 3", why_seconds=1.0
    )
    assert "no model answered" in trouble_of(broken)


def test_whatever_fails_in_telling_why_leaves_the_answer(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the engine fell over")

    home.promote(telling_bundle())
    monkeypatch.setattr("bellwether.registry.LoadedBundle.explain", fail)
    told = ask(home)
    assert told.rung is Rung.CHAMPION
    assert "could not be computed" in trouble_of(told)


def test_each_of_many_gets_what_it_asked_for(home: Home) -> None:
    home.promote(telling_bundle())
    names = ("closed_at", "open", "high", "low", "close", "volume")
    question = Question(
        symbol="WORLD",
        interval="1d",
        horizon_bars=1,
        columns={name: getattr(home.bars, name) for name in names},
        calendar=home.calendar,
    )
    asked = [question, replace(question, why_seconds=1.0)]
    plain, told = predict_many(asked, ports=home.ports)
    assert plain.explanation is None
    assert told.without_why == plain
    assert len(told.contributions) == 3


def test_of_many_who_ask_the_first_are_told_while_there_is_time(home: Home) -> None:
    home.promote(telling_bundle())
    names = ("closed_at", "open", "high", "low", "close", "volume")
    question = Question(
        symbol="WORLD",
        interval="1d",
        horizon_bars=1,
        columns={name: getattr(home.bars, name) for name in names},
        calendar=home.calendar,
        why_seconds=10.0,
    )
    hurried = home.with_ports(clock=HurryingClock(home.now))
    first, *others = predict_many([question] * 6, ports=hurried.ports)
    assert len(first.contributions) == 3
    assert others[-1].contributions == ()
    assert "no time left" in trouble_of(others[-1])
    assert {one.without_why for one in others} == {first.without_why}
