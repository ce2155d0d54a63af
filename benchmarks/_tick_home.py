"""A home folder to watch: many markets with stored bars, and two models that serve all of them."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bellwether.adapters import BundleFolder, FolderBarStore, SqlRegistry
from bellwether.arrays import TimeArray
from bellwether.bars import COLUMNS, Bars, BarsImport, SessionCalendar, assess, noise_world
from bellwether.clock import FixedClock
from bellwether.features import core15
from bellwether.hashing import canonical_json
from bellwether.models import bundle_lookback_bars, export_bundle_graph
from bellwether.registry import Bundle, Manifest, MarketKey, ModelRecord, make_bundle
from bellwether.service import import_bars
from bellwether.sources import sample_market
from bellwether.validation import Decision, Verdict
from study_parity import FAMILIES, HORIZON_BARS, Trained, fit_families, state_of

UNIVERSE = "all"
MODELS: Mapping[str, tuple[str, ...]] = {
    "before": ("ridge",),
    "champion": tuple(FAMILIES),
}
"""The previous champion and the champion, by the families in them, in the order of promotion."""

_AFTER_CLOSE = np.timedelta64(1, "h")
_DAYS_BEFORE = 2
VERDICT = Verdict(
    name="bench", pipeline="bench", snapshot="bench", evidence_digest="", options_digest="",
    decision=Decision.PROMOTE, binding="evidence", reason="it is to be watched",
    next_step="watch it", checks=(), n_bars=1000, n_symbols=1, n_effective=1000.0, n_needed=0.0,
    n_pipelines=1, n_looks=1, first_closed_at="", last_closed_at="", skill=None, value=None,
    contract=None, by_year=(),
)  # fmt: skip


class TickHome:
    """A home folder whose markets get one bar a day.

    Parameters
    ----------
    folder : pathlib.Path
    n_markets, n_bars : int
        Markets, and bars of each on the first day.
    n_days : int
        Days there will be.
    seed : int
    """

    def __init__(self, folder: Path, n_markets: int, n_bars: int, n_days: int, seed: int) -> None:
        self.folder = folder
        self.n_bars = n_bars
        self._seed = seed
        real = sample_market("sp500")
        times = real.bars.closed_at[-(n_bars + n_days) :]
        self._times: TimeArray = times
        self._calendar = SessionCalendar(
            name=real.calendar.name,
            closes_at=real.calendar.closes_at[real.calendar.closes_at >= times[0]],
        )
        self.symbols = tuple(f"M{number:05d}" for number in range(n_markets))

    def now(self, day: int) -> np.datetime64:
        """Return the instant of a day's tick."""
        at: np.datetime64 = self._times[self.n_bars + day - 1] + _AFTER_CLOSE
        return at

    def store_bars(self, day: int) -> None:
        """Store every market's bars as they are on a day."""
        store, clock = FolderBarStore(self.folder / "bars"), FixedClock(self.now(day))
        n_bars = self.n_bars + day
        for number, symbol in enumerate(self.symbols):
            known = noise_world(self._seed + number, len(self._times)).bars
            columns = {name: getattr(known, name)[:n_bars] for name in COLUMNS}
            bars = Bars(symbol=symbol, closed_at=self._times[:n_bars], **columns)
            imported = BarsImport(
                bars=bars,
                quality=assess(bars, self._calendar),
                calendar=self._calendar,
                source_digest=bars.digest,
            )
            import_bars(imported, store=store, clock=clock, source="the benchmark")

    def age_lists(self, n_snapshots: int) -> None:
        """Let each market's list begin with so many earlier snapshots, as after a year of days."""
        for path in (self.folder / "bars" / "markets").glob("*.json"):
            [first] = json.loads(path.read_bytes())
            earlier = [{**first, "number": number + 1} for number in range(n_snapshots)]
            listed = [*earlier, {**first, "number": n_snapshots + 1}]
            path.write_bytes(canonical_json(listed).encode("ascii"))

    def promote_models(self) -> None:
        """Put the models into the registry, one after the other as champion."""
        trained = fit_families(sample_market("nasdaq").bars, self._seed)
        trained_at = self._times[self.n_bars - _DAYS_BEFORE]
        clock = FixedClock(trained_at)
        registry = SqlRegistry(self.folder / "registry.sqlite", clock)
        bundles = BundleFolder(self.folder / "bundles")
        for model_id, names in MODELS.items():
            bundle = _make_bundle(trained, model_id, names, trained_at)
            bundles.put(bundle)
            record = ModelRecord(
                model_id=model_id,
                market=MarketKey(universe=UNIVERSE, interval="1d", horizon_bars=HORIZON_BARS),
                symbols=self.symbols,
                bundle_digest=bundle.digest,
                pipeline_digest="bench",
                snapshot_digest="bench",
                bellwether_version="0",
                trained_at=trained_at,
                registered_at=trained_at,
                changed_at=trained_at,
                verdict=VERDICT.to_json(),
                metrics={},
            )
            registry.register(record)
            registry.promote(model_id, VERDICT, reason="for the benchmark")
        registry.close()


def _make_bundle(
    trained: Trained, model_id: str, names: tuple[str, ...], trained_at: np.datetime64
) -> Bundle:
    features = core15()
    members = [(name, trained.models[name]) for name in names]
    state = state_of(trained, names)
    steps = max(model.n_steps for _, model in members)
    manifest = Manifest(
        kind="model", model_id=model_id, universe=UNIVERSE, symbols=("M00000",), interval="1d",
        horizon_bars=HORIZON_BARS, trained_at=trained_at,
        lookback_bars=bundle_lookback_bars(features, steps),
        feature_set={
            "name": features.name, "version": str(features.version), "digest": features.digest,
        },
        feature_names=features.names, families=names, options_digest="", pipeline_digest="bench",
        snapshot_digest="bench", plan={},
        state={name: values.tolist() for name, values in state.inputs().items()},
        words={}, metrics={}, verdict=None, parts={},
    )  # fmt: skip
    graph = export_bundle_graph(features, trained.scaling, members, horizon_bars=HORIZON_BARS)
    return make_bundle(manifest, graph)
