"""A small world that is watched: stored bars, models that say what they are told, a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from tests.steady import (
    N_BARS,
    PROMOTING,
    SOUND,
    MemoryBundles,
    SteadyRules,
    steady_graph,
    steady_manifest,
)

from bellwether.adapters import (
    MemoryBarStore,
    MemoryCheckpoints,
    MemoryJournal,
    MemoryRegistry,
)
from bellwether.bars import Bars, BarsImport, RowRefusal, SessionCalendar, assess, noise_world
from bellwether.registry import (
    Bundle,
    MarketKey,
    ModelRecord,
    make_bundle,
)
from bellwether.service import Snapshot, import_bars
from bellwether.watch import WatchPorts

DAY = np.timedelta64(1, "D")
HOUR = np.timedelta64(1, "h")
START = np.datetime64("2019-01-01T21:00", "us")


def model_bundle(
    model_id: str, *, horizon_bars: int = 1, lookback_bars: int = N_BARS, **says: tuple[float, ...]
) -> Bundle:
    """Return the bundle of a model that says what it is told to."""
    manifest = steady_manifest(
        model_id,
        symbols=("A",),
        horizon_bars=horizon_bars,
        lookback_bars=lookback_bars,
        families=("ridge", "logistic"),
    )
    return make_bundle(manifest, steady_graph({**SOUND, **says}, lookback_bars))


class ManualClock:
    """A clock that is set by hand."""

    def __init__(self, instant: np.datetime64) -> None:
        self.instant = instant

    def now(self) -> np.datetime64:
        """Return what it was set to."""
        return self.instant


@dataclass(kw_only=True)
class PaperWorld:
    """Markets with a session every day, of which as many bars are stored as is said."""

    clock: ManualClock
    ports: WatchPorts
    bars: dict[str, Bars] = field(default_factory=dict)
    calendar: SessionCalendar

    def market(self, symbol: str, n_bars: int = 700) -> Bars:
        """Return a market's whole history."""
        if symbol not in self.bars:
            seed = sum(map(ord, symbol))
            known = noise_world(seed, n_bars).bars
            names = ("open", "high", "low", "close", "volume")
            columns = {name: getattr(known, name) for name in names}
            closed_at = self.calendar.closes_at[:n_bars]
            self.bars[symbol] = Bars(symbol=symbol, closed_at=closed_at, **columns)
        return self.bars[symbol]

    def at(self, row: int, hours: int = 1) -> np.datetime64:
        """Set the clock to some hours after the close of a session."""
        self.clock.instant = self.calendar.closes_at[row] + hours * HOUR
        return self.clock.instant

    def keep(self, bars: Bars, *refusals: RowRefusal) -> Snapshot:
        """Store bars as they are imported now."""
        quality = replace(assess(bars, self.calendar), refusals=refusals)
        imported = BarsImport(
            bars=bars, quality=quality, calendar=self.calendar, source_digest=bars.digest
        )
        store, clock = self.ports.bars, self.clock
        return import_bars(imported, store=store, clock=clock, source="a file").snapshot

    def store(self, n_bars: int, *symbols: str) -> None:
        """Store the first bars of some markets, an hour after the last of them closed."""
        self.at(n_bars - 1)
        for symbol in symbols or ("A",):
            self.keep(self.market(symbol)[:n_bars])

    def register(
        self,
        bundle: Bundle,
        *symbols: str,
        trained: int = 500,
        universe: str = "world",
        promoted: bool = True,
    ) -> ModelRecord:
        """Register a model, and promote it unless it stays in the shadow."""
        self.ports.bundles.put(bundle)
        manifest = bundle.manifest
        trained_at = self.calendar.closes_at[trained - 1]
        record = ModelRecord(
            model_id=manifest.model_id,
            market=MarketKey(universe=universe, interval="1d", horizon_bars=manifest.horizon_bars),
            symbols=symbols or ("A",),
            bundle_digest=bundle.digest,
            pipeline_digest="p",
            snapshot_digest="s",
            bellwether_version="0",
            trained_at=trained_at,
            registered_at=trained_at,
            changed_at=trained_at,
            metrics={},
        )
        self.ports.registry.register(record)
        if promoted:
            self.ports.registry.promote(record.model_id, PROMOTING, reason="it passed")
        return record

    def with_ports(self, **ports: Any) -> WatchPorts:
        """Return the ports with others among them."""
        return replace(self.ports, **ports)


@pytest.fixture(scope="session")
def paper_rules() -> SteadyRules:
    """Return the real rules, loaded once."""
    return SteadyRules()


def paper_world(rules: SteadyRules) -> PaperWorld:
    """Return a world where nothing is stored and nobody was promoted yet."""
    clock = ManualClock(START)
    ports = WatchPorts(
        journal=MemoryJournal(),
        bars=MemoryBarStore(),
        registry=MemoryRegistry(clock),
        bundles=MemoryBundles(),
        rules=rules,
        clock=clock,
        checkpoints=MemoryCheckpoints(),
    )
    calendar = SessionCalendar(name="days", closes_at=START + DAY * np.arange(1100))
    return PaperWorld(clock=clock, ports=ports, calendar=calendar)


@pytest.fixture
def paper(paper_rules: SteadyRules) -> PaperWorld:
    """Return a world where nothing is stored and nobody was promoted yet."""
    return paper_world(paper_rules)


@pytest.fixture
def make_paper(paper_rules: SteadyRules) -> Callable[[], PaperWorld]:
    """Return a maker of such worlds, each the same."""
    return lambda: paper_world(paper_rules)


@pytest.fixture(scope="session")
def make_model() -> Callable[..., Bundle]:
    """Return a maker of models: (model_id, horizon_bars=, **what it says)."""
    return model_bundle
