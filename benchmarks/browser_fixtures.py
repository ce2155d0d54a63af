"""Write what the browser client's tests hold it to: bundles, and answers computed by the service.

Run it after a change of the rules, of an answer's words or of its form; the files lie in
`web/client/tests/data`. `tests/benchmarks/test_browser_fixtures.py` tells when they are stale.
"""

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from _browser_cases import Case, answer_case, list_cases, make_base
from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel
from bellwether.clock import FixedClock
from bellwether.features import Scaling, core15
from bellwether.hashing import digest_json
from bellwether.labels import LabelSpec
from bellwether.models import (
    RegimeWeights,
    TrainingData,
    bundle_lookback_bars,
    export_bundle_graph,
    fit_state,
    make_family,
    share_drift,
)
from bellwether.registry import (
    REGIME_MEMBER_WEIGHT,
    Bundle,
    Manifest,
    make_bundle,
    make_rules_bundle,
    make_signing_key,
    open_bundle,
    pack_bundle,
    sign_bundle,
)
from bellwether.registry._occlusion import draw_orders
from bellwether.rules import confirmed_regimes
from bellwether.samples import build_samples

FOLDER = Path(__file__).parent.parent / "web" / "client" / "tests" / "data"
BY_SIGNAL = np.array([0.47, 0.5, 0.56])
_TRAINED_AT = np.datetime64("2018-06-29T21:00", "us")
_HITS = [
    {"least": 50.0, "most": 70.0, "n_hits": 40, "n_settled": 80},
    {"least": 70.0, "most": 95.1, "n_hits": 33, "n_settled": 60},
]


def make_model(bars: Bars, names: Sequence[str] = ("ridge",), *, by_regime: bool = False) -> Bundle:
    """Return a model of one invented market, as a bundle; by regime, with a common drift."""
    features = core15()
    samples = build_samples(Panel(bars=[bars]), features, LabelSpec(horizon_bars=1))
    rows = np.flatnonzero(samples.usable() & samples.labelled)
    scaling = Scaling.fit(samples.features[rows])
    windows = scaling.transform(samples.windows(rows, 1))
    target = np.clip(samples.target[rows], -3.0, 3.0)
    data = TrainingData(windows=windows, target=target.astype(np.float32))
    members = [(name, make_family(name, changes={}).fit(data, data, 1)) for name in names]
    forecasts = np.column_stack([model.predict(windows) for _, model in members])
    weight = None
    if by_regime:
        multiplier = np.linspace(0.5, 2.0, 5 * len(names)).reshape(5, -1)
        regime = confirmed_regimes(bars.matrix)[rows]
        share = np.full(len(names), 1.0 / len(names))
        weight = RegimeWeights(weight=share, multiplier=multiplier, past_regime=regime)
    state = fit_state(names, forecasts, samples.target[rows], weight=weight, horizon_bars=1)
    if by_regime:
        state = share_drift(state, samples.volatility[rows], 1)
    graph = export_bundle_graph(
        features,
        scaling,
        members,
        horizon_bars=1,
        by_regime=by_regime,
        common_drift=by_regime,
    )
    manifest = Manifest(
        kind="model",
        model_id="world-1d-h1-2018",
        universe="world",
        symbols=("WORLD",),
        interval="1d",
        horizon_bars=1,
        trained_at=_TRAINED_AT,
        lookback_bars=bundle_lookback_bars(features, 1, by_regime=by_regime),
        feature_set={
            "name": features.name,
            "version": str(features.version),
            "digest": features.digest,
        },
        feature_names=features.names,
        families=tuple(names),
        options_digest=digest_json([]),
        pipeline_digest=digest_json([]),
        snapshot_digest=digest_json([]),
        plan={"note": "invented, \u00e9\U0001f40f \x7f\n"},
        state={one: values.tolist() for one, values in state.inputs().items()},
        words={},
        metrics={"hits_by_confidence": _HITS, "tiny": 1e-07, "large": 1e16, "whole": 12},
        verdict=None,
        parts={},
    )
    return make_bundle(manifest, graph)


def tell_regimes(content: bytes, bars: Bars) -> dict[str, Any]:
    """Return what a model whose members count by the regime says of the last bars, and why."""
    loaded = open_bundle(content, "regimes")
    window = bars.matrix[-loaded.manifest.lookback_bars :]
    said, occlusion = loaded.run(window[None]), loaded.explain(window)
    if occlusion is None:
        raise AssertionError("time that is never up")
    return {
        "window": window.ravel().tolist(),
        "regime": float(said["regime"][0]),
        "weights": said[REGIME_MEMBER_WEIGHT][0].tolist(),
        "score": float(said["score"][0]),
        "value": occlusion.value,
        "baseline": occlusion.baseline,
        "amounts": occlusion.amounts.tolist(),
    }


def list_numbers(seed: int) -> list[list[object]]:
    """Return numbers, and how they are written in reasons and digests."""
    rng = np.random.default_rng(seed)
    drawn: FloatArray = rng.standard_normal(300) * 10.0 ** rng.integers(-9, 19, 300)
    ties = (np.arange(1, 200, 2) / 8.0).tolist()
    special = [0.0, -0.0, 1e16, 1e-5, 0.0001, 123456.5, 1234565.0, 5e-324, 1.7976931348623157e308]
    return [
        [value, repr(value), f"{value:.1f}", f"{value:.0f}", f"{value:.1%}", f"{value:g}"]
        for value in [*drawn.tolist(), *ties, *special]
    ]


def list_quantiles() -> list[list[float]]:
    """Return probabilities with the normal distribution's quantiles."""
    from statistics import NormalDist  # noqa: PLC0415 - only here

    places = [math.ldexp(1.0, -power) for power in range(1, 60)] + np.linspace(
        0.001, 0.999, 200
    ).tolist()
    return [[one, NormalDist().inv_cdf(one)] for one in places]


def main() -> int:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    base = make_base()
    model = pack_bundle(make_model(base.history))
    regimes = pack_bundle(make_model(base.history, ("ridge", "logistic"), by_regime=True))
    private, public = make_signing_key()
    files = {
        "model.bundle": model,
        "regimes.bundle": regimes,
        "rules.bundle": pack_bundle(make_rules_bundle(BY_SIGNAL)),
        "signature.json": _signature_of(sign_bundle(model, private, "model")),
        "key.pub": public,
    }
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    answers = [_write_case(case) for case in list_cases()]
    told = {
        "model_digest": open_bundle(model, "model").digest,
        "base": base.columns(),
        "cases": answers,
        "regimes": tell_regimes(regimes, base.history),
        "numbers": list_numbers(3),
        "quantiles": list_quantiles(),
        "orders": {n_features: draw_orders(n_features).tolist() for n_features in (1, 2, 7, 100)},
    }
    text = json.dumps(told, separators=(",", ":"))
    (FOLDER / "cases.json").write_text(text + "\n", encoding="ascii")
    print(f"{len(answers)} cases, {sum(one.stat().st_size for one in FOLDER.iterdir())} bytes")
    return 0


def _write_case(case: Case) -> dict[str, Any]:
    answer = answer_case(case, FOLDER, FixedClock(case.now))
    return {**case.to_json(), "prediction": answer.to_json()}


def _signature_of(content: bytes) -> bytes:
    from bellwether.registry._archive import unpack_archive  # noqa: PLC0415 - nobody else may

    return unpack_archive(content, "model")["signature.json"]


if __name__ == "__main__":
    sys.exit(main())
