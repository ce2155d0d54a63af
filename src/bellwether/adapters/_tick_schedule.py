"""TickSchedule: asks for the next tick of watching when it is due, beside the answering."""

import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from bellwether.clock import Clock
from bellwether.errors import BellwetherError
from bellwether.registry import Registry
from bellwether.service import Jobs
from bellwether.watch import LAST_CHECK, Checkpoints

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

KIND = "monitor"
LEASE = "schedule/monitor"
FIRST_LOOK_SECONDS, LOOK_EVERY_SECONDS = 60.0, 300.0
# A tick that came to nothing is asked for again after so long.
RETRY_SECONDS = 3600.0
_A_PAGE = 50
_HOUR = np.timedelta64(3_600_000_000, "us")
_log = logging.getLogger(__name__)


class TickSchedule:
    """Asks for a job of kind "monitor" whenever the last tick is long enough ago.

    Parameters
    ----------
    jobs : Jobs
    checkpoints : Checkpoints
        Where each tick leaves its time, and by whose lease one of many processes asks.
    registry : Registry
        Where nothing is registered there is nothing to watch.
    clock : Clock
    every_hours : float
        Above zero.
    seconds : (float, float)
        After which it looks whether a tick is due, the first time and then.

    Notes
    -----
    When a tick is due is read from the database at each look: a machine that slept, or a service
    that was down for a week, makes up for all that was missed by one tick. The scheduler is
    APScheduler's, with coalescing, no grace time and one instance; it is loaded and begun on a
    thread, after the first answers were given.
    """

    def __init__(
        self,
        jobs: Jobs,
        checkpoints: Checkpoints,
        registry: Registry,
        clock: Clock,
        *,
        every_hours: float,
        seconds: tuple[float, float] = (FIRST_LOOK_SECONDS, LOOK_EVERY_SECONDS),
    ) -> None:
        self._jobs = jobs
        self._checkpoints = checkpoints
        self._registry = registry
        self._clock = clock
        self._every_hours = every_hours
        self._first_seconds, self._look_every_seconds = seconds
        self._owner = f"{socket.gethostname()}-{os.getpid()}"
        self._guard = threading.Lock()
        self._timer: threading.Timer | None = None
        self._scheduler: BackgroundScheduler | None = None
        self._is_closed = False
        self._n_asked = 0

    def start(self) -> None:
        """Begin to look, some time from now; does nothing where it has begun."""
        with self._guard:
            if self._timer is None and not self._is_closed:
                self._timer = threading.Timer(self._first_seconds, self._begin)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Look no more; what was asked for is done."""
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
            if self._scheduler is not None:
                self._scheduler.shutdown(wait=False)
            self._scheduler = None
            self._is_closed = True

    def look(self) -> bool:
        """Ask for a tick if one is due and nobody has asked; return whether this one did."""
        try:
            return self._is_due() and self._ask()
        except BellwetherError as error:
            _log.warning("reason=schedule_unavailable: no tick was asked for: %s", error)
            return False

    def _begin(self) -> None:
        from apscheduler.schedulers.background import (  # noqa: PLC0415 - no answer waits for it
            BackgroundScheduler,
        )

        scheduler: Any = BackgroundScheduler(timezone="UTC", daemon=True)
        scheduler.add_job(
            self.look,
            "interval",
            seconds=self._look_every_seconds,
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
        with self._guard:
            if self._is_closed:
                return
            self._scheduler = scheduler
            scheduler.start()
        self.look()

    def _is_due(self) -> bool:
        kept = self._checkpoints.load(LAST_CHECK)
        if kept is None:
            return bool(self._registry.records())
        last = np.datetime64(str(kept.content["at"]).removesuffix("Z"), "us")
        hours = float((self._clock.now() - last) / _HOUR)
        # A last tick that lies ahead was told by a clock that has been set back since.
        return hours >= self._every_hours or hours < 0.0

    def _ask(self) -> bool:
        now = self._clock.now()
        # Not renewed by whoever has it: one asking, whatever comes of it, is enough for a while.
        self._n_asked += 1
        owner = f"{self._owner}/{self._n_asked}"
        if not self._checkpoints.lease(LEASE, owner, now=now, seconds=RETRY_SECONDS):
            return False
        latest = self._jobs.page(limit=_A_PAGE).jobs
        if any(job.kind == KIND and not job.state.ended for job in latest):
            return False
        self._jobs.submit(KIND, {})
        return True
