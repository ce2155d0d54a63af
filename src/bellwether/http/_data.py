"""Stored bars over HTTP: markets, snapshots, their quality, and the bars themselves."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from bellwether.bars import COLUMNS
from bellwether.http import _data_examples as examples
from bellwether.http import _data_parameters as parameters
from bellwether.http._bodies import json_response
from bellwether.http._data_parameters import read_interval
from bellwether.http._data_types import (
    BarsAnswer,
    QualityAnswer,
    SnapshotAnswer,
    SnapshotsAnswer,
    SymbolsPageAnswer,
)
from bellwether.http._operations import Operation, Parameter
from bellwether.http._queries import check_names, read_number, read_text
from bellwether.service import BarStore, Snapshot, SnapshotFilter

_Found = TypeVar("_Found")
_MOST_A_PAGE = 1000
_MOST_BARS = 5000
_MOST_PLACE = 10**9
_LIMIT = Parameter(
    name="limit",
    place="query",
    description="how many on a page",
    schema={"type": "integer", "minimum": 1, "maximum": _MOST_A_PAGE, "default": 100},
    example=100,
)


class DataRoutes:
    """List and show what is stored.

    Parameters
    ----------
    store : BarStore
    """

    def __init__(self, store: BarStore) -> None:
        self._store = store

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (*self._listing, *self._showing)

    @property
    def _listing(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/data/symbols",
                name="list_symbols",
                summary="Every stored market with its latest snapshot, by symbol and interval",
                endpoint=self.list_symbols,
                parameters=(_LIMIT, parameters.AFTER_PLACE),
                answer=SymbolsPageAnswer,
                answer_example={"symbols": [examples.SNAPSHOT], "next_after": None},
                problems=(422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/data/snapshots",
                name="list_snapshots",
                summary="Every import ever stored, market by market, the oldest of each first",
                endpoint=self.list_snapshots,
                parameters=(
                    parameters.WANTED_SYMBOL,
                    parameters.WANTED_INTERVAL,
                    _LIMIT,
                    parameters.AFTER,
                ),
                answer=SnapshotsAnswer,
                answer_example={"snapshots": [examples.SNAPSHOT], "next_after": None},
                problems=(422, 503),
            ),
        )

    @property
    def _showing(self) -> tuple[Operation, ...]:
        return (
            Operation(
                method="GET",
                path="/v1/data/snapshots/{digest}",
                name="show_snapshot",
                summary="What is known about some stored bars, and what they extend or revise",
                endpoint=self.show_snapshot,
                parameters=(parameters.DIGEST,),
                answer=SnapshotAnswer,
                answer_example=examples.SNAPSHOT,
                problems=(404, 503),
            ),
            Operation(
                method="GET",
                path="/v1/data/snapshots/{digest}/quality",
                name="show_quality",
                summary="The quality report of an import, as it was when it was read",
                endpoint=self.show_quality,
                parameters=(parameters.DIGEST,),
                answer=QualityAnswer,
                answer_example=examples.QUALITY,
                problems=(404, 503),
            ),
            Operation(
                method="GET",
                path="/v1/data/bars/{symbol:path}",
                name="show_bars",
                summary="The last stored bars of a symbol as columns, for charts; with ETag",
                endpoint=self.show_bars,
                parameters=(
                    parameters.SYMBOL,
                    parameters.INTERVAL,
                    parameters.LAST,
                    parameters.IF_NONE_MATCH,
                ),
                answer=BarsAnswer,
                answer_example=examples.BARS,
                problems=(404, 422, 503),
            ),
        )

    async def list_symbols(self, request: Request) -> Response:
        """List the stored markets, a page at a time."""
        query = request.query_params
        check_names(query, ("limit", "after"))
        limit = read_number(query, "limit", 1, _MOST_A_PAGE) or 100
        start = read_number(query, "after", 0, _MOST_PLACE) or 0
        markets = await self._ask(lambda store: store.markets())
        page = [show_snapshot(one) for one in markets[start : start + limit]]
        more = start + limit < len(markets)
        return json_response(
            SymbolsPageAnswer(symbols=page, next_after=start + limit if more else None)
        )

    async def list_snapshots(self, request: Request) -> Response:
        """List the snapshots, a page at a time."""
        query = request.query_params
        check_names(query, ("symbol", "interval", "limit", "after"))
        wanted = SnapshotFilter(symbol=read_text(query, "symbol"), interval=read_interval(query))
        limit = read_number(query, "limit", 1, _MOST_A_PAGE) or 100
        cursor = query.get("after")
        page = await self._ask(lambda store: store.snapshots(wanted, cursor, limit))
        shown = [show_snapshot(one) for one in page.snapshots]
        return json_response(SnapshotsAnswer(snapshots=shown, next_after=page.cursor))

    async def show_snapshot(self, request: Request) -> Response:
        """Show one snapshot."""
        digest = request.path_params["digest"]
        return json_response(show_snapshot(await self._ask(lambda store: store.get(digest))))

    async def show_quality(self, request: Request) -> Response:
        """Show the quality report of one snapshot."""
        digest = request.path_params["digest"]
        imported = await self._ask(lambda store: store.load(digest, 0))
        return json_response(imported.quality.to_json())

    async def show_bars(self, request: Request) -> Response:
        """Show the last bars of a market."""
        query = request.query_params
        check_names(query, ("interval", "last"))
        last = read_number(query, "last", 1, _MOST_BARS) or 500
        symbol, interval = request.path_params["symbol"], read_interval(query) or "1d"
        snapshot = await self._ask(lambda store: store.latest(symbol, interval))
        etag = f'"{snapshot.digest}-{last}"'
        headers = {"cache-control": "private, no-cache", "etag": etag}
        known = request.headers.get("if-none-match", "")
        if etag in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
            return Response(status_code=304, headers=headers)
        answer = await self._ask(partial(_read_bars, snapshot=snapshot, last=last))
        return json_response(answer, headers=headers)

    async def _ask(self, question: Callable[[BarStore], _Found]) -> _Found:
        """Ask the store off the event loop."""
        return await asyncio.to_thread(question, self._store)


def show_snapshot(snapshot: Snapshot) -> SnapshotAnswer:
    """Return a snapshot in the form that is published."""
    return msgspec.convert(snapshot.to_json(), SnapshotAnswer)


def _read_bars(store: BarStore, *, snapshot: Snapshot, last: int) -> BarsAnswer:
    bars = store.load(snapshot.digest, last).bars
    columns = {name: getattr(bars, name).tolist() for name in (*COLUMNS, "adjustment")}
    times = [f"{one}Z" for one in np.datetime_as_string(bars.closed_at, unit="s").tolist()]
    return BarsAnswer(
        symbol=bars.symbol,
        interval=bars.interval,
        calendar=snapshot.calendar,
        digest=snapshot.digest,
        n_bars=len(bars),
        closed_at=times,
        **columns,
    )
