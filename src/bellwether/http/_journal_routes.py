"""The journal over HTTP: what was answered, what became of it, and whether it still holds."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from bellwether.bars import Bars, SessionCalendar
from bellwether.http import _journal_examples as examples
from bellwether.http import _journal_parameters as parameters
from bellwether.http._bodies import check_json, decode_json, json_response, read_body
from bellwether.http._body_bars import make_bars
from bellwether.http._errors import BodyMisshapen
from bellwether.http._journal_types import (
    EntriesAnswer,
    EntryAnswer,
    HeadAnswer,
    ReplayAnswer,
    ReplayRequest,
    SettleAnswer,
    SettleRequest,
    VerifyAnswer,
    VerifyRequest,
)
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._queries import check_names, read_choice, read_moment, read_number, read_text
from bellwether.http._verifying import Verifier
from bellwether.service import (
    BarStore,
    Direction,
    EntryFilter,
    FallbackReason,
    Journal,
    JournalEntry,
    JournalHead,
    PredictPorts,
    ReplayPorts,
    Rung,
    Scope,
    Settlement,
    SettlementOutcome,
    SourceKind,
    replay,
    settle,
)

_BODY_PROBLEMS = (400, 408, 413, 415, 422, 503)
_HEAD_BYTES = 1 << 12
_REPLAY = msgspec.json.Decoder(ReplayRequest)
_VERIFY = msgspec.json.Decoder(VerifyRequest)
_SETTLE = msgspec.json.Decoder(SettleRequest)


class JournalRoutes:
    """List and show answers of the past, compute them again, settle them, check their chain.

    Parameters
    ----------
    journal : Journal
    ports : PredictPorts
        Registry, bundles and rules that answers are computed again by, and the clock.
    options : HttpOptions
    bars : BarStore or None
        Where the bars of answers are looked for that came without, and those to settle by.
    """

    def __init__(
        self,
        journal: Journal,
        ports: PredictPorts,
        options: HttpOptions,
        bars: BarStore | None = None,
    ) -> None:
        self._journal = journal
        self._bars = bars
        self._clock = ports.clock
        self._options = options
        self._verifier = Verifier(journal, ports.clock, options.check_seconds)
        self._past = ReplayPorts(
            journal=journal,
            registry=ports.registry,
            bundles=ports.bundles,
            rules=ports.rules,
            bars=bars,
        )

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (*self._reading, *self._computing, *self._checking)

    @property
    def _reading(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/predictions",
                name="list_predictions",
                summary="Answers of the past with what became of them, the latest first",
                endpoint=self.list_predictions,
                parameters=parameters.LISTING,
                answer=EntriesAnswer,
                answer_example=examples.ENTRIES,
                problems=(422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/predictions/{prediction_id}",
                name="show_prediction",
                summary="One answer of the past, with its place in the chain",
                endpoint=self.show_prediction,
                parameters=(parameters.PREDICTION_ID,),
                answer=EntryAnswer,
                answer_example=examples.ENTRY,
                problems=(404, 503),
            ),
        )

    @property
    def _computing(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="POST",
                path="/v1/predictions/{prediction_id}/replay",
                scope=Scope.READ,
                name="replay_prediction",
                summary="Compute an answer of the past again, and compare; says what it needs back",
                endpoint=self.replay_prediction,
                parameters=(parameters.PREDICTION_ID,),
                request=ReplayRequest,
                request_example={"bars": examples.BARS},
                answer=ReplayAnswer,
                answer_example=examples.REPLAY,
                problems=(404, *_BODY_PROBLEMS),
            ),
            Operation(
                method="POST",
                path="/v1/settle",
                name="settle",
                summary="Record what became of the answers about a market; again changes nothing",
                endpoint=self.settle,
                request=SettleRequest,
                request_example={"bars": examples.BARS},
                answer=SettleAnswer,
                answer_example=examples.SETTLED,
                problems=(403, 404, *_BODY_PROBLEMS),
            ),
        )

    @property
    def _checking(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/journal/head",
                name="journal_head",
                summary="The end of the chain: keep it elsewhere to notice later what is missing",
                endpoint=self.head,
                answer=HeadAnswer,
                answer_example=examples.HEAD,
                problems=(503,),
            ),
            Operation(
                method="POST",
                path="/v1/journal/verify",
                scope=Scope.READ,
                name="verify_journal",
                summary="Check every record from the first, and against a head noted down earlier",
                endpoint=self.verify,
                request=VerifyRequest,
                request_example={},
                answer=VerifyAnswer,
                answer_example=examples.VERIFIED,
                problems=_BODY_PROBLEMS,
            ),
        )

    async def list_predictions(self, request: Request) -> Response:
        """List answers, a page at a time."""
        query = request.query_params
        check_names(query, (one.name for one in parameters.LISTING))
        wanted = _read_filter(query)
        cursor = read_number(query, "cursor", 0, 10**18 - 1)
        limit = read_number(query, "limit", 1, parameters.MOST_A_PAGE) or parameters.A_PAGE
        page = await asyncio.to_thread(self._journal.entries, wanted, cursor, limit)
        listed = [_show(entry) for entry in page.entries]
        return json_response({"predictions": listed, "next_cursor": page.cursor})

    async def show_prediction(self, request: Request) -> Response:
        """Show one answer."""
        prediction_id = request.path_params["prediction_id"]
        return json_response(_show(await asyncio.to_thread(self._journal.get, prediction_id)))

    async def replay_prediction(self, request: Request) -> Response:
        """Compute an answer of the past again, from the bars sent back or those that were kept."""
        body = await self._read(request, self._options.batch_body_bytes)
        asked = decode_json(body, _REPLAY, self._options.json_levels).bars
        prediction_id = request.path_params["prediction_id"]

        def compute() -> dict[str, object]:
            bars = None if asked is None else make_bars(asked)
            found = replay(prediction_id, ports=self._past, bars=bars)
            return {
                "outcome": found.outcome.value,
                "reason": found.reason,
                "then": found.entry.prediction,
                "again": found.again,
            }

        return json_response(await asyncio.to_thread(compute))

    async def settle(self, request: Request) -> Response:
        """Record what became of the answers about a market whose horizon has closed."""
        body = await self._read(request, self._options.batch_body_bytes)
        asked = decode_json(body, _SETTLE, self._options.json_levels)
        return json_response(await asyncio.to_thread(self._settle, asked))

    async def head(self, _request: Request) -> Response:
        """Give the end of the chain."""
        found = await asyncio.to_thread(self._journal.head)
        return json_response(HeadAnswer(head=str(found), number=found.number, digest=found.digest))

    async def verify(self, request: Request) -> Response:
        """Check the whole chain; what is wrong is an answer, too."""
        body = await self._read(request, _HEAD_BYTES)
        text = decode_json(body, _VERIFY, self._options.json_levels).head
        head = None if text is None else JournalHead.from_text(text)
        found = await self._verifier.verify(head)
        answer = VerifyAnswer(
            sound=found.fault is None,
            head=None if found.head is None else str(found.head),
            first_wrong=None if found.fault is None else found.fault.number,
            fault=None if found.fault is None else found.fault.was,
            checked_at=_write(found.started_at),
        )
        return json_response(answer)

    async def _read(self, request: Request, most_bytes: int) -> bytes:
        check_json(request)
        return await read_body(request, most_bytes, self._options)

    def _settle(self, asked: SettleRequest) -> dict[str, object]:
        bars, calendar = self._find_bars(asked)
        done = settle(bars, self._journal, clock=self._clock, calendar=calendar)
        return {
            "settled": [_show_settlement(one) for one in done.settled],
            "n_waiting": done.n_waiting,
            "n_unmatched": done.n_unmatched,
            "n_late": done.n_late,
            "revised": [asdict(one) for one in done.revised],
        }

    def _find_bars(self, asked: SettleRequest) -> tuple[Bars, SessionCalendar | None]:
        if asked.bars is not None and asked.symbol is None:
            return make_bars(asked.bars), None
        if asked.bars is not None or asked.symbol is None:
            raise BodyMisshapen("not one of bars and symbol")
        if self._bars is None:
            raise BodyMisshapen("a symbol, where no bars are stored")
        stored = self._bars.load(self._bars.latest(asked.symbol, asked.interval).digest)
        return stored.bars, stored.calendar


def _read_filter(query: QueryParams) -> EntryFilter:
    told = read_choice(query, "settled", parameters.SettledState)
    outcome = None
    if told not in (None, parameters.SettledState.PENDING):
        outcome = SettlementOutcome(told)
    return EntryFilter(
        symbol=read_text(query, "symbol"),
        interval=read_text(query, "interval"),
        horizon_bars=read_number(query, "horizon_bars", 1, parameters.MOST_HORIZON_BARS),
        direction=read_choice(query, "direction", Direction),
        rung=read_choice(query, "rung", Rung),
        source=read_choice(query, "source", SourceKind),
        reason=read_choice(query, "reason", FallbackReason),
        settled=False if told is parameters.SettledState.PENDING else None,
        outcome=outcome,
        as_of_from=read_moment(query, "as_of_from", from_then_on=True),
        as_of_to=read_moment(query, "as_of_to", from_then_on=False),
        newest_first=read_choice(query, "order", parameters.Order) is not parameters.Order.OLDEST,
    )


def _show(entry: JournalEntry) -> Mapping[str, Any]:
    settled = entry.settlement
    return {
        "prediction": entry.prediction,
        "settlement": None if settled is None else _show_settlement(settled),
        "n_served": entry.n_served,
        "first_served_at": _write(entry.first_served_at),
        "last_served_at": _write(entry.last_served_at),
        "number": entry.number,
        "digest": entry.digest,
    }


def _show_settlement(settlement: Settlement) -> dict[str, object]:
    return {
        "prediction_id": settlement.prediction_id,
        "closes_at": _write(settlement.closes_at),
        "realized_return": settlement.realized_return,
        "outcome": settlement.outcome.value,
        "settled_at": _write(settlement.settled_at),
    }


def _write(instant: np.datetime64) -> str:
    return f"{instant.astype('datetime64[us]')}Z"
