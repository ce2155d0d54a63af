"""Served answers are settled by the tick, market by market."""

from collections.abc import Callable
from typing import Any

from bellwether.registry import Bundle
from bellwether.service import EntryFilter, PredictPorts, predict
from bellwether.watch import SettledServed, settle_served

World = Any
MakeModel = Callable[..., Bundle]


def answer(world: World, n_bars: int) -> None:
    """Give an answer on the last of some bars, and write it down."""
    ports = PredictPorts(
        registry=world.ports.registry,
        bundles=world.ports.bundles,
        rules=world.ports.rules,
        clock=world.clock,
    )
    bars = world.market("A")[:n_bars]
    given = predict(bars, ports=ports, calendar=world.calendar)
    world.ports.journal.append(given, world.clock.now(), state=None)


def test_an_answer_is_settled_once_its_bar_is_there(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    paper.store(600)
    answer(paper, 600)
    assert settle_served(paper.ports) == SettledServed()
    paper.store(601)
    assert settle_served(paper.ports).n_settled == 1
    assert settle_served(paper.ports) == SettledServed()
    assert not paper.ports.journal.entries(EntryFilter(settled=False)).entries


def test_answers_about_markets_that_are_not_stored_wait(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    paper.at(599)
    answer(paper, 600)
    assert settle_served(paper.ports) == SettledServed()
