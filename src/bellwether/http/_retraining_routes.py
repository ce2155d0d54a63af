"""Retraining over HTTP: what is due and why, and what became of each challenger."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bellwether.http import _evidence_parameters as parameters
from bellwether.http import _retraining_examples as examples
from bellwether.http._bodies import json_response
from bellwether.http._evidence_desk import Desk
from bellwether.http._job_routes import show_job
from bellwether.http._operations import Operation, Parameter
from bellwether.http._queries import check_names, read_number, read_text
from bellwether.http._retraining_types import RetrainingAnswer
from bellwether.service import EvidenceQuestion, Jobs

_RUNS_A_PAGE, _MOST_RUNS = 50, 500
_JOBS = 1000
# Who asks for a challenger now; and the check that makes those that are due.
_AT_IT = frozenset({"retrain", "monitor"})
_LISTING = (
    parameters.UNIVERSE,
    parameters.whole("limit", "runs on a page", (1, _MOST_RUNS), _RUNS_A_PAGE),
    Parameter(
        name="cursor",
        place="query",
        description="next_cursor of the page before",
        schema={"type": "string", "minLength": 1, "maxLength": 64},
        example="3f2a9c81d0b7e645-0001",
    ),
)


class RetrainingRoutes:
    """Tell what is due, what became of it, and who is at it.

    Parameters
    ----------
    desk : Desk
    jobs : Jobs or None
    """

    def __init__(self, desk: Desk, jobs: Jobs | None) -> None:
        self._desk = desk
        self._jobs = jobs

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="GET",
                path="/v1/retraining",
                name="show_retraining",
                summary="When challengers are due and why, and what became of each so far",
                endpoint=self.show_retraining,
                parameters=_LISTING,
                answer=RetrainingAnswer,
                answer_example=examples.RETRAINING,
                problems=(422, 503),
            ),
        )

    async def show_retraining(self, request: Request) -> Response:
        """Show schedule, runs and jobs."""
        query = request.query_params
        check_names(query, (one.name for one in _LISTING))
        asked = {
            "universe": read_text(query, "universe"),
            "limit": read_number(query, "limit", 1, _MOST_RUNS) or _RUNS_A_PAGE,
            "cursor": read_text(query, "cursor"),
        }
        found = await self._desk.ask(EvidenceQuestion.RETRAINING, asked)
        return json_response({**found, "jobs": await asyncio.to_thread(self._find_jobs)})

    def _find_jobs(self) -> list[dict[str, Any]]:
        """Return the jobs that are at it now, or wait for their turn."""
        if self._jobs is None:
            return []
        found = self._jobs.page(None, _JOBS).jobs
        return [show_job(one) for one in found if one.kind in _AT_IT and not one.state.ended]
