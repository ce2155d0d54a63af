"""CORS: pages of the origins that are named may ask from a browser, and no others."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET, HEAD, POST, PUT, DELETE"
_REQUEST_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Last-Event-ID, Range, "
    "X-Request-ID"
)
_RESPONSE_HEADERS = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Link, "
    "Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-ID"
)
_PREFLIGHT_SECONDS = "600"


class Cors:
    """Answers the questions that browsers ask before, and marks answers for named origins.

    Parameters
    ----------
    app : ASGI application
    origins : frozenset of str
        None of them: nothing is done.

    Notes
    -----
    No cookies and no credentials of the browser are ever asked for: a key goes into a header,
    by the page's own hand. A request of another origin goes through unmarked, as it would
    without this; its page cannot read the answer.
    """

    __slots__ = ("_app", "_origins")

    def __init__(self, app: ASGIApp, *, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        is_known = origin in self._origins

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                marked = MutableHeaders(scope=message)
                marked.add_vary_header("Origin")
                if is_known:
                    marked["access-control-allow-origin"] = origin
                    marked["access-control-expose-headers"] = _RESPONSE_HEADERS
                    marked["cross-origin-resource-policy"] = "cross-origin"
            await send(message)

        if is_known and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _PREFLIGHT(scope, receive, send_marked)
            return
        await self._app(scope, receive, send_marked)


_PREFLIGHT = Response(
    status_code=204,
    headers={
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _REQUEST_HEADERS,
        "access-control-max-age": _PREFLIGHT_SECONDS,
    },
)
