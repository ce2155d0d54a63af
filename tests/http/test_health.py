import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from bellwether.http import HttpOptions
from bellwether.http._types import ReadyAnswer, StatusAnswer
from bellwether.registry import Bundle, RegistryUnavailable
from bellwether.service import OptionOutOfRange, PredictOptions

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module


class NoRegistry:
    """A registry whose database is gone."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_values: object, **_named: object) -> Any:
            raise RegistryUnavailable("the database", "gone")

        return fail


def test_a_process_that_answers_is_alive_even_without_a_registry(world: World) -> None:
    found = world.with_predict(registry=NoRegistry()).ask("GET", "/v1/health/live")
    assert (found.status_code, found.json()) == (200, {"live": True})


def test_rules_are_enough_to_be_ready_where_models_are_not_required(world: World) -> None:
    for one in (world, world.with_predict(registry=NoRegistry())):
        found = one.ask("GET", "/v1/health/ready")
        assert found.status_code == 200
        assert msgspec.json.decode(found.content, type=ReadyAnswer).ready


def test_where_models_are_required_only_a_champion_that_loads_is_ready(
    world: World, make_model: MakeModel
) -> None:
    strict = world.with_options(models_required=True)
    assert strict.ask("GET", "/v1/health/ready").status_code == 503
    world.register(make_model("candidate"))
    assert strict.ask("GET", "/v1/health/ready").status_code == 503
    world.promote(make_model())
    found = strict.ask("GET", "/v1/health/ready")
    assert (found.status_code, found.json()["n_champions"]) == (200, 1)
    world.path().write_bytes(b"damaged")
    found = strict.ask("GET", "/v1/health/ready")
    assert found.status_code == 503
    assert "bundle" in found.json()["was"]
    assert strict.ask("GET", "/v1/health/live").status_code == 200
    gone = strict.with_predict(registry=NoRegistry()).ask("GET", "/v1/health/ready")
    assert gone.status_code == 503


def test_readiness_follows_a_promotion_through_the_same_app(
    world: World, make_model: MakeModel
) -> None:
    world.register(make_model())

    async def scenario(client: httpx.AsyncClient) -> list[int]:
        before = await client.get("/v1/health/ready")
        await client.post("/v1/models/champion/promote", json={})
        after = await client.get("/v1/health/ready")
        return [before.status_code, after.status_code]

    strict = world.with_options(models_required=True, check_seconds=600.0)
    assert strict.visit(scenario) == [503, 200]


def test_models_cannot_be_required_and_switched_off() -> None:
    with pytest.raises(OptionOutOfRange):
        HttpOptions(models_required=True, predict=PredictOptions(models_enabled=False))


@pytest.mark.parametrize("name", ["body_bytes", "time_budget_seconds", "json_levels"])
def test_limits_are_above_zero(name: str) -> None:
    with pytest.raises(OptionOutOfRange):
        HttpOptions(**{name: 0})  # type: ignore[arg-type]


def test_options_have_a_digest_of_their_own() -> None:
    assert HttpOptions().digest == HttpOptions().digest != HttpOptions(body_bytes=5).digest


def test_status_counts_answers_and_fallbacks_and_names_the_last_error(
    world: World, make_model: MakeModel
) -> None:
    world.promote(make_model())

    async def scenario(client: httpx.AsyncClient) -> StatusAnswer:
        await client.post("/v1/predict", json=world.body())
        await client.post("/v1/predict", json=world.body(symbol="OTHER"))
        world.path().write_bytes(b"damaged")
        await client.post("/v1/predict", json=world.body())
        found = await client.get("/v1/status")
        return msgspec.json.decode(found.content, type=StatusAnswer)

    status = world.visit(scenario)
    assert status.available
    assert status.answers_by_source == {"champion": 1, "rules": 2}
    assert status.fallbacks_by_reason == {"no_model_promoted": 1, "bundle_corrupt": 1}
    assert [(model.model_id, model.loaded) for model in status.models] == [("champion", False)]
    assert status.last_error is not None
    assert status.trouble
    assert status.last_check


def test_a_registry_that_is_gone_is_told_in_the_status_and_answers_go_on(world: World) -> None:
    gone = world.with_predict(registry=NoRegistry())
    assert gone.predict()["fallback_reason"] == "registry_unavailable"
    found = gone.ask("GET", "/v1/status").json()
    assert found["available"]
    assert "gone" in found["trouble"]
    assert gone.ask("GET", "/v1/models").status_code == 503


def test_metrics_are_in_the_format_of_prometheus(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())

    async def scenario(client: httpx.AsyncClient) -> str:
        await client.post("/v1/predict", json=world.body())
        await client.post("/v1/predict", json=world.body(symbol="OTHER"))
        await client.get("/v1/models/nobody")
        await client.get("/not/a/path/at/all")
        found = await client.get("/metrics")
        assert found.headers["content-type"].startswith("text/plain")
        return found.text

    told = set(world.visit(scenario).splitlines())
    assert {
        'bellwether_answers_total{reason="none",source="champion"} 1.0',
        'bellwether_answers_total{reason="no_model_promoted",source="rules"} 1.0',
        "bellwether_answer_seconds_count 2.0",
        'bellwether_requests_total{route="/v1/models/{model_id}",status="404"} 1.0',
        'bellwether_requests_total{route="unmatched",status="404"} 1.0',
    } <= told
    labels = 'horizon_bars="1",interval="1d",model_id="champion",universe="world"'
    assert f"bellwether_champion_age_days{{{labels}}} 10.0" in told


# --- what every response carries ----------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/health/live", "/nowhere", "/metrics", "/v1/models/x"])
def test_every_response_carries_an_id_and_security_headers(world: World, path: str) -> None:
    found = world.ask("GET", path, headers={"x-request-id": "mine-1", "origin": "http://evil"})
    assert found.headers["x-request-id"] == "mine-1"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in found.headers["content-security-policy"]
    assert not [name for name in found.headers if name.startswith("access-control")]


@pytest.mark.parametrize("offered", ["", "a b", "x" * 129, "a\tb", "é"])
def test_an_id_that_is_none_is_replaced(world: World, offered: str) -> None:
    headers = [(b"x-request-id", offered.encode())]
    found = world.ask("GET", "/v1/health/live", headers=headers)
    assert found.headers["x-request-id"] not in ("", offered)


def test_requests_without_an_id_get_different_ones(world: World) -> None:
    async def scenario(client: httpx.AsyncClient) -> set[str]:
        found = await asyncio.gather(*(client.get("/v1/health/live") for _ in range(20)))
        return {one.headers["x-request-id"] for one in found}

    assert len(world.visit(scenario)) == 20


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8017", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("", 421),
    ],
)
def test_a_request_for_another_host_is_refused(world: World, host: str, status: int) -> None:
    found = world.ask("GET", "/v1/health/live", headers={"host": host})
    assert found.status_code == status
    anybody = world.with_options(hosts=("*",))
    assert anybody.ask("GET", "/v1/health/live", headers={"host": host}).status_code == 200


def test_requests_beyond_the_most_at_once_are_told_to_come_back(world: World) -> None:
    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return await asyncio.gather(*(client.get("/v1/models") for _ in range(5)))

    found = world.with_options(most_requests=2).visit(scenario)
    assert sorted(one.status_code for one in found) == [200, 200, 503, 503, 503]
    refused = next(one for one in found if one.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["type"].endswith("too-busy")


def test_the_lifespan_loads_the_champions_and_ends(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    app = world.app

    async def live() -> httpx.Response:
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as one:
                return await one.get("/metrics")

    assert 'model_id="champion"' in asyncio.run(live()).text
