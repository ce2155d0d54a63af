"""Talks about models, and about the service itself."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bellwether.client._calls import (
    Call,
    Pages,
    Talk,
    check,
    get,
    get_json,
    list_pages,
    post,
    read_json,
    segment,
)
from bellwether.client._errors import ServiceProblem
from bellwether.client._reading import read, told
from bellwether.client._record_values import Model, Readiness, Rollback, Status

BUNDLE = "application/vnd.bellwether.bundle"
_UPLOAD_SECONDS = 300.0
_UNAVAILABLE = 503


def models(*, limit: int | None = None) -> Pages[Model]:
    """Iterate over every model, in the order of registration.

    Parameters
    ----------
    limit : int, optional
        How many are fetched at a time.
    """
    return list_pages("/v1/models", "models", Model, "after", {"limit": limit})


def model(model_id: str) -> Talk[Model]:
    """Return one model."""
    return get(f"/v1/models/{segment(model_id)}", Model)


def verdict(model_id: str) -> Talk[Mapping[str, Any]]:
    """Return why a model was promoted or refused, as the gate put it."""
    return get_json(f"/v1/models/{segment(model_id)}/verdict")


def promote(model_id: str, *, reason: str | None = None) -> Talk[Model]:
    """Make a candidate the champion of its market; its verdict must say PROMOTE."""
    path = f"/v1/models/{segment(model_id)}/promote"
    return post(path, told({"reason": reason}), Model, is_change=True)


def rollback(
    universe: str,
    *,
    interval: str | None = None,
    horizon_bars: int | None = None,
    reason: str | None = None,
) -> Talk[Rollback]:
    """Retire a market's champion and bring the previous one back, or the rules."""
    body = told({"interval": interval, "horizon_bars": horizon_bars, "reason": reason})
    return post(f"/v1/markets/{segment(universe)}/rollback", body, Rollback, is_change=True)


def upload_bundle(path: str | os.PathLike[str]) -> Talk[Model]:
    """Register a model by the file of its bundle.

    Raises
    ------
    ServiceProblem
        422 where it is damaged or unsafe, 409 where another one has its name.
    ServiceUnreachable
    """
    response = yield Call(
        method="POST",
        path="/v1/models",
        content=Path(path).read_bytes(),
        media_type=BUNDLE,
        change_key=True,
        seconds=_UPLOAD_SECONDS,
    )
    return read(Model, read_json(response))


def live() -> Talk[bool]:
    """Whether the process answers; raises ServiceUnreachable where nobody does."""
    found = yield from get_json("/v1/health/live")
    return bool(found.get("live"))


def ready() -> Talk[Readiness]:
    """Whether predictions can be asked for, and why not; it asks once and waits for nothing."""
    response = yield Call(method="GET", path="/v1/health/ready", is_repeatable=False)
    try:
        return read(Readiness, read_json(response))
    except ServiceProblem as problem:
        if problem.status != _UNAVAILABLE:
            raise
        return Readiness(ready=False, why_not=f"expected {problem.expected}, was {problem.was}")


def status() -> Talk[Status]:
    """How the service is, and what it has answered since it started."""
    return get("/v1/status", Status)


def metrics() -> Talk[str]:
    """Return the counters, in the text format of Prometheus."""
    response = yield Call(method="GET", path="/metrics")
    check(response)
    return response.text


def openapi() -> Talk[Mapping[str, Any]]:
    """Return the description of every route."""
    return get_json("/v1/openapi.json")
