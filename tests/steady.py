"""Models that always say the same, and what lets them serve: the world around them is tested."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bellwether.features import GraphBuilder
from bellwether.registry import (
    Bundle,
    BundleMissing,
    LoadedBundle,
    Manifest,
    ModelRecord,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.validation import Decision, Verdict

N_BARS = 80
SOUND: Mapping[str, tuple[float, ...]] = {
    "probability_up": (0.55,),
    "expected_return": (0.002,),
    "quantiles": (-0.02, -0.008, 0.002, 0.012, 0.024),
    "confidence": (80.0,),
    "score": (0.7,),
    "member_forecasts": (0.6, 0.8),
    "features": (0.1, 0.2, 0.3),
    "volatility": (0.011,),
}
PROMOTING = Verdict(
    name="world",
    pipeline="p",
    snapshot="s",
    evidence_digest="e",
    options_digest="g",
    decision=Decision.PROMOTE,
    binding="evidence",
    reason="skill was found",
    next_step="serve it",
    checks=(),
    n_bars=1000,
    n_symbols=1,
    n_effective=1000.0,
    n_needed=433.0,
    n_pipelines=1,
    n_looks=1,
    first_closed_at="",
    last_closed_at="",
    skill=None,
    value=None,
    contract=None,
    by_year=(),
)
_MANIFEST = Manifest(
    kind="model",
    model_id="champion",
    universe="world",
    symbols=("WORLD",),
    interval="1d",
    horizon_bars=1,
    trained_at=None,
    lookback_bars=N_BARS,
    feature_set={},
    feature_names=(),
    families=(),
    options_digest="",
    pipeline_digest="p",
    snapshot_digest="s",
    plan={},
    state={},
    words={},
    metrics={},
    verdict=None,
    parts={},
)


def steady_manifest(model_id: str, **facts: Any) -> Manifest:
    """Return what a bundle says of itself; anything may be otherwise."""
    return replace(_MANIFEST, model_id=model_id, **facts)


def steady_graph(says: Mapping[str, tuple[float, ...]], n_bars: int = N_BARS) -> bytes:
    """Return a graph that always says the same of each window."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", n_bars, 5))
    first = graph.node("Gather", bars, graph.constant(np.array(0)), axis=1)
    price = graph.node("Gather", first, graph.constant(np.array(0)), axis=1)
    nothing = graph.node("Mul", price, graph.constant(np.array(0.0)))
    say(graph, says, nothing)
    graph.output("ok", graph.node("Equal", nothing, nothing), np.bool_, ("batch",))
    return graph.build()


def say(graph: GraphBuilder, says: Mapping[str, tuple[float, ...]], nothing: str) -> None:
    """Add outputs to a graph; `nothing` is a zero for each window."""
    column = graph.node("Unsqueeze", nothing, graph.constant(np.array([1])))
    for name, values in says.items():
        row = graph.node("Add", column, graph.constant(np.array([values])))
        if len(values) == 1:
            row = graph.node("Squeeze", row, graph.constant(np.array([1])))
        shape = ("batch",) if len(values) == 1 else ("batch", len(values))
        graph.output(name, row, np.float64, shape)


class SteadyRules:
    """Rules that need no disk at all."""

    def __init__(self, bundle: Bundle | None = None) -> None:
        real = bundle or make_rules_bundle(np.array([0.47, 0.52, 0.56]))
        self._loaded = open_bundle(pack_bundle(real), "rules")

    def load(self) -> LoadedBundle:
        """Return the rules' bundle."""
        return self._loaded


class MemoryBundles:
    """Bundles that are forgotten at the end of the process."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, bundle: Bundle) -> str:
        """Keep a bundle's bytes and return its digest."""
        self.kept[bundle.manifest.model_id] = pack_bundle(bundle)
        return bundle.digest

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Open what was kept."""
        if record.model_id not in self.kept:
            raise BundleMissing(record.model_id)
        return open_bundle(self.kept[record.model_id], record.model_id, record.bundle_digest)
