"""What the service counts: for Prometheus, and for its own status."""

import os
from collections import Counter as Tally
from collections.abc import Iterator, Sequence

import numpy as np
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from bellwether.http._alert_watch import describe_alerts
from bellwether.http._board import SHARED_FOLDER
from bellwether.http._checkup import CheckedModel
from bellwether.http._fact_metrics import Facts
from bellwether.http._monitor_board import MonitorBoard, describe_monitor
from bellwether.http._presence import Presence
from bellwether.http._process_metrics import Overseen, ProcessMetrics
from bellwether.http._request_metrics import RequestMetrics
from bellwether.http._types import LastErrorAnswer
from bellwether.service import FallbackReason, Prediction, Rung

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
NO_REASON = "none"
_SECONDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    10.0,
)
# Reasons that name something to be mended, unlike a market's or a model's ordinary state.
FAULTS = frozenset(
    {
        FallbackReason.REGISTRY_UNAVAILABLE,
        FallbackReason.BUNDLE_MISSING,
        FallbackReason.BUNDLE_CORRUPT,
        FallbackReason.BUNDLE_TOO_NEW,
        FallbackReason.BUNDLE_UNSAFE,
        FallbackReason.BUNDLE_UNSIGNED,
        FallbackReason.SIGNATURE_INVALID,
        FallbackReason.SIGNER_UNKNOWN,
        FallbackReason.GOLDEN_MISMATCH,
        FallbackReason.LOAD_FAILED,
        FallbackReason.INFERENCE_FAILED,
        FallbackReason.TIME_BUDGET_EXCEEDED,
        FallbackReason.INFERENCE_PROCESS_DOWN,
        FallbackReason.MODEL_QUARANTINED,
        FallbackReason.OUTPUT_NOT_FINITE,
        FallbackReason.OUTPUT_OUT_OF_RANGE,
        FallbackReason.RULES_FAILED,
        FallbackReason.BARS_UNAVAILABLE,
        FallbackReason.SERVICE_FAILED,
    }
)


class _Unwatched(Collector):
    """Names the metrics of watching where nobody watches."""

    def collect(self) -> Iterator[Metric]:
        """Yield each of them without a value."""
        yield from describe_monitor(None)


class _Untold(Collector):
    """Names the metrics of alerts where nobody is told."""

    def collect(self) -> Iterator[Metric]:
        """Yield each of them without a value."""
        yield from describe_alerts()


# When each series began would be as many series again, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Counters of one app. To be used on its event loop only.

    Parameters
    ----------
    presence : Presence, optional
        Of this process among its fellow workers.
    monitor : MonitorBoard, optional
        What watching has come to.

    Attributes
    ----------
    alerts : Collector or None
        Tells the alerts that are open.
    last_error : LastErrorAnswer or None
        What last went wrong here.
    n_under_way : int
        Requests that this process is answering; the door keeps it.

    Notes
    -----
    Labels come from enumerations and the table of routes, never from a request, so that their
    number is bounded. Where several workers share a folder for their counts, `render` and the
    tallies add up all of them, those that have ended included; facts about models and workers
    are as the worker sees them that is asked.
    """

    __slots__ = (
        "_answers",
        "_answers_of",
        "_facts",
        "_journal_failures",
        "_journal_troubles",
        "_latency",
        "_monitor",
        "_process",
        "_requests",
        "_shelf",
        "alerts",
        "last_error",
        "n_under_way",
    )

    def __init__(
        self, presence: Presence | None = None, monitor: MonitorBoard | None = None
    ) -> None:
        shelf = self._shelf = CollectorRegistry()
        self._answers = Counter(
            "bellwether_answers",
            "Answers given, by the rung of the ladder and the reason for a step down.",
            ("source", "reason"),
            registry=shelf,
        )
        self._latency = Histogram(
            "bellwether_answer_seconds",
            "Time from a question read to its answer.",
            buckets=_SECONDS,
            registry=shelf,
        )
        self._requests = RequestMetrics(shelf, _SECONDS)
        self._journal_failures = Counter(
            "bellwether_journal_failures",
            "Answers that were sent without being in the journal, by reason.",
            ("reason",),
            registry=shelf,
        )
        self._journal_troubles = Counter(
            "bellwether_journal_troubles",
            "Times that something began to keep answers out of the journal, by reason.",
            ("reason",),
            registry=shelf,
        )
        self._process = ProcessMetrics(shelf)
        self._facts = Facts(presence or Presence())
        self._monitor = monitor
        self._answers_of: dict[tuple[Rung, FallbackReason | None], Counter] = {}
        self.alerts: Collector | None = None
        self.last_error: LastErrorAnswer | None = None
        self.n_under_way = 0

    @property
    def answers_by_source(self) -> Tally[str]:
        """Answers given, by the rung of the ladder."""
        return self._tally("source")

    @property
    def fallbacks_by_reason(self) -> Tally[str]:
        """Answers given by a step down, by its reason."""
        found = self._tally("reason")
        found.pop(NO_REASON, None)
        return found

    def note_answer(self, prediction: Prediction, seconds: float, now: np.datetime64) -> None:
        """Count an answer."""
        self.note_computed(prediction, seconds, now)
        self.note_served(prediction)

    def note_served(self, prediction: Prediction) -> None:
        """Count an answer that is sent, whenever it was computed."""
        kind = (prediction.rung, prediction.fallback_reason)
        counter = self._answers_of.get(kind)
        if counter is None:
            counter = self._answers.labels(kind[0].value, kind[1] or NO_REASON)
            self._answers_of[kind] = counter
        counter.inc()

    def note_computed(self, prediction: Prediction, seconds: float, now: np.datetime64) -> None:
        """Note how long an answer took, and what went wrong on the way."""
        self._latency.observe(seconds)
        for step in prediction.steps:
            if step.reason in FAULTS:
                self.note_error(step.reason.value, step.detail or step.reason.words, now)

    def note_error(self, reason: str, detail: str, now: np.datetime64) -> None:
        """Remember what last went wrong."""
        self.last_error = LastErrorAnswer(at=f"{now}Z", reason=reason, detail=detail)

    def note_journal_failure(self, reason: str) -> None:
        """Count an answer that is not in the journal; the reason is one of a few words."""
        self._journal_failures.labels(reason).inc()

    def note_journal_trouble(self, reason: str, detail: str, now: np.datetime64) -> None:
        """Count that something keeps answers out of the journal, and remember it."""
        self._journal_troubles.labels(reason).inc()
        self.note_error(f"journal_{reason}", detail, now)

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.note(route, status, seconds)

    def measure(self, answerer: object = None) -> None:
        """Look at what is under way and what it costs; for every second or so.

        Parameters
        ----------
        answerer : Answerer, optional
            Whose process is looked at too, where it has one.
        """
        self._requests.under_way.set(self.n_under_way)
        self._process.measure()
        if isinstance(answerer, Overseen):
            self._process.measure_models(answerer)

    def note_champions(self, models: Sequence[CheckedModel]) -> None:
        """Note how old the champions are; who serves no more is forgotten."""
        self._facts.champions = tuple(models)

    async def look(self) -> None:
        """Read what others keep and metrics tell; before `render`."""
        if self._monitor is not None:
            await self._monitor.look()

    def render(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        self.measure()
        facts = CollectorRegistry()
        facts.register(self._facts)
        facts.register(self._monitor or _Unwatched())
        facts.register(self.alerts or _Untold())
        return generate_latest(self._counts()) + generate_latest(facts)

    def _counts(self) -> CollectorRegistry:
        """Return what was counted: by this process, or by all who share a folder with it."""
        folder = os.environ.get(SHARED_FOLDER)
        if folder is None:
            return self._shelf
        together = CollectorRegistry()
        MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
        return together

    def _tally(self, label: str) -> Tally[str]:
        found: Tally[str] = Tally()
        for metric in self._counts().collect():
            for sample in metric.samples:
                if sample.name == "bellwether_answers_total":
                    found[sample.labels[label]] += int(sample.value)
        return found
