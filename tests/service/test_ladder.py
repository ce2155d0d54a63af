import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.service import (
    Answer,
    Direction,
    FallbackReason,
    Fault,
    Interval,
    LadderOptions,
    OptionOutOfRange,
    Outcome,
    Rung,
    Source,
    SourceKind,
    climb,
)
from bellwether.service._ladder import find_weakness

OPTIONS = LadderOptions()


def answer(
    kind: SourceKind = SourceKind.MODEL, *, confidence: float = 80.0, age_days: float | None = 1.0
) -> Answer:
    return Answer(
        direction=Direction.BUY,
        probability_up=0.55,
        expected_return=0.001,
        interval_return=Interval(low=-0.02, high=0.02, coverage=0.9),
        confidence=confidence,
        target_frac=0.03,
        stop_frac=-0.02,
        reasons=("because",),
        source=Source(kind=kind, age_days=age_days),
    )


RULES = answer(SourceKind.RULES, confidence=50.0, age_days=None)


@pytest.mark.parametrize("reason", list(FallbackReason))
def test_every_reason_has_words_of_its_own(reason: FallbackReason) -> None:
    others = [one.words for one in FallbackReason if one is not reason]
    assert reason.words
    assert reason.words not in others


def test_a_sound_champion_answers_without_a_reason() -> None:
    landing = climb([(Rung.CHAMPION, answer()), (Rung.RULES, RULES)], OPTIONS)
    assert (landing.rung, landing.answer, landing.steps) == (Rung.CHAMPION, answer(), ())
    assert landing.fallback_reason is None


# Every rung's state by every other's: what the whole ladder does, written out.
STATES: dict[str, Outcome] = {
    "sound": answer(),
    "fault": Fault(reason=FallbackReason.BUNDLE_CORRUPT),
    "weak": answer(confidence=59.9),
    "old": answer(age_days=181.0),
    "data": Fault(reason=FallbackReason.DATA_CONTRACT_BROKEN),
}
REASONS = {
    "fault": FallbackReason.BUNDLE_CORRUPT,
    "weak": FallbackReason.LOW_CONFIDENCE,
    "old": FallbackReason.MODEL_TOO_OLD,
    "data": FallbackReason.DATA_CONTRACT_BROKEN,
}


@pytest.mark.parametrize(("champion", "previous"), list(itertools.product(STATES, STATES)))
@pytest.mark.parametrize("rules_work", [True, False])
def test_the_first_rung_that_may_answer_does(
    champion: str, previous: str, rules_work: bool
) -> None:
    failed = Fault(reason=FallbackReason.RULES_FAILED)
    landing = climb(
        [
            (Rung.CHAMPION, STATES[champion]),
            (Rung.PREVIOUS, STATES[previous]),
            (Rung.RULES, RULES if rules_work else failed),
        ],
        OPTIONS,
    )
    expected: tuple[Rung, FallbackReason | None]
    if champion == "sound":
        expected = (Rung.CHAMPION, None)
    elif champion == "data":
        expected = (Rung.HOLD, FallbackReason.DATA_CONTRACT_BROKEN)
    elif previous == "sound":
        expected = (Rung.PREVIOUS, REASONS[champion])
    elif previous == "data":
        expected = (Rung.HOLD, FallbackReason.DATA_CONTRACT_BROKEN)
    elif rules_work:
        expected = (Rung.RULES, REASONS[champion])
    else:
        expected = (Rung.HOLD, FallbackReason.RULES_FAILED)
    assert (landing.rung, landing.fallback_reason) == expected


@pytest.mark.parametrize("reason", [one for one in FallbackReason if one.is_about_data])
def test_bars_at_fault_mean_hold_whoever_could_answer(reason: FallbackReason) -> None:
    landing = climb(
        [(Rung.CHAMPION, Fault(reason=reason)), (Rung.PREVIOUS, answer()), (Rung.RULES, RULES)],
        OPTIONS,
    )
    assert (landing.rung, landing.answer, landing.fallback_reason) == (Rung.HOLD, None, reason)


def test_an_unsure_champion_holds_where_that_is_asked_for() -> None:
    outcomes = [(Rung.CHAMPION, answer(confidence=55.0)), (Rung.RULES, RULES)]
    assert climb(outcomes, OPTIONS).rung is Rung.RULES
    landing = climb(outcomes, LadderOptions(when_unsure="hold"))
    assert (landing.rung, landing.fallback_reason) == (Rung.HOLD, FallbackReason.LOW_CONFIDENCE)


def test_rungs_below_the_one_that_answers_are_not_even_asked() -> None:
    asked = []

    def outcomes() -> Iterator[tuple[Rung, Outcome]]:
        for rung in (Rung.CHAMPION, Rung.PREVIOUS, Rung.RULES):
            asked.append(rung)
            yield rung, answer()

    climb(outcomes(), OPTIONS)
    assert asked == [Rung.CHAMPION]


@pytest.mark.parametrize(
    ("age_days", "reason"),
    [
        (0.0, None),
        (180.0, None),
        (180.01, FallbackReason.MODEL_TOO_OLD),
        (None, FallbackReason.MODEL_TOO_OLD),
        (float("nan"), FallbackReason.MODEL_TOO_OLD),
    ],
)
def test_a_model_serves_for_180_days(age_days: float | None, reason: FallbackReason | None) -> None:
    fault = find_weakness(answer(age_days=age_days), OPTIONS)
    assert (fault and fault.reason) == reason


@pytest.mark.parametrize(
    ("confidence", "reason"),
    [
        (60.0, None),
        (59.99, FallbackReason.LOW_CONFIDENCE),
        (float("nan"), FallbackReason.LOW_CONFIDENCE),
    ],
)
def test_a_model_serves_from_a_confidence_of_60(
    confidence: float, reason: FallbackReason | None
) -> None:
    fault = find_weakness(answer(confidence=confidence), OPTIONS)
    assert (fault and fault.reason) == reason


@given(confidence=st.floats(0.0, 95.0))
def test_the_rules_are_never_too_weak_or_too_old(confidence: float) -> None:
    assert (
        find_weakness(answer(SourceKind.RULES, confidence=confidence, age_days=None), OPTIONS)
        is None
    )


def test_the_age_and_the_threshold_are_options() -> None:
    strict = LadderOptions(least_confidence=90.0, most_age_days=0.5)
    assert (
        climb([(Rung.CHAMPION, answer())], strict).steps[0].reason is FallbackReason.MODEL_TOO_OLD
    )
    relaxed = LadderOptions(least_confidence=50.0, most_age_days=1000.0)
    weak = answer(confidence=50.0, age_days=999.0)
    assert climb([(Rung.CHAMPION, weak)], relaxed).rung is Rung.CHAMPION


@pytest.mark.parametrize(
    "options",
    [
        {"least_confidence": 96.0},
        {"least_confidence": float("nan")},
        {"when_unsure": "guess"},
        {"most_age_days": 0.0},
        {"most_age_days": float("nan")},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionOutOfRange) as caught:
        LadderOptions(**options)  # type: ignore[arg-type]
    assert caught.value.option in options
