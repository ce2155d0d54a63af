"""What one answer costs: the bundle's graph from raw bars against the training path.

The ensemble (LSTM, Transformer, XGBoost, ridge at the contract's size) answers for single windows
of real bars, one thread. The training path computes the same number with the feature kernels,
PyTorch and XGBoost. Both run in turn on the same windows; the figure is how many times faster the
graph is.
"""

import sys
import time

import numpy as np
import torch

from _report import Report, parse_arguments
from bellwether.registry import open_bundle
from bellwether.sources import sample_market
from study_parity import FAMILIES, fit_families, pack, state_of, training_path

BAR = 2.0
LONG_ENOUGH_BARS = 400


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=7, windows=200)
    torch.set_num_threads(1)
    bars = sample_market("nasdaq").bars
    trained = fit_families(sample_market("sp500").bars, arguments.seed)
    names = tuple(FAMILIES)
    state = state_of(trained, names)
    content = pack(trained, names, state)
    loaded = open_bundle(content, "bench")
    lookback = loaded.manifest.lookback_bars
    rng = np.random.default_rng(arguments.seed)
    lasts = rng.integers(LONG_ENOUGH_BARS, len(bars), size=arguments.windows)
    seconds: dict[str, list[float]] = {"graph": [], "training path": []}
    for last in lasts:
        window = bars.matrix[last - lookback + 1 : last + 1]
        started = time.perf_counter()
        loaded.run(window[None])
        between = time.perf_counter()
        training_path(trained, names, state, window, lookback - 1)
        seconds["graph"].append(between - started)
        seconds["training path"].append(time.perf_counter() - between)
    report = Report(
        name="bench-bundle",
        title=f"One answer of the ensemble from {lookback} raw bars, one thread",
        seed=arguments.seed,
        columns=("way", "median microseconds", "99 %"),
    )
    for way, taken in seconds.items():
        report.add(way, 1e6 * float(np.median(taken)), 1e6 * float(np.quantile(taken, 0.99)))
    ratios = np.array(seconds["training path"]) / np.array(seconds["graph"])
    report.figures = {
        "median_microseconds": {way: 1e6 * float(np.median(s)) for way, s in seconds.items()},
        "bundle_bytes": len(content),
    }
    low, high = (float(np.quantile(ratios, q)) for q in (0.05, 0.95))
    return report.close(float(np.median(ratios)), (low, high), BAR, at_most=False)


if __name__ == "__main__":
    sys.exit(main())
