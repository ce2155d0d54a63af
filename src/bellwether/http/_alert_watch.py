"""What looks after alerts while the service runs: silence of the monitor, and what waits."""

import logging
import threading
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bellwether.clock import Clock
from bellwether.errors import BellwetherError, RegistryError, ServiceError

if TYPE_CHECKING:
    from bellwether.watch import AlertBook, AlertPorts

LOOK_SECONDS = 60.0
_CONDITIONS = ("ok", "amber", "red", "recovering")
_CHANNELS = ("performance", "inputs", "data", "monitor", "retraining")
_log = logging.getLogger(__name__)


class AlertWatch(Collector):
    """Looks once a minute whether the monitor has stopped, and sends what waits to be sent.

    Parameters
    ----------
    ports : AlertPorts
    clock : Clock
    look_seconds : float, default 60

    Notes
    -----
    In a thread of its own, which ends with the process: a receiver that hangs keeps neither an
    answer nor the end of the service waiting. Every worker looks; a lease lets one of them send.
    """

    def __init__(
        self, ports: "AlertPorts", clock: Clock, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._ports = ports
        self._clock = clock
        self._look_seconds = look_seconds
        self._is_closed = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        self._is_closed.clear()
        threading.Thread(target=self._watch, name="bellwether-alerts", daemon=True).start()

    def close(self) -> None:
        """Look no more; what is being sent is not waited for."""
        self._is_closed.set()

    def look(self) -> None:
        """Look once: note a silence, and send what waits. Failures are logged, or told if grave."""
        from bellwether.watch import check_silence, tell_directly  # noqa: PLC0415

        now = self._clock.now()
        try:
            check_silence(self._ports, now)
        except RegistryError as error:
            _log.warning("reason=alerts_unavailable: nobody knows the last check: %s", error)
        except ServiceError as error:
            # The journal: without it no episode is noted, and that must not be kept quiet.
            _log.warning("reason=alerts_unavailable: alerts cannot be noted: %s", error)
            words = "the journal cannot be read or written: alerts are not noted"
            tell_directly(words, self._ports, now)
        except BellwetherError as error:
            _log.error("reason=alerts_unreadable: %s", error)

    def collect(self) -> Iterator[Metric]:
        """Yield what was last read, as metrics."""
        yield from describe_alerts(self._ports.book, self._clock.now())

    def _watch(self) -> None:
        is_over = self._is_closed.is_set()
        while not is_over:
            try:
                self.look()
            except Exception:  # noqa: BLE001 - the thread must outlive whatever a look raises
                _log.exception("reason=unexpected: alerts were not looked after")
            is_over = self._is_closed.wait(self._look_seconds)


def describe_alerts(
    book: "AlertBook | None" = None, now: np.datetime64 | None = None
) -> Iterator[Metric]:
    """Yield the alerts that are open as metrics, and the notices that wait.

    Parameters
    ----------
    book : AlertBook or None
        Without one every metric is named, and none has a value.
    now : numpy.datetime64, optional
        UTC.
    """
    episodes = GaugeMetricFamily(
        "bellwether_open_episodes",
        "Alerts that are open, by the check that found them, how bad they are, and whether "
        "somebody acknowledged them.",
        labels=("channel", "condition", "acknowledged"),
    )
    waiting = GaugeMetricFamily(
        "bellwether_notices_waiting",
        "Notices that a receiver does not have yet.",
        labels=("receiver",),
    )
    oldest = GaugeMetricFamily(
        "bellwether_notices_oldest_seconds", "Age of the oldest notice that waits; 0 for none."
    )
    if book is not None and now is not None:
        counts = Counter(
            (one.channel, one.condition, one.acknowledged is not None)
            for one in book.open_episodes()
        )
        for channel in _CHANNELS:
            for condition in _CONDITIONS:
                for known in (False, True):
                    labels = (channel, condition, str(known).lower())
                    episodes.add_metric(labels, counts[channel, condition, known])  # type: ignore[index]
        tasks = book.waiting()
        for name, n in Counter(name for _, names in tasks for name in names).items():
            waiting.add_metric((name,), n)
        ages = [float((now - task.at) / np.timedelta64(1, "s")) for task, _ in tasks]
        oldest.add_metric((), max(ages, default=0.0))
    yield from (episodes, waiting, oldest)
