"""A candidate's bundle and record: what was trained, judged and can be served."""

import re
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Panel
from bellwether.models import QUANTILES, bundle_lookback_bars, export_bundle_graph, make_family
from bellwether.registry import Bundle, Manifest, MarketKey, ModelRecord, make_bundle
from bellwether.service._request import TrainingRequest
from bellwether.validation import (
    MODEL_PREFIX,
    Arrays,
    Evidence,
    ScoredForecasts,
    Verdict,
    final_scaling,
)

N_GOLDEN = 4


def make_candidate_bundle(
    request: TrainingRequest,
    scored: ScoredForecasts,
    finals: Mapping[str, Arrays],
    evidence: Evidence,
    verdict: Verdict,
) -> Bundle:
    """Export one pipeline as a bundle: graph, state, golden answers, verdict.

    Parameters
    ----------
    request : TrainingRequest
    scored : ScoredForecasts
        Its out-of-sample stream; the bundle ships the state it ended with.
    finals : mapping of str to arrays
        Outcome of each member's final fit.
    evidence : Evidence
    verdict : Verdict

    Returns
    -------
    bundle : Bundle
    """
    plans = {item.family: item for item in request.plan.families}
    members = []
    for name in scored.members:
        family = make_family(name, preset=plans[name].preset)
        stored = finals[name]
        arrays = {
            key.removeprefix(MODEL_PREFIX): stored[key]
            for key in stored
            if key.startswith(MODEL_PREFIX)
        }
        members.append((name, family.restore(arrays)))
    features, horizon_bars = request.feature_set, request.label.horizon_bars
    scaling = final_scaling(finals[scored.members[0]])
    graph = export_bundle_graph(features, scaling, members, horizon_bars=horizon_bars)
    lookback_bars = bundle_lookback_bars(features, max(model.n_steps for _, model in members))
    state = {name: values.tolist() for name, values in scored.state.inputs().items()}
    manifest = Manifest(
        kind="model",
        model_id=make_model_id(request.universe, evidence),
        universe=request.universe,
        symbols=request.panel.symbols,
        interval=request.panel.interval,
        horizon_bars=horizon_bars,
        trained_at=request.panel.closed_at[-1],
        lookback_bars=lookback_bars,
        feature_set={
            "name": features.name,
            "version": str(features.version),
            "digest": features.digest,
        },
        feature_names=features.names,
        families=scored.members,
        options_digest=request.plan.digest,
        pipeline_digest=evidence.pipeline,
        snapshot_digest=evidence.snapshot,
        plan=request.plan.to_json(),
        state=state,
        words={},
        metrics={
            "quantiles": list(QUANTILES),
            "hits_by_confidence": [asdict(bucket) for bucket in scored.hits_by_confidence],
        },
        verdict=verdict.to_json(),
        parts={},
    )
    return make_bundle(manifest, graph, golden_bars(request.panel, lookback_bars))


def make_record(bundle: Bundle, verdict: Verdict, registered_at: np.datetime64) -> ModelRecord:
    """Return the registry's entry of a candidate."""
    manifest = bundle.manifest
    if manifest.trained_at is None:
        raise AssertionError("a candidate was trained")
    market = MarketKey(
        universe=manifest.universe,
        interval=manifest.interval,
        horizon_bars=manifest.horizon_bars,
    )
    return ModelRecord(
        model_id=manifest.model_id,
        market=market,
        symbols=manifest.symbols,
        bundle_digest=bundle.digest,
        pipeline_digest=manifest.pipeline_digest,
        snapshot_digest=manifest.snapshot_digest,
        bellwether_version=manifest.bellwether_version,
        trained_at=manifest.trained_at,
        registered_at=registered_at,
        changed_at=registered_at,
        verdict=verdict.to_json(),
        metrics=manifest.metrics,
    )


def make_model_id(universe: str, evidence: Evidence) -> str:
    """Return an id that names market, pipeline and the very evidence it was judged by."""
    market = re.sub(r"[^a-z0-9]+", "-", universe.lower()).strip("-")[:40] or "market"
    return f"{market}-{evidence.name.replace('_', '-')}-{evidence.digest[:10]}"


def golden_bars(panel: Panel, lookback_bars: int) -> FloatArray:
    """Return windows of real bars, spread over the history, for the golden answers.

    Returns
    -------
    windows : float64 array of shape (n_windows, lookback_bars, 5)
    """
    matrix = panel.bars[0].matrix
    stops = np.linspace(lookback_bars, len(matrix), N_GOLDEN).astype(int)
    return np.stack([matrix[stop - lookback_bars : stop] for stop in stops])
