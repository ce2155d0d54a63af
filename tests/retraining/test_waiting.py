"""Who is looked at without serving, and what waits for a training that others do."""

from typing import Any

from bellwether.registry import MarketKey
from bellwether.retraining import Step

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
QUARTER = 92.0
World = Any


def test_a_market_whose_first_training_was_refused_is_tried_again_after_a_quarter(
    world: World,
) -> None:
    world.register("first", None)
    world.pass_days(30)
    [early] = world.advance().decisions
    assert (early.market, early.decision.is_due) == (MARKET, False)
    world.pass_days(QUARTER - 30)
    world.advance()
    assert world.chain() == ["due", "trained", "decided", "promoted"]
    assert world.trainer.orders[0].scale == "full"


def test_it_is_not_tried_on_bars_that_nobody_stores(world: World) -> None:
    world.register("first", None)
    world.shelf.symbols = ("A",)
    world.pass_days(QUARTER)
    outcome = world.advance()
    assert not outcome.decisions
    assert not outcome.troubles


def test_nor_where_what_was_refused_was_retired_by_a_person(world: World) -> None:
    world.register("first", None)
    world.registry.retire("first", reason="nobody wants it")
    world.pass_days(QUARTER)
    assert not world.advance().decisions


def test_who_does_not_train_leaves_what_is_due_to_who_does(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    for _ in range(2):
        outcome = world.advance(trains=False)
        assert [run.step for run in outcome.untrained] == [Step.DUE]
        assert not world.trainer.orders
    outcome = world.advance()
    assert not outcome.untrained
    assert len(world.trainer.orders) == 1
    assert world.chain()[-1] == "shadowed"


def test_steps_that_need_no_training_are_taken_by_whoever_looks(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    world.advance()
    challenger = world.runs[-1].challenger
    world.trade({"old": 0.30, challenger: 0.90}, 60)
    world.advance(trains=False)
    assert world.champion == challenger
