"""States are a fold over the journal: whenever it is read, and in whatever pieces."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryCheckpoints, MemoryJournal
from bellwether.hashing import canonical_json
from bellwether.monitor import Thresholds
from bellwether.service import JournalNote, NoteFilter, NoteKind
from bellwether.watch import (
    RULES,
    Checkpoint,
    PaperForecast,
    PaperOutcome,
    Voice,
    WatchOptions,
    WatchPorts,
)
from bellwether.watch._folding import Fold
from bellwether.watch._rebuilding import rebuild_watches
from bellwether.watch._watching import fold_outcomes

World = Any
DAY = np.timedelta64(1, "D")
START = np.datetime64("2020-01-01T21:00", "us")
SYMBOLS = ("A", "B", "C")
EARLY = WatchOptions(thresholds=Thresholds(amber=3.0, red=9.0), recovery_evidence=1.2)
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def forecast(day: int, symbol: str, rng: np.random.Generator) -> PaperForecast:
    def voice(who: str) -> Voice:
        return Voice(
            who=who,
            bundle_digest="b",
            direction=int(rng.choice([-1, 1])),
            probability_up=0.6,
            expected_return=0.001,
            confidence=float(rng.uniform(50, 95)),
            members={"ridge": float(rng.uniform(0.3, 0.7))},
        )

    return PaperForecast(
        symbol=symbol,
        interval="1d",
        horizon_bars=1,
        as_of=START + day * DAY,
        closes_at=START + (day + 1) * DAY,
        price=100.0,
        volatility=0.01,
        bars_digest="d",
        voices=(voice(RULES), voice("m1"), *([voice("m2")] if day % 3 else [])),
    )


def outcome(of: PaperForecast, realized: float | None) -> PaperOutcome:
    return PaperOutcome(
        key=of.key,
        symbol=of.symbol,
        as_of=of.as_of,
        closes_at=of.closes_at,
        realized_return=realized,
        words="" if realized is not None else "no bar came",
    )


def story(n_days: int, seed: int, late_days: int = 0) -> list[list[JournalNote]]:
    """Return what is noted day by day; an outcome in seven comes later, or never."""
    rng = np.random.default_rng(seed)
    days: list[list[JournalNote]] = [[] for _ in range(n_days + late_days + 1)]
    for day in range(n_days):
        for symbol in SYMBOLS:
            said = forecast(day, symbol, rng)
            at = said.as_of + np.timedelta64(1, "h")
            days[day].append(said.to_note(at))
            wait = int(rng.integers(0, late_days + 1)) if rng.random() < 1 / 7 else 0
            given_up = late_days > 0 and rng.random() < 0.05
            realized = None if given_up else float(rng.normal(0.0, 0.01))
            days[day + 1 + wait].append(outcome(said, realized).to_note(at + DAY))
    return days


def tell(ports: WatchPorts, notes: Sequence[JournalNote]) -> None:
    if notes:
        ports.journal.note(notes)


def tick(ports: WatchPorts, options: WatchOptions = EARLY) -> None:
    fold, _ = fold_outcomes(ports, options, START)
    fold.save(ports.checkpoints)


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
