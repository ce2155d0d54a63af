"""Predictions by symbol over HTTP: an answer from memory, or several of them."""

from functools import lru_cache

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as Visit

from bellwether.http import _data_examples as data_examples
from bellwether.http import _examples as examples
from bellwether.http._answers import Answers, HeldAnswer
from bellwether.http._bodies import JSON, check_json, decode_json, read_body
from bellwether.http._data_parameters import (
    HORIZON,
    IF_NONE_MATCH,
    INTERVAL,
    SYMBOL,
    WHY,
    read_interval,
)
from bellwether.http._data_types import SymbolsAnswer, SymbolsRequest, UnansweredSymbol
from bellwether.http._errors import TooManyQuestions
from bellwether.http._keeping import JOURNALLED
from bellwether.http._operations import Operation
from bellwether.http._options import HttpOptions
from bellwether.http._queries import check_names, read_flag, read_number
from bellwether.http._types import PredictionAnswer
from bellwether.service import Scope

_MOST_HORIZON = 60
_JSON = (b"content-type", b"application/json")
_CACHE = (b"cache-control", b"private, no-cache")
_JOURNALLED: dict[bool | None, tuple[tuple[bytes, bytes], ...]] = {
    None: (),
    True: ((JOURNALLED.encode(), b"true"),),
    False: ((JOURNALLED.encode(), b"false"),),
}
_MANY = msgspec.json.Decoder(SymbolsRequest)


class SymbolRoutes:
    """Predict stored markets by their symbols.

    Parameters
    ----------
    answers : Answers
    options : HttpOptions
    """

    def __init__(self, answers: Answers, options: HttpOptions) -> None:
        self._answers = answers
        self._options = options

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="POST",
                path="/v1/predict/symbols",
                scope=Scope.PREDICT,
                name="predict_symbols",
                summary="Predict several stored symbols, in the order asked; what is not stored "
                "is null, and named under `unanswered`",
                endpoint=self.predict_symbols,
                request=SymbolsRequest,
                request_example={"symbols": ["SP500"]},
                answer=SymbolsAnswer,
                answer_example=data_examples.SYMBOLS_ANSWER,
                problems=(400, 408, 413, 415, 422),
            ),
            Operation(
                method="GET",
                path="/v1/predict/{symbol:path}",
                scope=Scope.PREDICT,
                is_hot=True,
                name="predict_symbol",
                summary="Predict what follows the last stored bar of a symbol",
                endpoint=_FromMemory(self._answers, self._options.predict.horizon_bars),
                parameters=(SYMBOL, INTERVAL, HORIZON, WHY, IF_NONE_MATCH),
                answer=PredictionAnswer,
                answer_example=examples.PREDICTION,
                problems=(404, 422),
            ),
        )

    async def predict_symbols(self, request: Request) -> Response:
        """Answer about several stored markets at once."""
        check_json(request)
        body = await read_body(request, self._options.body_bytes, self._options)
        asked = decode_json(body, _MANY, self._options.json_levels)
        if len(asked.symbols) > self._options.batch_symbols:
            raise TooManyQuestions(len(asked.symbols), self._options.batch_symbols)
        horizon = asked.horizon_bars or self._options.predict.horizon_bars
        names = [(symbol, asked.interval, horizon, asked.why) for symbol in asked.symbols]
        found = await self._answers.get_many(names)
        kept = {self._answers.count(one) for one in found} - {None}
        headers = {JOURNALLED: "false" if False in kept else "true"} if kept else None
        bodies = b",".join(one.body if one.error is None else b"null" for one in found)
        unanswered = msgspec.json.encode(_list_unanswered(found))
        content = b'{"answers":[%b],"unanswered":%b}' % (bodies, unanswered)
        return Response(content, headers=headers, media_type=JSON)


def _list_unanswered(found: list[HeldAnswer]) -> list[UnansweredSymbol]:
    return [
        UnansweredSymbol(
            place=place,
            symbol=one.asked[0],
            expected=one.error.expected,
            was=one.error.was,
            hint=one.error.hint,
        )
        for place, one in enumerate(found)
        if one.error is not None
    ]


class _FromMemory:
    """The answer about one symbol, as an ASGI application: the shortest way to the wire."""

    def __init__(self, answers: Answers, horizon_bars: int) -> None:
        self._answers = answers
        self._read_query = lru_cache(maxsize=1024)(_QueryReader(horizon_bars))

    async def __call__(self, scope: Visit, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer from memory.

        Raises
        ------
        UnknownSymbol
            If no bars of the market are stored.
        QueryUnreadable
            If a parameter is out of range.
        """
        answer = await self._answers.get(
            (scope["path_params"]["symbol"], *self._read_query(scope["query_string"]))
        )
        if answer.error is not None:
            raise answer.error
        kept = self._answers.count(answer)
        headers = [_CACHE, (b"etag", answer.etag), *_JOURNALLED[kept]]
        if _knows(scope, answer.etag):
            status, body = 304, b""
        else:
            status, body = 200, answer.body
            headers += [_JSON, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _QueryReader:
    """Reads interval, horizon and whether it is asked why from the bytes of a query."""

    def __init__(self, horizon_bars: int) -> None:
        self._horizon_bars = horizon_bars

    def __call__(self, query_string: bytes) -> tuple[str, int, bool]:
        query = QueryParams(query_string)
        check_names(query, ("interval", "horizon_bars", "why"))
        horizon = read_number(query, "horizon_bars", 1, _MOST_HORIZON)
        interval = read_interval(query) or "1d"
        return interval, horizon or self._horizon_bars, bool(read_flag(query, "why"))


def _knows(scope: Visit, etag: bytes) -> bool:
    """Whether a request names the answer's ETag as known (weak comparison, RFC 9110)."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = {tag.strip().removeprefix(b"W/") for tag in value.split(b",")}
            return etag.removeprefix(b"W/") in tags or b"*" in tags
    return False
