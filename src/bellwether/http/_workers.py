"""One worker process: started, watched, asked to end, and ended."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bellwether.http._board import Board, Condition

# A worker that ended is started again after these waits, the longer the more often it failed.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0
# After so long in service its failures of before are forgotten.
SOUND_AFTER_SECONDS = 60.0
# Beats come every second; an event loop that is silent so long hangs.
SILENT_SECONDS = 15.0
START_SECONDS = 60.0


@dataclass(slots=True, kw_only=True, eq=False)
class Worker:
    """A place for a worker, and the process that has it at the moment.

    Parameters
    ----------
    place : int
    board : Board
    command : callable
        Returns the command line of the worker at a place.
    descriptors : sequence of int
        Of the sockets it inherits.
    environment : mapping of str to str
    """

    place: int
    board: Board
    command: Callable[[int], Sequence[str]]
    descriptors: Sequence[int]
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    n_failures: int = 0
    started_at: float = field(default=0.0)
    starts_at: float = field(default=0.0)
    killed_at: float | None = None

    @property
    def pid(self) -> int:
        """Its process id; -1 where there is none."""
        return -1 if self.process is None else self.process.pid

    @property
    def condition(self) -> Condition:
        """What it last said."""
        return self.board.read(self.place).condition

    @property
    def is_up(self) -> bool:
        """Whether it takes questions or did; not while it starts or leaves."""
        return self.condition in (Condition.READY, Condition.UNREADY)

    def start(self, now: float) -> None:
        """Start a process for this place."""
        self.board.write(self.place, Condition.STARTING, now)
        self.started_at, self.killed_at = now, None
        self.process = subprocess.Popen(  # noqa: S603 - this interpreter and our own command
            [sys.executable, "-m", "bellwether", *self.command(self.place)],
            stdin=subprocess.DEVNULL,
            pass_fds=self.descriptors,
            env=self.environment,
            process_group=0,  # Ctrl-C in a terminal reaches the parent alone, which tells them
        )

    def find_end(self) -> int | None:
        """Return the exit code of a process that has ended, whose place is then free."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = None
        self.board.write(self.place, Condition.ABSENT, 0.0)
        return code

    def is_silent(self, now: float) -> bool:
        """Whether its process gives no sign any more, or never gave one."""
        if self.process is None or self.killed_at is not None:
            return False
        if self.condition is Condition.STARTING:
            return now - self.started_at > START_SECONDS
        return now - self.board.read(self.place).at > SILENT_SECONDS

    def ask_to_end(self, now: float, patience_seconds: float) -> None:
        """Let it finish what it has under way."""
        self.killed_at = now + patience_seconds
        self._send(signal.SIGTERM)

    def kill_if_due(self, now: float) -> None:
        """End it, if it did not do so within the patience."""
        if self.process is not None and self.killed_at is not None and now >= self.killed_at:
            self._send(signal.SIGKILL)

    def kill(self) -> None:
        """End it now."""
        self._send(signal.SIGKILL)

    def plan_start(self, now: float) -> float:
        """Plan its next start after a failure, and return the wait."""
        if now - self.started_at > SOUND_AFTER_SECONDS:
            self.n_failures = 0
        wait = min(FIRST_WAIT_SECONDS * 2.0**self.n_failures, LONGEST_WAIT_SECONDS)
        self.n_failures += 1
        self.starts_at = now + wait
        return wait

    def _send(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)
