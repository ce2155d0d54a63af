"""The schedule as it stands: told without anything being noted or begun."""

from typing import Any

import numpy as np
import pytest

from bellwether.retraining import find_schedule

World = Any
DAY = np.timedelta64(1, "D")


def schedule(world: World) -> list[dict[str, Any]]:
    before = world.journal.head()
    found = find_schedule(world.ports, world.clock.now(), world.options)
    assert world.journal.head() == before
    return [one.to_json() for one in found]


def test_without_a_model_there_is_no_schedule(world: World) -> None:
    assert schedule(world) == []


def test_what_is_told_is_what_the_next_pass_does(world: World) -> None:
    world.crown("old")
    world.pass_days(8)
    [calm] = schedule(world)
    assert (calm["champion"], calm["is_due"], calm["trigger"]) == ("old", False, "none")
    assert calm["checked_at"] is None
    world.pass_days(84)
    [due] = schedule(world)
    assert (due["is_due"], due["trigger"], due["scale"]) == (True, "quarter", "full")
    assert not world.trainer.orders
    world.advance()
    assert world.runs[-1].steps[0].facts["trigger"] == "quarter"
    [after] = schedule(world)
    assert (after["is_due"], after["waits_for"]) == (False, None)
    assert after["checked_at"] is not None


def test_drift_that_nobody_has_noted_yet_is_told(world: World) -> None:
    world.crown("old")
    world.pass_days(40)
    world.stand("old", "red")
    [due] = schedule(world)
    assert (due["is_due"], due["trigger"]) == (True, "drift")
    holds = {one["trigger"]: one["holds"] for one in due["dates"]}
    assert (holds["drift"], holds["inputs"]) == (True, False)


def test_a_retraining_under_way_holds_the_next_one_up(world: World) -> None:
    world.crown("old")
    world.pass_days(92)
    world.trainer.fails = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        world.advance()
    [found] = schedule(world)
    assert found["waits_for"] == world.runs[-1].run_id
