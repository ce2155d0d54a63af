"""Damaged frames and bodies: an answer or a problem, and never a defect."""

import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.http import FrameHead, pack_frame

World = Any  # the class lives in conftest, which is no module
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "_mutations.py"
BARS = "application/vnd.bellwether.bars"
REFUSALS = {400, 413, 415, 422}


@pytest.fixture(scope="module")
def mutations() -> ModuleType:
    """Return benchmarks/_mutations.py, which the long study uses too."""
    spec = importlib.util.spec_from_file_location("_mutations_of_this_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), is_frame=st.booleans(), is_batch=st.booleans())
def test_whatever_is_damaged_is_answered_or_refused(
    world: World, mutations: ModuleType, seed: int, *, is_frame: bool, is_batch: bool
) -> None:
    bars, random = world.bars[-80:], np.random.default_rng(seed)
    frames = pack_frame(FrameHead(symbol="WORLD", n_bars=80), bars.closed_at, bars.matrix)
    kind = BARS if is_frame else "application/json"
    path = "/v1/predict/batch" if is_batch else "/v1/predict"

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        told = []
        for _ in range(20):
            body = mutations.damage_body(random, world.body())
            content = mutations.damage_frames(random, frames) if is_frame else body
            told.append(await client.post(path, content=content, headers={"content-type": kind}))
        return told

    for found in world.visit(scenario):
        assert found.status_code in {200, *REFUSALS}, found.text
        is_problem = found.headers["content-type"] == "application/problem+json"
        assert is_problem == (found.status_code != 200)


# --- what must not come back as something else ------------------------------------------------

INJECTIONS = (
    "a\r\nSet-Cookie: owned=1",
    "a\nX-Evil: 1",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "${7*7}",
    "%s%s%s%n",
    "'; DROP TABLE models; --",
    '" OR 1=1 --',
    "../../../etc/passwd",
    "..\\..\\windows",
    "/etc/passwd",
    "a\x00b",
    "\u202eevil",
    "a" * 10_000,
)


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/models/{text}",
        "/v1/models/{text}/bundle",
        "/v1/models/{text}/verdict",
        "/v1/models?after={text}",
        "/v1/models?limit={text}",
        "/{text}",
    ],
)
def test_no_text_in_a_path_becomes_anything_else(world: World, path: str, text: str) -> None:
    quoted = "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))
    found = world.ask("GET", path.format(text=quoted))
    assert found.status_code in {404, 422}, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert not {"set-cookie", "x-evil"} & set(found.headers)
    assert "root:" not in found.text
    assert "49" not in found.json()["detail"].replace(quoted, "").replace(text, "")
    assert len(found.content) < 4000


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_text_in_a_body_becomes_anything_else(world: World, text: str) -> None:
    world.register()
    before = list(world.ports.predict.registry.records())
    for path, body in (
        ("/v1/predict", world.body(symbol=text)),
        ("/v1/predict", world.body(calendar=text)),
        ("/v1/models/champion/promote", {"reason": text}),
        ("/v1/markets/world/rollback", {"reason": text}),
        ("/v1/markets/world/rollback", {"interval": text}),
    ):
        found = world.ask("POST", path, json=body)
        assert found.status_code in {200, 404, 422}, (path, found.text)
        assert not {"set-cookie", "x-evil"} & set(found.headers)
    assert list(world.ports.predict.registry.records()) == before


@pytest.mark.parametrize(
    "request_id", ["a\r\nx-evil: 1", "a b", "<script>", "ä", "", "x" * 129, "a;b"]
)
def test_a_request_id_that_is_none_is_replaced(world: World, request_id: str) -> None:
    headers = {"x-request-id": request_id.encode("latin-1")}
    found = world.ask("GET", "/v1/health/live", headers=headers)
    assert found.headers["x-request-id"] != request_id
    assert found.headers["x-request-id"].isascii()


@pytest.mark.parametrize(
    "path", ["/v1/health/live", "/v1/models", "/metrics", "/v1/nothing", "/v1/openapi.json"]
)
def test_every_response_tells_browsers_to_do_nothing_with_it(world: World, path: str) -> None:
    found = world.ask("GET", path)
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["x-frame-options"] == "DENY"
    assert found.headers["referrer-policy"] == "no-referrer"
    assert found.headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert found.headers["cache-control"]
    assert "server" not in found.headers


def test_a_body_without_an_end_takes_no_more_than_its_limit(world: World) -> None:
    n_read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal n_read
        while True:
            n_read += 1
            yield b" " * 10_000

    small = world.with_options(body_bytes=50_000)
    headers = {"content-type": "application/json"}
    assert small.ask("POST", "/v1/predict", content=endless(), headers=headers).status_code == 413
    assert n_read < 20
