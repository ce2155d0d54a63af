"""Every source is heard as it speaks, however sure it is and whatever is thought of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from bellwether.bars import edge_world
from bellwether.models import EnsembleState
from bellwether.monitor import Standing
from bellwether.registry import Bundle, LoadedBundle
from bellwether.service import Fault, Heard, PredictPorts, hear_model, hear_rules
from bellwether.validation import FamilyPlan, TrainingPlan

Home = Any  # the classes live in conftest, which is no module
Desk = Any
MakeModel = Callable[..., Bundle]


def heard(said: Heard | Fault) -> Heard:
    assert isinstance(said, Heard)
    return said


@dataclass(frozen=True)
class RedForAll:
    def find(self, model_id: str) -> Standing:
        return Standing(
            model_id=model_id, condition="red", answers=False, accuracy=0.4, fallback_accuracy=0.5
        )


class NoRules:
    def load(self) -> LoadedBundle:
        raise AssertionError("nobody asks the rules")


def test_a_model_in_disgrace_is_heard_all_the_same(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model(confidence=(50.0,)))
    [said] = hear_model([home.bars], home.records[0], replace(home.ports, standings=RedForAll()))
    assert heard(said).answer.probability_up == 0.55
    assert heard(said).answer.confidence == 50.0
    assert heard(said).members == {}


def test_a_model_is_heard_about_each_of_many_bars_whoever_else_fails(
    home: Home, make_model: MakeModel
) -> None:
    home.promote(make_model())
    wild = replace(
        home.bars, **{n: getattr(home.bars, n) * 1e6 for n in ("open", "high", "low", "close")}
    )
    found = hear_model([home.bars, home.bars[:70], wild], home.records[0], home.ports)
    assert [one.reason.value if isinstance(one, Fault) else "" for one in found] == [
        "",
        "too_few_bars",
        "inference_failed",
    ]
    assert hear_model([], home.records[0], home.ports) == []


def test_a_bundle_that_is_gone_is_silent_about_all_bars(home: Home, make_model: MakeModel) -> None:
    home.promote(make_model())
    home.path().unlink()
    found = hear_model([home.bars] * 2, home.records[0], home.ports)
    assert [one.reason.value for one in found if isinstance(one, Fault)] == ["bundle_missing"] * 2


def test_the_rules_are_heard_for_their_horizon(home: Home) -> None:
    [near] = hear_rules([home.bars], 1, home.ports.rules)
    [far] = hear_rules([home.bars], 4, home.ports.rules)
    assert heard(near).answer.probability_up == heard(far).answer.probability_up
    assert heard(far).answer.expected_return == pytest.approx(
        2.0 * heard(near).answer.expected_return
    )
    assert hear_rules([], 1, home.ports.rules) == []


def test_members_of_an_ensemble_are_heard_by_its_own_calibration(desk: Desk) -> None:
    families = tuple(
        FamilyPlan(family=name, preset="demo", n_refits=2) for name in ("ridge", "logistic")
    )
    bars = edge_world(3, 900, information_coefficient=0.1).bars
    result = desk.train(bars, TrainingPlan(name="tiny", families=families))
    record = result.candidates[0].record
    loaded = desk.bundles.load(record)
    outputs: Mapping[str, Any] = loaded.run(
        bars.matrix[np.newaxis, -loaded.manifest.lookback_bars :]
    )
    [said] = hear_model(
        [bars],
        record,
        PredictPorts(
            registry=desk.registry, bundles=desk.bundles, rules=NoRules(), clock=desk.clock
        ),
    )
    state = EnsembleState(
        members=loaded.manifest.families,
        **{
            name.removeprefix("member_"): np.asarray(values)
            for name, values in loaded.manifest.state.items()
        },
    )
    assert heard(said).answer.probability_up == outputs["probability_up"][0]
    for place, name in enumerate(loaded.manifest.families):
        alone = replace(state, weight=np.eye(len(state.members))[place])
        forecast = alone.forecast(outputs["member_forecasts"], outputs["volatility"], 1)
        assert heard(said).members[name] == pytest.approx(forecast.probability_up[0], abs=1e-12)
