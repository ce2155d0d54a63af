"""The door: what every request passes and every response carries."""

import asyncio
import itertools
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bellwether.hashing import digest_json
from bellwether.http._errors import HostUnknown, RequestRefused, TooBusy
from bellwether.http._metrics import Metrics
from bellwether.http._options import ANY_HOST, HttpOptions
from bellwether.http._problems import REQUEST_ID, defect_problem, problem_of, problem_response

SECURITY_HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
CLIENT_GONE = 499
UNMATCHED = "unmatched"
_ID_HEADER = "x-request-id"
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_PORT = re.compile(r":\d{1,5}$")
_access = logging.getLogger("bellwether.http.access")
_log = logging.getLogger(__name__)


def make_request_ids(started_at: np.datetime64) -> Callable[[], str]:
    """Return a maker of ids for requests that bring none, different in each process and start."""
    start = digest_json([str(started_at), os.getpid()])[:12]
    numbers = itertools.count(1)
    return lambda: f"{start}-{next(numbers)}"


class Door:
    """Names each request, refuses strange hosts, sets security headers, logs and counts.

    Parameters
    ----------
    app : ASGI application
    options : HttpOptions
        Of which the hosts and the number of requests at once.
    metrics : Metrics
    routes : mapping of endpoint to str
        What to call the route of an endpoint in logs and metrics.
    new_id : callable
        Makes an id for a request that brings none.

    Notes
    -----
    Whatever comes through from inside becomes a problem document that says nothing of it; the
    log has it under the request's id. The access log never holds a query, a header or a body.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        options: HttpOptions,
        metrics: Metrics,
        routes: Mapping[Callable[..., Any], str],
        new_id: Callable[[], str],
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in options.hosts)
        self._most = options.most_requests
        self._n_inside = 0
        self._metrics = metrics
        self._routes = routes
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        visit = _Visit(self._name(headers), send)
        scope[REQUEST_ID] = visit.request_id
        clock = asyncio.get_running_loop()
        started = clock.time()
        self._n_inside += 1
        try:
            await self._let_in(scope, receive, visit, headers)
        finally:
            self._n_inside -= 1
            self._note(scope, visit, clock.time() - started)

    async def _let_in(
        self, scope: Scope, receive: Receive, visit: "_Visit", headers: Headers
    ) -> None:
        refusal = self._find_refusal(headers)
        if refusal is not None:
            problem = problem_of(refusal, visit.request_id)
            await problem_response(problem, refusal.headers)(scope, receive, visit.send)
            return
        try:
            await self._app(scope, receive, visit.send)
        except ClientDisconnect:
            visit.status = CLIENT_GONE
        except Exception:  # the door: a problem document, whatever happened
            _log.exception("reason=defect request_id=%s", visit.request_id)
            if visit.status is not None:
                raise  # half a response is out: the server must cut the connection
            await problem_response(defect_problem(visit.request_id))(scope, receive, visit.send)

    def _find_refusal(self, headers: Headers) -> RequestRefused | None:
        host = _PORT.sub("", headers.get("host", "")).lower()
        if host not in self._hosts and ANY_HOST not in self._hosts:
            return HostUnknown(host)
        return TooBusy(self._most) if self._n_inside > self._most else None

    def _name(self, headers: Headers) -> str:
        offered = headers.get(_ID_HEADER, "")
        return offered if _ID.fullmatch(offered) else self._new_id()

    def _note(self, scope: Scope, visit: "_Visit", seconds: float) -> None:
        endpoint = scope.get("endpoint")
        route = UNMATCHED if endpoint is None else self._routes.get(endpoint, UNMATCHED)
        status = CLIENT_GONE if visit.status is None else visit.status
        self._metrics.note_request(route, status, seconds)
        if _access.isEnabledFor(logging.INFO):
            line = {
                "request_id": visit.request_id,
                "method": scope["method"][:16],
                "path": scope["path"][:200],
                "route": route,
                "status": status,
                "seconds": round(seconds, 6),
                "sent_bytes": visit.n_bytes,
                "client": (scope.get("client") or ("",))[0],
            }
            _access.info("%s", json.dumps(line))


class _Visit:
    """One request on its way: its id, and what was answered so far."""

    __slots__ = ("_send", "n_bytes", "request_id", "status")

    def __init__(self, request_id: str, send: Send) -> None:
        self.request_id = request_id
        self.status: int | None = None
        self.n_bytes = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[_ID_HEADER] = self.request_id
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        elif message["type"] == "http.response.body":
            self.n_bytes += len(message.get("body", b""))
        await self._send(message)
