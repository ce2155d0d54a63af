"""Progress of training, for a person who watches, a log that is read later, and a program."""

import json
from collections.abc import Sequence
from typing import Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bellwether.features import FeatureEngine, FeatureSet, needs_panel
from bellwether.models import family_words
from bellwether.service import estimate_fit_seconds
from bellwether.validation import FINAL_FOLD, FitTask

LEAST_NEWS = 0.005


def prepare_features(console: Console, features: FeatureSet) -> None:
    """Compile the kernels of features that no run before has kept, and show how far it is.

    Once a machine: where all are on its disk, nothing is shown.

    Parameters
    ----------
    console : rich.console.Console
    features : FeatureSet
    """
    status = console.status("")
    is_told = False

    def tell(n_ready: int, n_all: int) -> None:
        nonlocal is_told
        words = f"compiling feature kernels {n_ready}/{n_all}"
        if not is_told and console.is_terminal:
            status.start()
        elif not is_told:
            console.print(f"{words}, once on this machine")
        status.update(words)
        is_told = True

    try:
        FeatureEngine([one for one in features.expressions if not needs_panel(one)]).prepare(tell)
    finally:
        status.stop()


class TrainingProgress:
    """A bar for all fits together, weighted by what each is expected to take.

    On a terminal it moves and shows the remaining time; elsewhere it prints one line a
    finished family, so that logs stay readable.

    Parameters
    ----------
    console : rich.console.Console
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._row: TaskID | None = None
        self._search: TaskID | None = None
        self._tasks: dict[str, FitTask] = {}
        self._shares: dict[str, float] = {}
        self._printed: set[str] = set()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    @property
    def counts(self) -> tuple[int, int]:
        """Fits that are done, and all of them."""
        return sum(share >= 1.0 for share in self._shares.values()), len(self._tasks)

    def planned(self, tasks: Sequence[FitTask]) -> None:
        """Start the bar."""
        self._tasks = {task.key: task for task in tasks}
        self._shares = dict.fromkeys(self._tasks, 0.0)
        total = sum(estimate_fit_seconds(task) for task in tasks)
        self._row = self._bar.add_task("training", total=total)

    def tuned(self, n_done: int, n_total: int) -> None:
        """Show how far the search for options is; the bar of the fits comes after it."""
        if self._search is None:
            self._search = self._bar.add_task("", total=n_total)
        text = f"tuning: {n_done} of {n_total} configurations tried"
        self._bar.update(self._search, completed=n_done, description=f"{text:<46}")
        if n_done == n_total and not self._console.is_terminal:
            self._console.print(f"  {text}")

    def fitting(self, task: FitTask, share: float) -> None:
        """Move the bar."""
        self._shares[task.key] = max(share, self._shares[task.key])
        if self._row is None:
            return
        done = sum(
            estimate_fit_seconds(self._tasks[key]) * part for key, part in self._shares.items()
        )
        n_done, n_all = self.counts
        what = "on the whole history" if task.fold == FINAL_FOLD else f"fold {task.fold + 1}"
        name = family_words(task.family)
        text = f"fit {min(n_done + 1, n_all)} of {n_all}: {name}, {what}"
        self._bar.update(self._row, completed=done, description=f"{text:<46}")
        if share >= 1.0 and not self._console.is_terminal:
            self._print_family(task)

    def judging(self) -> None:
        """Say that the fits are over."""
        if self._row is not None:
            self._bar.update(self._row, description=f"{'the gate looks at the results':<46}")

    def _print_family(self, task: FitTask) -> None:
        own = [key for key, other in self._tasks.items() if other.family == task.family]
        if all(self._shares[key] >= 1.0 for key in own) and task.family not in self._printed:
            self._printed.add(task.family)
            n_done, n_all = self.counts
            name = family_words(task.family)
            self._console.print(f"  {name}: {len(own)} fits done ({n_done} of {n_all} in all)")


class ProgressLines:
    """Lines of JSON for a program that started the training: ``{"progress": {...}}``.

    Each has the share of the work that is done, from 0 to 1, weighted by what each fit is
    expected to take, and words. There are at most some two hundred of them.

    Parameters
    ----------
    stream : text stream
        Whoever reads the other end; where nobody does, BrokenPipeError ends the training.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._weights: dict[str, float] = {}
        self._shares: dict[str, float] = {}
        self._last = -1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def planned(self, tasks: Sequence[FitTask]) -> None:
        """Say how many fits there are."""
        self._weights = {task.key: estimate_fit_seconds(task) for task in tasks}
        self._shares = dict.fromkeys(self._weights, 0.0)
        self._say(0.0, f"{len(tasks)} fits to do")

    def tuned(self, n_done: int, n_total: int) -> None:
        """Say how far the search for options is; the fits are still to come."""
        self._say(0.0, f"tuning: {n_done} of {n_total} configurations tried")

    def fitting(self, task: FitTask, share: float) -> None:
        """Say how far it is, where that is news."""
        self._shares[task.key] = max(share, self._shares[task.key])
        done = sum(self._weights[key] * part for key, part in self._shares.items())
        total = done / sum(self._weights.values())
        if total - self._last >= LEAST_NEWS or share >= 1.0:
            n_done = sum(part >= 1.0 for part in self._shares.values())
            self._say(total, f"{n_done} of {len(self._shares)} fits done")

    def judging(self) -> None:
        """Say that the fits are over."""
        self._say(1.0, "the gate looks at the results")

    def _say(self, share: float, words: str) -> None:
        self._last = share
        told = {"share": round(min(share, 1.0), 4), "words": words}
        self._stream.write(json.dumps({"progress": told}) + "\n")
        self._stream.flush()
