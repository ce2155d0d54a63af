from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import MemoryJournal
from bellwether.bars import COLUMNS, Bars
from bellwether.registry import Bundle, make_rules_bundle, open_bundle, pack_bundle
from bellwether.service import (
    Journal,
    LadderOptions,
    Prediction,
    PredictOptions,
    PredictPorts,
    Question,
    Replay,
    ReplayOutcome,
    ReplayPorts,
    RulesSource,
    SourceKind,
    UnknownPrediction,
    digest_window,
    predict_columns,
    predict_many,
    replay,
)

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module


def ports_of(home: Home, journal: Journal) -> ReplayPorts:
    return ReplayPorts(
        journal=journal,
        registry=home.ports.registry,
        bundles=home.ports.bundles,
        rules=home.ports.rules,
    )


def serve(home: Home, journal: Journal, *, store: bool = False) -> Prediction:
    prediction: Prediction = home.predict()
    journal.append(prediction, home.now, home.bars if store else None)
    return prediction


def again(home: Home, journal: Journal, prediction: Prediction, bars: Bars | None) -> Replay:
    return replay(prediction.prediction_id, ports=ports_of(home, journal), bars=bars)


def test_a_models_answer_is_identical_on_the_same_machine(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    journal = MemoryJournal()
    given = serve(home, journal)
    found = again(home, journal, given, home.bars)
    assert (found.outcome, found.again) == (ReplayOutcome.IDENTICAL, given.to_json())


def test_the_rules_answer_is_identical_on_the_same_machine(home: Home) -> None:
    journal = MemoryJournal()
    given = serve(home, journal)
    found = again(home, journal, given, home.bars)
    assert (found.outcome, found.again) == (ReplayOutcome.IDENTICAL, given.to_json())
    assert found.entry.reason is not None


def test_what_a_batch_was_told_by_a_trained_model_is_identical_when_asked_alone(
    edge_desk: tuple[Any, Any], edge_bars: Bars, steady_rules: RulesSource
) -> None:
    desk, _ = edge_desk
    ports = PredictPorts(
        registry=desk.registry, bundles=desk.bundles, rules=steady_rules, clock=desk.clock
    )
    questions = [
        Question(
            symbol=edge_bars.symbol,
            interval="1d",
            horizon_bars=1,
            columns={name: getattr(edge_bars, name)[:stop] for name in ("closed_at", *COLUMNS)},
            calendar=None,
        )
        for stop in range(2000, 2520, 40)
    ]
    ladder = LadderOptions(least_confidence=0.0, most_age_days=1e6)
    answers = predict_many(questions, ports=ports, options=PredictOptions(ladder=ladder))
    assert {answer.source.kind for answer in answers} == {SourceKind.MODEL}
    journal = MemoryJournal()
    asked = ReplayPorts(
        journal=journal, registry=ports.registry, bundles=ports.bundles, rules=ports.rules
    )
    for answer in answers:
        journal.append(answer, desk.clock.now())
        found = replay(answer.prediction_id, ports=asked, bars=edge_bars)
        assert found.outcome is ReplayOutcome.IDENTICAL, found.reason


def test_bars_that_went_on_since_are_cut_off(home: Home) -> None:
    journal = MemoryJournal()
    past = replace(home, bars=home.bars[:-30], calendar=None)
    given = serve(past, journal)
    assert given.as_of == home.bars.closed_at[-31]
    assert again(home, journal, given, home.bars).outcome is ReplayOutcome.IDENTICAL


def test_a_model_that_stepped_down_since_still_answers_for_its_past(
    home: Home, make_model: MakeModel
) -> None:
    journal = MemoryJournal()
    home.promote(make_model("first", probability_up=(0.45,)))
    given = serve(home, journal)
    home.promote(make_model("second"), make_model("third"))
    assert home.predict().prediction_id != given.prediction_id
    assert again(home, journal, given, home.bars).outcome is ReplayOutcome.IDENTICAL


def test_a_stored_window_serves_where_no_bars_are_given(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    journal = MemoryJournal()
    given = serve(home, journal, store=True)
    assert again(home, journal, given, None).outcome is ReplayOutcome.IDENTICAL


def test_without_bars_and_without_a_window_the_bars_are_needed_back(home: Home) -> None:
    journal = MemoryJournal()
    given = serve(home, journal)
    found = again(home, journal, given, None)
    assert (found.outcome, found.again) == (ReplayOutcome.NEEDS_BARS, None)
    assert given.bars_digest[:12] in found.reason


@pytest.mark.parametrize(
    "other",
    [
        lambda bars: bars[:-1],
        lambda bars: bars[200:],
        lambda bars: replace(bars, symbol="OTHER"),
        lambda bars: replace(bars, interval="1h"),
        lambda bars: replace(bars, volume=bars.volume + 1.0),
        lambda bars: replace(bars, adjustment=np.linspace(0.9, 1.0, len(bars))),
        lambda bars: replace(bars, closed_at=bars.closed_at + np.timedelta64(1, "us")),
    ],
)
def test_bars_that_are_not_those_are_not_taken_for_them(
    home: Home, other: Callable[[Bars], Bars]
) -> None:
    journal = MemoryJournal()
    given = serve(home, journal)
    found = again(home, journal, given, other(home.bars))
    assert found.outcome is ReplayOutcome.NEEDS_BARS
    serve(home, journal, store=True)
    assert again(home, journal, given, other(home.bars)).outcome is ReplayOutcome.IDENTICAL


def test_the_digest_covers_504_adjusted_bars_and_their_times(home: Home) -> None:
    bars: Bars = home.bars
    assert digest_window(bars) == digest_window(bars[-504:]) == home.predict().bars_digest
    assert digest_window(bars) != digest_window(bars[-503:])
    # How adjusted prices came about is not covered: half the price at twice the factor.
    same = replace(
        bars,
        **{name: getattr(bars, name) / 2.0 for name in ("open", "high", "low", "close")},
        adjustment=bars.adjustment * 2.0,
    )
    assert digest_window(same) == digest_window(bars)


@pytest.mark.parametrize("damage", ["missing", "corrupt"])
def test_a_bundle_that_cannot_be_had_is_needed_back(
    home: Home, make_model: MakeModel, damage: str
) -> None:
    home.promote(make_model())
    journal = MemoryJournal()
    given = serve(home, journal)
    if damage == "missing":
        home.path().unlink()
    else:
        home.path().write_bytes(home.path().read_bytes()[:-100])
    found = again(home, journal, given, home.bars)
    assert found.outcome is ReplayOutcome.NEEDS_BUNDLE
    assert "champion" in found.reason


def test_another_bundle_under_the_same_id_does_not_answer_for_it(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    source = home.predict().source
    stranger = replace(home.predict(), source=replace(source, bundle_digest="f" * 64))
    journal = MemoryJournal()
    journal.append(stranger, home.now)
    assert again(home, journal, stranger, home.bars).outcome is ReplayOutcome.NEEDS_BUNDLE


def test_a_model_the_registry_does_not_know_is_needed_back(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    stranger = replace(home.predict(), source=replace(home.predict().source, model_id="stranger"))
    journal = MemoryJournal()
    journal.append(stranger, home.now)
    found = again(home, journal, stranger, home.bars)
    assert found.outcome is ReplayOutcome.NEEDS_BUNDLE
    assert "stranger" in found.reason


def test_rules_with_another_calibration_use_the_state_that_was_kept(home: Home) -> None:
    class OtherRules:
        def load(self) -> Any:
            return open_bundle(pack_bundle(make_rules_bundle(np.array([0.1, 0.2, 0.3]))), "other")

    journal = MemoryJournal()
    given = home.predict()
    journal.append(given, home.now)
    later = home.with_ports(rules=OtherRules())
    found = again(later, journal, given, home.bars)
    assert found.outcome is ReplayOutcome.NEEDS_BUNDLE
    assert given.source.state_digest in found.reason
    journal.append(given, home.now, state={"probability_by_signal": [0.47, 0.52, 0.56]})
    assert again(later, journal, given, home.bars).outcome is ReplayOutcome.IDENTICAL


@pytest.mark.parametrize(
    ("changed", "outcome", "told"),
    [
        ({"probability_up": 0.55 + 5e-7}, ReplayOutcome.CLOSE, "probability_up"),
        ({"target": 1e-7}, ReplayOutcome.DIFFERENT, "target"),
        ({"probability_up": 0.5501}, ReplayOutcome.DIFFERENT, "probability_up, by 0.0001"),
        ({"reasons": ("in other words",)}, ReplayOutcome.CLOSE, "by 0"),
        ({"regime": None}, ReplayOutcome.DIFFERENT, "altogether"),
        ({"expected_return": None}, ReplayOutcome.DIFFERENT, "expected_return, altogether"),
    ],
)
def test_an_answer_that_comes_out_otherwise_is_told_apart(
    home: Home,
    make_model: MakeModel,
    changed: dict[str, Any],
    outcome: ReplayOutcome,
    told: str,
) -> None:
    home.promote(make_model())
    given = replace(home.predict(), **changed)
    journal = MemoryJournal()
    journal.append(given, home.now)
    found = again(home, journal, given, home.bars)
    assert found.outcome is outcome
    assert told in found.reason
    assert found.again is not None


def test_a_hold_that_nobody_computed_has_nothing_to_replay(home: Home) -> None:
    columns = {name: getattr(home.bars, name) for name in ("closed_at", "open", "high", "low")}
    held = predict_columns(
        {**columns, "close": home.bars.close * np.nan, "volume": home.bars.volume},
        symbol="WORLD",
        ports=home.ports,
        calendar=None,
    )
    journal = MemoryJournal()
    journal.append(held, home.now)
    found = again(home, journal, held, None)
    assert found.outcome is ReplayOutcome.NOT_COMPUTED
    assert "impossible" in found.reason


def test_an_answer_with_models_switched_off_is_replayed_as_the_rules(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    given = home.predict(PredictOptions(models_enabled=False))
    journal = MemoryJournal()
    journal.append(given, home.now)
    assert again(home, journal, given, home.bars).outcome is ReplayOutcome.IDENTICAL


def test_an_unknown_id_is_an_error(home: Home) -> None:
    with pytest.raises(UnknownPrediction):
        replay("0" * 64, ports=ports_of(home, MemoryJournal()))
