"""The board that workers share, what one says of itself, and when another is started."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from bellwether.http import Board, Presence
from bellwether.http._board import BOARD_FILE, Condition, make_board
from bellwether.http._metrics import Metrics
from bellwether.http._workers import SILENT_SECONDS, START_SECONDS, Worker

World = Any  # the class lives in conftest, which is no module


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return make_board(tmp_path, n_workers=2, n_places=3)


@pytest.fixture
def worker(board: Board) -> Worker:
    return Worker(
        place=1, board=board, command=lambda _: ("--version",), descriptors=[], environment={}
    )


def test_what_one_writes_another_reads(board: Board, tmp_path: Path) -> None:
    Presence(board, 1).beat(17.5)
    other = Board(tmp_path / BOARD_FILE)
    assert (other.n_workers, other.n_places) == (2, 3)
    assert (other.read(1).at, other.read(1).condition) == (17.5, Condition.READY)
    assert other.read(0).condition is Condition.ABSENT
    other.count_restart()
    assert (board.n_restarts, board.n_workers) == (1, 2)


def test_a_worker_says_that_it_leaves_or_is_not_ready(board: Board) -> None:
    presence = Presence(board, 0)
    presence.trouble = "no model"
    presence.beat(1.0)
    assert board.read(0).condition is Condition.UNREADY
    presence.is_leaving = True
    presence.beat(2.0)
    assert board.read(0).condition is Condition.LEAVING


def test_who_is_the_whole_service_has_no_board() -> None:
    presence = Presence()
    presence.beat(1.0)
    assert (presence.n_workers, presence.n_workers_ready, presence.n_restarts) == (1, 1, 0)
    assert presence.find_trouble_elsewhere() is None


def ready(world: World, presence: Presence) -> httpx.Response:
    found: httpx.Response = replace(world, ports=replace(world.ports, presence=presence)).ask(
        "GET", "/v1/health/ready"
    )
    return found


def test_a_process_that_is_being_ended_is_not_ready(world: World) -> None:
    presence = Presence()
    assert ready(world, presence).status_code == 200
    presence.is_leaving = True
    refused = ready(world, presence)
    assert (refused.status_code, refused.json()["was"]) == (503, "one that is being ended")


def test_whichever_worker_is_asked_tells_that_another_is_not_ready(
    world: World, board: Board
) -> None:
    here, there = Presence(board, 0), Presence(board, 1)
    here.beat(1.0)
    there.beat(1.0)
    assert ready(world, here).status_code == 200
    there.trouble = "no model"
    there.beat(2.0)
    refused = ready(world, here)
    assert refused.status_code == 503
    assert "1 of 2 workers" in refused.json()["was"]


def test_a_worker_that_starts_or_leaves_does_not_make_the_others_unready(
    world: World, board: Board
) -> None:
    here = Presence(board, 0)
    here.beat(1.0)
    for condition in (Condition.STARTING, Condition.LEAVING, Condition.ABSENT):
        board.write(1, condition, 1.0)
        assert ready(world, here).status_code == 200


def test_the_app_watches_whether_models_are_there_where_they_are_required(world: World) -> None:
    presence = Presence()
    needy = replace(
        world,
        ports=replace(world.ports, presence=presence),
        options=replace(world.options, models_required=True),
    )
    app = needy.app

    async def live() -> None:
        async with app.router.lifespan_context(app), asyncio.timeout(20):
            while presence.trouble is None:
                await asyncio.sleep(0)

    asyncio.run(live())
    assert "a champion that can answer" in str(presence.trouble)


def test_workers_are_told_in_the_metrics(world: World, board: Board) -> None:
    here = Presence(board, 0)
    here.beat(1.0)
    board.count_restart()
    told = replace(world, ports=replace(world.ports, presence=here)).ask("GET", "/metrics").text
    lines = set(told.splitlines())
    assert {
        "bellwether_ready 1.0",
        "bellwether_workers 2.0",
        "bellwether_workers_ready 1.0",
        "bellwether_worker_restarts_total 1.0",
    } <= lines


def test_a_failed_worker_waits_the_longer_the_more_often_it_failed(worker: Worker) -> None:
    assert [worker.plan_start(10.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert worker.starts_at == 40.0
    worker.started_at = 100.0
    assert worker.plan_start(161.0) == 0.5


def test_a_worker_is_silent_once_its_beats_stop(worker: Worker, board: Board) -> None:
    assert not worker.is_silent(1e9)  # there is no process
    worker.start(0.0)
    assert worker.process is not None
    try:
        assert not worker.is_silent(START_SECONDS)
        assert worker.is_silent(START_SECONDS + 1.0)
        Presence(board, 1).beat(100.0)
        assert not worker.is_silent(100.0 + SILENT_SECONDS)
        assert worker.is_silent(101.0 + SILENT_SECONDS)
        worker.ask_to_end(100.0, patience_seconds=5.0)
        assert not worker.is_silent(1e9)  # it was asked to end, and is killed when that is due
    finally:
        worker.kill()
        worker.process.wait()
    assert worker.find_end() is not None
    assert worker.condition is Condition.ABSENT


class Fares:
    """An answerer that tells how its process fares."""

    def __init__(self, n_waiting: int, n_restarts: int, pid: int | None) -> None:
        self.n_waiting, self.n_restarts, self.pid = n_waiting, n_restarts, pid


def test_the_process_that_runs_models_is_in_the_metrics() -> None:
    metrics = Metrics()
    metrics.measure(Fares(n_waiting=3, n_restarts=1, pid=os.getpid()))
    metrics.measure(Fares(n_waiting=5, n_restarts=2, pid=os.getpid()))
    told = metrics.render().decode()
    assert "bellwether_questions_waiting 5.0" in told
    assert "bellwether_model_process_restarts_total 2.0" in told
    assert "bellwether_model_process_resident_bytes 0.0" not in told
    metrics.measure(Fares(n_waiting=0, n_restarts=2, pid=None))
    told = metrics.render().decode()
    assert "bellwether_model_process_resident_bytes 0.0" in told
    assert "bellwether_model_process_restarts_total 2.0" in told
