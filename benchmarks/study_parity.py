"""Whether a bundle's graph gives the numbers of the training path, on bars it never saw.

Families are fitted to the S&P 500 (the nets at the contract's size, with few epochs; the trees both
as stopped and grown to all 200) and exported. 1,000 random windows of the CC0 panel then go two
ways: through the ONNX graph, and through the training path - features by the numba kernels over
the whole history, scaling, PyTorch or XGBoost, ensemble state. Also measured: the size of each
bundle and the time to load it, with all digests and golden answers checked.
"""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from _report import Report, parse_arguments
from bellwether.arrays import FloatArray, IntArray
from bellwether.bars import Bars, Panel
from bellwether.features import FeatureSet, Scaling, compute, core15, ewma_volatility
from bellwether.hashing import digest_json
from bellwether.labels import LabelSpec
from bellwether.models import (
    EnsembleState,
    Family,
    FittedModel,
    TrainingData,
    bundle_lookback_bars,
    export_bundle_graph,
    fit_state,
    make_family,
)
from bellwether.registry import Manifest, make_bundle, make_rules_bundle, open_bundle, pack_bundle
from bellwether.rules import rule_signals
from bellwether.samples import Samples, build_samples
from bellwether.sources import read_bars, sample_market

BAR, BAR_BYTES, BAR_LOAD_SECONDS = 1e-6, 2_000_000, 0.100
N_STEPS, HORIZON_BARS = 20, 1
HISTORY_BARS = 1500
# Intercept and slope on the score for an information coefficient of about .20.
STRONG_EDGE = np.array([0.1, 0.32])
FEW_EPOCHS = {"max_epochs": 2, "batch_rows": 128}
FAMILIES: dict[str, dict[str, int]] = {
    "gradient_boosting": {},
    "lstm": FEW_EPOCHS,
    "ridge": {},
    "transformer": FEW_EPOCHS,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """Families fitted to one history, with their features and scaling."""

    scaling: Scaling
    models: dict[str, FittedModel]
    samples: Samples
    rows: IntArray
    features: FeatureSet = field(default_factory=core15)


def fit_families(
    bars: Bars,
    seed: int,
    families: Mapping[str, Mapping[str, int]] = FAMILIES,
    features: FeatureSet | None = None,
) -> Trained:
    """Fit each family once; `all_trees` is boosting that never stopped."""
    chosen_set = features or core15()
    samples = build_samples(Panel(bars=[bars]), chosen_set, LabelSpec(horizon_bars=HORIZON_BARS))
    rows = np.flatnonzero(samples.usable(N_STEPS) & samples.labelled)
    train, validation = rows[:-750], rows[-750:]
    scaling = Scaling.fit(samples.features[train])

    def data(family: Family, chosen: IntArray) -> TrainingData:
        windows = scaling.transform(samples.windows(chosen, family.n_steps))
        target = np.clip(samples.target[chosen], -3.0, 3.0)
        return TrainingData(windows=windows, target=target.astype(np.float32))

    models = {}
    for name, changes in families.items():
        family = make_family(name, changes=changes)
        models[name] = family.fit(data(family, train), data(family, validation), seed)
    trees = make_family("gradient_boosting")
    models["all_trees"] = trees.fit(data(trees, train), data(trees, train), seed)
    return Trained(
        features=chosen_set, scaling=scaling, models=models, samples=samples, rows=validation
    )


def state_of(trained: Trained, names: tuple[str, ...]) -> EnsembleState:
    """Return a state fitted to the validation rows, with unequal weights.

    The calibration is that of a strong edge, whatever was learned: a silenced forecast would make
    any two graphs agree.
    """
    windows = trained.scaling.transform(trained.samples.windows(trained.rows, N_STEPS))
    forecasts = np.column_stack([trained.models[name].predict(windows) for name in names])
    state = fit_state(
        names,
        forecasts,
        trained.samples.target[trained.rows],
        weight=np.arange(1.0, len(names) + 1.0),
        horizon_bars=HORIZON_BARS,
    )
    return replace(state, calibration=STRONG_EDGE, drift=STRONG_EDGE)


def pack(trained: Trained, names: tuple[str, ...], state: EnsembleState) -> bytes:
    """Return the bytes of a bundle of some members."""
    features = trained.features
    members = [(name, trained.models[name]) for name in names]
    graph = export_bundle_graph(features, trained.scaling, members, horizon_bars=HORIZON_BARS)
    steps = max(model.n_steps for _, model in members)
    manifest = Manifest(
        kind="model",
        model_id="-".join(names).replace("_", "-"),
        universe="parity",
        symbols=("sp500",),
        interval="1d",
        horizon_bars=HORIZON_BARS,
        trained_at=np.datetime64("2018-12-31T21:00", "us"),
        lookback_bars=bundle_lookback_bars(features, steps),
        feature_set={
            "name": features.name,
            "version": str(features.version),
            "digest": features.digest,
        },
        feature_names=features.names,
        families=names,
        options_digest=digest_json([]),
        pipeline_digest=digest_json([]),
        snapshot_digest=digest_json([]),
        plan={},
        state={name: values.tolist() for name, values in state.inputs().items()},
        words={},
        metrics={},
        verdict=None,
        parts={},
    )
    return pack_bundle(make_bundle(manifest, graph))


def draw_windows(folder: Path, n_windows: int, seed: int) -> list[tuple[FloatArray, int]]:
    """Return histories of the panel with the place of the last bar to look at."""
    rng = np.random.default_rng(seed)
    paths = sorted(folder.glob("*/*.*"))
    histories: dict[Path, FloatArray] = {}
    drawn: list[tuple[FloatArray, int]] = []
    while len(drawn) < n_windows:
        path = paths[rng.integers(len(paths))]
        if path not in histories:
            histories[path] = read_bars(path).bars.matrix[-HISTORY_BARS:]
        last = int(rng.integers(400, len(histories[path])))
        drawn.append((histories[path], last))
    return drawn


def training_path(
    trained: Trained, names: tuple[str, ...], state: EnsembleState, history: FloatArray, last: int
) -> float:
    """Return the probability of a rise the way training computes it, over a whole history."""
    values = compute([*core15().expressions, ewma_volatility()], history)
    window = trained.scaling.transform(values[None, last - N_STEPS + 1 : last + 1, :-1])
    forecasts = np.column_stack([trained.models[name].predict(window) for name in names])
    said = state.forecast(forecasts, values[last : last + 1, -1], HORIZON_BARS)
    return float(said.probability_up[0])


def measure_bundle(
    trained: Trained,
    names: tuple[str, ...],
    windows: list[tuple[FloatArray, int]],
) -> tuple[float, int, float]:
    """Return the largest difference in probability, the bundle's bytes and seconds to load."""
    state = state_of(trained, names)
    content = pack(trained, names, state)
    loading = []
    for _ in range(5):
        started = time.perf_counter()
        open_bundle(content, "parity")
        loading.append(time.perf_counter() - started)
    loaded = open_bundle(content, "parity")
    lookback = loaded.manifest.lookback_bars
    worst = 0.0
    for history, last in windows:
        bars = history[last - lookback + 1 : last + 1]
        graph = float(loaded.run(bars[None])["probability_up"][0])
        worst = max(worst, abs(graph - training_path(trained, names, state, history, last)))
    return worst, len(content), float(np.median(loading))


def measure_rules(windows: list[tuple[FloatArray, int]]) -> tuple[float, int, float]:
    """Return the same for the rules: any difference in their signal counts as one."""
    content = pack_bundle(make_rules_bundle())
    started = time.perf_counter()
    loaded = open_bundle(content, "rules")
    seconds = time.perf_counter() - started
    lookback = loaded.manifest.lookback_bars
    worst = 0.0
    for history, last in windows:
        if last + 1 < lookback:
            continue
        signals = rule_signals(history[: last + 1])
        outputs = loaded.run(history[None, last - lookback + 1 : last + 1])
        same = int(outputs["direction"][0]) == int(signals.direction[-1])
        gap = abs(float(outputs["confidence"][0]) - float(signals.confidence[-1])) / 100.0
        worst = max(worst, gap if same else 1.0)
    return worst, len(content), seconds


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, windows=1000)
    folder = Path(os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data")) / "us_daily_cc0"
    if not folder.is_dir():
        print(f"expected the CC0 panel at {folder}, was nothing; set BELLWETHER_MARKET_DATA")
        return 2
    report = Report(
        name="study-parity",
        title=f"Graph against training path, {arguments.windows} windows of the CC0 panel",
        seed=arguments.seed,
        columns=("bundle", "largest |difference| in probability", "bytes", "ms to load"),
    )
    trained = fit_families(sample_market("sp500").bars, arguments.seed)
    windows = draw_windows(folder, arguments.windows, arguments.seed)
    line_ups: dict[str, tuple[str, ...]] = {name: (name,) for name in trained.models}
    line_ups["ensemble"] = tuple(FAMILIES)
    line_ups["ensemble, all 200 trees"] = ("all_trees", "lstm", "ridge", "transformer")
    found = {name: measure_bundle(trained, names, windows) for name, names in line_ups.items()}
    found["rules"] = measure_rules(windows)
    for name, (worst, n_bytes, seconds) in found.items():
        report.add(name, f"{worst:.2e}", n_bytes, 1e3 * seconds)
    report.figures = {
        name: {"difference": worst, "bytes": n_bytes, "load_seconds": seconds}
        for name, (worst, n_bytes, seconds) in found.items()
    }
    largest = max(n_bytes for _, n_bytes, _ in found.values())
    slowest = max(seconds for _, _, seconds in found.values())
    worst = max(difference for difference, _, _ in found.values())
    also = {
        f"largest bundle {largest} bytes, at most {BAR_BYTES}": largest <= BAR_BYTES,
        f"slowest load {slowest:.3f} s, at most {BAR_LOAD_SECONDS}": slowest <= BAR_LOAD_SECONDS,
    }
    return report.close(worst, (0.0, worst), BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
