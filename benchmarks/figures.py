"""Writes the README's table of figures from the latest run of each study and benchmark.

`make figures` rewrites what stands between the two markers; a test holds README to it.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- figures: made by `make figures` -->", "<!-- end of figures -->"
WORDS = {
    "study-noise": "share of noise worlds in which the whole pipeline promotes something",
    "study-edge": "share of worlds with a planted edge (0.20) in which it is learned and promoted",
    "study-gate-null": "share of forecasts without skill that the gate promotes",
    "study-gate-power": "power over that of the best possible test, least of the bars",
    "study-anytime": "share of noise ever promoted in shadow, looked at every bar for five years",
    "study-retraining": "share of pipelines of noise promoted in five years of monthly retraining",
    "study-leaks": "share of planted leaks found",
    "study-audit": "share of planted misalignments found in forecasts",
    "study-mutants": "small changes to gate, ledger and splits that no test notices",
    "bench-verdict": "seconds for a verdict on ten years and 200 configurations",
    "study-alarms": "bars to the alarm over the optimal detector's, at the same false alarms",
    "study-response": "edge kept by the router where nothing is wrong",
    "study-retrain": "share of challengers 3 points better that succeed in three years, 20 symbols",
    "study-renewal": "share of a sound pipeline's later fits that renew it over ten years",
    "study-data-rules": "stops a bar of sound real bars by the rules about false ones",
    "study-account": "share of streams on which the interval of value added ever misses, at worst",
    "study-rehearsal": "questions without a valid answer in years replayed with faults",
    "study-inputs": "false alarms a year about inputs of stationary markets",
    "bench-tick": "seconds of a day's tick of 10,000 markets",
    "bench-monitor": "microseconds an update of a detector",
    "study-feature-agreement": "largest distance of alpha158 from a two-pass reference",
    "study-contributions": "rank correlation of what moved an answer with exact Shapley values",
    "study-calibration": "worst 60-bar block of 90 % intervals, times what chance makes of it",
    "study-importance": "share of features without worth that are told from luck",
    "study-quality": "false warnings per 10,000 bars of 175 real stocks since 2005",
    "bench-import": "times as long as polars parses, to import, check and store 175 files",
    "bench-features": "times quicker than Qlib on alpha158",
    "study-browser-parity": "largest difference in probability between browser and Python",
    "study-parity": "largest difference in probability between graph and training path",
    "study-crash": "acknowledged answers lost over 200 kills of the process that journals them",
    "study-service-crash": "acknowledged answers lost over kills of the whole service",
    "study-power-cut": "acknowledged answers lost over 600 simulated power cuts",
    "study-faults": "share of valid, labelled answers under injected faults",
    "study-swap": "wrong or failed answers over promotions and rollbacks under load",
    "study-contract": "broken promises of the OpenAPI, and growth of memory, under load",
    "study-fuzz": "mutated bundles and bodies that escaped, hung or grew the process",
    "bench-bundle": "times one answer from the bundle is faster than the training path",
    "bench-predicting": "times a batch of 32 is faster than one by one",
    "bench-serving-start": "seconds from start to the first answer of a model",
    "bench-serving": "share of a bare endpoint's requests a second, checks and journal included",
    "bench-browser": "seconds until an ensemble is ready in the page, from cache",
    "study-learned-share": "correlation out of sample learned where .10 is planted, five years",
    "study-regime-weights": "correlation out of sample gained by weights by regime",
    "study-panel": "rank correlation a day beyond the best peer's, as served, on 175 stocks",
    "bench-training": "speed of the attention net beside Keras 3 on JAX, to the same loss",
}


def make_table() -> str:
    """Return the table, one line a result that is there."""
    lines = [
        "| what | figure | interval | bar | | runs |",
        "| -- | -- | -- | -- | -- | -- |",
    ]
    for name, words in WORDS.items():
        path = RESULTS / f"{name}.json"
        if path.is_file():
            runs = json.loads(path.read_text(encoding="utf-8"))
            last = runs[-1]
            low, high = last["interval"]
            lines.append(
                f"| {words} (`make {name}`) | {last['figure']:.3g} | {low:.3g} to {high:.3g} "
                f"| {last['bar']:g} | {last['outcome']} | {len(runs)} |"
            )
    return "\n".join(lines)


def rewrite(readme: str) -> str:
    """Return a README with the table in its place."""
    head, _, rest = readme.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{make_table()}\n\n{END}{tail}"


def main() -> int:
    """Rewrite README.md."""
    path = ROOT / "README.md"
    path.write_text(rewrite(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
