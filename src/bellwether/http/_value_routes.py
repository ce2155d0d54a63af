"""What forecasts came to over HTTP: accounts, hit rates, and outcomes one by one."""

import asyncio
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from bellwether.http import _evidence_parameters as parameters
from bellwether.http import _value_examples as examples
from bellwether.http._bodies import json_response
from bellwether.http._data_parameters import read_flag, read_interval
from bellwether.http._errors import QueryUnreadable
from bellwether.http._evidence_desk import Desk
from bellwether.http._monitor_errors import ModelNotWatched
from bellwether.http._operations import Operation, Parameter, listing
from bellwether.http._queries import check_names, read_number, read_text
from bellwether.http._value_types import AccountsAnswer, HitRatesAnswer, OutcomesAnswer
from bellwether.registry import check_model_id
from bellwether.service import EvidenceQuestion, Journal

_RULES = "rules"
_OUTCOMES_A_PAGE, _MOST_OUTCOMES = 50, 200
_MOST_POINTS = 500
_MODEL = Parameter(
    name="model_id",
    place="query",
    description="one model",
    schema={"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$"},
    example="sp500-1d-h1-2018",
)
_CURVES = Parameter(
    name="curves",
    place="query",
    description="whether it is told how accounts came to be; of one model only",
    schema={"type": "boolean", "default": False},
    example=False,
)
_POINTS = parameters.whole("points", "of a curve, at the most", (2, _MOST_POINTS), _MOST_POINTS)
_ACCOUNTS = (_MODEL, parameters.SYMBOL, _CURVES, _POINTS)
_RATES = (parameters.SYMBOL, parameters.SOURCE)
_LISTING = (
    parameters.SYMBOL,
    parameters.INTERVAL,
    parameters.HORIZON,
    parameters.SOURCE,
    parameters.whole("limit", "forecasts on a page", (1, _MOST_OUTCOMES), _OUTCOMES_A_PAGE),
    parameters.CURSOR,
)


class ValueRoutes:
    """Tell what models added over the rules, and how often who was right.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            Operation(
                method="GET",
                path="/v1/account",
                name="show_account",
                summary="What each model, and each member of it, added over the rules",
                endpoint=self.show_account,
                parameters=_ACCOUNTS,
                answer=AccountsAnswer,
                answer_example=examples.ACCOUNTS,
                problems=(404, 422, 503),
            ),
            Operation(
                method="GET",
                path="/v1/hit-rates",
                name="show_hit_rates",
                summary="How often each source was right, overall and by its confidence",
                endpoint=self.show_hit_rates,
                parameters=_RATES,
                answer=HitRatesAnswer,
                answer_example=examples.HIT_RATES,
                problems=(422, 503),
            ),
        )

    async def show_account(self, request: Request) -> Response:
        """Tell what models added.

        Raises
        ------
        ModelNotWatched
            If a model is asked for, and watching knows nothing of it.
        """
        query = request.query_params
        check_names(query, (one.name for one in _ACCOUNTS))
        model_id, curves = query.get("model_id"), read_flag(query, "curves")
        if model_id is not None:
            check_model_id(model_id)
        elif curves:
            raise QueryUnreadable("curves", "false, or of one model_id", "true")
        asked: dict[str, Any] = {
            "model_id": model_id,
            "symbol": read_text(query, "symbol"),
            "curves": curves,
            "n_points": read_number(query, "points", 2, _MOST_POINTS) or _MOST_POINTS,
        }
        found = dict(await self._desk.ask(EvidenceQuestion.ACCOUNT, asked))
        if not found.pop("is_known") and model_id is not None:
            raise ModelNotWatched(model_id)
        return json_response(found)

    async def show_hit_rates(self, request: Request) -> Response:
        """Tell how often sources were right."""
        query = request.query_params
        check_names(query, (one.name for one in _RATES))
        asked = {"symbol": read_text(query, "symbol"), "source": read_source(query)}
        return json_response(await self._desk.ask(EvidenceQuestion.HIT_RATES, asked))


class OutcomeRoutes:
    """List what became of forecasts.

    Parameters
    ----------
    journal : Journal
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The routes."""
        return (
            listing(
                "/v1/outcomes",
                self.list_outcomes,
                name="list_outcomes",
                summary="What every source said, the latest first, and what became of it",
                parameters=_LISTING,
                answer=(OutcomesAnswer, examples.OUTCOMES),
            ),
        )

    async def list_outcomes(self, request: Request) -> Response:
        """List paper forecasts, the latest first, a page at a time."""
        query = request.query_params
        check_names(query, (one.name for one in _LISTING))
        symbol = read_text(query, "symbol")
        interval, source = read_interval(query), read_source(query)
        horizon = read_number(query, "horizon_bars", 1, parameters.MOST_HORIZON_BARS)
        limit = read_number(query, "limit", 1, _MOST_OUTCOMES) or _OUTCOMES_A_PAGE
        cursor = read_number(query, "cursor", 0, 10**18 - 1)

        def find() -> dict[str, Any]:
            # Whoever only answers about bars must not pay for watching.
            from bellwether.watch import OutcomeFilter, list_outcomes  # noqa: PLC0415

            wanted = OutcomeFilter(
                symbol=symbol, interval=interval, horizon_bars=horizon, source=source
            )
            found, following = list_outcomes(self._journal, wanted, cursor, limit)
            return {"forecasts": found, "next_cursor": following}

        return json_response(await asyncio.to_thread(find))


def read_source(query: QueryParams) -> str | None:
    """Return the source that a query names: the rules, or a model.

    Raises
    ------
    BadModelId
        If it can be neither.
    """
    source = query.get("source")
    if source not in (None, _RULES):
        check_model_id(source)
    return source
