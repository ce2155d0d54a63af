"""When a challenger is due: the dates of the policy, and what was missed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.monitor import (
    RetrainFacts,
    RetrainPolicy,
    UnusableMonitorOption,
    decide_retraining,
)

NOW = np.datetime64("2021-06-01T21:00", "us")
DAY = np.timedelta64(1, "D")


def ago(days: int) -> np.datetime64:
    return NOW - days * DAY


@pytest.mark.parametrize(
    ("facts", "scale", "trigger"),
    [
        (RetrainFacts(), "full", "first"),
        (RetrainFacts(champion_trained_at=ago(10)), "full", "quarter"),
        (RetrainFacts(fitted_at=ago(91)), "full", "quarter"),
        (RetrainFacts(fitted_at=ago(90)), "none", "none"),
        (RetrainFacts(fitted_at=ago(30), has_drifted=True), "challenger", "drift"),
        (RetrainFacts(fitted_at=ago(29), has_drifted=True), "none", "none"),
        (RetrainFacts(fitted_at=ago(30), inputs_ask=True), "challenger", "inputs"),
        (RetrainFacts(fitted_at=ago(30), champion_trained_at=ago(150)), "challenger", "age"),
        (RetrainFacts(fitted_at=ago(30), champion_trained_at=ago(149)), "none", "none"),
        (RetrainFacts(fitted_at=ago(1), person_asks=True), "challenger", "asked"),
        (RetrainFacts(person_asks=True), "full", "asked"),
        (RetrainFacts(fitted_at=ago(91), checked_at=ago(6)), "none", "none"),
        (RetrainFacts(fitted_at=ago(91), checked_at=ago(7)), "full", "quarter"),
        (
            RetrainFacts(fitted_at=ago(1), checked_at=ago(1), person_asks=True),
            "challenger",
            "asked",
        ),
    ],
)
def test_each_trigger_begins_on_its_day(facts: RetrainFacts, scale: str, trigger: str) -> None:
    decision = decide_retraining(facts, NOW)
    assert (decision.scale, decision.trigger) == (scale, trigger)
    assert decision.is_due == (scale != "none")
    assert decision.words


def test_a_look_that_is_too_early_says_when_the_next_is() -> None:
    decision = decide_retraining(RetrainFacts(checked_at=ago(3)), NOW)
    assert not decision.was_checked
    assert decision.next_at == NOW + 4 * DAY


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    facts = RetrainFacts(fitted_at=NOW + 400 * DAY, checked_at=NOW + 300 * DAY)
    assert decide_retraining(facts, NOW).is_due


@given(
    fitted=st.integers(0, 400), trained=st.integers(0, 400), drifted=st.booleans(),
    missed=st.integers(0, 4000),
)  # fmt: skip
def test_what_is_due_stays_due_however_long_nobody_looks(
    fitted: int, trained: int, drifted: bool, missed: int
) -> None:
    facts = RetrainFacts(
        fitted_at=ago(fitted), champion_trained_at=ago(trained), has_drifted=drifted
    )
    now, later = decide_retraining(facts, NOW), decide_retraining(facts, NOW + missed * DAY)
    assert later.is_due >= now.is_due
    assert later.is_due or fitted + missed < 91


@pytest.mark.parametrize(
    "wrong",
    [
        {"check_days": 0.0},
        {"full_days": float("nan")},
        {"challenger_days": 5.0},
        {"full_days": 20.0},
        {"most_age_days": 1e9},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UnusableMonitorOption):
        RetrainPolicy(**wrong)
