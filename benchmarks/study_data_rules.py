"""How often the hard rules about data stop answers on real bars, and how soon they find faults.

Every bar of every real series at hand, daily and hourly, from the sixtieth on is taken for the last
one of a question, as it would be served: with the bars before it, adjusted where the source says
how. A stop is an alarm; an episode is a stretch of bars on which answers stop; every one is kept by
name with the results. The bar is for daily bars since 2005, which are quoted in cents; prices
before 1990 were rounded to a few digits, and repeat themselves. Files with known defects have rows
of their own: tickers that two companies had one after the other, closes that are 10 to 100 times
too small, and files that others keep to try a reader.

Faults are put into the same daily series, each at a random bar since 2005: a column or whole bars
that repeat themselves, and prices that are suddenly in another unit.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from _real_bars import KINDS, MESSY, RealSeries, list_series, try_read
from _report import Report, exact_interval, parse_arguments
from _worlds import in_parallel
from bellwether.bars import COLUMNS, Bars
from bellwether.service import FallbackReason, find_data_fault

LEAST_BARS, WINDOW = 60, 504
MODERN = np.datetime64("2005-01-01")
# One bar in a century of daily ones.
BAR = 1 / 25_200
WATCHED_BARS = 10
LEAST_FOUND = 0.9
RULES = (FallbackReason.FROZEN_COLUMN, FallbackReason.SCALE_JUMP)
STILL: Mapping[str, Sequence[str]] = {
    "whole bars": COLUMNS,
    "close": ("close",),
    "open": ("open",),
    "volume": ("volume",),
}
UNITS = (0.01, 0.1, 10.0, 100.0, 1000.0)


@dataclass(kw_only=True)
class Found:
    """What the rules said of one series, bar by bar."""

    kind: str
    name: str
    n_bars: int = 0
    n_modern: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    modern_stops: Counter[str] = field(default_factory=Counter)
    episodes: list[str] = field(default_factory=list)
    delays: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def find_stop(bars: Bars, n_bars: int) -> FallbackReason | None:
    """Return why nobody would be answered on the first so many bars, by the rules of this study."""
    past = bars[max(n_bars - WINDOW, 0) : n_bars]
    fault = find_data_fault(past, None, past.closed_at[-1])
    return fault.reason if fault is not None and fault.reason in RULES else None


def look_at(given: tuple[RealSeries, int]) -> Found:
    """Ask on every bar of a series, and then put faults into it."""
    series, seed = given
    found = Found(kind=series.kind, name=series.name)
    bars = try_read(series)
    if bars is None or len(bars) < LEAST_BARS:
        return found
    bars.matrix  # noqa: B018 - shared by every slice from here on
    before: FallbackReason | None = None
    for n_bars in range(LEAST_BARS, len(bars) + 1):
        reason = find_stop(bars, n_bars)
        at = bars.closed_at[n_bars - 1]
        found.n_bars += 1
        found.n_modern += bool(at >= MODERN)
        if reason is not None:
            found.stops[reason] += 1
            found.modern_stops[reason] += bool(at >= MODERN)
            if reason is not before:
                found.episodes.append(f"{series.name} {at} {reason}")
        before = reason
    if series.kind == KINDS[1]:
        spoil(bars, np.random.default_rng(seed), found)
    return found


def spoil(bars: Bars, random: np.random.Generator, found: Found) -> None:
    """Put one fault of each kind into a series, and note how many bars it takes to be found."""
    first = max(int(np.searchsorted(bars.closed_at, MODERN)), WINDOW)
    last = len(bars) - WATCHED_BARS
    for name, columns in STILL.items():
        row = int(random.integers(first, last))
        spoiled = _stand_still(bars, row, columns)
        found.delays[f"still: {name}"].append(_measure(spoiled, row))
    for unit in UNITS:
        row = int(random.integers(first, last))
        found.delays[f"unit: x {unit:g}"].append(_measure(_change_unit(bars, row, unit), row))


def _stand_still(bars: Bars, row: int, columns: Sequence[str]) -> Bars:
    """Return bars of which some columns repeat those of a row from there on."""
    changed = {name: getattr(bars, name).copy() for name in COLUMNS}
    for name in columns:
        changed[name][row:] = changed[name][row]
    body = np.stack([changed["open"], changed["close"]])
    changed["high"] = np.maximum(changed["high"], body.max(axis=0))
    changed["low"] = np.minimum(changed["low"], body.min(axis=0))
    return replace(bars, **changed)


def _change_unit(bars: Bars, row: int, unit: float) -> Bars:
    """Return bars whose prices are in another unit from a row on."""
    factor = np.where(np.arange(len(bars)) >= row, unit, 1.0)
    return replace(bars, **{name: getattr(bars, name) * factor for name in COLUMNS[:4]})


def _measure(bars: Bars, row: int) -> int:
    """Return how many bars at fault, the first included, it takes until answers stop."""
    for n_bars in range(1, WATCHED_BARS + 1):
        if find_stop(bars, row + n_bars) is not None:
            return n_bars
    return WATCHED_BARS + 1


def report_stops(report: Report, looks: Sequence[Found]) -> None:
    """Add a row for each collection."""
    for kind in (*KINDS, *MESSY):
        own = [one for one in looks if one.kind == kind and one.n_bars]
        n_bars = sum(one.n_bars for one in own)
        stops = sum((one.stops for one in own), Counter[str]())
        n_episodes = sum(len(one.episodes) for one in own)
        report.add(
            kind, len(own), f"{n_bars:,}", *(stops[rule] for rule in RULES), n_episodes,
            f"{252 * sum(stops.values()) / max(n_bars, 1):.2g}",
        )  # fmt: skip


def report_delays(report: Report, looks: Sequence[Found]) -> dict[str, bool]:
    """Add a row for each fault put in, and return which bars hold."""
    delays: dict[str, list[int]] = defaultdict(list)
    for one in looks:
        for name, found in one.delays.items():
            delays[name] += found
    kept = {}
    for name, found in delays.items():
        most = 5 if name.startswith("still") else 1
        share = float(np.mean(np.array(found) <= most))
        report.add(name, len(found), "", "", "", "", f"{share:.1%} within {most}")
        report.figures[name] = {"within": most, "share": share, "mean": float(np.mean(found))}
        kept[f"{name} is found within {most} bars ({share:.1%})"] = share >= LEAST_FOUND
    return kept


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_arguments(__doc__ or "", seed=5)
    report = Report(
        name="study-data-rules",
        title="Bars of real series on which the data rules stop answers, and faults put into them",
        seed=given.seed,
        columns=("bars", "series", "asked on", "frozen", "jump", "episodes", "per 252"),
    )
    jobs = [(series, given.seed + place) for place, series in enumerate(list_series())]
    looks = list(in_parallel(look_at, jobs, given.workers, "series"))
    report_stops(report, looks)
    also = report_delays(report, looks)
    modern = [one for one in looks if one.kind in KINDS[:5]]
    n_bars = sum(one.n_modern for one in modern)
    n_stops = sum(sum(one.modern_stops.values()) for one in modern)
    report.figures |= {
        "daily bars since 2005": n_bars,
        "stops on daily bars since 2005": n_stops,
        "episodes": list(chain.from_iterable(one.episodes for one in looks))[:400],
        "too short or not readable": sum(not one.n_bars for one in looks),
    }
    share = n_stops / max(n_bars, 1)
    return report.close(share, exact_interval(n_stops, n_bars), BAR, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
