"""The sockets the service listens at, opened with a clear word where they cannot be."""

import errno
import ipaddress
import socket
from collections.abc import Sequence

from bellwether.http._serve_errors import (
    AddressElsewhere,
    AddressTaken,
    CannotListen,
    HostUnresolvable,
    PortForbidden,
)

_BACKLOG = 2048


def open_sockets(host: str, port: int) -> tuple[socket.socket, ...]:
    """Listen at every address of a host.

    Parameters
    ----------
    host : str
        Address or name; a name such as localhost may have several addresses.
    port : int
        0 takes a free one, the same at every address.

    Returns
    -------
    sockets : tuple of socket.socket
        Which listen already: who connects before the first answer waits and is not refused.

    Raises
    ------
    AddressElsewhere, AddressTaken, CannotListen, HostUnresolvable, PortForbidden
    """
    opened: list[socket.socket] = []
    elsewhere: AddressElsewhere | None = None
    try:
        for family, address in _resolve(host, port):
            at = (address[0], opened[0].getsockname()[1] if opened else port, *address[2:])
            try:
                opened.append(_open(family, at, host))
            except AddressElsewhere as error:  # such as ::1 where there is no IPv6
                elsewhere = error
    except CannotListen:
        for one in opened:
            one.close()
        raise
    if not opened and elsewhere is not None:
        raise elsewhere
    return tuple(opened)


def inherit_sockets(descriptors: Sequence[int]) -> tuple[socket.socket, ...]:
    """Return the sockets that a parent opened, by their descriptors."""
    return tuple(socket.socket(fileno=descriptor) for descriptor in descriptors)


def name_place(sockets: Sequence[socket.socket]) -> str:
    """Return where to reach the first of some sockets, as the begin of a URL."""
    found = sockets[0].getsockname()
    if sockets[0].family == getattr(socket, "AF_UNIX", None):
        return f"unix:{found}"
    host, port = found[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_private(sockets: Sequence[socket.socket]) -> bool:
    """Return whether only processes of this machine can reach any of some sockets."""
    for one in sockets:
        if one.family not in (socket.AF_INET, socket.AF_INET6):
            continue  # a socket in the file system
        if not ipaddress.ip_address(one.getsockname()[0].partition("%")[0]).is_loopback:
            return False
    return True


def explain_refusal(error: OSError, host: str, port: int) -> CannotListen:
    """Return what a person is told when the system refuses a place.

    Parameters
    ----------
    error : OSError
    host : str
    port : int
    """
    if error.errno == errno.EADDRINUSE:
        return AddressTaken(host, port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortForbidden(host, port)
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return AddressElsewhere(host)
    told = error.strerror or str(error)
    return CannotListen(f"to listen at {host}:{port}", told, "choose another --host or --port")


def _resolve(host: str, port: int) -> list[tuple[int, tuple[str | int, ...]]]:
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE, proto=socket.IPPROTO_TCP
        )
    except (OSError, UnicodeError) as error:
        told = error.strerror if isinstance(error, OSError) else None
        raise HostUnresolvable(host, told or "no name of a host") from error
    places = ((family, tuple(map(_plain, address))) for family, *_, address in found)
    return list(dict.fromkeys(places))


def _plain(part: object) -> str | int:
    return part if isinstance(part, str | int) else str(part)


def _open(family: int, address: tuple[str | int, ...], host: str) -> socket.socket:
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise explain_refusal(error, host, int(address[1])) from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        raise explain_refusal(error, host, int(address[1])) from error
    return opened
