"""An exchange through ccxt: paged, patient, and its errors made ours."""

import sys
import types
from typing import Any

import numpy as np
import pytest
from tests.provider_servers import (
    DAY,
    NOW,
    ManualClock,
    make_daily,
    make_hourly,
    rows_of,
    seconds_of,
)

from bellwether.bars import Bars, BarsImport
from bellwether.sources import (
    AnswerUnusable,
    BarProvider,
    BarRequest,
    FetchedMarket,
    IntervalNotOffered,
    Origin,
    ProviderBook,
    ProviderBusy,
    ProviderError,
    ProviderRefused,
    ProviderUnreachable,
    ProviderUnusable,
    SymbolNotOffered,
    Wire,
    fetch_bars,
    find_breaches,
)

crypto, hourly = make_daily(900, calendar="24/7"), make_hourly(700)


class BaseError(Exception):
    """Root of ccxt's errors."""


class ExchangeError(BaseError):
    """As ccxt's."""


class BadSymbol(ExchangeError):
    """As ccxt's."""


class AuthenticationError(ExchangeError):
    """As ccxt's."""


class NetworkError(BaseError):
    """As ccxt's."""


class RateLimitExceeded(NetworkError):
    """As ccxt's."""


class FakeExchange:
    """Gives candles as an exchange in ccxt does, a few hundred at a time."""

    has: dict[str, object] = {"fetchOHLCV": True}  # noqa: RUF012 - as ccxt's
    timeframes = {"1h": "60", "1d": "1440"}  # noqa: RUF012

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.bars: Bars = crypto
        self.most = 300
        self.errors: list[Exception] = []
        self.asked: list[tuple[Any, ...]] = []

    def fetch_ohlcv(self, symbol: str, timeframe: str, since: int, limit: int) -> Any:
        self.asked.append((symbol, timeframe, since, limit))
        if self.errors:
            raise self.errors.pop(0)
        if symbol != "BTC/USD":
            raise BadSymbol(f"fake does not have market symbol {symbol}")
        span = DAY if timeframe == "1d" else np.timedelta64(1, "h")
        opened = [1000 * one for one in seconds_of(self.bars.closed_at - span)]
        rows = [[at, *row] for at, row in zip(opened, rows_of(self.bars), strict=True)]
        width = int(span / np.timedelta64(1, "ms"))
        # A window, as some exchanges have it: what lies behind it is not found.
        return [row for row in rows if since <= row[0] < since + self.most * width][:limit]


class NoCandles(FakeExchange):
    has: dict[str, object] = {"fetchOHLCV": "emulated"}  # noqa: RUF012


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """Put a small ccxt in the place of the library."""
    module = types.ModuleType("ccxt")
    for thing in (BaseError, ExchangeError, BadSymbol, NetworkError, RateLimitExceeded):
        setattr(module, thing.__name__, thing)
    module.exchanges = ["fake", "bare"]  # type: ignore[attr-defined]
    module.fake = FakeExchange  # type: ignore[attr-defined]
    module.bare = NoCandles  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ccxt", module)
    return module


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def provider(library: types.ModuleType, clock: ManualClock) -> Any:
    wire = Wire(clock=clock, sleep=clock.sleep, seed=1)
    return ProviderBook(environment={}, wire=wire).open("ccxt:fake")


def fetch(provider: BarProvider, symbol: str = "BTC/USD", interval: str = "1d") -> BarsImport:
    market = FetchedMarket(
        origin=Origin(provider="ccxt:fake", symbol=symbol), name=symbol, interval=interval
    )
    return fetch_bars(provider, market, now=NOW)


def test_the_whole_history_is_paged_past_the_years_before_a_listing(provider: Any) -> None:
    found = fetch(provider)
    assert found.bars.closed_at.tolist() == crypto.closed_at[:-1].tolist()
    np.testing.assert_allclose(found.bars.close, crypto.close[:-1])
    assert len(provider._exchange.asked) < 25
    assert provider._exchange.options["enableRateLimit"] is True


def test_hours_are_openings(provider: Any) -> None:
    provider._exchange.bars = hourly
    found = fetch(provider, interval="1h")
    assert found.bars.interval == "1h"
    assert found.bars.closed_at[-1] == NOW


def test_the_treaty_is_kept(provider: Any) -> None:
    request = BarRequest(symbol="BTC/USD", until=NOW)
    assert find_breaches(provider, request, unknown_symbol="NOPE/USD") == ()


def test_a_passing_failure_is_asked_again(provider: Any, clock: ManualClock) -> None:
    provider._exchange.errors = [NetworkError("gone"), RateLimitExceeded("slowly")]
    assert len(fetch(provider).bars) == 899
    assert len(clock.slept) == 2


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RateLimitExceeded("fake GET https://x.example 429 slowly"), ProviderBusy),
        (NetworkError("fake GET https://x.example"), ProviderUnreachable),
        (AuthenticationError("fake requires apiKey"), ProviderRefused),
        (ExchangeError("fake what"), AnswerUnusable),
    ],
)
def test_each_kind_of_trouble_is_an_error_of_ours(
    provider: Any, error: Exception, kind: type[ProviderError]
) -> None:
    provider._exchange.errors = [error] * 9
    with pytest.raises(kind) as caught:
        fetch(provider)
    assert str(error) in caught.value.was
    assert caught.value.__context__ is None


def test_an_unknown_symbol_and_length_are_told(provider: Any) -> None:
    with pytest.raises(SymbolNotOffered, match="does not have market symbol"):
        fetch(provider, "NOPE/USD")
    with pytest.raises(IntervalNotOffered, match="choose with --interval: 1h, 1d"):
        fetch(provider, interval="15m")


def test_something_that_is_no_list_of_candles_is_refused(
    provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for found in (None, {"a": 1}, [1, 2], [["x"]]):
        monkeypatch.setattr(
            type(provider._exchange), "fetch_ohlcv", lambda *_, answer=found: answer
        )
        with pytest.raises((AnswerUnusable, SymbolNotOffered)):
            fetch(provider)


@pytest.mark.parametrize("called", ["ccxt", "ccxt:mars", "ccxt:bare", "ccxt:BaseError"])
def test_an_exchange_that_is_none_is_refused(library: types.ModuleType, called: str) -> None:
    with pytest.raises(ProviderUnusable):
        ProviderBook(environment={}).open(called)


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ccxt", None)
    with pytest.raises(ProviderUnusable, match="pip install ccxt"):
        ProviderBook(environment={}).open("ccxt:kraken")
