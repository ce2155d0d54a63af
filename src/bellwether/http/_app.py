"""The app: every route on its ports, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bellwether._version import __version__
from bellwether.answering import Answerer, ThreadAnswerer
from bellwether.errors import BellwetherError
from bellwether.http._access import Access
from bellwether.http._alert_routes import AlertRoutes
from bellwether.http._alert_watch import AlertWatch
from bellwether.http._bodies import JSON
from bellwether.http._cors import Cors
from bellwether.http._door import Door, make_request_ids
from bellwether.http._evidence_desk import Desk
from bellwether.http._evidence_routes import EvidenceRoutes
from bellwether.http._health import HealthRoutes
from bellwether.http._job_routes import JobRoutes
from bellwether.http._journal_routes import JournalRoutes
from bellwether.http._journal_writer import KeepingOptions
from bellwether.http._keeping import Keeper
from bellwether.http._metrics import Metrics
from bellwether.http._models import ModelRoutes
from bellwether.http._monitor_board import MonitorBoard
from bellwether.http._monitor_routes import MonitorRoutes
from bellwether.http._openapi import make_openapi
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._page import PageRoutes
from bellwether.http._ports import HttpPorts
from bellwether.http._predicting import PredictRoutes
from bellwether.http._presence import Presence
from bellwether.http._problems import answer_error
from bellwether.http._retraining_routes import RetrainingRoutes
from bellwether.http._serving_routes import ServingRoutes
from bellwether.http._settings_routes import SettingsRoutes
from bellwether.http._stored import StoredRoutes
from bellwether.http._uploads import UploadRoutes
from bellwether.http._value_routes import OutcomeRoutes, ValueRoutes
from bellwether.service import Scope

_OPENAPI = "/v1/openapi.json"


def make_app(ports: HttpPorts, options: HttpOptions | None = None) -> Starlette:
    """Put the HTTP service together.

    Parameters
    ----------
    ports : HttpPorts
    options : HttpOptions, optional

    Returns
    -------
    app : Starlette
        An ASGI application. Nothing is opened or started before its first request, or its
        lifespan, under which the champions are loaded before anybody asks.
    """
    options = HttpOptions() if options is None else options
    answerer = ports.answerer or ThreadAnswerer(
        ports.predict, options.predict, options.time_budget_seconds
    )
    presence = ports.presence or Presence()
    board = _make_board(ports)
    metrics = Metrics(presence, board)
    alerts = metrics.alerts = _make_alert_watch(ports)
    keeper = _make_keeper(ports, options, metrics)
    health = HealthRoutes(ports.predict, options, answerer, metrics, presence, keeper)
    stored = StoredRoutes(ports, options, answerer=answerer, keeper=keeper, metrics=metrics)
    changed = _all_of(health.forget, stored.forget)
    models = ModelRoutes(ports, options, answerer, changed)
    predicting = PredictRoutes(
        answerer=answerer,
        keeper=keeper,
        calendars=ports.calendars,
        clock=ports.predict.clock,
        options=options,
        metrics=metrics,
    )
    routes = _make_routes(
        (
            *predicting.operations,
            *models.operations,
            *ServingRoutes(ports, options).operations,
            *_find_optional(ports, options, changed, presence),
            *health.operations,
            *stored.operations,
            *(() if board is None else MonitorRoutes(board).operations),
        ),
        Access(options.access, ports.keys, ports.predict.clock),
        options,
    )
    if ports.page is not None:
        routes += PageRoutes(ports.page).routes
    app = Starlette(
        routes=routes,
        middleware=_make_entrance(ports, options, metrics, routes),
        exception_handlers={HTTPException: answer_error, BellwetherError: answer_error},
        lifespan=lambda _app: _living(health, answerer, ports, stored, keeper, alerts),
    )
    app.router.redirect_slashes = False  # a redirect would repeat the host it was asked by
    return app


def _make_entrance(
    ports: HttpPorts, options: HttpOptions, metrics: Metrics, routes: list[Route]
) -> list[Middleware]:
    """Return what every request passes, the outermost first."""
    door = Middleware(
        Door,
        options=options,
        metrics=metrics,
        routes={route.endpoint: route.path for route in routes},
        new_id=make_request_ids(ports.predict.clock.now()),
        log=ports.log,
    )
    return [door, Middleware(Cors, origins=frozenset(options.access.cors_origins))]


def _make_routes(every: tuple[Operation, ...], access: Access, options: HttpOptions) -> list[Route]:
    """Return the guarded routes, those first that are asked for most, and their description."""
    operations = tuple(access.guard(operation) for operation in every)
    hot_first = sorted(operations, key=lambda one: not one.is_hot)
    described = _openapi_route(operations, options.access.local)
    return [*(one.route for one in hot_first), described]


@contextlib.asynccontextmanager
async def _living(
    health: HealthRoutes,
    answerer: Answerer,
    ports: HttpPorts,
    stored: StoredRoutes,
    keeper: Keeper | None,
    alerts: AlertWatch | None,
) -> AsyncIterator[None]:
    await answerer.get_ready()
    await health.look()
    jobs = ports.jobs
    if jobs is not None:
        jobs.start()
    if ports.schedule is not None:
        ports.schedule.start()
    if alerts is not None:
        alerts.start()
    watching = asyncio.create_task(health.watch())
    try:
        yield
    finally:
        watching.cancel()
        if alerts is not None:
            alerts.close()
        if ports.schedule is not None:
            ports.schedule.close()
        stored.close()
        answerer.close()
        if keeper is not None:
            await keeper.close()
        await _close_processes(ports)


async def _close_processes(ports: HttpPorts) -> None:
    """Let go of the processes that work beside this one."""
    if ports.jobs is not None:
        await asyncio.to_thread(ports.jobs.close)
    if ports.evidence is not None:
        await asyncio.to_thread(ports.evidence.close)


def _make_keeper(ports: HttpPorts, options: HttpOptions, metrics: Metrics) -> Keeper | None:
    if ports.journal is None:
        return None
    known = ports.predict
    keeping = KeepingOptions(patience_seconds=options.time_budget_seconds)
    return Keeper(ports.journal, known.rules, known.clock, metrics, keeping)


def _make_alert_watch(ports: HttpPorts) -> AlertWatch | None:
    return None if ports.alerts is None else AlertWatch(ports.alerts, ports.predict.clock)


def _make_board(ports: HttpPorts) -> MonitorBoard | None:
    if ports.checkpoints is None:
        return None
    return MonitorBoard(ports.checkpoints, ports.predict.registry, ports.predict.clock)


def _all_of(*told: Callable[[], None]) -> Callable[[], None]:
    def tell() -> None:
        for one in told:
            one()

    return tell


def _find_optional(
    ports: HttpPorts, options: HttpOptions, changed: Callable[[], None], presence: Presence
) -> tuple[Operation, ...]:
    """Return the routes that only some services have."""
    found: tuple[Operation, ...] = ()
    if ports.adding is not None:
        found += UploadRoutes(ports.adding, options, changed).operations
    if ports.journal is not None:
        found += JournalRoutes(ports.journal, ports.predict, options, ports.bars).operations
        found += OutcomeRoutes(ports.journal).operations
    if ports.alerts is not None:
        found += AlertRoutes(ports.alerts, ports.predict.clock, options).operations
    if ports.jobs is not None and ports.bars is not None:
        found += JobRoutes(ports.jobs, ports.bars, options, presence).operations
    if ports.settings is not None:
        found += SettingsRoutes(ports.settings).operations
    return found + _find_evidence(ports)


def _find_evidence(ports: HttpPorts) -> tuple[Operation, ...]:
    """Return the routes that the evidence desk answers."""
    if ports.evidence is None:
        return ()
    desk = Desk(ports.evidence)
    return (
        *EvidenceRoutes(desk, ports.predict.clock).operations,
        *ValueRoutes(desk).operations,
        *RetrainingRoutes(desk, ports.jobs).operations,
    )


def _openapi_route(operations: tuple[Operation, ...], without_key: tuple[Scope, ...]) -> Route:
    async def openapi(_request: Request) -> Response:
        """Give this description."""
        return Response(content, media_type=JSON)

    this = Operation(
        method="GET",
        path=_OPENAPI,
        is_open=True,
        name="openapi",
        summary="This description",
        endpoint=openapi,
        answer=dict[str, Any],
        answer_example={"openapi": "3.1.0"},
    )
    content = msgspec.json.encode(make_openapi((*operations, this), __version__, without_key))
    return this.route
