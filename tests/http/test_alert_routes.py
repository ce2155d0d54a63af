"""Alerts as the service tells them, and what it does about a monitor that stopped."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import numpy as np

from bellwether.adapters import MemoryCheckpoints, MemoryJournal
from bellwether.clock import FixedClock
from bellwether.http._alert_watch import AlertWatch
from bellwether.registry import RegistryUnavailable
from bellwether.service import JournalNote, JournalTrouble, JournalUnavailable, NoteKind
from bellwether.watch import (
    AlertPorts,
    Checkpoint,
    Finding,
    Notice,
    NoticeNotDelivered,
    raise_findings,
)

World = Any  # the class lives in conftest, which is no module
NOW = np.datetime64("2020-01-05T21:00", "us")


class Desk:
    """A receiver that keeps what it gets, or is gone."""

    name = "desk"

    def __init__(self, *, is_gone: bool = False) -> None:
        self.got: list[Notice] = []
        self.is_gone = is_gone
        self.told = threading.Event()

    def send(self, notice: Notice) -> None:
        """Keep a notice."""
        self.told.set()
        if self.is_gone:
            raise NoticeNotDelivered(self.name, "nobody who listens there")
        self.got.append(notice)


class NoJournal(MemoryJournal):
    """A journal that cannot be read."""

    def notes(self, *_: object, **__: object) -> Any:
        """Fail."""
        raise JournalUnavailable("memory", "it is gone", JournalTrouble.GONE)


def find(subject: str, channel: Any = "data") -> Finding:
    return Finding(
        subject=subject, channel=channel, condition="amber", words="frozen", facts={"n": 5}
    )


def go_wrong(world: World, *subjects: str, hours: int = 0) -> list[str]:
    """Raise alerts, and return the ids of those that are open."""
    now = world.now + np.timedelta64(hours, "h")
    raise_findings([find(one) for one in subjects], world.ports.alerts, now)
    return [one.episode_id for one in world.ports.alerts.book.open_episodes()]


def silent_ports(hours: float = 100.0, **more: Any) -> AlertPorts:
    """Return the ports of a monitor whose last check was so long ago."""
    checkpoints = MemoryCheckpoints()
    at = NOW - round(hours * 3600) * np.timedelta64(1, "s")
    checkpoints.save([Checkpoint(name="watch/last", number=1, content={"at": f"{at}Z"})])
    return AlertPorts(**{"journal": MemoryJournal(), "checkpoints": checkpoints, **more})


# Routes


def test_where_nothing_is_wrong_the_list_is_empty(world: World) -> None:
    found = world.ask("GET", "/v1/alerts")
    assert found.json() == {"episodes": [], "receivers": [], "next_cursor": None}


def test_without_alerts_there_are_no_such_routes(world: World) -> None:
    without = replace(world, ports=replace(world.ports, alerts=None))
    assert without.ask("GET", "/v1/alerts").status_code == 404


def test_alerts_are_listed_the_latest_first_page_by_page(world: World) -> None:
    for hours, subjects in enumerate((["A"], ["A", "B"], ["A", "B", "C"])):
        go_wrong(world, *subjects, hours=hours)
    first = world.ask("GET", "/v1/alerts", params={"limit": 2}).json()
    assert [one["subject"] for one in first["episodes"]] == ["C", "B"]
    rest = world.ask("GET", "/v1/alerts", params={"cursor": first["next_cursor"]}).json()
    assert [one["subject"] for one in rest["episodes"]] == ["A"]
    assert rest["next_cursor"] is None
    assert world.ask("GET", "/v1/alerts", params={"cursor": "none"}).json()["episodes"] == []


def test_alerts_that_are_over_are_told_apart(world: World) -> None:
    go_wrong(world, "A")
    go_wrong(world, hours=24)
    go_wrong(world, "B", hours=24 * 5)

    def subjects(**query: str) -> list[str]:
        found = world.ask("GET", "/v1/alerts", params=query).json()["episodes"]
        return [one["subject"] for one in found]

    assert (subjects(), subjects(state="over"), subjects(state="all")) == (["B"], ["A"], ["B", "A"])
    assert subjects(state="all", channel="inputs") == []
    assert world.ask("GET", "/v1/alerts", params={"state": "lost"}).status_code == 422


def test_a_receiver_that_is_gone_is_named_with_the_reason(world: World) -> None:
    alerts = replace(world.ports.alerts, notifiers=(Desk(is_gone=True),))
    world = replace(world, ports=replace(world.ports, alerts=alerts))
    go_wrong(world, "A")
    [receiver] = world.ask("GET", "/v1/alerts").json()["receivers"]
    assert receiver == {
        "name": "desk",
        "n_waiting": 1,
        "n_failures": 1,
        "why": "nobody who listens there",
    }


def test_a_person_acknowledges_an_alert_once(world: World) -> None:
    [episode] = go_wrong(world, "A")
    path, body = f"/v1/alerts/{episode}/acknowledge", {"by": "ann", "words": "seen"}

    async def scenario(client: httpx.AsyncClient) -> Any:
        for _ in range(2):
            found = await client.post(path, json=body, headers={"idempotency-key": "k"})
            assert found.json()["acknowledged"]["by"] == "ann"
        return (await client.get(f"/v1/alerts/{episode}")).json()

    story = world.visit(scenario)
    assert [one["event"] for one in story["steps"]] == ["opened", "acknowledged"]
    assert story["episode"]["acknowledged"]["words"] == "seen"


def test_an_acknowledgement_says_who_and_what(world: World) -> None:
    [episode] = go_wrong(world, "A")
    for body in ({}, {"by": "ann"}, {"by": " ", "words": "x"}, {"by": "a", "words": "x" * 501}):
        found = world.ask("POST", f"/v1/alerts/{episode}/acknowledge", json=body)
        assert found.status_code == 422, body
    found = world.ask("POST", "/v1/alerts/feed/acknowledge", json={"by": "a", "words": "x"})
    assert found.status_code == 404
    assert world.ask("GET", "/v1/alerts/feed").status_code == 404


# Metrics, and looking after


def test_open_alerts_are_metrics(world: World) -> None:
    alerts = replace(world.ports.alerts, notifiers=(Desk(is_gone=True),))
    world = replace(world, ports=replace(world.ports, alerts=alerts))
    assert "# HELP bellwether_open_episodes" in world.ask("GET", "/metrics").text
    go_wrong(world, "A", "B")
    told = world.ask("GET", "/metrics").text
    labels = 'acknowledged="false",channel="data",condition="amber"'
    assert f"bellwether_open_episodes{{{labels}}} 2.0" in told
    assert 'bellwether_notices_waiting{receiver="desk"} 1.0' in told
    assert "bellwether_notices_oldest_seconds 0.0" in told


def test_a_monitor_that_stopped_is_told_by_whoever_serves() -> None:
    desk = Desk()
    ports = silent_ports(notifiers=(desk,))
    AlertWatch(ports, FixedClock(NOW)).look()
    [notice] = desk.got
    assert (
        "monitor of monitor began RED: nobody has checked the models for 100.0 hours" in notice.text
    )


def test_what_waits_is_sent_without_a_tick() -> None:
    desk = Desk(is_gone=True)
    ports = silent_ports(1.0, notifiers=(desk,))
    raise_findings([find("A")], ports, NOW)
    desk.is_gone = False
    AlertWatch(ports, FixedClock(NOW + np.timedelta64(1, "h"))).look()
    assert len(desk.got) == 1


def test_a_journal_that_is_gone_is_told_once_though_nothing_can_be_noted() -> None:
    desk = Desk()
    ports = silent_ports(journal=NoJournal(), notifiers=(desk,))
    for minutes in (0, 1, 2):
        AlertWatch(ports, FixedClock(NOW + np.timedelta64(minutes, "m"))).look()
    [notice] = desk.got
    assert notice.text == "the journal cannot be read or written: alerts are not noted"


def test_what_cannot_be_read_is_logged_and_told_to_nobody() -> None:
    class NoCheckpoints(MemoryCheckpoints):
        def load(self, *_: object) -> Any:
            raise RegistryUnavailable("the registry", "it is gone")

    desk, journal = Desk(), MemoryJournal()
    AlertWatch(silent_ports(checkpoints=NoCheckpoints(), notifiers=(desk,)), FixedClock(NOW)).look()
    journal.note([JournalNote(kind=NoteKind.ALERT, key="k", at=NOW, data={})])
    AlertWatch(silent_ports(journal=journal, notifiers=(desk,)), FixedClock(NOW)).look()
    assert desk.got == []


def test_the_service_looks_while_it_lives(world: World) -> None:
    desk = Desk()
    alerts = silent_ports(notifiers=(desk,))
    clock = FixedClock(NOW)
    world = replace(world, ports=replace(world.ports, alerts=alerts)).with_predict(clock=clock)
    app = world.app

    async def live() -> bool:
        async with app.router.lifespan_context(app):
            return await asyncio.to_thread(desk.told.wait, 20)

    assert asyncio.run(live())


def test_a_look_that_fails_is_not_the_last() -> None:
    looks: list[int] = []
    is_done = threading.Event()

    class Failing(AlertWatch):
        def look(self) -> None:
            looks.append(1)
            if len(looks) == 3:
                is_done.set()
            raise RuntimeError("a defect")

    watch = Failing(silent_ports(), FixedClock(NOW), look_seconds=0.001)
    watch.start()
    assert is_done.wait(20)
    watch.close()


def test_a_caller_needs_no_more_than_what_the_description_says(world: World) -> None:
    document = world.ask("GET", "/v1/openapi.json").json()
    paths: Callable[[str], Any] = document["paths"].__getitem__
    assert paths("/v1/alerts")["get"]["security"][0] == {"key": ["read"]}
    acknowledging = paths("/v1/alerts/{episode_id}/acknowledge")["post"]
    assert acknowledging["security"][0] == {"key": ["operate"]}
