"""One route and everything that is published about it: routes and OpenAPI come from one table."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Literal, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bellwether.service import Scope

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]] | ASGIApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a route.

    Parameters
    ----------
    name : str
    place : {"path", "query", "header"}
    description : str
    schema : mapping
        JSON schema of its value.
    example : object
    """

    name: str
    place: Literal["path", "query", "header"]
    description: str
    schema: Mapping[str, object]
    example: object


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """One route.

    Parameters
    ----------
    method : {"GET", "POST"}
    path : str
    scope : Scope or None
        What a key must be for; by default READ to look at something, OPERATE to change it.
    is_open : bool, default False
        Whether nobody needs a key.
    is_hot : bool, default False
        Whether it is asked so often that it is looked for before the others.
    name : str
        Id of the operation, unique.
    summary : str
    endpoint : Endpoint
    parameters : tuple of Parameter
    request : type, union of types or None
        Form of a JSON body.
    request_example : object
        A body that is answered with success.
    binary : str or None
        Media type that is read as well.
    uploads : tuple of str
        Media types of files that are read as well.
    status : int
        Of a successful answer.
    answer : type or None
        Form of a successful answer in JSON.
    answer_media : str
        Media type of a successful answer.
    answer_example : object
    problems : tuple of int
        Statuses of the problem documents that belong to this route.
    """

    method: Literal["GET", "POST"]
    path: str
    scope: Scope | None = None
    is_open: bool = False
    is_hot: bool = False
    name: str
    summary: str
    endpoint: Endpoint
    parameters: tuple[Parameter, ...] = ()
    request: type[Any] | UnionType | None = None
    request_example: object = None
    binary: str | None = None
    uploads: tuple[str, ...] = ()
    status: int = 200
    answer: type[Any] | None = None
    answer_media: str = "application/json"
    answer_example: object = None
    problems: tuple[int, ...] = field(default=())

    @property
    def needs(self) -> Scope | None:
        """What a key must be for; None where nobody needs one."""
        if self.is_open:
            return None
        return self.scope or (Scope.READ if self.method == "GET" else Scope.OPERATE)

    @property
    def route(self) -> Route:
        """The route as the framework takes it."""
        return Route(self.path, self.endpoint, methods=[self.method], name=self.name)


def listing(
    path: str,
    endpoint: Endpoint,
    *,
    name: str,
    summary: str,
    parameters: tuple[Parameter, ...],
    answer: tuple[type[Any], object],
) -> Operation:
    """Return the route of a list that is turned page by page.

    Parameters
    ----------
    path, endpoint, name, summary, parameters
        As of `Operation`.
    answer : (type, object)
        Form and example of a page.
    """
    form, example = answer
    return Operation(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        endpoint=endpoint,
        parameters=parameters,
        answer=form,
        answer_example=example,
        problems=(422, 503),
    )


def showing(
    endpoint: Endpoint,
    *,
    of: Parameter,
    within: str,
    name: str,
    summary: str,
    answer: tuple[type[Any], object],
) -> Operation:
    """Return the route of one thing of a list, by its id.

    Parameters
    ----------
    endpoint, name, summary
        As of `Operation`.
    of : Parameter
        Its id.
    within : str
        Path of the list.
    answer : (type, object)
        Form and example of what is shown.
    """
    form, example = answer
    return Operation(
        method="GET",
        path=f"{within}/{{{of.name}}}",
        name=name,
        summary=summary,
        endpoint=endpoint,
        parameters=(of,),
        answer=form,
        answer_example=example,
        problems=(404, 503),
    )


MODEL_ID = Parameter(
    name="model_id",
    place="path",
    description="id of a model, as GET /v1/models lists it",
    schema={"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$"},
    example="sp500-1d-h1-2018",
)
UNIVERSE = Parameter(
    name="universe",
    place="path",
    description="universe whose champion is to go",
    schema={"type": "string", "minLength": 1, "maxLength": 200},
    example="sp500",
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description="the same key with the same request changes nothing twice",
    schema={"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
    example="6f1c9a0e-58b5-4f7e-9f0c-0d5c9a8d1e11",
)
