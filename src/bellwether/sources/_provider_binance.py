"""Binance's public klines as JSON."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import AnswerUnusable, SymbolNotOffered
from bellwether.sources._provider_pages import Told, epoch, parse_json, read_path
from bellwether.sources._providers import (
    BarRequest,
    ProviderFacts,
    ProviderSetup,
    check_interval,
)
from bellwether.sources._raw_table import RawTable
from bellwether.sources._web import Answer, Ask

_FIRST = np.datetime64("2017-01-01")
_MOST_ROWS = 1000
_BAD_SYMBOL = frozenset({-1100, -1121, -1122})
_PLACES = {None: "https://data-api.binance.vision", "us": "https://api.binance.us"}


class BinanceKlines:
    """Bars of Binance's spot markets; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup
        The variant "us" asks Binance.US.
    """

    facts = ProviderFacts(
        name="binance",
        title="Binance's public klines: spot markets of crypto (BTCUSDT), no key",
        intervals=("1m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d"),
        spacing_seconds=0.1,
        variants=("us",),
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._asker = setup.make_asker(self.facts)
        self._base = setup.address(_PLACES[setup.variant])

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the pages that hold the bars of a request."""
        check_interval(self.facts, request)
        told = Told(provider=self.facts.name, symbol=request.symbol)
        start = epoch(request.begin(_FIRST), "ms")
        end = epoch(request.until, "ms")
        while start <= end:
            ask = Ask(
                url=f"{self._base}/api/v3/klines",
                query={
                    "symbol": request.symbol.upper(),
                    "interval": request.interval,
                    "startTime": str(start),
                    "endTime": str(end),
                    "limit": str(_MOST_ROWS),
                },
            )
            answer = self._asker.get(ask, lambda found: self._judge(found, told))
            rows: Any = parse_json(answer)
            if not rows:
                return
            page = told.read(answer.content)
            yield replace(page, name=request.symbol)
            last = read_path(rows, -1, 0)
            if len(rows) < _MOST_ROWS:
                return
            if not isinstance(last, int) or last < start:
                raise AnswerUnusable(self.facts.name, "a page that does not go on in time")
            start = last + 1

    def _judge(self, answer: Answer, told: Told) -> ComeBack | None:
        value = parse_json(answer)
        if isinstance(value, ComeBack):
            return value if answer.status == 200 else None
        if read_path(value, "code") in _BAD_SYMBOL:
            said = told.say(read_path(value, "msg"))
            raise SymbolNotOffered(self.facts.name, told.symbol, said)
        if answer.status == 200 and not isinstance(value, list):
            return ComeBack(was=told.excerpt(answer.content), kind="broken")
        return None
