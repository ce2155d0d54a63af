import contextlib
import errno
import socket
from collections.abc import Iterator

import pytest

from bellwether.http import (
    AddressElsewhere,
    AddressTaken,
    CannotListen,
    HostUnresolvable,
    PortForbidden,
    inherit_sockets,
    is_private,
    name_place,
    open_sockets,
)
from bellwether.http._listening import explain_refusal

# Sockets that listen on loopback for a moment; nothing is sent.
pytestmark = pytest.mark.enable_socket


@contextlib.contextmanager
def listening(host: str = "127.0.0.1", port: int = 0) -> Iterator[tuple[socket.socket, ...]]:
    sockets = open_sockets(host, port)
    try:
        yield sockets
    finally:
        for one in sockets:
            one.close()


def test_port_0_takes_a_free_one_and_who_connects_waits() -> None:
    with listening() as sockets:
        host, port = sockets[0].getsockname()
        assert name_place(sockets) == f"http://127.0.0.1:{port}"
        with socket.create_connection((host, port), timeout=5):
            pass


def test_a_name_with_several_addresses_is_one_port() -> None:
    with listening("localhost") as sockets:
        assert len({one.getsockname()[1] for one in sockets}) == 1


def test_a_port_in_use_says_what_to_do() -> None:
    with listening() as sockets:
        port = sockets[0].getsockname()[1]
        with pytest.raises(AddressTaken, match=r"another process listens.*--port") as taken:
            open_sockets("127.0.0.1", port)
        assert (taken.value.host, taken.value.port) == ("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "1.2.3.4.5.6"])
def test_a_name_that_nobody_knows_says_so(host: str) -> None:
    with pytest.raises(HostUnresolvable, match="is this machine"):
        open_sockets(host, 0)


def test_an_address_of_another_machine_says_so() -> None:
    with pytest.raises(AddressElsewhere, match=r"0\.0\.0\.0"):
        open_sockets("192.0.2.1", 0)  # reserved for documentation: nobody has it


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, PortForbidden),
        (errno.EPERM, PortForbidden),
        (errno.EADDRINUSE, AddressTaken),
        (errno.EADDRNOTAVAIL, AddressElsewhere),
        (errno.EMFILE, CannotListen),
    ],
)
def test_every_refusal_of_the_system_has_its_message(number: int, kind: type) -> None:
    error = explain_refusal(OSError(number, "told by the system"), "127.0.0.1", 80)
    assert type(error) is kind
    assert error.hint


def test_a_socket_is_inherited_by_its_descriptor() -> None:
    with listening() as sockets:
        [twin] = inherit_sockets([sockets[0].dup().detach()])
        with twin:
            assert twin.getsockname() == sockets[0].getsockname()


@pytest.mark.parametrize(
    ("host", "private"),
    [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)],  # noqa: S104
)
def test_who_can_reach_a_socket_is_read_from_it(host: str, private: bool) -> None:
    with listening(host) as sockets:
        assert is_private(sockets) is private
