"""What the server refuses before any app is asked: in problem documents, and within limits."""

import asyncio
import http
from typing import TYPE_CHECKING, Any

import msgspec

from bellwether.http._errors import RequestRefused
from bellwether.http._problems import MEDIA_TYPE, problem_of
from bellwether.http._serve_errors import (
    ConnectionRefused,
    HeadTooLarge,
    HeadTooSlow,
    HeadUnreadable,
)

MOST_CONNECTIONS = 4096
MOST_HEAD_BYTES = 65_536

if TYPE_CHECKING:

    class _Connection(asyncio.Protocol):
        """What uvicorn's two connections have in common."""

        connections: set[asyncio.Protocol]
        transport: asyncio.Transport
        timeout_keep_alive_task: asyncio.TimerHandle | None
        cycle: Any

else:
    _Connection = object


class _Guarded(_Connection):
    """A connection that refuses in problem documents and does not wait without end."""

    _waits_since: float | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a new connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(ConnectionRefused(MOST_CONNECTIONS))

    def send_400_response(self, _message: str) -> None:
        """Refuse what cannot be read."""
        self._refuse(HeadUnreadable())

    def check_patience(self, now: float, most_seconds: float) -> None:
        """Refuse a client that has begun no request, or only a part of its head, for too long.

        Parameters
        ----------
        now : float
        most_seconds : float

        Notes
        -----
        To be called every second or so: that spares each request a timer. Between two requests
        uvicorn's own timer counts.
        """
        is_asked = self.cycle is not None and not self.cycle.response_complete
        if is_asked or self.timeout_keep_alive_task is not None:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = now
        elif now - self._waits_since > most_seconds:
            self._refuse(HeadTooSlow(most_seconds))

    def _refuse(self, error: RequestRefused) -> None:
        if not self.transport.is_closing():
            self.transport.write(_document(error))
            self.transport.close()


def _document(error: RequestRefused) -> bytes:
    """Return a whole response, after which the connection is closed."""
    body = msgspec.json.encode(problem_of(error, ""))
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "connection": "close",
        **error.headers,
    }
    lines = [f"HTTP/1.1 {error.http_status} {http.HTTPStatus(error.http_status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def choose_protocol() -> type[asyncio.Protocol]:
    """Return the connection of the fastest parser that is installed."""
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415
    except ModuleNotFoundError:
        from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: PLC0415

        # Which bounds the head by itself, to 64 KiB.
        return type("GuardedH11", (_Guarded, H11Protocol), {})

    class GuardedHttpTools(_Guarded, HttpToolsProtocol):  # type: ignore[misc]
        """Whose parser knows no end of a head: it is counted here."""

        _reads_head = False
        _n_head = 0

        def on_message_begin(self) -> None:
            self._reads_head = True
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._reads_head = False
            self._n_head = 0
            self._waits_since = None
            super().on_headers_complete()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self._reads_head:
                self._n_head += len(data)
                if self._n_head > MOST_HEAD_BYTES:
                    self._refuse(HeadTooLarge(MOST_HEAD_BYTES))

    return GuardedHttpTools
