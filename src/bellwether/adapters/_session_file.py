"""Sessions in a file: a process that serves never loads the library they come from."""

import json
import logging
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

from bellwether.adapters._atomic_file import write_atomically
from bellwether.bars import Sessions
from bellwether.sources import COMPUTED_CALENDARS, find_sessions

_LIBRARY = "exchange_calendars"
_WORKER = "bellwether.adapters._session_worker"
_PATIENCE_SECONDS = 60.0
_AHEAD = np.timedelta64(366, "D")
_log = logging.getLogger(__name__)


def keep_sessions(folder: Path, name: str, first: np.datetime64, last: np.datetime64) -> Sessions:
    """Return the sessions of a calendar between two dates, from a file where there is one.

    Parameters
    ----------
    folder : pathlib.Path
        Where files are, or are to be.
    name : str
        "24/7", "FX", "FX-UTC", "weekdays" or an exchange's code.
    first, last : datetime64[D]

    Returns
    -------
    sessions : Sessions

    Raises
    ------
    UnknownCalendar
        If no exchange has that name, or its sessions do not reach that far.

    Notes
    -----
    Where the file is missing, damaged, too short or of another version of the library, a process
    that ends again reads the library and the file is written for a year longer.

    Cost: a millisecond with the file, a second or two without.
    """
    if name in COMPUTED_CALENDARS:
        return find_sessions(name, first, last)
    version = metadata.version(_LIBRARY)
    path = folder / f"{name.replace('/', '-')}.json"
    kept = _read(path, version, first, last)
    if kept is None:
        kept = _ask(name, first, last + _AHEAD) or find_sessions(name, first, last)
        _write(path, kept, version, first, last + _AHEAD)
    rows = slice(*np.searchsorted(kept.days, np.array([first, last + np.timedelta64(1, "D")])))
    return kept[rows]


def _ask(name: str, first: np.datetime64, last: np.datetime64) -> Sessions | None:
    """Return what another process finds in the library; None where it does not."""
    command = [sys.executable, "-P", "-m", _WORKER, name, str(first), str(last)]
    try:
        told = subprocess.run(  # noqa: S603 - our own module, and no shell between
            command, capture_output=True, check=True, timeout=_PATIENCE_SECONDS
        )
        return _decode(json.loads(told.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        _log.info("no sessions of %s from a process: %s", name, error)
        return None


def _read(path: Path, version: str, first: np.datetime64, last: np.datetime64) -> Sessions | None:
    try:
        content = json.loads(path.read_bytes())
        if content["library"] != version or not content["first"] <= str(first):
            return None
        return _decode(content["sessions"]) if str(last) <= content["last"] else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.info("the sessions in %s are made anew: %s", path, error)
        return None


def _write(
    path: Path, sessions: Sessions, version: str, first: np.datetime64, last: np.datetime64
) -> None:
    content = {
        "library": version,
        "first": str(first),
        "last": str(last),
        "sessions": encode_sessions(sessions),
    }
    try:
        path.parent.mkdir(exist_ok=True)
        write_atomically(path, json.dumps(content).encode("ascii"))
    except OSError as error:
        _log.info("the sessions cannot be kept in %s: %s", path, error)


def encode_sessions(sessions: Sessions) -> dict[str, object]:
    """Return sessions as JSON values."""
    return {
        "name": sessions.name,
        "days": sessions.days.astype("datetime64[D]").astype(np.int64).tolist(),
        "closes_at": sessions.closes_at.astype("datetime64[us]").astype(np.int64).tolist(),
    }


def _decode(content: dict[str, list[int]]) -> Sessions:
    days = np.array(content["days"], dtype=np.int64)
    closes_at = np.array(content["closes_at"], dtype=np.int64)
    if days.shape != closes_at.shape or not ((np.diff(days) > 0) & (np.diff(closes_at) > 0)).all():
        raise ValueError("days and closes that do not go together")
    return Sessions(
        name=str(content["name"]),
        days=days.astype("datetime64[D]"),
        closes_at=closes_at.view("datetime64[us]"),
    )
