"""A home folder to serve from: a Transformer of the contract's size, promoted in three markets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper

from bellwether.adapters import BundleFolder, SqlRegistry
from bellwether.arrays import IntArray
from bellwether.bars import Bars, Panel
from bellwether.clock import SystemClock
from bellwether.features import Scaling, core15
from bellwether.labels import LabelSpec
from bellwether.models import TrainingData, bundle_lookback_bars, export_bundle_graph, make_family
from bellwether.registry import (
    Bundle,
    Manifest,
    MarketKey,
    ModelRecord,
    make_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.samples import build_samples
from bellwether.sources import sample_market
from bellwether.validation import Decision, Verdict
from study_parity import FEW_EPOCHS, HORIZON_BARS, N_STEPS, Trained, state_of

FAMILY = "transformer"
SYMBOLS = tuple(f"S{number}" for number in range(1000))
MARKETS = {"desk": SYMBOLS, "second": ("SECOND",), "third": ("THIRD",)}
VERDICT = Verdict(
    name="bench", pipeline="bench", snapshot="bench", evidence_digest="", options_digest="",
    decision=Decision.PROMOTE, binding="evidence", reason="it is to be served",
    next_step="serve it", checks=(), n_bars=1000, n_symbols=1, n_effective=1000.0, n_needed=0.0,
    n_pipelines=1, n_looks=1, first_closed_at="", last_closed_at="", skill=None, value=None,
    contract=None, by_year=(),
)  # fmt: skip


def fit_transformer(seed: int) -> Trained:
    """Fit a Transformer of the contract's size to the S&P 500, with few epochs."""
    bars = sample_market("sp500").bars
    samples = build_samples(Panel(bars=[bars]), core15(), LabelSpec(horizon_bars=HORIZON_BARS))
    rows = np.flatnonzero(samples.usable(N_STEPS) & samples.labelled)
    train, validation = rows[:-750], rows[-750:]
    scaling = Scaling.fit(samples.features[train])
    family = make_family(FAMILY, changes=FEW_EPOCHS)

    def data(chosen: IntArray) -> TrainingData:
        windows = scaling.transform(samples.windows(chosen, family.n_steps))
        target = np.clip(samples.target[chosen], -3.0, 3.0)
        return TrainingData(windows=windows, target=target.astype(np.float32))

    models = {FAMILY: family.fit(data(train), data(validation), seed)}
    return Trained(scaling=scaling, models=models, samples=samples, rows=validation)


def make_bundles(trained: Trained) -> dict[str, Bundle]:
    """Return the bundle of each market; they differ by their manifests."""
    features, model = core15(), trained.models[FAMILY]
    state = state_of(trained, (FAMILY,))
    graph = export_bundle_graph(
        features, trained.scaling, [(FAMILY, model)], horizon_bars=HORIZON_BARS
    )
    manifest = Manifest(
        kind="model", model_id="bench", universe="bench", symbols=("BENCH",), interval="1d",
        horizon_bars=HORIZON_BARS, trained_at=SystemClock().now() - np.timedelta64(10, "D"),
        lookback_bars=bundle_lookback_bars(features, model.n_steps),
        feature_set={
            "name": features.name, "version": str(features.version), "digest": features.digest,
        },
        feature_names=features.names, families=(FAMILY,), options_digest="",
        pipeline_digest="bench",
        snapshot_digest="bench", plan={},
        state={name: values.tolist() for name, values in state.inputs().items()},
        words={}, metrics={}, verdict=None, parts={},
    )  # fmt: skip
    return {
        universe: make_bundle(
            replace(manifest, model_id=f"{universe}-model", universe=universe, symbols=symbols),
            graph,
        )
        for universe, symbols in MARKETS.items()
    }


def fill_home(home: Path, bundles: dict[str, Bundle]) -> None:
    """Write the bundles into a home folder and promote each in its market."""
    clock = SystemClock()
    home.mkdir(parents=True)
    registry, folder = SqlRegistry(home / "registry.sqlite", clock), BundleFolder(home / "bundles")
    for universe, bundle in bundles.items():
        folder.put(bundle)
        manifest = bundle.manifest
        now = clock.now()
        registry.register(
            ModelRecord(
                model_id=manifest.model_id,
                market=MarketKey(universe=universe, interval="1d", horizon_bars=HORIZON_BARS),
                symbols=manifest.symbols,
                bundle_digest=bundle.digest,
                pipeline_digest="bench",
                snapshot_digest="bench",
                bellwether_version="0",
                trained_at=now - np.timedelta64(10, "D"),
                registered_at=now,
                changed_at=now,
                verdict=VERDICT.to_json(),
                metrics={},
            )
        )
        registry.promote(manifest.model_id, VERDICT, reason="for the benchmark")
    registry.close()


def lookback_of(bundle: Bundle) -> int:
    """Return how many bars the bundle reads."""
    return open_bundle(pack_bundle(bundle), "bench").manifest.lookback_bars


def write_bare_graph(bundle: Bundle, path: Path) -> Path:
    """Write the bundle's graph with its state put in, so that bars are all it asks for."""
    model = onnx.load_from_string(bundle.graph)
    state = bundle.manifest.state_arrays
    kept = [one for one in model.graph.input if one.name not in state]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    model.graph.initializer.extend(
        onnx.numpy_helper.from_array(values, name) for name, values in state.items()
    )
    path.write_bytes(model.SerializeToString())
    return path


def recent_bars(n_bars: int) -> Bars:
    """Return the last bars of the S&P 500 as if one had closed each midnight, to the cent."""
    bars = sample_market("sp500").bars[-n_bars:]
    today = SystemClock().now().astype("datetime64[D]").astype("datetime64[us]")
    return Bars(
        symbol=SYMBOLS[0],
        closed_at=today - np.timedelta64(1, "D") * np.arange(n_bars)[::-1],
        open=bars.open.round(2),
        high=bars.high.round(2),
        low=bars.low.round(2),
        close=bars.close.round(2),
        volume=(bars.volume / 1e6).round(),
    )
