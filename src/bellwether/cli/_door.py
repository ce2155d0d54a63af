"""The door: consoles, JSON, and the one place where errors become messages and exit codes."""

import contextlib
import io
import json
import logging
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import typer
from rich.console import Console

from bellwether.errors import BellwetherError

WRONG_USAGE = 2
UNEXPECTED = 70
OUT_OF_MEMORY = 71
INPUT_OUTPUT = 74
SIGNALLED = 128
PATIENCE_SECONDS = 3.0
STOPPED = (
    "stopped. Nothing is half-written; what training had finished is kept, and the same command "
    "goes on from there."
)
# Typer brings its own copy of click, or the real one, by version: its errors are found by kin.
[_UsageFault] = [kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"]

_log = logging.getLogger(__name__)


class Stopped(BaseException):
    """The process was asked to stop; no library takes it for its own KeyboardInterrupt.

    Parameters
    ----------
    signal_number : int
    """

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__(signal_number)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An error as a person and a program are told.

    Parameters
    ----------
    kind : str
        Name of the error's class.
    message : str
        What was expected and found.
    hint : str
        What to do about it; empty where there is nothing.
    code : int
        The process's exit code.
    facts : dict of str to str
        The error's parts, for programs.
    """

    kind: str
    message: str
    hint: str = ""
    code: int
    facts: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return the failure as the value of "error"."""
        message = "; ".join(filter(None, (self.message, self.hint)))
        return {"type": self.kind, "message": message, **self.facts, "exit_code": self.code}


def make_console(*, as_json: bool) -> Console:
    """Return the console for people: on standard output, or beside it where JSON goes there."""
    return Console(stderr=as_json, highlight=False)


def print_json(content: object) -> None:
    """Write one JSON object to standard output; an infinite number becomes "inf", NaN null."""
    sys.stdout.write(json.dumps(_plain(content), indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def run(command: Callable[[], object], *, as_json: bool = False) -> int:
    """Run a command and return its exit code, whatever happens inside.

    Parameters
    ----------
    command : callable
        Raises what it likes; returns an exit code or None.
    as_json : bool
        Whether a failure is told as one JSON object on standard output, too.

    Returns
    -------
    code : int
        0 for success; the error's own code; 2 for wrong usage; 130 for Ctrl-C; 74 where a
        file could not be read or written, 71 where memory ran out; 70 for a defect.
    """
    _survive_any_letter()
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    try:
        with _stopping():
            code = command()
            sys.stdout.flush()
    except BrokenPipeError:
        _give_up(sys.stdout)
        return SIGNALLED + signal.SIGPIPE
    except (Exception, KeyboardInterrupt, Stopped) as error:  # noqa: BLE001 - the CLI's door
        failure = explain(error)
        if failure.code == UNEXPECTED:
            _log.error("reason=unexpected", exc_info=error)
        return _tell(failure, as_json=as_json)
    return code if isinstance(code, int) else 0


def explain(error: BaseException) -> Failure:
    """Return what a person is told of an error.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    failure : Failure
    """
    kind = type(error).__name__
    if isinstance(error, BellwetherError):
        facts = {"expected": error.expected, "was": error.was, "hint": error.hint}
        text = f"expected {error.expected}, was {error.was}"
        return Failure(kind=kind, message=text, hint=error.hint, code=error.exit_code, facts=facts)
    if isinstance(error, Stopped | KeyboardInterrupt | typer.Abort):
        number = error.signal_number if isinstance(error, Stopped) else signal.SIGINT
        return Failure(kind="Interrupted", message=STOPPED, code=SIGNALLED + number)
    if isinstance(error, _UsageFault):
        return _explain_usage(error)
    if isinstance(error, OSError):
        return _explain_files(error)
    if isinstance(error, MemoryError):
        hint = "train on fewer symbols, with fewer --workers, or on a larger machine"
        return Failure(kind=kind, message="memory ran out", hint=hint, code=OUT_OF_MEMORY)
    text = f"this is a defect of bellwether ({kind}: {error})"
    hint = "please report it with the lines above"
    return Failure(kind=kind, message=text, hint=hint, code=UNEXPECTED)


def _explain_usage(error: Any) -> Failure:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "bellwether"
    return Failure(
        kind="WrongUsage",
        # Who named a group of commands alone has just been shown its help, and is told no more.
        message=error.format_message().strip() or f"expected a command of {command}, was none",
        hint=f"see {command} --help",
        code=WRONG_USAGE,
    )


def _explain_files(error: OSError) -> Failure:
    place = f" at {error.filename}" if error.filename else ""
    return Failure(
        kind=type(error).__name__,
        message=f"expected to read and write files, was {error.strerror or error}{place}",
        hint="free some space, check the permissions, or choose another --home",
        code=INPUT_OUTPUT,
    )


def _tell(failure: Failure, *, as_json: bool) -> int:
    console = Console(stderr=True, highlight=False)
    lines = [f"bellwether: {failure.message}"]
    lines += [f"What to do: {failure.hint}"] if failure.hint else []
    # A log wants one line, whole; a terminal is wrapped by words.
    with contextlib.suppress(OSError):
        for line in lines:
            whole = not console.is_terminal
            console.print(_printable(line), markup=False, emoji=False, soft_wrap=whole)
    if as_json:
        try:
            print_json({"error": failure.to_json()})
        except OSError:
            _give_up(sys.stdout)
    return failure.code


@contextlib.contextmanager
def _stopping() -> Iterator[None]:
    """Turn Ctrl-C and requests to end into `Stopped`; impatience does not disturb the clean-up."""
    last = [-math.inf]

    def stop(number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - last[0] > PATIENCE_SECONDS:
            last[0] = now
            raise Stopped(number)

    before = {}
    with contextlib.suppress(ValueError):  # not the main thread: whoever owns it decides
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _survive_any_letter() -> None:
    """Show a question mark where the terminal's alphabet has no such sign."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _give_up(stream: Any) -> None:
    """Let the rest of a stream that nobody reads, or that is full, go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
