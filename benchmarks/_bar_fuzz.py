"""One damaged file of bars is read by every door, and how that ended is said."""

from pathlib import Path

import numpy as np

from _bar_dialects import make_rows, write_dialects
from _bar_mutations import Mutation, damage_bars
from bellwether.bars import BarsImport
from bellwether.errors import BarsError
from bellwether.sources import SourceRefused, read_all_bars, read_bars

SOUND = dict(sorted(write_dialects(make_rows()).items()))
NOW = np.datetime64("2020-02-01", "us")


def draw_mutations(random: np.random.Generator) -> tuple[str, bytes]:
    """Return the name and the damaged content of some dialect's file."""
    name = list(SOUND)[int(random.integers(len(SOUND)))]
    steps = [
        Mutation(int(random.integers(1000)), float(random.random()), int(random.integers(100_000)))
        for _ in range(int(random.integers(1, 6)))
    ]
    return name, damage_bars(SOUND[name], steps)


def read_damaged(path: Path) -> str:
    """Read a file by both doors, and return how that ended: "read", or the names of the errors.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    Exception
        Whatever is no BarsError; AssertionError where bars and report contradict each other.
    """
    found = list(read_all_bars(path, now=NOW))
    for one in found:
        if isinstance(one, BarsImport):
            check_report(one)
    told = sorted({type(one.error).__name__ for one in found if isinstance(one, SourceRefused)})
    try:
        check_report(read_bars(path, dates="day-first", zone="America/New_York", unit="s"))
    except BarsError as error:
        check_error(error)
    return "; ".join(told) or ("read" if found else "nothing in it")


def check_report(imported: BarsImport) -> None:
    """Hold a report against its bars: no row is lost, none is counted twice.

    Raises
    ------
    AssertionError
    """
    bars, quality = imported.bars, imported.quality
    if quality.n_kept != len(bars) or quality.n_read != len(bars) + len(quality.refusals):
        counts = f"{quality.n_read} read, {len(bars)} kept, {len(quality.refusals)} refused"
        raise AssertionError(counts)
    if len(bars) and bars.closed_at[-1] > NOW and imported.quality.freshness is not None:
        raise AssertionError(f"a bar that closes at {bars.closed_at[-1]}, after {NOW}")


def check_error(error: BarsError) -> None:
    """Hold an error against its form: short enough to be shown, with all three parts.

    Raises
    ------
    AssertionError
    """
    if not (error.expected and error.was) or len(str(error)) > 20_000:
        raise AssertionError(f"an error of {len(str(error))} letters: {str(error)[:200]}")
