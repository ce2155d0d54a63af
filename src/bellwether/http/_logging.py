"""Logs of the service: one line an event, JSON for programs or words for a person."""

import contextvars
import logging
import os
import re
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import msgspec

from bellwether.clock import Clock
from bellwether.service import hide_keys

LogForm: TypeAlias = Literal["auto", "json", "text"]
REQUEST_ID: contextvars.ContextVar[str | None] = contextvars.ContextVar("request", default=None)
"""Id of the request that is being answered, set by the door."""

ACCESS = "bellwether.http.access"
STDERR = 2
# Within it other processes that write to the same pipe do not cut a line in two (POSIX).
_BLOCK_BYTES = 4096
_MOST_WAITING = 20_000
_PAUSE_SECONDS = 0.05
_LONGEST_TEXT = 16_384
_REASON = re.compile(r"\breason=([a-z][a-z0-9_]*):?\s*")
# A password within a URL, and whatever follows the word Bearer.
_SECRETS = (
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), r"\1:***@"),
    (re.compile(r"(?i)\b(bearer|x-api-key:?)\s+[^\s,;'\"]+"), r"\1 ***"),
)


class LogWriter:
    """Hands lines to a file descriptor from a thread of its own.

    Parameters
    ----------
    write : callable, optional
        Takes bytes; by default standard error.

    Notes
    -----
    Who logs never waits for who reads: where a reader stalls, lines wait, and beyond 20,000 they
    are dropped and counted. Lines reach the reader within a twentieth of a second; those of the
    last moment are lost when the process is killed.
    """

    __slots__ = ("_is_closed", "_rung", "_thread", "_waiting", "_write", "n_dropped")

    def __init__(self, write: Callable[[bytes], object] | None = None) -> None:
        self._write = _write_to_stderr if write is None else write
        self._waiting: deque[bytes] = deque()
        self._rung = threading.Event()
        self._is_closed = threading.Event()
        self.n_dropped = 0
        self._thread = threading.Thread(target=self._run, name="bellwether-log", daemon=True)
        self._thread.start()

    def put(self, line: bytes) -> None:
        """Take one line, without its end."""
        if len(self._waiting) >= _MOST_WAITING:
            self.n_dropped += 1
            return
        self._waiting.append(line)
        if not self._rung.is_set():
            self._rung.set()

    def close(self, patience_seconds: float = 1.0) -> None:
        """Write what waits, unless the reader takes longer than the patience."""
        self._is_closed.set()
        self._rung.set()
        self._thread.join(patience_seconds)

    def _run(self) -> None:
        while not self._is_closed.is_set():
            self._rung.wait()
            self._rung.clear()
            self._empty()
            self._is_closed.wait(_PAUSE_SECONDS)
        self._empty()

    def _empty(self) -> None:
        while self._waiting:
            block = bytearray(self._waiting.popleft() + b"\n")
            while self._waiting and len(block) + len(self._waiting[0]) < _BLOCK_BYTES:
                block += self._waiting.popleft() + b"\n"
            try:
                self._write(bytes(block))
            except OSError:  # nobody reads any more
                self.n_dropped += 1


class ServiceLog(logging.Handler):
    """Everything the service says: log records, and a line for each request.

    Parameters
    ----------
    writer : LogWriter
    clock : Clock
        Dates each line.
    form : {"json", "text"}

    Notes
    -----
    JSON lines hold time, level, logger, message and, where there are such, reason, request_id,
    exception and the facts of the event. A record's reason is what its message says behind
    "reason=". Passwords within URLs, bearer tokens and API keys are hidden in whatever is logged;
    the line of a request holds neither its query nor a header nor its body.
    """

    def __init__(self, writer: LogWriter, clock: Clock, form: Literal["json", "text"]) -> None:
        super().__init__()
        self._writer = writer
        self._clock = clock
        self._make = _to_json if form == "json" else _to_text

    @property
    def n_dropped(self) -> int:
        """How many lines nobody could read."""
        return self._writer.n_dropped

    def emit(self, record: logging.LogRecord) -> None:
        """Write a log record."""
        try:
            message = hide_secrets(record.getMessage())
        except (TypeError, ValueError):  # arguments that do not fit their message
            message = hide_secrets(f"{record.msg} {record.args}")
        line: dict[str, object] = {
            "time": f"{self._clock.now()}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": message[:_LONGEST_TEXT],
        }
        found = _REASON.search(message)
        if found is not None:
            line["reason"] = found[1]
        request_id = getattr(record, "request_id", None) or REQUEST_ID.get()
        if request_id is not None:
            line["request_id"] = request_id
        if record.exc_info and record.exc_info[1] is not None:
            told = "".join(traceback.format_exception(record.exc_info[1]))
            line["exception"] = hide_secrets(told)[-_LONGEST_TEXT:]
        self._writer.put(self._make(line))

    def note_request(self, facts: Mapping[str, object]) -> None:
        """Write the line of a request.

        Parameters
        ----------
        facts : mapping
            Of which method, path and status make the message.
        """
        line = {
            "time": f"{self._clock.now()}Z",
            "level": "INFO",
            "logger": ACCESS,
            "message": f"{facts['method']} {facts['path']} {facts['status']}",
            **facts,
        }
        self._writer.put(self._make(line))

    def close(self) -> None:
        """Write what waits and take no more."""
        self._writer.close()
        super().close()


def start_logging(clock: Clock, form: LogForm = "auto") -> ServiceLog:
    """Make standard error the log of this process, in place of whatever took it before.

    Parameters
    ----------
    clock : Clock
    form : {"auto", "json", "text"}
        "auto" is text on a terminal, else JSON.

    Returns
    -------
    log : ServiceLog
        To be closed at the end.
    """
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    log = ServiceLog(LogWriter(), clock, form)
    logging.basicConfig(handlers=[log], level=logging.WARNING, force=True)
    logging.getLogger("bellwether").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    return log


def hide_secrets(text: str) -> str:
    """Return a text with stars in place of passwords and tokens.

    Examples
    --------
    >>> hide_secrets("postgresql://me:swordfish@db/bellwether is gone")
    'postgresql://me:***@db/bellwether is gone'
    """
    for secret, stars in _SECRETS:
        text = secret.sub(stars, text)
    return hide_keys(text)


def _to_json(line: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(line, enc_hook=str)


def _to_text(line: Mapping[str, object]) -> bytes:
    time = str(line["time"])[11:23]
    text = f"{time} {line['level']:7} {line['message']}"
    if "seconds" in line:
        text += f" in {1e3 * float(str(line['seconds'])):.1f} ms"
    if "request_id" in line:
        text += f" [{line['request_id']}]"
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return (
        f"{shown}\n{line['exception']}".rstrip().encode() if "exception" in line else shown.encode()
    )


def _write_to_stderr(block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(STDERR, left) :]
