"""The folder of jobs: one folder a job, every file of it whole or not there."""

import contextlib
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from bellwether.adapters._atomic_file import write_all, write_atomically
from bellwether.service import (
    Job,
    JobEvent,
    JobFailure,
    JobProgress,
    JobState,
    JobsUnavailable,
    UnknownJob,
)

STATE, PROGRESS = "state", "progress"
_JOB, _EVENTS, _LOG, _CANCEL, _ALIVE = "job.json", "events.jsonl", "log.txt", "cancel", "alive"
_ID = re.compile(r"job-\d{8}")
_LOG_BYTES, _TAIL_BYTES = 1 << 16, 1 << 12
_INSTANTS = ("asked_at", "started_at", "ended_at")


class JobFolder:
    """Jobs as files; may be used by several processes, of which one does the jobs.

    Parameters
    ----------
    place : pathlib.Path
        Made when the first job is kept.

    Raises
    ------
    JobsUnavailable
        By any method, if the folder cannot be read or written.

    Notes
    -----
    A job's own file is written by whoever takes it in, and from then on by whoever does it. A
    wish to cancel is a file beside it. Events are appended; the number of an event is where the
    next one begins in their file, so that going on from it takes one seek.
    """

    __slots__ = ("place",)

    def __init__(self, place: Path) -> None:
        self.place = place

    def add(self, kind: str, asked: Mapping[str, Any], asked_at: np.datetime64) -> Job:
        """Keep a new job, queued, and return it."""
        with self._available():
            self.place.mkdir(parents=True, exist_ok=True)
            job = Job(
                job_id=self._claim(),
                kind=kind,
                asked=asked,
                state=JobState.QUEUED,
                asked_at=asked_at,
            )
            self.write(job)
        return job

    def ids(self) -> list[str]:
        """Return the id of every job, the oldest first."""
        with self._available():
            if not self.place.is_dir():
                return []
            names = (path.name for path in self.place.iterdir())
            return sorted(name for name in names if _ID.fullmatch(name))

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises
        ------
        UnknownJob
            If there is none with that id.
        """
        folder = self.folder(job_id)
        with self._available():
            try:
                told = json.loads((folder / _JOB).read_bytes())
            except FileNotFoundError as error:
                raise UnknownJob(job_id) from error
            told.pop("pid", None)
            for name in _INSTANTS:
                told[name] = None if told[name] is None else np.datetime64(told[name], "us")
            failure = told["failure"]
            told["failure"] = None if failure is None else JobFailure(**failure)
            job = Job(**{**told, "state": JobState(told["state"]), "progress": None})
            if job.state is JobState.QUEUED and self.is_unwanted(job_id):
                job = replace(job, state=JobState.CANCELLED)
            return replace(job, progress=self._last_progress(folder))

    def write(self, job: Job, pid: int | None = None) -> None:
        """Write a job down, with the process that does it."""
        told = {
            **asdict(replace(job, asked=dict(job.asked), progress=None)),
            **{name: _text(getattr(job, name)) for name in _INSTANTS},
            "pid": pid,
        }
        with self._available():
            content = json.dumps(told, allow_nan=False).encode("ascii")
            write_atomically(self.folder(job.job_id) / _JOB, content)

    def pid(self, job_id: str) -> int | None:
        """Return the process that does a job, or did."""
        with self._available():
            found: int | None = json.loads((self.folder(job_id) / _JOB).read_bytes())["pid"]
            return found

    def say(self, job_id: str, name: str, data: Mapping[str, Any]) -> None:
        """Append an event."""
        line = json.dumps({"name": name, "data": data}, allow_nan=False).encode("ascii") + b"\n"
        with self._available():
            path = self.folder(job_id) / _EVENTS
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                _mend(descriptor)
                write_all(descriptor, line)
            finally:
                os.close(descriptor)

    def events(self, job_id: str, after: int) -> tuple[JobEvent, ...]:
        """Return what happened to a job after an event; from the first after a wrong number."""
        self.get(job_id)
        with self._available():
            path = self.folder(job_id) / _EVENTS
            if not path.exists():
                return ()
            with path.open("rb") as file:
                n_bytes = file.seek(0, os.SEEK_END)
                start = after if 0 < after <= n_bytes else 0
                file.seek(max(start - 1, 0))
                if start and file.read(1) != b"\n":
                    start = file.seek(0)
                content = file.read()
        return tuple(_read_events(content, start))

    def log_path(self, job_id: str) -> Path:
        """Return where a job's words go."""
        return self.folder(job_id) / _LOG

    def log(self, job_id: str, n_lines: int) -> tuple[str, ...]:
        """Return the last lines of what a job said."""
        self.get(job_id)
        with self._available():
            content = _read_end(self.log_path(job_id), _LOG_BYTES)
        return tuple(content.decode("utf-8", "replace").splitlines()[-n_lines:])

    def want_no_more(self, job_id: str) -> None:
        """Leave the wish that a job be cancelled."""
        with self._available():
            (self.folder(job_id) / _CANCEL).touch()

    def is_unwanted(self, job_id: str) -> bool:
        """Whether somebody wishes that a job be cancelled."""
        return (self.folder(job_id) / _CANCEL).exists()

    def hold(self, job_id: str) -> int | None:
        """Return a descriptor that shows, as long as anybody has it open, that a job is done.

        None where somebody has it open already.
        """
        with self._available():
            return lock(self.folder(job_id) / _ALIVE)

    def forget(self, job_id: str) -> None:
        """Remove a job."""
        folder = self.folder(job_id)
        with self._available():
            # Without this file there is no such job, whatever interrupts the rest.
            (folder / _JOB).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

    def folder(self, job_id: str) -> Path:
        """Return where the files of a job are.

        Raises
        ------
        UnknownJob
            If it is no id.
        """
        if not _ID.fullmatch(job_id):
            raise UnknownJob(job_id)
        return self.place / job_id

    def _claim(self) -> str:
        number = max((int(name.removeprefix("job-")) for name in self.ids()), default=0)
        while True:
            number += 1
            with contextlib.suppress(FileExistsError):
                (self.place / f"job-{number:08d}").mkdir()
                return f"job-{number:08d}"

    def _last_progress(self, folder: Path) -> JobProgress | None:
        content = _read_end(folder / _EVENTS, _TAIL_BYTES)
        if len(content) == _TAIL_BYTES:
            content = content.partition(b"\n")[2]
        told = [event.data for event in _read_events(content, 0) if event.name == PROGRESS]
        return JobProgress(**told[-1]) if told else None

    @contextlib.contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise JobsUnavailable(str(self.place), f"{error}"[:200] or repr(error)) from error


def lock(path: Path) -> int | None:
    """Return a descriptor that holds a file's lock, or None where somebody else has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _mend(descriptor: int) -> None:
    """Cut off the half of a line that a killed process left behind."""
    n_bytes = os.lseek(descriptor, 0, os.SEEK_END)
    if n_bytes and os.pread(descriptor, 1, n_bytes - 1) != b"\n":
        start = max(n_bytes - _LOG_BYTES, 0)
        end = os.pread(descriptor, n_bytes - start, start)
        os.ftruncate(descriptor, start + end.rfind(b"\n") + 1)


def _read_events(content: bytes, start: int) -> Iterator[JobEvent]:
    for line in content.splitlines(keepends=True):
        start += len(line)
        if line.endswith(b"\n"):
            told = json.loads(line)
            yield JobEvent(number=start, name=told["name"], data=told["data"])


def _read_end(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            n_bytes = file.seek(0, os.SEEK_END)
            file.seek(max(n_bytes - most_bytes, 0))
            return file.read()
    except FileNotFoundError:
        return b""


def _text(instant: np.datetime64 | None) -> str | None:
    return None if instant is None else str(instant.astype("datetime64[us]"))
