"""Metrics that are not counted but so: the version, the champions, the workers."""

import platform
from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bellwether._version import __version__
from bellwether.http._checkup import CheckedModel
from bellwether.http._presence import Presence


class Facts(Collector):
    """What is so at the moment of asking.

    Parameters
    ----------
    presence : Presence

    Attributes
    ----------
    champions : tuple of CheckedModel
        As the last check found them.
    """

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self.champions: tuple[CheckedModel, ...] = ()

    def collect(self) -> Iterator[Metric]:
        """Yield each fact as it is now."""
        build = GaugeMetricFamily(
            "bellwether_build_info", "Which version answers.", labels=("version", "python")
        )
        build.add_metric((__version__, platform.python_version()), 1.0)
        yield build
        ages = GaugeMetricFamily(
            "bellwether_champion_age_days",
            "Days since the last bar a champion was trained on, at the last check.",
            labels=("model_id", "universe", "interval", "horizon_bars"),
        )
        loaded = GaugeMetricFamily(
            "bellwether_champions",
            "Champions, by whether their bundle can be loaded.",
            labels=("loaded",),
        )
        for model in self.champions:
            market = model.record.market
            labels = (market.universe, market.interval, str(market.horizon_bars))
            ages.add_metric((model.record.model_id, *labels), model.age_days)
        n_loaded = sum(model.fault is None for model in self.champions)
        loaded.add_metric(("true",), n_loaded)
        loaded.add_metric(("false",), len(self.champions) - n_loaded)
        yield ages
        yield loaded
        yield from self._describe_workers()

    def _describe_workers(self) -> Iterator[Metric]:
        presence = self._presence
        ready = presence.trouble is None and presence.find_trouble_elsewhere() is None
        yield GaugeMetricFamily(
            "bellwether_ready", "Whether readiness holds: 1 or 0.", float(ready)
        )
        yield GaugeMetricFamily(
            "bellwether_workers", "Processes that should answer.", presence.n_workers
        )
        yield GaugeMetricFamily(
            "bellwether_workers_ready", "Processes that do.", presence.n_workers_ready
        )
        yield CounterMetricFamily(
            "bellwether_worker_restarts",
            "Workers that had to be replaced because they had ended or hung.",
            presence.n_restarts,
        )
