"""Jobs are asked for over HTTP, followed as they go, and stopped."""

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from bellwether.http import READING, AccessOptions, Presence
from bellwether.http import _job_events as job_events
from bellwether.http import _job_routes as job_routes
from bellwether.http._job_types import JobAnswer, JobsAnswer
from bellwether.service import JobFailure, JobState, JobsUnavailable

World = Any  # the class lives in conftest, which is no module
TRAIN = {"kind": "train", "symbols": ["WORLD"], "budget": "90s"}


def problem_type(found: httpx.Response, status: int) -> str:
    assert found.status_code == status, found.text
    kind: str = found.json()["type"].rpartition(":")[2]
    return kind


def submit(world: World, **asked: object) -> Any:
    found = world.ask("POST", "/v1/jobs", json={**TRAIN, **asked})
    assert found.status_code == 202, found.text
    return found.json()


def test_a_job_is_taken_in_and_where_it_is_told(world: World) -> None:
    found = world.ask("POST", "/v1/jobs", json=TRAIN)
    job = msgspec.json.decode(found.content, type=JobAnswer)
    assert (found.status_code, found.headers["location"]) == (202, f"/v1/jobs/{job.job_id}")
    assert (job.kind, job.state, job.n_starts) == ("train", JobState.QUEUED, 0)
    snapshot = world.ports.bars.latest("WORLD", "1d").digest
    assert (job.asked["snapshots"], job.asked["budget"]) == ([snapshot], "90s")
    assert world.ask("GET", found.headers["location"]).json()["state"] == "queued"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"kind": "monitor"}, {}),
        ({"kind": "retrain"}, {"now": True}),
        ({"kind": "retrain", "universe": "u", "now": False}, {"universe": "u", "now": False}),
    ],
)
def test_watching_and_retraining_are_asked_for(
    world: World, asked: dict[str, object], kept: dict[str, object]
) -> None:
    found = world.ask("POST", "/v1/jobs", json=asked)
    assert found.status_code == 202, found.text
    assert (found.json()["kind"], found.json()["asked"]) == (asked["kind"], kept)


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "monitor", "home": "/etc"},
        {"kind": "retrain", "universe": "a\nb"},
        {"kind": "retrain", "now": "yes"},
    ],
)
def test_watching_and_retraining_take_no_more_than_that(
    world: World, asked: dict[str, object]
) -> None:
    assert problem_type(world.ask("POST", "/v1/jobs", json=asked), 422) == "body-misshapen"


def test_what_is_trained_on_is_settled_when_it_is_asked_for(world: World) -> None:
    snapshot = world.ports.bars.latest("WORLD", "1d").digest
    assert submit(world, symbols=[], snapshots=[snapshot])["asked"]["snapshots"] == [snapshot]


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"symbols": ["NOBODY"]}, 404, "unknown-symbol"),
        ({"snapshots": ["0" * 64]}, 404, "unknown-snapshot"),
        ({"symbols": []}, 422, "body-misshapen"),
        ({"kind": "fly"}, 422, "body-misshapen"),
        ({"budget": "5m; rm -rf /"}, 422, "body-misshapen"),
        ({"budget": "--home"}, 422, "body-misshapen"),
        ({"plan": "--plan"}, 422, "body-misshapen"),
        ({"universe": "a\nb"}, 422, "body-misshapen"),
        ({"path": "/etc/passwd"}, 422, "body-misshapen"),
        ({"cost_bps": -1}, 422, "body-misshapen"),
    ],
)
def test_a_job_that_cannot_be_is_refused(
    world: World, asked: dict[str, object], status: int, kind: str
) -> None:
    assert problem_type(world.ask("POST", "/v1/jobs", json={**TRAIN, **asked}), status) == kind
    assert world.ask("GET", "/v1/jobs").json()["jobs"] == []


def test_nothing_is_done_for_those_who_may_only_read(world: World) -> None:
    closed = world.with_options(access=AccessOptions(local=READING))
    assert problem_type(closed.ask("POST", "/v1/jobs", json=TRAIN), 401) == "key-missing"
    found = closed.ask("POST", "/v1/jobs/job-00000001/cancel", json={})
    assert problem_type(found, 401) == "key-missing"


def test_the_same_request_twice_is_one_job(world: World) -> None:
    async def scenario(client: httpx.AsyncClient) -> list[httpx.Response]:
        headers = {"idempotency-key": "k"}
        return [await client.post("/v1/jobs", json=TRAIN, headers=headers) for _ in range(2)]

    first, second = world.visit(scenario)
    assert first.json()["job_id"] == second.json()["job_id"]
    assert second.status_code == 202
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotency-replayed"] == "true"


def test_jobs_are_listed_the_latest_first_and_a_page_at_a_time(world: World) -> None:
    ids = [submit(world)["job_id"] for _ in range(3)]
    listed: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    for _ in range(2):
        found = world.ask("GET", "/v1/jobs", params=query)
        page = msgspec.json.decode(found.content, type=JobsAnswer)
        listed += [job.job_id for job in page.jobs]
        query["cursor"] = page.next_cursor or ""
    assert listed == ids[::-1]
    assert query["cursor"] == ""


def test_a_job_shows_how_far_it_is_and_what_came_out(world: World) -> None:
    jobs, job_id = world.ports.jobs, submit(world)["job_id"]
    jobs.move(job_id, JobState.RUNNING, n_starts=1)
    jobs.tell(job_id, 0.5)
    shown = world.ask("GET", f"/v1/jobs/{job_id}").json()
    assert (shown["state"], shown["progress"]["share"]) == ("running", 0.5)
    assert shown["log"] == [f"this is {job_id}"]
    jobs.move(job_id, JobState.DONE, result={"verdict": "PROMOTE"})
    assert world.ask("GET", f"/v1/jobs/{job_id}").json()["result"] == {"verdict": "PROMOTE"}


def test_a_job_that_failed_says_why(world: World) -> None:
    job_id = submit(world)["job_id"]
    failure = JobFailure(kind="JobDied", expected="an end", was="SIGKILL", hint="ask for less")
    world.ports.jobs.move(job_id, JobState.FAILED, failure=failure)
    shown = world.ask("GET", f"/v1/jobs/{job_id}").json()
    assert shown["failure"]["was"] == "SIGKILL"


def test_a_job_is_cancelled_and_stays_so(world: World) -> None:
    job_id = submit(world)["job_id"]
    for _ in range(2):
        found = world.ask("POST", f"/v1/jobs/{job_id}/cancel", json={})
        assert (found.status_code, found.json()["state"]) == (200, "cancelled")


def test_a_page_elsewhere_cannot_cancel_a_job(world: World) -> None:
    path = f"/v1/jobs/{submit(world)['job_id']}/cancel"
    simple = {"content-type": "text/plain"}
    assert problem_type(world.ask("POST", path), 415) == "media-type-unknown"
    assert world.ask("POST", path, content=b"{}", headers=simple).status_code == 415


@pytest.mark.parametrize("rest", ["", "/events"])
def test_a_job_that_is_none_is_404(world: World, rest: str) -> None:
    assert problem_type(world.ask("GET", f"/v1/jobs/job-00000009{rest}"), 404) == "unknown-job"


def test_events_are_told_until_the_job_ends(world: World) -> None:
    jobs, job_id = world.ports.jobs, submit(world)["job_id"]
    jobs.move(job_id, JobState.RUNNING)
    jobs.tell(job_id, 0.5)
    jobs.move(job_id, JobState.DONE)
    found = world.ask("GET", f"/v1/jobs/{job_id}/events")
    assert found.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert found.text == (
        'id: 1\nevent: state\ndata: {"state":"running"}\n\n'
        'id: 2\nevent: progress\ndata: {"share":0.5,"words":"50% done"}\n\n'
        'id: 3\nevent: state\ndata: {"state":"done"}\n\n'
    )
    behind = world.ask("GET", f"/v1/jobs/{job_id}/events", headers={"last-event-id": "2"})
    assert behind.text == 'id: 3\nevent: state\ndata: {"state":"done"}\n\n'
    nothing = world.ask("GET", f"/v1/jobs/{job_id}/events", headers={"last-event-id": "3"})
    assert nothing.text == ""
    wrong = world.ask("GET", f"/v1/jobs/{job_id}/events", headers={"last-event-id": "x"})
    assert wrong.text == found.text


def test_events_come_as_they_happen_with_a_sign_of_life_in_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_events, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(job_events, "HEARTBEAT_SECONDS", 0.002)
    jobs, job_id = world.ports.jobs, submit(world)["job_id"]

    async def listen() -> list[bytes]:
        told: list[bytes] = []
        async for chunk in job_events.tell_events(jobs, job_id, 0, lambda: False):
            told.append(chunk)
            if len(told) == 2:
                jobs.move(job_id, JobState.DONE)
        return told

    *before, last = asyncio.run(listen())
    assert set(before) == {b": still here\n\n"}
    assert last.endswith(b'data: {"state":"done"}\n\n')


Message = MutableMapping[str, Any]


async def listen_and_leave(app: Starlette, path: str) -> list[Message]:
    """Ask for events, read the head of the response, and go away."""
    told: list[Message] = []
    has_begun, asked = asyncio.Event(), list[Message]()

    async def receive() -> Message:
        if not asked:
            asked.append({"type": "http.request", "body": b"", "more_body": False})
            return asked[0]
        await has_begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)
        has_begun.set()

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "headers": [(b"host", b"localhost")],
    }  # fmt: skip
    await app(scope, receive, send)
    return told


@pytest.mark.timeout(20)
def test_a_listener_that_goes_away_is_noticed(world: World) -> None:
    app, job_id = world.app, submit(world)["job_id"]
    told = asyncio.run(listen_and_leave(app, f"/v1/jobs/{job_id}/events"))
    assert told[0]["status"] == 200


@pytest.mark.timeout(20)
def test_a_service_that_ends_lets_its_listeners_go(world: World) -> None:
    presence = Presence()
    ending = replace(world, ports=replace(world.ports, presence=presence))
    job_id = submit(ending)["job_id"]
    presence.is_leaving = True
    assert ending.ask("GET", f"/v1/jobs/{job_id}/events").text == ""


def test_too_many_listeners_are_told_to_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_routes, "MOST_LISTENERS", 0)
    job_id = submit(world)["job_id"]
    found = world.ask("GET", f"/v1/jobs/{job_id}/events")
    assert problem_type(found, 503) == "too-busy"


def test_jobs_begin_and_end_with_the_service(world: World) -> None:
    async def live(app: Starlette) -> list[bool | None]:
        seen: list[bool | None] = [world.ports.jobs.is_open]
        async with app.router.lifespan_context(app):
            seen.append(world.ports.jobs.is_open)
        return [*seen, world.ports.jobs.is_open]

    assert asyncio.run(live(world.app)) == [None, True, False]


class NoRoom:
    """Jobs whose folder is gone."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_values: object) -> Any:
            raise JobsUnavailable("jobs", "gone")

        return fail


class Schedule:
    """Says whether it is at work."""

    def __init__(self) -> None:
        self.says: list[str] = []

    def start(self) -> None:
        """Begin."""
        self.says.append("started")

    def close(self) -> None:
        """End."""
        self.says.append("closed")


def test_the_schedule_begins_and_ends_with_the_service(world: World) -> None:
    schedule = Schedule()
    served = replace(world, ports=replace(world.ports, schedule=schedule))

    async def scenario() -> None:
        app = served.app
        async with app.router.lifespan_context(app):
            assert schedule.says == ["started"]

    asyncio.run(scenario())
    assert schedule.says == ["started", "closed"]


def test_a_folder_that_is_gone_is_503(world: World) -> None:
    broken = replace(world, ports=replace(world.ports, jobs=NoRoom()))
    for method, path in (("GET", "/v1/jobs"), ("GET", "/v1/jobs/job-00000001")):
        assert problem_type(broken.ask(method, path), 503) == "jobs-unavailable"
    assert problem_type(broken.ask("POST", "/v1/jobs", json=TRAIN), 503) == "jobs-unavailable"


def test_a_service_without_jobs_has_no_such_routes(world: World) -> None:
    bare = replace(world, ports=replace(world.ports, jobs=None))
    assert problem_type(bare.ask("GET", "/v1/jobs"), 404) == "not-found"
