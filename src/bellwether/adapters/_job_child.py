"""A job's process: started in a session of its own, listened to, stopped with its group."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bellwether.service import JobFailure

NICE = 10
GRACE_SECONDS = 5.0
_PROGRESS = b'{"progress"'
_MOST_ANSWER_BYTES = 1 << 24
# Neither the key of a client nor anything of the shell's is a job's affair.
_KEPT_BACK = ("BELLWETHER_API_KEY",)
# A line is the word to go; the end of the pipe is the end.
_WAIT = 'read -r _ || exit 1; exec "$@" </dev/null'


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a process ended.

    Parameters
    ----------
    answer : mapping or None
        The JSON object it wrote last, where it ended well.
    failure : JobFailure or None
        Why it did not.
    """

    answer: Mapping[str, Any] | None = None
    failure: JobFailure | None = None


class JobChild:
    """A process that does a job, once it is let go.

    Until `begin` it waits; where whoever started it dies before, it ends by itself, so that no
    process works whose number nobody wrote down.

    Parameters
    ----------
    command : sequence of str
        Writes lines ``{"progress": {...}}`` and, at its end, one JSON object to its output; a
        failure as ``{"error": {...}}``.
    log : pathlib.Path
        Where its words for people are appended.
    alive : int
        A descriptor that it keeps open as long as it lives, and nobody else.
    most_bytes : int
        Memory that each process of it may have.
    heard : callable
        Told each progress, on a thread of its own.
    """

    __slots__ = ("_answer", "_heard", "_listener", "_process")

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        alive: int,
        most_bytes: int,
        heard: Callable[[Mapping[str, Any]], None],
    ) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in _KEPT_BACK}
        with log.open("ab") as words:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, and checked options
                ["/bin/sh", "-c", _WAIT, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env={**environment, "PYTHONUNBUFFERED": "1"},
                pass_fds=(alive,),
                start_new_session=True,
            )
        self._restrain(most_bytes)
        self._heard = heard
        self._answer = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def begin(self) -> None:
        """Let it go."""
        # One that was ended meanwhile is found so by whoever looks.
        with contextlib.suppress(BrokenPipeError), self._process.stdin as word:  # type: ignore[union-attr]
            word.write(b"\n")

    @property
    def pid(self) -> int:
        """Its process, which leads the group of that number."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it has."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Ask the group to end, then end it; returns when it has."""
        stop_group(self.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        stop_group(self.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> Ending:
        """Return how it ended, once it has."""
        code = self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        # What it started may still have its output open; it shall not keep us waiting.
        self._listener.join(GRACE_SECONDS)
        if self._process.stdout is not None and not self._listener.is_alive():
            self._process.stdout.close()
        try:
            told = json.loads(bytes(self._answer))
        except ValueError:
            told = None
        if code == 0 and isinstance(told, dict):
            return Ending(answer=told)
        return Ending(failure=explain_end(code, told))

    def _restrain(self, most_bytes: int) -> None:
        """Let whoever answers questions go first, and keep some memory for them."""
        with contextlib.suppress(OSError):  # gone already: its exit code will say why
            os.setpriority(os.PRIO_PROCESS, self.pid, NICE)
            resource.prlimit(self.pid, resource.RLIMIT_DATA, (most_bytes, most_bytes))

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            if line.startswith(_PROGRESS):
                # The last line of a process that was killed may be cut.
                with contextlib.suppress(ValueError, KeyError):
                    self._heard(json.loads(line)["progress"])
            elif len(self._answer) + len(line) <= _MOST_ANSWER_BYTES:
                self._answer += line


def stop_group(pid: int, how: signal.Signals) -> None:
    """Send a signal to a process and whatever it started in its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, how)


def explain_end(code: int, told: object) -> JobFailure:
    """Return why a process did not end well, by its exit code and what it wrote last."""
    if isinstance(told, dict) and isinstance(told.get("error"), dict):
        error: dict[str, Any] = told["error"]
        return JobFailure(
            kind=str(error.get("type", "Unknown")),
            expected=str(error.get("expected", "a job that ends well")),
            was=str(error.get("was", error.get("message", "an error"))),
            hint=str(error.get("hint", "see the log of the job")),
        )
    how = f"exit code {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            how = signal.Signals(-code).name
    hint = "see the log of the job; if memory was short, ask for less, or for fewer workers"
    return JobFailure(kind="JobDied", expected="a job that ends well", was=how, hint=hint)
