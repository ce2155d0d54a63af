"""Whatever dies, and wherever, the chain comes to the same steps; and one process takes each."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from bellwether.adapters import MemoryCheckpoints, SqlCheckpoints, SqlJournal
from bellwether.registry import MarketKey
from bellwether.retraining import (
    ChainStep,
    RetrainingOptions,
    RetrainingPorts,
    Step,
    StillHeld,
    TrainingInterrupted,
    TrainingOrder,
    advance,
    read_steps,
)

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
World = Any
NewWorld = Callable[[], Any]
CHANGES = frozenset(
    {"note", "promote", "retire", "roll_back", "save", "lease", "release", "train", "register"}
)


class Killed(BaseException):
    """The process died."""


class Killer:
    """Lets a port die at its n-th change, before or behind it; shared by all ports of a world."""

    def __init__(self, at: int, *, behind: bool) -> None:
        self.at = at
        self.behind = behind
        self.n_calls = 0

    def wrap(self, port: object) -> Any:
        """Return a port that may die."""
        return _Mortal(port, self)

    def call(self, method: Callable[..., object], *given: object, **named: object) -> object:
        """Make a change, unless this is where it ends."""
        number, self.n_calls = self.n_calls, self.n_calls + 1
        if number == self.at and not self.behind:
            raise Killed
        found = method(*given, **named)
        if number == self.at:
            raise Killed
        return found


class _Mortal:
    def __init__(self, port: object, killer: Killer) -> None:
        self._port = port
        self._killer = killer

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in CHANGES:
            return found
        return lambda *given, **named: self._killer.call(found, *given, **named)


def mortal_ports(world: World, killer: Killer) -> RetrainingPorts:
    """Return the ports of a world that die once."""
    ports: RetrainingPorts = world.ports
    changed = {
        name: killer.wrap(getattr(ports, name))
        for name in ("journal", "registry", "checkpoints", "trainer")
    }
    return replace(ports, **changed)


def advance_though_killed(world: World, killer: Killer) -> None:
    """Advance, and begin again where the process died."""
    for _ in range(3):
        try:
            advance(mortal_ports(world, killer), world.clock.now(), options=world.options)
        except Killed:
            continue
        return


def play(world: World, killer: Killer) -> list[tuple[Any, ...]]:
    """Live through two challengers, a promotion and a rollback; return all that is remembered."""
    world.options = RetrainingOptions(enough_evidence=3.0, decide_bars=20)
    world.crown("old")
    world.pass_days(92)
    advance_though_killed(world, killer)
    world.stand("old", "amber")
    first = str(world.runs[-1].challenger)
    world.trade({"old": 0.5, first: 0.5}, 31, seed=7)
    advance_though_killed(world, killer)
    second = str(world.runs[-1].challenger)
    world.trade({"old": 0.05, second: 0.95}, 20)
    advance_though_killed(world, killer)
    world.stand(second, "red")
    world.pass_days(1)
    advance_though_killed(world, killer)
    steps = [tell(step) for step in read_steps(world.journal)]
    moves = [(m.model_id, m.before, m.after, m.at, m.reason) for m in world.registry.history()]
    return [*steps, *moves, (world.champion,)]


def tell(step: ChainStep) -> tuple[Any, ...]:
    """Return a step, but for how often it was tried."""
    facts = {name: value for name, value in step.facts.items() if name != "n_tries"}
    return step.key, step.at, step.words, facts


def test_the_story_has_every_step_in_it(new_world: NewWorld) -> None:
    world = new_world()
    play(world, Killer(-1, behind=False))
    taken = {step.step for step in read_steps(world.journal)}
    never = {Step.FAILED, Step.REFUSED, Step.OVERTAKEN, Step.CONFIRMED}
    assert taken == set(Step) - never


@pytest.mark.timeout(240)
@pytest.mark.parametrize("behind", [False, True])
def test_killed_between_any_two_changes_and_begun_again_it_is_the_same_chain(
    new_world: NewWorld, behind: bool
) -> None:
    whole = Killer(-1, behind=behind)
    expected = play(new_world(), whole)
    assert whole.n_calls > 30
    for place in range(whole.n_calls):
        assert play(new_world(), Killer(place, behind=behind)) == expected, place


def test_advancing_again_at_once_changes_nothing(new_world: NewWorld) -> None:
    world = new_world()
    world.crown("old")
    world.pass_days(92)
    world.advance()
    before = world.journal.head(), world.registry.history()
    for _ in range(3):
        assert not world.advance().steps
    assert (world.journal.head(), world.registry.history()) == before


def test_checkpoints_that_are_gone_are_rebuilt_to_the_last_bit(new_world: NewWorld) -> None:
    scores = []
    for forgets in (False, True):
        world = new_world()
        world.crown("old")
        world.pass_days(92)
        world.advance()
        challenger = str(world.runs[-1].challenger)
        for part in range(4):
            world.trade({"old": 0.5, challenger: 0.6}, 5, seed=part)
            if forgets:
                world.checkpoints.drop("duel/")
            world.advance()
        [kept] = world.checkpoints.find("duel/")
        scores.append((kept.number, kept.content))
    assert scores[0] == scores[1]


class SlowTrainer:
    """Trains as the world's does, but only when it is let."""

    def __init__(self, world: World) -> None:
        self.inner = world.trainer
        self.begun, self.go = threading.Event(), threading.Event()

    def train(self, order: TrainingOrder, still_held: StillHeld) -> Sequence[str]:
        """Wait, then train."""
        self.begun.set()
        assert self.go.wait(30.0)
        return cast("Sequence[str]", self.inner.train(order, still_held))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("on_disk", [False, True])
def test_of_two_processes_one_trains(new_world: NewWorld, tmp_path: Path, on_disk: bool) -> None:
    world = new_world()
    stores: list[Any] = [world.checkpoints, world.checkpoints]
    journals: list[Any] = [world.journal, world.journal]
    if on_disk:
        stores = [SqlCheckpoints(tmp_path / "registry.sqlite") for _ in range(2)]
        journals = [SqlJournal(tmp_path / "journal.sqlite") for _ in range(2)]
    world.crown("old")
    world.pass_days(92)
    slow = SlowTrainer(world)
    ports = [
        replace(world.ports, trainer=slow, owner=name, checkpoints=store, journal=journal)
        for name, store, journal in zip(("one", "two"), stores, journals, strict=True)
    ]
    now, options = world.clock.now(), RetrainingOptions()
    first = threading.Thread(target=lambda: advance(ports[0], now, options=options))
    first.start()
    assert slow.begun.wait(30.0)
    beside = advance(ports[1], now, options=options)
    assert not beside.steps
    assert not beside.decisions
    slow.go.set()
    first.join()
    assert len(world.trainer.orders) == 1
    assert [step.step for step in read_steps(journals[1])][-1] is Step.SHADOWED


def test_a_lease_that_was_lost_stops_the_training_and_the_other_goes_on(
    new_world: NewWorld,
) -> None:
    world = new_world()
    world.crown("old")
    world.pass_days(92)

    class Sleeper:
        """A laptop that is shut while it trains, so that another machine takes over."""

        def train(self, _: TrainingOrder, still_held: StillHeld) -> Sequence[str]:
            world.clock.time = world.clock.time + np.timedelta64(1, "h")
            other = replace(world.ports, owner="other")
            advance(other, world.clock.now(), options=world.options)
            if not still_held():
                raise TrainingInterrupted("a lease", "none", "go on elsewhere")
            return ()

    class HalfwayCheckpoints(MemoryCheckpoints):
        """Leases that the other keeps."""

        def release(self, name: str, owner: str) -> None:
            """Keep it where it is the other's."""
            if owner != "other":
                super().release(name, owner)

    world.checkpoints = HalfwayCheckpoints()
    ports = replace(world.ports, trainer=Sleeper(), owner="sleeper")
    outcome = advance(ports, world.clock.now(), options=world.options)
    assert "TrainingInterrupted" in outcome.troubles[0].words
    assert world.chain() == ["due", "trained", "compared", "shadowed"]
    assert len(world.runs) == 1


def test_a_person_who_asks_while_a_training_is_taken_up_gets_that_one(
    new_world: NewWorld,
) -> None:
    world = new_world()
    world.crown("old")
    world.pass_days(5)
    world.trainer.fails = [TrainingInterrupted("a", "b", "c")]
    world.advance(person_asks=[MARKET])
    assert world.chain() == ["due"]
    world.advance(person_asks=[MARKET])
    assert len(world.runs) == 1
