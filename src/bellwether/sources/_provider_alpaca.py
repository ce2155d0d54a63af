"""Alpaca's historical bars as JSON."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import (
    AnswerUnusable,
    ProviderRefused,
    ProviderUnusable,
    SymbolNotOffered,
)
from bellwether.sources._provider_pages import Told, join_pages, parse_json, read_path
from bellwether.sources._providers import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    check_interval,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._secrets import Secret
from bellwether.sources._web import Answer, Ask

_FIRST = np.datetime64("2016-01-01")
_MINUTE = np.timedelta64(1, "m")
_NAMES = {
    "1m": "1Min", "5m": "5Min", "15m": "15Min", "30m": "30Min", "1h": "1Hour", "1d": "1Day",
}  # fmt: skip
_MOST_ROWS = 10_000


class Alpaca:
    """Bars of Alpaca's market data; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup
        The variant names a feed: "iex", "sip" or "otc"; by default the best one that the plan
        allows.

    Notes
    -----
    Asked twice: for prices as traded, and for adjusted ones, of which the close is kept. The
    last 16 minutes are not asked for, since free plans may not see them.
    """

    facts = ProviderFacts(
        name="alpaca",
        title="Alpaca's historical bars: US stocks since 2016, raw with adjusted closes",
        intervals=tuple(_NAMES),
        key_variables=("APCA_API_KEY_ID", "APCA_API_SECRET_KEY"),
        spacing_seconds=0.3,
        delay_minutes=16.0,
        adjusts="splits and dividends in the adjusted close; the other prices not at all",
        variants=("iex", "sip", "otc"),
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._base = setup.address("https://data.alpaca.markets")
        self._asker = setup.make_asker(self.facts)
        self._key = setup.need_key(self.facts)
        if len(setup.parts) != 2 or not all(setup.parts):
            raise ProviderUnusable(
                self.facts.name,
                "a key of two parts, ID:SECRET",
                f"one of {len(setup.parts)}",
                "set provider_keys.alpaca, or APCA_API_KEY_ID and APCA_API_SECRET_KEY",
            )
        self._feed = setup.variant
        self._parts = tuple(map(Secret, setup.parts))

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the one table that holds the bars of a request."""
        check_interval(self.facts, request)
        told = Told(
            provider=self.facts.name, symbol=request.symbol, secrets=(self._key, *self._parts)
        )
        raw = self._fetch_all(request, told, "raw")
        if raw is None:
            return
        adjusted = self._fetch_all(request, told, "all")
        if adjusted is None or not _can_join(raw, adjusted):
            raise AnswerUnusable(self.facts.name, "raw bars without adjusted ones")
        yield _with_adjusted(raw, adjusted)

    def _fetch_all(self, request: BarRequest, told: Told, adjustment: str) -> RawTable | None:
        tokens: list[str] = []
        pages = []
        while True:
            answer, token = self._fetch_page(request, told, adjustment, tokens)
            if answer is not None:
                pages.append(told.read(answer.content))
            if not token:
                return join_pages(pages) if pages else None
            if token in tokens:
                raise AnswerUnusable(self.facts.name, "a page that leads to one before it")
            tokens.append(token)

    def _fetch_page(
        self, request: BarRequest, told: Told, adjustment: str, tokens: list[str]
    ) -> tuple[Answer | None, str | None]:
        """Return an answer, where it holds bars, and the way to the next one."""
        query: dict[str, str | Secret] = {
            "timeframe": _NAMES[request.interval],
            "start": _write_instant(request.begin(_FIRST)),
            "end": _write_instant(request.until - 16 * _MINUTE),
            "limit": str(_MOST_ROWS),
            "adjustment": adjustment,
            "sort": "asc",
        }
        query |= {"feed": self._feed} if self._feed else {}
        query |= {"page_token": tokens[-1]} if tokens else {}
        ask = Ask(
            url=f"{self._base}/v2/stocks/{quote(request.symbol, safe='')}/bars",
            query=query,
            headers={
                "APCA-API-KEY-ID": self._parts[0],
                "APCA-API-SECRET-KEY": self._parts[1],
            },
        )
        answer = self._asker.get(ask, lambda found: self._judge(found, told))
        value: Any = parse_json(answer)
        token = read_path(value, "next_page_token")
        if token is not None and not isinstance(token, str):
            raise AnswerUnusable(self.facts.name, "a token of the next page that is no text")
        return (answer if read_path(value, "bars") else None), token

    def _judge(self, answer: Answer, told: Told) -> ComeBack | None:
        value = parse_json(answer)
        if isinstance(value, ComeBack):
            return value if answer.status == 200 else None
        said = told.say(read_path(value, "message") or value)
        if answer.status == 403 and "subscription" in said:
            raise ProviderRefused(
                self.facts.name, said, "ask for a feed of the plan: --from alpaca:iex"
            )
        if answer.status in (400, 404, 422):
            raise SymbolNotOffered(self.facts.name, told.symbol, said)
        if answer.status == 200 and "bars" not in (value if isinstance(value, dict) else {}):
            return ComeBack(was="JSON without bars", kind="broken")
        return None


def _can_join(raw: RawTable, adjusted: RawTable) -> bool:
    """Return whether both have dates of one kind, and the second closes."""
    here, there = raw.table.schema, adjusted.table.schema
    return "close" in there and "date" in here and here["date"] == there.get("date")


def _with_adjusted(raw: RawTable, adjusted: RawTable) -> RawTable:
    """Return raw bars with the adjusted closes beside them; a bar without one has none."""
    closes = adjusted.table.select("date", pl.col("close").alias("adj close"))
    table = raw.table.join(
        closes.unique("date", keep="first"), on="date", how="left", maintain_order="left"
    )
    return replace(raw, table=table)


def _write_instant(instant: np.datetime64) -> str:
    return f"{np.datetime_as_string(instant, unit='s')}Z"
