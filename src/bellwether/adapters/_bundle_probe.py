"""Bundles from elsewhere, tried out in a process that may perish of them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import IO

from bellwether.errors import BellwetherError
from bellwether.registry import (
    BundleCorrupt,
    BundleError,
    BundleTooCostly,
    BundleTooNew,
    BundleUnloadable,
    GoldenMismatch,
    UnsafeGraph,
)

_REFUSALS: dict[str, type[BundleError]] = {
    kind.__name__: kind
    for kind in (BundleCorrupt, BundleTooNew, BundleUnloadable, GoldenMismatch, UnsafeGraph)
}
_MOST_ANSWER_BYTES = 1 << 14
_FACTS = ("expected", "was", "hint")
# Nothing else of the environment is handed on: passwords of databases stand there.
_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TMPDIR")


class ProcessProbe:
    """Opens a bundle in a short-lived process of its own; treaty as `BundleProbe`.

    Parameters
    ----------
    seconds : float, default 30
        After which the process is killed. Half of it may be time of the processor.
    memory_bytes : int, default 1 GiB
        What loading and running the graph may take beyond the libraries themselves.
    """

    __slots__ = ("_memory_bytes", "_seconds")

    def __init__(self, *, seconds: float = 30.0, memory_bytes: int = 1 << 30) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes

    def prove(self, content: bytes, name: str) -> None:
        """Load a bundle and hold it to its golden answers; nothing remains of it.

        Raises
        ------
        BundleCorrupt, BundleTooNew, UnsafeGraph, BundleUnloadable, GoldenMismatch
            As `open_bundle`.
        BundleTooCostly
            If it exceeds time or memory, or brings the process down.
        """
        with tempfile.TemporaryFile() as answer:
            code = self._run(content, name, answer)
            answer.seek(0)
            told = answer.read(_MOST_ANSWER_BYTES)
        if code is None:
            raise BundleTooCostly(name, f"still at it after {self._seconds:g} s")
        try:
            found = json.loads(told)
            refusal, facts = found["refused"], [str(found[fact]) for fact in _FACTS]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BundleTooCostly(name, _tell_end(code)) from error
        if refusal is not None:
            raise _make_refusal(str(refusal), name, facts)

    def _run(self, content: bytes, name: str, answer: IO[bytes]) -> int | None:
        limits = (str(self._memory_bytes), str(max(int(self._seconds / 2), 1)))
        process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            [sys.executable, "-m", "bellwether.adapters._probe_process", *limits, name],
            stdin=subprocess.PIPE,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env={key: os.environ[key] for key in _KEPT if key in os.environ}
            | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
        try:
            process.communicate(content, timeout=self._seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode


def _tell_end(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "more time of the processor than allowed"
    if code < 0:
        return f"a process that died of {signal.Signals(-code).name}"
    return "a process that ran out of memory"


def _make_refusal(kind: str, name: str, facts: list[str]) -> BundleError:
    refusal = _REFUSALS.get(kind)
    if refusal is None:
        return BundleTooCostly(name, "a process that ran out of memory")
    error = refusal.__new__(refusal)
    BellwetherError.__init__(error, *facts)
    error.name = name
    return error
