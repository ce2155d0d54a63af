"""A candidate's bundle and record: what was trained, judged and can be served."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Panel
from bellwether.features import write_catalogue
from bellwether.models import (
    QUANTILES,
    FittedModel,
    bundle_lookback_bars,
    export_bundle_graph,
)
from bellwether.registry import Bundle, Manifest, MarketKey, ModelRecord, make_bundle
from bellwether.rules import Regime
from bellwether.service._request import TrainingRequest
from bellwether.validation import (
    MODEL_PREFIX,
    Arrays,
    FitTask,
    ScoredForecasts,
    Verdict,
    final_scaling,
)

N_GOLDEN = 4
_REGIME_WORDS = {"regime": {str(int(one)): one.words for one in Regime}}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FinalFit:
    """The fit of one family on the whole history.

    Parameters
    ----------
    task : FitTask
    outcome : mapping of str to arrays
    """

    task: FitTask
    outcome: Arrays


def make_candidate_bundle(
    request: TrainingRequest,
    scored: ScoredForecasts,
    finals: Mapping[str, FinalFit],
    verdict: Verdict,
    monitoring: Mapping[str, object],
) -> Bundle:
    """Export one pipeline as a bundle: graph, state, golden answers, verdict.

    Parameters
    ----------
    request : TrainingRequest
    scored : ScoredForecasts
        Its out-of-sample stream; the bundle ships the state it ended with.
    finals : mapping of str to FinalFit
        By member.
    verdict : Verdict
    monitoring : mapping
        What it will be held to when it serves: `describe_monitoring`.

    Returns
    -------
    bundle : Bundle
    """
    members = [(name, _restore(finals[name])) for name in scored.members]
    features, horizon_bars = request.feature_set, request.label.horizon_bars
    scaling = final_scaling(finals[scored.members[0]].outcome)
    by_regime = scored.state.regime_multiplier is not None
    graph = export_bundle_graph(
        features,
        scaling,
        members,
        horizon_bars=horizon_bars,
        by_regime=by_regime,
        common_drift=scored.state.common_drift is not None,
    )
    most_steps = max(model.n_steps for _, model in members)
    lookback_bars = bundle_lookback_bars(features, most_steps, horizon_bars, by_regime=by_regime)
    manifest = _describe(request, scored, verdict, lookback_bars)
    tuned = {
        name: dict(finals[name].task.changes) for name in scored.members if _is_tuned(request, name)
    }
    metrics = {**manifest.metrics, **monitoring, **({"tuned": tuned} if tuned else {})}
    manifest = replace(manifest, metrics=metrics)
    bundle = make_bundle(manifest, graph, golden_bars(request.panel, lookback_bars))
    model_id = make_model_id(request.universe, verdict.name, bundle.digest)
    return replace(bundle, manifest=replace(bundle.manifest, model_id=model_id))


def _restore(final: FinalFit) -> FittedModel:
    stored = final.outcome
    arrays = {
        key.removeprefix(MODEL_PREFIX): stored[key]
        for key in stored
        if key.startswith(MODEL_PREFIX)
    }
    return final.task.make_family().restore(arrays)


def _is_tuned(request: TrainingRequest, name: str) -> bool:
    return any(item.family == name and item.n_trials for item in request.plan.families)


def _describe(
    request: TrainingRequest, scored: ScoredForecasts, verdict: Verdict, lookback_bars: int
) -> Manifest:
    """Return the manifest, all but the id, which names everything else, and the parts."""
    plan, features = request.plan.only(scored.members), request.feature_set
    return Manifest(
        kind="model",
        model_id="candidate",
        universe=request.universe,
        symbols=request.panel.symbols,
        interval=request.panel.interval,
        horizon_bars=request.label.horizon_bars,
        trained_at=request.panel.closed_at[-1],
        lookback_bars=lookback_bars,
        feature_set={
            "name": features.name,
            "version": str(features.version),
            "digest": features.digest,
            # As one line: what a later fit of the same pipeline computes, where a user chose it.
            **({"catalogue": json.dumps(write_catalogue(features))} if request.features else {}),
        },
        feature_names=features.names,
        families=scored.members,
        options_digest=plan.digest,
        pipeline_digest=verdict.pipeline,
        snapshot_digest=verdict.snapshot,
        # Without its name: the same plan under another name is the same model.
        plan={key: value for key, value in plan.to_json().items() if key != "name"},
        state={name: values.tolist() for name, values in scored.state.inputs().items()},
        words={} if scored.state.regime_multiplier is None else _REGIME_WORDS,
        metrics={
            "quantiles": list(QUANTILES),
            "hits_by_confidence": [asdict(bucket) for bucket in scored.hits_by_confidence],
        },
        verdict=verdict.to_json(),
        parts={},
    )


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
        metrics=manifest.listed_metrics,
    )


def make_model_id(universe: str, name: str, digest: str) -> str:
    """Return an id that names market and pipeline, and by a digest everything else.

    Examples
    --------
    >>> make_model_id("S&P 500", "gradient_boosting", "0123456789abcdef")
    's-p-500-gradient-boosting-0123456789'
    """
    market = re.sub(r"[^a-z0-9]+", "-", universe.lower()).strip("-")[:40] or "market"
    family = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{market}-{family}-{digest[:10]}"


def golden_bars(panel: Panel, lookback_bars: int) -> FloatArray:
    """Return windows of real bars, spread over the history, for the golden answers.

    Returns
    -------
    windows : float64 array of shape (n_windows, lookback_bars, 5)
    """
    matrix = panel.bars[0].matrix
    stops = np.linspace(lookback_bars, len(matrix), N_GOLDEN).astype(int)
    return np.stack([matrix[stop - lookback_bars : stop] for stop in stops])
