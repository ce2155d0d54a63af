"""Any exchange that the ccxt library knows, where it is installed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np

from bellwether.sources._asking import ComeBack
from bellwether.sources._provider_errors import (
    AnswerUnusable,
    IntervalNotOffered,
    ProviderRefused,
    ProviderUnusable,
    SymbolNotOffered,
)
from bellwether.sources._provider_pages import Told, epoch
from bellwether.sources._providers import BarRequest, ProviderFacts, ProviderSetup
from bellwether.sources._raw_table import RawTable

Candles: TypeAlias = list[list[float]]

_FIRST = np.datetime64("2013-01-01")
_DAYS = np.timedelta64(30, "D")
_MOST_ROWS, _STEP_ROWS = 500, 200
_WIDTH = 6
# By the names of ccxt's errors, the nearest kin first.
_BUSY = frozenset({"RateLimitExceeded", "DDoSProtection"})
_SILENT = frozenset({"NetworkError", "OperationFailed"})
_SYMBOL = frozenset({"BadSymbol"})
_CLOSED = frozenset({"AuthenticationError", "PermissionDenied", "AccountSuspended"})


class CcxtExchange:
    """Bars of an exchange through ccxt; treaty as `BarProvider`.

    Parameters
    ----------
    setup : ProviderSetup
        The variant names the exchange: ccxt:kraken.

    Raises
    ------
    ProviderUnusable
        If ccxt is not installed, has no such exchange, or the exchange gives no bars.

    Notes
    -----
    Asks only what is public: no key is used. ccxt keeps to the exchange's own limits.
    """

    facts = ProviderFacts(
        name="ccxt",
        title="an exchange through the ccxt library: ccxt:kraken, ccxt:coinbase (BTC/USD)",
        intervals=("1m", "5m", "15m", "30m", "1h", "2h", "4h", "1d"),
        spacing_seconds=0.0,
    )

    def __init__(self, setup: ProviderSetup) -> None:
        self._asker = replace(setup, variant=None).make_asker(self.facts)
        self._exchange = _open(setup, self.facts.name)
        self._name = f"{self.facts.name}:{setup.variant}"

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        """Yield the pages that hold the bars of a request."""
        offered = [one for one in self.facts.intervals if one in (self._exchange.timeframes or ())]
        if request.interval not in offered:
            raise IntervalNotOffered(self._name, request.interval, offered)
        told = Told(provider=self._name, symbol=request.symbol)
        span = epoch(np.datetime64(0, "us") + request.span, "ms")
        start = epoch(request.begin(_FIRST if request.is_daily else request.until - _DAYS), "ms")
        end = epoch(request.until, "ms")
        while start <= end:
            candles = self._ask(request, start)
            if candles:
                page = told.read(json.dumps(candles).encode("ascii"))
                yield replace(page, name=request.symbol)
                start = int(candles[-1][0]) + 1
            else:
                # Before a market was listed some exchanges give nothing, and not what follows.
                start += _STEP_ROWS * span

    def _ask(self, request: BarRequest, start: int) -> Candles:
        """Return the bars that open at a time or later, as far as one answer holds them."""
        found = self._asker.attempt(lambda: self._look(request, start))
        if not isinstance(found, list) or not all(map(_is_candle, found)):
            raise AnswerUnusable(self._name, "something that is no list of bars")
        return sorted(row[:_WIDTH] for row in found if row[0] >= start)

    def _look(self, request: BarRequest, start: int) -> Any | ComeBack:
        library = import_module("ccxt")
        try:
            return self._exchange.fetch_ohlcv(request.symbol, request.interval, start, _MOST_ROWS)
        except library.BaseError as error:
            kin = {kind.__name__ for kind in type(error).__mro__}
            said = Told(provider=self._name, symbol=request.symbol).say(error)
        # Raised here, where no library's error, with the address in it, is the context.
        if kin & _SYMBOL:
            raise SymbolNotOffered(self._name, request.symbol, said)
        if kin & _CLOSED:
            raise ProviderRefused(self._name, said)
        if kin & (_BUSY | _SILENT):
            return ComeBack(was=said, kind="busy" if kin & _BUSY else "failed")
        raise AnswerUnusable(self._name, said)


def _open(setup: ProviderSetup, name: str) -> Any:
    try:
        library = import_module("ccxt")
    except ImportError:
        raise ProviderUnusable(
            name, "the library ccxt", "none installed", "pip install ccxt"
        ) from None
    called = setup.variant or ""
    if called not in list(library.exchanges):
        raise ProviderUnusable(
            name,
            "an exchange that ccxt knows, behind a colon",
            repr(called),
            "name one, such as ccxt:kraken",
        )
    seconds = setup.wire.web.step_seconds
    exchange = getattr(library, called)({"enableRateLimit": True, "timeout": int(1000 * seconds)})
    if exchange.has.get("fetchOHLCV") is not True:
        raise ProviderUnusable(name, "an exchange that gives bars", called, "choose another one")
    return exchange


def _is_candle(row: Any) -> bool:
    return isinstance(row, list) and len(row) >= _WIDTH and isinstance(row[0], int | float)
