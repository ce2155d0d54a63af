"""Evidence over HTTP: what can be shown at all, how often the gate errs, who tried what."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from bellwether.clock import Clock
from bellwether.http import _evidence_examples as examples
from bellwether.http import _evidence_parameters as parameters
from bellwether.http._bodies import json_response
from bellwether.http._data_parameters import read_interval
from bellwether.http._errors import QueryUnreadable
from bellwether.http._evidence_desk import Desk
from bellwether.http._evidence_types import (
    CalibrationsAnswer,
    LedgerAnswer,
    LedgerCheckAnswer,
    PlanAnswer,
)
from bellwether.http._operations import Operation
from bellwether.http._queries import check_names, read_choice, read_number, read_text
from bellwether.service import EvidenceQuestion

_MOST_HEAD = 18 + 1 + 64


class EvidenceRoutes:
    """Plan, tell the gate's own rate of error, show and check the trial ledger.

    Parameters
    ----------
    desk : Desk
    clock : Clock
    """

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (*self._judging, *self._counting)

    @property
    def _judging(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/plan",
                name="show_plan",
                summary="What a verdict on so many bars can show, and when one is possible",
                endpoint=self.show_plan,
                parameters=parameters.PLANNING,
                answer=PlanAnswer,
                answer_example=examples.PLAN,
                problems=(404, 422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/calibration",
                name="show_calibration",
                summary="How often the gate was measured to promote noise, and how often skill",
                endpoint=self.show_calibration,
                answer=CalibrationsAnswer,
                answer_example=examples.CALIBRATIONS,
                problems=(503,),
            ),
        )

    @property
    def _counting(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/ledger",
                name="show_ledger",
                summary="Who tried what on which bars, the latest first, and whether that holds",
                endpoint=self.show_ledger,
                parameters=parameters.TRIALS,
                answer=LedgerAnswer,
                answer_example=examples.LEDGER,
                problems=(422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/ledger/check",
                name="check_ledger",
                summary="Hold the ledger against a head noted down earlier, and all it has led to",
                endpoint=self.check_ledger,
                parameters=(parameters.HEAD,),
                answer=LedgerCheckAnswer,
                answer_example=examples.LEDGER_CHECK,
                problems=(400, 422, 503),
            ),
        )

    async def show_plan(self, request: Request) -> Response:
        """Plan for a number of bars, or for a stored market."""
        query = request.query_params
        check_names(query, (one.name for one in parameters.PLANNING))
        asked = parameters.read_plan(query)
        symbol, interval = read_text(query, "symbol"), read_interval(query)
        if symbol is None:
            # The day is in it: a verdict that is waited for is waited for from today.
            day = f"{self._clock.now().astype('datetime64[D]')}"
            return json_response(await self._desk.ask_once(EvidenceQuestion.PLAN, asked, day))
        if "n_bars" in asked:
            raise QueryUnreadable("bars", "left out where a symbol is given", query["bars"])
        asked |= {"symbol": symbol, "interval": interval or "1d"}
        return json_response(await self._desk.ask(EvidenceQuestion.PLAN, asked))

    async def show_calibration(self, _request: Request) -> Response:
        """Tell how often the gate errs."""
        return json_response(await self._desk.ask(EvidenceQuestion.CALIBRATION, {}))

    async def show_ledger(self, request: Request) -> Response:
        """Show families and a page of entries."""
        query = request.query_params
        check_names(query, (one.name for one in parameters.TRIALS))
        kind = read_choice(query, "kind", parameters.TrialKindName)
        asked = {
            "symbol": read_text(query, "symbol"),
            "kind": None if kind is None else kind.value,
            "limit": read_number(query, "limit", 1, parameters.MOST_A_PAGE) or parameters.A_PAGE,
            "cursor": read_number(query, "cursor", 0, 10**18 - 1),
        }
        return json_response(await self._desk.ask(EvidenceQuestion.LEDGER, asked))

    async def check_ledger(self, request: Request) -> Response:
        """Check the ledger; what is wrong is an answer, too."""
        query = request.query_params
        check_names(query, ("head",))
        asked: Mapping[str, Any] = {"head": query["head"]} if "head" in query else {}
        if len(query.get("head", "")) > _MOST_HEAD:
            raise QueryUnreadable("head", "a number, a colon and 64 letters", query["head"])
        return json_response(await self._desk.ask(EvidenceQuestion.LEDGER_CHECK, asked))
