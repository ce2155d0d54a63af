"""What the server refuses before any app is asked, on connections that are held in the hand."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bellwether.http import _protocol
from bellwether.http._protocol import _Guarded, choose_protocol

GuardedH11 = type("GuardedH11", (_Guarded, H11Protocol), {})


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing is read by itself."""

    def resume_reading(self) -> None:
        """Nothing is read by itself."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"sockname": ("127.0.0.1", 80), "peername": ("127.0.0.1", 81)}.get(name, default)

    @property
    def problem(self) -> dict[str, Any]:
        """The one problem document on the wire, which was then cut."""
        assert self.closed
        head, _, body = self.sent.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head
        assert b"content-type: application/problem+json" in head
        assert b"connection: close" in head
        told: dict[str, Any] = json.loads(body)
        assert head.startswith(f"HTTP/1.1 {told['status']} ".encode())
        return told


async def hello(_request: Any) -> PlainTextResponse:
    return PlainTextResponse("hello")


def visit(
    scenario: Callable[[Callable[[], tuple[Any, Wire]]], None], kind: type | None = None
) -> None:
    """Run a scenario with a maker of connections."""

    async def run() -> None:
        app = Starlette(routes=[Route("/", hello)])
        config = uvicorn.Config(app, log_config=None, ws="none", lifespan="off")
        state = ServerState()

        def connect() -> tuple[Any, Wire]:
            protocol: Any = (kind or choose_protocol())(
                config=config, server_state=state, app_state={}
            )
            wire = Wire()
            protocol.connection_made(wire)
            return protocol, wire

        scenario(connect)
        await asyncio.gather(*state.tasks)

    asyncio.run(run())


@pytest.fixture(params=["httptools", "h11"])
def kind(request: pytest.FixtureRequest) -> type:
    return choose_protocol() if request.param == "httptools" else GuardedH11


def test_what_is_no_request_is_a_problem_document(kind: type) -> None:
    def scenario(connect: Callable[[], tuple[Any, Wire]]) -> None:
        protocol, wire = connect()
        protocol.data_received(b"GARBAGE\r\n\r\n")
        assert wire.problem["type"].endswith("head-unreadable")

    visit(scenario, kind)


def test_one_connection_too_many_is_told_to_come_back(
    kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_protocol, "MOST_CONNECTIONS", 2)

    def scenario(connect: Callable[[], tuple[Any, Wire]]) -> None:
        wires = [connect()[1] for _ in range(3)]
        assert [wire.sent for wire in wires[:2]] == [b"", b""]
        assert wires[2].problem["status"] == 503
        assert b"retry-after: 1" in wires[2].sent

    visit(scenario, kind)


def test_a_head_without_an_end_is_cut(kind: type) -> None:
    def scenario(connect: Callable[[], tuple[Any, Wire]]) -> None:
        protocol, wire = connect()
        protocol.data_received(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ")
        for _ in range(20):
            if not wire.closed:
                protocol.data_received(b"a" * 16_384)
        assert wire.problem["status"] in (400, 431)

    visit(scenario, kind)


def test_a_long_body_is_no_head(kind: type) -> None:
    def scenario(connect: Callable[[], tuple[Any, Wire]]) -> None:
        protocol, wire = connect()
        protocol.data_received(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 300000\r\n\r\n")
        for _ in range(10):
            protocol.data_received(b"a" * 30_000)
        assert not wire.closed

    visit(scenario, kind)


@pytest.mark.parametrize("begun", [b"", b"GET / HT"])
def test_a_client_that_never_asks_is_not_waited_for(begun: bytes, kind: type) -> None:
    def scenario(connect: Callable[[], tuple[Any, Wire]]) -> None:
        protocol, wire = connect()
        if begun:
            protocol.data_received(begun)
        protocol.check_patience(100.0, 10.0)
        protocol.check_patience(109.0, 10.0)
        assert not wire.closed
        protocol.check_patience(111.0, 10.0)
        assert wire.problem["status"] == 408

    visit(scenario, kind)


def test_a_request_that_is_being_answered_is_never_cut(kind: type) -> None:
    def scenario(connect: Callable[[], tuple[Any, Wire]]) -> None:
        protocol, wire = connect()
        protocol.check_patience(100.0, 10.0)
        protocol.data_received(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        protocol.check_patience(200.0, 10.0)
        protocol.check_patience(300.0, 10.0)
        assert not wire.closed

    visit(scenario, kind)
