import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from bellwether.http import READING, AccessOptions
from bellwether.http._types import ModelAnswer, ModelsAnswer, RollbackAnswer
from bellwether.registry import Bundle, Stage
from bellwether.validation import Decision

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
PROBLEMS = "application/problem+json"


def problem_type(found: httpx.Response) -> str:
    assert found.headers["content-type"] == PROBLEMS
    kind: str = found.json()["type"].rpartition(":")[2]
    return kind


def test_models_are_listed_a_page_at_a_time(world: World, make_model: MakeModel) -> None:
    world.register(*(make_model(f"m{i}") for i in range(5)))
    listed: list[str] = []
    query = {"limit": "2"}
    for _ in range(3):
        found = world.ask("GET", "/v1/models", params=query)
        page = msgspec.json.decode(found.content, type=ModelsAnswer)
        listed += [model.model_id for model in page.models]
        query["after"] = page.next_after or ""
    assert listed == [f"m{i}" for i in range(5)]
    assert query["after"] == ""


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"limit": "²"}, {"after": "m9"}]
)
def test_a_page_that_cannot_be_is_422(world: World, query: dict[str, str]) -> None:
    found = world.ask("GET", "/v1/models", params=query)
    assert (found.status_code, problem_type(found)) == (422, "query-unreadable")


def test_a_model_is_shown_with_its_verdict(world: World, make_model: MakeModel) -> None:
    bundle = make_model()
    world.promote(bundle)
    found = world.ask("GET", "/v1/models/champion")
    model = msgspec.json.decode(found.content, type=ModelAnswer)
    assert (model.stage, model.decision) == (Stage.CHAMPION, "PROMOTE")
    assert model.bundle_digest == bundle.digest
    verdict = world.ask("GET", "/v1/models/champion/verdict").json()
    assert verdict == json.loads(json.dumps(world.verdict.to_json()))


@pytest.mark.parametrize("rest", ["", "/verdict", "/bundle"])
@pytest.mark.parametrize(
    ("model_id", "status", "kind"),
    [("nobody", 404, "unknown-model"), ("No-Body", 422, "bad-model-id"), ("..", 404, "not-found")],
)
def test_a_model_that_is_not_there_is_a_problem(
    world: World, model_id: str, rest: str, status: int, kind: str
) -> None:
    path = f"/v1/models/{model_id}{rest}".replace("..", "%2e%2e%2f")
    found = world.ask("GET", path)
    assert (found.status_code, problem_type(found)) == (status, kind)


def test_a_model_without_a_verdict_has_none_to_show_and_is_not_promoted(
    world: World, make_model: MakeModel
) -> None:
    world.register(make_model(), judged=False)
    for found in (
        world.ask("GET", "/v1/models/champion/verdict"),
        world.ask("POST", "/v1/models/champion/promote", json={}),
    ):
        assert (found.status_code, problem_type(found)) == (404, "model-not-judged")


# --- promotion and rollback ---------------------------------------------------------------


def test_a_promotion_is_seen_by_the_next_question(world: World, make_model: MakeModel) -> None:
    world.register(make_model())

    async def scenario(client: httpx.AsyncClient) -> list[str]:
        rungs = []
        for change in (None, "/v1/models/champion/promote", "/v1/markets/world/rollback"):
            if change is not None:
                assert (await client.post(change, json={})).status_code == 200
            found = await client.post("/v1/predict", json=world.body())
            rungs.append(found.json()["rung"])
        return rungs

    assert world.visit(scenario) == ["rules", "champion", "rules"]


def test_a_rollback_brings_the_previous_one_back(world: World, make_model: MakeModel) -> None:
    world.promote(make_model("first"), make_model("second"))
    body = {"interval": "1d", "horizon_bars": 1, "reason": "it lost its skill"}
    found = world.ask("POST", "/v1/markets/world/rollback", json=body)
    answer = msgspec.json.decode(found.content, type=RollbackAnswer)
    assert (answer.retired, answer.champion) == ("second", "first")
    assert world.predict()["source"]["model_id"] == "first"
    reasons = [move.reason for move in world.ports.predict.registry.history()]
    assert reasons[-1] == "brought back: it lost its skill"


def test_a_market_without_a_champion_cannot_be_rolled_back(world: World) -> None:
    found = world.ask("POST", "/v1/markets/mars/rollback", json={})
    assert (found.status_code, problem_type(found)) == (404, "no-champion")


def test_a_verdict_that_does_not_promote_promotes_nobody(
    world: World, make_model: MakeModel
) -> None:
    world.verdict = replace(world.verdict, decision=Decision.REFUSE)
    world.register(make_model())
    found = world.ask("POST", "/v1/models/champion/promote", json={})
    assert (found.status_code, problem_type(found)) == (409, "not-promotable")
    assert world.predict()["rung"] == "rules"


def test_a_model_whose_file_is_damaged_is_not_promoted(world: World, make_model: MakeModel) -> None:
    world.register(make_model())
    world.path().write_bytes(world.path().read_bytes()[:-50])
    found = world.ask("POST", "/v1/models/champion/promote", json={})
    assert (found.status_code, problem_type(found)) == (409, "bundle-corrupt")
    assert world.ports.predict.registry.get("champion").stage is Stage.CANDIDATE


def test_a_second_promotion_is_an_illegal_move(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    found = world.ask("POST", "/v1/models/champion/promote", json={})
    assert (found.status_code, problem_type(found)) == (409, "illegal-move")


@pytest.mark.parametrize("path", ["/v1/models/champion/promote", "/v1/markets/world/rollback"])
def test_a_change_must_say_that_it_is_json_and_is_not_for_readers(
    world: World, make_model: MakeModel, path: str
) -> None:
    world.register(make_model())
    found = world.ask("POST", path)
    assert (found.status_code, problem_type(found)) == (415, "media-type-unknown")
    closed = world.with_options(access=AccessOptions(local=READING))
    found = closed.ask("POST", path, json={})
    assert (found.status_code, problem_type(found)) == (401, "key-missing")


def test_the_same_key_changes_nothing_twice(world: World, make_model: MakeModel) -> None:
    world.promote(*(make_model(name) for name in ("first", "second")))
    world.register(make_model("third"))
    path, headers = "/v1/markets/world/rollback", {"Idempotency-Key": "k-1"}

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        together = await asyncio.gather(
            *(client.post(path, json={}, headers=headers) for _ in range(5))
        )
        again = await client.post(path, json={}, headers=headers)
        other = await client.post(path, json={"interval": "1h"}, headers=headers)
        return [*together, again, other]

    *same, other = world.visit(scenario)
    assert {one.status_code for one in same} == {200}
    assert {one.json()["retired"] for one in same} == {"second"}
    assert [one.headers.get("idempotency-replayed") for one in same].count("true") == 5
    assert (other.status_code, problem_type(other)) == (422, "key-reused")


def test_a_key_of_a_refused_change_may_be_used_again(world: World, make_model: MakeModel) -> None:
    headers = {"Idempotency-Key": "k-1"}

    async def scenario(client: httpx.AsyncClient) -> list[int]:
        statuses = []
        for _ in range(2):
            found = await client.post("/v1/models/champion/promote", json={}, headers=headers)
            statuses.append(found.status_code)
            if not world.ports.predict.registry.records():
                world.register(make_model())
        return statuses

    assert world.visit(scenario) == [404, 200]


def test_a_key_that_is_none_is_400(world: World) -> None:
    found = world.ask(
        "POST", "/v1/markets/world/rollback", json={}, headers={"Idempotency-Key": "a b"}
    )
    assert (found.status_code, problem_type(found)) == (400, "key-unreadable")


# --- downloads ----------------------------------------------------------------------------


def test_a_bundle_comes_whole_with_its_digest_as_its_tag(
    world: World, make_model: MakeModel
) -> None:
    bundle = make_model()
    world.register(bundle)
    found = world.ask("GET", "/v1/models/champion/bundle")
    assert found.status_code == 200
    assert found.content == world.path().read_bytes()
    assert found.headers["etag"] == f'"{bundle.digest}"'
    head = world.ask("HEAD", "/v1/models/champion/bundle")
    assert head.headers["content-length"] == str(len(found.content))
    assert head.content == b""


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-999999999", slice(5, None)),
    ],
)
def test_a_part_of_a_bundle_may_be_asked_for(
    world: World, make_model: MakeModel, asked: str, part: slice
) -> None:
    world.register(make_model())
    whole = world.path().read_bytes()
    found = world.ask("GET", "/v1/models/champion/bundle", headers={"range": asked})
    assert found.status_code == 206
    assert found.content == whole[part]
    start, stop, _ = part.indices(len(whole))
    assert found.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "x"])
def test_a_range_that_is_none_gives_the_whole(
    world: World, make_model: MakeModel, asked: str
) -> None:
    world.register(make_model())
    found = world.ask("GET", "/v1/models/champion/bundle", headers={"range": asked})
    assert (found.status_code, found.content) == (200, world.path().read_bytes())


def test_a_range_behind_the_end_is_416(world: World, make_model: MakeModel) -> None:
    world.register(make_model())
    headers = {"range": "bytes=99999999-"}
    found = world.ask("GET", "/v1/models/champion/bundle", headers=headers)
    assert (found.status_code, problem_type(found)) == (416, "range-unsatisfiable")
    assert found.headers["content-range"] == f"bytes */{world.path().stat().st_size}"


def test_a_bundle_that_is_known_is_not_sent_again(world: World, make_model: MakeModel) -> None:
    bundle = make_model()
    world.register(bundle)
    tag = f'"{bundle.digest}"'
    path = "/v1/models/champion/bundle"
    found = world.ask("GET", path, headers={"if-none-match": f'"other", {tag}'})
    assert (found.status_code, found.content) == (304, b"")
    other = {"range": "bytes=0-9", "if-range": '"other"'}
    assert world.ask("GET", path, headers=other).status_code == 200
    assert world.ask("GET", path, headers={**other, "if-range": tag}).status_code == 206


def test_a_damaged_bundle_is_never_handed_out(world: World, make_model: MakeModel) -> None:
    world.register(make_model())
    content = bytearray(world.path().read_bytes())
    content[len(content) // 2] ^= 1
    world.path().write_bytes(content)
    found = world.ask("GET", "/v1/models/champion/bundle")
    assert (found.status_code, problem_type(found)) == (409, "bundle-corrupt")
    world.path().unlink()
    found = world.ask("GET", "/v1/models/champion/bundle")
    assert (found.status_code, problem_type(found)) == (404, "bundle-missing")
