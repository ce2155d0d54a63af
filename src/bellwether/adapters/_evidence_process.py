"""The evidence desk as a process: it holds what takes libraries of training, and long folds."""

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bellwether.errors import BellwetherError
from bellwether.service import EvidenceQuestion, EvidenceTooSlow, EvidenceUnavailable

PATIENCE_SECONDS, IDLE_SECONDS, GRACE_SECONDS = 60.0, 600.0, 2.0
# A process that does not answer is left to it for so many times the patience.
HANGS_AFTER = 20
NICE = 10
_KEPT_BACK = ("BELLWETHER_API_KEY",)


class ProcessEvidence:
    """Asks a process that is begun with the first question; treaty as `EvidenceDesk`.

    Parameters
    ----------
    command : sequence of str
        Of a process that answers each line of JSON with one of the same number, and ends with its
        input.
    patience_seconds : float, default 60
        Time of an answer, the waiting for others' included.
    idle_seconds : float, default 600
        Without a question for so long, the process is ended.

    Notes
    -----
    The process goes second to whoever answers about markets. One that takes longer than the
    patience goes on: what it has folded by then is there for whoever asks again. One that died is
    begun anew.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._command = tuple(command)
        self._patience_seconds = patience_seconds
        self._idle_seconds = idle_seconds
        self._turn = threading.Lock()
        self._child: _Child | None = None
        self._idle: threading.Timer | None = None

    def ask(self, question: EvidenceQuestion, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a question, as JSON values."""
        with self._taking_turns():
            child = self._find_child()
            told = child.exchange(question.value, asked, self._patience_seconds)
            if child.code is not None:
                self._end()
                raise EvidenceUnavailable(f"the end of its process with code {child.code}")
            if told is None:
                if child.n_missed >= HANGS_AFTER:
                    self._end()
                raise EvidenceTooSlow(self._patience_seconds)
        if "failed" in told:
            raise revive(told["failed"])
        answer: Mapping[str, Any] = told["answer"]
        return answer

    def close(self) -> None:
        """End the process, if there is one; it is begun again by the next question."""
        with self._turn:
            self._end()

    @contextlib.contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._patience_seconds):
            raise EvidenceTooSlow(self._patience_seconds)
        try:
            if self._idle is not None:
                self._idle.cancel()
            yield
        finally:
            if self._child is not None:
                self._idle = threading.Timer(self._idle_seconds, self.close)
                self._idle.daemon = True
                self._idle.start()
            self._turn.release()

    def _find_child(self) -> "_Child":
        if self._child is not None and self._child.has_ended:
            self._end()
        if self._child is None:
            try:
                self._child = _Child(self._command)
            except OSError as error:
                raise EvidenceUnavailable(f"no process: {error.strerror}") from error
        return self._child

    def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self._child is not None:
            self._child.end()
        self._child = None


class _Child:
    """One process, and the thread that reads its lines."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = {k: v for k, v in os.environ.items() if k not in _KEPT_BACK}
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        with contextlib.suppress(OSError):  # gone already: its end will be noticed
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICE)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._listener = threading.Thread(
            target=self._listen, name="bellwether-evidence", daemon=True
        )
        self._listener.start()
        self._number = 0
        self.n_missed = 0
        self.code: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def exchange(
        self, question: str, asked: Mapping[str, Any], seconds: float
    ) -> Mapping[str, Any] | None:
        """Return the answer to a question; None where the process ended, or is at it still."""
        self._number += 1
        line = {"number": self._number, "question": question, "asked": dict(asked)}
        pipe = self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # its end is told by the listener
            if pipe is not None:
                pipe.write(json.dumps(line).encode("ascii") + b"\n")
                pipe.flush()
        ends_at = time.monotonic() + seconds
        while (told := self._next_line(ends_at - time.monotonic())) is not None:
            self.n_missed = 0
            # Another is the answer to somebody who could not wait for it.
            if told["number"] == self._number:
                return told
        self.n_missed += 1
        return None

    def _next_line(self, seconds: float) -> Mapping[str, Any] | None:
        try:
            found = self._lines.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None
        if found is None:
            self.code = self._process.wait()
            return None
        told: Mapping[str, Any] = json.loads(found)
        return told

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.terminate()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join(GRACE_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            # What a dead process never read is still in the pipe.
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            if line.startswith(b"{") and line.endswith(b"}\n"):
                self._lines.put(line)
        self._lines.put(None)


def describe_failure(error: BellwetherError) -> dict[str, str]:
    """Return an error as it is told to whoever asked."""
    return {
        "kind": type(error).__name__,
        "expected": error.expected,
        "was": error.was,
        "hint": error.hint,
    }


def revive(failed: Mapping[str, str]) -> BellwetherError:
    """Return the error that the desk met, as far as its kind is known in this process.

    Examples
    --------
    >>> revive(describe_failure(EvidenceUnavailable("nothing"))).was
    'nothing'
    """
    known = {kind.__name__: kind for kind in _walk(BellwetherError)}
    kind = known.get(failed["kind"])
    if kind is None:
        return EvidenceUnavailable(f"{failed['kind']}: {failed['was']}")
    error = kind.__new__(kind)
    BellwetherError.__init__(error, failed["expected"], failed["was"], failed["hint"])
    return error


def _walk(kind: type[BellwetherError]) -> Iterator[type[BellwetherError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _walk(child)
