"""What was answered is found again over HTTP, settled, computed again and held to its chain."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest

from bellwether.adapters import MemoryJournal
from bellwether.bars import COLUMNS, Bars
from bellwether.http import READING, AccessOptions
from bellwether.http._journal_types import (
    EntriesAnswer,
    EntryAnswer,
    HeadAnswer,
    ReplayAnswer,
    SettleAnswer,
    VerifyAnswer,
)
from bellwether.registry import Bundle
from bellwether.service import (
    JournalHead,
    JournalTampered,
    JournalUnavailable,
    Settlement,
    SettlementOutcome,
)

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
N_SHORT = 200


def columns(bars: Bars) -> dict[str, Any]:
    told = {name: getattr(bars, name).tolist() for name in COLUMNS}
    times = [f"{instant}Z" for instant in bars.closed_at]
    return {"symbol": bars.symbol, "interval": bars.interval, "closed_at": times, **told}


def earlier(world: World, n_bars: int = N_SHORT) -> Any:
    """Return the world as it was when it had fewer bars, with the same journal."""
    bars = world.bars[:n_bars]
    now = bars.closed_at[-1] + np.timedelta64(1, "h")
    clock = type(world.ports.predict.clock)(now)
    return replace(world.with_predict(clock=clock), bars=bars, now=now)


def problem_type(found: httpx.Response, status: int) -> str:
    assert found.status_code == status, found.text
    assert found.headers["content-type"] == "application/problem+json"
    kind: str = found.json()["type"].rpartition(":")[2]
    return kind


def test_answers_are_listed_the_latest_first_and_a_page_at_a_time(world: World) -> None:
    ids = [world.predict(horizon_bars=n)["prediction_id"] for n in (1, 2, 3)]
    listed: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    for _ in range(2):
        found = world.ask("GET", "/v1/predictions", params=query)
        page = msgspec.json.decode(found.content, type=EntriesAnswer)
        listed += [entry.prediction.prediction_id for entry in page.predictions]
        query["cursor"] = str(page.next_cursor)
    assert listed == ids[::-1]
    assert query["cursor"] == "None"
    oldest = world.ask("GET", "/v1/predictions", params={"order": "oldest"}).json()
    assert [one["prediction"]["prediction_id"] for one in oldest["predictions"]] == ids


@pytest.mark.parametrize(
    ("query", "n_found"),
    [
        ({"symbol": "WORLD"}, 2),
        ({"symbol": "NOBODY"}, 0),
        ({"interval": "1d", "horizon_bars": "2"}, 1),
        ({"source": "rules", "rung": "rules", "reason": "no_model_promoted"}, 2),
        ({"source": "model"}, 0),
        ({"settled": "pending"}, 2),
        ({"settled": "hit"}, 0),
        ({"as_of_from": "2000-01-01", "as_of_to": "2100-01-01T00:00:00Z"}, 2),
        ({"as_of_from": "2100-01-01"}, 0),
    ],
)
def test_answers_are_found_by_what_they_say(
    world: World, query: dict[str, str], n_found: int
) -> None:
    for horizon in (1, 2):
        world.predict(horizon_bars=horizon)
    found = world.ask("GET", "/v1/predictions", params=query)
    assert len(found.json()["predictions"]) == n_found, found.text


def test_a_date_means_the_whole_day(world: World) -> None:
    day = world.predict()["as_of"][:10]
    for query in ({"as_of_from": day}, {"as_of_to": day}, {"as_of_from": day, "as_of_to": day}):
        assert len(world.ask("GET", "/v1/predictions", params=query).json()["predictions"]) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "1001"},
        {"cursor": "x"},
        {"cursor": "-1"},
        {"cursor": "9" * 30},
        {"horizon_bars": "61"},
        {"direction": "UP"},
        {"reason": "none"},
        {"settled": "true"},
        {"as_of_from": "yesterday"},
        {"as_of_to": "2018-13-01"},
        {"symbol": ""},
        {"symbol": "A" * 65},
        {"symbl": "A"},
    ],
)
def test_a_query_that_cannot_be_is_422(world: World, query: dict[str, str]) -> None:
    found = world.ask("GET", "/v1/predictions", params=query)
    assert problem_type(found, 422) == "query-unreadable"


def test_one_answer_is_shown_with_its_place_in_the_chain(world: World) -> None:
    told = [world.predict() for _ in range(2)][-1]
    found = world.ask("GET", f"/v1/predictions/{told['prediction_id']}")
    entry = msgspec.json.decode(found.content, type=EntryAnswer)
    assert found.json()["prediction"] == told
    assert (entry.number, entry.n_served, entry.settlement) == (1, 2, None)
    head = msgspec.json.decode(world.ask("GET", "/v1/journal/head").content, type=HeadAnswer)
    assert (head.number, head.digest) == (entry.number, entry.digest)
    assert head.head == f"{entry.number}:{entry.digest}"


@pytest.mark.parametrize("rest", ["", "/replay"])
def test_an_answer_that_was_never_given_is_404(world: World, rest: str) -> None:
    method = "POST" if rest else "GET"
    request: dict[str, Any] = {"json": {}} if rest else {}
    found = world.ask(method, f"/v1/predictions/feed{rest}", **request)
    assert problem_type(found, 404) == "unknown-prediction"


def test_an_answer_is_computed_again_from_the_bars_sent_back(
    world: World, make_model: MakeModel
) -> None:
    world.ports = replace(world.ports, bars=None)
    rules = world.predict()
    world.promote(make_model())
    model = world.predict()
    assert model["source"]["kind"] == "model"
    for told in (rules, model):
        path = f"/v1/predictions/{told['prediction_id']}/replay"
        bare = msgspec.json.decode(world.ask("POST", path, json={}).content, type=ReplayAnswer)
        assert (bare.outcome.value, bare.again) == ("needs the bars back", None)
        body = {"bars": columns(world.bars)}
        found = world.ask("POST", path, json=body).json()
        assert (found["outcome"], found["then"], found["again"]) == ("identical", told, told)


def test_an_answer_is_computed_again_from_stored_bars(world: World) -> None:
    told = world.ask("GET", "/v1/predict/WORLD").json()
    path = f"/v1/predictions/{told['prediction_id']}/replay"
    assert world.ask("POST", path, json={}).json()["outcome"] == "identical"


def test_other_bars_are_not_taken_for_those_of_the_answer(world: World) -> None:
    world.ports = replace(world.ports, bars=None)
    told = world.predict()
    body = {"bars": columns(world.bars[:-1])}
    path = f"/v1/predictions/{told['prediction_id']}/replay"
    assert world.ask("POST", path, json=body).json()["outcome"] == "needs the bars back"


def test_bars_that_break_the_contract_are_not_computed_on(world: World) -> None:
    told = world.predict()
    broken = columns(world.bars)
    broken["high"][3] = None
    path = f"/v1/predictions/{told['prediction_id']}/replay"
    found = world.ask("POST", path, json={"bars": broken})
    assert problem_type(found, 422) == "bars-contract-broken"


def test_answers_are_settled_once_their_horizon_has_closed(world: World) -> None:
    told = [earlier(world).predict(horizon_bars=n) for n in (1, 2)]
    waiting = world.predict()
    found = world.ask("POST", "/v1/settle", json={"bars": columns(world.bars)})
    done = msgspec.json.decode(found.content, type=SettleAnswer)
    assert [one.prediction_id for one in done.settled] == [one["prediction_id"] for one in told]
    assert (done.n_waiting, done.n_unmatched) == (1, 0)
    again = world.ask("POST", "/v1/settle", json={"bars": columns(world.bars)}).json()
    assert again == {
        "settled": [],
        "n_waiting": 1,
        "n_unmatched": 0,
        "n_late": 0,
        "revised": [],
    }
    pending = world.ask("GET", "/v1/predictions", params={"settled": "pending"}).json()
    [entry] = pending["predictions"]
    assert entry["prediction"] == waiting
    shown = world.ask("GET", f"/v1/predictions/{told[0]['prediction_id']}").json()
    assert shown["settlement"]["outcome"] in {"hit", "miss", "neither"}
    by_outcome = {"settled": shown["settlement"]["outcome"]}
    assert world.ask("GET", "/v1/predictions", params=by_outcome).json()["predictions"]


def test_an_answer_that_was_given_up_is_void_and_has_no_return(world: World) -> None:
    told = earlier(world).predict()
    given_up = Settlement(
        prediction_id=told["prediction_id"],
        closes_at=world.bars.closed_at[-1],
        realized_return=None,
        outcome=SettlementOutcome.VOID,
        settled_at=world.bars.closed_at[-1],
    )
    world.ports.journal.settle([given_up])
    found = world.ask("GET", "/v1/predictions", params={"settled": "void"})
    [entry] = msgspec.json.decode(found.content, type=EntriesAnswer).predictions
    assert entry.settlement is not None
    assert (entry.settlement.outcome, entry.settlement.realized_return) == ("void", None)


def test_nothing_is_settled_for_those_who_may_only_read(world: World) -> None:
    closed = world.with_options(access=AccessOptions(local=READING))
    found = closed.ask("POST", "/v1/settle", json={"bars": columns(world.bars)})
    assert problem_type(found, 401) == "key-missing"


def test_answers_are_settled_by_stored_bars(world: World) -> None:
    told = earlier(world).predict()
    found = world.ask("POST", "/v1/settle", json={"symbol": "WORLD"}).json()
    assert [one["prediction_id"] for one in found["settled"]] == [told["prediction_id"]]
    unknown = world.ask("POST", "/v1/settle", json={"symbol": "NOBODY"})
    assert problem_type(unknown, 404) == "unknown-symbol"


def test_what_is_to_be_settled_by_must_be_one_thing(world: World) -> None:
    both = {"symbol": "WORLD", "bars": columns(world.bars)}
    bare = replace(world, ports=replace(world.ports, bars=None))
    for asked, body in ((world, both), (world, {}), (bare, {"symbol": "WORLD"})):
        found = asked.ask("POST", "/v1/settle", json=body)
        assert problem_type(found, 422) == "body-misshapen"


class Tampered(MemoryJournal):
    """A journal whose third record somebody changed."""

    def verify(self, head: JournalHead | None = None) -> JournalHead:  # noqa: ARG002
        raise JournalTampered("memory", 3, "another digest")


class Slow(MemoryJournal):
    """A journal whose check ends when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = threading.Event()
        self.n_checks = 0

    def verify(self, head: JournalHead | None = None) -> JournalHead:
        self.n_checks += 1
        self.may_end.wait(20)
        return super().verify(head)


class Closed(MemoryJournal):
    """A journal that cannot be read."""

    def verify(self, head: JournalHead | None = None) -> JournalHead:  # noqa: ARG002
        raise JournalUnavailable("memory", "gone")


def with_journal(world: World, journal: MemoryJournal) -> Any:
    return replace(world, ports=replace(world.ports, journal=journal))


def test_a_sound_chain_is_said_to_be_sound(world: World) -> None:
    before = world.ask("GET", "/v1/journal/head").json()["head"]
    world.predict()
    found = world.ask("POST", "/v1/journal/verify", json={"head": before})
    checked = msgspec.json.decode(found.content, type=VerifyAnswer)
    assert (checked.sound, checked.fault) == (True, None)
    assert checked.head == world.ask("GET", "/v1/journal/head").json()["head"]


def test_a_head_that_was_never_that_of_this_chain_is_noticed(world: World) -> None:
    world.predict()
    found = world.ask("POST", "/v1/journal/verify", json={"head": f"1:{'0' * 64}"}).json()
    assert (found["sound"], found["head"], found["first_wrong"]) == (False, None, 1)


def test_a_broken_chain_is_an_answer_that_names_the_record(world: World) -> None:
    found = with_journal(world, Tampered()).ask("POST", "/v1/journal/verify", json={}).json()
    assert (found["sound"], found["first_wrong"]) == (False, 3)
    assert found["fault"] == "another digest at record 3"


def test_a_journal_that_cannot_be_read_is_503(world: World) -> None:
    found = with_journal(world, Closed()).ask("POST", "/v1/journal/verify", json={})
    assert problem_type(found, 503) == "journal-unavailable"


def test_a_check_that_takes_long_goes_on_and_is_asked_for_again(world: World) -> None:
    journal = Slow()
    slow = with_journal(world.with_options(check_seconds=0.05), journal)

    async def scenario(client: httpx.AsyncClient) -> None:
        late = await client.post("/v1/journal/verify", json={})
        assert problem_type(late, 503) == "check-underway"
        assert late.headers["retry-after"]
        other = await client.post("/v1/journal/verify", json={"head": f"0:{'0' * 64}"})
        assert problem_type(other, 503) == "check-underway"
        journal.may_end.set()
        found = late
        for _ in range(200):
            if found.status_code == 200:
                break
            await asyncio.sleep(0.01)
            found = await client.post("/v1/journal/verify", json={})
        assert found.json()["sound"] is True
        assert journal.n_checks == 1
        assert (await client.post("/v1/journal/verify", json={})).status_code == 200
        assert journal.n_checks == 2

    slow.visit(scenario)


def test_a_service_without_a_journal_has_no_such_routes(world: World) -> None:
    bare = replace(world, ports=replace(world.ports, journal=None))
    assert problem_type(bare.ask("GET", "/v1/predictions"), 404) == "not-found"
