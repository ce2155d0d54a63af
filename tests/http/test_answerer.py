import asyncio
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bellwether.adapters import SqlRegistry
from bellwether.answering import ThreadAnswerer
from bellwether.http import HttpOptions
from bellwether.registry import Bundle, LoadedBundle, ModelRecord
from bellwether.service import BundleStore, FallbackReason, Question

pytestmark = pytest.mark.timeout(60)
MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
LATE = FallbackReason.TIME_BUDGET_EXCEEDED


class HangingBundles:
    """A store whose bundles are not there until somebody lets go."""

    def __init__(self, inner: BundleStore) -> None:
        self._inner = inner
        self.let_go = threading.Event()
        self.n_loads = 0

    def put(self, bundle: Bundle) -> str:
        return self._inner.put(bundle)

    def load(self, record: ModelRecord) -> LoadedBundle:
        self.n_loads += 1
        assert self.let_go.wait(60)
        return self._inner.load(record)


class HangingRules:
    """Rules that are not there until somebody lets go."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.let_go = threading.Event()

    def load(self) -> LoadedBundle:
        assert self.let_go.wait(60)
        loaded: LoadedBundle = self._inner.load()
        return loaded


async def ask(client: httpx.AsyncClient, world: World) -> dict[str, Any]:
    found = await client.post("/v1/predict", json=world.body())
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


def test_rules_answer_for_a_model_that_hangs_and_the_model_comes_back(
    world: World, make_model: MakeModel
) -> None:
    world.promote(make_model())
    bundles = HangingBundles(world.ports.predict.bundles)
    hung = world.with_predict(bundles=bundles).with_options(time_budget_seconds=0.5)

    async def scenario(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        late = [await ask(client, world)]
        late += await asyncio.gather(*(ask(client, world) for _ in range(5)))
        assert bundles.n_loads == 1  # nobody waits behind the one that hangs
        bundles.let_go.set()
        while (answer := await ask(client, world))["rung"] != "champion":
            assert answer["fallback_reason"] == LATE
        return late

    for answer in hung.visit(scenario):
        assert (answer["rung"], answer["fallback_reason"]) == ("rules", LATE)
        assert answer["steps"][0]["reason"] == LATE
        assert "not ready within its time budget" in answer["reasons"][0]
        assert answer["probability_up"] is not None


def test_where_the_rules_hang_as_well_the_answer_is_hold(
    world: World, make_model: MakeModel
) -> None:
    rules = HangingRules(world.ports.predict.rules)
    hung = world.with_predict(rules=rules).with_options(time_budget_seconds=0.05)

    async def scenario(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        answers = [await ask(client, world) for _ in range(3)]
        rules.let_go.set()
        return answers

    for answer in hung.visit(scenario):
        assert (answer["direction"], answer["rung"]) == ("HOLD", "hold")
        assert (answer["fallback_reason"], answer["confidence"]) == (LATE, 0.0)
        assert answer["as_of"] is not None


def test_bars_at_fault_keep_their_own_reason_when_the_models_are_late(
    world: World, make_model: MakeModel
) -> None:
    world.promote(make_model())
    bundles = HangingBundles(world.ports.predict.bundles)
    hung = world.with_predict(bundles=bundles).with_options(time_budget_seconds=0.5)

    async def scenario(client: httpx.AsyncClient) -> dict[str, Any]:
        await ask(client, world)
        short = await client.post("/v1/predict", json=world.body(open=[1.0]))
        bundles.let_go.set()
        answer: dict[str, Any] = short.json()
        return answer

    assert hung.visit(scenario)["fallback_reason"] == "data_contract_broken"


def test_the_answerer_says_that_a_model_hangs(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    bundles = HangingBundles(world.ports.predict.bundles)
    answerer = ThreadAnswerer(
        world.with_predict(bundles=bundles).ports.predict, HttpOptions().predict, 0.05
    )

    async def scenario() -> str | None:
        columns = {
            name: getattr(world.bars, name)
            for name in ("closed_at", "open", "high", "low", "close", "volume")
        }
        question = Question(
            symbol="WORLD", interval="1d", horizon_bars=1, columns=columns, calendar=None
        )
        await answerer.answer(question)
        return answerer.find_trouble()

    assert "not ready after 0.05 s" in (asyncio.run(scenario()) or "")
    bundles.let_go.set()
    answerer.close()


# --- hot swap -----------------------------------------------------------------------------

BY_MODEL = {"first": 0.55, "second": 0.45, "third": 0.61}


@pytest.mark.parametrize("registry", ["memory", "sql"])
def test_a_swap_under_load_gives_no_failed_and_no_mixed_answer(
    world: World, make_model: MakeModel, registry: str
) -> None:
    if registry == "sql":
        place = world.folder / "registry.sqlite"
        world = world.with_predict(registry=SqlRegistry(place, world.ports.predict.clock))
    bundles = {name: make_model(name, probability_up=(p,)) for name, p in BY_MODEL.items()}
    world.promote(bundles["first"])
    world.register(bundles["second"], bundles["third"])
    swaps = (
        ("/v1/models/second/promote", "second"),
        ("/v1/models/third/promote", "third"),
        ("/v1/markets/world/rollback", "second"),
    )

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        done = asyncio.Event()
        found: list[httpx.Response] = []

        async def load() -> None:
            while not done.is_set():
                found.append(await client.post("/v1/predict", json=body))

        clients = [asyncio.create_task(load()) for _ in range(6)]
        for path, serves in swaps:
            before = len(found)
            while len(found) < before + 20:
                assert not any(task.done() for task in clients)
                await asyncio.sleep(0)
            assert (await client.post(path, json={})).status_code == 200
            after = await client.post("/v1/predict", json=body)
            assert after.json()["source"]["model_id"] == serves
        done.set()
        await asyncio.gather(*clients)
        return found

    body = world.body()
    answers = world.visit(scenario)
    assert {one.status_code for one in answers} == {200}
    seen = {
        (told["source"]["model_id"], told["source"]["bundle_digest"], told["probability_up"])
        for told in (one.json() for one in answers)
    }
    assert seen == {(name, bundles[name].digest, p) for name, p in BY_MODEL.items()}
    assert {one.json()["rung"] for one in answers} == {"champion"}
