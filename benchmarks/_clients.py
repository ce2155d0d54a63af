"""Clients: several keep-alive connections that ask one question after the other and keep all."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from _questions import Question

HANG_SECONDS = 10.0
_AFTER_REFUSAL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A question and what came back.

    Parameters
    ----------
    question : Question
    sent_at : float
        On the monotonic clock.
    seconds : float
    status : int
        0 where the connection broke or nothing came.
    is_journalled : bool or None
        What the answer says of itself.
    body : bytes
    """

    question: Question
    sent_at: float
    seconds: float
    status: int
    is_journalled: bool | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def received_at(self) -> float:
        """When the answer was whole."""
        return self.sent_at + self.seconds


class Clients:
    """Asks a port in turn over several connections.

    Parameters
    ----------
    port : int
    questions : sequence of Question
    n_clients : int
    seed : int
        Of the order in which each client asks.
    pause_seconds : float, default 0
        Between two questions of a client.
    """

    def __init__(
        self,
        port: int,
        questions: Sequence[Question],
        *,
        n_clients: int,
        seed: int,
        pause_seconds: float = 0.0,
    ) -> None:
        self._port = port
        self._wires = [(one, one.wire(port)) for one in questions]
        self._n_clients = n_clients
        self._random = np.random.default_rng(seed)
        self.pause_seconds = pause_seconds

    async def ask(self, n_questions: int) -> list[Exchange]:
        """Ask so many questions and return what came back."""
        left = n_questions

        def is_over(_: list[Exchange]) -> bool:
            nonlocal left
            left -= 1
            return left < 0

        return await self._ask(is_over)

    async def ask_while(
        self, is_going: Callable[[], bool], found: list[Exchange] | None = None
    ) -> list[Exchange]:
        """Ask until told otherwise; what came back can be looked at meanwhile."""
        return await self._ask(lambda _: not is_going(), found)

    async def ask_until(
        self, is_enough: Callable[[Exchange], bool], seconds: float
    ) -> list[Exchange]:
        """Ask until an answer is the one that was waited for, or the time is over."""
        until = time.perf_counter() + seconds
        seen = 0
        enough = False

        def is_over(found: list[Exchange]) -> bool:
            nonlocal seen, enough
            for one in found[seen:]:
                enough = is_enough(one) or enough
            seen = len(found)
            return enough or time.perf_counter() > until

        return await self._ask(is_over)

    async def _ask(
        self, is_over: Callable[[list[Exchange]], bool], into: list[Exchange] | None = None
    ) -> list[Exchange]:
        found: list[Exchange] = [] if into is None else into
        seeds = self._random.integers(1 << 31, size=self._n_clients)
        await asyncio.gather(*(self._one_client(int(seed), found, is_over) for seed in seeds))
        return found

    async def _one_client(
        self, seed: int, found: list[Exchange], is_over: Callable[[list[Exchange]], bool]
    ) -> None:
        random = np.random.default_rng(seed)
        line = Line(self._port)
        try:
            while not is_over(found):
                # In shuffled rounds, so that a few dozen questions hold each kind.
                question, wire = self._wires[random.integers(len(self._wires))]
                found.append(await line.ask(question, wire))
                if self.pause_seconds or not found[-1].status:
                    await asyncio.sleep(self.pause_seconds or _AFTER_REFUSAL_SECONDS)
        finally:
            line.close()


class Line:
    """One keep-alive connection, opened again where it broke.

    Parameters
    ----------
    port : int
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: Question, wire: bytes) -> Exchange:
        """Return what came back, or that nothing did."""
        sent_at = time.perf_counter()
        try:
            async with asyncio.timeout(HANG_SECONDS):
                status, head, body = await self._exchange(wire)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            self.close()
            return Exchange(
                question=question,
                sent_at=sent_at,
                seconds=time.perf_counter() - sent_at,
                status=0,
                body=f"{type(error).__name__}: {error}".encode(),
            )
        return Exchange(
            question=question,
            sent_at=sent_at,
            seconds=time.perf_counter() - sent_at,
            status=status,
            is_journalled=_read_journalled(head),
            body=body,
        )

    async def _exchange(self, wire: bytes) -> tuple[int, bytes, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(wire)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(_header(head, b"content-length") or 0)
        body = await reader.readexactly(length)
        if _header(head, b"connection") == b"close":
            self.close()
        return int(head[9:12]), head, body

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        if self._streams is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._streams[1].close()
        self._streams = None


def _header(head: bytes, name: bytes) -> bytes | None:
    _, border, rest = head.partition(b"\r\n" + name + b":")
    return rest.partition(b"\r\n")[0].strip() if border else None


def _read_journalled(head: bytes) -> bool | None:
    said = _header(head, b"x-bellwether-journalled")
    return None if said is None else said == b"true"
