"""Jobs are done, told about, stopped and taken up again, whatever happens to who does them."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bellwether.adapters import JobKind, JobLimits, JobProcesses
from bellwether.adapters._job_folder import JobFolder
from bellwether.clock import FixedClock
from bellwether.service import (
    Job,
    JobEvent,
    JobState,
    JobsUnavailable,
    OptionOutOfRange,
    TooManyJobs,
    UnknownJob,
    UnknownJobKind,
)

NOW = np.datetime64("2019-01-02T12:00:00", "us")
PATIENCE_SECONDS = 30.0
TELL = """
import json, os, resource, sys
def say(share, words): print(json.dumps({"progress": {"share": share, "words": words}}))
"""
SCRIPTS = {
    "count": "for i in (1, 2): say(i / 2, f'step {i}')\nprint(json.dumps({'n': 2}, indent=2))",
    "wait": "say(0.0, f'{os.getpid()}')\nimport time\ntime.sleep(60)",
    "refuse": "print(json.dumps({'error': {'type': 'TooLittle', 'expected': 'more', "
    "'was': 'less', 'hint': 'add some'}}, indent=2))\nsys.exit(5)",
    "die": "os.kill(os.getpid(), 9)",
    "babble": "print('no object at all')",
    "talk": "print('one\\ntwo', file=sys.stderr)\nprint('{}')",
    "look": "print(json.dumps({'nice': os.nice(0), 'key': 'BELLWETHER_API_KEY' in os.environ, "
    "'leads': os.getpgrp() == os.getpid(), 'data': resource.getrlimit(resource.RLIMIT_DATA)[0]}))",
    "breed": "import subprocess, time\nchild = subprocess.Popen(['sleep', '61'])\n"
    "say(0.0, f'{child.pid}')\ntime.sleep(60)",
}  # fmt: skip


def kind(script: str) -> JobKind:
    def command(asked: Mapping[str, Any]) -> list[str]:
        return [sys.executable, "-c", TELL + script, *map(str, asked.values())]

    return JobKind(command=command, summarize=lambda answer: {"made": dict(answer)})


KINDS = {name: kind(script) for name, script in SCRIPTS.items()}
KINDS["train"] = replace(KINDS["wait"], slot="training")
KINDS["ask"] = replace(KINDS["count"], follow=lambda answer: ("train", {"n": answer["n"]}))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "home" / "jobs"


@pytest.fixture
def open_jobs(place: Path) -> Iterator[Callable[..., JobProcesses]]:
    opened: list[JobProcesses] = []

    def make(**limits: Any) -> JobProcesses:
        opened.append(JobProcesses(place, KINDS, FixedClock(NOW), JobLimits(**limits)))
        return opened[-1]

    yield make
    for jobs in opened:
        jobs.close()


def until(jobs: JobProcesses, job_id: str, fits: Callable[[Job], bool]) -> Job:
    """Return a job once it is as wanted."""
    never = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.02)):
        job = jobs.get(job_id)
        if fits(job):
            return job
        never.wait(0.02)
    raise AssertionError(f"{jobs.get(job_id)}: {jobs.log(job_id)}")


def ended(jobs: JobProcesses, job_id: str) -> Job:
    return until(jobs, job_id, lambda job: job.ended_at is not None)


def begun(jobs: JobProcesses, job_id: str) -> Job:
    return until(jobs, job_id, lambda job: job.progress is not None)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_job_is_done_and_tells_how_it_goes(open_jobs: Callable[..., JobProcesses]) -> None:
    jobs = open_jobs()
    asked = jobs.submit("count", {"symbols": "A"})
    assert (asked.state, asked.asked, asked.asked_at) == (JobState.QUEUED, {"symbols": "A"}, NOW)
    done = ended(jobs, asked.job_id)
    assert (done.state, done.result, done.failure) == (JobState.DONE, {"made": {"n": 2}}, None)
    assert (done.n_starts, done.started_at, done.ended_at) == (1, NOW, NOW)
    assert done.progress is not None
    assert (done.progress.share, done.progress.words) == (1.0, "step 2")
    told = jobs.events(asked.job_id)
    assert [event.data.get("state") or event.data["words"] for event in told] == [
        "running", "step 1", "step 2", "done",
    ]  # fmt: skip
    assert [event.number for event in told] == sorted({event.number for event in told})


def test_events_go_on_behind_any_of_them(open_jobs: Callable[..., JobProcesses]) -> None:
    jobs = open_jobs()
    job = ended(jobs, jobs.submit("count", {}).job_id)
    told: list[JobEvent] = list(jobs.events(job.job_id))
    for row, event in enumerate(told):
        assert list(jobs.events(job.job_id, event.number)) == told[row + 1 :]
    for wrong in (-1, 1, told[0].number + 1, told[-1].number + 1):
        assert list(jobs.events(job.job_id, wrong)) == told


@pytest.mark.parametrize(
    ("name", "kind_of_failure", "was"),
    [
        ("refuse", "TooLittle", "less"),
        ("die", "JobDied", "SIGKILL"),
        ("babble", "JobDied", "exit code 0"),
    ],
)
def test_a_job_that_fails_says_why(
    open_jobs: Callable[..., JobProcesses], name: str, kind_of_failure: str, was: str
) -> None:
    jobs = open_jobs()
    job = ended(jobs, jobs.submit(name, {}).job_id)
    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert (job.failure.kind, job.failure.was) == (kind_of_failure, was)


def test_what_a_job_says_is_kept(open_jobs: Callable[..., JobProcesses]) -> None:
    jobs = open_jobs()
    job = ended(jobs, jobs.submit("talk", {}).job_id)
    assert jobs.log(job.job_id) == ("one", "two")
    assert jobs.log(job.job_id, 1) == ("two",)


def test_a_job_runs_apart_with_less_priority_and_bounded_memory(
    open_jobs: Callable[..., JobProcesses], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_API_KEY", "swordfish")
    jobs = open_jobs(most_bytes=1 << 33)
    job = ended(jobs, jobs.submit("look", {}).job_id)
    assert job.result is not None
    expected = {"nice": os.nice(0) + 10, "key": False, "leads": True, "data": 1 << 33}
    assert job.result["made"] == expected


def test_jobs_are_done_in_the_order_of_asking_one_at_a_time(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    jobs = open_jobs()
    first, second = jobs.submit("wait", {}), jobs.submit("count", {})
    begun(jobs, first.job_id)
    assert jobs.get(second.job_id).state is JobState.QUEUED
    jobs.cancel(first.job_id)
    assert ended(jobs, second.job_id).state is JobState.DONE
    assert jobs.get(first.job_id).state is JobState.CANCELLED
    page = jobs.page(limit=1)
    assert ([job.job_id for job in page.jobs], page.cursor) == ([second.job_id], second.job_id)
    assert [job.job_id for job in jobs.page(page.cursor).jobs] == [first.job_id]


def test_several_may_be_done_at_once(open_jobs: Callable[..., JobProcesses]) -> None:
    jobs = open_jobs(most_at_once=2)
    both = [jobs.submit("wait", {}).job_id for _ in range(2)]
    assert all(begun(jobs, job_id).state is JobState.RUNNING for job_id in both)


def test_a_job_of_another_slot_does_not_wait_for_a_training(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    jobs = open_jobs()
    first, second = (jobs.submit("train", {}).job_id for _ in range(2))
    begun(jobs, first)
    assert ended(jobs, jobs.submit("count", {}).job_id).state is JobState.DONE
    states = [jobs.get(job_id).state for job_id in (first, second)]
    assert states == [JobState.RUNNING, JobState.QUEUED]


def test_what_a_job_asks_for_is_done_once_however_often_it_asks(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    jobs = open_jobs()
    for _ in range(2):
        assert ended(jobs, jobs.submit("ask", {}).job_id).state is JobState.DONE
    followed = [job for job in jobs.page().jobs if job.kind == "train"]
    assert [job.asked for job in followed] == [{"n": 2}]
    assert begun(jobs, followed[0].job_id).state is JobState.RUNNING


def test_a_cancelled_job_takes_along_what_it_started(
    open_jobs: Callable[..., JobProcesses], place: Path
) -> None:
    jobs = open_jobs()
    job = begun(jobs, jobs.submit("breed", {}).job_id)
    pids = [JobFolder(place).pid(job.job_id), int(job.progress.words if job.progress else 0)]
    assert all(pid and is_alive(pid) for pid in pids)
    jobs.cancel(job.job_id)
    assert ended(jobs, job.job_id).state is JobState.CANCELLED
    assert not any(pid and is_alive(pid) for pid in pids)
    assert jobs.cancel(job.job_id).state is JobState.CANCELLED


def test_a_job_that_waits_is_cancelled_at_once_and_never_begins(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    jobs = open_jobs()
    first, second = jobs.submit("wait", {}), jobs.submit("count", {})
    assert jobs.cancel(second.job_id).state is JobState.CANCELLED
    jobs.cancel(first.job_id)
    assert ended(jobs, second.job_id).n_starts == 0


def test_the_end_of_the_service_stops_a_job_and_its_next_start_begins_it_again(
    open_jobs: Callable[..., JobProcesses], place: Path
) -> None:
    jobs = open_jobs()
    job = begun(jobs, jobs.submit("wait", {}).job_id)
    pid = JobFolder(place).pid(job.job_id)
    jobs.close()
    assert (jobs.get(job.job_id).state, jobs.get(job.job_id).n_starts) == (JobState.QUEUED, 0)
    assert pid is not None
    assert not is_alive(pid)
    later = open_jobs()
    later.start()
    assert until(later, job.job_id, lambda one: one.state is JobState.RUNNING).n_starts == 1


def test_a_job_that_died_with_its_service_begins_again_but_once(
    open_jobs: Callable[..., JobProcesses], place: Path
) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "from test_job_processes import *\n"
        "jobs = JobProcesses(Path(sys.argv[1]), KINDS, FixedClock(NOW))\n"
        "begun(jobs, jobs.submit('wait', {}).job_id if sys.argv[3] == 'ask' else 'job-00000001')\n"
        "jobs.start()\n"
        "until(jobs, 'job-00000001', lambda job: job.n_starts == int(sys.argv[4])"
        " and job.state is JobState.RUNNING)\n"
        "print('begun', flush=True)\n"
        "threading.Event().wait()\n"
    )
    orphans = []
    for turn, starts in (("ask", 1), ("go on", 2)):
        arguments = [str(place), str(Path(__file__).parent), turn, str(starts)]
        service = subprocess.Popen(
            [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True
        )
        assert service.stdout is not None
        with service.stdout:
            assert service.stdout.readline() == "begun\n"
            orphans.append(JobFolder(place).pid("job-00000001"))
            service.kill()
            service.wait()
    jobs = open_jobs()
    jobs.start()
    job = ended(jobs, "job-00000001")
    assert (job.state, job.n_starts) == (JobState.FAILED, 2)
    assert job.failure is not None
    assert "2 times" in job.failure.was
    assert not any(is_alive(pid) for pid in orphans if pid is not None)


def test_of_those_who_share_a_folder_one_does_the_work_and_all_tell_of_it(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    one, other = open_jobs(), open_jobs()
    asked = [jobs.submit("count", {}) for jobs in (one, other, one)]
    assert len({job.job_id for job in asked}) == 3
    for job in asked:
        assert ended(other, job.job_id) == ended(one, job.job_id)
        assert ended(one, job.job_id).n_starts == 1


def test_the_next_takes_over_when_the_leader_goes(open_jobs: Callable[..., JobProcesses]) -> None:
    one, other = open_jobs(), open_jobs()
    begun(one, one.submit("wait", {}).job_id)
    job = other.submit("count", {})
    one.cancel("job-00000001")
    ended(other, job.job_id)
    one.close()
    assert ended(other, other.submit("count", {}).job_id).state is JobState.DONE


def test_old_jobs_are_forgotten_and_their_numbers_not_used_again(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    jobs = open_jobs(most_kept=2)
    for _ in range(4):
        ended(jobs, jobs.submit("talk", {}).job_id)
    last = jobs.submit("wait", {}).job_id
    assert last == "job-00000005"
    begun(jobs, last)
    known = [job.job_id for job in jobs.page().jobs]
    assert known[:2] == ["job-00000005", "job-00000004"]
    assert "job-00000001" not in known
    with pytest.raises(UnknownJob):
        jobs.get("job-00000001")


@pytest.mark.parametrize("job_id", ["", "job-1", "..", "job-00000009", "../job-00000001", "a/b"])
def test_what_is_no_job_is_said_to_be_none(
    open_jobs: Callable[..., JobProcesses], job_id: str
) -> None:
    jobs = open_jobs()
    for ask in (jobs.get, jobs.cancel, jobs.events, jobs.log):
        with pytest.raises(UnknownJob):
            ask(job_id)


def test_what_cannot_be_done_or_is_too_much_is_refused(
    open_jobs: Callable[..., JobProcesses],
) -> None:
    jobs = open_jobs(most_waiting=1)
    with pytest.raises(UnknownJobKind):
        jobs.submit("fly", {})
    begun(jobs, jobs.submit("wait", {}).job_id)
    jobs.submit("count", {})
    with pytest.raises(TooManyJobs):
        jobs.submit("count", {})
    with pytest.raises(OptionOutOfRange):
        jobs.page(limit=0)


def test_a_line_cut_by_a_crash_is_no_event_and_harms_none(place: Path) -> None:
    folder = JobFolder(place)
    job = folder.add("count", {}, NOW)
    folder.say(job.job_id, "state", {"state": "running"})
    path = folder.folder(job.job_id) / "events.jsonl"
    with path.open("ab") as file:
        file.write(b'{"name": "progr')
    assert [event.name for event in folder.events(job.job_id, 0)] == ["state"]
    folder.say(job.job_id, "progress", {"share": 0.5, "words": "half"})
    assert [event.name for event in folder.events(job.job_id, 0)] == ["state", "progress"]
    assert folder.get(job.job_id).progress is not None


def test_a_folder_that_is_none_is_said_to_be_unavailable(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_bytes(b"")
    jobs = JobProcesses(tmp_path / "jobs", KINDS, FixedClock(NOW))
    with pytest.raises(JobsUnavailable):
        jobs.submit("count", {})
    jobs.close()


def test_one_damaged_job_does_not_stop_the_others(
    open_jobs: Callable[..., JobProcesses], place: Path
) -> None:
    jobs = open_jobs()
    first = ended(jobs, jobs.submit("count", {}).job_id)
    (place / first.job_id / "job.json").write_text(json.dumps({"kind": 5}), encoding="ascii")
    with pytest.raises(JobsUnavailable):
        jobs.get(first.job_id)
    assert ended(jobs, jobs.submit("count", {}).job_id).state is JobState.DONE
