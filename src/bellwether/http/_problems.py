"""Every error as a problem document (RFC 9457), ours and the framework's."""

import re
from collections.abc import Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bellwether.errors import BellwetherError
from bellwether.http._errors import RequestRefused
from bellwether.http._types import Problem

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "bellwether.request_id"
"""Key of the scope under which the door leaves the request's id."""

_WRONG_METHOD = 405
_URN = "urn:bellwether:problem:"
_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What the framework refuses by itself: expected, hint. The path is the third part.
_FRAMEWORK = {
    404: ("Not found", "a path of this service", "see its paths in /v1/openapi.json"),
    405: ("Method not allowed", "a method of this path", "see the header Allow"),
}


def problem_of(error: BellwetherError, request_id: str) -> Problem:
    """Return the problem document of one of our errors.

    Parameters
    ----------
    error : BellwetherError
    request_id : str

    Returns
    -------
    problem : Problem
        Its type is the name of the error's class.
    """
    words = _WORD_BORDER.sub(" ", type(error).__name__).lower()
    return Problem(
        type=_URN + words.replace(" ", "-"),
        title=words.capitalize(),
        status=error.http_status,
        detail=f"expected {error.expected}, was {error.was}",
        expected=error.expected,
        was=error.was,
        hint=error.hint,
        request_id=request_id,
    )


def refusal_problem(error: HTTPException, request: Request) -> Problem:
    """Return the problem document of what the framework refuses."""
    title, expected, hint = _FRAMEWORK.get(
        error.status_code, (error.detail, "a request of another kind", "see /v1/openapi.json")
    )
    was = f"{request.method} {request.url.path[:200]}"
    return Problem(
        type=_URN + title.lower().replace(" ", "-"),
        title=title,
        status=error.status_code,
        detail=f"expected {expected}, was {was}",
        expected=expected,
        was=was,
        hint=hint,
        request_id=request.scope.get(REQUEST_ID, ""),
    )


def defect_problem(request_id: str) -> Problem:
    """Return the problem document of what nobody foresaw; what it was, only the log says."""
    return Problem(
        type=f"{_URN}defect",
        title="Defect",
        status=500,
        detail="expected an answer, was a defect of bellwether",
        expected="an answer",
        was="a defect of bellwether",
        hint="report it with the lines of the log that name this request id",
        request_id=request_id,
    )


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document as a response."""
    content = msgspec.json.encode(problem)
    return Response(content, problem.status, headers=headers, media_type=MEDIA_TYPE)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer one of our errors, or of the framework's, with its problem document.

    Parameters
    ----------
    request : Request
    error : BellwetherError or HTTPException
    """
    if isinstance(error, HTTPException):
        is_method = error.status_code == _WRONG_METHOD
        allowed = {"allow": ", ".join(_find_methods(request))} if is_method else error.headers
        return problem_response(refusal_problem(error, request), allowed)
    if not isinstance(error, BellwetherError):
        raise error
    headers = error.headers if isinstance(error, RequestRefused) else None
    return problem_response(problem_of(error, request.scope.get(REQUEST_ID, "")), headers)


def _find_methods(request: Request) -> list[str]:
    """Return every method of a path: the framework knows those of the first route it came to."""
    path = request.url.path
    return sorted(
        method
        for route in request.app.routes
        if isinstance(route, Route) and route.path_regex.match(path)
        for method in route.methods or ()
    )
