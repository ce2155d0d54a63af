"""The door: what every request passes and every response carries."""

import itertools
import logging
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bellwether.hashing import digest_json
from bellwether.http._access import CALLER
from bellwether.http._errors import HostUnknown, RequestRefused, TooBusy
from bellwether.http._logging import REQUEST_ID as CURRENT_REQUEST
from bellwether.http._logging import ServiceLog
from bellwether.http._metrics import Metrics
from bellwether.http._options import ANY_HOST, HttpOptions
from bellwether.http._problems import REQUEST_ID, defect_problem, problem_of, problem_response
from bellwether.service import hide_keys

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
_ID_NAME = _ID_HEADER.encode("ascii")
_SECURITY_PAIRS = tuple(
    (name.encode("ascii"), value.encode("ascii")) for name, value in SECURITY_HEADERS.items()
)
_MOST_HOSTS = 256
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_PORT = re.compile(r":\d{1,5}$")
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
    log : ServiceLog or None
        Takes a line for each request.

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
        log: ServiceLog | None = None,
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in options.hosts)
        self._let_in_before: set[str] = set()
        self._most = options.most_requests
        self._metrics = metrics
        self._routes = routes
        self._new_id = new_id
        self._lines = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        visit = _Visit(self._name(headers), send)
        scope[REQUEST_ID] = visit.request_id
        named = CURRENT_REQUEST.set(visit.request_id)
        started = time.perf_counter()
        self._metrics.n_under_way += 1
        try:
            await self._let_in(scope, receive, visit, headers)
        finally:
            self._metrics.n_under_way -= 1
            CURRENT_REQUEST.reset(named)
            self._note(scope, visit, time.perf_counter() - started)

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
            _log.exception("reason=defect: nobody foresaw this")
            if visit.status is not None:
                raise  # half a response is out: the server must cut the connection
            await problem_response(defect_problem(visit.request_id))(scope, receive, visit.send)

    def _find_refusal(self, headers: Headers) -> RequestRefused | None:
        host = headers.get("host", "")
        if host not in self._let_in_before and not self._is_ours(host):
            return HostUnknown(_PORT.sub("", host).lower())
        return TooBusy(self._most) if self._metrics.n_under_way > self._most else None

    def _is_ours(self, host: str) -> bool:
        ours = ANY_HOST in self._hosts or _PORT.sub("", host).lower() in self._hosts
        if ours and len(self._let_in_before) < _MOST_HOSTS:
            self._let_in_before.add(host)
        return ours

    def _name(self, headers: Headers) -> str:
        offered = headers.get(_ID_HEADER, "")
        # An id is logged and sent back: nobody's key may become one by mistake.
        is_sound = _ID.fullmatch(offered) and hide_keys(offered) == offered
        return offered if is_sound else self._new_id()

    def _note(self, scope: Scope, visit: "_Visit", seconds: float) -> None:
        endpoint = scope.get("endpoint")
        route = UNMATCHED if endpoint is None else self._routes.get(endpoint, UNMATCHED)
        status = CLIENT_GONE if visit.status is None else visit.status
        self._metrics.note_request(route, status, seconds)
        if self._lines is not None:
            self._lines.note_request(
                {
                    "request_id": visit.request_id,
                    "method": scope["method"][:16],
                    "path": hide_keys(scope["path"][:200]),
                    "route": route,
                    "status": status,
                    "seconds": round(seconds, 6),
                    "sent_bytes": visit.n_bytes,
                    "client": (scope.get("client") or ("",))[0],
                    "key": scope.get(CALLER),
                }
            )


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
            given = message.get("headers", ())
            named = {name for name, _ in given}
            headers = [pair for pair in given if pair[0] != _ID_NAME]
            headers.append((_ID_NAME, self.request_id.encode("ascii")))
            headers += [pair for pair in _SECURITY_PAIRS if pair[0] not in named]
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self.n_bytes += len(message.get("body", b""))
        await self._send(message)
