"""A previous champion that was chosen for a kind of market is asked before the champion there."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryJournal
from bellwether.monitor import ChosenRegime, RegimeChoice, Standing
from bellwether.registry import Bundle, ModelQuarantined
from bellwether.service import (
    FallbackReason,
    LadderOptions,
    PredictOptions,
    Question,
    ReplayOutcome,
    ReplayPorts,
    Rung,
    SourceKind,
    predict_many,
    replay,
)

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module


class Chosen:
    """Choices as they are told, and how often they were asked for."""

    def __init__(self, *choices: RegimeChoice, error: Exception | None = None) -> None:
        self.known = choices
        self.error = error
        self.n_asked = 0

    def find_choice(self, champion: str, previous: str) -> RegimeChoice | None:
        self.n_asked += 1
        if self.error is not None:
            raise self.error
        return next((one for one in self.known if one.is_about(champion, previous)), None)


class Thoughts:
    """What is thought of models."""

    def __init__(self, *standings: Standing) -> None:
        self.known = {one.model_id: one for one in standings}

    def find(self, model_id: str) -> Standing | None:
        return self.known.get(model_id)


def choice(*regimes: str, champion: str = "champion", chosen: str = "older") -> RegimeChoice:
    found = tuple(ChosenRegime(regime=one, n_bars=400, t=3.4, p=0.0003) for one in regimes)
    return RegimeChoice(champion=champion, chosen=chosen, regimes=found, rests_on="d")


def confirmed(home: Home) -> str:
    """Return the kind of market that the rules confirm on the bars of a home."""
    return str(home.predict().regime.confirmed)


@pytest.fixture
def two(home: Home, make_model: MakeModel) -> Home:
    """Return a home with two promoted models; the older one was chosen for this kind of market."""
    older = make_model("older", probability_up=(0.45,), expected_return=(-0.002,))
    home.promote(older, make_model())
    return home.with_ports(choices=Chosen(choice(confirmed(home))))


def test_where_one_was_chosen_it_answers_and_the_answer_says_so(two: Home) -> None:
    found = two.predict()
    assert (found.rung, found.source.model_id) == (Rung.PREVIOUS, "older")
    assert (found.fallback_reason, found.steps) == (None, ())
    kind = found.regime.confirmed
    assert found.reasons[0].startswith(f"Chosen for {kind} markets: ")


def test_in_any_other_kind_of_market_every_bit_is_as_without(two: Home) -> None:
    kinds = {"ranging", "trending up", "trending down", "volatile", "quiet"} - {confirmed(two)}
    other = two.with_ports(choices=Chosen(choice(*kinds)))
    plain = two.with_ports(choices=None).predict()
    assert other.predict() == plain
    assert other.predict().encode() == plain.encode()
    assert plain.rung is Rung.CHAMPION


@pytest.mark.parametrize(
    "of_others",
    [
        choice("ranging", "trending up", "trending down", "volatile", "quiet", champion="older"),
        choice("ranging", "trending up", "trending down", "volatile", "quiet", chosen="retired"),
    ],
)
def test_a_choice_about_other_models_is_void(two: Home, of_others: RegimeChoice) -> None:
    plain = two.with_ports(choices=None).predict()
    assert two.with_ports(choices=Chosen(of_others)).predict() == plain


def test_a_rollback_voids_a_choice(two: Home) -> None:
    assert two.predict().source.model_id == "older"
    two.ports.registry.roll_back(two.records[-1].market, reason="bad")
    found = two.predict()
    assert (found.rung, found.source.model_id, found.steps) == (Rung.CHAMPION, "older", ())
    assert not any("Chosen" in one for one in found.reasons)


def test_a_market_with_one_model_asks_nobody(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    choices = Chosen(choice("ranging"))
    assert home.with_ports(choices=choices).predict() == home.predict()
    assert choices.n_asked == 0


def test_choices_that_fail_change_nothing(two: Home) -> None:
    plain = two.with_ports(choices=None).predict()
    assert two.with_ports(choices=Chosen(error=OSError("no disk"))).predict() == plain


def test_where_the_chosen_one_is_at_fault_the_champion_answers_with_the_reason(two: Home) -> None:
    two.path("older").unlink()
    found = two.predict()
    assert (found.rung, found.source.model_id) == (Rung.CHAMPION, "champion")
    assert found.fallback_reason is FallbackReason.BUNDLE_MISSING
    assert [step.rung for step in found.steps] == [Rung.PREVIOUS]
    kind = found.regime.confirmed
    assert f"the model chosen for {kind} markets does not: the model's file" in found.reasons[0]


def test_where_both_are_at_fault_the_rules_answer_and_nobody_is_asked_twice(two: Home) -> None:
    red = [
        Standing(model_id=one, condition="red", answers=False, accuracy=0.4, fallback_accuracy=0.5)
        for one in ("older", "champion")
    ]
    found = two.with_ports(standings=Thoughts(*red)).predict()
    assert found.rung is Rung.RULES
    assert [step.rung for step in found.steps] == [Rung.PREVIOUS, Rung.CHAMPION]
    assert {step.reason for step in found.steps} == {FallbackReason.DRIFT_RED}


def test_where_the_champion_cannot_be_loaded_the_ladder_is_as_without_a_choice(two: Home) -> None:
    two.path("champion").unlink()
    assert two.predict() == two.with_ports(choices=None).predict()
    assert two.predict().fallback_reason is FallbackReason.BUNDLE_MISSING


@pytest.mark.parametrize("who", ["older", "champion"])
def test_the_quarantine_of_either_voids_a_choice(two: Home, who: str) -> None:
    class Avoiding:
        def __init__(self, bundles: Any) -> None:
            self.bundles = bundles

        def load(self, record: Any) -> Any:
            if record.model_id == who:
                raise ModelQuarantined(record.model_id, "it kept failing")
            return self.bundles.load(record)

    found = two.with_ports(bundles=Avoiding(two.ports.bundles)).predict()
    assert found.source.model_id == ("champion" if who == "older" else "older")
    assert found.fallback_reason is FallbackReason.MODEL_QUARANTINED
    assert not any("Chosen" in one for one in found.reasons)


def test_an_unsure_model_that_was_chosen_leaves_it_to_the_champion(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model("older", confidence=(51.0,)), make_model())
    chosen = home.with_ports(choices=Chosen(choice(confirmed(home))))
    found = chosen.predict()
    assert (found.rung, found.fallback_reason) == (Rung.CHAMPION, FallbackReason.LOW_CONFIDENCE)
    held = PredictOptions(ladder=LadderOptions(when_unsure="hold"))
    assert chosen.predict(held).rung is Rung.HOLD


def test_switched_off_models_are_not_chosen_either(two: Home) -> None:
    found = two.predict(PredictOptions(models_enabled=False))
    assert (found.rung, found.fallback_reason) == (Rung.RULES, FallbackReason.MODELS_DISABLED)


def test_it_is_asked_for_once_a_pair_and_batch(two: Home) -> None:
    choices = Chosen(choice(confirmed(two)))
    names = ("closed_at", "open", "high", "low", "close", "volume")
    question = Question(
        symbol="WORLD",
        interval="1d",
        horizon_bars=1,
        columns={name: getattr(two.bars, name) for name in names},
        calendar=two.calendar,
    )
    answers = predict_many([question] * 5, ports=replace(two.ports, choices=choices))
    assert {answer.source.model_id for answer in answers} == {"older"}
    assert answers[0] == two.predict()
    assert choices.n_asked == 1


def test_in_a_batch_each_market_is_asked_in_its_own_order(two: Home, make_model: MakeModel) -> None:
    two.promote(make_model("its-older"), make_model("its-own"), symbol="OTHER")
    names = ("closed_at", "open", "high", "low", "close", "volume")
    questions = [
        Question(
            symbol=symbol,
            interval="1d",
            horizon_bars=1,
            columns={name: getattr(two.bars, name) for name in names},
            calendar=two.calendar,
        )
        for symbol in ("WORLD", "OTHER", "WORLD")
    ]
    together = predict_many(questions, ports=two.ports)
    assert [one.source.model_id for one in together] == ["older", "its-own", "older"]
    alone = [predict_many([one], ports=two.ports)[0] for one in questions]
    assert [*together] == alone


@pytest.mark.parametrize("gone", [None, "older"])
def test_an_answer_is_replayed_to_the_last_word(two: Home, gone: str | None) -> None:
    if gone is not None:
        two.path(gone).unlink()
    given, journal = two.predict(), MemoryJournal()
    journal.append(given, two.now)
    ports = two.ports
    again = ReplayPorts(
        journal=journal, registry=ports.registry, bundles=ports.bundles, rules=ports.rules
    )
    found = replay(given.prediction_id, ports=again, bars=two.bars)
    assert found.outcome is ReplayOutcome.IDENTICAL, found.reason


def test_an_answer_by_choice_is_another_than_by_default(two: Home) -> None:
    ids = {two.predict().prediction_id, two.with_ports(choices=None).predict().prediction_id}
    assert len(ids) == 2


@given(
    regimes=st.sets(
        st.sampled_from(["ranging", "trending up", "trending down", "volatile", "quiet"])
    ),
    chosen=st.sampled_from(["older", "candidate", "nobody"]),
    silent=st.sets(st.sampled_from(["older", "champion"])),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_was_chosen_only_promoted_models_answer_and_each_is_asked_once(
    two: Home, regimes: set[str], chosen: str, silent: set[str]
) -> None:
    red = [
        Standing(model_id=one, condition="red", answers=False, accuracy=0.4, fallback_accuracy=0.5)
        for one in sorted(silent)
    ]
    choices = Chosen(choice(*sorted(regimes), chosen=chosen))
    found = two.with_ports(choices=choices, standings=Thoughts(*red)).predict()
    asked = [step.rung for step in found.steps]
    assert len(set(asked)) == len(asked)
    assert found.rung not in asked
    if found.source.kind is SourceKind.MODEL:
        assert found.source.model_id in {"older", "champion"} - silent
    is_first = chosen == "older" and found.regime.confirmed in regimes and "older" not in silent
    assert (found.rung is Rung.PREVIOUS and not found.steps) == is_first
