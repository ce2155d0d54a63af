"""One life of the inference process, as its parent sees it."""

import asyncio
import resource
from collections.abc import Callable
from pathlib import Path

from bellwether.answering._errors import Rubbish
from bellwether.answering._launch import Launched, tell_end
from bellwether.answering._trace import Trace
from bellwether.answering._wire import (
    FrameReader,
    Start,
    ToChild,
    ToParent,
    decode_for_parent,
    encode_frame,
)

_PIECE_BYTES = 1 << 18
_MOMENT_SECONDS = 0.02


class ChildProcess:
    """An inference process: told what it is for when this is made, and never begun again.

    Parameters
    ----------
    start : Start
        Its first message.
    hear : callable
        Given each message, on the event loop of `attach`.
    lose : callable
        Told once, in words, that the process hung up or is not to be understood.
    launched : Launched, optional
        The process, if it was launched before.

    Notes
    -----
    To be used on one thread, which must outlive the process: it ends with the thread that
    launched it. Nothing here waits for longer than a moment.
    """

    def __init__(
        self,
        start: Start,
        hear: Callable[[ToParent], None],
        lose: Callable[[str], None],
        launched: Launched | None = None,
    ) -> None:
        self._hear, self._lose = hear, lose
        self._launched = launched or Launched()
        self._socket = self._launched.connection
        self._socket.setblocking(False)
        self._unsent = bytearray()
        self._reader = FrameReader()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.send(start)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._launched.pid

    @property
    def trace(self) -> Trace:
        """What the process is at."""
        return self._launched.trace

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear and tell on an event loop from now on."""
        self._loop = loop
        loop.add_reader(self._socket.fileno(), self._receive)
        self._flush()

    def send(self, message: ToChild) -> None:
        """Put a message on its way."""
        self._unsent += encode_frame(message)
        self._flush()

    def resident_bytes(self) -> int:
        """Return how much memory the process holds; 0 where that cannot be told."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_bytes().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * resource.getpagesize()

    def end(self) -> str:
        """End the process at once, whatever it is at, and say in words how it ended."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
        # Where it ended by itself, how will be known in a moment.
        before = self.reap(_MOMENT_SECONDS)
        self._launched.kill()
        return "it was killed" if before is None else tell_end(before)

    def reap(self, seconds: float) -> int | None:
        """Return the process's exit code once it is gone, or None after some seconds."""
        return self._launched.reap(seconds)

    def _flush(self) -> None:
        try:
            while self._unsent:
                n_sent = self._socket.send(self._unsent)
                del self._unsent[:n_sent]
        except BlockingIOError:
            if self._loop is not None:
                self._loop.add_writer(self._socket.fileno(), self._flush)
            return
        except OSError:
            self._unsent.clear()  # it hung up, which reading will tell
        if self._loop is not None:
            self._loop.remove_writer(self._socket.fileno())

    def _receive(self) -> None:
        try:
            piece = self._socket.recv(_PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(f"the pipe broke: {error.strerror}")
            return
        if not piece:
            self._lose("it hung up")
            return
        try:
            for frame in self._reader.feed(piece):
                self._hear(decode_for_parent(frame))
        except Rubbish as error:
            self._lose(f"what it says is no message: {error}")
