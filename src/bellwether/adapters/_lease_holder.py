"""Names of processes that hold leases: another on the same machine can tell that one is gone."""

import os
import re
import socket
from pathlib import Path

_FORM = re.compile(r"(?P<place>\S+ [0-9a-f]+ \d+) (?P<process>\d{1,9}) (?P<begun>\d+)")
_PROCESSES = Path("/proc")
_STATE, _BEGUN = 0, 19
_DEAD = frozenset("ZX")


def name_holder() -> str:
    """Return the name of this process.

    Returns
    -------
    holder : str
        At most 200 characters: machine, its start, the space its processes are numbered in, the
        process's number and when it began. Where the system does not tell all of it, machine
        and number: nobody can say of such a holder that it is gone.
    """
    process = os.getpid()
    try:
        return f"{_find_place()} {process} {_read_state(process)[_BEGUN]}"
    except OSError:
        return f"{_name_machine()} {process}"


def is_gone(holder: str) -> bool:
    """Return whether a holder is a process of this machine that has ended, however it did.

    Parameters
    ----------
    holder : str
        As `name_holder` gave it, here or elsewhere.

    Returns
    -------
    gone : bool
        False wherever it cannot be known: another machine, another container, another form.
    """
    found = _FORM.fullmatch(holder)
    try:
        if found is None or found["place"] != _find_place():
            return False
        process = int(found["process"])
        os.kill(process, 0)
        state = _read_state(process)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return state[_STATE] in _DEAD or state[_BEGUN] != found["begun"]


def _find_place() -> str:
    """Return where a process number means one process: machine, its start, and its container."""
    start = (_PROCESSES / "sys/kernel/random/boot_id").read_text(encoding="ascii")
    space = (_PROCESSES / "self/ns/pid").stat().st_ino
    return f"{_name_machine()} {start.strip().replace('-', '')} {space}"


def _name_machine() -> str:
    return re.sub(r"\s", "-", socket.gethostname()[:80]) or "machine"


def _read_state(process: int) -> list[str]:
    """Return what the system tells of a process, from its state on: its name may hold anything."""
    told = (_PROCESSES / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    return told.rpartition(")")[2].split()
