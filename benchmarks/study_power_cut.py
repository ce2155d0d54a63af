"""Whether a power cut takes back an answer that was acknowledged, at hundreds of moments.

Ten processes append answers, count and settle them in a journal each, half of them with a log
that is emptied after 40 pages and half with SQLite's own 1000. Everything they do to their files
is noted down, and the disk is rebuilt as a cut may leave it at random moments, half of them
around a sync, an acknowledgement or a file made or removed: of what was not synced any sectors
are there, whole, torn or out of order. What is left is opened; the chain must verify against the
last head acknowledged, every answer must be there as often as it was acknowledged, and the
journal must take another one. To show that the simulation can see a loss, two more journals are
cut that sync too rarely (synchronous NORMAL) or never (OFF).
"""

import sys
import tempfile
from pathlib import Path

from rich.progress import track

from _power_cuts import Cut, Plan, cut_power
from _report import Report, exact_interval, parse_arguments
from _sqlite_recorder import find_obstacle

BAR = 0
MOST_REOPEN_SECONDS = 2.0
N_WRITERS = 10
CONTROLS = ("NORMAL", "OFF")


def make_plans(seed: int, n_steps: int) -> list[Plan]:
    """Return the plans of the journals that sync as ours do, and of those that do not."""
    pages = [40 if number % 2 else 1000 for number in range(N_WRITERS)]
    ours = [
        Plan(seed=seed + number, n_steps=n_steps, checkpoint_pages=n_pages)
        for number, n_pages in enumerate(pages)
    ]
    others = [
        Plan(seed=seed, n_steps=n_steps, checkpoint_pages=40, synchronous=name) for name in CONTROLS
    ]
    return [*ours, *others]


def cut_one(plan: Plan, n_cuts: int) -> list[Cut]:
    """Return what was found after some cuts of one writer."""
    with tempfile.TemporaryDirectory() as folder:
        return list(cut_power(Path(folder), plan, n_cuts))


def main() -> int:
    """Run the study and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=30_000, cuts=600, steps=120)
    obstacle = find_obstacle()
    if obstacle is not None:
        print(f"study-power-cut cannot be run here: {obstacle}")
        return 1
    report = Report(
        name="study-power-cut",
        title=f"Answers acknowledged and then lost, {arguments.cuts} simulated power cuts",
        seed=arguments.seed,
        columns=("journal", "cuts", "with a loss", "records, most", "seconds to reopen, most"),
    )
    found: dict[str, list[Cut]] = {}
    for plan in track(make_plans(arguments.seed, arguments.steps), "writers"):
        name = f"{plan.synchronous}, log of {plan.checkpoint_pages} pages"
        found.setdefault(name, []).extend(cut_one(plan, arguments.cuts // N_WRITERS))
    for name, cuts in found.items():
        n_lost = sum(cut.loss is not None for cut in cuts)
        most = max(cut.n_records for cut in cuts), max(cut.seconds for cut in cuts)
        report.add(name, len(cuts), n_lost, *most)
    ours = [cut for name, cuts in found.items() if name.startswith("FULL") for cut in cuts]
    losses = [cut for cut in ours if cut.loss is not None]
    for cut in losses:
        print(f"after {cut.n_events} events: {cut.loss}")
    slowest = max(cut.seconds for cut in ours)
    report.figures = {
        "cuts": len(ours),
        "records_acknowledged_at_most": max(cut.n_records for cut in ours),
        "slowest_reopening_seconds": slowest,
    }
    low, high = (len(ours) * share for share in exact_interval(len(losses), len(ours)))
    return report.close(
        len(losses),
        (low, high),
        BAR,
        at_most=True,
        also={
            f"losses are seen where a journal syncs {name}": any(
                cut.loss is not None
                for told, cuts in found.items()
                for cut in cuts
                if told.startswith(name)
            )
            for name in CONTROLS
        }
        | {
            f"opened, read and appended to within {MOST_REOPEN_SECONDS:g} s": (
                slowest <= MOST_REOPEN_SECONDS
            )
        },
    )


if __name__ == "__main__":
    sys.exit(main())
