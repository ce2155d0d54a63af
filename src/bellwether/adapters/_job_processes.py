"""JobProcesses: jobs in processes of their own, one leader for all who share a folder."""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bellwether.adapters._job_child import GRACE_SECONDS, JobChild, stop_group
from bellwether.adapters._job_folder import PROGRESS, STATE, JobFolder, lock
from bellwether.adapters._job_limits import JobKind, JobLimits
from bellwether.clock import Clock
from bellwether.errors import BellwetherError
from bellwether.service import (
    Job,
    JobEvent,
    JobFailure,
    JobPage,
    JobState,
    JobsUnavailable,
    TooManyJobs,
    UnknownJob,
    UnknownJobKind,
    check_limit,
)

_log = logging.getLogger(__name__)
_LEADER = "leader"
_LOOK_EVERY_SECONDS, _IDLE_SECONDS = 0.2, 0.5
_MOST_STARTS = 2


class JobProcesses:
    """Does jobs in processes; treaty as `Jobs`.

    Parameters
    ----------
    place : pathlib.Path
        The folder of jobs.
    kinds : mapping of str to JobKind
        The kinds that can be done here.
    clock : Clock
    limits : JobLimits, optional

    Notes
    -----
    Of all processes that share the folder the one that holds the leader's lock does the work;
    when it is gone the next takes over. A job's process holds a lock of its own, so that a
    leader finds out whether the process of a leader before still lives, and ends it: a process
    number alone may be another's by now.
    """

    __slots__ = ("_clock", "_closing", "_folder", "_guard", "_kinds", "_limits", "_thread", "_wake")

    def __init__(
        self,
        place: Path,
        kinds: Mapping[str, JobKind],
        clock: Clock,
        limits: JobLimits | None = None,
    ) -> None:
        self._folder = JobFolder(place)
        self._kinds = dict(kinds)
        self._clock = clock
        self._limits = JobLimits() if limits is None else limits
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin with what is queued."""
        with self._guard:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()

    def submit(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Queue a job and return it."""
        if kind not in self._kinds:
            raise UnknownJobKind(kind, sorted(self._kinds))
        jobs = self._every(self._folder.ids())
        if sum(job.state is JobState.QUEUED for job in jobs) >= self._limits.most_waiting:
            raise TooManyJobs(self._limits.most_waiting)
        job = self._folder.add(kind, asked, self._clock.now())
        self.start()
        self._wake.set()
        return job

    def get(self, job_id: str) -> Job:
        """Return one job."""
        return self._folder.get(job_id)

    def page(self, cursor: str | None = None, limit: int = 100) -> JobPage:
        """Return a page of jobs, the latest first."""
        check_limit(limit)
        ids = [one for one in reversed(self._folder.ids()) if cursor is None or one < cursor]
        jobs = tuple(self._every(ids[:limit]))
        return JobPage(jobs=jobs, cursor=ids[limit - 1] if len(ids) > limit else None)

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop."""
        if not self._folder.get(job_id).state.ended:
            self._folder.want_no_more(job_id)
            self.start()
            self._wake.set()
        return self._folder.get(job_id)

    def events(self, job_id: str, after: int = 0) -> Sequence[JobEvent]:
        """Return what happened to a job after an event."""
        return self._folder.events(job_id, after)

    def log(self, job_id: str, n_lines: int = 50) -> tuple[str, ...]:
        """Return the last lines of what a job said."""
        return self._folder.log(job_id, n_lines)

    def close(self) -> None:
        """Stop what runs, to be begun again by the next start."""
        with self._guard:
            self._closing.set()
            self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _every(self, ids: Iterable[str]) -> list[Job]:
        """Return jobs by their ids; one that was forgotten meanwhile, or is damaged, is none."""
        found = []
        for job_id in ids:
            with contextlib.suppress(UnknownJob, JobsUnavailable):
                found.append(self._folder.get(job_id))
        return found

    def _work(self) -> None:
        leader: int | None = None
        running: dict[str, JobChild] = {}
        over: set[str] = set()
        while not self._closing.is_set():
            try:
                leader = self._lead() if leader is None else leader
                if leader is not None:
                    self._look(running, over)
            except JobsUnavailable as error:
                _log.warning("reason=jobs_unavailable: %s", error)
            except Exception:  # noqa: BLE001 - the thread must outlive whatever a job does to it
                _log.exception("reason=defect: the work on jobs goes on")
            self._wake.wait(_LOOK_EVERY_SECONDS if running else _IDLE_SECONDS)
            self._wake.clear()
        for job_id, child in running.items():
            with contextlib.suppress(JobsUnavailable):
                self._interrupt(job_id, child)
        if leader is not None:
            os.close(leader)

    def _lead(self) -> int | None:
        place = self._folder.place
        return lock(place / _LEADER) if place.is_dir() else None

    def _look(self, running: dict[str, JobChild], over: set[str]) -> None:
        """Do what there is to do at the moment."""
        for job_id, child in list(running.items()):
            if child.has_ended or self._folder.is_unwanted(job_id):
                del running[job_id]
                self._end(job_id, child)
        ids = self._folder.ids()
        for job in self._every(one for one in ids if one not in over and one not in running):
            if job.ended_at is None:
                self._take(job, running)
            else:
                over.add(job.job_id)
        n_too_many = max(len(ids) - self._limits.most_kept, 0)
        for job_id in [one for one in ids if one in over][:n_too_many]:
            over.discard(job_id)
            self._folder.forget(job_id)

    def _take(self, job: Job, running: dict[str, JobChild]) -> None:
        if job.state is JobState.RUNNING:
            self._recover(job)
        elif self._folder.is_unwanted(job.job_id):
            self._note(job, JobState.CANCELLED)
        elif self._has_room(job.kind, running):
            self._begin(job, running)

    def _has_room(self, kind: str, running: Iterable[str]) -> bool:
        slots = [self._slot(job.kind) for job in self._every(running)]
        return slots.count(self._slot(kind)) < self._limits.most_at_once

    def _slot(self, kind: str) -> str:
        return self._kinds[kind].slot if kind in self._kinds else ""

    def _begin(self, job: Job, running: dict[str, JobChild]) -> None:
        alive = self._folder.hold(job.job_id)
        if alive is None:
            return  # its last process has not ended yet
        try:
            begun = replace(job, started_at=self._clock.now(), n_starts=job.n_starts + 1)
            begun = self._note(begun, JobState.RUNNING)
            child = self._spawn(begun, alive)
        finally:
            os.close(alive)
        if isinstance(child, JobChild):
            running[job.job_id] = child
            self._folder.write(begun, child.pid)
            child.begin()
        else:
            self._note(begun, JobState.FAILED, failure=child)

    def _spawn(self, job: Job, alive: int) -> JobChild | JobFailure:
        try:
            if job.kind not in self._kinds:  # a queue of another version
                raise UnknownJobKind(job.kind, sorted(self._kinds))
            return JobChild(
                self._kinds[job.kind].command(job.asked),
                log=self._folder.log_path(job.job_id),
                alive=alive,
                most_bytes=self._limits.most_bytes,
                heard=lambda data: self._hear(job.job_id, data),
            )
        except BellwetherError as error:
            return JobFailure(
                kind=type(error).__name__, expected=error.expected, was=error.was, hint=error.hint
            )
        except OSError as error:
            return JobFailure(
                kind=type(error).__name__,
                expected="a process for the job",
                was=f"{error}"[:200],
                hint="free some memory or room on the disk, and ask again",
            )

    def _hear(self, job_id: str, data: Mapping[str, Any]) -> None:
        told = {"share": float(data["share"]), "words": str(data["words"])[:200]}
        # What cannot be told now is told by what follows.
        with contextlib.suppress(JobsUnavailable):
            self._folder.say(job_id, PROGRESS, told)

    def _end(self, job_id: str, child: JobChild) -> None:
        unwanted = not child.has_ended
        child.stop()
        ending = child.close()
        job = self._folder.get(job_id)
        if unwanted:
            self._note(job, JobState.CANCELLED)
        elif ending.answer is None:
            self._note(job, JobState.FAILED, failure=ending.failure)
        else:
            kind = self._kinds[job.kind]
            self._note(job, JobState.DONE, result=kind.summarize(ending.answer))
            self._follow(kind.follow and kind.follow(ending.answer))

    def _follow(self, wanted: tuple[str, Mapping[str, Any]] | None) -> None:
        """Queue what the answer of a job asks for, unless it is queued or done already."""
        if wanted is None:
            return
        kind, asked = wanted
        jobs = self._every(self._folder.ids())
        if not any(job.kind == kind and not job.state.ended for job in jobs):
            self._folder.add(kind, asked, self._clock.now())
            self._wake.set()

    def _interrupt(self, job_id: str, child: JobChild) -> None:
        """Stop a job because the service ends: it goes on with its next start."""
        if child.has_ended:
            self._end(job_id, child)
            return
        child.stop()
        child.close()
        job = self._folder.get(job_id)
        self._note(replace(job, n_starts=job.n_starts - 1), JobState.QUEUED)

    def _recover(self, job: Job) -> None:
        """Take up a job whose leader died: its process is ended; it begins again, but once."""
        alive = self._folder.hold(job.job_id)
        pid = self._folder.pid(job.job_id)
        if alive is None:
            # The lock is held, so the number is still that of the process it was given to.
            if pid is not None:
                stop_group(pid, signal.SIGTERM)
                self._closing.wait(GRACE_SECONDS)
                alive = self._folder.hold(job.job_id)
            if pid is not None and alive is None:
                stop_group(pid, signal.SIGKILL)
        if alive is None:
            return
        os.close(alive)
        if job.n_starts < _MOST_STARTS:
            self._note(job, JobState.QUEUED)
            return
        failure = JobFailure(
            kind="JobDied",
            expected="a job that ends before the service does",
            was=f"one that died with it {job.n_starts} times",
            hint="see the log of the job and of the service; if memory was short, ask for less",
        )
        self._note(job, JobState.FAILED, failure=failure)

    def _note(self, job: Job, state: JobState, **facts: Any) -> Job:
        ended_at = self._clock.now() if state.ended else None
        noted = replace(job, state=state, ended_at=ended_at, **facts)
        # Who sees that a job has ended finds all of its events; who hears that it goes on, the job.
        if state.ended:
            self._folder.say(job.job_id, STATE, {"state": state.value})
        self._folder.write(noted)
        if not state.ended:
            self._folder.say(job.job_id, STATE, {"state": state.value})
        return noted
