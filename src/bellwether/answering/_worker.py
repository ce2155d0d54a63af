"""A thread with a line of jobs, whose answers are awaited on an event loop."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

from bellwether.service import Prediction

Answers: TypeAlias = Sequence[Prediction]
_Awaited: TypeAlias = "asyncio.Future[Answers]"
Work: TypeAlias = Callable[[], Answers]


class Job:
    """One piece of work on its way through a worker's line, and its answers on the event loop.

    Parameters
    ----------
    work : callable
        Returns answers.
    """

    __slots__ = ("_claimed", "_loop", "_work", "answers", "is_over")

    def __init__(self, work: Work) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._claimed = threading.Lock()
        self.answers: _Awaited = self._loop.create_future()
        self.is_over = False

    def claim(self) -> bool:
        """Take the job, to run it or to drop it; only the first who tries gets it."""
        return self._claimed.acquire(blocking=False)

    async def wait(self, seconds: float) -> bool:
        """Wait for the answers without giving them up; whether they are there."""
        done, _ = await asyncio.wait({self.answers}, timeout=max(seconds, 0.0))
        return bool(done)

    def run(self) -> None:
        """Do the work, on the worker's thread, unless the job was dropped."""
        if not self.claim():
            return
        found: Answers | Exception
        try:
            found = self._work()
        except Exception as error:  # noqa: BLE001 - the thread must outlive what it runs
            found = error
        self.is_over = True
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(self._deliver, found)

    def _deliver(self, found: Answers | Exception) -> None:
        if isinstance(found, Exception):
            self.answers.set_exception(found)
        else:
            self.answers.set_result(found)


class Worker:
    """One daemon thread and its line of jobs; a hang never keeps the process from ending.

    Parameters
    ----------
    name : str
        Of the thread.
    """

    __slots__ = ("_guard", "_line", "_name", "_thread")

    def __init__(self, name: str) -> None:
        self._name = name
        self._line: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Work) -> Job:
        """Put work in line."""
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        job = Job(work)
        self._line.put(job)
        return job

    def close(self) -> None:
        """Take no more work; what is in line is still done."""
        self._line.put(None)

    def _run(self) -> None:
        while (job := self._line.get()) is not None:
            job.run()
