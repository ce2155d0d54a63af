"""The door: consoles, JSON, and the one place where errors become messages and exit codes."""

import json
import logging
import math
import sys
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

from bellwether.errors import BellwetherError

INTERRUPTED = 130
UNEXPECTED = 70
INPUT_OUTPUT = 74

_log = logging.getLogger(__name__)


def make_console(*, as_json: bool) -> Console:
    """Return the console for people: on standard output, or beside it where JSON goes there."""
    return Console(stderr=as_json, highlight=False)


def print_json(content: object) -> None:
    """Write one JSON object to standard output; an infinite number becomes "inf", NaN null."""
    sys.stdout.write(json.dumps(_plain(content), indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def run(command: Callable[[], Any]) -> int:
    """Run a command and return its exit code, whatever happens inside.

    Parameters
    ----------
    command : callable
        Raises what it likes; returns an exit code or None.

    Returns
    -------
    code : int
        0 for success; the error's own code; 2 for wrong usage; 130 for Ctrl-C; 74 where a
        file could not be read or written; 70 for a defect.
    """
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    as_json = "--json" in sys.argv
    try:
        code = command()
    except BellwetherError as error:
        facts = {"expected": error.expected, "was": error.was, "hint": error.hint}
        return _fail(as_json, type(error).__name__, str(error), facts, error.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        text = "Stopped. Finished fits are kept; run the same command again to go on from there."
        return _fail(as_json, "Interrupted", text, {}, INTERRUPTED)
    except OSError as error:
        text = (
            f"expected to read and write files, was {error.strerror or error}"
            f"{f' at {error.filename}' if error.filename else ''}; "
            "free some space, check the permissions, or choose another --home"
        )
        return _fail(as_json, type(error).__name__, text, {}, INPUT_OUTPUT)
    except Exception as error:  # noqa: BLE001 - the CLI's door
        _log.exception("reason=unexpected")
        text = f"This is a defect of bellwether ({type(error).__name__}: {error}); please report it"
        return _fail(as_json, type(error).__name__, text, {}, UNEXPECTED)
    return code if isinstance(code, int) else 0


def _fail(as_json: bool, kind: str, text: str, facts: dict[str, str], code: int) -> int:
    Console(stderr=True, highlight=False).print(f"bellwether: {text}", markup=False)
    if as_json:
        print_json({"error": {"type": kind, "message": text, **facts}})
    return code


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
