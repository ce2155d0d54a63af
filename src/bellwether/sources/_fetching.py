"""Fetching: bars of a provider into the store, all of them or only what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars, BarsImport, Reading, UnreadableBars, assess
from bellwether.clock import Clock
from bellwether.service import (
    BarStore,
    ImportOutcome,
    SnapshotDamaged,
    UnknownSymbol,
    find_other_calendar,
    import_bars,
)
from bellwether.sources._calendars import AUTO
from bellwether.sources._provider_errors import (
    AnswerUnusable,
    HistoryDetached,
    SymbolNotOffered,
)
from bellwether.sources._provider_pages import join_pages, write_date
from bellwether.sources._providers import BarProvider, BarRequest, check_interval
from bellwether.sources._raw_table import RawTable
from bellwether.sources._reading import read_bars

OVERLAP_BARS = 10
_PRICES = ("open", "high", "low", "close")
_SAME_PRICE, _SAME_FACTOR = 1e-6, 1e-4
_BETWEEN = "://"


class FetchKind(StrEnum):
    """How much was asked of a provider."""

    WHOLE = "whole"
    """The whole history, as was wanted."""
    UPDATE = "update"
    """What is missing, and a few stored bars to see revisions by."""
    RENEWED = "renewed"
    """The whole history, since the stored bars turned out to be revised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the bars of a market are fetched from.

    Parameters
    ----------
    provider : str
        As it is called, with its variant: "ccxt:kraken".
    symbol : str
        As the provider writes it.

    Examples
    --------
    >>> str(Origin(provider="ccxt:kraken", symbol="BTC/USD"))
    'ccxt:kraken://BTC/USD'
    >>> Origin.read("SPY.csv")
    """

    provider: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.provider}{_BETWEEN}{self.symbol}"

    @classmethod
    def read(cls, source: str) -> Self | None:
        """Return the origin that a snapshot's source tells; None where it tells none."""
        provider, between, symbol = source.partition(_BETWEEN)
        return cls(provider=provider, symbol=symbol) if between and provider and symbol else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedMarket:
    """A market and how it is fetched.

    Parameters
    ----------
    origin : Origin
    name : str
        Its symbol here.
    interval : str, default "1d"
    since : numpy.datetime64 or None, default None
        UTC; where a whole history begins.
    calendar : str, default "auto"
        As for `read_bars`.
    """

    origin: Origin
    name: str
    interval: str = "1d"
    since: np.datetime64 | None = None
    calendar: str = AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOutcome:
    """What a fetch left behind.

    Parameters
    ----------
    market : FetchedMarket
    kind : FetchKind
    outcome : ImportOutcome
    """

    market: FetchedMarket
    kind: FetchKind
    outcome: ImportOutcome

    def to_json(self) -> dict[str, object]:
        """Return the outcome as JSON values."""
        origin = self.market.origin
        told = {"provider": origin.provider, "asked_for": origin.symbol, "kind": self.kind.value}
        return {**told, **self.outcome.to_json()}


def find_fetched(store: BarStore) -> tuple[FetchedMarket, ...]:
    """List the stored markets that were fetched, as they were.

    Parameters
    ----------
    store : BarStore
    """
    found = []
    for snapshot in store.markets():
        origin = Origin.read(snapshot.source)
        if origin is not None:
            found.append(
                FetchedMarket(origin=origin, name=snapshot.symbol, interval=snapshot.interval)
            )
    return tuple(found)


def fetch_bars(
    provider: BarProvider,
    market: FetchedMarket,
    *,
    now: np.datetime64,
    store: BarStore | None = None,
) -> BarsImport:
    """Return bars of a provider that have closed for good.

    Parameters
    ----------
    provider : BarProvider
    market : FetchedMarket
    now : numpy.datetime64
        UTC.
    store : BarStore, optional
        Where the market may be stored: a few bars are then read with the calendar of the many.

    Returns
    -------
    imported : BarsImport

    Raises
    ------
    ProviderError
        If the provider gives none, or some of another length.
    BarsError
        As `read_bars`.

    Notes
    -----
    Knows: bars that closed before `now` less the provider's delay. The bar in progress is left
    out: it is told among the refusals, and stands behind nothing.
    """
    request = BarRequest(
        symbol=market.origin.symbol, interval=market.interval, since=market.since, until=now
    )
    check_interval(provider.facts, request)
    raw = _join(provider, provider.fetch(request), request)
    minutes = np.timedelta64(round(60_000_000 * provider.facts.delay_minutes), "us")
    settled_at = now - minutes
    imported = read_bars(raw, symbol=market.name, calendar=market.calendar, now=settled_at)
    if store is not None and market.calendar == AUTO:
        other = find_other_calendar(imported, store)
        if other is not None:
            imported = read_bars(raw, symbol=market.name, calendar=other, now=settled_at)
    found = imported.bars.interval
    if found != market.interval:
        raise AnswerUnusable(
            provider.facts.name,
            f"bars of {found} where {market.interval} was asked for",
            "ask for another --interval, or for more bars: a few do not tell their length",
        )
    return _without_unclosed(imported, settled_at)


def fetch_market(
    provider: BarProvider,
    market: FetchedMarket,
    *,
    store: BarStore,
    clock: Clock,
    update: bool = False,
) -> FetchOutcome:
    """Fetch a market into the store.

    Parameters
    ----------
    provider : BarProvider
    market : FetchedMarket
    store : BarStore
    clock : Clock
    update : bool, default False
        Whether to ask only for what is missing, where the market was fetched from there before.
        Otherwise what the provider gives is the whole history.

    Returns
    -------
    outcome : FetchOutcome
        What the vendor revised is named in its change.

    Raises
    ------
    HistoryDetached
        If newer bars do not touch the stored ones, or are on another scale and the provider no
        longer gives the older ones.
    ProviderError, BarsError, ServiceError
        As `fetch_bars` and `import_bars`. What is stored stays as it was.

    Notes
    -----
    An update asks for the last stored bars once more. Where the first of them is as it was, the
    others and the new ones are put behind what is stored. Where it is not - after a split, most
    often - all bars are fetched anew, so that old and new prices are on one scale.
    """
    now = clock.now()
    stored = _find_stored(store, market) if update else None
    if stored is None:
        found, kind, extend = fetch_bars(provider, market, now=now), FetchKind.WHOLE, False
    else:
        last = stored.closed_at[max(len(stored) - OVERLAP_BARS, 0)]
        part = fetch_bars(provider, replace(market, since=last), now=now, store=store)
        places = _find_common(stored, part.bars)
        if not len(places):
            raise _detached(provider, market, stored, part.bars)
        if _is_as_stored(stored, part.bars, places):
            part = _from_place(part, int(places[0, 1]), now)
            found, kind, extend = part, FetchKind.UPDATE, True
        else:
            found, kind, extend = _renew(provider, market, stored, now), FetchKind.RENEWED, False
    outcome = import_bars(found, store=store, clock=clock, source=str(market.origin), extend=extend)
    return FetchOutcome(market=market, kind=kind, outcome=outcome)


def _join(provider: BarProvider, pages: Iterable[RawTable], request: BarRequest) -> RawTable:
    found = [page for page in pages if page.table.height]
    if found:
        return join_pages(found)
    since = "at all" if request.since is None else f"since {write_date(request.since)}"
    raise SymbolNotOffered(
        provider.facts.name, request.symbol, f"no bar of {request.interval} {since}"
    )


def _without_unclosed(imported: BarsImport, settled_at: np.datetime64) -> BarsImport:
    """Return an import in which bars in progress stand behind nothing.

    When they have closed meanwhile, they would look like rows that are broken.
    """
    quality = imported.quality
    refusals = tuple(
        replace(row, at=None) if row.at is not None and row.at > settled_at else row
        for row in quality.refusals
    )
    return replace(imported, quality=replace(quality, refusals=refusals))


def _find_stored(store: BarStore, market: FetchedMarket) -> Bars | None:
    """Return the stored bars of a market, where they are of the same origin and can be read."""
    try:
        latest = store.latest(market.name, market.interval)
        if latest.source != str(market.origin):
            return None
        return store.load(latest.digest).bars
    except (UnknownSymbol, SnapshotDamaged, UnreadableBars):
        return None


def _find_common(stored: Bars, found: Bars) -> IntArray:
    """Return the places in both of each bar that both have, as an array of (n_common, 2)."""
    _, first, second = np.intersect1d(
        stored.closed_at, found.closed_at, assume_unique=True, return_indices=True
    )
    return np.stack([first, second], axis=1).astype(np.int64)


def _is_as_stored(stored: Bars, found: Bars, places: IntArray) -> bool:
    """Return whether the past is as it was: the first common bar, and the adjustments' steps."""
    before, after = (int(place) for place in places[0])
    for name in _PRICES:
        old, new = getattr(stored, name)[before], getattr(found, name)[after]
        if abs(new - old) > _SAME_PRICE * abs(old):
            return False
    factors: FloatArray = found.adjustment[places[:, 1]] / stored.adjustment[places[:, 0]]
    return bool(factors.max() <= factors.min() * (1.0 + _SAME_FACTOR))


def _from_place(imported: BarsImport, place: int, now: np.datetime64) -> BarsImport:
    """Return an import from one of its bars on."""
    if not place:
        return imported
    bars, quality = imported.bars[place:], imported.quality
    reading = Reading(
        n_read=quality.n_read - place, refusals=quality.refusals, findings=quality.findings
    )
    return replace(
        imported, bars=bars, quality=assess(bars, imported.calendar, now=now, reading=reading)
    )


def _renew(
    provider: BarProvider, market: FetchedMarket, stored: Bars, now: np.datetime64
) -> BarsImport:
    whole = fetch_bars(provider, replace(market, since=stored.closed_at[0]), now=now)
    first = whole.bars.closed_at[0]
    if first > stored.closed_at[0]:
        raise HistoryDetached(
            provider.facts.name,
            market.origin.symbol,
            f"bars from {write_date(first)} on whose prices are not the stored ones, which begin "
            f"on {write_date(stored.closed_at[0])}",
        )
    return whole


def _detached(
    provider: BarProvider, market: FetchedMarket, stored: Bars, found: Bars
) -> HistoryDetached:
    return HistoryDetached(
        provider.facts.name,
        market.origin.symbol,
        f"bars from {write_date(found.closed_at[0])} on, while the stored ones end on "
        f"{write_date(stored.closed_at[-1])}",
    )
