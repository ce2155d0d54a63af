"""Who is let in, to what, and how often."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest

from bellwether.adapters import KeyFile, MemoryKeys
from bellwether.http import EVERYTHING, READING, AccessOptions
from bellwether.http._operations import Operation
from bellwether.http._rates import _MOST_KEPT, Buckets
from bellwether.registry import Bundle
from bellwether.service import OptionOutOfRange, Scope, create_key, revoke_key, rotate_key

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
HOUR = np.timedelta64(1, "h")
CLOSED = AccessOptions(local=(), remote=())
# One request for each scope that a route asks for.
ASKED = {
    Scope.PREDICT: ("POST", "/v1/predict"),
    Scope.READ: ("GET", "/v1/models"),
    Scope.OPERATE: ("POST", "/v1/markets/world/rollback"),
}


def problem_type(found: httpx.Response) -> str:
    assert found.headers["content-type"] == "application/problem+json"
    kind: str = found.json()["type"].rpartition(":")[2]
    return kind


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def client_from(app: Any, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost")


def ask_from(world: World, address: str, method: str, path: str, **request: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client_from(world.app, address) as client:
            return await client.request(method, path, **request)

    return asyncio.run(run())


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys()


@pytest.fixture
def guarded(world: World, keys: MemoryKeys) -> World:
    """Return a world where everybody needs a key."""
    return replace(world, ports=replace(world.ports, keys=keys)).with_options(access=CLOSED)


def body_of(world: World, scope: Scope) -> dict[str, Any]:
    return {"json": world.body() if scope is Scope.PREDICT else {}} if scope != Scope.READ else {}


# --- keys and scopes ----------------------------------------------------------------------


@pytest.mark.parametrize("scope", list(ASKED))
def test_without_a_key_nothing_is_told_but_which_is_needed(guarded: World, scope: Scope) -> None:
    method, path = ASKED[scope]
    found = guarded.ask(method, path, **body_of(guarded, scope))
    assert (found.status_code, problem_type(found)) == (401, "key-missing")
    assert found.headers["www-authenticate"] == 'Bearer realm="bellwether"'
    assert f"{scope.value!r}" in found.json()["expected"]


@pytest.mark.parametrize("has", list(Scope))
@pytest.mark.parametrize("needs", list(ASKED))
def test_a_key_is_good_for_its_scopes_and_for_no_other(
    guarded: World, keys: MemoryKeys, needs: Scope, has: Scope
) -> None:
    key, secret = create_key(keys, "desk", [has], guarded.now)
    method, path = ASKED[needs]
    found = guarded.ask(method, path, headers=bearer(secret), **body_of(guarded, needs))
    if has in (needs, Scope.ADMIN):
        assert found.status_code in (200, 404), found.text  # a market without a champion
        return
    assert (found.status_code, problem_type(found)) == (403, "scope-missing")
    assert found.headers["www-authenticate"].endswith(
        f'error="insufficient_scope", scope="{needs.value}"'
    )
    assert key.key_id in found.json()["was"]


@pytest.mark.parametrize("path", ["/v1/health/live", "/v1/health/ready", "/v1/openapi.json"])
def test_health_and_the_description_are_open(guarded: World, path: str) -> None:
    assert guarded.ask("GET", path).status_code == 200


@pytest.mark.parametrize("path", ["/metrics", "/v1/status"])
def test_what_the_service_did_is_for_readers(guarded: World, keys: MemoryKeys, path: str) -> None:
    _, secret = create_key(keys, "prometheus", [Scope.READ], guarded.now)
    assert guarded.ask("GET", path).status_code == 401
    assert guarded.ask("GET", path, headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer bw_0123456789ab_short",
        "Basic Ync6Ync=",
        "bw_{secret}",
        "Bearer {secret} {secret}",
        "Bearer {secret}x",
        "Bearer \xfc",
    ],
)
def test_what_is_no_key_is_401_and_says_so(guarded: World, keys: MemoryKeys, header: str) -> None:
    _, secret = create_key(keys, "desk", [Scope.READ], guarded.now)
    headers = {"authorization": header.format(secret=secret).encode("latin-1")}
    found = guarded.ask("GET", "/v1/models", headers=headers)
    assert (found.status_code, problem_type(found)) == (401, "key-not-accepted")
    assert found.headers["www-authenticate"].endswith('error="invalid_token"')


def test_two_keys_at_once_are_no_key(guarded: World, keys: MemoryKeys) -> None:
    _, secret = create_key(keys, "desk", [Scope.READ], guarded.now)
    both = [("authorization", f"Bearer {secret}")] * 2
    assert guarded.ask("GET", "/v1/models", headers=both).status_code == 401


def test_a_bad_key_is_told_where_none_is_needed(world: World) -> None:
    found = world.ask("GET", "/v1/models", headers=bearer("bw_nonsense"))
    assert (found.status_code, problem_type(found)) == (401, "key-not-accepted")


def test_a_revoked_and_an_expired_key_open_nothing(guarded: World, keys: MemoryKeys) -> None:
    _, first = create_key(keys, "first", [Scope.READ], guarded.now)
    _, second = create_key(keys, "second", [Scope.READ], guarded.now - HOUR, guarded.now)
    revoke_key(keys, "first", guarded.now)
    told = [guarded.ask("GET", "/v1/models", headers=bearer(key)) for key in (first, second)]
    assert [one.status_code for one in told] == [401, 401]
    assert [one.json()["was"] for one in told] == [
        "a key that was revoked",
        "a key that has expired",
    ]


def test_a_revocation_reaches_an_app_that_runs(world: World) -> None:
    stores = [KeyFile(world.folder / "keys.json") for _ in range(2)]
    _, secret = create_key(stores[0], "desk", [Scope.READ], world.now)
    guarded = replace(world, ports=replace(world.ports, keys=stores[1])).with_options(access=CLOSED)

    async def scenario(client: httpx.AsyncClient) -> list[int]:
        before = await client.get("/v1/models", headers=bearer(secret))
        revoke_key(stores[0], "desk", world.now)
        after = await client.get("/v1/models", headers=bearer(secret))
        return [before.status_code, after.status_code]

    assert guarded.visit(scenario) == [200, 401]


def test_both_secrets_of_a_rotated_key_open_for_a_while(guarded: World, keys: MemoryKeys) -> None:
    _, old = create_key(keys, "desk", [Scope.READ], guarded.now)
    _, new = rotate_key(keys, "desk", guarded.now, HOUR)
    for secret in (old, new):
        assert guarded.ask("GET", "/v1/models", headers=bearer(secret)).status_code == 200


def test_keys_that_cannot_be_read_let_nobody_in(world: World) -> None:
    path = world.folder / "keys.json"
    store = KeyFile(path)
    _, secret = create_key(store, "desk", [Scope.READ], world.now)
    path.write_text("{")
    guarded = replace(world, ports=replace(world.ports, keys=store)).with_options(access=CLOSED)
    found = guarded.ask("GET", "/v1/models", headers=bearer(secret))
    assert (found.status_code, problem_type(found)) == (503, "keys-unavailable")


# --- without a key ------------------------------------------------------------------------


def test_on_this_machine_nobody_needs_a_key(world: World) -> None:
    for address in ("127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", ""):
        assert ask_from(world, address, "GET", "/v1/models").status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "elsewhere"])
def test_from_elsewhere_everybody_does(world: World, address: str) -> None:
    found = ask_from(world, address, "GET", "/v1/models")
    assert (found.status_code, problem_type(found)) == (401, "key-missing")


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via", "CF-Connecting-IP"],
)
def test_who_comes_through_a_proxy_on_this_machine_comes_from_elsewhere(
    world: World, header: str
) -> None:
    found = world.ask("GET", "/v1/models", headers={header: "127.0.0.1"})
    assert (found.status_code, problem_type(found)) == (401, "key-missing")


def test_an_open_service_lets_anybody_predict_and_read_but_change_nothing(world: World) -> None:
    opened = world.with_options(access=AccessOptions(local=READING, remote=READING))
    for scope, (method, path) in ASKED.items():
        found = ask_from(opened, "192.0.2.1", method, path, **body_of(world, scope))
        assert found.status_code == (401 if scope is Scope.OPERATE else 200)


# --- limits -------------------------------------------------------------------------------


def limited(world: World, **options: Any) -> World:
    access = AccessOptions(local=(), remote=READING, requests_per_minute=0.6, burst=3, **options)
    return world.with_options(access=access)


def read_wait(found: httpx.Response) -> int:
    assert (found.status_code, problem_type(found)) == (429, "too-many-requests")
    assert found.headers["ratelimit-policy"] == '"requests";q=3;w=300'
    assert found.headers["ratelimit"].startswith('"requests";r=0;t=')
    return int(found.headers["retry-after"])


def test_who_asks_too_often_is_told_when_to_come_back(guarded: World, keys: MemoryKeys) -> None:
    _, secret = create_key(keys, "desk", [Scope.READ], guarded.now)

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        return [await client.get("/v1/models", headers=bearer(secret)) for _ in range(4)]

    *let_in, refused = limited(guarded).visit(scenario)
    assert [one.status_code for one in let_in] == [200] * 3
    told = [one.headers["ratelimit"].partition(";t=")[0] for one in let_in]
    assert told == [f'"requests";r={left}' for left in (2, 1, 0)]
    assert 90 <= read_wait(refused) <= 100


def test_each_key_has_a_limit_of_its_own(guarded: World, keys: MemoryKeys) -> None:
    secrets = [create_key(keys, f"k{i}", [Scope.READ], guarded.now)[1] for i in range(2)]

    async def scenario(client: httpx.AsyncClient) -> list[int]:
        told = [await client.get("/v1/models", headers=bearer(secrets[0])) for _ in range(4)]
        told.append(await client.get("/v1/models", headers=bearer(secrets[1])))
        return [one.status_code for one in told]

    assert limited(guarded).visit(scenario)[-2:] == [429, 200]


def test_without_keys_each_address_has_a_limit_of_its_own(world: World) -> None:
    app = limited(world).app

    async def run() -> list[int]:
        statuses = []
        for address in ["192.0.2.1"] * 4 + ["192.0.2.2", "2001:db8::1", "2001:db8::2"]:
            async with client_from(app, address) as client:
                statuses.append((await client.get("/v1/models")).status_code)
        return statuses

    assert asyncio.run(run()) == [200, 200, 200, 429, 200, 200, 200]


def test_on_this_machine_nobody_counts(world: World) -> None:
    access = AccessOptions(requests_per_minute=1.0, burst=1)

    async def scenario(client: httpx.AsyncClient) -> set[int]:
        return {(await client.get("/v1/models")).status_code for _ in range(20)}

    assert world.with_options(access=access).visit(scenario) == {200}


def test_bad_keys_from_one_address_are_soon_not_looked_at_while_good_ones_are(
    guarded: World, keys: MemoryKeys
) -> None:
    _, secret = create_key(keys, "desk", [Scope.READ], guarded.now)

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        told = [await client.get("/v1/models", headers=bearer("bw_x")) for _ in range(12)]
        return [*told, await client.get("/v1/models", headers=bearer(secret))]

    slow = replace(CLOSED, failed_keys_per_minute=0.6)
    *failed, good = guarded.with_options(access=slow).visit(scenario)
    assert [one.status_code for one in failed] == [401] * 10 + [429] * 2
    assert problem_type(failed[-1]) == "too-many-failed-keys"
    assert int(failed[-1].headers["retry-after"]) >= 1
    assert good.status_code == 200


def test_a_bucket_fills_at_its_pace_and_never_over_its_rim() -> None:
    buckets = Buckets(per_minute=60.0, burst=2)
    assert [buckets.take("a", 0.0).n_left for _ in range(2)] == [1, 0]
    assert buckets.take("a", 0.5).wait_seconds == pytest.approx(0.5)
    assert buckets.take("a", 1.0).wait_seconds == 0.0
    assert [buckets.take("a", 1000.0).n_left for _ in range(2)] == [1, 0]
    assert buckets.take("a", 1000.0).wait_seconds == pytest.approx(1.0)


def test_however_many_ask_only_so_many_are_remembered() -> None:
    buckets = Buckets(per_minute=1.0, burst=1)
    for number in range(_MOST_KEPT + 100):
        buckets.take(str(number), 0.0)
    assert len(buckets._known) == _MOST_KEPT


@pytest.mark.parametrize(
    "options",
    [
        {"requests_per_minute": 0.0},
        {"requests_per_minute": float("nan")},
        {"burst": 0},
        {"failed_keys_per_minute": -1.0},
        {"cors_origins": ("*",)},
        {"cors_origins": ("https://desk.example/",)},
        {"cors_origins": ("null",)},
        {"cors_origins": ("https://desk.example\r\nx: y",)},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionOutOfRange):
        AccessOptions(**options)


# --- what is published, and what is never told ----------------------------------------------


def test_every_operation_says_which_scope_it_needs(guarded: World) -> None:
    document = guarded.ask("GET", "/v1/openapi.json").json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    needs = {
        operation["operationId"]: [scope for one in operation["security"] for scope in one["key"]]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    known = {
        "openapi": [],
        "live": [],
        "ready": [],
        "status": ["read"],
        "metrics": ["read"],
        "predict": ["predict"],
        "predict_batch": ["predict"],
        "list_models": ["read"],
        "show_model": ["read"],
        "show_verdict": ["read"],
        "download_bundle": ["read"],
        "promote_model": ["operate"],
        "roll_back": ["operate"],
    }
    assert known.items() <= needs.items()
    # By its method alone an operation is for readers, or for operators.
    assert set(map(tuple, needs.values())) <= {(), ("read",), ("predict",), ("operate",)}


def test_an_operation_that_names_no_scope_is_closed_by_its_method() -> None:
    async def nothing(_request: object) -> Any: ...

    def needs(**given: Any) -> Scope | None:
        facts: dict[str, Any] = {"path": "/x", "name": "x", "summary": "x", "endpoint": nothing}
        return Operation(**facts, **given).needs

    assert needs(method="GET") is Scope.READ
    assert needs(method="POST") is Scope.OPERATE
    assert needs(method="POST", is_open=True) is None


def test_where_no_key_is_needed_the_document_says_so(world: World) -> None:
    document = world.ask("GET", "/v1/openapi.json").json()
    assert document["paths"]["/v1/models"]["get"]["security"] == [{"key": ["read"]}, {}]


def test_an_idempotency_key_is_its_callers_own(
    guarded: World, keys: MemoryKeys, make_model: MakeModel
) -> None:
    guarded.promote(*(make_model(name) for name in ("first", "second", "third")))
    secrets = [create_key(keys, f"k{i}", [Scope.OPERATE], guarded.now)[1] for i in range(2)]

    async def scenario(client: httpx.AsyncClient) -> list[str]:
        told = []
        for secret in secrets:
            headers = {**bearer(secret), "Idempotency-Key": "monday"}
            found = await client.post("/v1/markets/world/rollback", json={}, headers=headers)
            told.append(found.json()["retired"])
        return told

    assert guarded.visit(scenario) == ["third", "second"]


def test_no_secret_is_in_any_log_problem_metric_or_header(guarded: World, keys: MemoryKeys) -> None:
    """A canary: every way in which a key may be presented, and everything that is told then."""
    _, good = create_key(keys, "canary", [Scope.READ], guarded.now)
    _, ended = create_key(keys, "ended", [Scope.READ], guarded.now)
    revoke_key(keys, "ended", guarded.now)
    _, strange = create_key(MemoryKeys(), "strange", [Scope.READ], guarded.now)
    lines: list[dict[str, Any]] = []

    class Lines:
        def note_request(self, line: dict[str, Any]) -> None:
            lines.append(line)

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(lambda record: record.name.partition(".")[0] not in ("httpx", "httpcore"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        told = []
        for key in (good, ended, strange, good[:-1], f"{good}x"):
            for headers in (
                bearer(key),
                {"authorization": key},
                {"authorization": f"Basic {key}"},
                {**bearer(key), "x-request-id": key},
                {"x-request-id": f"a:{key}"},
                {**bearer(good), "idempotency-key": key},
                {**bearer(good), "host": key},
            ):
                told.append(await client.post("/v1/markets/world/rollback", headers=headers))
                told.append(await client.get("/v1/models", headers=headers))
            told.append(await client.get(f"/v1/{key}"))
            told.append(await client.get(f"/v1/models?key={key}", headers=bearer(good)))
            told.append(await client.get("/metrics", headers=bearer(good)))
            told.append(await client.get("/v1/status", headers=bearer(good)))
        return told

    world = replace(guarded, ports=replace(guarded.ports, log=Lines()))
    try:
        told = world.visit(scenario)
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    # Who puts a key into a path or an address hears what was asked; nobody else does.
    echoed = [one for one in told if problem_or_none(one) not in {"not-found", "host-unknown"}]
    everything = stream.getvalue() + json.dumps(lines)
    everything += "".join(one.text + str(one.headers) for one in echoed)
    for secret in (good, ended, strange):
        assert secret[16:40] not in everything
    assert re.search(r"/v1/bw_[0-9a-f]{12}_\(hidden\)", json.dumps(lines))
    assert {line["key"] for line in lines} >= {None, good[3:15]}


def problem_or_none(found: httpx.Response) -> str | None:
    is_problem = found.headers["content-type"] == "application/problem+json"
    return problem_type(found) if is_problem else None


def test_everything_is_every_scope() -> None:
    assert set(EVERYTHING) == set(Scope)


# --- pages in browsers ----------------------------------------------------------------------

DESK = "https://desk.example"
PREFLIGHT = {
    "origin": DESK,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


def shared(world: World) -> World:
    return world.with_options(access=AccessOptions(cors_origins=(DESK, "http://localhost:5173")))


def cors_headers(found: httpx.Response) -> set[str]:
    return {name for name in found.headers if name.startswith("access-control-")}


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/models", "/v1/nothing"])
def test_by_default_no_page_is_let_in(world: World, path: str) -> None:
    for method, headers in (("OPTIONS", PREFLIGHT), ("GET", {"origin": DESK})):
        assert not cors_headers(world.ask(method, path, headers=headers))


def test_a_named_origin_may_ask_beforehand_and_without_a_key(guarded: World) -> None:
    access = replace(CLOSED, cors_origins=(DESK,))
    found = guarded.with_options(access=access).ask("OPTIONS", "/v1/predict", headers=PREFLIGHT)
    assert (found.status_code, found.content) == (204, b"")
    assert found.headers["access-control-allow-origin"] == DESK
    assert "POST" in found.headers["access-control-allow-methods"]
    assert "Authorization" in found.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in found.headers
    assert "Origin" in found.headers["vary"]


def test_a_named_origin_may_read_answers_and_problems(world: World) -> None:
    for path in ("/v1/models", "/v1/models/nobody"):
        found = shared(world).ask("GET", path, headers={"origin": DESK})
        assert found.headers["access-control-allow-origin"] == DESK
        assert "X-Request-ID" in found.headers["access-control-expose-headers"]
        assert found.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", f"{DESK}.evil", f"{DESK}:444", "null", "http://desk.example", ""],
)
def test_another_origin_is_not_let_in_beside_it(world: World, origin: str) -> None:
    asked = shared(world).ask("OPTIONS", "/v1/predict", headers={**PREFLIGHT, "origin": origin})
    assert (asked.status_code, cors_headers(asked)) == (405, set())
    found = shared(world).ask("GET", "/v1/models", headers={"origin": origin})
    assert not cors_headers(found)
    assert "Origin" in found.headers["vary"]
