"""The chain from a date to a champion: each of its ends, and why it came to it."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pytest

from bellwether.registry import MarketKey, Stage
from bellwether.retraining import RetrainingOptions, Step, TrainingInterrupted, UnknownMarket
from bellwether.retraining import find_markets as every_market
from bellwether.samples import TooLittleHistory
from bellwether.service import BarStoreUnavailable

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
QUARTER = 92.0
World = Any


def shadowed(world: World, accuracy: float = 0.64) -> str:
    """Return the challenger of a world that has one in the shadow beside "old"."""
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.accuracies = [accuracy]
    world.advance()
    assert world.chain()[-1] == "shadowed"
    challenger = world.runs[-1].challenger
    assert challenger is not None
    return str(challenger)


def test_nothing_happens_where_nobody_serves_and_nobody_asks(world: World) -> None:
    outcome = world.advance()
    assert not outcome.steps
    assert not outcome.decisions


def test_a_challenger_that_passes_the_gate_serves_at_once_where_nobody_does(world: World) -> None:
    world.register("first", None)
    world.pass_days(1)
    world.advance(person_asks=[MARKET])
    assert world.chain() == ["due", "trained", "decided", "promoted"]
    assert world.champion == world.runs[-1].challenger


def test_what_the_gate_refuses_ends_and_says_why(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.accuracies = [None]
    world.advance()
    assert world.chain() == ["due", "trained", "refused"]
    assert "no skill was found; all stays as it is" in world.runs[-1].last.words
    assert world.champion == "old"


def test_a_challenger_that_is_worse_is_refused_by_the_comparison_and_says_why(
    world: World,
) -> None:
    world.crown("old", accuracy=0.60)
    world.pass_days(QUARTER)
    world.trainer.accuracies = [0.45]
    world.advance()
    assert world.chain() == ["due", "trained", "compared", "refused"]
    assert "is not shown to be no worse" in world.runs[-1].last.words
    assert world.registry.get(world.runs[-1].challenger).stage is Stage.RETIRED
    assert world.champion == "old"


def test_a_challenger_that_is_better_in_the_shadow_is_promoted_with_its_evidence(
    world: World,
) -> None:
    challenger = shadowed(world)
    assert world.advance().shadows == (challenger,)
    world.trade({"old": 0.30, challenger: 0.90}, 60)
    outcome = world.advance()
    assert [step.step for step in outcome.steps] == [Step.DECIDED, Step.PROMOTED]
    assert outcome.steps[0].facts["how"] == "better"
    assert outcome.steps[0].facts["evidence"] >= 20.0
    assert world.champion == challenger
    assert world.registry.serving(MARKET).previous.model_id == "old"
    assert not outcome.shadows


def test_a_challenger_that_is_as_good_waits(world: World) -> None:
    challenger = shadowed(world)
    world.trade({"old": 0.55, challenger: 0.55}, 80)
    assert not world.advance().steps
    assert world.champion == "old"


def test_a_challenger_that_is_no_worse_succeeds_a_red_champion_at_the_deadline(
    world: World,
) -> None:
    world.options = RetrainingOptions(decide_bars=20)
    challenger = shadowed(world)
    world.stand("old", "red")
    world.trade({"old": 0.5, challenger: 0.52}, 10)
    assert not [one for one in world.advance().steps if one.step is Step.DECIDED]
    world.trade({"old": 0.5, challenger: 0.52}, 10)
    steps = world.advance().steps
    assert steps[0].facts["how"] == "no worse"
    assert "the champion is red" in steps[0].words
    assert world.champion == challenger


def test_a_challenger_that_is_no_worse_succeeds_a_champion_that_is_too_old(world: World) -> None:
    challenger = shadowed(world)
    world.trade({"old": 0.5, challenger: 0.52}, 100)
    assert "too old to answer" in world.advance().steps[0].words
    assert world.champion == challenger


def test_a_red_challenger_is_not_promoted_however_much_better_it_is(world: World) -> None:
    challenger = shadowed(world)
    world.stand(challenger, "red")
    world.trade({"old": 0.30, challenger: 0.90}, 60)
    assert not world.advance().steps


def test_a_challenger_that_never_gets_there_is_given_up(world: World) -> None:
    world.options = RetrainingOptions(decide_bars=10, most_bars=30)
    challenger = shadowed(world)
    world.trade({"old": 0.55, challenger: 0.45}, 30)
    world.advance()
    assert world.chain()[-1] == "refused"
    assert "never shown to be better" in world.runs[-1].last.words
    assert world.champion == "old"


def test_a_newer_challenger_takes_the_place_and_the_evidence_of_the_one_in_the_shadow(
    world: World,
) -> None:
    first = shadowed(world)
    world.stand("old", "amber")
    world.trade({"old": 0.50, first: 0.55}, 35)
    before = world.advance()
    second = world.runs[-1].challenger
    assert [run.step for run in before.runs] == [Step.SUPERSEDED, Step.SHADOWED]
    assert world.registry.get(first).stage is Stage.RETIRED
    lineage = world.runs[-1].fact(Step.SHADOWED, "lineage")
    assert [one[0] for one in lineage] == [first, second]
    world.trade({"old": 0.50, second: 0.55}, 2)
    world.advance()
    kept = world.checkpoints.load(f"duel/{world.runs[-1].run_id}")
    assert len(kept.content["bars"]) == 37


def test_evidence_for_another_pipeline_is_not_carried_over(world: World) -> None:
    first = shadowed(world)
    world.trainer.pipeline = "a third"
    world.stand("old", "amber")
    world.trade({"old": 0.50, first: 0.55}, 35)
    world.advance()
    assert len(world.runs[-1].fact(Step.SHADOWED, "lineage")) == 1


def test_a_promotion_by_hand_overtakes_the_retraining(world: World) -> None:
    challenger = shadowed(world)
    world.crown("by-hand")
    world.advance()
    assert world.chain()[-1] == "overtaken"
    assert "by-hand serves now" in world.runs[-1].last.words
    assert world.registry.get(challenger).stage is Stage.RETIRED


def promoted(world: World) -> str:
    """Return the champion of a world that is on probation after "old"."""
    challenger = shadowed(world)
    world.trade({"old": 0.30, challenger: 0.90}, 60)
    world.advance()
    assert world.chain()[-1] == "promoted"
    return challenger


def test_a_red_champion_is_rolled_back_on_probation(world: World) -> None:
    challenger = promoted(world)
    world.stand(challenger, "red")
    steps = world.advance().steps
    assert [step.step for step in steps[:2]] == [Step.CONDEMNED, Step.ROLLED_BACK]
    assert steps[0].facts["standing"]["condition"] == "red"
    assert world.champion == "old"
    assert world.registry.get(challenger).stage is Stage.RETIRED


def test_a_champion_behind_the_one_it_succeeded_is_rolled_back_on_probation(world: World) -> None:
    challenger = promoted(world)
    world.trade({"old": 0.90, challenger: 0.20}, 50)
    world.advance()
    first = world.runs[0].steps
    assert [step.step for step in first[-2:]] == [Step.CONDEMNED, Step.ROLLED_BACK]
    assert "behind the model it succeeded" in first[-2].words
    assert world.champion == "old"


def test_a_rollback_without_a_previous_champion_leaves_the_rules(world: World) -> None:
    world.register("first", None)
    world.pass_days(1)
    world.advance(person_asks=[MARKET])
    world.stand(str(world.champion), "red")
    world.advance()
    assert world.chain()[-1] == "rolled back"
    assert "the rules answer again" in world.runs[-1].last.words
    assert world.champion is None


def test_a_good_champion_is_confirmed_after_its_probation(world: World) -> None:
    challenger = promoted(world)
    world.trade({"old": 0.45, challenger: 0.55}, 63)
    world.advance()
    assert "confirmed" in world.chain() or world.runs[-2].step is Step.CONFIRMED
    assert world.champion == challenger


def test_probation_ends_where_nobody_watches(world: World) -> None:
    promoted(world)
    world.pass_days(120)
    world.advance()
    assert Step.CONFIRMED in {run.step for run in world.runs}


def test_a_failed_training_says_why_and_is_tried_again_a_week_later(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.fails = [TooLittleHistory("ridge", 500, 3, n_before=0)]
    world.advance()
    assert world.chain() == ["due", "failed"]
    assert "TooLittleHistory" in world.runs[-1].last.facts["kind"]
    world.pass_days(3)
    assert not world.advance().steps
    world.pass_days(4)
    world.advance()
    assert world.chain()[-1] == "shadowed"


def test_a_training_that_is_interrupted_again_and_again_is_given_up(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    stop = TrainingInterrupted("a training", "one that was stopped", "run it again")
    world.trainer.fails = [stop] * 3
    for n_tries in range(1, 4):
        outcome = world.advance()
        assert "TrainingInterrupted" in outcome.troubles[0].words
        assert len(world.trainer.orders) == n_tries
    world.advance()
    assert world.chain() == ["due", "failed"]
    assert "interrupted 3 times" in world.runs[-1].last.words


def test_bars_that_cannot_be_had_are_a_trouble_and_no_step(world: World) -> None:
    world.crown("old")
    world.shelf.symbols = ("A",)
    world.pass_days(QUARTER)
    outcome = world.advance()
    assert not outcome.steps
    assert "UnknownSymbol" in outcome.troubles[0].words


def test_without_newer_bars_nothing_is_trained_again_unless_a_person_asks(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.accuracies = [None]
    world.advance()
    world.pass_days(QUARTER)
    world.shelf.edition -= 1
    assert not world.advance().steps
    world.trainer.accuracies = [None]
    world.advance(person_asks=[MARKET])
    assert len(world.runs) == 2


def test_the_same_model_again_is_refused_as_nothing_new(world: World) -> None:
    world.crown("old")
    world.pass_days(1)

    class Same:
        """Always comes to the champion."""

        def train(self, *_: object) -> tuple[str]:
            return ("old",)

    world.trainer = Same()
    world.advance(person_asks=[MARKET])
    assert world.chain() == ["due", "trained", "refused"]
    assert "nothing newer" in world.runs[-1].last.words


@pytest.mark.parametrize("condition", ["amber", "red"])
def test_drift_asks_for_a_challenger_and_is_not_forgotten_by_recovering(
    world: World, condition: str
) -> None:
    world.crown("old")
    world.pass_days(10)
    world.stand("old", condition)
    assert [step.step for step in world.advance().steps] == [Step.ASKED]
    world.stand("old", "ok")
    world.pass_days(21)
    world.advance()
    assert world.runs[-1].fact(Step.DUE, "trigger") == "drift"
    assert world.runs[-1].fact(Step.DUE, "scale") == "challenger"


def test_inputs_may_ask_for_a_challenger(world: World) -> None:
    world.crown("old")
    world.pass_days(31)
    world.advance(inputs_ask=["old"])
    assert world.runs[-1].fact(Step.DUE, "trigger") == "inputs"


def test_a_wish_is_spent_by_a_training(world: World) -> None:
    world.crown("old")
    world.pass_days(31)
    world.trainer.accuracies = [None]
    world.advance(inputs_ask=["old"])
    world.pass_days(31)
    assert not world.advance().steps


def test_a_missed_date_is_made_up_for_once(world: World) -> None:
    world.crown("old")
    world.pass_days(3.3 * 365)
    world.trainer.accuracies = [None, None]
    world.advance()
    world.advance()
    world.pass_days(7)
    world.advance()
    assert len(world.runs) == 1


def test_a_clock_that_was_set_back_holds_nothing_up(world: World) -> None:
    world.crown("old")
    world.pass_days(1000)
    world.advance()
    world.clock.time = world.clock.time - np.timedelta64(900, "D")
    world.advance()


def test_an_unknown_universe_names_the_known(world: World) -> None:
    world.crown("old")
    assert every_market(world.registry, "world") == (MARKET,)
    with pytest.raises(UnknownMarket, match="known: world"):
        every_market(world.registry, "mars")


class Breaks(Protocol):
    """Raises now and then."""

    def __call__(self, *args: object) -> object: ...


def test_one_market_in_trouble_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.crown("old")
    world.pass_days(QUARTER)

    def broken(symbol: str, interval: str) -> Callable[[], None]:
        raise BarStoreUnavailable("the shelf", "a disk that is gone")

    monkeypatch.setattr(world.shelf, "latest", broken)
    assert "BarStoreUnavailable" in world.advance().troubles[0].words
    monkeypatch.undo()
    world.advance()
    assert world.chain()[-1] == "shadowed"
