"""Child processes that are asked by numbers and answer by lines of JSON."""

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

GRACE_SECONDS = 2.0


class LineWorkers:
    """Child processes, each with a thread that reads its lines into one queue.

    One thread a process: two threads on two shared cores are several times slower than one.
    Nothing is pickled, and nothing but numbers is sent.

    Parameters
    ----------
    command : sequence of str
        What each process runs; it ends when its input closes.
    n_workers : int
        Processes, at least 1.
    """

    __slots__ = ("_listeners", "_messages", "_processes", "asked")

    def __init__(self, command: Sequence[str], n_workers: int) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        self._messages: queue.Queue[tuple[int, dict[str, Any]]] = queue.Queue()
        self._processes = [
            subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                start_new_session=True,
            )
            for _ in range(n_workers)
        ]
        self.asked: dict[int, int] = {}
        self._listeners = [
            threading.Thread(target=self._listen, args=(number,), daemon=True)
            for number in range(n_workers)
        ]
        for listener in self._listeners:
            listener.start()

    def _listen(self, number: int) -> None:
        process = self._processes[number]
        for line in process.stdout or ():
            # The last line of a process that was killed may be cut.
            with contextlib.suppress(ValueError):
                self._messages.put((number, json.loads(line)))
        self._messages.put((number, {"ended": process.wait()}))

    def next_message(self) -> tuple[int, dict[str, Any]]:
        """Return the number of a worker and its next message."""
        return self._messages.get()

    def ask(self, worker: int, task: int) -> None:
        """Give a worker its next task."""
        self.asked[worker] = task
        pipe = self._processes[worker].stdin
        if pipe is not None:
            # A process that just died is reported by its listener, with how it ended.
            with contextlib.suppress(BrokenPipeError):
                pipe.write(f"{task}\n")
                pipe.flush()

    def stop(self) -> None:
        """End every process: what is under way is given up."""
        for process in self._processes:
            process.terminate()
        for process, listener in zip(self._processes, self._listeners, strict=True):
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            listener.join()
            for pipe in (process.stdin, process.stdout):
                # What a dead process never read is still in the pipe.
                with contextlib.suppress(BrokenPipeError):
                    if pipe is not None:
                        pipe.close()
