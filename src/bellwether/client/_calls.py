"""Calls: what is asked, without anybody who asks. Both clients have them in common."""

import inspect
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar, get_args, get_type_hints
from urllib.parse import quote

import httpx

from bellwether.client._errors import AnswerUnreadable, ServiceProblem
from bellwether.client._reading import read, told

T = TypeVar("T")
JSON = "application/json"
_PROBLEM = "application/problem+json"
_TALK_ARGUMENTS = 3
_IDEMPOTENCY_KEY = "idempotency-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Parameters
    ----------
    method : {"GET", "POST"}
    path : str
    query : mapping
        Parameters; those that are None are left out.
    content : bytes or None
    media_type : str
        Of the content.
    headers : mapping of str to str
    is_repeatable : bool
        Whether it does no harm twice. A change is made so by a key of its own.
    change_key : bool
        Whether it is a change, and needs such a key.
    seconds : float or None
        Time for an answer where it is another than that of the client.
    """

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    is_repeatable: bool = True
    change_key: bool = False
    seconds: float | None = None

    def build(
        self, http: httpx.Client | httpx.AsyncClient, key: str, seconds: float
    ) -> httpx.Request:
        """Return the request.

        Parameters
        ----------
        http : httpx.Client or httpx.AsyncClient
        key : str
            For a change: the same for each attempt.
        seconds : float
            Time for an answer where the call names none.
        """
        headers = dict(self.headers)
        if self.content is not None:
            headers["content-type"] = self.media_type
        if self.change_key:
            headers[_IDEMPOTENCY_KEY] = key
        query = {name: _write(value) for name, value in told(self.query).items()}
        return http.build_request(
            self.method,
            self.path,
            params=query or None,
            content=self.content,
            headers=headers,
            timeout=self.seconds or seconds,
        )


Talk: TypeAlias = Generator[Call, httpx.Response, T]
"""What is to be asked, one call after the other, and what comes of it in the end."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the talk that brings the next ones; None where these are the last."""

    items: tuple[T, ...]
    following: Callable[[], Talk["Page[T]"]] | None


Pages: TypeAlias = Callable[[], Talk[Page[T]]]
"""The first page, to be asked for."""


def get(path: str, kind: type[T], **query: object) -> Talk[T]:
    """Ask for something and read it as a value."""
    return read(kind, (yield from get_json(path, **query)))


def get_json(path: str, **query: object) -> Talk[Any]:
    """Ask for something and return its JSON."""
    response = yield Call(method="GET", path=path, query=query)
    return read_json(response)


def post(path: str, body: object, kind: type[T], *, is_change: bool = False) -> Talk[T]:
    """Send JSON and read the answer as a value."""
    response = yield Call(method="POST", path=path, content=write_json(body), change_key=is_change)
    return read(kind, read_json(response))


def list_pages(path: str, name: str, kind: type[T], cursor: str, query: dict[str, Any]) -> Pages[T]:
    """Return the first page of a list.

    Parameters
    ----------
    path : str
    name : str
        Of the list within the answer.
    kind : type
        Of its items.
    cursor : str
        Name of the parameter that asks for a page; the answer tells it as ``next_{cursor}``.
    query : dict
    """

    def turn(place: object) -> Talk[Page[T]]:
        found = yield from get_json(path, **{**query, cursor: place})
        if not isinstance(found, dict) or not isinstance(found.get(name), list):
            raise AnswerUnreadable(f"a list of {name}", repr(found)[:80])
        following = found.get(f"next_{cursor}")
        items = tuple(read(kind, one) for one in found[name])
        return Page(items, None if following is None else lambda: turn(following))

    return lambda: turn(None)


def sign(made_of: Callable[..., Any], around: Any = None) -> dict[str, Any]:
    """Return how a method shows itself: with its own parameters, and what it truly returns.

    Parameters
    ----------
    made_of : callable
        Returns a talk, or pages.
    around : generic type, optional
        What stands around the result, such as Awaitable.
    """
    returned = get_args(get_type_hints(made_of)["return"])
    result = returned[-1] if len(returned) == _TALK_ARGUMENTS else get_args(_last(returned[-1]))[0]
    shown = result if around is None else around[result]
    return {"__signature__": inspect.signature(made_of).replace(return_annotation=shown)}


def _last(hint: Any) -> Any:
    return get_args(hint)[-1]


def segment(text: str) -> str:
    """Return a text as one segment of a path, whatever is in it."""
    return quote(text, safe="")


def write_json(body: object) -> bytes:
    """Return JSON as it is sent."""
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")


def read_json(response: httpx.Response) -> Any:
    """Return the JSON of a response.

    Raises
    ------
    ServiceProblem
        If it is none of success.
    AnswerUnreadable
        If it is no JSON.
    """
    check(response)
    try:
        return response.json()
    except ValueError as error:
        raise AnswerUnreadable("an answer of JSON", repr(response.text[:80])) from error


def check(response: httpx.Response) -> None:
    """Refuse a response that is none of success.

    Raises
    ------
    ServiceProblem
    """
    if response.is_success:
        return
    told_kind = response.headers.get("content-type", "").partition(";")[0]
    facts: dict[str, Any] = {}
    if told_kind == _PROBLEM:
        try:
            facts = dict(response.json())
        except (ValueError, TypeError):
            facts = {}
    reason = f"{response.status_code} {response.reason_phrase}".strip()
    raise ServiceProblem(
        str(facts.get("expected", "an answer of the service")),
        str(facts.get("was", f"{reason} from somebody in between" if not facts else reason)),
        str(facts.get("hint", "check the address, and whoever passes requests on")),
        status=response.status_code,
        kind=str(facts.get("type", "")).rpartition(":")[2],
        request_id=str(facts.get("request_id") or response.headers.get("x-request-id", "")),
    )


def _write(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
