"""What is counted of requests, whatever they ask."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class RequestMetrics:
    """Requests by route and status, how long they took, and how many are under way.

    Parameters
    ----------
    shelf : CollectorRegistry
    seconds : sequence of float
        Upper borders of the histogram.
    """

    __slots__ = ("_requests", "_requests_of", "_seconds", "_seconds_of", "under_way")

    def __init__(self, shelf: CollectorRegistry, seconds: Sequence[float]) -> None:
        self._requests = Counter(
            "bellwether_requests",
            "Requests, by route and status.",
            ("route", "status"),
            registry=shelf,
        )
        self._seconds = Histogram(
            "bellwether_request_seconds",
            "Time from a request's head to the end of its response.",
            ("route",),
            buckets=seconds,
            registry=shelf,
        )
        self.under_way = Gauge(
            "bellwether_requests_under_way",
            "Requests that are being answered.",
            registry=shelf,
            multiprocess_mode="livesum",
        )
        self._requests_of: dict[tuple[str, int], Counter] = {}
        self._seconds_of: dict[str, Histogram] = {}

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count a request; finding its series each time would cost more than counting."""
        counter = self._requests_of.get((route, status))
        if counter is None:
            counter = self._requests_of[route, status] = self._requests.labels(route, str(status))
        histogram = self._seconds_of.get(route)
        if histogram is None:
            histogram = self._seconds_of[route] = self._seconds.labels(route)
        counter.inc()
        histogram.observe(seconds)
