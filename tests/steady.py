"""Models that always say the same, and what lets them serve: the world around them is tested."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from onnx import TensorProto

from bellwether.features import GraphBuilder
from bellwether.registry import (
    Bundle,
    BundleMissing,
    LoadedBundle,
    Manifest,
    ModelRecord,
    make_bundle,
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


TOLD_FEATURES = ("body", "range", "trend")


def telling_bundle(model_id: str = "champion", **facts: Any) -> Bundle:
    """Return a model whose answer follows from features: .55 + body + range x trend."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    # The bars as (batch, 5) at the last bar, and the first close.
    last = graph.node("Gather", bars, graph.constant(np.array(N_BARS - 1)), axis=1)
    first = graph.node("Gather", bars, graph.constant(np.array(0)), axis=1)
    opened, high, low, close = (
        graph.node("Gather", last, graph.constant(np.array(place)), axis=1) for place in range(4)
    )
    before = graph.node("Gather", first, graph.constant(np.array(3)), axis=1)
    one = graph.constant(np.array(1.0))
    ratios = [
        graph.node("Sub", graph.node("Div", above, below), one)
        for above, below in ((close, opened), (high, low), (close, before))
    ]
    columns = [graph.node("Unsqueeze", ratio, graph.constant(np.array([1]))) for ratio in ratios]
    values = graph.node("Concat", *columns, axis=1)
    features = graph.node(
        "Cast",
        graph.node("Unsqueeze", values, graph.constant(np.array([1]))),
        to=TensorProto.FLOAT,
    )
    seen = graph.node("Gather", features, graph.constant(np.array(0)), axis=1)
    body, spread, trend = (
        graph.node(
            "Cast",
            graph.node("Gather", seen, graph.constant(np.array(place)), axis=1),
            to=TensorProto.DOUBLE,
        )
        for place in range(3)
    )
    chance = graph.node(
        "Add",
        graph.node("Add", graph.constant(np.array(0.55)), body),
        graph.node("Mul", spread, trend),
    )
    ok = graph.node("Greater", close, graph.constant(np.array(0.0)))
    nothing = graph.node("Mul", before, graph.constant(np.array(0.0)))
    others = {k: v for k, v in SOUND.items() if k not in ("probability_up", "features")}
    say(graph, others, nothing)
    nan = graph.constant(np.array(np.nan))
    graph.output("probability_up", graph.node("Where", ok, chance, nan), np.float64, ("batch",))
    wide = graph.node("Unsqueeze", ok, graph.constant(np.array([1, 2])))
    shown = graph.node("Where", wide, features, graph.constant(np.array(np.nan, dtype=np.float32)))
    graph.output("features", shown, np.float32, ("batch", 1, len(TOLD_FEATURES)))
    graph.output("ok", ok, np.bool_, ("batch",))
    manifest = steady_manifest(model_id, feature_names=TOLD_FEATURES, **facts)
    return make_bundle(manifest, graph.build())
