"""Health and status: is the process alive, can it answer, and what has it answered so far."""

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import Response

from bellwether._version import __version__
from bellwether.answering import Answerer
from bellwether.http import _examples as examples
from bellwether.http._bodies import json_response
from bellwether.http._checkup import Checkup, check_up
from bellwether.http._errors import NotReady
from bellwether.http._keeping import Keeper
from bellwether.http._metrics import MEDIA_TYPE, Metrics
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._presence import Presence
from bellwether.http._types import LiveAnswer, LoadedModelAnswer, ReadyAnswer, StatusAnswer
from bellwether.service import PredictPorts

_WATCH_SECONDS = 1.0
_log = logging.getLogger(__name__)


class HealthRoutes:
    """Liveness, readiness, status and metrics.

    Parameters
    ----------
    ports : PredictPorts
    options : HttpOptions
    answerer : Answerer
    metrics : Metrics
    presence : Presence
    keeper : Keeper, optional
    """

    def __init__(
        self,
        ports: PredictPorts,
        options: HttpOptions,
        answerer: Answerer,
        metrics: Metrics,
        presence: Presence,
        keeper: Keeper | None = None,
    ) -> None:
        self._ports = ports
        self._options = options
        self._answerer = answerer
        self._metrics = metrics
        self._presence = presence
        self._keeper = keeper
        self._started_at = f"{ports.clock.now()}Z"
        self._last: Checkup | None = None
        self._holds_until = float("-inf")

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="GET",
                path="/v1/health/live",
                is_hot=True,
                is_open=True,
                name="live",
                summary="Whether the process answers",
                endpoint=self.live,
                answer=LiveAnswer,
                answer_example={"live": True},
            ),
            Operation(
                method="GET",
                path="/v1/health/ready",
                is_open=True,
                name="ready",
                summary="Whether predictions can be asked for; with models required, of a model",
                endpoint=self.ready,
                answer=ReadyAnswer,
                answer_example={"ready": True, "models_required": False, "n_champions": 1},
                problems=(503,),
            ),
            Operation(
                method="GET",
                path="/v1/status",
                name="status",
                summary="Models, the last error, and answers and fallbacks since the start",
                endpoint=self.status,
                answer=StatusAnswer,
                answer_example=examples.STATUS,
            ),
            Operation(
                method="GET",
                path="/metrics",
                name="metrics",
                summary="Counters in the text format of Prometheus",
                endpoint=self.metrics,
                answer_media=MEDIA_TYPE,
            ),
        )

    async def live(self, _request: Request) -> Response:
        """Answer, and thereby show that the process does."""
        return json_response(LiveAnswer(live=True))

    async def ready(self, _request: Request) -> Response:
        """Answer where predictions can be asked for.

        Raises
        ------
        NotReady
            If nobody could answer, or no model where models are required; if this process is
            being ended, or another worker of its service is not ready.
        """
        if self._presence.is_leaving:
            raise NotReady("a service that stays", "one that is being ended", "ask another one")
        answer = await self._find_readiness()
        elsewhere = self._presence.find_trouble_elsewhere()
        if elsewhere is not None:
            raise NotReady("every worker ready", elsewhere, "see their logs")
        return json_response(answer)

    async def watch(self) -> None:
        """Look after the champions, and whether questions can be asked, until cancelled."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            await self.look()

    async def look(self) -> None:
        """See once whether questions can be asked, and what the processes cost."""
        try:
            await self._find_readiness()
            self._presence.trouble = None
        except NotReady as error:
            if self._presence.trouble is None:
                _log.warning("reason=not_ready: %s", error)
            self._presence.trouble = str(error)
        self._metrics.measure(self._answerer)

    async def _find_readiness(self) -> ReadyAnswer:
        """Return what there is to answer with, or raise `NotReady`."""
        checkup = await self.check()
        if checkup is None:
            hint = "see the log; the disk or the database may hang"
            raise NotReady("a check of the models in time", "one that still runs", hint)
        trouble = self._answerer.find_trouble()
        if self._options.models_required and (trouble or not checkup.n_champions):
            was = trouble or checkup.first_fault or "none that was promoted"
            hint = "promote a model, mend its file, or do without: models_required = false"
            raise NotReady("a champion that can answer", was, hint)
        if checkup.rules_fault and not checkup.n_champions:
            hint = "reinstall bellwether: the rules need no file"
            raise NotReady("rules that can answer", checkup.rules_fault, hint)
        return ReadyAnswer(True, self._options.models_required, checkup.n_champions)

    async def status(self, _request: Request) -> Response:
        """Say how the service is."""
        checkup = await self.check() or Checkup(
            at=self._ports.clock.now(), registry_fault="the check of the models does not end"
        )
        metrics, keeper = self._metrics, self._keeper
        amiss = None if keeper is None else keeper.trouble
        answer = StatusAnswer(
            available=checkup.rules_fault is None or checkup.n_champions > 0,
            version=__version__,
            started_at=self._started_at,
            models_enabled=self._options.predict.models_enabled,
            models_required=self._options.models_required,
            models=_list_models(checkup),
            trouble=self._answerer.find_trouble() or checkup.first_fault or amiss,
            journal=None if keeper is None else keeper.describe(),
            last_check=f"{checkup.at}Z",
            last_error=metrics.last_error,
            answers_by_source=dict(metrics.answers_by_source),
            fallbacks_by_reason=dict(metrics.fallbacks_by_reason),
        )
        return json_response(answer)

    async def metrics(self, _request: Request) -> Response:
        """Give every counter."""
        await self.check()
        await self._metrics.look()
        return Response(self._metrics.render(), media_type=MEDIA_TYPE)

    async def check(self) -> Checkup | None:
        """Return the last check of the models, or a new one; None where it does not end.

        Notes
        -----
        It loads champions off the event loop, so that questions find them in memory.
        """
        clock = asyncio.get_running_loop()
        if self._last is not None and clock.time() < self._holds_until:
            return self._last
        try:
            async with asyncio.timeout(self._options.check_seconds):
                self._last = await check_up(self._ports, self._answerer)
        except TimeoutError:
            return None
        self._holds_until = clock.time() + self._options.check_seconds
        self._metrics.note_champions(self._last.models)
        if self._last.first_fault is not None:
            self._metrics.note_error("check_failed", self._last.first_fault, self._last.at)
        return self._last

    def forget(self) -> None:
        """Check anew when next asked: who serves has changed."""
        self._last = None


def _list_models(checkup: Checkup) -> list[LoadedModelAnswer]:
    return [
        LoadedModelAnswer(
            model_id=model.record.model_id,
            universe=model.record.market.universe,
            interval=model.record.market.interval,
            horizon_bars=model.record.market.horizon_bars,
            bundle_digest=model.record.bundle_digest,
            age_days=model.age_days,
            loaded=model.fault is None,
            fault=model.fault,
        )
        for model in checkup.models
    ]
