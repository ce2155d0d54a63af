"""Words with systemd: when the service is ready, that it still runs, and sockets it hands over.

References
----------
sd_notify(3), sd_listen_fds(3)
"""

import contextlib
import os
import socket
from collections.abc import MutableMapping

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
_FIRST_DESCRIPTOR = 3


def notify(state: str) -> None:
    """Tell systemd something, where it asked to be told.

    Parameters
    ----------
    state : str
        Such as "READY=1". It never waits and never fails.
    """
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    address = f"\0{place[1:]}" if place[0] == "@" else place
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line,
    ):
        line.setblocking(False)
        line.sendto(state.encode(), address)


def watchdog_seconds() -> float | None:
    """Return how often systemd wants to hear that this process runs, or None."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    return int(asked) / 1e6 if meant and asked.isdecimal() and int(asked) else None


def take_sockets(environment: MutableMapping[str, str] | None = None) -> tuple[socket.socket, ...]:
    """Return the listening sockets that systemd opened for this process; none by default.

    Parameters
    ----------
    environment : mapping, optional
        Of which the variables are taken out, so that children do not take them for theirs.
    """
    variables = os.environ if environment is None else environment
    meant = variables.pop("LISTEN_PID", "") == str(os.getpid())
    count = variables.pop("LISTEN_FDS", "")
    variables.pop("LISTEN_FDNAMES", None)
    if not meant or not count.isdecimal():
        return ()
    found = range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + int(count))
    return tuple(socket.socket(fileno=descriptor) for descriptor in found)
