"""What watching costs: one update of a detector, and a day of ten thousand symbols.

A day of a symbol is one settled outcome through the hit detector, the score detector and the
router, its states read from JSON and written back, as a database holds them.
"""

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from _report import Report, parse_arguments
from bellwether.monitor import (
    Belief,
    DetectorState,
    HitDetector,
    Router,
    ScoreDetector,
    Thresholds,
)

BAR_UPDATE_MICROSECONDS, BAR_TICK_SECONDS = 10.0, 10.0


def time_updates(step: Callable[[int], object], n_updates: int) -> float:
    """Return microseconds an update."""
    begun = time.perf_counter()
    for number in range(n_updates):
        step(number)
    return (time.perf_counter() - begun) / n_updates * 1e6


def time_hits(n_updates: int, horizon_bars: int) -> float:
    """Return microseconds an update of the hit detector."""
    detector = HitDetector(floor=0.53, horizon_bars=horizon_bars)
    state = [detector.start()]

    def step(number: int) -> None:
        state[0] = detector.step(state[0], [float(number % 2)])

    return time_updates(step, n_updates)


def time_scores(n_updates: int) -> float:
    """Return microseconds an update of the score detector."""
    detector = ScoreDetector(floor=0.05)
    state = [detector.start()]

    def step(number: int) -> None:
        state[0] = detector.step(state[0], [0.3 if number % 2 else -0.2])

    return time_updates(step, n_updates)


def time_routing(n_updates: int) -> float:
    """Return microseconds an update of the router."""
    router = Router()
    belief = [router.begin()]

    def step(number: int) -> None:
        belief[0] = router.step(belief[0], [float(number % 2)])

    return time_updates(step, n_updates)


def time_tick(n_symbols: int, seed: int) -> float:
    """Return seconds of a day of many symbols."""
    hits, scores, router = HitDetector(floor=0.53), ScoreDetector(floor=0.05), Router()
    stored = json.dumps(
        [hits.start().to_json(), scores.start().to_json(), router.begin().to_json()]
    )
    kept = [stored] * n_symbols
    outcomes = np.random.default_rng(seed).normal(0.05, 1.0, n_symbols).clip(-2.5, 2.5).tolist()
    lights = Thresholds()
    begun = time.perf_counter()
    for place, outcome in enumerate(outcomes):
        of_hits, of_scores, of_router = json.loads(kept[place])
        hit = 1.0 if outcome > 0.0 else 0.0
        first = hits.step(DetectorState.from_json(of_hits), [hit])
        second = scores.step(DetectorState.from_json(of_scores), [outcome])
        third = router.step(Belief.from_json(of_router), [hit])
        lights.colour(first.e_value + second.e_value)
        kept[place] = json.dumps([first.to_json(), second.to_json(), third.to_json()])
    return time.perf_counter() - begun


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=1, updates=20_000, symbols=10_000, rounds=5)
    report = Report(
        name="bench-monitor",
        title="Cost of watching, median of rounds",
        seed=arguments.seed,
        columns=("what", "median", "smallest", "largest", "unit"),
    )
    kinds: dict[str, Callable[[], float]] = {
        "hits": lambda: time_hits(arguments.updates, 1),
        "hits over 5 bars": lambda: time_hits(arguments.updates, 5),
        "scores": lambda: time_scores(arguments.updates),
        "router": lambda: time_routing(arguments.updates),
    }
    worst = (0.0, (0.0, 0.0))
    for name, measure in kinds.items():
        found = [measure() for _ in range(arguments.rounds)]
        middle = float(np.median(found))
        report.add(name, middle, min(found), max(found), "microseconds")
        worst = max(worst, (middle, (min(found), max(found))))
    ticks = [time_tick(arguments.symbols, arguments.seed) for _ in range(arguments.rounds)]
    tick = float(np.median(ticks))
    report.add(f"a day of {arguments.symbols} symbols", tick, min(ticks), max(ticks), "seconds")
    also = {f"a day of all symbols, at most {BAR_TICK_SECONDS:.0f} s": tick <= BAR_TICK_SECONDS}
    return report.close(*worst, BAR_UPDATE_MICROSECONDS, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
