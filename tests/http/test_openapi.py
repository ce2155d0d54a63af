import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from starlette.routing import Route

from bellwether.adapters import ProcessBarsReader
from bellwether.http._app import make_app
from bellwether.http._types import Problem
from bellwether.monitor import episode_id
from bellwether.registry import Bundle
from bellwether.service import JobState
from bellwether.watch import Finding, raise_findings

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
# What stands in for the parameters of a path: who is there in this world.
PLACES = {
    "model_id": "candidate",
    "universe": "world",
    "prediction_id": "feed",
    "job_id": "job-00000001",
    "symbol": "SP500",
    "episode_id": episode_id("monitor", "candidate", 1),
    "name": "world",
}


@pytest.fixture
def peopled(world: World, make_model: MakeModel) -> World:
    """Return a world with a champion, a previous one and a candidate."""
    world.promote(make_model("before"), make_model("champion"))
    world.register(make_model("candidate"))
    world.think("watch/candidate", {"model_id": "candidate", "facts": {"e_value": 1.5}})
    broken = Finding(
        subject="candidate", channel="monitor", condition="amber", words="not loaded", facts={}
    )
    raise_findings([broken], world.ports.alerts, world.now)
    job = world.ports.jobs.submit("train", {})
    world.ports.jobs.move(job.job_id, JobState.DONE)
    world.ports = replace(world.ports, reader=ProcessBarsReader())
    return world


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return found
    return schema


KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
    "boolean": bool, "null": type(None),
}  # fmt: skip


def check_value(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> None:
    """Hold a value against the parts of JSON Schema that msgspec writes."""
    schema = resolve(document, schema)
    if "anyOf" in schema:
        assert any(fits(document, one, value, at) for one in schema["anyOf"]), f"{at}: {value!r}"
        return
    assert "enum" not in schema or value in schema["enum"], at
    if "type" in schema:
        assert isinstance(value, KINDS[schema["type"]]), f"{at}: {value!r} is no {schema['type']}"
    if "pattern" in schema:
        assert re.search(schema["pattern"], value), at
    check_inside(document, schema, value, at)


def check_inside(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> None:
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= value.keys(), at
        assert value.keys() <= schema["properties"].keys(), at
        for name, item in value.items():
            check_value(document, schema["properties"][name], item, f"{at}.{name}")
    if isinstance(value, list) and "items" in schema:
        for row, item in enumerate(value):
            check_value(document, schema["items"], item, f"{at}[{row}]")


def fits(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> bool:
    try:
        check_value(document, schema, value, at)
    except AssertionError:
        return False
    return True


def test_every_route_is_in_the_document_and_every_entry_is_a_route(world: World) -> None:
    app = make_app(world.ports)
    document = world.ask("GET", "/v1/openapi.json").json()
    routes = {
        (method.lower(), route.path.replace(":path}", "}"))
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(method, path) for method, path, _ in operations(document)} == routes
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(world: World) -> None:
    text = world.ask("GET", "/v1/openapi.json").text
    document = json.loads(text)
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert referred == document["components"]["schemas"].keys() - {"FrameHead"}


def test_every_example_has_the_form_it_is_an_example_of(world: World) -> None:
    document = world.ask("GET", "/v1/openapi.json").json()
    n_examples = 0
    for method, path, operation in operations(document):
        contents = [one["content"] for one in operation["responses"].values()]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        for content in contents:
            for media in content.values():
                if "example" in media:
                    n_examples += 1
                    check_value(document, media["schema"], media["example"], f"{method} {path}")
    assert n_examples > 30
    problem = document["paths"]["/v1/models"]["get"]["responses"]["422"]["content"]
    msgspec.convert(problem["application/problem+json"]["example"], Problem)


def test_every_example_is_answered_in_the_form_that_is_published(peopled: World) -> None:
    async def scenario(client: httpx.AsyncClient) -> dict[str, Any]:
        document: dict[str, Any] = (await client.get("/v1/openapi.json")).json()
        content = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]
        answered = await client.post("/v1/predict", json=content["application/json"]["example"])
        listed = (await client.get("/v1/data/snapshots")).json()["snapshots"]
        found_here = {"prediction_id": answered.json()["prediction_id"]}
        places = {**PLACES, **found_here, "digest": listed[0]["digest"]}
        for method, path, operation in operations(document):
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            request: dict[str, Any] = {} if body is None else {"json": body["example"]}
            found = await client.request(method, path.format(**places), **request)
            [status, response] = next(iter(operation["responses"].items()))
            assert str(found.status_code) == status < "300", (path, found.text)
            [(media, answer)] = response["content"].items()
            assert found.headers["content-type"].partition(";")[0] == media.partition(";")[0]
            if media == "application/json":
                check_value(document, answer["schema"], found.json(), path)
        return document

    assert len(peopled.visit(scenario)["paths"]) > 20


def test_every_problem_that_a_route_can_give_is_named_by_it(peopled: World) -> None:
    document = peopled.ask("GET", "/v1/openapi.json").json()
    provoked: list[tuple[str, str, dict[str, Any]]] = [
        ("post", "/v1/predict", {"content": b"{", "headers": {"content-type": "application/json"}}),
        ("post", "/v1/predict", {"json": {}}),
        ("post", "/v1/predict", {"content": b"x"}),
        ("post", "/v1/predict", {"content": b"x" * (1 << 20 | 1)}),
        ("put", "/v1/predict", {}),
        ("get", "/v1/models/{model_id}", {"headers": {"host": "evil"}}),
        ("post", "/v1/models/{model_id}/promote", {}),
        ("post", "/v1/markets/{universe}/rollback", {"json": {"interval": "1h"}}),
        ("get", "/v1/predictions", {"params": {"limit": "0"}}),
        ("get", "/v1/predictions/{prediction_id}", {}),
        ("post", "/v1/predictions/{prediction_id}/replay", {"json": {}}),
        ("post", "/v1/journal/verify", {"json": {"head": "none"}}),
        ("post", "/v1/settle", {"json": {}}),
        ("post", "/v1/jobs", {"json": {"kind": "fly"}}),
        ("get", "/v1/jobs", {"params": {"limit": "x"}}),
        ("get", "/v1/jobs/{job_id}", {}),
        ("get", "/v1/jobs/{job_id}/events", {}),
        ("post", "/v1/jobs/{job_id}/cancel", {"json": {}}),
        ("get", "/v1/models/{model_id}/bundle", {"headers": {"range": "bytes=99999999-"}}),
    ]
    for method, path, request in provoked:
        places = {**PLACES, "job_id": "job-99999999"}
        found = peopled.ask(method, path.format(**places), **request)
        assert found.status_code >= 400
        known = {
            asked: one["responses"] for asked, named, one in operations(document) if named == path
        }
        responses = known.get(method) or next(iter(known.values()))
        assert str(found.status_code) in responses, (path, found.status_code)
