"""Whether what an answer says of its features is what slower methods say.

Families are fitted to the S&P 500 and exported; random windows of the Nasdaq are answered by the
bundle and explained by it: features shown one after the other, in a few orders and backwards, all
others at their training mean. The same windows are explained by TreeSHAP (XGBoost's
pred_contribs), which measures from the training rows instead of their mean; by integrated
gradients (PyTorch, from the training mean); and by every one of the 2^15 sets of features, which
is Shapley's value itself. Told is the rank correlation over features, window by window, with an
interval from resampled windows; and how far amounts miss the move that they are to add up to.

The bar is for Shapley's value, which asks the same question of the same graph. TreeSHAP asks
another one, of how far from what training rows got on the average: the last row says how well
Shapley's value itself agrees with it. Integrated gradients ask the same in their own way.
"""

import sys
from collections.abc import Callable, Iterable

import numpy as np
import torch
import xgboost
from scipy.stats import spearmanr

from _report import Report, parse_arguments
from bellwether.arrays import Float32Array, FloatArray
from bellwether.models import FittedModel, make_family
from bellwether.models._nets import NetFamily
from bellwether.registry import LoadedBundle, inspect_bundle, open_bundle
from bellwether.registry._occlusion import EXPLAINED, cut_graph
from bellwether.sources import sample_market
from study_parity import Trained, fit_families, pack, state_of

BAR = 0.8
LONG_ENOUGH_BARS = 400
GRADIENT_STEPS = 64
N_RESAMPLES = 2_000
GRAPH_PART = "model.onnx"
EXACT, TREES = "every set of features", "TreeSHAP"
FAMILIES: dict[str, dict[str, int]] = {
    "gradient_boosting": {},
    "lstm": {"max_epochs": 6, "batch_rows": 128},
    "ridge": {},
    "transformer": {"max_epochs": 6, "batch_rows": 128},
}
Explain = Callable[[Float32Array], FloatArray]


def explain_trees(model: FittedModel) -> Explain:
    """Return TreeSHAP of the last step of scaled windows."""
    booster = xgboost.Booster(model_file=bytearray(model.arrays()["booster_json"].tobytes()))

    def explain(features: Float32Array) -> FloatArray:
        rows = xgboost.DMatrix(np.ascontiguousarray(features[:, -1]))
        told: FloatArray = booster.predict(rows, pred_contribs=True)[:, :-1]
        return told

    return explain


def explain_net(model: FittedModel) -> Explain:
    """Return integrated gradients from the training mean, summed over the steps of a window."""
    family = make_family(model.family, changes=FAMILIES[model.family])
    assert isinstance(family, NetFamily)  # noqa: S101 - for the type
    net, n_steps = family.build(model.n_features), model.n_steps
    weights = {name: torch.tensor(one) for name, one in model.arrays().items() if name != "counts"}
    net.load_state_dict(weights)
    net.eval().requires_grad_(False)

    def explain(features: Float32Array) -> FloatArray:
        told = []
        for window in features[:, -n_steps:]:
            # The midpoints of equal parts of the way.
            shares = (torch.arange(GRADIENT_STEPS) + 0.5) / GRADIENT_STEPS
            way = shares[:, None, None] * torch.tensor(window)[None]
            way.requires_grad_(True)
            [slopes] = torch.autograd.grad(net(way).sum(), way)
            told.append((slopes.mean(dim=0).numpy() * window).sum(axis=0))
        return np.array(told, dtype=np.float64)

    return explain


def explain_exactly(loaded: LoadedBundle, graph: bytes) -> Explain:
    """Return Shapley's value by every set of features, on the bundle's own cut graph."""
    import onnxruntime  # noqa: PLC0415 - for this alone

    session = onnxruntime.InferenceSession(
        cut_graph(graph, "study"), providers=["CPUExecutionProvider"]
    )
    wanted = {one.name for one in session.get_inputs()}
    state = {k: v for k, v in loaded.manifest.state_arrays.items() if k in wanted}
    n = len(loaded.manifest.feature_names)
    sets = ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(np.float32)
    sizes = sets.sum(axis=1).astype(int)
    factorials = np.cumprod(np.array([1.0, *range(1, n + 1)]))
    weights = factorials[np.minimum(sizes, n - 1)] * factorials[np.maximum(n - sizes - 1, 0)]
    weights /= factorials[n]

    def explain(features: Float32Array) -> FloatArray:
        told = []
        for window in features:
            chances = np.concatenate(
                [
                    session.run(
                        [EXPLAINED], {"features": window[None] * some[:, None, :], **state}
                    )[0]
                    for some in np.split(sets, 64)
                ]
            )
            amounts = []
            for place in range(n):
                without = np.flatnonzero(sets[:, place] == 0)
                gained = chances[without + 2**place] - chances[without]
                amounts.append(float((weights[without] * gained).sum()))
            told.append(amounts)
        return np.array(told)

    return explain


def correlate(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the rank correlation of each window's amounts; windows that nothing moves left out."""
    moved = (np.ptp(first, axis=1) > 0) & (np.ptp(second, axis=1) > 0)
    pairs: Iterable[tuple[FloatArray, FloatArray]] = zip(first[moved], second[moved], strict=True)
    return np.array([spearmanr(one, other).statistic for one, other in pairs])


def interval(values: FloatArray, seed: int) -> tuple[float, float]:
    """Return a 95 % interval of a mean, from resampled windows."""
    random = np.random.default_rng(seed)
    rows = random.integers(0, len(values), (N_RESAMPLES, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def explain_all(
    trained: Trained, names: tuple[str, ...], windows: list[FloatArray]
) -> tuple[LoadedBundle, bytes, Float32Array, FloatArray, float]:
    """Return a bundle, its graph, scaled features, its amounts and how far they miss the move."""
    content = pack(trained, names, state_of(trained, names))
    loaded = open_bundle(content, "study")
    n_bars = loaded.manifest.lookback_bars
    features, amounts, missed = [], [], 0.0
    for window in windows:
        found = loaded.explain(window[-n_bars:])
        if found is None:
            raise RuntimeError("nobody said that the time was up")
        features.append(loaded.run(window[None, -n_bars:])["features"][0])
        amounts.append(found.amounts)
        missed = max(missed, abs(found.value - found.baseline - found.amounts.sum()))
    graph = inspect_bundle(content, "study").parts[GRAPH_PART]
    return loaded, graph, np.array(features), np.array(amounts), missed


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=11, windows=150, exact=10)
    torch.set_num_threads(1)
    bars = sample_market("nasdaq").bars
    trained = fit_families(sample_market("sp500").bars, arguments.seed, FAMILIES)
    random = np.random.default_rng(arguments.seed)
    lasts = random.integers(LONG_ENOUGH_BARS, len(bars), size=arguments.windows)
    windows = [bars.matrix[last - LONG_ENOUGH_BARS + 1 : last + 1] for last in lasts]
    report = Report(
        name="study-contributions",
        title="Contributions of features: the bundle's own against slower methods",
        seed=arguments.seed,
        columns=("family", "beside", "windows", "rank correlation", "low", "high", "misses"),
    )
    slower = {
        "all_trees": (TREES, explain_trees),
        "lstm": ("integrated gradients", explain_net),
        "transformer": ("integrated gradients", explain_net),
    }
    worst: list[tuple[float, tuple[float, float]]] = []
    figures: dict[str, object] = {}
    for name in (*slower, "ridge"):
        loaded, graph, features, amounts, missed = explain_all(trained, (name,), windows)
        exact = explain_exactly(loaded, graph)(features[: arguments.exact])
        beside = [(name, EXACT, amounts, exact)]
        if name in slower:
            method, make = slower[name]
            told = make(trained.models[name])(features)
            beside.append((name, method, amounts, told))
            if method == TREES:
                beside.append((f"{name}, {EXACT}", method, exact, told))
        for who, method, own, other in beside:
            n_both = min(len(own), len(other))
            found = correlate(own[:n_both], other[:n_both])
            mean, ends = float(found.mean()), interval(found, arguments.seed)
            report.add(who, method, len(found), mean, *ends, missed)
            figures[f"{who} beside {method}"] = {"mean": mean, "low": ends[0], "high": ends[1]}
            if method == EXACT:
                worst.append((mean, ends))
    report.figures = {"rank_correlations": figures}
    return report.close(*min(worst), BAR, at_most=False)


if __name__ == "__main__":
    sys.exit(main())
