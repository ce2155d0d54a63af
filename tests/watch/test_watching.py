"""The tick as a whole: asked, settled, folded, told; killed anywhere, and run again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bellwether.hashing import canonical_json
from bellwether.monitor import Benchmark, Standing
from bellwether.registry import Bundle
from bellwether.service import JournalNote, NoteFilter, NoteKind
from bellwether.watch import (
    AlertPorts,
    WatchOptions,
    WatchOutcome,
    find_watched,
    rebuild_watches,
    watch,
)

World = Any
MakeModel = Callable[..., Bundle]
WRITES = {"note", "save", "settle"}


def tick(world: World, *shadows: str, **ports: Any) -> WatchOutcome | None:
    markets = find_watched(world.ports.registry)
    alerts = AlertPorts(journal=world.with_ports(**ports).journal)
    return watch(markets, world.with_ports(**ports), shadows=shadows, alerts=alerts)


def live(world: World, n_days: int, *symbols: str) -> WatchOutcome:
    """Store a bar a day and tick an hour after it closed."""
    outcome = None
    for row in range(n_days):
        world.store(600 + row, *symbols)
        outcome = tick(world)
    assert outcome is not None
    return outcome


def kept(world: World) -> dict[str, str]:
    """Return every checkpoint but the book of forecasts, which may lag behind the journal."""
    found = [one for one in world.ports.checkpoints.find("") if one.name != "paper/book"]
    return {one.name: canonical_json(one.content) for one in found}


def notes(world: World, *kinds: NoteKind) -> list[JournalNote]:
    return list(world.ports.journal.notes(NoteFilter(kinds=kinds), None, 1000).notes)


def test_a_champion_is_watched_from_its_first_outcome_on(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    outcome = live(paper, 4)
    [state] = outcome.watches
    assert (state.model_id, state.condition, state.answers) == ("m1", "ok", True)
    assert state.n_bars == state.account.model.n_bars > 0
    assert state.benchmark.words.startswith("assumed")
    assert outcome.standings == (
        Standing.from_json(paper.ports.checkpoints.load("standing/m1").content),
    )


def test_a_benchmark_of_training_is_what_a_model_is_held_to(
    paper: World, make_model: MakeModel
) -> None:
    record = paper.register(make_model("m1"), "A", trained=590)
    promised = Benchmark(accuracy=0.58, accuracy_low=0.54, score_mean=0.2, score_low=0.1)
    known = paper.ports.registry

    class Registry:
        """The registry, with what training measured."""

        def __getattr__(self, name: str) -> Any:
            return getattr(known, name)

        def get(self, model_id: str) -> Any:
            from dataclasses import replace  # noqa: PLC0415 - used here only

            return replace(known.get(model_id), metrics={"monitoring": promised.to_json()})

    paper.store(600, "A")
    tick(paper, registry=Registry())
    paper.store(601, "A")
    outcome = tick(paper, registry=Registry())
    assert outcome is not None
    assert outcome.watches[0].benchmark == promised
    assert record.model_id == "m1"


def test_a_challenger_in_the_shadow_is_watched_beside_the_champion(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    paper.register(make_model("m2"), "A", trained=590, promoted=False)
    for n_bars in range(598, 603):
        paper.store(n_bars, "A")
        tick(paper, "m2")
    paper.store(603, "A")
    outcome = tick(paper, "m2")
    assert outcome is not None
    assert [one.model_id for one in outcome.watches] == ["m1", "m2"]


def test_the_same_tick_again_changes_nothing(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("m1"), "A", "B", trained=590)
    live(paper, 4, "A", "B")
    before = kept(paper), notes(paper)
    again = tick(paper)
    assert (kept(paper), notes(paper)) == before
    assert again is not None
    assert again.changes == ()


def test_only_one_process_ticks_at_a_time(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("m1"), "A")
    now = paper.at(599)
    assert paper.ports.checkpoints.lease("watch/tick", "somebody", now=now, seconds=60.0)
    assert tick(paper) is None
    paper.at(600)
    assert tick(paper) is not None


def test_a_tick_leaves_the_time_of_the_last_check(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    live(paper, 2)
    last = paper.ports.checkpoints.load("watch/last")
    assert np.datetime64(last.content["at"].removesuffix("Z"), "us") == paper.clock.now()
    assert last.content["models"] == ["m1"]


def test_a_model_that_cannot_be_heard_is_told_and_stops_no_other(
    paper: World, make_model: MakeModel
) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    paper.register(make_model("m2"), "A", trained=590)
    del paper.ports.bundles.kept["m1"]
    outcome = live(paper, 3)
    assert [one.model_id for one in outcome.watches] == ["m2"]
    [finding] = outcome.findings
    assert finding.channel == "data"
    assert finding.subject.startswith("m1: ")


class Killed(Exception):
    """The process ends here."""


class Dying:
    """Passes everything on, until so many writes were made; dies before or after the last."""

    def __init__(self, inner: Any, left: list[int], *, after: bool) -> None:
        self._inner, self._left, self._after = inner, left, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in WRITES:
            return found

        def write(*given: Any) -> Any:
            self._left[0] -= 1
            if self._left[0] == 0 and not self._after:
                raise Killed
            done = found(*given)
            if self._left[0] == 0:
                raise Killed
            return done

        return write


@pytest.mark.parametrize("after", [False, True])
def test_a_tick_that_is_killed_between_any_two_writes_and_run_again_comes_to_the_same(
    make_paper: Callable[[], World], make_model: MakeModel, after: bool
) -> None:
    whole = make_paper()
    whole.register(make_model("m1"), "A", "B", trained=590)
    live(whole, 4, "A", "B")
    n_writes, is_over = 0, False
    while not is_over:
        n_writes += 1
        torn = make_paper()
        torn.register(make_model("m1"), "A", "B", trained=590)
        live(torn, 3, "A", "B")
        torn.store(603, "A", "B")
        left = [n_writes]
        dying = {
            "journal": Dying(torn.ports.journal, left, after=after),
            "checkpoints": Dying(torn.ports.checkpoints, left, after=after),
        }
        try:
            tick(torn, **dying)
            is_over = True
        except Killed:
            tick(torn)
        assert kept(torn) == kept(whole), f"killed at write {n_writes}"
        assert notes(torn) == notes(whole), f"killed at write {n_writes}"
    assert n_writes > 6


def test_a_lost_edge_is_told_to_people_and_takes_the_model_off_the_ladder(
    paper: World, make_model: MakeModel
) -> None:
    """A model that always says up, on a market that only falls."""
    falling = paper.market("A")
    columns = {name: np.array(getattr(falling, name)) for name in ("open", "high", "low", "close")}
    fall = np.concatenate([np.ones(600), 0.98 ** np.arange(1, len(falling) - 599)])
    bars = type(falling)(
        symbol="A",
        closed_at=falling.closed_at,
        volume=falling.volume,
        **{name: values * fall for name, values in columns.items()},
    )
    paper.bars["A"] = bars
    paper.register(make_model("m1"), "A", trained=590)
    conditions = []
    for n_bars in range(600, 660, 5):
        paper.store(n_bars, "A")
        outcome = tick(paper)
        assert outcome is not None
        conditions += [one.condition for one in outcome.watches]
    assert conditions[-1] == "red"
    standing = Standing.from_json(paper.ports.checkpoints.load("standing/m1").content)
    assert not standing.answers
    assert "drift is red" in standing.words
    subjects = {note.data.get("subject") for note in notes(paper, NoteKind.ALERT)}
    assert "m1" in subjects
    assert rebuild_watches(paper.ports).is_identical


def test_options_are_the_callers(paper: World, make_model: MakeModel) -> None:
    paper.register(make_model("m1"), "A", trained=590)
    paper.store(600, "A")
    markets = find_watched(paper.ports.registry)
    outcome = watch(markets, paper.ports, options=WatchOptions(cost_bps=1.0))
    assert outcome is not None
    assert outcome.alerts.changes == ()
