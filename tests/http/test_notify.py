import os
import socket
from pathlib import Path

import pytest

from bellwether.http import take_sockets
from bellwether.http._notify import READY, notify, watchdog_seconds


@pytest.mark.enable_socket
def test_systemd_is_told_where_it_asked_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(place))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(place))
        notify(READY)
        assert systemd.recv(100) == b"READY=1"


@pytest.mark.enable_socket
@pytest.mark.parametrize("place", ["", "relative", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_who_listens_is_no_failure(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", place)
    notify(READY)


@pytest.mark.parametrize(
    ("asked", "of", "seconds"),
    [
        ("30000000", "", 30.0),
        ("30000000", "me", 30.0),
        ("30000000", "1", None),
        ("", "", None),
        ("0", "", None),
        ("soon", "", None),
    ],
)
def test_the_watchdog_is_fed_only_where_it_is_meant(
    asked: str, of: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", asked)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if of == "me" else of)
    assert watchdog_seconds() == seconds


@pytest.mark.parametrize("pid", ["1", "", "nobody"])
def test_sockets_that_were_opened_for_another_process_are_left_alone(pid: str) -> None:
    variables = {"LISTEN_PID": pid, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "x", "OTHER": "y"}
    assert take_sockets(variables) == ()
    assert variables == {"OTHER": "y"}


def test_without_systemd_there_are_no_sockets() -> None:
    assert take_sockets({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "none"}) == ()
