import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import bellwether.bootstrap
import bellwether.cli  # noqa: F401 - so that every error of ours is known
from bellwether.errors import BellwetherError
from bellwether.http import BodyTooDeep
from bellwether.http._bodies import check_depth
from bellwether.http._types import Problem

World = Any  # the class lives in conftest, which is no module
BARS = "application/vnd.bellwether.bars"
JSON = {"content-type": "application/json"}


def walk(kind: type[BellwetherError]) -> list[type[BellwetherError]]:
    below = [found for child in kind.__subclasses__() for found in walk(child)]
    return [one for one in dict.fromkeys([kind, *below]) if one.__module__.startswith("bellwether")]


def read_problem(found: httpx.Response, status: int) -> Problem:
    """Check what every problem document owes its reader, and return it."""
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(found.content, type=Problem)
    assert problem.status == status
    assert problem.type.startswith("urn:bellwether:problem:")
    assert problem.title
    assert problem.detail == f"expected {problem.expected}, was {problem.was}"
    assert problem.hint
    assert problem.request_id == found.headers["x-request-id"]
    return problem


@pytest.mark.parametrize("kind", walk(BellwetherError), ids=lambda kind: kind.__name__)
def test_every_error_of_ours_has_a_problem_document(
    world: World, kind: type[BellwetherError]
) -> None:
    async def fail(_request: Request) -> Response:
        error = kind.__new__(kind)
        BellwetherError.__init__(error, "this", "that", "do so")
        error.n_bytes = 1  # type: ignore[attr-defined]
        raise error

    app = world.app
    app.router.routes.append(Route("/fail", fail))

    async def scenario(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get("/fail")

    problem = read_problem(world.visit(scenario, app), kind.http_status)
    assert (problem.expected, problem.was, problem.hint) == ("this", "that", "do so")
    assert problem.type.rpartition(":")[2].replace("-", "") == kind.__name__.lower()


def test_a_defect_is_a_problem_that_says_nothing_of_itself(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_request: Request) -> Response:
        raise ZeroDivisionError("the password is swordfish")

    app = world.app
    app.router.routes.append(Route("/fail", fail))

    async def scenario(client: httpx.AsyncClient) -> httpx.Response:
        return await client.get("/fail")

    with caplog.at_level(logging.CRITICAL):
        found = world.visit(scenario, app)
    problem = read_problem(found, 500)
    assert "swordfish" not in found.text
    assert problem.type == "urn:bellwether:problem:defect"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/predict/", "/v2/predict", "/v1/models/", "/%00"])
def test_a_path_that_is_none_is_404(world: World, path: str) -> None:
    read_problem(world.ask("GET", path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/predict"), ("DELETE", "/v1/models/m"), ("OPTIONS", "/v1/predict")],
)
def test_another_method_is_405_and_no_origin_is_let_in(
    world: World, method: str, path: str
) -> None:
    found = world.ask(method, path, headers={"origin": "https://elsewhere.example"})
    read_problem(found, 405)
    assert found.headers["allow"]
    assert "access-control-allow-origin" not in found.headers


def test_a_body_of_another_kind_is_415(world: World) -> None:
    found = world.ask("POST", "/v1/predict", content=b"a=1", headers={"content-type": "text/plain"})
    read_problem(found, 415)
    squeezed = {**JSON, "content-encoding": "gzip"}
    read_problem(world.ask("POST", "/v1/predict", content=b"{}", headers=squeezed), 415)


def test_a_body_that_is_too_large_is_413_whether_it_says_so_or_not(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 500

    small = world.with_options(body_bytes=1000)
    read_problem(small.ask("POST", "/v1/predict", content=b" " * 1001, headers=JSON), 413)
    read_problem(small.ask("POST", "/v1/predict", content=pieces(), headers=JSON), 413)


def test_a_body_that_does_not_arrive_is_408(world: World) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    quick = world.with_options(body_seconds=0.01)
    read_problem(quick.ask("POST", "/v1/predict", content=never(), headers=JSON), 408)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b'{"symbol": "\xff"}', b'{"symbol":"A","open":[NaN]}']
)
def test_what_is_no_json_is_400(world: World, body: bytes) -> None:
    found = world.ask("POST", "/v1/predict", content=body, headers=JSON)
    read_problem(found, 400)


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": ""},
        {"symbol": "A\n"},
        {"symbol": "A\x00B"},
        {"symbol": "A" * 65},
        {"interval": "1 day"},
        {"interval": "1d\n"},
        {"horizon_bars": 0},
        {"horizon_bars": 61},
        {"closed_at": ["2018-12-31"]},
        {"closed_at": ["2018-12-31T21:00:00"]},
        {"closed_at": [10**30]},
        {"closed_at": [True]},
        {"open": ["1"]},
        {"open": 1.0},
        {"opened": [1.0]},
        {"calendar": "no-such-calendar"},
    ],
)
def test_what_is_no_question_is_422(world: World, changes: dict[str, object]) -> None:
    found = world.ask("POST", "/v1/predict", json=world.body(**changes))
    read_problem(found, 422)


def test_an_unknown_calendar_names_the_nearest(world: World) -> None:
    found = world.ask("POST", "/v1/predict", json=world.body(calendar="worl"))
    assert "did you mean world" in read_problem(found, 422).hint


def test_json_that_is_too_deep_is_refused_before_it_is_read(world: World) -> None:
    deep = b'{"symbol":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert read_problem(
        world.ask("POST", "/v1/predict", content=deep, headers=JSON), 400
    ).type.endswith("body-too-deep")


@given(levels=st.integers(1, 40), most=st.integers(1, 20), wide=st.integers(0, 30))
def test_depth_is_counted_exactly(levels: int, most: int, wide: int) -> None:
    inner = ["]]]", '[["', {}, *[[]] * wide] if levels > 1 else "[[["
    value: object = inner
    for _ in range(levels - (2 if levels > 1 else 1)):
        value = {"a": value} if levels % 2 else [value]
    text = json.dumps([value] if levels == 1 else value).encode()
    depth = measure(json.loads(text))
    if depth > most:
        with pytest.raises(BodyTooDeep):
            check_depth(text, most)
    else:
        check_depth(text, most)


def measure(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((measure(one) for one in value.values()), default=0)
    return 1 + max((measure(one) for one in value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize(
    "body", [b'"' + b'\\"' * 500_000, b"[" * 1_000_000, b"[]" * 500_000, b"[}" * 500_000]
)
@pytest.mark.timeout(5)
def test_no_body_keeps_the_depth_check_busy(body: bytes) -> None:
    padded = b"[" * 20 + body
    with pytest.raises(BodyTooDeep):
        check_depth(padded, 16)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"BWB1",
        b"XXXX" + bytes(100),
        b"BWB1\xff\xff\xff\xff",
        b"BWB1\x02\x00\x00\x00{}",
        b'BWB1\x1b\x00\x00\x00{"symbol": "A", "n_bars": 1}',
        b'BWB1\x1c\x00\x00\x00{"symbol": "A", "n_bars": 1}' + bytes(47),
        b'BWB1\x1c\x00\x00\x00{"symbol": "A", "n_bars": 1}' + bytes(49),
        b'BWB1\x1c\x00\x00\x00{"symbol": "A", "n_bars":-1}' + bytes(48),
    ],
)
def test_bytes_that_are_no_frame_are_refused(world: World, body: bytes) -> None:
    found = world.ask("POST", "/v1/predict", content=body, headers={"content-type": BARS})
    assert found.status_code in (400, 422)
    read_problem(found, found.status_code)


def test_only_a_batch_takes_several_frames(world: World) -> None:
    one = b'BWB1\x1c\x00\x00\x00{"symbol": "A", "n_bars": 0}'
    found = world.ask("POST", "/v1/predict", content=one * 2, headers={"content-type": BARS})
    assert "2 frames" in read_problem(found, 422).was


def test_a_batch_of_too_many_is_422(world: World) -> None:
    questions = {"questions": [world.body()] * 3}
    small = world.with_options(batch_symbols=2)
    read_problem(small.ask("POST", "/v1/predict/batch", json=questions), 422)
    read_problem(small.ask("POST", "/v1/predict/batch", json={"questions": []}), 422)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_sent_gets_an_answer_or_a_problem(world: World, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["application/json", BARS]))
    sound = json.dumps(world.body()).encode()
    if kind == BARS:
        sound = b'BWB1\x1c\x00\x00\x00{"symbol": "A", "n_bars": 1}' + bytes(48)
    content = bytearray(sound[: data.draw(st.integers(0, len(sound)))] or b"{")
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = data.draw(st.sampled_from(["/v1/predict", "/v1/predict/batch"]))
    found = world.ask("POST", path, content=bytes(content), headers={"content-type": kind})
    if found.status_code != 200:
        assert found.status_code in (400, 413, 415, 422)
        read_problem(found, found.status_code)
