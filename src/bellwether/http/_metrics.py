"""What the service counts: for Prometheus, and for its own status."""

from collections import Counter as Tally
from collections.abc import Sequence

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bellwether.http._checkup import CheckedModel
from bellwether.http._types import LastErrorAnswer
from bellwether.service import FallbackReason, Prediction

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
NO_REASON = "none"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
# Reasons that name something to be mended, unlike a market's or a model's ordinary state.
FAULTS = frozenset(
    {
        FallbackReason.REGISTRY_UNAVAILABLE,
        FallbackReason.BUNDLE_MISSING,
        FallbackReason.BUNDLE_CORRUPT,
        FallbackReason.BUNDLE_TOO_NEW,
        FallbackReason.BUNDLE_UNSAFE,
        FallbackReason.GOLDEN_MISMATCH,
        FallbackReason.LOAD_FAILED,
        FallbackReason.INFERENCE_FAILED,
        FallbackReason.TIME_BUDGET_EXCEEDED,
        FallbackReason.OUTPUT_NOT_FINITE,
        FallbackReason.OUTPUT_OUT_OF_RANGE,
        FallbackReason.RULES_FAILED,
        FallbackReason.SERVICE_FAILED,
    }
)


class Metrics:
    """Counters of one app. To be used on its event loop only.

    Notes
    -----
    Labels come from enumerations and the table of routes, never from a request, so that their
    number is bounded.
    """

    __slots__ = (
        "_answers",
        "_champion_age",
        "_latency",
        "_requests",
        "_seconds",
        "_shelf",
        "answers_by_source",
        "fallbacks_by_reason",
        "last_error",
    )

    def __init__(self) -> None:
        self._shelf = CollectorRegistry()
        self._answers = Counter(
            "bellwether_answers",
            "Answers given, by the rung of the ladder and the reason for a step down.",
            ("source", "reason"),
            registry=self._shelf,
        )
        self._latency = Histogram(
            "bellwether_answer_seconds",
            "Time from a question read to its answer.",
            buckets=_SECONDS,
            registry=self._shelf,
        )
        self._requests = Counter(
            "bellwether_requests",
            "Requests, by route and status.",
            ("route", "status"),
            registry=self._shelf,
        )
        self._seconds = Histogram(
            "bellwether_request_seconds",
            "Time from a request's head to the end of its response.",
            ("route",),
            buckets=_SECONDS,
            registry=self._shelf,
        )
        self._champion_age = Gauge(
            "bellwether_champion_age_days",
            "Days since the last bar a champion was trained on, at the last check.",
            ("model_id", "universe", "interval", "horizon_bars"),
            registry=self._shelf,
        )
        self.answers_by_source: Tally[str] = Tally()
        self.fallbacks_by_reason: Tally[str] = Tally()
        self.last_error: LastErrorAnswer | None = None

    def note_answer(self, prediction: Prediction, seconds: float, now: np.datetime64) -> None:
        """Count an answer."""
        reason = prediction.fallback_reason
        self._answers.labels(prediction.rung.value, reason or NO_REASON).inc()
        self._latency.observe(seconds)
        self.answers_by_source[prediction.rung.value] += 1
        if reason is not None:
            self.fallbacks_by_reason[reason.value] += 1
        for step in prediction.steps:
            if step.reason in FAULTS:
                self.note_error(step.reason.value, step.detail or step.reason.words, now)

    def note_error(self, reason: str, detail: str, now: np.datetime64) -> None:
        """Remember what last went wrong."""
        self.last_error = LastErrorAnswer(at=f"{now}Z", reason=reason, detail=detail)

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def note_champions(self, models: Sequence[CheckedModel]) -> None:
        """Note how old the champions are; who serves no more is forgotten."""
        self._champion_age.clear()
        for model in models:
            market = model.record.market
            labels = (market.universe, market.interval, str(market.horizon_bars))
            self._champion_age.labels(model.record.model_id, *labels).set(model.age_days)

    def render(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self._shelf)
