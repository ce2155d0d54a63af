"""The OpenAPI document, generated from the table of operations and their forms."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from bellwether.http import _examples as examples
from bellwether.http import _frames as frames
from bellwether.http._operations import Operation, Parameter
from bellwether.http._problems import MEDIA_TYPE as PROBLEM
from bellwether.http._types import FrameHead, Problem
from bellwether.service import Scope

_JSON = "application/json"
# How the framework says that a parameter may hold slashes.
_WHATEVER_FOLLOWS = ":path}"
_REF = "#/components/schemas/{name}"
_KEY = "key"
_KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "bw_<id>_<secret>",
    "description": "an API key, as `bellwether keys create` shows it once; what it must be for "
    "stands beside each operation. The key of the scope admin is for everything.",
}
_DESCRIPTION = (
    "Every prediction is a valid answer that names its source: a model that was promoted on "
    "evidence, or the rules, or HOLD with its reason. Bars that parse but break the data contract "
    "(no number, a high below its low) are answered with HOLD, not with an error. What cannot be "
    "parsed or may not be asked is a problem document (RFC 9457). Send X-Request-ID to name a "
    "request; it comes back with the answer. This is no investment advice."
)


def make_openapi(
    operations: Sequence[Operation], version: str, without_key: Sequence[Scope] = ()
) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of some operations.

    Parameters
    ----------
    operations : sequence of Operation
    version : str
    without_key : sequence of Scope
        What may be done without a key by those who are nearest.

    Returns
    -------
    document : dict
        JSON data; forms are referred to under `components`.
    """
    forms = [
        kind
        for operation in operations
        for kind in (operation.request, operation.answer)
        if kind is not None
    ]
    kinds = [*dict.fromkeys(forms), FrameHead, Problem]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    by_kind = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = operation.path.replace(_WHATEVER_FOLLOWS, "}")
        paths.setdefault(path, {})[operation.method.lower()] = {
            **_describe(operation, by_kind),
            "security": _describe_access(operation, without_key),
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "bellwether", "version": version, "description": _DESCRIPTION},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {_KEY: _KEY_SCHEME}},
    }


def _describe(operation: Operation, by_kind: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [_describe_parameter(one) for one in operation.parameters],
        "responses": _describe_responses(operation, by_kind),
    }
    if operation.request is not None or operation.uploads:
        content: dict[str, Any] = {}
        if operation.request is not None:
            example = operation.request_example
            content[_JSON] = {"schema": by_kind[operation.request], "example": example}
        if operation.binary is not None:
            content[operation.binary] = {
                "schema": {"type": "string", "format": "binary", "description": frames.__doc__}
            }
        for media in operation.uploads:
            content[media] = {"schema": {"type": "string", "format": "binary"}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _describe_access(operation: Operation, without_key: Sequence[Scope]) -> list[dict[str, Any]]:
    needs = operation.needs
    if needs is None:
        return []
    return [{_KEY: [needs.value]}, *([{}] if needs in without_key else [])]


def _describe_parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": dict(parameter.schema),
        "example": parameter.example,
    }


def _describe_responses(operation: Operation, by_kind: Mapping[Any, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    if operation.answer is not None:
        answer = {"schema": by_kind[operation.answer], "example": operation.answer_example}
    elif operation.answer_example is not None:
        answer = {"schema": {"type": "string"}, "example": operation.answer_example}
    content = {operation.answer_media: answer}
    responses: dict[str, Any] = {
        str(operation.status): {"description": "The answer", "content": content}
    }
    problem = {"schema": by_kind[Problem], "example": examples.PROBLEM}
    # Any request may be for another host, by another method, one too many, or meet a defect; and
    # where a key is needed, come without it, with another one, or too often.
    anywhere = {405, 421, 500, 503} | (set() if operation.is_open else {401, 403, 429})
    for status in sorted({*operation.problems, *anywhere}):
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: problem},
        }
    return responses
