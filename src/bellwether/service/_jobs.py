"""Jobs: work that takes minutes, asked for now and done beside the answering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far a job is.

    Parameters
    ----------
    share : float
        Of the work, from 0 to 1.
    words : str
        What is being done.
    """

    share: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailure:
    """Why a job failed.

    Parameters
    ----------
    kind : str
        Name of the error's class.
    expected, was, hint : str
    """

    kind: str
    expected: str
    was: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job.

    Parameters
    ----------
    job_id : str
        In the order of asking.
    kind : str
        What is done, such as "train".
    asked : mapping
        With which options, as JSON data.
    state : JobState
    asked_at : numpy.datetime64
        UTC instant.
    started_at, ended_at : numpy.datetime64 or None
    n_starts : int
        How often it was begun: again after the machine or the service died under it.
    progress : JobProgress or None
    result : mapping or None
        What came out, as JSON data, once it is done.
    failure : JobFailure or None
    """

    job_id: str
    kind: str
    asked: Mapping[str, Any]
    state: JobState
    asked_at: np.datetime64
    started_at: np.datetime64 | None = None
    ended_at: np.datetime64 | None = None
    n_starts: int = 0
    progress: JobProgress | None = None
    result: Mapping[str, Any] | None = None
    failure: JobFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """Something that happened to a job.

    Parameters
    ----------
    number : int
        Above that of the event before; to be given for what follows it.
    name : {"state", "progress"}
    data : mapping
        The new state, or share and words of a progress.
    """

    number: int
    name: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs, the latest first, and where the next ones begin.

    Parameters
    ----------
    jobs : tuple of Job
    cursor : str or None
        To be given for the next page; None where this is the last.
    """

    jobs: tuple[Job, ...]
    cursor: str | None


class Jobs(Protocol):
    """Does work that takes minutes, each job in a process of its own, and remembers how it went.

    Treaty. May be used from any thread, and by several processes on one memory: one of them
    does the work, whoever was asked. What `submit` returned for is done, even if the service
    ends in between: a job that was interrupted by the end of the service begins again with its
    next start, one that died with it does so once. A job leaves nothing half-written, whenever
    it is stopped.

    Every method but `close` raises JobsUnavailable if the memory cannot be read or written.
    """

    def start(self) -> None:
        """Begin with what is queued; does nothing where the work has begun."""
        ...

    def submit(self, kind: str, asked: Mapping[str, Any]) -> Job:
        """Queue a job and return it; it is durable.

        Raises
        ------
        UnknownJobKind
            If nobody here can do it.
        TooManyJobs
            If too many wait already.
        """
        ...

    def get(self, job_id: str) -> Job:
        """Return one job.

        Raises
        ------
        UnknownJob
            If there is none with that id, or it ended so long ago that it is forgotten.
        """
        ...

    def page(self, cursor: str | None = None, limit: int = 100) -> JobPage:
        """Return a page of jobs, the latest first."""
        ...

    def cancel(self, job_id: str) -> Job:
        """Ask a job to stop; one that has ended stays as it is.

        Raises
        ------
        UnknownJob
            If there is none with that id.
        """
        ...

    def events(self, job_id: str, after: int = 0) -> Sequence[JobEvent]:
        """Return what happened to a job after an event, in order; from the first after 0.

        Raises
        ------
        UnknownJob
            If there is none with that id.
        """
        ...

    def log(self, job_id: str, n_lines: int = 50) -> tuple[str, ...]:
        """Return the last lines of what a job said.

        Raises
        ------
        UnknownJob
            If there is none with that id.
        """
        ...

    def close(self) -> None:
        """Stop what runs, to be begun again by the next start, and do no more."""
        ...
