"""The app: every route on its ports, and nothing else."""

import contextlib
from collections.abc import AsyncIterator
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
from bellwether.http._bodies import JSON
from bellwether.http._door import Door, make_request_ids
from bellwether.http._health import HealthRoutes
from bellwether.http._keeping import Keeper
from bellwether.http._metrics import Metrics
from bellwether.http._models import ModelRoutes
from bellwether.http._openapi import make_openapi
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._ports import HttpPorts
from bellwether.http._predicting import PredictRoutes
from bellwether.http._problems import answer_error

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
    metrics = Metrics()
    health = HealthRoutes(ports.predict, options, answerer, metrics)
    models = ModelRoutes(ports, options, health.forget)
    known = ports.predict
    keeper = None
    if ports.journal is not None:
        keeper = Keeper(ports.journal, known.rules, known.clock, options.time_budget_seconds)
    predicting = PredictRoutes(
        answerer=answerer,
        keeper=keeper,
        calendars=ports.calendars,
        clock=ports.predict.clock,
        options=options,
        metrics=metrics,
    )
    operations = (*predicting.operations, *models.operations, *health.operations)
    routes = [*(operation.route for operation in operations), _openapi_route(operations)]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(
                Door,
                options=options,
                metrics=metrics,
                routes={route.endpoint: route.path for route in routes},
                new_id=make_request_ids(ports.predict.clock.now()),
            )
        ],
        exception_handlers={HTTPException: answer_error, BellwetherError: answer_error},
        lifespan=lambda _app: _living(health, answerer),
    )
    app.router.redirect_slashes = False  # a redirect would repeat the host it was asked by
    return app


@contextlib.asynccontextmanager
async def _living(health: HealthRoutes, answerer: Answerer) -> AsyncIterator[None]:
    await health.check()
    try:
        yield
    finally:
        answerer.close()


def _openapi_route(operations: tuple[Operation, ...]) -> Route:
    async def openapi(_request: Request) -> Response:
        """Give this description."""
        return Response(content, media_type=JSON)

    this = Operation(
        method="GET",
        path=_OPENAPI,
        name="openapi",
        summary="This description",
        endpoint=openapi,
        answer=dict[str, Any],
        answer_example={"openapi": "3.1.0"},
    )
    content = msgspec.json.encode(make_openapi((*operations, this), __version__))
    return this.route
