"""ProcessFitRunner: fits in parallel processes that share nothing but a folder."""

import contextlib
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bellwether.adapters._errors import FitFailed
from bellwether.adapters._fit_folder import write_fit_folder
from bellwether.adapters._fit_queue import FitQueue
from bellwether.adapters._line_workers import LineWorkers
from bellwether.adapters._work_store import WorkStore
from bellwether.samples import Samples
from bellwether.validation import FINAL_FOLD, Arrays, FitProgress, FitTask, Outcomes

COMMAND = (sys.executable, "-m", "bellwether.adapters._fit_worker")


class ProcessFitRunner:
    """Runs fits in worker processes and remembers each outcome in a work store.

    One thread a process: two threads on two shared cores are several times slower than one.
    What is expected to take longest is begun first, so that the processes end together, as
    `FitQueue` says.
    Finished fits are found again by their key, so that a run that was stopped at any moment
    goes on where it was. Nothing is pickled: samples and outcomes travel as plain arrays,
    messages as JSON lines.

    Parameters
    ----------
    store : WorkStore
    n_workers : int
        Processes at once, at least 1.
    """

    __slots__ = ("_n_workers", "_store")

    def __init__(self, store: WorkStore, n_workers: int) -> None:
        self._store = store
        self._n_workers = n_workers

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        """Yield each task with its outcome: remembered ones first, then as they finish.

        Raises
        ------
        FitFailed
            If a fit raised, its process died, or its outcome could not be kept.
        OSError
            If there is no room to hand the samples over.
        """
        todo = []
        for task in tasks:
            outcome = self._store.get(task.key)
            if outcome is None:
                todo.append(task)
            else:
                progress(task, 1.0)
                yield task, outcome
        if todo:
            yield from self._run_fresh(samples, todo, progress)

    def _run_fresh(
        self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress
    ) -> Outcomes:
        with tempfile.TemporaryDirectory(prefix="bellwether-fits-") as name:
            write_fit_folder(Path(name), samples, tasks, self._store.folder)
            workers = LineWorkers([*COMMAND, name], min(self._n_workers, len(tasks)))
            try:
                yield from self._collect(workers, tasks, progress)
            finally:
                workers.stop()

    def _collect(
        self, workers: LineWorkers, tasks: Sequence[FitTask], progress: FitProgress
    ) -> Outcomes:
        waiting, n_done = FitQueue(tasks), 0
        while n_done < len(tasks):
            worker, message = workers.next_message()
            number = workers.asked.get(worker)
            task = None if number is None else tasks[number]
            if "ended" in message:
                raise _death(task, int(message["ended"]))
            if number is not None and task is not None:
                if "failed" in message:
                    raise _failure(task, message)
                if "share" in message:
                    progress(task, float(message["share"]))
                    continue
                n_done += 1
                waiting.end(number)
                yield self._outcome(task, progress)
            following = waiting.take(worker)
            if following is not None:
                workers.ask(worker, following)

    def _outcome(self, task: FitTask, progress: FitProgress) -> tuple[FitTask, Arrays]:
        outcome = self._store.get(task.key)
        if outcome is None:
            raise FitFailed(
                "the finished fit in the work store",
                "none",
                f"check that {self._store.folder} can be written and is not emptied meanwhile",
                task=task,
            )
        progress(task, 1.0)
        return task, outcome


def _failure(task: FitTask, message: dict[str, Any]) -> FitFailed:
    cause = str(message["failed"])
    if "expected" in message:
        expected = f"{message['expected']} in {_name(task)}"
        return FitFailed(expected, message["was"], message["hint"], task=task, cause=cause)
    hint = f"read the trace:\n{message['trace']}"
    return FitFailed(f"{_name(task)} to end", cause, hint, task=task, cause=cause)


def _death(task: FitTask | None, exit_code: int) -> FitFailed:
    how = f"exit code {exit_code}"
    if exit_code < 0:
        with contextlib.suppress(ValueError):
            how = signal.Signals(-exit_code).name
    return FitFailed(
        "a training process to live until its fits are done",
        f"one that ended by {how}{f' during {_name(task)}' if task else ''}",
        "run the command again: finished fits are kept; if memory is short, use --workers 1",
        task=task,
        cause=how,
    )


def _name(task: FitTask) -> str:
    which = "the final fit" if task.fold == FINAL_FOLD else f"fit {task.fold + 1}"
    return f"{which} of {task.family}"
