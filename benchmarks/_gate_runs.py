"""Runs of the gate itself: what the command line of its studies is, and how runs are counted."""

import argparse
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from _report import Report, exact_interval
from bellwether.validation import Evidence, Examination, GateOptions, Leg, examine


class Tally(NamedTuple):
    """How many runs there were, how many passed the skill leg, and how many were promoted."""

    n_runs: int = 0
    n_skilled: int = 0
    n_promoted: int = 0

    def __add__(self, other: object) -> Self:
        """Return both tallies as one."""
        if not isinstance(other, Tally):
            return NotImplemented
        return type(self)(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        """Promoted of all."""
        return self.n_promoted / self.n_runs

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95 % interval of the share."""
        return exact_interval(self.n_promoted, self.n_runs)

    @property
    def cells(self) -> tuple[object, ...]:
        """Cells of a row of a report: runs, by skill alone, promoted, share, interval."""
        low, high = self.interval
        span = f"{low:.4f} to {high:.4f}"
        return self.n_runs, self.n_skilled / self.n_runs, self.n_promoted, self.share, span

    @property
    def figures(self) -> dict[str, object]:
        """The same for the results file."""
        return {
            "runs": self.n_runs,
            "promoted": self.n_promoted,
            "share": self.share,
            "interval": self.interval,
            "by_the_skill_leg_alone": self.n_skilled,
            "interval_of_the_skill_leg": exact_interval(self.n_skilled, self.n_runs),
        }


COLUMNS = ("runs", "skill leg alone", "promoted", "share", "95 % interval")


@dataclass(frozen=True, kw_only=True)
class Job:
    """Some runs of one cell of a study, done in one go.

    Parameters
    ----------
    cell : int
        Which cell of the study.
    first, n_runs : int
        First run and how many.
    seed : int
        Of the study.
    """

    cell: int
    first: int
    n_runs: int
    seed: int

    def generators(self) -> Iterable[tuple[int, np.random.Generator]]:
        """Yield the number and the generator of each run, the same whatever the job's size."""
        for number in range(self.first, self.first + self.n_runs):
            yield number, np.random.default_rng([self.seed, self.cell, number])


def cut_jobs(n_cells: int, n_runs: int, seed: int, *, at_once: int) -> list[Job]:
    """Return the jobs for so many runs of each cell."""
    return [
        Job(cell=cell, first=first, n_runs=min(at_once, n_runs - first), seed=seed)
        for cell in range(n_cells)
        for first in range(0, n_runs, at_once)
    ]


def count(examination: Examination) -> Tally:
    """Return the tally of one run that was examined."""
    skilled = all(check.passed for check in examination.checks if check.leg is Leg.SKILL)
    return Tally(1, skilled, examination.promotes)


def try_gate(evidence: Evidence, options: GateOptions | None = None) -> Tally:
    """Return the tally of one run: every decision is the shipped gate's own."""
    return count(examine(evidence, options))


def add_by_cell(jobs: Iterable[Job], tallies: Iterable[Tally]) -> dict[int, Tally]:
    """Return the tally of each cell."""
    found: dict[int, Tally] = {}
    for job, tally in zip(jobs, tallies, strict=True):
        found[job.cell] = found.get(job.cell, Tally()) + tally
    return found


def pool(tallies: Iterable[Tally]) -> Tally:
    """Return several tallies as one."""
    return sum(tallies, Tally())


def add_row(report: Report, tally: Tally, *names: object) -> None:
    """Add a tally to a report."""
    report.add(*names, *tally.cells)


def parse_runs(description: str, *, seed: int, **counts: tuple[int, int]) -> argparse.Namespace:
    """Read the command line of a study of the gate.

    Parameters
    ----------
    description : str
    seed : int
    **counts : pair of int
        Runs of each part, and of its quick form.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=seed, help="first seed (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="a few runs of everything")
    for name, (whole, _) in counts.items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=int, default=whole, help="default: %(default)s")
    given = parser.parse_args()
    if given.quick:
        for name, (_, quick) in counts.items():
            setattr(given, name, quick)
    return given


Run = Callable[[Job], Tally]
