"""Load on a server: wrk for the most it can do, and a constant rate for how it feels.

wrk sends the next request when the last one is answered, so that a server that stalls is asked
less: its percentiles leave out whoever would have come meanwhile (coordinated omission). At a
constant rate each request has an instant at which it is due, and its time is counted from there.
"""

import asyncio
import contextlib
import ctypes
import os
import re
import shutil
import struct
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import uvloop

WRK_MISSING = "expected wrk on PATH, was none; install it: apt-get install wrk, or brew install wrk"
_STEADY = 1  # CLOCK_MONOTONIC
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, sent again and again.

    Parameters
    ----------
    path : str
    body : bytes
        Empty for GET.
    media_type : str
    """

    path: str
    body: bytes = b""
    media_type: str = "application/json"

    def wire(self, port: int) -> bytes:
        """Return the bytes to send."""
        method = "POST" if self.body else "GET"
        lines = [f"{method} {self.path} HTTP/1.1", f"host: 127.0.0.1:{port}"]
        if self.body:
            lines += [f"content-type: {self.media_type}", f"content-length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a server did under load.

    Parameters
    ----------
    rate : float
        Requests answered a second.
    p50_ms, p99_ms : float
    n_refused : int
        Answers that were no success, and connections that broke.
    sent_late_ms : float
        At a constant rate: how late, at the 99th percentile, a request was sent although a
        connection was free. It is the generator's own doing, and within the other times.
    """

    rate: float
    p50_ms: float
    p99_ms: float
    n_refused: int = 0
    sent_late_ms: float = 0.0


def has_wrk() -> bool:
    """Whether wrk is there."""
    return shutil.which("wrk") is not None


def press(port: int, request: Request, seconds: float, folder: Path, connections: int = 16) -> Load:
    """Return the most a server answers over some connections, by wrk."""
    script = folder / "request.lua"
    body = folder / "request.body"
    body.write_bytes(request.body)
    lines = [f'wrk.method = "{"POST" if request.body else "GET"}"']
    if request.body:
        lines += [
            f'local file = io.open("{body}", "rb")',
            'wrk.body = file:read("*all")',
            f'wrk.headers["content-type"] = "{request.media_type}"',
        ]
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = subprocess.run(
        [
            *("wrk", "--threads", "1", "--connections", str(connections), "--latency"),
            *("--duration", f"{max(1, round(seconds))}s", "--timeout", "10s"),
            *("--script", str(script), f"http://127.0.0.1:{port}{request.path}"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    ).stdout
    return read_wrk(told)


def read_wrk(told: str) -> Load:
    """Return what wrk measured, from what it prints."""
    shares = re.findall(r"^\s+(\d+)%\s+([\d.]+)(us|ms|s|m)$", told, re.MULTILINE)
    times = {int(share): float(value) * _UNITS[unit] for share, value, unit in shares}
    [rate] = re.findall(r"^Requests/sec:\s+([\d.]+)", told, re.MULTILINE)
    refused = re.findall(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.findall(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told
    )
    n_refused = sum(map(int, [*refused, *(number for found in broken for number in found)]))
    return Load(
        rate=float(rate), p50_ms=1e3 * times[50], p99_ms=1e3 * times[99], n_refused=n_refused
    )


class _Line(asyncio.Protocol):
    """One keep-alive connection that knows when its answer is whole."""

    def __init__(self, crowd: "_Crowd") -> None:
        self._crowd = crowd
        self._seen = b""
        self.due_at = 0.0
        self.transport = asyncio.Transport()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, wire: bytes, due_at: float) -> None:
        self.due_at = due_at
        self.transport.write(wire)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, border, body = self._seen.partition(b"\r\n\r\n")
        if not border:
            return
        place = head.lower().find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._seen = b""
        self._crowd.take(self, is_success=head[9:12] == b"200")

    def connection_lost(self, _: Exception | None) -> None:
        self._crowd.lose()


class _Crowd:
    """Connections, those who wait for one, and how long everybody waited."""

    def __init__(self, wire: bytes) -> None:
        self.wire = wire
        self.free: list[_Line] = []
        self.waiting: deque[float] = deque()
        self.seconds: list[float] = []
        self.late: list[float] = []
        self.n_refused = 0
        self.is_over = False

    def take(self, line: _Line, *, is_success: bool) -> None:
        """Count an answer, and use its connection for who waits longest."""
        self.seconds.append(time.perf_counter() - line.due_at)
        self.n_refused += not is_success
        if self.waiting:
            line.ask(self.wire, self.waiting.popleft())
        else:
            self.free.append(line)

    def lose(self) -> None:
        """Count a connection that broke."""
        self.n_refused += not self.is_over


def pace(port: int, request: Request, rate: float, seconds: float, connections: int = 16) -> Load:
    """Return how long requests take that come at a constant rate, whatever the server does."""
    return uvloop.run(_pace(port, request, rate, seconds, connections))


async def _pace(port: int, request: Request, rate: float, seconds: float, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    crowd = _Crowd(request.wire(port))
    lines = [
        (await loop.create_connection(lambda: _Line(crowd), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    crowd.free = list(lines)
    n_all = int(rate * seconds)
    begun = time.perf_counter()
    n_sent = 0
    async for _ in _ticks(loop, rate):
        now = time.perf_counter()
        while n_sent < n_all and (due_at := begun + n_sent / rate) <= now:
            if crowd.free:
                crowd.late.append(time.perf_counter() - due_at)
                crowd.free.pop().ask(crowd.wire, due_at)
            else:
                crowd.waiting.append(due_at)
            n_sent += 1
        if n_sent == n_all:
            break
    end = time.perf_counter() + 10.0
    while len(crowd.seconds) < n_all and time.perf_counter() < end:
        await asyncio.sleep(0.01)
    crowd.is_over = True
    for line in lines:
        line.transport.close()
    taken = np.array(crowd.seconds or [np.inf])
    return Load(
        rate=len(crowd.seconds) / seconds,
        p50_ms=1e3 * float(np.quantile(taken, 0.5)),
        p99_ms=1e3 * float(np.quantile(taken, 0.99)),
        n_refused=crowd.n_refused + n_all - len(crowd.seconds),
        sent_late_ms=1e3 * float(np.quantile(crowd.late or [0.0], 0.99)),
    )


async def _ticks(loop: asyncio.AbstractEventLoop, rate: float) -> AsyncIterator[None]:
    """Yield at a rate, to some microseconds: an event loop's own timers are a millisecond coarse.

    Whoever spins in place of this takes a core from the server that is measured.
    """
    with contextlib.suppress(OSError, AttributeError):
        system = ctypes.CDLL(None, use_errno=True)
        timer = system.timerfd_create(_STEADY, os.O_NONBLOCK)
        if timer >= 0:
            nanoseconds = max(round(1e9 / rate), 20_000)
            whole, part = divmod(nanoseconds, 1_000_000_000)
            every = struct.pack("qqqq", whole, part, whole, part)
            system.timerfd_settime(timer, 0, every, None)
            rung = asyncio.Event()
            loop.add_reader(timer, rung.set)
            try:
                while True:
                    await rung.wait()
                    rung.clear()
                    with contextlib.suppress(BlockingIOError):
                        os.read(timer, 8)
                    yield
            finally:
                loop.remove_reader(timer)
                os.close(timer)
    while True:  # not Linux
        await asyncio.sleep(0.001)
        yield
