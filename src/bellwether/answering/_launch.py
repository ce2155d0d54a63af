"""Launching the inference process: as early as possible, and before anything heavy is loaded."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from types import TracebackType
from typing import Self

from bellwether.answering._trace import Trace

_SOCKET_BYTES = 1 << 20
# One thread a process, and few arenas: a serving process is small.
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
}


class Launched:
    """An inference process that loads its libraries and waits to be told what it is for.

    Raises
    ------
    OSError
        If no process can be started.

    Attributes
    ----------
    connection : socket.socket
        To the process.
    trace : Trace
        What it is at.

    Notes
    -----
    It ends with the thread that launched it. As a context it is ended on leaving.
    """

    __slots__ = ("_process", "connection", "trace")

    def __init__(self) -> None:
        self.trace = Trace()
        self.connection, theirs = socket.socketpair()
        with theirs:
            for end in (self.connection, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)
            try:
                self._process = _begin(theirs.fileno(), self.trace.descriptor)
            except OSError:
                self.connection.close()
                self.trace.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def reap(self, seconds: float) -> int | None:
        """Return the process's exit code once it is gone, or None after some seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode

    def kill(self) -> None:
        """End the process at once, whatever it is at, and let go of what was shared with it."""
        self._process.kill()
        self.connection.close()
        self.trace.close()

    def close(self) -> None:
        """End the process, if it has not ended yet, and wait until it is gone."""
        if self.connection.fileno() >= 0:
            self.kill()
        self._process.wait()


def _begin(*descriptors: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", "bellwether.answering", *map(str, descriptors)],
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **_ENVIRONMENT},
    )


def tell_end(code: int) -> str:
    """Return in words how a process ended.

    Examples
    --------
    >>> tell_end(3), tell_end(-9)
    ('it ended with exit code 3', 'it ended by SIGKILL')
    """
    if code >= 0:
        return f"it ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"it ended by {signal.Signals(-code).name}"
    return f"it ended by signal {-code}"
