"""What a page needs to climb the ladder by itself: who serves, the rules' bundle, sessions."""

import asyncio
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from bellwether.bars import SessionCalendar
from bellwether.http._bodies import json_response
from bellwether.http._data_parameters import HORIZON, INTERVAL, SYMBOL, read_interval
from bellwether.http._downloads import MEDIA_TYPE
from bellwether.http._operations import Operation, Parameter
from bellwether.http._options import HttpOptions
from bellwether.http._ports import HttpPorts
from bellwether.http._queries import check_names, read_moment, read_number
from bellwether.http._serving_types import (
    SeatAnswer,
    SeatStandingAnswer,
    ServingAnswer,
    SessionsAnswer,
)
from bellwether.registry import (
    LoadedBundle,
    ModelRecord,
    Serving,
    make_rules_bundle,
    pack_bundle,
)
from bellwether.service import PredictPorts

_MOST_HORIZON = 60
_RULES = "/v1/rules/bundle"
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_CALENDAR = Parameter(
    name="name",
    place="path",
    description="sessions: an exchange such as XNYS, 24/7, weekdays; a slash may stand as it is",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    example="weekdays",
)
_SINCE = Parameter(
    name="since",
    place="query",
    description="leave out what closed before this instant or date",
    schema={"type": "string"},
    example="2018-01-01",
)
_SEAT: dict[str, Any] = {
    "model_id": "sp500-1d-h1-2018",
    "bundle_digest": _DIGEST,
    "bundle": "/v1/models/sp500-1d-h1-2018/bundle",
    "trained_at": "2018-12-31T21:00:00.000000Z",
    "standing": {
        "condition": "amber",
        "answers": True,
        "accuracy": 0.518,
        "fallback_accuracy": 0.507,
        "confidence_factor": 0.85,
        "edge_factor": 0.6,
        "as_of": "2019-03-01T21:00:00.000000",
        "words": "it has been right less often than on its trial",
    },
}
_SERVING: dict[str, Any] = {
    "symbol": "SP500",
    "interval": "1d",
    "horizon_bars": 1,
    "champion": _SEAT,
    "previous": None,
    "rules": _RULES,
    "models_enabled": True,
    "least_confidence": 60.0,
    "when_unsure": "step_down",
    "most_age_days": 180.0,
}


class ServingRoutes:
    """Say who serves a market and on which sessions; lend the rules' bundle.

    Parameters
    ----------
    ports : HttpPorts
    options : HttpOptions
    """

    def __init__(self, ports: HttpPorts, options: HttpOptions) -> None:
        self._ports = ports.predict
        self._calendars = ports.calendars
        self._options = options.predict
        self._rules = RulesContent()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="GET",
                path="/v1/serving/{symbol:path}",
                name="show_serving",
                summary="Who may answer for a symbol, where their bundles are, and what is "
                "asked of their answers",
                endpoint=self.show_serving,
                parameters=(SYMBOL, INTERVAL, HORIZON),
                answer=ServingAnswer,
                answer_example=_SERVING,
                problems=(422, 503),
            ),
            Operation(
                method="GET",
                path=_RULES,
                name="download_rules",
                summary="The rules' bundle as one file, with ETag",
                endpoint=self.download_rules,
                answer_media=MEDIA_TYPE,
            ),
            Operation(
                method="GET",
                path="/v1/calendars/{name:path}",
                name="show_calendar",
                summary="The sessions that bars are held against",
                endpoint=self.show_calendar,
                parameters=(_CALENDAR, INTERVAL, _SINCE),
                answer=SessionsAnswer,
                answer_example={
                    "name": "weekdays",
                    "interval": "1d",
                    "closes_at": [1514840400000000, 1514926800000000],
                },
                problems=(422,),
            ),
        )

    async def show_serving(self, request: Request) -> Response:
        """Show who may answer for a symbol.

        Raises
        ------
        QueryUnreadable
            If a parameter is out of range.
        RegistryUnavailable
            If nobody can say.
        """
        query = request.query_params
        check_names(query, ("interval", "horizon_bars"))
        symbol, interval = request.path_params["symbol"], read_interval(query) or "1d"
        asked = read_number(query, "horizon_bars", 1, _MOST_HORIZON)
        horizon_bars = asked or self._options.horizon_bars
        find = self._ports.registry.serving_symbol
        serving = await asyncio.to_thread(find, symbol, interval, horizon_bars)
        return json_response(self._describe(serving, symbol, interval, horizon_bars))

    async def download_rules(self, request: Request) -> Response:
        """Send the rules' bundle; it never changes under its ETag."""
        loaded = await asyncio.to_thread(self._ports.rules.load)
        etag = f'"{loaded.digest}"'
        headers = {"etag": etag, "cache-control": "private, no-cache"}
        known = request.headers.get("if-none-match", "").split(",")
        if etag in {tag.strip().removeprefix("W/") for tag in known}:
            return Response(status_code=304, headers=headers)
        content = await asyncio.to_thread(self._rules.find, loaded)
        return Response(content, headers=headers, media_type=MEDIA_TYPE)

    async def show_calendar(self, request: Request) -> Response:
        """Show the sessions of a calendar.

        Raises
        ------
        UnknownCalendar
            If there is none of that name.
        """
        query = request.query_params
        check_names(query, ("interval", "since"))
        name, interval = request.path_params["name"], read_interval(query) or "1d"
        since = read_moment(query, "since", from_then_on=True)
        calendar = await asyncio.to_thread(self._calendars.find, name[:64], interval)
        closes = _list_closes(calendar, since)
        return json_response(SessionsAnswer(name=name, interval=interval, closes_at=closes))

    def _describe(
        self, serving: Serving, symbol: str, interval: str, horizon_bars: int
    ) -> ServingAnswer:
        ladder = self._options.ladder
        return ServingAnswer(
            symbol=symbol,
            interval=interval,
            horizon_bars=horizon_bars,
            champion=_show_seat(serving.champion, self._ports),
            previous=_show_seat(serving.previous, self._ports),
            rules=_RULES,
            models_enabled=self._options.models_enabled,
            least_confidence=ladder.least_confidence,
            when_unsure=ladder.when_unsure,
            most_age_days=ladder.most_age_days,
        )


class RulesContent:
    """The rules' bundle as a file's bytes, made once for each calibration.

    Notes
    -----
    The rules depend on no disk, so nor does this: the same code and calibration give the same
    bytes. On another kind of processor than the one that calibrated them the golden answers, and
    with them the digest, may differ in their last digits; the bundle is as good.
    """

    __slots__ = ("_content", "_digest")

    def __init__(self) -> None:
        self._digest = ""
        self._content = b""

    def find(self, loaded: LoadedBundle) -> bytes:
        """Return the file of the rules that serve."""
        if loaded.digest != self._digest:
            by_signal = np.array(loaded.manifest.state["probability_by_signal"])
            self._content = pack_bundle(make_rules_bundle(by_signal))
            self._digest = loaded.digest
        return self._content


def _show_seat(record: ModelRecord | None, ports: PredictPorts) -> SeatAnswer | None:
    if record is None:
        return None
    standing = None if ports.standings is None else ports.standings.find(record.model_id)
    return SeatAnswer(
        model_id=record.model_id,
        bundle_digest=record.bundle_digest,
        bundle=f"/v1/models/{record.model_id}/bundle",
        trained_at=f"{record.trained_at}Z",
        standing=None
        if standing is None
        else SeatStandingAnswer(
            condition=standing.condition,
            answers=standing.answers,
            accuracy=standing.accuracy,
            fallback_accuracy=standing.fallback_accuracy,
            confidence_factor=standing.confidence_factor,
            edge_factor=standing.edge_factor,
            as_of=standing.as_of,
            words=standing.words,
        ),
    )


def _list_closes(calendar: SessionCalendar, since: np.datetime64 | None) -> list[int]:
    """Return the closes from an instant on; the last one at least, since a calendar has one."""
    closes = calendar.closes_at
    first = 0 if since is None else min(int(np.searchsorted(closes, since)), len(closes) - 1)
    return [int(instant) for instant in closes[first:].view(np.int64)]
