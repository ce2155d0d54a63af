"""Plans, the gate's own error, the ledger, retraining and settings over HTTP."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bellwether.http._errors import TooBusy
from bellwether.http._evidence_desk import MOST_WAITING, Desk
from bellwether.service import (
    EvidenceQuestion,
    EvidenceTooSlow,
    EvidenceUnavailable,
    JobState,
    JournalUnavailable,
    Scope,
)

World = Any  # the class lives in conftest, which is no module
QUESTIONS = {
    "/v1/plan": EvidenceQuestion.PLAN,
    "/v1/calibration": EvidenceQuestion.CALIBRATION,
    "/v1/ledger": EvidenceQuestion.LEDGER,
    "/v1/ledger/check": EvidenceQuestion.LEDGER_CHECK,
    "/v1/account": EvidenceQuestion.ACCOUNT,
    "/v1/hit-rates": EvidenceQuestion.HIT_RATES,
    "/v1/retraining": EvidenceQuestion.RETRAINING,
}
NO_SUCH_ROUTES = (*QUESTIONS, "/v1/settings", "/v1/outcomes")


class FakeDesk:
    """A desk that notes what it is asked, and says what it is told to."""

    def __init__(self, answer: Mapping[str, Any] | Exception | None = None) -> None:
        self.asked: list[tuple[EvidenceQuestion, dict[str, Any]]] = []
        self.answer = answer or {}
        self.is_open = True

    def ask(self, question: EvidenceQuestion, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Note a question."""
        self.asked.append((question, dict(asked)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"is_known": True, **self.answer}

    def close(self) -> None:
        """Close."""
        self.is_open = False


def with_desk(world: World, desk: FakeDesk) -> World:
    return replace(world, ports=replace(world.ports, evidence=desk))


@pytest.mark.parametrize(("path", "question"), QUESTIONS.items())
def test_each_route_asks_the_desk_its_question(
    world: World, path: str, question: EvidenceQuestion
) -> None:
    desk = FakeDesk()
    assert with_desk(world, desk).ask("GET", path).status_code == 200
    assert [asked for asked, _ in desk.asked] == [question]


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EvidenceUnavailable("an end with code 1"), "evidence-unavailable"),
        (EvidenceTooSlow(60.0), "evidence-too-slow"),
        (JournalUnavailable("the journal", "gone"), "journal-unavailable"),
    ],
)
def test_a_desk_that_cannot_answer_is_a_problem(
    world: World, path: str, error: Exception, kind: str
) -> None:
    found = with_desk(world, FakeDesk(error)).ask("GET", path)
    assert (found.status_code, found.json()["type"].rpartition(":")[2]) == (503, kind)
    assert found.headers["content-type"] == "application/problem+json"


def test_without_desk_settings_and_journal_there_are_no_such_routes(world: World) -> None:
    world.ports = replace(world.ports, evidence=None, settings=None, journal=None)
    for path in NO_SUCH_ROUTES:
        assert world.ask("GET", path).status_code == 404


@pytest.mark.parametrize("path", [*QUESTIONS, "/v1/outcomes"])
def test_a_parameter_that_is_not_known_is_refused(world: World, path: str) -> None:
    found = world.ask("GET", path, params={"nonsense": "1"})
    assert found.status_code == (200 if path == "/v1/calibration" else 422)


@pytest.mark.parametrize(
    "query",
    [
        {"bars": "19"},
        {"bars": "many"},
        {"bars": "100", "symbol": "SP500"},
        {"symbols": "0.5"},
        {"symbols": "nan"},
        {"symbols": "1e999"},
        {"correlation": "-0.1"},
        {"correlation": "1"},
        {"ic": "0"},
        {"cost_bps": "-1"},
        {"persistence": "1"},
        {"horizon_bars": "61"},
        {"volatility": "0"},
        {"years": "101"},
        {"interval": "fortnight"},
        {"ics": ""},
        {"ics": "0.1,"},
        {"ics": "1.5"},
        {"ics": "0.1," * 8 + "0.1"},
        {"ics": "0.1," * 10_000},
        {"symbol": "x" * 65},
    ],
)
def test_a_plan_with_a_number_out_of_its_range_is_refused(
    world: World, query: dict[str, str]
) -> None:
    desk = FakeDesk()
    found = with_desk(world, desk).ask("GET", "/v1/plan", params=query)
    assert (found.status_code, desk.asked) == (422, [])


def test_a_plan_hands_on_what_is_asked_by_the_desks_names(world: World) -> None:
    desk = FakeDesk()
    query = {"bars": "900", "symbols": "20", "correlation": "3e-1", "ics": "0.1,0.02", "years": "5"}
    with_desk(world, desk).ask("GET", "/v1/plan", params=query)
    assert desk.asked[0][1] == {
        "n_bars": 900,
        "n_symbols": 20.0,
        "correlation": 0.3,
        "ics": [0.02, 0.1],
        "years": 5.0,
    }
    with_desk(world, desk).ask("GET", "/v1/plan", params={"symbol": "A/B", "cost_bps": "2"})
    assert desk.asked[1][1] == {"symbol": "A/B", "interval": "1d", "cost_bps": 2.0}


def test_a_plan_is_computed_once_a_day_and_one_of_a_stored_market_whenever_it_is_asked(
    world: World,
) -> None:
    desk = FakeDesk()
    app = with_desk(world, desk).app

    async def scenario(client: httpx.AsyncClient) -> None:
        for _ in range(3):
            await client.get("/v1/plan", params={"bars": "900"})
            await client.get("/v1/plan", params={"bars": "901"})
            await client.get("/v1/plan", params={"symbol": "SP500"})

    world.visit(scenario, app)
    assert [asked.get("n_bars") for _, asked in desk.asked] == [900, 901, None, None, None]


def test_a_real_plan_has_its_curves_and_says_what_it_assumes(world: World) -> None:
    found = world.ask("GET", "/v1/plan", params={"bars": "1260", "ics": "0.05,0.1", "years": "30"})
    plan = found.json()
    assert plan["decisive"] == "single"
    [single] = plan["plans"]
    assert single["n_out_of_sample_bars"] == 882
    assert round(single["powers"][2]["power"], 2) == 0.84
    curves = plan["curves"]
    assert [line["ic"] for line in curves["lines"]] == [0.05, 0.1]
    assert len(curves["years"]) == len(curves["n_bars"]) == len(curves["lines"][0]["power"])
    assert curves["years"][-1] == 30.0


def test_the_ledger_hands_on_its_filters_and_refuses_what_is_none(world: World) -> None:
    desk = FakeDesk()
    asking = with_desk(world, desk)
    query = {"symbol": "SP500", "kind": "look", "limit": "7", "cursor": "12"}
    asking.ask("GET", "/v1/ledger", params=query)
    assert desk.asked[0][1] == {"symbol": "SP500", "kind": "look", "limit": 7, "cursor": 12}
    for wrong in ({"kind": "glance"}, {"limit": "0"}, {"limit": "1001"}, {"cursor": "-1"}):
        assert asking.ask("GET", "/v1/ledger", params=wrong).status_code == 422
    assert len(desk.asked) == 1


def test_the_ledger_of_an_empty_home_is_sound_and_checked_against_any_head(world: World) -> None:
    ledger = world.ask("GET", "/v1/ledger").json()
    assert (ledger["n_entries"], ledger["trials"], ledger["chain"]["is_sound"]) == (0, [], True)
    sound = world.ask("GET", "/v1/ledger/check", params={"head": ledger["head"]}).json()
    assert (sound["is_sound"], sound["findings"]) == (True, [])
    ahead = {"head": "3:" + "0f" * 32}
    cut = world.ask("GET", "/v1/ledger/check", params=ahead).json()
    assert (cut["is_sound"], cut["findings"][0]["fault"]) == (False, "cut")
    assert world.ask("GET", "/v1/ledger/check", params={"head": "x"}).status_code == 400
    assert world.ask("GET", "/v1/ledger/check", params={"head": "1" * 99}).status_code == 422


def test_a_gate_that_was_never_calibrated_says_so_with_an_empty_list(world: World) -> None:
    found = world.ask("GET", "/v1/calibration")
    assert found.json() == {"level": 0.01, "calibrations": []}


def test_retraining_tells_the_jobs_that_are_at_it(world: World) -> None:
    jobs = world.ports.jobs
    for kind in ("train", "retrain", "monitor", "retrain"):
        jobs.submit(kind, {})
    jobs.move("job-00000002", JobState.DONE)
    jobs.move("job-00000003", JobState.RUNNING)
    jobs.tell("job-00000003", 0.4)
    found = world.ask("GET", "/v1/retraining").json()
    assert [one["job_id"] for one in found["jobs"]] == ["job-00000004", "job-00000003"]
    assert found["jobs"][1]["progress"] == {"share": 0.4, "words": "40% done"}
    assert (found["runs"], found["schedule"], found["policy"]["full_days"]) == ([], [], 91.0)
    world.ports = replace(world.ports, jobs=None)
    assert world.ask("GET", "/v1/retraining").json()["jobs"] == []


def test_retraining_refuses_a_page_that_is_none(world: World) -> None:
    for wrong in ({"limit": "501"}, {"cursor": ""}, {"universe": "x" * 65}):
        assert world.ask("GET", "/v1/retraining", params=wrong).status_code == 422


def test_settings_are_shown_to_who_may_change_things_and_hold_no_secret(world: World) -> None:
    found = world.ask("GET", "/v1/settings").json()["settings"]
    assert found[0]["name"] == "home"
    document = world.ask("GET", "/v1/openapi.json").json()
    operation = document["paths"]["/v1/settings"]["get"]
    assert operation["security"][0] == {"key": [Scope.OPERATE.value]}


def test_the_desk_is_let_go_of_with_the_service(world: World) -> None:
    desk = FakeDesk()
    app = with_desk(world, desk).app

    async def live() -> None:
        async with app.router.lifespan_context(app):
            assert desk.is_open

    asyncio.run(live())
    assert not desk.is_open


def test_one_question_at_a_time_is_with_the_desk_and_not_too_many_wait() -> None:
    release, at_once, most = threading.Event(), [], [0]

    class SlowDesk(FakeDesk):
        def ask(self, question: EvidenceQuestion, asked: Mapping[str, Any]) -> Mapping[str, Any]:
            at_once.append((question, asked))
            most[0] = max(most[0], len(at_once))
            release.wait(30)
            at_once.pop()
            return {}

    async def run() -> None:
        desk = Desk(SlowDesk())
        waiting = [
            asyncio.create_task(desk.ask(EvidenceQuestion.LEDGER, {})) for _ in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooBusy):
            await desk.ask(EvidenceQuestion.LEDGER, {})
        release.set()
        await asyncio.gather(*waiting)
        assert await desk.ask(EvidenceQuestion.LEDGER, {}) == {}

    asyncio.run(run())
    assert most == [1]


def test_plans_that_were_asked_long_ago_are_forgotten() -> None:
    asked = FakeDesk()

    async def run() -> None:
        desk = Desk(asked)
        for n_bars in (*range(300), 299, 0):
            await desk.ask_once(EvidenceQuestion.PLAN, {"n_bars": n_bars}, "today")
        await desk.ask_once(EvidenceQuestion.PLAN, {"n_bars": 299}, "tomorrow")

    asyncio.run(run())
    assert len(asked.asked) == 302
