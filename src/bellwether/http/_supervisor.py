"""The parent of several workers: starts them, replaces those that fail, ends with them."""

import logging
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from bellwether.http._board import SHARED_FOLDER, Condition, make_board
from bellwether.http._logging import STDERR
from bellwether.http._notify import ALIVE, READY, STOPPING, notify, watchdog_seconds
from bellwether.http._options import ServeOptions
from bellwether.http._serve import SIGNALLED
from bellwether.http._serve_errors import WorkersUnsupported
from bellwether.http._workers import SILENT_SECONDS, Worker

_TICK_SECONDS = 0.2
# A worker leaves nothing undone within drain and grace; a little more is for its clean-up.
_MARGIN_SECONDS = 7.0
_log = logging.getLogger(__name__)


def supervise(
    command: Callable[[int], Sequence[str]],
    sockets: Sequence[socket.socket],
    n_workers: int,
    options: ServeOptions | None = None,
) -> int:
    """Serve with several processes that share sockets, until asked to end.

    Parameters
    ----------
    command : callable
        Returns the arguments of `bellwether` that make the worker of a place.
    sockets : sequence of socket.socket
        Which listen already, and are inherited by each worker.
    n_workers : int
    options : ServeOptions, optional

    Returns
    -------
    code : int
        For the process to exit with: 0 where it was asked to end.

    Raises
    ------
    WorkersUnsupported
        If the system cannot share a socket among processes.

    Notes
    -----
    A worker that ends or is silent is replaced, later each time it happens again. SIGTERM and
    SIGINT end all, after what is under way; a second one at once. SIGHUP replaces one after the
    other, each once its successor is ready; started from a terminal it ends all, for the terminal
    is gone. Whoever starts under this parent finds the folder of shared counts in its
    environment. Where the parent is killed, its workers end by themselves.
    """
    if sys.platform == "win32":
        raise WorkersUnsupported(n_workers)
    with tempfile.TemporaryDirectory(prefix="bellwether-serve-") as folder, _letters() as letters:
        crew = _Crew(command, sockets, n_workers, options or ServeOptions(), Path(folder))
        return crew.run(letters)


@contextmanager
def _letters() -> Iterator[Callable[[], bytes]]:
    """Turn signals into letters: each is one byte, the signal's number, waited for in a loop."""
    inbox, outbox = os.pipe()
    os.set_blocking(inbox, False)
    os.set_blocking(outbox, False)
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    woken = signal.set_wakeup_fd(outbox, warn_on_full_buffer=False)

    def wait() -> bytes:
        ready, _, _ = select.select([inbox], [], [], _TICK_SECONDS)
        return os.read(inbox, 64) if ready else b""

    try:
        yield wait
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(inbox)
        os.close(outbox)


class _Crew:
    """The workers of a service, and what is to become of them."""

    def __init__(
        self,
        command: Callable[[int], Sequence[str]],
        sockets: Sequence[socket.socket],
        n_workers: int,
        options: ServeOptions,
        folder: Path,
    ) -> None:
        self._folder = str(folder)
        self._patience = options.drain_seconds + options.grace_seconds + _MARGIN_SECONDS
        self._board = make_board(folder, n_workers, n_workers + 1)
        environment = {**os.environ, SHARED_FOLDER: self._folder}
        environment.pop("NOTIFY_SOCKET", None)  # systemd hears the parent
        for one in sockets:
            one.set_inheritable(True)
        places = [
            Worker(
                place=place,
                board=self._board,
                command=command,
                descriptors=[one.fileno() for one in sockets],
                environment=environment,
            )
            for place in range(n_workers + 1)
        ]
        self._wanted = places[:n_workers]
        self._spare = places[-1]
        self._rolling: deque[Worker] = deque()
        self._has_successor = False
        self._code: int | None = None
        self._was_ready = False
        self._ticked_at = time.monotonic()
        self._excused_until = 0.0
        asked = watchdog_seconds()
        self._bark_seconds = float("inf") if asked is None else asked / 3.0
        self._barked_at = self._ticked_at

    def run(self, letters: Callable[[], bytes]) -> int:
        """Keep the workers until all have ended on request, and return the exit code."""
        try:
            while True:
                now = time.monotonic()
                self._tick(now)
                if self._code is not None and not any(one.process for one in self._all):
                    return self._code
                for number in letters():
                    self._obey(number, time.monotonic())
        finally:
            for one in self._all:
                one.kill()
            for one in self._all:
                if one.process is not None:
                    one.process.wait()

    @property
    def _all(self) -> tuple[Worker, ...]:
        return (*self._wanted, self._spare)

    def _obey(self, number: int, now: float) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            if self._code is not None:
                self._code = SIGNALLED + number
                for one in self._all:
                    one.kill()
            else:
                self._end(0, now)
        elif number == signal.SIGHUP and self._code is None:
            if os.isatty(STDERR):
                self._end(SIGNALLED + number, now)
            elif not self._rolling:
                _log.info("reason=reload: workers are replaced one after the other")
                self._rolling.extend(self._wanted)

    def _end(self, code: int, now: float) -> None:
        self._code = code
        self._rolling.clear()
        notify(STOPPING)
        for one in self._all:
            one.ask_to_end(now, self._patience)

    def _tick(self, now: float) -> None:
        if now - self._ticked_at > SILENT_SECONDS / 2.0:
            self._excused_until = now + SILENT_SECONDS  # all of us were stopped
        self._ticked_at = now
        for one in self._all:
            self._look_after(one, now)
        if self._code is None:
            self._roll(now)
        if not self._was_ready and all(one.is_up for one in self._wanted):
            self._was_ready = True
            _log.info("reason=started: %d workers answer", len(self._wanted))
            notify(READY)
        if now - self._barked_at >= self._bark_seconds:
            self._barked_at = now
            notify(ALIVE)

    def _look_after(self, one: Worker, now: float) -> None:
        pid = one.pid
        code = one.find_end()
        if code is not None:
            mark_process_dead(pid, self._folder)  # type: ignore[no-untyped-call]
            if one in self._wanted and self._code is None:
                self._replace(one, code, now)
        one.kill_if_due(now)
        if now > self._excused_until and one.is_silent(now):
            _log.error("reason=worker_silent: worker %d gives no sign and is replaced", pid)
            one.kill()
        is_missing = one in self._wanted and one.process is None and self._code is None
        if is_missing and now >= one.starts_at:
            one.start(now)

    def _replace(self, one: Worker, code: int, now: float) -> None:
        if code > 0 and not self._was_ready:
            # What is wrong it has said, and it will not be better at the next start.
            self._end(code, now)
            return
        self._board.count_restart()
        wait = one.plan_start(now)
        _log.error("reason=worker_ended: a worker ended with %d; next start in %g s", code, wait)

    def _roll(self, now: float) -> None:
        """Replace the first in line: successor started, then ready, then the old one ends."""
        if not self._rolling:
            return
        old, new = self._rolling[0], self._spare
        if self._has_successor:
            self._hand_over(old, new, now)
        elif new.process is None:
            new.start(now)
            self._has_successor = True

    def _hand_over(self, old: Worker, new: Worker, now: float) -> None:
        no_worse = new.condition is Condition.UNREADY and old.condition is not Condition.READY
        if new.process is None:
            _log.error("reason=reload_failed: a successor ended early; the others stay")
            self._rolling.clear()
        elif new.condition is Condition.READY or no_worse:
            self._wanted[self._wanted.index(old)] = new
            self._spare = old
            old.ask_to_end(now, self._patience)
            self._rolling.popleft()
            if not self._rolling:
                _log.info("reason=reloaded: every worker was replaced")
        else:
            return
        self._has_successor = False
