"""What watching has come to, as this process last read it: for its routes and its metrics."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bellwether.clock import Clock
from bellwether.errors import BellwetherError
from bellwether.registry import Registry, Stage

if TYPE_CHECKING:
    from bellwether.monitor import Standing
    from bellwether.watch import Checkpoint, Checkpoints

STANDINGS, DETAILS, LAST_CHECK = "standing/", "watch/", "watch/last"
_SERVING = frozenset({Stage.CHAMPION, Stage.PREVIOUS})
_OUT_OF_SIGHT = frozenset({Stage.REFUSED, Stage.RETIRED})
_PATIENCE_SECONDS = 5.0
_SECOND = np.timedelta64(1_000_000, "us")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedModel:
    """A model that serves or is watched, and what is thought of it.

    Parameters
    ----------
    model_id : str
    stage : Stage or None
        None where the registry does not know it.
    standing : Standing or None
        None where it has not been watched yet.
    evidence : float or None
        That it is below its floor: the e-value its alarms rest on.
    """

    model_id: str
    stage: Stage | None
    standing: "Standing | None"
    evidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorReading:
    """What watching has come to.

    Parameters
    ----------
    last_check : numpy.datetime64 or None
        UTC instant of the last check; None where there was none.
    models : tuple of WatchedModel
        Those that serve, and others that are watched, by their ids.
    """

    last_check: np.datetime64 | None
    models: tuple[WatchedModel, ...]

    def find_age_seconds(self, now: np.datetime64) -> float | None:
        """Return how long ago the last check was; None where there was none."""
        return None if self.last_check is None else float((now - self.last_check) / _SECOND)


class MonitorBoard(Collector):
    """Reads what watching left, and tells it to Prometheus.

    Parameters
    ----------
    checkpoints : Checkpoints
    registry : Registry
    clock : Clock
    held_seconds : float, default 1
        How long what was read is told by metrics.

    Notes
    -----
    Where nothing can be read, metrics tell what was last read, and how old the last check is by
    now.
    """

    def __init__(
        self,
        checkpoints: "Checkpoints",
        registry: Registry,
        clock: Clock,
        *,
        held_seconds: float = 1.0,
    ) -> None:
        self._checkpoints = checkpoints
        self._registry = registry
        self._clock = clock
        self._held_seconds = held_seconds
        self._last: MonitorReading | None = None
        self._holds_until = float("-inf")

    @property
    def now(self) -> np.datetime64:
        """The clock's time, UTC."""
        return self._clock.now()

    def read(self) -> MonitorReading:
        """Read what watching has come to.

        Raises
        ------
        RegistryUnavailable
            If the registry's database cannot be read.
        """
        stages = {record.model_id: record.stage for record in self._registry.records()}
        standings = _by_model(self._checkpoints.find(STANDINGS), STANDINGS)
        found = _by_model(self._checkpoints.find(DETAILS), DETAILS)
        last = found.pop(LAST_CHECK.removeprefix(DETAILS), None)
        serving = {model_id for model_id, stage in stages.items() if stage in _SERVING}
        seen = {one for one in standings if stages.get(one) not in _OUT_OF_SIGHT}
        models = tuple(
            WatchedModel(
                model_id=model_id,
                stage=stages.get(model_id),
                standing=_read_standing(model_id, standings.get(model_id)),
                evidence=_read_evidence(found.get(model_id, {})),
            )
            for model_id in sorted(serving | seen)
        )
        return MonitorReading(last_check=None if last is None else _read_at(last), models=models)

    def details(self, model_id: str) -> Mapping[str, Any] | None:
        """Return all that watching tells of one model, as it left it; None where it tells nothing.

        Raises
        ------
        RegistryUnavailable
            If the registry's database cannot be read.
        """
        found = self._checkpoints.load(f"{DETAILS}{model_id}")
        return None if found is None else found.content

    async def look(self) -> None:
        """Read anew for the metrics, unless that was done a moment ago."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._holds_until:
            return
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                self._last = await asyncio.to_thread(self.read)
        except (BellwetherError, TimeoutError) as error:
            _log.warning("what watching came to cannot be read: %s", error)
        self._holds_until = loop.time() + self._held_seconds

    def collect(self) -> Iterator[Metric]:
        """Yield what was last read, as metrics."""
        yield from describe_monitor(self._last, self.now)


def describe_monitor(
    reading: MonitorReading | None, now: np.datetime64 | None = None
) -> Iterator[Metric]:
    """Yield what watching has come to, as metrics.

    Parameters
    ----------
    reading : MonitorReading or None
        Without one every metric is named, and none has a value.
    now : numpy.datetime64, optional
        UTC; without it the age of the last check is not told.
    """
    condition = GaugeMetricFamily(
        "bellwether_model_condition",
        "1 for the condition a watched model is in, 0 for the others.",
        labels=("model_id", "condition"),
    )
    accuracy = GaugeMetricFamily(
        "bellwether_model_accuracy",
        "Share of right directions to be expected of a watched model, and of the rules instead.",
        labels=("model_id", "of"),
    )
    evidence = GaugeMetricFamily(
        "bellwether_model_evidence",
        "E-value of a watched model being below its floor: bars between two false alarms.",
        labels=("model_id",),
    )
    answers = GaugeMetricFamily(
        "bellwether_model_answers", "Whether a watched model may answer.", labels=("model_id",)
    )
    age = GaugeMetricFamily(
        "bellwether_monitor_last_check_age_seconds", "Seconds since models were last checked."
    )
    for model in () if reading is None else reading.models:
        if (standing := model.standing) is not None:
            for one in ("ok", "amber", "red", "recovering"):
                condition.add_metric((model.model_id, one), float(standing.condition == one))
            accuracy.add_metric((model.model_id, "model"), standing.accuracy)
            accuracy.add_metric((model.model_id, "rules"), standing.fallback_accuracy)
            answers.add_metric((model.model_id,), float(standing.answers))
        if model.evidence is not None:
            evidence.add_metric((model.model_id,), model.evidence)
    if reading is not None and now is not None:
        seconds = reading.find_age_seconds(now)
        if seconds is not None:
            age.add_metric((), seconds)
    yield from (condition, accuracy, evidence, answers, age)


def _by_model(found: "Sequence[Checkpoint]", prefix: str) -> dict[str, Mapping[str, Any]]:
    return {one.name.removeprefix(prefix): one.content for one in found}


def _read_standing(model_id: str, content: Mapping[str, Any] | None) -> "Standing | None":
    if content is None:
        return None
    # Whoever answers is not to wait for what makes standings before there are any.
    from bellwether.monitor import ForeignState, Standing  # noqa: PLC0415

    try:
        return Standing.from_json(content)
    except ForeignState as error:
        _log.warning("the standing of %s cannot be read: %s", model_id, error)
        return None


def _read_evidence(details: Mapping[str, Any]) -> float | None:
    facts = details.get("facts")
    found = facts.get("e_value") if isinstance(facts, Mapping) else None
    return float(found) if isinstance(found, int | float) else None


def _read_at(content: Mapping[str, Any]) -> np.datetime64 | None:
    text = str(content.get("at", "")).removesuffix("Z")
    try:
        return np.datetime64(text, "us") if text else None
    except ValueError:
        _log.warning("the time of the last check cannot be read: %s", text[:80])
        return None
