"""Stored markets are predicted by name: from memory, yet never older than is promised."""

import asyncio
import json
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest
from tests.steady import TOLD_FEATURES, telling_bundle

from bellwether.adapters import FolderBarStore, MemoryBarStore, MemoryJournal
from bellwether.answering import ThreadAnswerer
from bellwether.bars import Bars, BarsImport, RowRefusal, assess
from bellwether.clock import FixedClock
from bellwether.http import make_app
from bellwether.http._answers import Answers
from bellwether.http._data_types import SymbolsAnswer
from bellwether.http._markets import Markets
from bellwether.http._metrics import Metrics
from bellwether.http._types import PredictionAnswer
from bellwether.registry import Bundle
from bellwether.service import (
    BarStoreUnavailable,
    EntryFilter,
    Prediction,
    Question,
    Snapshot,
    import_bars,
)

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
PATH = "/v1/predict/WORLD"
LONG, SHORT = 1e6, 1e-6


class MovableClock:
    """A clock that a test puts forward."""

    def __init__(self, at: np.datetime64) -> None:
        self.at = at

    def now(self) -> np.datetime64:
        return self.at


class CountingAnswerer(ThreadAnswerer):
    """Counts the questions that reach it, and lets a test hold them back."""

    def __init__(self, world: World) -> None:
        super().__init__(world.ports.predict, world.options.predict, 20.0)
        self.n_asked = 0
        self.gate: asyncio.Event | None = None

    async def answer(self, question: Question) -> Prediction:
        self.n_asked += 1
        if self.gate is not None:
            await self.gate.wait()
        return await super().answer(question)

    async def answer_many(self, questions: Sequence[Question]) -> Sequence[Prediction]:
        self.n_asked += len(questions)
        return await super().answer_many(questions)


class FaultyStore(MemoryBarStore):
    """A store that fails, hangs or has forgotten everything, as a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: Exception | None = None
        self.hangs: threading.Event | None = None

    def latest(self, symbol: str, interval: str) -> Snapshot:
        if self.hangs is not None:
            self.hangs.wait(20.0)
        if self.fault is not None:
            raise self.fault
        return super().latest(symbol, interval)


def keep(world: World, bars: Bars, *refusals: RowRefusal, store: Any = None) -> Snapshot:
    quality = replace(assess(bars, world.calendar), refusals=refusals)
    imported = BarsImport(bars=bars, quality=quality, calendar=world.calendar, source_digest="s")
    return import_bars(
        imported, store=store or world.ports.bars, clock=world.ports.predict.clock, source="x"
    ).snapshot


def with_ports(world: World, **ports: object) -> Any:
    return replace(world, ports=replace(world.ports, **ports))


def run(world: World, scenario: Callable[[httpx.AsyncClient], Any]) -> Any:
    """Run a scenario on an app that is started and ended as a server does it."""

    async def live() -> Any:
        app = make_app(world.ports, world.options)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            return await scenario(client)

    return asyncio.run(live())


@pytest.mark.parametrize("n_models", [0, 1])
def test_a_stored_market_is_answered_on_as_its_bars_are(
    world: World, make_model: MakeModel, n_models: int
) -> None:
    world.promote(*[make_model()] * n_models)
    found = world.ask("GET", PATH)
    assert found.status_code == 200
    msgspec.json.decode(found.content, type=PredictionAnswer)
    assert found.json() == world.predict(calendar="world")
    assert found.headers["content-type"] == "application/json"
    assert found.headers["x-bellwether-journalled"] == "true"


def test_an_unknown_symbol_is_a_problem_that_names_the_nearest_and_the_way_in(
    world: World,
) -> None:
    found = world.ask("GET", "/v1/predict/WORLDS")
    assert found.status_code == 404
    problem = found.json()
    assert problem["type"] == "urn:bellwether:problem:unknown-symbol"
    assert "did you mean WORLD?" in problem["hint"]
    assert "POST /v1/data/import" in problem["hint"]
    other = world.ask("GET", f"{PATH}?interval=1h").json()
    assert "1d" in other["hint"]


@pytest.mark.parametrize("symbol", ["EUR/USD", "BTC:USDT", "a b", "..%2Fx", "株", "batch", "."])
def test_a_symbol_may_hold_any_letter(world: World, symbol: str) -> None:
    keep(world, replace(world.bars, symbol=symbol))
    quoted = httpx.URL("http://localhost/v1/predict/").join(
        f"/v1/predict/{symbol.replace('%', '%25').replace('/', '%2F').replace('.', '%2E')}"
    )
    found = world.ask("GET", str(quoted))
    assert found.status_code == 200, found.text
    assert found.json()["symbol"] == symbol


def test_a_slash_may_stand_as_it_is(world: World) -> None:
    keep(world, replace(world.bars, symbol="EUR/USD"))
    assert world.ask("GET", "/v1/predict/EUR/USD").json()["symbol"] == "EUR/USD"


@pytest.mark.parametrize(
    "query",
    ["interval=1x", "interval=", "horizon_bars=0", "horizon_bars=61", "horizon_bars=x", "a=1"],
)
def test_a_query_out_of_range_is_refused(world: World, query: str) -> None:
    assert world.ask("GET", f"{PATH}?{query}").status_code == 422


def test_interval_and_horizon_are_what_was_asked(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    answer = world.ask("GET", f"{PATH}?interval=1d&horizon_bars=5").json()
    assert (answer["horizon_bars"], answer["rung"]) == (5, "rules")


def test_only_get_and_head_are_answered(world: World) -> None:
    assert world.ask("POST", PATH).status_code == 405
    assert world.ask("HEAD", PATH).status_code == 200


def test_an_answer_that_is_known_is_not_sent_again(world: World) -> None:
    async def scenario(client: httpx.AsyncClient) -> None:
        first = await client.get(PATH)
        known = {"if-none-match": f'"other", {first.headers["etag"]}'}
        again = await client.get(PATH, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == "private, no-cache"
        other = await client.get(PATH, headers={"if-none-match": '"other"'})
        assert other.status_code == 200

    run(world, scenario)


def test_many_who_ask_at_once_wait_for_one_computation(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    answerer = CountingAnswerer(world)
    world = with_ports(world.with_options(symbol_seconds=LONG), answerer=answerer)

    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        answerer.gate = asyncio.Event()
        asking = [asyncio.create_task(client.get(PATH)) for _ in range(40)]
        while not answerer.n_asked:
            await asyncio.sleep(0)
        answerer.gate.set()
        return [*await asyncio.gather(*asking), await client.get(PATH)]

    found = run(world, scenario)
    assert answerer.n_asked == 1
    assert {one.status_code for one in found} == {200}
    assert len({one.content for one in found}) == 1


def test_who_gives_up_waiting_takes_nothing_from_the_others(world: World) -> None:
    answerer = CountingAnswerer(world)
    world = with_ports(world.with_options(symbol_seconds=LONG), answerer=answerer)

    async def scenario(client: httpx.AsyncClient) -> httpx.Response:
        answerer.gate = asyncio.Event()
        first, second = (asyncio.create_task(client.get(PATH)) for _ in range(2))
        while not answerer.n_asked:
            await asyncio.sleep(0)
        first.cancel()
        answerer.gate.set()
        return await second

    assert run(world, scenario).status_code == 200
    assert answerer.n_asked == 1


def test_an_answer_is_written_down_once_and_its_repeats_are_counted(world: World) -> None:
    journal = MemoryJournal()
    world = with_ports(world.with_options(symbol_seconds=LONG), journal=journal)

    async def scenario(client: httpx.AsyncClient) -> None:
        for _ in range(7):
            assert (await client.get(PATH)).headers["x-bellwether-journalled"] == "true"
        body = {"symbols": ["WORLD", "WORLD"]}
        await client.post("/v1/predict/symbols", json=body)

    run(world, scenario)
    [entry] = journal.entries(EntryFilter(symbol="WORLD")).entries
    assert entry.n_served == 9


def test_an_answer_computed_anew_is_not_written_down_again(world: World) -> None:
    journal = MemoryJournal()
    world = with_ports(world.with_options(symbol_seconds=SHORT), journal=journal)

    async def scenario(client: httpx.AsyncClient) -> None:
        for _ in range(5):
            await client.get(PATH)

    run(world, scenario)
    [entry] = journal.entries(EntryFilter(symbol="WORLD")).entries
    assert entry.n_served == 5


def test_answers_are_counted_whether_from_memory_or_not(world: World) -> None:
    world = world.with_options(symbol_seconds=LONG)

    async def scenario(client: httpx.AsyncClient) -> Any:
        for _ in range(6):
            await client.get(PATH)
        return (await client.get("/v1/status")).json()

    assert run(world, scenario)["answers_by_source"] == {"rules": 6}


def test_a_promotion_and_a_rollback_show_at_once_where_they_were_asked_for(
    world: World, make_model: MakeModel
) -> None:
    world.register(make_model())
    world = world.with_options(symbol_seconds=LONG)

    async def scenario(client: httpx.AsyncClient) -> list[str]:
        told = [(await client.get(PATH)).json()["rung"]]
        promoted = await client.post("/v1/models/champion/promote", json={})
        assert promoted.status_code == 200, promoted.text
        told.append((await client.get(PATH)).json()["rung"])
        await client.post("/v1/markets/world/rollback", json={})
        told.append((await client.get(PATH)).json()["rung"])
        return told

    assert run(world, scenario) == ["rules", "champion", "rules"]


def test_what_changed_elsewhere_shows_once_the_answer_is_old(
    world: World, make_model: MakeModel
) -> None:
    keep(world, replace(world.bars[:-1], symbol="OTHER"))
    clock = MovableClock(world.now)
    world = world.with_predict(clock=clock).with_options(symbol_seconds=SHORT)

    async def scenario(client: httpx.AsyncClient) -> None:
        before = (await client.get("/v1/predict/OTHER")).json()
        keep(world, replace(world.bars, symbol="OTHER"))
        after = (await client.get("/v1/predict/OTHER")).json()
        assert before["as_of"] < after["as_of"]
        assert (await client.get(PATH)).json()["rung"] == "rules"
        world.promote(make_model())
        assert (await client.get(PATH)).json()["rung"] == "champion"
        clock.at += np.timedelta64(20, "D")
        assert (await client.get(PATH)).json()["fallback_reason"] == "expired_data"

    run(world, scenario)


def test_an_answer_that_grows_old_is_computed_anew_while_it_is_served(world: World) -> None:
    answerer = CountingAnswerer(world)
    options = world.with_options(symbol_seconds=LONG).options

    async def scenario() -> None:
        answers = Answers(
            markets=Markets(world.ports.bars, 10, 20.0),
            answerer=answerer,
            keeper=None,
            clock=world.ports.predict.clock,
            options=options,
            metrics=Metrics(),
        )
        held = await answers.get(("WORLD", "1d", 1, False))
        held.renews_at = -math.inf
        answerer.gate = asyncio.Event()
        for _ in range(3):
            assert await answers.get(("WORLD", "1d", 1, False)) is held
        while held.task is None:
            assert await answers.get(("WORLD", "1d", 1, False)) is held
            await asyncio.sleep(0)
        answerer.gate.set()
        await held.task
        assert answerer.n_asked == 2
        answers.close()

    asyncio.run(scenario())


def test_a_row_refused_behind_the_last_bar_gives_hold(world: World) -> None:
    row = RowRefusal(line=8, reason="no close", text="", at=world.now)
    keep(world, world.bars[:-1], row)
    answer = world.ask("GET", PATH).json()
    assert (answer["rung"], answer["fallback_reason"]) == ("hold", "data_contract_broken")


def test_a_store_that_fails_gives_hold_with_its_reason_and_recovers(world: World) -> None:
    store = FaultyStore()
    keep(world, world.bars, store=store)
    store.fault = BarStoreUnavailable("/secret", "Input/output error")
    world = with_ports(world.with_options(symbol_seconds=SHORT), bars=store)

    async def scenario(client: httpx.AsyncClient) -> None:
        found = await client.get(PATH)
        answer = found.json()
        msgspec.json.decode(found.content, type=PredictionAnswer)
        assert (answer["rung"], answer["fallback_reason"]) == ("hold", "bars_unavailable")
        assert "secret" not in found.text
        status = (await client.get("/v1/status")).json()
        assert status["last_error"]["reason"] == "bars_unavailable"
        store.fault = None
        assert (await client.get(PATH)).json()["rung"] == "rules"

    run(world, scenario)


def test_bars_in_memory_are_answered_on_and_labelled_while_the_store_fails(
    world: World, make_model: MakeModel
) -> None:
    world.promote(make_model())
    store = FaultyStore()
    keep(world, world.bars, store=store)
    world = with_ports(world.with_options(symbol_seconds=SHORT), bars=store)

    async def scenario(client: httpx.AsyncClient) -> None:
        sound = (await client.get(PATH)).json()
        store.fault = BarStoreUnavailable("/secret", "Input/output error")
        labelled = (await client.get(PATH)).json()
        assert (labelled["rung"], labelled["as_of"]) == ("champion", sound["as_of"])
        assert labelled["fallback_reason"] == "bars_unavailable"
        store.fault = None
        assert (await client.get(PATH)).json() == sound

    run(world, scenario)


def test_a_store_that_hangs_does_not_keep_the_answer(world: World) -> None:
    store = FaultyStore()
    keep(world, world.bars, store=store)
    world = world.with_options(symbol_seconds=SHORT, time_budget_seconds=0.4)
    world = with_ports(world, bars=store)

    async def scenario(client: httpx.AsyncClient) -> None:
        assert (await client.get(PATH)).json()["rung"] == "rules"
        store.hangs = threading.Event()
        late = (await client.get(PATH)).json()
        assert late["steps"][-1]["reason"] == "bars_unavailable"
        store.hangs.set()

    run(world, scenario)


def test_only_so_many_markets_are_held_and_unknown_ones_push_none_out(world: World) -> None:
    answerer = CountingAnswerer(world)
    for name in ("A", "B", "C"):
        keep(world, replace(world.bars, symbol=name))
    world = world.with_options(symbol_seconds=LONG, symbols_in_memory=2)
    world = with_ports(world, answerer=answerer)

    async def scenario(client: httpx.AsyncClient) -> None:
        for name in ("A", "B", *(f"no {n}" for n in range(5)), "A", "B"):
            await client.get(f"/v1/predict/{name}")
        assert answerer.n_asked == 2
        for name in ("C", "B", "A"):
            await client.get(f"/v1/predict/{name}")
        assert answerer.n_asked == 4

    run(world, scenario)


def test_several_are_answered_in_order_and_what_is_not_stored_is_named(world: World) -> None:
    body = {"symbols": ["WORLD", "NOBODY", "SP500", "WORLD"]}
    found = world.ask("POST", "/v1/predict/symbols", json=body)
    assert found.status_code == 200
    msgspec.json.decode(found.content, type=SymbolsAnswer)
    told = found.json()
    names = [one and one["symbol"] for one in told["answers"]]
    assert names == ["WORLD", None, "SP500", "WORLD"]
    [unanswered] = told["unanswered"]
    assert (unanswered["place"], unanswered["symbol"]) == (1, "NOBODY")
    assert "bellwether import FILE" in unanswered["hint"]
    assert told["answers"][0] == world.ask("GET", PATH).json()
    assert found.headers["x-bellwether-journalled"] == "true"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"symbols": []}, 422),
        ({"symbols": ["A"] * 11}, 422),
        ({"symbols": ["A"], "horizon_bars": 99}, 422),
        ({"symbols": ["A"], "interval": "x"}, 422),
        ({"symbols": "A"}, 422),
        ({}, 422),
    ],
)
def test_a_batch_that_cannot_be_is_refused(world: World, body: object, status: int) -> None:
    small = world.with_options(batch_symbols=10)
    found = small.ask("POST", "/v1/predict/symbols", json=body)
    assert found.status_code in (status, 413)


def test_without_a_store_there_are_no_such_routes(world: World) -> None:
    bare = with_ports(world, bars=None)
    assert bare.ask("GET", PATH).status_code in (404, 405)
    paths = bare.ask("GET", "/v1/openapi.json").json()["paths"]
    of_symbols = {path for path in paths if "/data/" in path or "{symbol}" in path}
    # Who serves a symbol is the registry's to say.
    assert of_symbols == {"/v1/serving/{symbol}"}


def test_an_answer_never_rests_on_two_snapshots(world: World) -> None:
    world = world.with_options(symbol_seconds=SHORT)
    known = {
        json.dumps(keep(world, replace(world.bars[:n], symbol="T")).n_bars): n for n in (299, 300)
    }
    assert len(known) == 2

    async def scenario(client: httpx.AsyncClient) -> set[tuple[str, float]]:
        found = set()
        for turn in range(12):
            keep(world, replace(world.bars[: 299 + turn % 2], symbol="T"))
            answers = await asyncio.gather(*(client.get("/v1/predict/T") for _ in range(5)))
            found |= {(one.json()["as_of"], one.json()["price"]) for one in answers}
        return found

    wanted = {
        (f"{np.datetime_as_string(world.bars.closed_at[n - 1], 's')}Z", world.bars.close[n - 1])
        for n in (299, 300)
    }
    assert run(world, scenario) == wanted


def test_a_clock_that_stands_still_is_no_trouble(world: World) -> None:
    assert isinstance(world.ports.predict.clock, FixedClock)
    assert world.ask("GET", PATH).status_code == 200


SERVING = """
import asyncio, sys
from pathlib import Path
import httpx
import numpy as np
from bellwether.adapters import FolderBarStore, ProcessBarsReader
from bellwether.clock import FixedClock
from bellwether.http import FixedCalendars, HttpPorts, make_app
from bellwether.registry import Serving, make_rules_bundle, open_bundle, pack_bundle
from bellwether.service import PredictPorts

class Nobody:
    def serving_symbol(self, *_): return Serving()
    def records(self): return ()
    def load(self, *_): return rules
    def path(self, _): return Path("none")

rules = open_bundle(pack_bundle(make_rules_bundle()), "rules")
nobody, clock = Nobody(), FixedClock(np.datetime64(sys.argv[2]))
ports = HttpPorts(
    predict=PredictPorts(registry=nobody, bundles=nobody, rules=nobody, clock=clock),
    files=nobody, calendars=FixedCalendars(), bars=FolderBarStore(Path(sys.argv[1])),
    reader=ProcessBarsReader(),
)

async def ask():
    transport = httpx.ASGITransport(app=make_app(ports))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        found = await client.get("/v1/predict/WORLD")
        assert (found.status_code, found.json()["rung"]) == (200, "rules"), found.text

asyncio.run(ask())
print(*[name for name in ("polars", "pandas", "exchange_calendars", "numba", "torch")
        if name in sys.modules])
"""


def test_stored_markets_are_served_without_table_and_calendar_libraries(
    world: World, tmp_path: Any
) -> None:
    keep(world, world.bars, store=FolderBarStore(tmp_path / "bars"))
    command = [sys.executable, "-c", SERVING, str(tmp_path / "bars"), str(world.now)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == []


def test_whoever_asks_why_is_told_and_the_journal_keeps_the_plain_answer(world: World) -> None:
    world.promote(telling_bundle())
    plain = world.ask("GET", PATH).json()
    told = world.ask("GET", f"{PATH}?why=true").json()
    msgspec.json.decode(json.dumps(told), type=PredictionAnswer)
    assert {one["feature"] for one in told["contributions"]} == set(TOLD_FEATURES)
    explanation = told.pop("explanation")
    total = sum(one["amount"] for one in told["contributions"])
    assert explanation["baseline"] + total == pytest.approx(told["probability_up"], abs=1e-12)
    assert {**told, "contributions": []} == plain
    kept = world.ask("GET", f"/v1/predictions/{plain['prediction_id']}").json()["prediction"]
    assert "explanation" not in kept
    assert kept["contributions"] == []
    assert world.ask("GET", f"{PATH}?why=false").json() == plain
    assert world.ask("GET", f"{PATH}?why=maybe").status_code == 422


def test_several_may_be_asked_about_with_why(world: World) -> None:
    world.promote(telling_bundle())
    body = {"symbols": ["WORLD", "NOBODY", "SP500"]}
    plain = world.ask("POST", "/v1/predict/symbols", json=body).json()
    found = world.ask("POST", "/v1/predict/symbols", json={**body, "why": True})
    msgspec.json.decode(found.content, type=SymbolsAnswer)
    told = found.json()
    assert told["answers"][1] is None
    assert told["answers"][0] == world.ask("GET", f"{PATH}?why=true").json()
    assert len(told["answers"][0]["contributions"]) == len(TOLD_FEATURES)
    without = [one and _without_why(one) for one in told["answers"]]
    assert without == plain["answers"]


def _without_why(answer: dict[str, object]) -> dict[str, object]:
    return {**{name: answer[name] for name in answer if name != "explanation"}, "contributions": []}
