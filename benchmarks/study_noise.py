"""How often the whole pipeline promotes something where there is nothing to find.

Noise worlds (GARCH-t5, 18 % a year, drift 0, 8 and 20 % in turn) go through everything a user's
bars go through: features, XGBoost and ridge by nested walk-forward, their ensemble, the gate with
its trial count, bundles and registry. A promotion of any of the three candidates counts.
"""

import sys
from collections import Counter

from _report import Report, exact_interval, parse_arguments
from _worlds import in_parallel, train_in_memory
from bellwether.bars import noise_world

BAR = 0.01
N_BARS = 1260
DRIFTS = (0.0, 0.08, 0.20)


def judge_world(seed: int) -> tuple[float, str | None, str]:
    """Return a world's drift, the candidate it promoted and the ensemble's decision."""
    drift = DRIFTS[seed % len(DRIFTS)]
    result = train_in_memory(noise_world(seed, N_BARS, drift=drift).bars)
    promoted = [one.name for one in result.candidates if one.verdict.promotes]
    return drift, promoted[0] if promoted else None, str(result.candidates[0].verdict.decision)


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=10_000, worlds=400)
    report = Report(
        name="study-noise",
        title=f"False promotion by the whole pipeline, {arguments.worlds} worlds of 5 years",
        seed=arguments.seed,
        columns=("drift a year", "worlds", "promoted", "share", "95 % interval"),
    )
    seeds = range(arguments.seed, arguments.seed + arguments.worlds)
    found = list(in_parallel(judge_world, seeds, arguments.workers, "noise worlds"))
    for drift in DRIFTS:
        own = [promoted for at, promoted, _ in found if at == drift]
        hits = sum(promoted is not None for promoted in own)
        low, high = exact_interval(hits, len(own))
        report.add(f"{drift:.0%}", len(own), hits, hits / len(own), f"{low:.4f} to {high:.4f}")
    n_promoted = sum(promoted is not None for _, promoted, _ in found)
    interval = exact_interval(n_promoted, len(found))
    share = n_promoted / len(found)
    report.add("all", len(found), n_promoted, share, f"{interval[0]:.4f} to {interval[1]:.4f}")
    report.figures = {
        "worlds": len(found),
        "promoted_by_candidate": dict(Counter(p for _, p, _ in found if p is not None)),
        "ensemble_decisions": dict(Counter(decision for _, _, decision in found)),
        "bars_a_world": N_BARS,
    }
    return report.close(share, interval, BAR, at_most=True)


if __name__ == "__main__":
    sys.exit(main())
