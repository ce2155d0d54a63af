"""Runs: what the steps in the journal say about each retraining."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bellwether.registry import MarketKey
from bellwether.retraining._steps import ChainStep, Step
from bellwether.service import Journal, NoteFilter, NoteKind

_A_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One retraining, as far as it has come: a fold over the notes of the journal.

    Parameters
    ----------
    run_id : str
    market : MarketKey
    steps : tuple of ChainStep
        In the order of the journal.
    """

    run_id: str
    market: MarketKey
    steps: tuple[ChainStep, ...]

    @property
    def last(self) -> ChainStep:
        """The step it is at."""
        return self.steps[-1]

    @property
    def step(self) -> Step:
        """What the last step was."""
        return self.last.step

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return not self.step.ends

    @property
    def is_in_shadow(self) -> bool:
        """Whether its challenger makes forecasts that answer nobody."""
        return self.step is Step.SHADOWED

    @property
    def begun_at(self) -> np.datetime64:
        """When it was found due, UTC."""
        return self.steps[0].at

    @property
    def champion(self) -> str | None:
        """Id of the model that was challenged."""
        found: str | None = self.fact(Step.DUE, "champion")
        return found

    @property
    def challenger(self) -> str | None:
        """Id of the model that was made, if it passed the gate or may renew the champion."""
        found: str | None = self.fact(Step.TRAINED, "challenger")
        return found

    @property
    def renews(self) -> bool:
        """Whether its challenger is a later fit of the champion's own pipeline."""
        return bool(self.fact(Step.TRAINED, "renews"))

    @property
    def passed(self) -> bool:
        """Whether its challenger has passed the gate itself."""
        return bool(self.fact(Step.TRAINED, "passed"))

    def taken(self, step: Step) -> ChainStep | None:
        """Return one of its steps, or None."""
        return next((one for one in self.steps if one.step is step), None)

    def fact(self, step: Step, name: str) -> Any:
        """Return what was found at a step, or None."""
        taken = self.taken(step)
        return None if taken is None else taken.facts.get(name)

    def to_json(self) -> dict[str, Any]:
        """Return the run as JSON values."""
        return {
            "run_id": self.run_id,
            "universe": self.market.universe,
            "interval": self.market.interval,
            "horizon_bars": self.market.horizon_bars,
            "step": self.step.value,
            "is_open": self.is_open,
            "champion": self.champion,
            "challenger": self.challenger,
            "words": self.last.words,
            "steps": [step.to_json() for step in self.steps],
        }


class StepBook:
    """The steps in a journal, read once and then on from there.

    Parameters
    ----------
    journal : Journal
    """

    __slots__ = ("_journal", "_number", "_steps")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._number: int | None = None
        self._steps: list[ChainStep] = []

    def read(self) -> tuple[ChainStep, ...]:
        """Return every step by now, in the order of the journal; raises as `read_steps`."""
        wanted = NoteFilter(kinds=(NoteKind.RETRAINING,))
        while True:
            page = self._journal.notes(wanted, self._number, _A_PAGE)
            self._steps += [ChainStep.from_note(note) for note in page.notes]
            if page.notes:
                self._number = page.notes[-1].number
            if page.cursor is None:
                return tuple(self._steps)


def read_steps(journal: Journal) -> tuple[ChainStep, ...]:
    """Return every step of every retraining, in the order of the journal.

    Raises
    ------
    JournalUnavailable
        If the journal cannot be read.
    UnreadableStep
        If a note is none.
    """
    return StepBook(journal).read()


def fold_runs(steps: Iterable[ChainStep]) -> tuple[Run, ...]:
    """Return the retrainings that some steps make, in the order of their beginning."""
    by_run: dict[str, list[ChainStep]] = {}
    for step in steps:
        if step.step is not Step.ASKED:
            by_run.setdefault(step.run_id, []).append(step)
    return tuple(
        Run(run_id=run_id, market=taken[0].market, steps=tuple(taken))
        for run_id, taken in by_run.items()
    )


def find_runs(journal: Journal) -> tuple[Run, ...]:
    """Return every retraining there was, in the order of beginning; raises as `read_steps`."""
    return fold_runs(read_steps(journal))


def find_shadows(runs: Sequence[Run]) -> tuple[str, ...]:
    """Return the ids of the models that make forecasts in the shadow."""
    ids = (run.challenger for run in runs if run.is_in_shadow)
    return tuple(sorted(one for one in ids if one is not None))
