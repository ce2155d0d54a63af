"""The treaty of providers as a check that anybody can run on one."""

from collections.abc import Iterator

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.errors import BellwetherError
from bellwether.sources._fetching import FetchedMarket, Origin, fetch_bars
from bellwether.sources._provider_errors import IntervalNotOffered, ProviderError
from bellwether.sources._providers import BarProvider, BarRequest, ProviderFacts, interval_span
from bellwether.sources._raw_table import RawTable

LEAST_BARS = 20


def find_breaches(
    provider: BarProvider, request: BarRequest, *, unknown_symbol: str | None = None
) -> tuple[str, ...]:
    """List where a provider breaks the treaty of `BarProvider`, in words.

    Parameters
    ----------
    provider : BarProvider
        It is asked several times.
    request : BarRequest
        For at least twenty bars that it has, of a length that it offers.
    unknown_symbol : str, optional
        One that it does not have.

    Returns
    -------
    breaches : tuple of str
        Empty where none was found.

    Notes
    -----
    For the tests of packages that bring a provider along::

        def test_the_treaty_is_kept(provider):
            request = BarRequest(symbol="SPY", until=np.datetime64("2021-03-10T18:00"))
            assert find_breaches(provider, request) == ()
    """
    breaches = [*_check_facts(provider.facts)]
    try:
        breaches += _check_pages(provider, request)
    except BellwetherError as error:
        breaches.append(f"the request is not met: {error}")
        return tuple(breaches)
    if unknown_symbol is not None:
        breaches += _check_refusal(provider, request, unknown_symbol)
    return tuple(breaches)


def _check_facts(facts: ProviderFacts) -> Iterator[str]:
    if not facts.intervals:
        yield "it offers bars of no length"
    for interval in facts.intervals:
        try:
            interval_span(interval)
        except IntervalNotOffered:
            yield f"it offers bars of {interval!r}, which is no length"
    if facts.spacing_seconds < 0 or facts.delay_minutes < 0:
        yield "its spacing or its delay is below zero"


def _check_pages(provider: BarProvider, request: BarRequest) -> Iterator[str]:
    pages: list[object] = list(provider.fetch(request))
    if not pages:
        yield "it gives no page where there are bars"
        return
    strange = {type(page).__name__ for page in pages if not isinstance(page, RawTable)}
    if strange:
        yield f"its pages are of the kind {', '.join(sorted(strange))}, and not RawTable"
        return
    whole = _read(provider, request)
    yield from _check_order(whole, request)
    again = _read(provider, request)
    if not np.array_equal(whole, again):
        yield "asked twice it gives different bars"
    later = _read(provider, _since(request, whole[len(whole) // 2]))
    if not np.isin(whole[len(whole) // 2 :], later).all():
        yield "asked for bars since one of them it leaves some out"


def _check_order(closes: TimeArray, request: BarRequest) -> Iterator[str]:
    if len(closes) < LEAST_BARS:
        yield f"it gives {len(closes)} bars where {LEAST_BARS} are needed to check"
    if closes[-1] > request.until:
        yield "a bar that has not closed is told as one that has"


def _check_refusal(provider: BarProvider, request: BarRequest, symbol: str) -> Iterator[str]:
    asked = BarRequest(symbol=symbol, interval=request.interval, until=request.until)
    try:
        n_rows = sum(page.table.height for page in provider.fetch(asked))
    except ProviderError:
        return
    if n_rows:
        yield f"it gives bars when asked for the symbol {symbol}"


def _read(provider: BarProvider, request: BarRequest) -> TimeArray:
    market = FetchedMarket(
        origin=Origin(provider=provider.facts.name, symbol=request.symbol),
        name=request.symbol,
        interval=request.interval,
        since=request.since,
    )
    return fetch_bars(provider, market, now=request.until).bars.closed_at


def _since(request: BarRequest, closed_at: np.datetime64) -> BarRequest:
    return BarRequest(
        symbol=request.symbol, interval=request.interval, since=closed_at, until=request.until
    )
