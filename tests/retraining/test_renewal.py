"""Renewals: a later fit of a champion that has passed before, and what speaks against it."""

from typing import Any

import pytest

from bellwether.adapters import MemoryCheckpoints
from bellwether.monitor import RetrainPolicy
from bellwether.registry import MarketKey, Stage
from bellwether.retraining import RetrainingOptions, Step
from bellwether.retraining._lineage import find_lineage, watch_lineage
from bellwether.retraining._turn import Turn
from bellwether.watch import RULES

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
QUARTER = 92.0
# Quarter by quarter, and old enough for it by then.
POLICY = RetrainPolicy(most_age_days=95.0)
World = Any


@pytest.fixture(autouse=True)
def same_pipeline(world: World) -> None:
    """Have challengers made by the champion's own pipeline."""
    world.trainer.pipeline = "p"


def renewing(world: World, *, accuracy: float = 0.56, skill: float = 1.5, bars: int = 20) -> str:
    """Return the later fit of "old" that is in the shadow, though the gate let it not pass."""
    world.options = RetrainingOptions(policy=POLICY, decide_bars=bars)
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.skill, world.trainer.accuracies = skill, [accuracy]
    world.advance()
    return str(world.runs[-1].challenger)


def test_a_later_fit_that_is_not_worse_succeeds_the_champion_on_its_verdict(world: World) -> None:
    renewal = renewing(world)
    before = world.registry.get("old").verdict
    assert world.chain() == ["due", "trained", "compared", "shadowed"]
    assert world.advance().shadows == (renewal,)
    world.trade({"old": 0.56, renewal: 0.56, RULES: 0.5}, 19)
    assert not world.advance().steps
    world.trade({"old": 0.56, renewal: 0.56}, 1)
    steps = world.advance().steps
    assert [step.step for step in steps] == [Step.DECIDED, Step.PROMOTED]
    assert steps[0].facts["how"] == "renewal"
    champion = world.registry.serving(MARKET).champion
    assert (champion.model_id, champion.verdict, champion.is_renewal) == (renewal, before, True)
    assert not world.registry.get("old").is_renewal


def test_renewals_follow_one_another_for_years(world: World) -> None:
    renewing(world)
    fits = ["old"]
    for _ in range(8):
        renewal = world.runs[-1].challenger
        world.trade({fits[-1]: 0.58, renewal: 0.58, RULES: 0.5}, 25)
        world.advance()
        assert world.champion == renewal
        fits.append(renewal)
        world.pass_days(QUARTER)
        world.trainer.accuracies = [0.56]
        world.advance()
    covered = world.registry.get(fits[-1]).verdict
    assert covered == world.registry.get("old").verdict


@pytest.mark.parametrize("skill", [0.0, -1.0, float("nan")])
def test_evidence_without_any_skill_renews_nobody(world: World, skill: float) -> None:
    renewing(world, skill=skill)
    assert world.chain() == ["due", "trained", "refused"]
    assert "the newest evidence shows no skill at all" in world.runs[-1].last.words
    assert world.champion == "old"
    assert world.registry.get(world.runs[-1].challenger).stage is Stage.RETIRED


def test_a_fit_of_another_pipeline_renews_nobody(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.pipeline, world.trainer.skill = "another", 2.0
    world.advance()
    assert world.chain() == ["due", "trained", "refused"]
    assert world.runs[-1].last.facts["by"] == "gate"


def test_a_red_champion_is_not_renewed(world: World) -> None:
    world.crown("old")
    world.stand("old", "red")
    world.pass_days(QUARTER)
    world.trainer.skill = 2.0
    world.advance()
    assert world.chain() == ["due", "trained", "refused"]
    assert "old is red" in world.runs[-1].last.words


def test_a_champion_that_turns_red_meanwhile_is_not_renewed(world: World) -> None:
    renewal = renewing(world)
    world.stand("old", "red")
    world.trade({"old": 0.56, renewal: 0.56}, 5)
    world.advance()
    assert world.chain()[-1] == "refused"
    assert world.champion == "old"


def test_a_fit_that_is_worse_in_the_shadow_renews_nobody(world: World) -> None:
    renewal = renewing(world, bars=60)
    world.trade({"old": 0.70, renewal: 0.30, RULES: 0.5}, 59)
    world.advance()
    assert world.runs[0].step is Step.REFUSED
    assert "shown to be worse in the shadow, with evidence" in world.runs[0].last.words
    assert world.champion == "old"


def test_a_later_fit_waits_until_the_champion_is_old(world: World) -> None:
    renewal = renewing(world)
    world.options = RetrainingOptions(decide_bars=20)
    world.trade({"old": 0.56, renewal: 0.56, RULES: 0.5}, 50)
    assert not world.advance().steps
    world.trade({"old": 0.56, renewal: 0.56, RULES: 0.5}, 10)
    assert [step.step for step in world.advance().steps] == [Step.DECIDED, Step.PROMOTED]


def test_a_later_fit_that_has_passed_itself_succeeds_a_red_champion(world: World) -> None:
    world.options = RetrainingOptions(decide_bars=20)
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.accuracies = [0.45]
    world.advance()
    challenger = world.runs[-1].challenger
    world.stand("old", "red")
    world.trade({"old": 0.5, challenger: 0.5, RULES: 0.5}, 20)
    world.advance()
    champion = world.registry.serving(MARKET).champion
    assert (champion.model_id, champion.is_renewal) == (challenger, False)


def test_a_fit_does_not_push_one_out_that_has_passed(world: World) -> None:
    world.crown("old")
    world.pass_days(QUARTER)
    world.trainer.accuracies = [0.64]
    world.advance()
    passed = world.runs[-1].challenger
    world.pass_days(QUARTER)
    world.trainer.skill = 2.0
    world.advance()
    assert world.runs[-1].last.facts["by"] == "renewal"
    assert f"{passed}, which has passed, is in the shadow" in world.runs[-1].last.words
    assert world.registry.get(passed).stage is Stage.CANDIDATE


def test_a_loss_too_small_for_any_one_fit_is_found_over_all_of_them(world: World) -> None:
    """No fit's own standing is ever told here: what ends the line is the line's own record."""
    renewing(world, bars=40)
    served = ["old"]
    while world.chain()[-1] != "refused" and len(served) < 40:
        renewal = world.runs[-1].challenger
        world.trade({served[-1]: 0.40, renewal: 0.40, RULES: 0.5}, 45)
        world.advance()
        if world.champion == renewal:
            served.append(renewal)
        world.pass_days(QUARTER)
        world.advance()
    assert 1 < len(served) < 40
    assert "its pipeline is red over the" in world.runs[-1].last.words
    assert "in 1 fit" not in world.runs[-1].last.words


def test_the_record_of_a_line_is_the_same_when_it_is_read_anew(world: World) -> None:
    renewal = renewing(world, bars=30)
    for _ in range(3):
        world.trade({"old": 0.5, renewal: 0.5, RULES: 0.5}, 12)
        world.advance()
    turn = Turn(
        ports=world.ports,
        options=world.options,
        now=world.clock.now(),
        runs=world.runs,
        still_held=lambda: True,
    )
    champion = world.registry.serving(MARKET).champion
    lineage = find_lineage(champion, turn)
    assert [one.model_id for one in lineage] == ["old", renewal]
    known = watch_lineage(lineage, MARKET, turn.ports, turn.options.watch)
    world.checkpoints = MemoryCheckpoints()
    assert watch_lineage(lineage, MARKET, world.ports, turn.options.watch) == known
    assert known.n_bars == 36
