"""Jobs over HTTP: ask for work that takes minutes, see how it goes, stop it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bellwether.http import _job_examples as examples
from bellwether.http._bodies import check_json, decode_json, json_response, read_body
from bellwether.http._errors import BodyMisshapen, TooBusy
from bellwether.http._idempotency import OnceOnly
from bellwether.http._job_events import MEDIA_TYPE, tell_events
from bellwether.http._job_types import (
    CancelRequest,
    JobAnswer,
    JobRequest,
    JobsAnswer,
    TrainRequest,
)
from bellwether.http._operations import (
    IDEMPOTENCY_KEY,
    Operation,
    Parameter,
    listing,
    showing,
)
from bellwether.http._options import HttpOptions
from bellwether.http._presence import Presence
from bellwether.http._queries import check_names, read_number, read_text
from bellwether.service import BarStore, Job, Jobs

ACCEPTED = 202
MOST_LISTENERS = 64
_CHANGE_PROBLEMS = (400, 403, 404, 408, 413, 415, 422, 429, 503)
_BODY_BYTES = 1 << 16
_A_PAGE, _MOST_A_PAGE = 100, 1000
_DECODER = msgspec.json.Decoder(JobRequest)
_CANCEL = msgspec.json.Decoder(CancelRequest)
_JOB_ID = Parameter(
    name="job_id",
    place="path",
    description="id of a job, as it came when it was asked for",
    schema={"type": "string", "pattern": "^job-[0-9]{8}$"},
    example="job-00000017",
)
_PAGE = (
    Parameter(
        name="limit",
        place="query",
        description="jobs on a page",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST_A_PAGE, "default": _A_PAGE},
        example=_A_PAGE,
    ),
    Parameter(
        name="cursor",
        place="query",
        description="next_cursor of the page before",
        schema={"type": "string", "maxLength": 64},
        example="job-00000017",
    ),
)
_LAST_EVENT = Parameter(
    name="Last-Event-ID",
    place="header",
    description="id of the last event that is known already: those behind it are sent; all are "
    "where it is no such id",
    schema={"type": "string"},
    example="131",
)


class JobRoutes:
    """Ask for jobs, list, show, follow and cancel them.

    Parameters
    ----------
    jobs : Jobs
    bars : BarStore
        What may be trained on.
    options : HttpOptions
    presence : Presence
        Says when this process was asked to end.
    """

    def __init__(
        self, jobs: Jobs, bars: BarStore, options: HttpOptions, presence: Presence
    ) -> None:
        self._jobs = jobs
        self._bars = bars
        self._options = options
        self._presence = presence
        self._once = OnceOnly()
        self._n_listeners = 0

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (*self._asking, *self._showing)

    @property
    def _asking(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="POST",
                path="/v1/jobs",
                name="submit_job",
                summary="Ask for work that takes minutes; it is done beside the answering",
                endpoint=self.submit,
                parameters=(IDEMPOTENCY_KEY,),
                request=JobRequest,
                request_example=examples.TRAIN,
                status=ACCEPTED,
                answer=JobAnswer,
                answer_example=examples.JOB,
                problems=_CHANGE_PROBLEMS,
            ),
            Operation(
                method="POST",
                path="/v1/jobs/{job_id}/cancel",
                name="cancel_job",
                summary="Stop a job; what it had finished is kept, nothing is half-written",
                endpoint=self.cancel,
                parameters=(_JOB_ID,),
                request=CancelRequest,
                request_example={},
                answer=JobAnswer,
                answer_example=examples.JOB,
                problems=_CHANGE_PROBLEMS,
            ),
        )

    @property
    def _showing(self) -> tuple[Operation, ...]:
        return (
            listing(
                "/v1/jobs",
                self.list_jobs,
                name="list_jobs",
                summary="Jobs that are remembered, the latest first",
                parameters=_PAGE,
                answer=(
                    JobsAnswer,
                    {"jobs": [{**examples.JOB, "log": []}], "next_cursor": None},
                ),
            ),
            showing(
                self.show,
                of=_JOB_ID,
                within="/v1/jobs",
                name="show_job",
                summary="One job: how far it is, what came out, the last lines of its log",
                answer=(JobAnswer, examples.JOB),
            ),
            Operation(
                method="GET",
                path="/v1/jobs/{job_id}/events",
                name="job_events",
                summary="What happens to a job, as server-sent events, until it ends",
                endpoint=self.events,
                parameters=(_JOB_ID, _LAST_EVENT),
                answer_media=MEDIA_TYPE,
                answer_example=examples.EVENTS,
                problems=(404, 503),
            ),
        )

    async def submit(self, request: Request) -> Response:
        """Queue a job."""
        check_json(request)
        body = await read_body(request, _BODY_BYTES, self._options)
        asked = decode_json(body, _DECODER, self._options.json_levels)

        async def change() -> bytes:
            return msgspec.json.encode(await asyncio.to_thread(self._submit, asked))

        answer = await self._once.run(request, body, change)
        answer.status_code = ACCEPTED
        job_id = msgspec.json.decode(answer.body, type=JobAnswer).job_id
        answer.headers["location"] = f"/v1/jobs/{job_id}"
        return answer

    async def cancel(self, request: Request) -> Response:
        """Ask a job to stop."""
        check_json(request)
        body = await read_body(request, _BODY_BYTES, self._options)
        decode_json(body, _CANCEL, self._options.json_levels)
        job_id = request.path_params["job_id"]
        return json_response(show_job(await asyncio.to_thread(self._jobs.cancel, job_id)))

    async def list_jobs(self, request: Request) -> Response:
        """List jobs, a page at a time."""
        query = request.query_params
        check_names(query, (one.name for one in _PAGE))
        limit = read_number(query, "limit", 1, _MOST_A_PAGE) or _A_PAGE
        page = await asyncio.to_thread(self._jobs.page, read_text(query, "cursor"), limit)
        shown = [show_job(job) for job in page.jobs]
        return json_response({"jobs": shown, "next_cursor": page.cursor})

    async def show(self, request: Request) -> Response:
        """Show one job."""
        job_id = request.path_params["job_id"]
        job = await asyncio.to_thread(self._jobs.get, job_id)
        log = await asyncio.to_thread(self._jobs.log, job_id)
        return json_response(show_job(job, log))

    async def events(self, request: Request) -> Response:
        """Tell what happens to a job, as it happens.

        Raises
        ------
        TooBusy
            If too many listen already.
        """
        job_id = request.path_params["job_id"]
        await asyncio.to_thread(self._jobs.get, job_id)
        if self._n_listeners >= MOST_LISTENERS:
            raise TooBusy(MOST_LISTENERS)
        last = request.headers.get("last-event-id", "")
        is_number = last.isascii() and last.isdecimal() and len(last) <= 18
        told = self._tell(job_id, int(last) if is_number else 0)
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(told, media_type=MEDIA_TYPE, headers=headers)

    async def _tell(self, job_id: str, after: int) -> AsyncIterator[bytes]:
        self._n_listeners += 1
        try:
            told = tell_events(self._jobs, job_id, after, lambda: self._presence.is_leaving)
            async for event in told:
                yield event
        finally:
            self._n_listeners -= 1

    def _submit(self, asked: JobRequest) -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(asked)
        kind = told.pop("kind")
        if isinstance(asked, TrainRequest):
            told["snapshots"] = self._find_snapshots(asked)
        given = {name: value for name, value in told.items() if value is not None}
        return show_job(self._jobs.submit(kind, given))

    def _find_snapshots(self, asked: TrainRequest) -> list[str]:
        """Return what is trained on, so that it is the same however late the job begins."""
        if not asked.symbols and not asked.snapshots:
            raise BodyMisshapen("neither a symbol nor a snapshot to train on")
        latest = [self._bars.latest(symbol, asked.interval).digest for symbol in asked.symbols]
        named = [self._bars.get(digest).digest for digest in asked.snapshots]
        return [*latest, *named]


def show_job(job: Job, log: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a job as it is told."""
    progress, failure = job.progress, job.failure
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "asked": dict(job.asked),
        "state": job.state.value,
        "asked_at": _write(job.asked_at),
        "started_at": _write(job.started_at),
        "ended_at": _write(job.ended_at),
        "n_starts": job.n_starts,
        "progress": progress and {"share": progress.share, "words": progress.words},
        "result": None if job.result is None else dict(job.result),
        "failure": failure
        and {
            "kind": failure.kind,
            "expected": failure.expected,
            "was": failure.was,
            "hint": failure.hint,
        },
        "log": list(log),
    }


def _write(instant: np.datetime64 | None) -> str | None:
    return None if instant is None else f"{instant.astype('datetime64[us]')}Z"
