"""States are a fold over the journal: whenever it is read, and in whatever pieces."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.paper_story import EARLY, START, forecast, outcome, story, tell, tick

from bellwether.adapters import MemoryCheckpoints, MemoryJournal
from bellwether.hashing import canonical_json
from bellwether.service import NoteFilter, NoteKind
from bellwether.watch import (
    Checkpoint,
    WatchOptions,
    WatchPorts,
)
from bellwether.watch._folding import Fold
from bellwether.watch._rebuilding import rebuild_watches

World = Any
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def kept(ports: WatchPorts) -> dict[str, str]:
    prefixes = ("fold/", "standing/", "watch/")
    found = [one for prefix in prefixes for one in ports.checkpoints.find(prefix)]
    return {one.name: canonical_json(one.content) for one in found}


def told(ports: WatchPorts) -> list[tuple[str, str]]:
    page = ports.journal.notes(NoteFilter(kinds=(NoteKind.WATCH,)), None, 1000)
    return [(note.key, canonical_json(note.data)) for note in page.notes]


def copy_of(ports: WatchPorts, world: World, n_notes: int) -> WatchPorts:
    """Return ports with the first notes of a journal, and nothing folded."""
    journal: Any = MemoryJournal()
    journal.note(ports.journal.notes(NoteFilter(), None, 1000).notes[:n_notes])
    found: WatchPorts = world.with_ports(journal=journal, checkpoints=MemoryCheckpoints())
    return found


@SLOW
@given(seed=st.integers(0, 1000), ticks=st.sets(st.integers(0, 33)), late=st.integers(0, 4))
def test_ticks_at_any_time_come_to_what_a_rebuild_comes_to(
    make_paper: Callable[[], World], seed: int, ticks: set[int], late: int
) -> None:
    ports = make_paper().ports
    for day, notes in enumerate(story(28, seed, late)):
        tell(ports, notes)
        if day in ticks:
            tick(ports)
    tick(ports)
    assert set(kept(ports)) >= {"fold/m1", "fold/m2", "standing/m1", "watch/m2"}
    before = kept(ports)
    rebuilt = rebuild_watches(ports)
    assert rebuilt.is_identical
    assert kept(ports) == before


@SLOW
@given(
    seed=st.integers(0, 1000), ticks=st.sets(st.integers(0, 20)), others=st.sets(st.integers(0, 20))
)
def test_while_no_outcome_is_late_it_does_not_matter_when_ticks_were(
    make_paper: Callable[[], World], seed: int, ticks: set[int], others: set[int]
) -> None:
    found = []
    for days in (ticks, others):
        ports = make_paper().ports
        for day, notes in enumerate(story(20, seed)):
            tell(ports, notes)
            if day in days:
                tick(ports)
        tick(ports)
        content = [one.content for one in ports.checkpoints.find("fold/")]
        found.append(canonical_json(content))
    assert found[0] == found[1]


@SLOW
@given(seed=st.integers(0, 1000), day=st.integers(3, 15))
def test_the_future_never_changes_the_past(
    make_paper: Callable[[], World], seed: int, day: int
) -> None:
    world = make_paper()
    ports, days = world.ports, story(16, seed, 2)
    for notes in days[:day]:
        tell(ports, notes)
        tick(ports)
    before, n_notes = kept(ports), len(ports.journal.notes(NoteFilter(), None, 1000).notes)
    for notes in days[day:]:
        tell(ports, notes)
        tick(ports)
    past = copy_of(ports, world, n_notes)
    rebuild_watches(past)
    assert kept(past) == before


class Killed(Exception):
    """The process ends here."""


class Dying:
    """Passes everything on, until so many writes were made; dies before or after the last."""

    def __init__(self, inner: Any, left: list[int], *, after: bool) -> None:
        self._inner, self._left, self._after = inner, left, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in {"note", "save"}:
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
@pytest.mark.parametrize("n_writes", range(1, 5))
def test_a_tick_that_was_killed_and_run_again_comes_to_the_same(
    make_paper: Callable[[], World], n_writes: int, after: bool
) -> None:
    whole, torn = make_paper(), make_paper()
    for day, notes in enumerate(story(14, 5, 2)):
        for world in (whole, torn):
            tell(world.ports, notes)
        left = [n_writes if day % 4 == 3 else 0]
        dying = {
            "journal": Dying(torn.ports.journal, left, after=after),
            "checkpoints": Dying(torn.ports.checkpoints, left, after=after),
        }
        try:
            tick(torn.with_ports(**dying))
        except Killed:
            tick(torn.ports)
        tick(whole.ports)
    assert kept(torn.ports) == kept(whole.ports)
    assert told(torn.ports) == told(whole.ports)


def test_the_same_tick_again_changes_nothing(paper: World) -> None:
    for notes in story(10, 3):
        tell(paper.ports, notes)
    tick(paper.ports)
    before = kept(paper.ports), told(paper.ports)
    tick(paper.ports)
    assert (kept(paper.ports), told(paper.ports)) == before


def test_every_change_of_a_standing_is_noted_once_with_its_evidence(paper: World) -> None:
    for notes in story(28, 6):
        tell(paper.ports, notes)
        tick(paper.ports)
    changes = [data for _, data in told(paper.ports) if '"what":"standing"' in data]
    watches = Fold.load(paper.ports.journal, paper.ports.checkpoints).watches
    assert len(changes) == sum(watch.n_changes for watch in watches.values())
    assert all("false_alarms_a_year" in data for data in changes)
    assert changes


def test_options_hold_for_the_batches_that_were_closed_with_them(paper: World) -> None:
    days = story(20, 7)
    for notes in days[:10]:
        tell(paper.ports, notes)
        tick(paper.ports, WatchOptions())
    calm = {
        one.n_changes
        for one in Fold.load(paper.ports.journal, paper.ports.checkpoints).watches.values()
    }
    for notes in days[10:]:
        tell(paper.ports, notes)
        tick(paper.ports, EARLY)
    assert calm == {0}
    assert rebuild_watches(paper.ports).is_identical


@pytest.mark.parametrize("damage", [{"format": 99}, {"format": 1}, {"format": 1, "read_from": "x"}])
def test_a_damaged_checkpoint_is_rebuilt_by_the_next_tick(
    paper: World, damage: dict[str, object]
) -> None:
    for notes in story(10, 8):
        tell(paper.ports, notes)
    tick(paper.ports)
    before = kept(paper.ports)
    paper.ports.checkpoints.save([Checkpoint(name="fold", number=3, content=damage)])
    tick(paper.ports)
    assert kept(paper.ports) == before


def test_a_rebuild_names_what_was_otherwise_and_replaces_it(paper: World) -> None:
    for notes in story(10, 9):
        tell(paper.ports, notes)
    tick(paper.ports)
    before = kept(paper.ports)
    forged = Checkpoint(name="standing/m1", number=0, content={"answers": False})
    paper.ports.checkpoints.save([forged])
    assert rebuild_watches(paper.ports).differing == ("standing/m1",)
    assert kept(paper.ports) == before


def test_what_was_given_up_counts_for_nobody_and_is_told(paper: World) -> None:
    said = forecast(1, "A", np.random.default_rng(1))
    tell(paper.ports, [said.to_note(START), outcome(said, None).to_note(START)])
    tick(paper.ports)
    watch = Fold.load(paper.ports.journal, paper.ports.checkpoints).watches["m1"]
    assert (watch.n_given_up, watch.n_bars) == (1, 0)


def test_a_rebuild_drops_what_the_journal_knows_nothing_of(paper: World) -> None:
    for notes in story(10, 9):
        tell(paper.ports, notes)
    tick(paper.ports)
    before = kept(paper.ports)
    stale = Checkpoint(name="standing/m", number=0, content={"answers": False})
    paper.ports.checkpoints.save([stale])
    assert rebuild_watches(paper.ports).differing == ("standing/m",)
    assert kept(paper.ports) == before
