"""Talks about work that takes minutes, and the reading of its events."""

import json
from collections.abc import Iterable
from typing import TypedDict, Unpack

import httpx

from bellwether.client._calls import Call, Pages, Talk, get, list_pages, post, segment
from bellwether.client._errors import AnswerUnreadable
from bellwether.client._values import Job, JobEvent

# The service gives a sign of life every 15 s.
_SILENCE_SECONDS = 60.0
_ENDED = frozenset({"done", "failed", "cancelled"})


class TrainOptions(TypedDict, total=False):
    """How models are trained.

    Parameters
    ----------
    universe : str
        What to call these symbols together; one champion serves a universe.
    budget : str
        Time to spend, such as "90s", "5m" or "2h"; "5m" by default.
    plan : str
        A plan by its name instead.
    horizon_bars : int
    cost_bps : float
        Cost a side in basis points.
    short_history : bool
        Whether less than two years and 500 bars will do.
    """

    universe: str
    budget: str
    plan: str
    horizon_bars: int
    cost_bps: float
    short_history: bool


def train(
    symbols: Iterable[str] = (),
    *,
    interval: str = "1d",
    snapshots: Iterable[str] = (),
    **options: Unpack[TrainOptions],
) -> Talk[Job]:
    """Ask for models to be trained on stored bars, judged, and promoted if they pass.

    Parameters
    ----------
    symbols : iterable of str
        Stored symbols; their latest snapshots as of now are trained on.
    interval : str, default "1d"
    snapshots : iterable of str
        Or some snapshots, by their digests.
    **options
        As `TrainOptions` has them, such as ``universe="indices", budget="30m"``.

    Returns
    -------
    job : Job
        Queued; follow it with `job_events` or `wait_for_job`.
    """
    chosen = {"symbols": list(symbols), "snapshots": list(snapshots), "interval": interval}
    return submit_job("train", **chosen, **options)


def submit_job(kind: str, **options: object) -> Talk[Job]:
    """Ask for a job of any kind that the service knows.

    Parameters
    ----------
    kind : str
        Such as "train" or "verify-journal".
    **options
        As the kind takes them.
    """
    return post("/v1/jobs", {"kind": kind, **options}, Job, is_change=True)


def jobs(*, limit: int | None = None) -> Pages[Job]:
    """Iterate over the jobs that are remembered, the latest first."""
    return list_pages("/v1/jobs", "jobs", Job, "cursor", {"limit": limit})


def job(job_id: str) -> Talk[Job]:
    """Return one job: how far it is, what came out, the last lines of its log."""
    return get(f"/v1/jobs/{segment(job_id)}", Job)


def cancel_job(job_id: str) -> Talk[Job]:
    """Stop a job; what it had finished is kept. One that has ended stays as it is."""
    return post(f"/v1/jobs/{segment(job_id)}/cancel", {}, Job)


class EventReader:
    """Reads the events of one job, and knows how to go on where a connection broke.

    Parameters
    ----------
    job_id : str
    after : int
        Number of the last event that is known already.
    """

    __slots__ = ("_after", "_data", "_job_id", "_name", "_number", "has_ended")

    def __init__(self, job_id: str, after: int) -> None:
        self._job_id = job_id
        self._after = self._number = after
        self._name = ""
        self._data: list[str] = []
        self.has_ended = False

    @property
    def call(self) -> Call:
        """What is asked: the events behind the last one."""
        self._name, self._data, self._number = "", [], self._after
        return Call(
            method="GET",
            path=f"/v1/jobs/{segment(self._job_id)}/events",
            headers={"last-event-id": str(self._after), "accept": "text/event-stream"},
            seconds=_SILENCE_SECONDS,
        )

    def take(self, line: str) -> JobEvent | None:
        """Read one more line, and return the event that it ends, if it does.

        Raises
        ------
        AnswerUnreadable
            If the event is none.
        """
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id" and value.isdecimal():
                self._number = int(value)
            elif name == "event":
                self._name = value
            elif name == "data":
                self._data.append(value)
            return None
        name, text = self._name, "\n".join(self._data)
        self._name, self._data = "", []
        if not text:
            return None
        try:
            data = json.loads(text)
        except ValueError as error:
            raise AnswerUnreadable("an event of JSON", repr(text)[:80]) from error
        self._after = self._number
        self.has_ended = isinstance(data, dict) and data.get("state") in _ENDED
        return JobEvent(number=self._number, name=name or "message", data=data)

    def end(self, job: Job) -> None:
        """Take note that a connection ended, though no event told the end of the job.

        Raises
        ------
        httpx.RemoteProtocolError
            If there is more to come: the service ended first.
        """
        if not job.has_ended:
            raise httpx.RemoteProtocolError("the service ended before the job")
