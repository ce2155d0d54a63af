"""Who answers first in which kind of market: decided once for two models, and void with either."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import CheckpointStandings
from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.monitor import RegimeChoice
from bellwether.registry import MarketKey
from bellwether.retraining import (
    RetrainingOptions,
    ServingComparison,
    choose_by_regime,
    compare_serving,
)
from bellwether.rules import Regime, confirmed_regimes
from bellwether.service import JournalNote, NoteFilter, NoteKind
from bellwether.watch import Checkpoint
from bellwether.watch._watch_notes import read_watch_note

MARKET = MarketKey(universe="world", interval="1d", horizon_bars=1)
BETTER_IN = Regime.TRENDING_UP
World = Any
NewWorld = Callable[[], Any]


def make_bars(symbol: str, closed_at: Any, close: FloatArray) -> Bars:
    """Return bars around closes."""
    opened = np.concatenate([close[:1], close[:-1]])
    return Bars(
        symbol=symbol,
        closed_at=closed_at,
        open=opened,
        high=np.maximum(opened, close) * 1.002,
        low=np.minimum(opened, close) * 0.998,
        close=close,
        volume=np.full(len(close), 1e6),
    )


def known_regimes(world: World, evidence: Any) -> FloatArray:
    """Store the bars of a world's evidence and return the regime confirmed before each."""
    codes = np.full(evidence.returns.shape, np.nan)
    for place, symbol in enumerate(("A", "B")):
        bars = make_bars(symbol, evidence.closed_at, evidence.close[:, place])
        world.shelf.bars[symbol] = bars
        codes[1:, place] = confirmed_regimes(bars.matrix)[:-1]
    return codes


def seat_two(world: World, *, skill: float = 0.9, pipeline: str = "q") -> World:
    """Seat "old" and then "new": old knows more of markets that rise, nobody of any other."""
    record = world.register("measure", 0.5)
    evidence = world.evidence.get(record.verdict["evidence_digest"])
    inside = known_regimes(world, evidence) == float(BETTER_IN)
    random = np.random.default_rng(4)
    ours, theirs = random.standard_normal((2, *inside.shape))
    theirs = np.where(inside, theirs + skill * evidence.returns / 0.01, theirs)
    for model_id, said, own in (("old", theirs, "p"), ("new", ours, pipeline)):
        said_so = replace(evidence, forecast=said, direction=np.sign(said))
        world.crown(model_id, pipeline=own, evidence=said_so)
    return world


def choose(world: World) -> RegimeChoice | None:
    return choose_by_regime(MARKET, world.ports, world.runs, world.clock.now())


def compared(world: World) -> ServingComparison:
    return compare_serving(MARKET, world.ports, world.runs)


def notes(world: World) -> list[JournalNote]:
    found = world.journal.notes(NoteFilter(kinds=(NoteKind.WATCH,))).notes
    return [one for one in found if one.data["what"] == "regime choice"]


def test_who_is_better_in_one_regime_is_chosen_there_and_it_is_written_down(world: World) -> None:
    seat_two(world)
    found = choose(world)
    assert found is not None
    assert (found.champion, found.chosen) == ("new", "old")
    assert [one.regime for one in found.regimes] == [BETTER_IN.words]
    [kept] = world.checkpoints.find("regime-choice/")
    assert RegimeChoice.from_json(kept.content) == found
    [note] = notes(world)
    assert RegimeChoice.from_json(note.data["choice"]) == found
    assert note.number == kept.number
    told = {one["regime"]: one for one in note.data["differences"]}
    assert told[BETTER_IN.words]["passes"]
    assert told["all"]["n_bars"] == 1400


def test_it_follows_each_promotion_by_itself(world: World) -> None:
    seat_two(world)
    world.advance()
    assert len(notes(world)) == 1
    assert len(world.checkpoints.find("regime-choice/")) == 1
    assert not world.advance().troubles
    assert len(notes(world)) == 1


def test_whoever_answers_reads_it_and_whoever_watches_reads_on(world: World) -> None:
    seat_two(world)
    found = choose(world)
    standings = CheckpointStandings(world.checkpoints)
    assert standings.find_choice("new", "old") == found
    [note] = notes(world)
    assert read_watch_note(note) is None


def test_switched_off_nobody_is_chosen_and_switched_on_again_the_same(world: World) -> None:
    seat_two(world)
    world.advance()
    [kept] = world.checkpoints.find("regime-choice/")
    world.options = RetrainingOptions(chooses_by_regime=False)
    world.advance()
    assert not world.checkpoints.find("regime-choice/")
    world.options = RetrainingOptions()
    world.advance()
    assert [*world.checkpoints.find("regime-choice/")] == [kept]
    assert len(notes(world)) == 1


def test_where_neither_is_better_nobody_is_chosen_and_that_is_written_down_too(
    world: World,
) -> None:
    seat_two(world, skill=0.0)
    found = choose(world)
    assert found is not None
    assert not found.regimes
    assert len(notes(world)) == 1


def test_two_models_are_looked_at_once(world: World) -> None:
    seat_two(world, skill=0.0)
    before = choose(world)
    world.shelf.bars["A"] = make_bars(
        "A", world.shelf.bars["A"].closed_at, world.shelf.bars["A"].close[::-1].copy()
    )
    assert choose(world) == before
    world.checkpoints.drop("regime-choice/")
    assert choose(world) == before, "from the journal"
    assert len(notes(world)) == 1


def test_a_checkpoint_that_is_damaged_is_made_anew_from_the_journal(world: World) -> None:
    seat_two(world)
    found = choose(world)
    [kept] = world.checkpoints.find("regime-choice/")
    world.checkpoints.save([Checkpoint(name=kept.name, number=1, content={"champion": 7})])
    assert choose(world) == found
    assert [*world.checkpoints.find("regime-choice/")] == [kept]


def test_a_rollback_voids_it(world: World) -> None:
    seat_two(world)
    assert compared(world).choice is None, "nothing is decided by looking"
    choose(world)
    assert compared(world).choice is not None
    world.registry.roll_back(MARKET, reason="bad")
    assert choose(world) is None
    assert not world.checkpoints.find("regime-choice/")
    assert compared(world).trouble == "there is no champion with a previous one beside it"


def test_a_new_champion_voids_it(world: World) -> None:
    seat_two(world)
    first = choose(world)
    evidence = world.evidence.get(
        world.registry.get("old").verdict["evidence_digest"]
    )  # as good as the old one
    world.crown("newest", pipeline="r", evidence=evidence)
    found = choose(world)
    assert first is not None
    assert found is not None
    assert (found.champion, found.chosen) == ("newest", "new")
    assert not found.regimes
    [kept] = world.checkpoints.find("regime-choice/")
    assert kept.content["champion"] == "newest"


@pytest.mark.parametrize(
    ("spoil", "trouble"),
    [
        (lambda world: seat_two(world, pipeline="p"), "fits of one pipeline"),
        (lambda world: seat_two(world).shelf.bars.clear(), "can be read"),
        (lambda world: setattr(seat_two(world).shelf, "symbols", ()), "are stored"),
        (lambda world: seat_two(world).evidence._kept.clear(), "can be read"),
    ],
)
def test_what_cannot_be_compared_is_not_chosen_from(
    world: World, spoil: Callable[[World], Any], trouble: str
) -> None:
    spoil(world)
    assert choose(world) is None
    assert not notes(world)
    assert trouble in compared(world).trouble
    assert not compared(world).differences


def test_models_that_speak_of_other_symbols_are_not_compared(world: World) -> None:
    seat_two(world)
    registry = world.registry
    serving = registry.serving(MARKET)

    class Foreign:
        def serving(self, _: MarketKey) -> Any:
            return replace(serving, previous=replace(serving.previous, symbols=("C", "D")))

    ports = replace(world.ports, registry=Foreign())
    assert "no symbol in common" in compare_serving(MARKET, ports).trouble


@given(decisions=st.tuples(*2 * [st.sampled_from([None, "PROMOTE", "REFUSE", "NOT ENOUGH DATA"])]))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_only_models_that_a_verdict_promoted_are_ever_compared(
    world: World, decisions: tuple[str | None, str | None]
) -> None:
    if world.champion is None:
        seat_two(world)
    serving = world.registry.serving(MARKET)

    def judged(record: Any, decision: str | None) -> Any:
        told = None if decision is None else {**record.verdict, "decision": decision}
        return replace(record, verdict=told)

    class Judged:
        def serving(self, _: MarketKey) -> Any:
            both = (serving.champion, serving.previous)
            seats = [judged(one, said) for one, said in zip(both, decisions, strict=True)]
            return replace(serving, champion=seats[0], previous=seats[1])

    found = compare_serving(MARKET, replace(world.ports, registry=Judged()))
    assert bool(found.differences) == (decisions == ("PROMOTE", "PROMOTE"))
    assert bool(found.trouble) != bool(found.differences)


def test_it_is_told_as_json(world: World) -> None:
    seat_two(world)
    choose(world)
    told = compared(world).to_json()
    assert (told["universe"], told["champion"], told["previous"]) == ("world", "new", "old")
    assert told["choice"]["regimes"][0]["regime"] == BETTER_IN.words
    assert len(told["differences"]) == 6


def test_regimes_are_those_that_the_rules_confirm(world: World) -> None:
    record = world.register("measure", 0.5)
    evidence = world.evidence.get(record.verdict["evidence_digest"])
    codes = known_regimes(world, evidence)
    matrix = world.shelf.bars["A"].matrix
    shorter = confirmed_regimes(matrix[:900])
    np.testing.assert_array_equal(shorter, confirmed_regimes(matrix)[:900])
    assert codes[900, 0] == shorter[899]
    assert set(np.unique(codes[1:])) <= {float(one) for one in Regime}
