"""Alerts over HTTP: what is wrong, and who knows of it."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bellwether.clock import Clock
from bellwether.http import _alert_examples as examples
from bellwether.http._alert_types import (
    AcknowledgeRequest,
    AlertsAnswer,
    EpisodeAnswer,
    EpisodeStoryAnswer,
)
from bellwether.http._bodies import check_json, decode_json, json_response, read_body
from bellwether.http._idempotency import OnceOnly
from bellwether.http._operations import (
    IDEMPOTENCY_KEY,
    Operation,
    Parameter,
    listing,
    showing,
)
from bellwether.http._options import HttpOptions
from bellwether.http._queries import check_names, read_choice, read_number, read_text

if TYPE_CHECKING:
    # Whoever only answers must not pay for watching; whoever has alerts has it loaded.
    from bellwether.monitor import Episode
    from bellwether.watch import AlertPorts

_BODY_BYTES = 1 << 13
_A_PAGE, _MOST_A_PAGE = 100, 1000
_DECODER = msgspec.json.Decoder(AcknowledgeRequest)


class EpisodeState(StrEnum):
    """Which alerts are wanted."""

    OPEN = "open"
    OVER = "over"
    ALL = "all"


class EpisodeChannel(StrEnum):
    """Which check found them."""

    PERFORMANCE = "performance"
    INPUTS = "inputs"
    DATA = "data"
    MONITOR = "monitor"
    RETRAINING = "retraining"


EPISODE_ID = Parameter(
    name="episode_id",
    place="path",
    description="id of an alert, as GET /v1/alerts lists it",
    schema={"type": "string", "pattern": "^[0-9a-f]{16}$"},
    example="3f2a9c81d0b7e645",
)
_LISTING = (
    Parameter(
        name="state",
        place="query",
        description="alerts that are open, over, or all; open by default",
        schema={"type": "string", "enum": [one.value for one in EpisodeState]},
        example="open",
    ),
    Parameter(
        name="channel",
        place="query",
        description="alerts that one check found",
        schema={"type": "string", "enum": [one.value for one in EpisodeChannel]},
        example="performance",
    ),
    Parameter(
        name="limit",
        place="query",
        description="alerts on a page",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST_A_PAGE, "default": _A_PAGE},
        example=_A_PAGE,
    ),
    Parameter(
        name="cursor",
        place="query",
        description="next_cursor of the page before",
        schema={"type": "string", "maxLength": 64},
        example="3f2a9c81d0b7e645",
    ),
)


class AlertRoutes:
    """List, show and acknowledge alerts.

    Parameters
    ----------
    ports : AlertPorts
    clock : Clock
    options : HttpOptions
    """

    def __init__(self, ports: "AlertPorts", clock: Clock, options: HttpOptions) -> None:
        self._ports = ports
        self._clock = clock
        self._options = options
        self._once = OnceOnly()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            listing(
                "/v1/alerts",
                self.list_alerts,
                name="list_alerts",
                summary="What is wrong, the latest first, and whom nobody could tell yet",
                parameters=_LISTING,
                answer=(AlertsAnswer, examples.ALERTS),
            ),
            showing(
                self.show_alert,
                of=EPISODE_ID,
                within="/v1/alerts",
                name="show_alert",
                summary="One alert, step by step",
                answer=(EpisodeStoryAnswer, examples.STORY),
            ),
            Operation(
                method="POST",
                path="/v1/alerts/{episode_id}/acknowledge",
                name="acknowledge_alert",
                summary="Write down who knows of an alert, and what is done about it",
                endpoint=self.acknowledge_alert,
                parameters=(EPISODE_ID, IDEMPOTENCY_KEY),
                request=AcknowledgeRequest,
                request_example=examples.ACKNOWLEDGE,
                answer=EpisodeAnswer,
                answer_example=examples.EPISODE,
                problems=(400, 403, 404, 408, 413, 415, 422, 429, 503),
            ),
        )

    async def list_alerts(self, request: Request) -> Response:
        """List alerts, a page at a time."""
        query = request.query_params
        check_names(query, (one.name for one in _LISTING))
        state = read_choice(query, "state", EpisodeState) or EpisodeState.OPEN
        channel = read_choice(query, "channel", EpisodeChannel)
        limit = read_number(query, "limit", 1, _MOST_A_PAGE) or _A_PAGE
        cursor = read_text(query, "cursor")
        found = await asyncio.to_thread(self._find, state)
        kept = [one for one in found if channel is None or one.channel == channel.value]
        page, following = _turn(kept[::-1], cursor, limit)
        return json_response(await asyncio.to_thread(self._show_page, page, following))

    async def show_alert(self, request: Request) -> Response:
        """Show one alert."""
        episode_id = request.path_params["episode_id"]

        def find() -> dict[str, Any]:
            from bellwether.watch import show_change, show_episode  # noqa: PLC0415

            book = self._ports.book
            book.refresh()
            steps = [show_change(one) for one in book.changes(episode_id)]
            return {"episode": show_episode(book.get(episode_id)), "steps": steps}

        return json_response(await asyncio.to_thread(find))

    async def acknowledge_alert(self, request: Request) -> Response:
        """Write down that somebody knows of an alert."""
        check_json(request)
        body = await read_body(request, _BODY_BYTES, self._options)
        asked = decode_json(body, _DECODER, self._options.json_levels)
        episode_id = request.path_params["episode_id"]

        def note() -> bytes:
            from bellwether.watch import acknowledge, show_episode  # noqa: PLC0415

            book, now = self._ports.book, self._clock.now()
            found = acknowledge(episode_id, by=asked.by, words=asked.words, book=book, now=now)
            return msgspec.json.encode(show_episode(found))

        return await self._once.run(request, body, lambda: asyncio.to_thread(note))

    def _find(self, state: EpisodeState) -> "tuple[Episode, ...]":
        book = self._ports.book
        book.refresh()
        if state is EpisodeState.OPEN:
            return book.open_episodes()
        return tuple(one for one in book.episodes() if state is EpisodeState.ALL or one.is_over)

    def _show_page(self, page: "Sequence[Episode]", following: str | None) -> dict[str, Any]:
        from bellwether.watch import show_episode, show_receivers  # noqa: PLC0415

        return {
            "episodes": [show_episode(one) for one in page],
            "receivers": show_receivers(self._ports),
            "next_cursor": following,
        }


def _turn(
    episodes: "Sequence[Episode]", cursor: str | None, limit: int
) -> "tuple[Sequence[Episode], str | None]":
    """Return the page behind a cursor, and the cursor of the next; an unknown one is the end."""
    ids = [one.episode_id for one in episodes]
    first = 0
    if cursor is not None:
        first = ids.index(cursor) + 1 if cursor in ids else len(ids)
    page = episodes[first : first + limit]
    is_last = first + limit >= len(ids)
    return page, None if is_last else page[-1].episode_id
