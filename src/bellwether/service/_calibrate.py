"""Calibrate: run the shipped gate where the truth is known, and write down how often it errs."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bellwether.clock import Clock
from bellwether.service._errors import OptionOutOfRange
from bellwether.validation import (
    CalibrationFigure,
    CalibrationSetting,
    CalibrationWorld,
    Estimate,
    GateCalibration,
    exact_proportion,
    is_promoted,
)

# Power is a large number and needs few runs; false promotion is a small one and needs many.
POWER_SHARE = 0.1

PlannedRun = tuple[int, int]
"""The place of a world among the setting's, and the number of the run in it."""
CalibrationProgress = Callable[[int, int], None]
"""Told how many runs are done, and how many there are in all."""


CalibrationResults = Generator[tuple[PlannedRun, bool], None, None]
"""Each run with whether the gate promoted."""


class CalibrationRunner(Protocol):
    """Makes runs of the gate. Treaty: each run once, in any order, each on its own.

    Stopping to iterate, or closing the iterator, ends whatever was begun. Whatever goes wrong
    in a run is raised: a run that is silently left out would flatter the gate.
    """

    def run(self, setting: CalibrationSetting, runs: Sequence[PlannedRun]) -> CalibrationResults:
        """Yield each run with whether the gate promoted."""
        ...


class InlineCalibrationRunner:
    """Makes one run after the other in this process."""

    def run(self, setting: CalibrationSetting, runs: Sequence[PlannedRun]) -> CalibrationResults:
        """Yield each run with whether the gate promoted."""
        worlds = setting.worlds
        for place, number in runs:
            yield (place, number), is_promoted(setting, worlds[place], number)


class CalibrationStore(Protocol):
    """Remembers calibrations, the latest of each snapshot under each set of gate options.

    Treaty: `put` returns when the calibration is durable; what cannot be read is as if it had
    never been: a verdict then says that the gate's rate of error was not measured.
    """

    def put(self, calibration: GateCalibration) -> None:
        """Remember a calibration in place of an earlier one."""
        ...

    def find(self, snapshot: str, options_digest: str) -> GateCalibration | None:
        """Return the calibration on a snapshot; an empty snapshot is simulated worlds alone."""
        ...

    def known(self) -> Sequence[GateCalibration]:
        """Return every calibration, the latest first."""
        ...


class MemoryCalibrations:
    """Calibrations that are forgotten at the end of the process; treaty as `CalibrationStore`."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], GateCalibration] = {}

    def put(self, calibration: GateCalibration) -> None:
        """Remember a calibration in place of an earlier one."""
        self._known[calibration.snapshot, calibration.options_digest] = calibration

    def find(self, snapshot: str, options_digest: str) -> GateCalibration | None:
        """Return the calibration on a snapshot."""
        return self._known.get((snapshot, options_digest))

    def known(self) -> Sequence[GateCalibration]:
        """Return every calibration, the latest first."""
        return tuple(sorted(self._known.values(), key=lambda one: one.measured_at, reverse=True))


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationRequest:
    """How much is to be run.

    Parameters
    ----------
    setting : CalibrationSetting
        The gate and the bars.
    n_runs : int
        Runs without skill, shared evenly by the worlds without it; each world with a planted
        skill is run a tenth as often.
    budget_seconds : float
        After which no further run is begun.

    Raises
    ------
    OptionOutOfRange
        If a number is not above zero.
    """

    setting: CalibrationSetting = field(default_factory=CalibrationSetting)
    n_runs: int = 1000
    budget_seconds: float = 60.0

    def __post_init__(self) -> None:
        for name in ("n_runs", "budget_seconds"):
            if not getattr(self, name) > 0:
                raise OptionOutOfRange(name, "above zero", getattr(self, name))

    @property
    def snapshot(self) -> str:
        """Digest of the user's bars; empty where there are none."""
        return "" if self.setting.panel is None else self.setting.panel.digest

    @property
    def runs(self) -> tuple[PlannedRun, ...]:
        """Every run, so laid out that any first part of them treats all worlds alike."""
        kinds = [world.kind for world in self.setting.worlds]
        n_null, placed = kinds.count("null"), 0
        runs: list[tuple[float, PlannedRun]] = []
        for place, kind in enumerate(kinds):
            n_own = max(round(POWER_SHARE * self.n_runs), 1)
            if kind == "null":
                n_own = self.n_runs * (placed + 1) // n_null - self.n_runs * placed // n_null
                placed += 1
            runs += [((number + 0.5) / n_own, (place, number)) for number in range(n_own)]
        return tuple(run for _, run in sorted(runs))


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationPorts:
    """What a calibration needs from outside.

    Parameters
    ----------
    clock : Clock
    runner : CalibrationRunner
    store : CalibrationStore
    """

    clock: Clock
    runner: CalibrationRunner = field(default_factory=InlineCalibrationRunner)
    store: CalibrationStore = field(default_factory=MemoryCalibrations)


def calibrate_gate(
    request: CalibrationRequest,
    ports: CalibrationPorts,
    progress: CalibrationProgress | None = None,
) -> GateCalibration:
    """Measure how often the shipped gate promotes noise, and how often a genuine skill.

    Parameters
    ----------
    request : CalibrationRequest
    ports : CalibrationPorts
    progress : callable, optional

    Returns
    -------
    calibration : GateCalibration
        Kept in the store too. Where the budget was short it says how many runs were left out.

    Notes
    -----
    Every run asks the whole gate, the value leg included, about an Evidence made like any
    other. The worlds: simulated noise; the user's bars as they are with unrelated forecasts,
    with random signs, and in random order; planted skills. The same request gives the same
    runs; a budget only decides how many of them are made.
    """
    started_at = ports.clock.now()
    end_at = started_at + np.timedelta64(round(1e6 * request.budget_seconds), "us")
    runs = request.runs
    counts = {place: [0, 0] for place in range(len(request.setting.worlds))}
    n_done = 0
    with closing(ports.runner.run(request.setting, runs)) as made:
        for (place, _), promoted in made:
            counts[place][0] += 1
            counts[place][1] += promoted
            n_done += 1
            if progress is not None:
                progress(n_done, len(runs))
            if ports.clock.now() >= end_at:
                break
    measured_at = ports.clock.now()
    calibration = GateCalibration(
        snapshot=request.snapshot,
        options_digest=request.setting.options.digest,
        n_configurations=request.setting.n_configurations,
        n_bars=request.setting.n_bars,
        measured_at=str(np.datetime_as_string(measured_at, unit="s")),
        seconds=float((measured_at - started_at) / np.timedelta64(1, "s")),
        figures=tuple(_figures(request.setting, counts)),
        n_runs_left_out=len(runs) - n_done,
    )
    ports.store.put(calibration)
    return calibration


def find_calibration(
    store: CalibrationStore, snapshot: str, options_digest: str
) -> GateCalibration | None:
    """Return the gate's rate of error as measured on a snapshot, else on simulated worlds.

    Parameters
    ----------
    store : CalibrationStore
    snapshot : str
        Digest of the bars that a verdict is about.
    options_digest : str
        Of the gate that judged: another level is another gate.
    """
    return store.find(snapshot, options_digest) or store.find("", options_digest)


def _figures(
    setting: CalibrationSetting, counts: dict[int, list[int]]
) -> Iterator[CalibrationFigure]:
    for place, world in enumerate(setting.worlds):
        n_runs, n_promoted = counts[place]
        rate = exact_proportion(n_promoted, n_runs)
        if rate is not None:
            yield _figure(setting, world, rate, n_promoted)


def _figure(
    setting: CalibrationSetting, world: CalibrationWorld, rate: Estimate, n_promoted: int
) -> CalibrationFigure:
    return CalibrationFigure(
        world=world.name,
        kind=world.kind,
        information_coefficient=world.information_coefficient,
        n_runs=int(rate.n),
        n_promoted=n_promoted,
        rate=rate,
        limit=setting.limit(world),
        seed=setting.seed,
    )
