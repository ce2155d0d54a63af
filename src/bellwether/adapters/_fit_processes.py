"""ProcessFitRunner: fits in parallel processes that share nothing but a folder."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bellwether.adapters._fit_folder import write_fit_folder
from bellwether.adapters._work_store import WorkStore
from bellwether.errors import ModelError
from bellwether.samples import Samples
from bellwether.validation import Arrays, FitProgress, FitTask

COMMAND = (sys.executable, "-m", "bellwether.adapters._fit_worker")
GRACE_SECONDS = 2.0


class FitFailed(ModelError):
    """A training process reported an error, or died."""


class ProcessFitRunner:
    """Runs fits in worker processes and remembers each outcome in a work store.

    One thread a process: two threads on two shared cores are several times slower than one.
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

    def run(
        self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress
    ) -> Iterator[tuple[FitTask, Arrays]]:
        """Yield each task with its outcome: remembered ones first, then as they finish.

        Raises
        ------
        FitFailed
            If a fit raised or its process died.
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
    ) -> Iterator[tuple[FitTask, Arrays]]:
        with tempfile.TemporaryDirectory(prefix="bellwether-fits-") as name:
            write_fit_folder(Path(name), samples, tasks, self._store.folder)
            workers = _Workers(Path(name), min(self._n_workers, len(tasks)))
            try:
                yield from self._collect(workers, tasks, progress)
            finally:
                workers.stop()

    def _collect(
        self, workers: "_Workers", tasks: Sequence[FitTask], progress: FitProgress
    ) -> Iterator[tuple[FitTask, Arrays]]:
        waiting, n_done = iter(range(len(tasks))), 0
        while n_done < len(tasks):
            worker, message = workers.next_message()
            if "ended" in message:
                raise FitFailed(
                    "a training process to finish its fits",
                    f"one that ended with exit code {message['ended']}",
                    "run the command again: finished fits are kept; if it recurs, use --workers 1",
                )
            if "failed" in message:
                raise _failure(tasks[int(message["task"])], message)
            if "share" in message:
                progress(tasks[int(message["task"])], float(message["share"]))
                continue
            if "done" in message:
                n_done += 1
                yield self._outcome(tasks[int(message["task"])], progress)
            following = next(waiting, None)
            if following is not None:
                workers.ask(worker, following)

    def _outcome(self, task: FitTask, progress: FitProgress) -> tuple[FitTask, Arrays]:
        outcome = self._store.get(task.key)
        if outcome is None:
            raise FitFailed(
                "the finished fit in the work store",
                "none",
                f"check that {self._store.folder} can be written and is not emptied meanwhile",
            )
        progress(task, 1.0)
        return task, outcome


def _failure(task: FitTask, message: dict[str, Any]) -> FitFailed:
    what = f"{task.family} fold {task.fold}"
    if "expected" in message:
        return FitFailed(f"{message['expected']} ({what})", message["was"], message["hint"])
    return FitFailed(
        f"the fit of {what} to end", f"{message['failed']}", f"read the trace:\n{message['trace']}"
    )


class _Workers:
    """Child processes, each with a thread that reads its lines into one queue."""

    __slots__ = ("_messages", "_processes")

    def __init__(self, folder: Path, n_workers: int) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        self._messages: queue.Queue[tuple[int, dict[str, Any]]] = queue.Queue()
        self._processes = [
            subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
                [*COMMAND, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                start_new_session=True,
            )
            for _ in range(n_workers)
        ]
        for number in range(n_workers):
            threading.Thread(target=self._listen, args=(number,), daemon=True).start()

    def _listen(self, number: int) -> None:
        process = self._processes[number]
        for line in process.stdout or ():
            self._messages.put((number, json.loads(line)))
        self._messages.put((number, {"ended": process.wait()}))

    def next_message(self) -> tuple[int, dict[str, Any]]:
        """Return the number of a worker and its next message."""
        return self._messages.get()

    def ask(self, worker: int, task: int) -> None:
        """Give a worker its next task."""
        pipe = self._processes[worker].stdin
        if pipe is not None:
            # A process that just died is reported by its listener, with its exit code.
            with contextlib.suppress(BrokenPipeError):
                pipe.write(f"{task}\n")
                pipe.flush()

    def stop(self) -> None:
        """End every process: a fit under way is given up, finished ones are in the store."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
