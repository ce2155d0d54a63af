"""Bundles sent to the service: what comes in, what stays out, and what it may become."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest

from bellwether.adapters import BundleFolder, MemoryKeys, ProcessProbe, TrustFile
from bellwether.http._types import ModelAnswer
from bellwether.registry import (
    Bundle,
    BundleTooCostly,
    Stage,
    make_bundle,
    make_signing_key,
    open_bundle,
    pack_bundle,
    read_public_key,
    sign_bundle,
)
from bellwether.service import AddingPorts, Scope, create_key

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
KIND = {"content-type": "application/vnd.bellwether.bundle"}
PRIVATE, PUBLIC = make_signing_key()
PATH = "/v1/models"


def problem_type(found: httpx.Response, status: int) -> str:
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json()["status"] == status
    kind: str = found.json()["type"].rpartition(":")[2]
    return kind


@dataclass
class Gate:
    """A probe that lets everything pass that opens, and remembers what came."""

    names: list[str] = field(default_factory=list)

    def prove(self, content: bytes, name: str) -> None:
        self.names.append(name)
        open_bundle(content, name)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def taking(world: World, gate: Gate) -> World:
    """Return a world that takes bundles in."""
    trusted = TrustFile(world.folder / "trusted_keys.json")
    predict = world.ports.predict
    bundles = BundleFolder(world.folder / "bundles", trusted)
    adding = AddingPorts(
        registry=predict.registry,
        bundles=bundles,
        probe=gate,
        trusted=trusted,
        clock=predict.clock,
    )
    predict = replace(predict, bundles=bundles)
    return replace(world, ports=replace(world.ports, adding=adding, files=bundles, predict=predict))


@pytest.fixture
def content(world: World, make_model: MakeModel) -> bytes:
    plain = make_model()
    verdict = world.verdict.to_json()
    trained_at = world.now - np.timedelta64(9, "D")
    manifest = replace(plain.manifest, trained_at=trained_at, verdict=verdict)
    return pack_bundle(make_bundle(manifest, plain.graph))


def upload(world: World, content: Any, **headers: str) -> httpx.Response:
    found: httpx.Response = world.ask("POST", PATH, content=content, headers={**KIND, **headers})
    return found


def test_a_bundle_that_is_sent_becomes_a_candidate(taking: World, content: bytes) -> None:
    found = upload(taking, content)
    assert found.status_code == 200, found.text
    model = msgspec.json.decode(found.content, type=ModelAnswer)
    assert (model.model_id, model.stage, model.decision) == (
        "champion",
        Stage.CANDIDATE,
        "PROMOTE",
    )
    assert model.metrics["origin"] == {"added_by": None, "signer": None}
    assert taking.ask("GET", "/v1/models/champion/bundle").content == content


def test_who_sent_it_is_remembered(taking: World, content: bytes) -> None:
    keys = MemoryKeys()
    key, secret = create_key(keys, "desk", [Scope.OPERATE], taking.now)
    keyed = replace(taking, ports=replace(taking.ports, keys=keys))
    found = upload(keyed, content, authorization=f"Bearer {secret}")
    assert found.json()["metrics"]["origin"]["added_by"] == key.key_id


def test_its_own_verdict_does_not_promote_it_but_a_trusted_signature_does(
    taking: World, content: bytes
) -> None:
    upload(taking, content)
    promote = "/v1/models/champion/promote"
    assert problem_type(taking.ask("POST", promote, json={}), 409) == "verdict-unproven"
    trusted = taking.ports.adding.trusted
    trusted.add(read_public_key(PUBLIC, "desk", taking.now))
    assert problem_type(taking.ask("POST", promote, json={}), 409) == "verdict-unproven"
    signed = sign_bundle(content, PRIVATE, "m")
    assert upload(taking, signed).status_code == 200
    assert taking.ask("POST", promote, json={}).json()["stage"] == "champion"
    assert taking.predict()["source"]["model_id"] == "champion"


def test_a_download_tells_a_signed_bundle_from_an_unsigned_one(
    taking: World, content: bytes
) -> None:
    upload(taking, content)
    path = "/v1/models/champion/bundle"
    before = taking.ask("GET", path).headers["etag"]
    taking.ports.adding.trusted.add(read_public_key(PUBLIC, "desk", taking.now))
    signed = sign_bundle(content, PRIVATE, "m")
    upload(taking, signed)
    found = taking.ask("GET", path, headers={"if-none-match": before})
    assert (found.status_code, found.content) == (200, signed)
    assert found.headers["etag"].startswith(before[:-1] + ".")
    again = taking.ask("GET", path, headers={"if-none-match": found.headers["etag"]})
    assert again.status_code == 304


def test_the_same_key_takes_it_in_once(taking: World, content: bytes, gate: Gate) -> None:
    headers = {**KIND, "Idempotency-Key": "k"}

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        told = [await client.post(PATH, content=content, headers=headers) for _ in range(2)]
        return [*told, await client.post(PATH, content=content + b"x", headers=headers)]

    first, second, other = taking.visit(scenario)
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"
    assert problem_type(other, 422) == "key-reused"
    assert len(gate.names) == 1


@pytest.mark.parametrize(
    ("spoil", "status", "kind"),
    [
        (lambda _content: b"", 422, "bundle-corrupt"),
        (lambda content: content[:-20], 422, "bundle-corrupt"),
        (lambda content: content + b"x", 422, "bundle-corrupt"),
        (lambda content: content.replace(b"probability_up", b"probability_xx"), 422, None),
        (lambda _content: b"x" * ((1 << 16) + 1), 413, "body-too-large"),
    ],
)
def test_what_is_no_bundle_stays_out(
    taking: World, content: bytes, spoil: Any, status: int, kind: str | None
) -> None:
    small = taking.with_options(import_body_bytes=1 << 16)
    assert problem_type(upload(small, spoil(content)), status) == (kind or "bundle-corrupt")
    assert not taking.ports.predict.registry.records()
    assert not (taking.folder / "bundles").exists()


def test_more_than_is_read_is_refused_while_it_arrives(taking: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b"x" * 1000

    small = taking.with_options(import_body_bytes=5000)
    assert problem_type(upload(small, pieces()), 413) == "body-too-large"


@pytest.mark.parametrize("kind", ["application/zip", "text/plain", "multipart/form-data", ""])
def test_a_body_that_a_page_could_send_unasked_is_not_read(
    taking: World, content: bytes, kind: str
) -> None:
    found = taking.ask("POST", PATH, content=content, headers={"content-type": kind})
    assert problem_type(found, 415) == "media-type-unknown"


def test_another_bundle_under_a_taken_name_is_a_conflict(
    taking: World, content: bytes, make_model: MakeModel
) -> None:
    taking.register(make_model())
    assert problem_type(upload(taking, content), 409) == "model-exists"


def test_a_trial_that_ends_badly_is_told(taking: World, content: bytes) -> None:
    class Hostile:
        def prove(self, content: bytes, name: str) -> None:  # noqa: ARG002
            raise BundleTooCostly(name, "still at it after 30 s")

    adding = replace(taking.ports.adding, probe=Hostile())
    world = replace(taking, ports=replace(taking.ports, adding=adding))
    assert problem_type(upload(world, content), 422) == "bundle-too-costly"


def test_a_service_that_takes_nothing_in_has_no_such_route(world: World, content: bytes) -> None:
    assert problem_type(upload(world, content), 405) == "method-not-allowed"
    assert "post" not in world.ask("GET", "/v1/openapi.json").json()["paths"][PATH]


def test_the_route_is_published_with_its_kinds(taking: World) -> None:
    document = taking.ask("GET", "/v1/openapi.json").json()
    described = document["paths"][PATH]["post"]
    assert described["requestBody"]["content"].keys() == {
        "application/vnd.bellwether.bundle",
        "application/octet-stream",
    }
    assert {"401", "403", "413", "415", "422", "429"} <= described["responses"].keys()


def test_only_so_many_are_read_at_once(taking: World, content: bytes) -> None:
    async def scenario(client: httpx.AsyncClient) -> list[int]:
        under_way = asyncio.Semaphore(0)
        goes_on = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield content[:10]
            under_way.release()
            await goes_on.wait()
            yield content[10:]

        sent = [client.post(PATH, content=slowly(), headers=KIND) for _ in range(4)]
        waiting = [asyncio.create_task(one) for one in sent]
        for _ in sent:
            await under_way.acquire()
        found = await client.post(PATH, content=content, headers=KIND)
        goes_on.set()
        return [found.status_code, *[(await task).status_code for task in waiting]]

    assert taking.visit(scenario) == [503, 200, 200, 200, 200]


def test_a_real_trial_in_a_process_of_its_own(taking: World, content: bytes) -> None:
    adding = replace(taking.ports.adding, probe=ProcessProbe())
    world = replace(taking, ports=replace(taking.ports, adding=adding))
    assert upload(world, content).json()["stage"] == "candidate"
