"""A fetch stores what a provider gives; an update asks for what is missing and sees revisions."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.provider_servers import NOW, ManualClock, make_daily

from bellwether.adapters import MemoryBarStore
from bellwether.bars import COLUMNS, Bars, RowsRefused
from bellwether.service import Relation, UnknownSymbol, import_bars
from bellwether.sources import (
    AnswerUnusable,
    BarRequest,
    FetchedMarket,
    FetchKind,
    FetchOutcome,
    HistoryDetached,
    Origin,
    ProviderFacts,
    ProviderUnreachable,
    RawTable,
    SymbolNotOffered,
    fetch_market,
    find_fetched,
    load_table,
    read_bars,
)

DAY = np.timedelta64(1, "D")
TOMORROW = NOW + DAY
truth = make_daily(200)
MARKET = FetchedMarket(origin=Origin(provider="fake", symbol="spy.us"), name="SPY")


class FakeProvider:
    """Gives bars from memory, as they are then, and remembers what was asked."""

    def __init__(self, bars: Bars, *, reach: int | None = None, delay: float = 0.0) -> None:
        self.facts = ProviderFacts(
            name="fake", title="bars from memory", intervals=("1d",), delay_minutes=delay
        )
        self.bars = bars
        self.reach = reach
        self.asked: list[BarRequest] = []

    def fetch(self, request: BarRequest) -> Iterator[RawTable]:
        self.asked.append(request)
        days = (self.bars.closed_at - np.timedelta64(1, "h")).astype("datetime64[D]")
        first = request.begin(np.datetime64("1900-01-01")).astype("datetime64[D]")
        keep = days >= first
        if self.reach is not None:
            keep[: -self.reach] = False
        if keep.any():
            yield table_of(self.bars, days, keep)


def table_of(bars: Bars, days: Any, keep: Any) -> RawTable:
    import polars as pl  # noqa: PLC0415

    columns = {name: getattr(bars, name)[keep] for name in COLUMNS}
    adjusted = (bars.close * bars.adjustment)[keep]
    return load_table(pl.DataFrame({"date": days[keep], **columns, "adj close": adjusted}))


def until(bars: Bars, instant: np.datetime64) -> Bars:
    """Return the bars whose day has begun by then."""
    return bars[: int(np.searchsorted(bars.closed_at, instant + np.timedelta64(8, "h")))]


def changed(bars: Bars, change: Callable[[dict[str, Any]], None]) -> Bars:
    columns = {name: np.array(getattr(bars, name)) for name in (*COLUMNS, "adjustment")}
    change(columns)
    return Bars(symbol="SPY", interval="1d", closed_at=bars.closed_at, **columns)


def run(
    provider: FakeProvider, store: MemoryBarStore, now: np.datetime64 = NOW, **how: Any
) -> FetchOutcome:
    market = how.pop("market", MARKET)
    return fetch_market(provider, market, store=store, clock=ManualClock(now), **how)


@pytest.fixture
def store() -> MemoryBarStore:
    return MemoryBarStore()


def stored(store: MemoryBarStore) -> Bars:
    return store.load(store.latest("SPY", "1d").digest).bars


def test_the_first_fetch_stores_everything_that_has_closed_and_where_it_is_from(
    store: MemoryBarStore,
) -> None:
    found = run(FakeProvider(truth), store, update=True)
    assert (found.kind, found.outcome.change.relation) == (FetchKind.WHOLE, Relation.FIRST)
    assert len(stored(store)) == 199
    assert store.latest("SPY", "1d").source == "fake://spy.us"
    assert find_fetched(store) == (MARKET,)
    assert found.to_json()["provider"] == "fake"


def test_an_update_asks_for_the_last_bars_only_and_appends_the_new_ones(
    store: MemoryBarStore,
) -> None:
    provider = FakeProvider(truth)
    run(provider, store, NOW - 5 * DAY)
    n_before = len(stored(store))
    found = run(provider, store, NOW, update=True)
    assert found.kind is FetchKind.UPDATE
    since = provider.asked[-1].since
    assert since is not None
    assert NOW - since < 25 * DAY
    assert found.outcome.change.n_appended == 199 - n_before > 0
    assert found.outcome.change.relation is Relation.EXTENDS
    np.testing.assert_array_equal(stored(store).close, truth.close[:-1])


def test_nothing_new_changes_nothing(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    first = run(provider, store)
    again = run(provider, store, NOW + np.timedelta64(1, "m"), update=True)
    assert again.outcome.snapshot.digest == first.outcome.snapshot.digest
    assert again.outcome.change.relation is Relation.SAME


def test_a_late_correction_of_a_recent_bar_is_taken_and_named(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    run(provider, store)

    def correct(columns: dict[str, Any]) -> None:
        columns["volume"][-2] += 7

    provider.bars = changed(truth, correct)
    found = run(provider, store, TOMORROW, update=True)
    assert (found.kind, found.outcome.change.relation) == (FetchKind.UPDATE, Relation.REVISES)
    assert stored(store).volume[-2] == truth.volume[-2] + 7


def test_a_dividend_rescales_the_adjustments_of_all_stored_bars(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    run(provider, store)

    def adjust(columns: dict[str, Any]) -> None:
        columns["adjustment"][:-1] = 0.98

    provider.bars = changed(truth, adjust)
    found = run(provider, store, TOMORROW, update=True)
    assert found.kind is FetchKind.UPDATE
    assert len(provider.asked) == 2
    np.testing.assert_allclose(stored(store).adjustment[:-1], 0.98, rtol=1e-6)


def test_a_split_that_changes_all_prices_makes_everything_be_fetched_anew(
    store: MemoryBarStore,
) -> None:
    provider = FakeProvider(truth)
    run(provider, store)

    def split(columns: dict[str, Any]) -> None:
        for name in ("open", "high", "low", "close"):
            columns[name] /= 4.0

    provider.bars = changed(truth, split)
    found = run(provider, store, TOMORROW, update=True)
    assert found.kind is FetchKind.RENEWED
    np.testing.assert_allclose(stored(store).close, truth.close / 4.0)
    assert found.outcome.change.relation is Relation.RESCALES


def test_a_split_is_not_joined_to_older_prices_that_nobody_gives_any_more(
    store: MemoryBarStore,
) -> None:
    provider = FakeProvider(truth)
    run(provider, store)
    before = store.latest("SPY", "1d").digest

    def split(columns: dict[str, Any]) -> None:
        for name in ("open", "high", "low", "close"):
            columns[name] /= 4.0

    provider.bars, provider.reach = changed(truth, split), 50
    with pytest.raises(HistoryDetached, match="whose prices are not the stored ones"):
        run(provider, store, TOMORROW, update=True)
    assert store.latest("SPY", "1d").digest == before


def test_older_bars_stay_when_a_provider_gives_only_the_recent_ones(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    run(provider, store, NOW - 5 * DAY)
    provider.reach = 30
    run(provider, store, NOW, update=True)
    assert len(stored(store)) == 199


def test_bars_that_do_not_touch_the_stored_ones_are_refused(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    run(provider, store, NOW - 60 * DAY)
    provider.reach = 10
    with pytest.raises(HistoryDetached, match="while the stored ones end on 2021-01-08"):
        run(provider, store, NOW, update=True)


def test_a_market_of_another_origin_is_fetched_whole(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    imported = read_bars(table_of(truth, truth.closed_at.astype("datetime64[D]"), slice(0, 100)))
    clock = ManualClock()
    import_bars(imported, store=store, clock=clock, source="market.csv")
    market = FetchedMarket(origin=MARKET.origin, name=imported.bars.symbol)
    found = run(provider, store, market=market, update=True)
    assert found.kind is FetchKind.WHOLE
    assert find_fetched(store) == (market,)


def test_a_bar_counts_only_when_the_providers_delay_is_over(store: MemoryBarStore) -> None:
    close = truth.closed_at[-1]
    soon, later = close + np.timedelta64(10, "m"), close + np.timedelta64(20, "m")
    provider = FakeProvider(truth, delay=15.0)
    assert run(provider, store, soon).outcome.snapshot.n_bars == 199
    assert store.latest("SPY", "1d").broken is None
    assert run(provider, store, later, update=True).outcome.snapshot.n_bars == 200


def test_a_few_bars_are_read_with_the_calendar_of_the_many(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    market = FetchedMarket(origin=MARKET.origin, name="SPY", calendar="weekdays")
    run(provider, store, NOW - 5 * DAY, market=market)
    run(provider, store, NOW, update=True)
    assert store.latest("SPY", "1d").calendar == "weekdays"
    assert len(stored(store)) == 199


def test_a_market_begins_where_it_is_said(store: MemoryBarStore) -> None:
    since = truth.closed_at[100].astype("datetime64[D]")
    market = FetchedMarket(origin=MARKET.origin, name="SPY", since=since)
    run(FakeProvider(truth), store, market=market)
    assert abs(stored(store).closed_at[0] - since) < 5 * DAY


def test_no_bars_at_all_leave_what_is_stored(store: MemoryBarStore) -> None:
    class Empty(FakeProvider):
        def fetch(self, _: BarRequest) -> Iterator[RawTable]:
            yield from ()

    with pytest.raises(SymbolNotOffered):
        run(Empty(truth), store)
    with pytest.raises(UnknownSymbol):
        store.latest("SPY", "1d")


def test_a_failure_in_the_middle_leaves_what_is_stored(store: MemoryBarStore) -> None:
    provider = FakeProvider(truth)
    run(provider, store, NOW - 5 * DAY)
    before = store.latest("SPY", "1d").digest

    class Breaks(FakeProvider):
        def fetch(self, request: BarRequest) -> Iterator[RawTable]:
            yield from super().fetch(request)
            raise ProviderUnreachable("fake", "a connection that broke")

    with pytest.raises(ProviderUnreachable):
        run(Breaks(truth), store, update=True)
    assert store.latest("SPY", "1d").digest == before


def test_bars_in_progress_alone_are_no_bars(store: MemoryBarStore) -> None:
    with pytest.raises((RowsRefused, AnswerUnusable)):
        run(FakeProvider(truth[199:]), store)


def test_an_origin_is_read_back_and_a_files_name_is_none() -> None:
    origin = Origin(provider="ccxt:kraken", symbol="BTC/USD:USD")
    assert Origin.read(str(origin)) == origin
    assert Origin.read("SPY.csv") is None
    assert Origin.read("://x") is None
