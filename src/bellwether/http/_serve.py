"""One process that serves: uvicorn, told when to begin and how to end."""

import contextlib
import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

import uvicorn
from starlette.applications import Starlette

from bellwether.http._notify import ALIVE, READY, STOPPING, notify, watchdog_seconds
from bellwether.http._options import ServeOptions
from bellwether.http._presence import Presence
from bellwether.http._protocol import choose_protocol

ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
SIGNALLED = 128
# What may take longer than the time granted, such as a disk that hangs, is left behind.
_STUCK_SECONDS = 5.0
_TICKS_A_SECOND = 10
_log = logging.getLogger(__name__)


def serve(
    app: Starlette,
    sockets: Sequence[socket.socket],
    options: ServeOptions | None = None,
    presence: Presence | None = None,
) -> int:
    """Serve an app until the process is asked to end.

    Parameters
    ----------
    app : Starlette
    sockets : sequence of socket.socket
        Where to listen; see `open_sockets`.
    options : ServeOptions, optional
    presence : Presence, optional
        The same that the app has.

    Returns
    -------
    code : int
        For the process to exit with: 0 where it was asked to end by SIGTERM or SIGINT; 129 for
        SIGHUP, after which a supervisor starts it again.

    Notes
    -----
    When asked to end, readiness turns 503 at once; after `drain_seconds` no connection is
    accepted; requests under way have `grace_seconds` to be finished; then the app lets go of its
    journal and its processes. A second signal ends the process at once.
    """
    # Else uvicorn formats lines about each connection that nobody wants.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    options = options or ServeOptions()
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=max(1, round(options.grace_seconds)),
        lifespan="on",
        ws="none",
        http=choose_protocol(),
    )
    server = _Server(config, options, presence or Presence())
    server.run(sockets=list(sockets))
    return server.exit_code


class _Server(uvicorn.Server):
    """uvicorn's server, whose end has two steps, and which says how it is."""

    def __init__(self, config: uvicorn.Config, options: ServeOptions, presence: Presence) -> None:
        super().__init__(config)
        self.exit_code = 0
        self._options = options
        self._presence = presence
        self._leaves_at = float("inf")
        self._parent = os.getppid()
        asked = watchdog_seconds()
        self._watchdog_seconds = float("inf") if asked is None else asked / 3.0
        self._barked_at = time.monotonic()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Load the app, then accept."""
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()  # what was loaded stays: no pause of a request is to look it over again
            self._pulse(time.monotonic())
            notify(READY)

    async def on_tick(self, counter: int) -> bool:
        """Say once a second how this process is, and see whether it should end."""
        now = time.monotonic()
        if counter % _TICKS_A_SECOND == 0:
            self._pulse(now)
        if now >= self._leaves_at:
            self.should_exit = True
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """Begin to end; at the second signal, end."""
        if self._presence.is_leaving:
            os._exit(SIGNALLED + sig)
        self._leave(SIGNALLED + sig if sig not in (signal.SIGINT, signal.SIGTERM) else 0)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals as long as the server runs; uvicorn would raise them again behind it."""
        before = {number: signal.signal(number, self.handle_exit) for number in ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _leave(self, exit_code: int) -> None:
        self.exit_code = exit_code
        self._presence.is_leaving = True
        self._leaves_at = time.monotonic() + self._options.drain_seconds
        if self._options.drain_seconds <= 0:
            self.should_exit = True
        notify(STOPPING)
        patience = self._options.drain_seconds + self._options.grace_seconds + _STUCK_SECONDS
        last_resort = threading.Timer(patience, _leave_behind)
        last_resort.daemon = True
        last_resort.start()

    def _pulse(self, now: float) -> None:
        self._presence.beat(now)
        for connection in tuple(self.server_state.connections):
            guarded: Any = connection
            guarded.check_patience(now, self._options.head_seconds)
        if now - self._barked_at >= self._watchdog_seconds:
            self._barked_at = now
            notify(ALIVE)
        is_orphan = self._presence.board is not None and os.getppid() != self._parent
        if is_orphan and not self._presence.is_leaving:
            _log.warning("reason=orphaned: the parent is gone, and this worker ends")
            self._leave(0)


def _leave_behind() -> None:
    """End the process although something in it does not end."""
    _log.error("reason=stuck: something did not end in time and is left behind")
    logging.shutdown()
    os._exit(1)
