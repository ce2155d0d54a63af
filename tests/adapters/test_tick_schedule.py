"""The service asks for a tick of watching when one is due, once, whatever was missed."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import pytest

from bellwether.adapters import MemoryCheckpoints, TickSchedule
from bellwether.registry import Registry, RegistryUnavailable
from bellwether.service import Job, JobPage, Jobs, JobState
from bellwether.watch import Checkpoint

NOW = np.datetime64("2024-03-01T12:00", "us")
HOUR = np.timedelta64(1, "h")


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> np.datetime64:
        """Return the time it was moved to."""
        return self.time


class Queue:
    """Jobs that are only asked for; treaty as the part of `Jobs` that is used."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.asked = threading.Event()

    def submit(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Take a job in."""
        job = Job(
            job_id=f"job-{len(self.jobs)}",
            kind=kind,
            asked=asked,
            state=JobState.QUEUED,
            asked_at=NOW,
        )
        self.jobs.append(job)
        self.asked.set()
        return job

    def page(self, cursor: str | None = None, limit: int = 100) -> JobPage:
        """Return what waits."""
        return JobPage(jobs=tuple(self.jobs[:limit]), cursor=cursor)


class Shelf:
    """A registry with some models, or none."""

    def __init__(self, *models: str) -> None:
        self.models = models

    def records(self) -> Sequence[str]:
        """Return the models."""
        return self.models


class Service:
    """Some workers that share what they remember."""

    def __init__(self, n_workers: int = 1, *models: str) -> None:
        self.clock, self.queue, self.kept = HandClock(), Queue(), MemoryCheckpoints()
        self.workers = [
            TickSchedule(
                cast("Jobs", self.queue),
                self.kept,
                cast("Registry", Shelf(*(models or ("one",)))),
                self.clock,
                every_hours=24.0,
                seconds=(0.01, 0.05),
            )
            for _ in range(n_workers)
        ]

    def tick(self, ago: float = 0.0) -> None:
        """Remember a tick of some hours ago."""
        at = self.clock.now() - np.timedelta64(round(ago * 3600), "s")
        self.kept.save([Checkpoint(name="watch/last", number=1, content={"at": f"{at}Z"})])

    def look(self) -> int:
        """Let each worker look, and return how many asked."""
        return sum(worker.look() for worker in self.workers)


def test_a_tick_is_asked_for_a_day_after_the_last() -> None:
    service = Service()
    service.tick(ago=23.9)
    assert service.look() == 0
    service.tick(ago=24.0)
    assert service.look() == 1
    assert [job.kind for job in service.queue.jobs] == ["monitor"]


def test_several_workers_ask_once() -> None:
    service = Service(4)
    assert service.look() == 1


def test_many_missed_days_are_one_tick() -> None:
    service = Service(2)
    service.tick(ago=24 * 40)
    assert service.look() == 1
    service.queue.jobs.clear()
    service.tick()
    service.clock.time = service.clock.time + 2 * HOUR
    assert service.look() == 0


def test_one_that_is_under_way_is_enough() -> None:
    service = Service()
    assert service.look() == 1
    service.clock.time = service.clock.time + 2 * HOUR
    assert service.look() == 0
    assert len(service.queue.jobs) == 1


def test_one_that_came_to_nothing_is_asked_for_again_after_a_while() -> None:
    service = Service()
    assert service.look() == 1
    service.queue.jobs.clear()
    assert service.look() == 0
    service.clock.time = service.clock.time + 2 * HOUR
    assert service.look() == 1


def test_a_clock_that_was_set_back_holds_nothing_up() -> None:
    service = Service()
    service.tick(ago=-1000.0)
    assert service.look() == 1


def test_where_nothing_is_registered_nothing_is_asked_for() -> None:
    service = Service()
    for worker in service.workers:
        worker._registry = cast("Registry", Shelf())
    assert service.look() == 0


class Gone(MemoryCheckpoints):
    """Checkpoints whose database is gone."""

    def load(self, name: str) -> Checkpoint | None:
        """Fail."""
        raise RegistryUnavailable("the registry", f"no {name}")


def test_a_database_that_is_gone_is_no_end_of_the_looking() -> None:
    service = Service()
    service.workers[0]._checkpoints = Gone()
    assert service.look() == 0


@pytest.mark.timeout(60)
def test_it_looks_by_itself_until_it_is_closed() -> None:
    service = Service()
    [worker] = service.workers
    worker.start()
    try:
        assert service.queue.asked.wait(30.0)
        # The scheduler is at work as well: what is due later is asked for later.
        service.queue.jobs.clear()
        service.queue.asked.clear()
        service.clock.time = service.clock.time + 2 * HOUR
        assert service.queue.asked.wait(30.0)
    finally:
        worker.close()


def test_closed_before_it_began_it_never_begins() -> None:
    service = Service()
    [worker] = service.workers
    worker.close()
    worker.start()
    assert worker._timer is None
    assert not service.queue.jobs
