"""Models over HTTP: who is there, why, who serves, and the bundles themselves."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bellwether.answering import Answerer
from bellwether.errors import BellwetherError
from bellwether.http import _examples as examples
from bellwether.http._bodies import check_json, decode_json, json_response, read_body
from bellwether.http._downloads import MEDIA_TYPE, send_bundle
from bellwether.http._errors import QueryUnreadable
from bellwether.http._idempotency import OnceOnly
from bellwether.http._operations import (
    IDEMPOTENCY_KEY,
    MODEL_ID,
    UNIVERSE,
    Operation,
    Parameter,
)
from bellwether.http._options import HttpOptions
from bellwether.http._ports import HttpPorts
from bellwether.http._types import (
    ModelAnswer,
    ModelsAnswer,
    PromoteRequest,
    RollbackAnswer,
    RollbackRequest,
)
from bellwether.registry import MarketKey, ModelRecord, Serving, check_model_id
from bellwether.service import ModelNotJudged, NoChampion, prove_verdict

if TYPE_CHECKING:
    from bellwether.validation import Verdict

_log = logging.getLogger(__name__)
_CHANGE_PROBLEMS = (400, 403, 404, 408, 409, 413, 415, 422, 503)
_CHANGE_BYTES = 1 << 14
_MOST_A_PAGE = 1000
_PROMOTE = msgspec.json.Decoder(PromoteRequest)
_ROLLBACK = msgspec.json.Decoder(RollbackRequest)
_PAGE = (
    Parameter(
        name="limit",
        place="query",
        description="models on a page",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST_A_PAGE, "default": 100},
        example=100,
    ),
    Parameter(
        name="after",
        place="query",
        description="id of the last model of the page before",
        schema={"type": "string"},
        example="sp500-1d-h1-2017",
    ),
)


class ModelRoutes:
    """List, show, promote, roll back and download models.

    Parameters
    ----------
    ports : HttpPorts
    options : HttpOptions
    answerer : Answerer
        Loads who is about to serve.
    changed : callable
        Told after every change of who serves.
    """

    def __init__(
        self,
        ports: HttpPorts,
        options: HttpOptions,
        answerer: Answerer,
        changed: Callable[[], None],
    ) -> None:
        self._registry = ports.predict.registry
        self._adding = ports.adding
        self._answerer = answerer
        self._files = ports.files
        self._options = options
        self._changed = changed
        self._once = OnceOnly()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (*self._reading, *self._showing, *self._changing)

    @property
    def _reading(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/models",
                name="list_models",
                summary="Every model, in the order of registration",
                endpoint=self.list_models,
                parameters=_PAGE,
                answer=ModelsAnswer,
                answer_example={"models": [examples.MODEL], "next_after": None},
                problems=(422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/models/{model_id}",
                name="show_model",
                summary="One model",
                endpoint=self.show_model,
                parameters=(MODEL_ID,),
                answer=ModelAnswer,
                answer_example=examples.MODEL,
                problems=(404, 422, 503),
            ),
        )

    @property
    def _showing(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/models/{model_id}/verdict",
                name="show_verdict",
                summary="Why a model was promoted or refused, as the gate put it",
                endpoint=self.show_verdict,
                parameters=(MODEL_ID,),
                answer=dict[str, Any],
                answer_example=examples.VERDICT,
                problems=(404, 422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/models/{model_id}/bundle",
                name="download_bundle",
                summary="A model's bundle as one file, with ETag, Range and If-Range",
                endpoint=self.download_bundle,
                parameters=(MODEL_ID,),
                answer_media=MEDIA_TYPE,
                problems=(404, 409, 416, 422, 503),
            ),
        )

    @property
    def _changing(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="POST",
                path="/v1/models/{model_id}/promote",
                name="promote_model",
                summary="Make a candidate the champion of its market; its verdict must say PROMOTE",
                endpoint=self.promote,
                parameters=(MODEL_ID, IDEMPOTENCY_KEY),
                request=PromoteRequest,
                request_example={"reason": "it passed the gate"},
                answer=ModelAnswer,
                answer_example=examples.MODEL,
                problems=_CHANGE_PROBLEMS,
            ),
            Operation(
                method="POST",
                path="/v1/markets/{universe}/rollback",
                name="roll_back",
                summary="Retire a market's champion and bring the previous one back, or the rules",
                endpoint=self.roll_back,
                parameters=(UNIVERSE, IDEMPOTENCY_KEY),
                request=RollbackRequest,
                request_example={"interval": "1d", "reason": "it lost its skill"},
                answer=RollbackAnswer,
                answer_example=examples.ROLLBACK,
                problems=_CHANGE_PROBLEMS,
            ),
        )

    async def list_models(self, request: Request) -> Response:
        """List the models, a page at a time."""
        limit = _read_limit(request.query_params.get("limit", "100"))
        after = request.query_params.get("after")
        records = list(await asyncio.to_thread(self._registry.records))
        if after is not None:
            known = [record.model_id for record in records]
            if after not in known:
                raise QueryUnreadable("after", "the id of a model", after)
            records = records[known.index(after) + 1 :]
        page, rest = records[:limit], records[limit:]
        models = [show_record(record) for record in page]
        return json_response(
            ModelsAnswer(models=models, next_after=page[-1].model_id if rest else None)
        )

    async def show_model(self, request: Request) -> Response:
        """Show one model."""
        return json_response(show_record(await self._find(request)))

    async def show_verdict(self, request: Request) -> Response:
        """Show the gate's verdict on a model.

        Raises
        ------
        ModelNotJudged
            If there is none.
        """
        record = await self._find(request)
        if record.verdict is None:
            raise ModelNotJudged(record.model_id)
        return json_response(record.verdict)

    async def download_bundle(self, request: Request) -> Response:
        """Send a model's bundle."""
        record = await self._find(request)
        return await send_bundle(request, record, self._answerer, self._files)

    async def promote(self, request: Request) -> Response:
        """Make a candidate the champion of its market.

        Notes
        -----
        Its bundle is loaded, checked and warm before the first question can reach it; one that
        cannot be loaded is not promoted.
        """
        body = await self._read_change(request)
        model_id = request.path_params["model_id"]
        reason = decode_json(body, _PROMOTE, self._options.json_levels).reason

        async def change() -> bytes:
            verdict = await asyncio.to_thread(self._find_verdict, model_id)
            await self._answerer.warm(model_id)
            promote = partial(self._registry.promote, model_id, verdict, reason=reason)
            promoted = await asyncio.to_thread(promote)
            self._changed()
            return msgspec.json.encode(show_record(promoted))

        return await self._once.run(request, body, change)

    async def roll_back(self, request: Request) -> Response:
        """Retire a market's champion and bring the previous one back."""
        body = await self._read_change(request)
        asked = decode_json(body, _ROLLBACK, self._options.json_levels)
        market = MarketKey(
            universe=request.path_params["universe"],
            interval=asked.interval,
            horizon_bars=asked.horizon_bars or self._options.predict.horizon_bars,
        )

        async def change() -> bytes:
            await self._warm(await asyncio.to_thread(self._registry.serving, market))
            answer = await asyncio.to_thread(self._roll_back, market, asked.reason)
            self._changed()
            return msgspec.json.encode(answer)

        return await self._once.run(request, body, change)

    async def _read_change(self, request: Request) -> bytes:
        check_json(request)
        return await read_body(request, _CHANGE_BYTES, self._options)

    async def _find(self, request: Request) -> ModelRecord:
        model_id = request.path_params["model_id"]
        check_model_id(model_id)
        return await asyncio.to_thread(self._registry.get, model_id)

    def _find_verdict(self, model_id: str) -> "Verdict":
        check_model_id(model_id)
        return prove_verdict(model_id, registry=self._registry, ports=self._adding)

    def _roll_back(self, market: MarketKey, reason: str) -> RollbackAnswer:
        before = self._registry.serving(market)
        if before.champion is None:
            raise NoChampion(f"{market}"[:200])
        champion = self._registry.roll_back(market, reason=reason).champion
        return RollbackAnswer(
            universe=market.universe,
            interval=market.interval,
            horizon_bars=market.horizon_bars,
            retired=before.champion.model_id,
            champion=None if champion is None else champion.model_id,
        )

    async def _warm(self, before: Serving) -> None:
        """Load who is about to serve; a champion that must go is no better for a missing heir."""
        try:
            if before.previous is not None:
                await self._answerer.warm(before.previous.model_id)
        except BellwetherError as error:
            _log.warning("the previous champion cannot be loaded, the rules will answer: %s", error)


def show_record(record: ModelRecord) -> ModelAnswer:
    """Return a model as it is shown."""
    decision = (record.verdict or {}).get("decision")
    return ModelAnswer(
        model_id=record.model_id,
        stage=record.stage,
        universe=record.market.universe,
        interval=record.market.interval,
        horizon_bars=record.market.horizon_bars,
        symbols=list(record.symbols),
        decision=None if decision is None else str(decision),
        is_renewal=record.is_renewal,
        bundle_digest=record.bundle_digest,
        pipeline_digest=record.pipeline_digest,
        snapshot_digest=record.snapshot_digest,
        bellwether_version=record.bellwether_version,
        trained_at=f"{record.trained_at}Z",
        registered_at=f"{record.registered_at}Z",
        changed_at=f"{record.changed_at}Z",
        metrics=dict(record.metrics),
    )


def _read_limit(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    if not is_number or not 1 <= int(text) <= _MOST_A_PAGE:
        raise QueryUnreadable("limit", f"from 1 to {_MOST_A_PAGE}", text)
    return int(text)
