"""Rehearsals: the memory they live in, put together."""

from collections.abc import Sequence

from bellwether import adapters
from bellwether.bars import BarsImport
from bellwether.rehearsal import (
    RehearsalOptions,
    RehearsalPorts,
    RehearsalReport,
    RehearsalWatcher,
    SimulatedClock,
    rehearse,
)
from bellwether.validation import InlineFitRunner


def rehearse_in_memory(
    histories: Sequence[BarsImport],
    options: RehearsalOptions | None = None,
    watcher: RehearsalWatcher | None = None,
) -> RehearsalReport:
    """Replay years day by day on a memory of its own; no file is written, no home is touched.

    Parameters
    ----------
    histories : sequence of BarsImport
        The true bars, one symbol each.
    options : RehearsalOptions, optional
    watcher : RehearsalWatcher, optional

    Returns
    -------
    report : RehearsalReport

    Raises
    ------
    NothingToRehearse, UnusableRehearsalOption
        As `rehearse`.
    """
    return rehearse(histories, memory_ports(histories), options, watcher)


def memory_ports(histories: Sequence[BarsImport]) -> RehearsalPorts:
    """Return empty memory, and a clock that stands at the first of some bars."""
    starts = [one.bars.closed_at[0] for one in histories if len(one.bars)]
    clock = SimulatedClock(min(starts)) if starts else SimulatedClock()
    checkpoints = adapters.MemoryCheckpoints()
    standings = adapters.CheckpointStandings(checkpoints)
    return RehearsalPorts(
        clock=clock,
        journal=adapters.MemoryJournal(),
        registry=adapters.MemoryRegistry(clock),
        checkpoints=checkpoints,
        standings=standings,
        choices=standings,
        runner=InlineFitRunner(),
        make_rules=adapters.calibrated_rules,
    )
