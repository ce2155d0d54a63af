"""What the serving benchmark reads from wrk, and how it counts time at a constant rate."""

import asyncio
import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "_load.py"
TOLD = """Running 3s test @ http://127.0.0.1:80/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.00ms    2.00ms  30.00ms   95.00%
    Req/Sec     7.00k     1.00k    8.00k    70.00%
  Latency Distribution
     50%  850.00us
     75%    1.20ms
     90%    2.00ms
     99%    1.50s
  20000 requests in 3.00s, 3.00MB read
{errors}Requests/sec:   6916.25
Transfer/sec:      1.00MB
"""


@pytest.fixture(scope="module")
def load() -> Iterator[ModuleType]:
    """Return benchmarks/_load.py."""
    name = "_load_of_this_test"
    spec = importlib.util.spec_from_file_location(name, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def test_what_wrk_prints_is_read_in_milliseconds(load: ModuleType) -> None:
    found = load.read_wrk(TOLD.format(errors=""))
    assert (found.rate, found.p50_ms, found.p99_ms, found.n_refused) == (
        6916.25,
        pytest.approx(0.85),
        pytest.approx(1500.0),
        0,
    )


def test_refusals_and_broken_connections_are_counted(load: ModuleType) -> None:
    errors = (
        "  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 20\n"
    )
    assert load.read_wrk(TOLD.format(errors=errors)).n_refused == 30


def test_a_request_is_written_with_its_length(load: ModuleType) -> None:
    post = load.Request(path="/x", body=b"12345").wire(80)
    assert post.startswith(b"POST /x HTTP/1.1\r\n")
    assert post.endswith(b"content-length: 5\r\n\r\n12345")
    assert load.Request(path="/x").wire(80).startswith(b"GET /x HTTP/1.1\r\n")


class Slow(asyncio.Protocol):
    """Answers each request 50 ms after it came, one at a time over all connections."""

    line = asyncio.Lock()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, _: bytes) -> None:
        self.task = asyncio.ensure_future(self.answer())

    async def answer(self) -> None:
        async with self.line:
            await asyncio.sleep(0.05)
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


@pytest.mark.enable_socket
def test_who_waits_behind_others_waits_in_the_figures_too(load: ModuleType) -> None:
    ports: list[int] = []
    began, over = threading.Event(), threading.Event()

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Slow, "127.0.0.1", 0)
        async with server:
            ports.append(server.sockets[0].getsockname()[1])
            began.set()
            await asyncio.to_thread(over.wait, 60)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert began.wait(20)
    try:
        # Twice as many as the server can answer: the last of 40 waits about a second.
        found = load.pace(ports[0], load.Request(path="/"), rate=40.0, seconds=1.0, connections=2)
    finally:
        over.set()
        thread.join()
    assert found.n_refused == 0
    assert found.p99_ms > 500.0  # a client that waits for its answers would have said 100
