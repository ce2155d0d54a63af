"""Why the service cannot begin to listen, and what the server refuses before the app is asked.

::

    ServiceError
    ├── CannotListen            a place where the service cannot listen
    │   ├── AddressElsewhere    an address that is none of this machine's
    │   ├── AddressTaken        another process listens there
    │   ├── HostUnresolvable    a name that nobody knows
    │   ├── PortForbidden       a port that this user may not open
    │   └── WorkersUnsupported  several processes, where the system cannot share a socket
    └── RequestRefused
        ├── ConnectionRefused   more connections than are kept open
        ├── HeadTooLarge        a head without an end
        ├── HeadTooSlow         a head that did not arrive in time
        └── HeadUnreadable      no request in HTTP/1.1
"""

from bellwether.errors import ServiceError
from bellwether.http._errors import RequestRefused


class CannotListen(ServiceError):
    """The service cannot listen at a place.

    Parameters
    ----------
    expected, was, hint : str
    """

    exit_code = 74


class AddressElsewhere(CannotListen):
    """An address is none of this machine's.

    Parameters
    ----------
    host : str
    """

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            "an address of this machine",
            repr(host),
            "listen at 127.0.0.1 for this machine only, or at 0.0.0.0 for every network it is in",
        )


class AddressTaken(CannotListen):
    """Another process listens there already.

    Parameters
    ----------
    host : str
    port : int
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"a free port at {host}",
            f"{port}, where another process listens",
            "end that process, or choose another port with --port",
        )


class HostUnresolvable(CannotListen):
    """A name that nobody knows.

    Parameters
    ----------
    host : str
    told : str
        What the resolver said.
    """

    def __init__(self, host: str, told: str) -> None:
        self.host = host
        self.told = told
        super().__init__(
            "an address, or a name that this machine can resolve",
            f"{host!r} ({told})",
            "correct --host; 127.0.0.1 is this machine",
        )


class PortForbidden(CannotListen):
    """A port that this user may not open.

    Parameters
    ----------
    host : str
    port : int
    """

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"a port that this user may open at {host}",
            f"{port}",
            "choose one of 1024 or above with --port and put a proxy before it, or let systemd "
            "open the port (deploy/bellwether.socket)",
        )


class WorkersUnsupported(CannotListen):
    """Several processes were asked for where the system cannot share a socket among them.

    Parameters
    ----------
    n_workers : int
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        super().__init__(
            "one worker on this system", f"{n_workers}", "serve without --workers, or on Linux"
        )


class ConnectionRefused(RequestRefused):
    """More connections are open than are kept open.

    Parameters
    ----------
    most : int
    """

    http_status = 503

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"at most {most} connections", "one more", "come back in a second")

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"retry-after": "1"}


class HeadTooLarge(RequestRefused):
    """The head of a request is longer than any that is meant well.

    Parameters
    ----------
    most_bytes : int
    """

    http_status = 431

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        super().__init__(f"a head of at most {most_bytes} bytes", "a longer one", "send less of it")


class HeadTooSlow(RequestRefused):
    """The head of a request did not arrive in time.

    Parameters
    ----------
    most_seconds : float
    """

    http_status = 408

    def __init__(self, most_seconds: float) -> None:
        self.most_seconds = most_seconds
        super().__init__(
            f"the head of a request within {most_seconds:g} s",
            "nothing, or a part of it",
            "connect again and send it whole",
        )


class HeadUnreadable(RequestRefused):
    """What arrived is no request in HTTP/1.1."""

    def __init__(self) -> None:
        super().__init__("a request in HTTP/1.1", "something else", "see RFC 9112, or use a client")
