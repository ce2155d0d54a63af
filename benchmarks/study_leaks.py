"""How many leaks of the corpus are found, and how many of its clean look-alikes are accused.

The corpus ships with the tests (tests/samples/leaks): leaks rebuilt from public reports, leaks
made up to be hard, and clean look-alikes, written before the detector existed; a second batch
was added after its first run. Beside it, single peeks are placed at random bars of columns
with every kind of memory. A leak counts as found only where it is found in every simulated
world, and a look-alike as accused where it is accused in any.

On the first run (one world, before anything was corrected) 97 of the first 97 leaks were found
and 1 of 79 look-alikes accused; of the 16 of the second batch 11 were found and 0 of 3 accused.
"""

import argparse
import os
import sys
import time
from collections import defaultdict
from pathlib import Path

from _placed_peeks import look_at_placed
from _report import Report, exact_interval
from _worlds import in_parallel

sys.path.append(str(Path(__file__).parents[1]))

from tests.samples.leaks.corpus import CLEAN, LEAKS
from tests.samples.leaks.looking import is_computed, look_at

BAR = 0.98
MOST_ACCUSED = 1 / 60
CASES = {case.name: case for case in (*LEAKS, *CLEAN)}


def look(given: tuple[str, int]) -> tuple[str, bool, int, float, str]:
    """Return a case's name, whether it was accused, computations, seconds and the sentence."""
    name, seed = given
    start = time.perf_counter()
    report = look_at(CASES[name], seed)
    seconds = time.perf_counter() - start
    return name, bool(report.leaks), report.n_evaluations, seconds, report.sentence


def parse() -> argparse.Namespace:
    """Read what the study is to do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="first seed (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--worlds", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--placed", type=int, default=220, help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="every sixth case in one world")
    return parser.parse_args()


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse()
    step, worlds = (6, 1) if arguments.quick else (1, arguments.worlds)
    n_placed = 11 if arguments.quick else arguments.placed
    names = list(CASES)[::step]
    seeds = range(arguments.seed, arguments.seed + worlds)
    report = Report(
        name="study-leaks",
        title=f"Leaks found and look-alikes accused, {worlds} simulated worlds a case",
        seed=arguments.seed,
        columns=("kind", "leaks", "found", "share", "95 % interval", "clean", "accused"),
    )
    pairs = [(name, seed) for seed in seeds for name in names]
    accused: dict[str, list[bool]] = defaultdict(list)
    looks = list(in_parallel(look, pairs, arguments.workers, "cases"))
    for name, hit, *_ in looks:
        accused[name].append(hit)
    found = {name: all(accused[name]) for name in names if CASES[name].is_leak}
    wronged = {name: any(accused[name]) for name in names if not CASES[name].is_leak}
    for kind in sorted({CASES[name].kind for name in names}):
        own = [hit for name, hit in found.items() if CASES[name].kind == kind]
        clean = [hit for name, hit in wronged.items() if CASES[name].kind == kind]
        report.add(kind, *_count(own), len(clean), sum(clean))
    report.add("all", *_count(list(found.values())), len(wronged), sum(wronged.values()))
    placed = _look_at_placed(range(arguments.seed, arguments.seed + n_placed), arguments.workers)
    report.add("one peek at a random bar", *_count(placed), "", "")
    one_bar = {name: hit for name, hit in found.items() if CASES[name].one_bar}
    computed = [hit for name, hit in one_bar.items() if is_computed(CASES[name])]
    share, false_share = sum(found.values()) / len(found), sum(wronged.values()) / len(wronged)
    report.figures = {
        "worlds": worlds,
        "reported_leaks": sum(bool(CASES[name].reference) for name in found),
        "missed": [name for name, hit in found.items() if not hit],
        "accused": [name for name, hit in wronged.items() if hit],
        "false_alarms": false_share,
        "false_alarms_interval": exact_interval(sum(wronged.values()), len(wronged)),
        "one_bar_found": f"{sum(one_bar.values())} of {len(one_bar)}",
        "one_bar_computed_found": f"{sum(computed)} of {len(computed)}",
        "placed_found": f"{sum(placed)} of {len(placed)}",
        "placed_interval": exact_interval(sum(placed), len(placed)),
        "median_computations": sorted(n for _, _, n, _, _ in looks)[len(looks) // 2],
        "most_computations": max(n for _, _, n, _, _ in looks),
        "seconds_of_looking": round(sum(seconds for *_, seconds, _ in looks), 1),
        "sentences": {name: text for name, hit, _, _, text in looks[: len(names)] if hit},
    }
    interval = exact_interval(sum(found.values()), len(found))
    accusations = f"{sum(wronged.values())} of {len(wronged)}"
    also = {
        f"false alarms at most 1 of 60 ({accusations})": false_share <= MOST_ACCUSED,
        f"one-bar leaks that can be computed again ({sum(computed)} of {len(computed)})": (
            all(computed)
        ),
        f"peeks at a random bar ({sum(placed)} of {len(placed)})": all(placed),
    }
    return report.close(share, interval, BAR, at_most=False, also=also)


def _look_at_placed(seeds: range, workers: int) -> list[bool]:
    """Return, for each placed peek that shows in the values at all, whether it was found."""
    looks = list(in_parallel(look_at_placed, seeds, workers, "placed peeks"))
    return [hit for _, _, shows, hit in looks if shows]


def _count(hits: list[bool]) -> tuple[int, int, object, str]:
    if not hits:
        return 0, 0, "", ""
    low, high = exact_interval(sum(hits), len(hits))
    return len(hits), sum(hits), sum(hits) / len(hits), f"{low:.3f} to {high:.3f}"


if __name__ == "__main__":
    sys.exit(main())
