"""Each member's part in a model's answer: it adds up to the score, and to the expected return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steady import steady_manifest, telling_bundle

from bellwether.adapters import MemoryJournal
from bellwether.bars import Bars
from bellwether.models import EnsembleState
from bellwether.monitor import Standing
from bellwether.registry import REGIME_MEMBER_WEIGHT, LoadedBundle
from bellwether.rules import Regime, confirmed_regimes
from bellwether.service import (
    LadderOptions,
    Prediction,
    PredictOptions,
    PredictPorts,
    ReplayOutcome,
    ReplayPorts,
    RulesSource,
    Rung,
    Source,
    SourceKind,
    TrainingResult,
    predict,
    replay,
)
from bellwether.service._facts import Direction, Interval, StandingReading
from bellwether.service._ladder import Answer
from bellwether.service._members import tell_members
from bellwether.validation import TrainingPlan

Home = Any  # the classes live in conftest, which is no module
Desk = Any
Trained = tuple[Desk, TrainingResult]
STATE: Mapping[str, tuple[float, ...]] = {
    "member_mean": (0.1, -0.1),
    "member_scale": (0.5, 0.25),
    "member_weight": (0.25, 0.75),
    "drift": (0.01, 0.2),
}
OPTIONS = PredictOptions(ladder=LadderOptions(least_confidence=0.0, most_age_days=1e6))


@dataclass(frozen=True)
class Tempered:
    def find(self, model_id: str) -> Standing:
        return Standing(
            model_id=model_id,
            condition="amber",
            answers=True,
            accuracy=0.52,
            fallback_accuracy=0.5,
            edge_factor=0.5,
        )


@pytest.fixture(scope="module")
def regime_desk(
    open_desk: Callable[[], Desk], make_plan: Callable[..., TrainingPlan], edge_bars: Bars
) -> Trained:
    """Return a desk at which an ensemble was trained whose members count by the regime."""
    desk = open_desk()
    return desk, desk.train(edge_bars, make_plan("ridge", "quadratic", regime_weights=True))


def ports_of(trained: Trained, rules: RulesSource) -> PredictPorts:
    desk, _ = trained
    return PredictPorts(registry=desk.registry, bundles=desk.bundles, rules=rules, clock=desk.clock)


def ask(bars: Bars, ports: PredictPorts, why_seconds: float | None = 60.0) -> Prediction:
    return predict(bars, ports=ports, calendar=None, options=OPTIONS, why_seconds=why_seconds)


def load(trained: Trained, place: int = 0) -> LoadedBundle:
    desk, result = trained
    loaded: LoadedBundle = desk.bundles.load(result.candidates[place].record)
    return loaded


def answer_of(numbers: Mapping[str, Any], edge_factor: float | None = None) -> Answer:
    standing = None
    if edge_factor is not None:
        standing = StandingReading(
            condition="amber",
            accuracy=0.5,
            fallback_accuracy=0.5,
            confidence_factor=1.0,
            edge_factor=edge_factor,
            as_of="",
        )
    return Answer(
        direction=Direction.BUY,
        probability_up=0.6,
        expected_return=0.01,
        interval_return=Interval(low=-0.1, high=0.1, coverage=0.9),
        confidence=70.0,
        standing=standing,
        target_frac=0.0,
        stop_frac=0.0,
        reasons=("because",),
        source=Source(kind=SourceKind.MODEL),
        numbers=numbers,
    )


def test_parts_follow_their_formulas_by_hand() -> None:
    manifest = steady_manifest("two", families=("lstm", "ridge"), state=STATE, horizon_bars=4)
    numbers = {"member_forecasts": [0.6, -5.0], "volatility": 0.02}
    ridge, lstm = tell_members(answer_of(numbers, 0.5), manifest)
    assert (lstm.name, lstm.weight, lstm.standardised) == ("lstm", 0.25, 1.0)
    assert (ridge.name, ridge.weight, ridge.standardised) == ("ridge", 0.75, -3.0)
    assert (lstm.contribution, ridge.contribution) == (0.25, -2.25)
    # Half of the edge is believed; the slope is .2, the volatility of four bars .04.
    assert lstm.expected_return == pytest.approx(0.5 * 0.04 * 0.2 * 0.25)
    assert ridge.expected_return == pytest.approx(0.5 * 0.04 * 0.2 * -2.25)


def test_weights_of_the_bars_regime_go_before_those_of_the_state() -> None:
    manifest = steady_manifest("two", families=("lstm", "ridge"), state=STATE)
    numbers = {"member_forecasts": [0.6, 0.15], "volatility": 0.02}
    found = tell_members(answer_of({**numbers, REGIME_MEMBER_WEIGHT: [0.6, 0.4]}), manifest)
    assert {one.name: one.weight for one in found} == {"lstm": 0.6, "ridge": 0.4}


@pytest.mark.parametrize(
    "changes",
    [
        {"member_mean": (0.1,)},
        {"member_scale": (0.5, 0.0)},
        {"member_weight": (1.0,)},
        {"drift": (0.0,)},
        {"drift": ()},
        {"member_weight": (1e308, 1e308), "drift": (0.0, 1e308)},
    ],
)
def test_a_bundle_that_is_no_ensemble_of_ours_has_no_parts(
    changes: Mapping[str, tuple[float, ...]],
) -> None:
    numbers = {"member_forecasts": [0.6, 0.9], "volatility": 0.02}
    manifest = steady_manifest("two", families=("lstm", "ridge"), state={**STATE, **changes})
    assert tell_members(answer_of(numbers), manifest) == ()
    assert tell_members(None, manifest) == ()


@given(
    forecasts=st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=2),
    volatility=st.floats(0.0, 10.0),
)
def test_whatever_members_say_their_parts_are_finite_and_in_order(
    forecasts: list[float], volatility: float
) -> None:
    manifest = steady_manifest("two", families=("lstm", "ridge"), state=STATE)
    numbers = {"member_forecasts": forecasts, "volatility": volatility}
    found = tell_members(answer_of(numbers), manifest)
    sizes = [abs(one.contribution) for one in found]
    assert len(sizes) == 2
    assert sizes == sorted(sizes, reverse=True)
    assert max(abs(one.standardised) for one in found) <= 3.0


@pytest.mark.parametrize("desk_name", ["edge_desk", "regime_desk"])
def test_parts_add_up_to_the_score_and_to_the_expected_return(
    desk_name: str, edge_bars: Bars, steady_rules: RulesSource, request: pytest.FixtureRequest
) -> None:
    trained: Trained = request.getfixturevalue(desk_name)
    loaded = load(trained)
    window = edge_bars.matrix[-loaded.manifest.lookback_bars :]
    said = loaded.run(window[None])
    told = ask(edge_bars, ports_of(trained, steady_rules))
    assert told.rung is Rung.CHAMPION
    assert {one.name for one in told.members} == set(loaded.manifest.families)
    assert len(told.members) > 1
    assert sum(one.weight for one in told.members) == pytest.approx(1.0, abs=1e-12)
    score = sum(one.contribution for one in told.members)
    assert score == pytest.approx(said["score"][0], abs=1e-12)
    drift = said["volatility"][0] * loaded.manifest.state["drift"][0]
    owed = sum(one.expected_return for one in told.members)
    assert owed + drift == pytest.approx(told.expected_return, abs=1e-12)
    by_half = ask(edge_bars, replace(ports_of(trained, steady_rules), standings=Tempered()))
    assert by_half.expected_return == pytest.approx(0.5 * (owed + drift), abs=1e-12)
    assert sum(one.expected_return for one in by_half.members) == pytest.approx(0.5 * owed)
    assert told.to_json()["members"]


def test_they_are_told_to_who_asks_why_and_to_nobody_else(
    edge_desk: Trained, edge_bars: Bars, steady_rules: RulesSource
) -> None:
    ports = ports_of(edge_desk, steady_rules)
    plain, told = ask(edge_bars, ports, None), ask(edge_bars, ports)
    assert plain.members == ()
    assert "members" not in plain.to_json()
    assert told.without_why == plain
    late = ask(edge_bars, ports, 0.0)
    assert late.contributions == ()
    assert late.members == told.members


def test_the_rules_and_hold_have_none(home: Home) -> None:
    rules = predict(home.bars, ports=home.ports, calendar=home.calendar, why_seconds=1.0)
    assert (rules.rung, rules.members) == (Rung.RULES, ())
    home.promote(telling_bundle())
    unsure = PredictOptions(ladder=LadderOptions(least_confidence=95.0, when_unsure="hold"))
    held = predict(
        home.bars, ports=home.ports, calendar=home.calendar, options=unsure, why_seconds=1.0
    )
    assert (held.rung, held.members) == (Rung.HOLD, ())


@pytest.mark.parametrize("desk_name", ["edge_desk", "regime_desk"])
def test_a_replay_tells_them_though_the_journal_does_not_keep_them(
    desk_name: str, edge_bars: Bars, steady_rules: RulesSource, request: pytest.FixtureRequest
) -> None:
    trained: Trained = request.getfixturevalue(desk_name)
    ports, journal = ports_of(trained, steady_rules), MemoryJournal()
    told = ask(edge_bars, ports)
    journal.append(told.without_why, trained[0].clock.now())
    found = replay(
        told.prediction_id,
        ports=ReplayPorts(
            journal=journal, registry=ports.registry, bundles=ports.bundles, rules=ports.rules
        ),
        bars=edge_bars,
    )
    assert found.outcome is ReplayOutcome.IDENTICAL
    assert "members" not in found.entry.prediction
    assert found.again is not None
    assert found.again["members"] == told.to_json()["members"]


def test_an_ensemble_by_regime_says_what_its_state_says(
    regime_desk: Trained, edge_bars: Bars
) -> None:
    candidate, loaded = regime_desk[1].candidates[0], load(regime_desk)
    manifest, state = loaded.manifest, candidate.scored.state
    stops = len(edge_bars) - np.arange(150)
    windows = np.stack([edge_bars.matrix[s - manifest.lookback_bars : s] for s in stops])
    answer = loaded.run(windows)
    regime = confirmed_regimes(edge_bars.matrix)[stops - 1]
    np.testing.assert_array_equal(answer["regime"], regime)
    assert len(set(regime.tolist())) > 1
    said = state.forecast(
        answer["member_forecasts"], answer["volatility"], 1, answer["reach"], regime
    )
    for name in ("score", "probability_up", "expected_return", "quantiles"):
        np.testing.assert_allclose(answer[name], getattr(said, name), atol=1e-9)
    assert manifest.words["regime"][str(int(Regime.VOLATILE))] == "volatile"
    content = {"members": list(manifest.families), **manifest.state}
    renamed = {key.removeprefix("member_"): value for key, value in content.items()}
    assert EnsembleState.from_dict(renamed).digest == state.digest


def test_an_ensemble_by_regime_tells_its_features(regime_desk: Trained, edge_bars: Bars) -> None:
    loaded = load(regime_desk)
    window = edge_bars.matrix[-loaded.manifest.lookback_bars :]
    found = loaded.explain(window)
    assert found is not None
    chance = loaded.run(window[None])["probability_up"][0]
    # Members compute in float32, whose last digits may hang on the size of the batch.
    assert found.value == pytest.approx(chance, abs=1e-6)
    assert found.baseline + found.amounts.sum() == pytest.approx(found.value, abs=1e-12)


def test_a_model_alone_has_all_the_say_whatever_the_regime(
    regime_desk: Trained, edge_desk: Trained
) -> None:
    alone, together = load(regime_desk, 1).manifest, load(regime_desk).manifest
    assert "regime_multiplier" in together.state
    assert "regime_multiplier" not in alone.state
    assert alone.words == {}
    assert alone.lookback_bars == load(edge_desk, 1).manifest.lookback_bars < together.lookback_bars
