"""What the quality report finds of the defects that are known, and what it reports beside them.

Recall: every defect that the PROVENANCE files of `messy/stooq_defects`, `lean_raw`, `vix` and
`indicator_reference` name or count, and those of `us_daily_cc0`, is looked for among the findings,
the refused rows and the missing sessions of its file; `_known_defects.py` is the list. What no
price shows is in it, too: a ticker that changes hands between two banks of the same price, a split
of five for four; it is missed, and named with the results. `lean_raw` is looked at twice: raw, by
prices and volumes alone, and as it is imported, with its factor and map files.

Precision: on the 175 files of `us_daily_cc0` since 2005 every warning, error, refused row and
missing session that is none of the known defects counts as false; crashes of minutes on 2010-05-06
and highs that nobody traded are among them. The bar is one in 10,000 bars, and holds for notes as
well, which only say what is worth knowing and are counted in a line of their own.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from _known_defects import (
    INDICATORS,
    LEAN,
    LEAN_IMPORTED,
    MODERN,
    PANEL,
    STOOQ,
    VIX,
    Known,
    find_files,
    list_known,
)
from _real_bars import read_lean
from _report import Report, exact_interval, parse_arguments
from _worlds import in_parallel
from bellwether.bars import Finding, QualityReport, Severity, assess
from bellwether.errors import BarsError
from bellwether.sources import find_sessions, read_bars

# One false report in so many bars.
BARS_A_FALSE_REPORT = 10_000
LEAST_RECALL = {STOOQ: 0.98, LEAN: 0.8, LEAN_IMPORTED: 1.0, VIX: 1.0, INDICATORS: 1.0, PANEL: 0.95}


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One thing that a report says: what, of which day, how grave."""

    code: str
    day: str
    words: str
    severity: Severity


@dataclass(frozen=True, kw_only=True)
class Look:
    """Everything that is reported of one file."""

    collection: str
    name: str
    n_modern: int
    reported: tuple[Reported, ...]


def look_at(given: tuple[str, str, Path]) -> Look:
    """Read a file and list what is reported of it."""
    collection, name, path = given
    try:
        quality, days = _assess_lean(path) if collection == LEAN else _assess(path)
    except BarsError as error:
        refused = Reported(code="unreadable", day="", words=str(error), severity=Severity.ERROR)
        return Look(collection=collection, name=name, n_modern=0, reported=(refused,))
    n_modern = int((days >= np.datetime64(MODERN)).sum())
    reported = (*_list_findings(quality.findings), *_list_rows(quality))
    return Look(collection=collection, name=name, n_modern=n_modern, reported=reported)


def _assess(path: Path) -> tuple[QualityReport, np.ndarray]:
    imported = read_bars(path)
    return imported.quality, imported.bars.closed_at.astype("datetime64[D]")


def _assess_lean(path: Path) -> tuple[QualityReport, np.ndarray]:
    """Assess raw bars as traded, whoever had the ticker: neither factor nor map file is asked."""
    bars = read_lean(path, whole=True)
    days = bars.closed_at.astype("datetime64[D]")
    sessions = find_sessions("XNYS", days[0] - 10, days[-1] + 10)
    raw = replace(bars, closed_at=sessions.close_of(days), adjustment=np.ones(len(bars)))
    return assess(raw, sessions.calendar("1d")), days


def _list_findings(findings: Iterable[Finding]) -> Iterable[Reported]:
    for found in findings:
        yield Reported(
            code=found.code, day=found.where[:10], words=found.what, severity=found.severity
        )


def _list_rows(quality: QualityReport) -> Iterable[Reported]:
    for row in quality.refusals:
        day = "" if row.at is None else str(row.at.astype("datetime64[D]"))
        yield Reported(
            code="refused", day=day, words=f"line {row.line}: {row.reason}",
            severity=Severity.WARNING,
        )  # fmt: skip
    refused = {row.at.astype("datetime64[D]") for row in quality.refusals if row.at is not None}
    for at in quality.missing:
        # A session is not missing twice where its row was refused.
        if at.astype("datetime64[D]") not in refused:
            day = str(at.astype("datetime64[D]"))
            yield Reported(code="missing", day=day, words="missing", severity=Severity.WARNING)


def tells(reported: Reported, known: Known) -> bool:
    """Return whether something reported is a known defect."""
    if reported.code not in known.codes:
        return False
    if known.words not in reported.words:
        return False
    if known.count is not None and not reported.words.startswith(f"{known.count} of "):
        return False
    if known.day.startswith("line"):
        return reported.words.startswith(f"{known.day}:")
    if not known.day or reported.day == known.day:
        return True
    if not (known.within_days and reported.day[:4].isdigit()):
        return False
    apart = np.datetime64(reported.day, "D") - np.datetime64(known.day, "D")
    return bool(abs(apart.astype(int)) <= known.within_days)


def find_missed(known: Sequence[Known], looks: Sequence[Look]) -> list[Known]:
    """Return the known defects that no report tells of."""
    by_file = {(look.collection, look.name): look.reported for look in looks}
    return [
        one
        for one in known
        if not any(tells(said, one) for said in by_file.get((one.collection, one.name), ()))
    ]


def find_false(known: Sequence[Known], looks: Sequence[Look]) -> list[tuple[str, Reported]]:
    """Return what is reported of the panel's bars since 2005 and is no known defect."""
    true = defaultdict(list)
    for one in known:
        true[one.collection, one.name].append(one)
    return [
        (look.name, said)
        for look in looks
        if look.collection == PANEL
        for said in look.reported
        if said.day >= MODERN and not any(tells(said, one) for one in true[PANEL, look.name])
    ]


def report_recall(
    report: Report, known: Sequence[Known], missed: Sequence[Known]
) -> dict[str, bool]:
    """Add a row for each kind of defect, and return which bars hold."""
    kinds = dict.fromkeys((one.collection, one.what) for one in known)
    for collection, what in kinds:
        n_known = sum((one.collection, one.what) == (collection, what) for one in known)
        n_missed = sum((one.collection, one.what) == (collection, what) for one in missed)
        report.add(collection, what, n_known, n_known - n_missed, f"{1 - n_missed / n_known:.1%}")
    held = {}
    for collection, least in LEAST_RECALL.items():
        n_known = sum(one.collection == collection for one in known)
        n_missed = sum(one.collection == collection for one in missed)
        recall = 1.0 - n_missed / max(n_known, 1)
        report.figures[f"recall {collection}"] = recall
        report.add(collection, "all", n_known, n_known - n_missed, f"{recall:.1%}")
        held[f"{collection}: {recall:.1%} of {n_known} known defects are found"] = recall >= least
    return held


def main() -> int:
    """Run the study and return its exit code."""
    given = parse_arguments(__doc__ or "", seed=0, files=175)
    report = Report(
        name="study-quality",
        title="Known defects of real data, and those that the quality report tells of",
        seed=None,
        columns=("data", "defect", "known", "found", "recall"),
    )
    jobs = [
        (collection, name, path)
        for collection in LEAST_RECALL
        for name, path in list(find_files(collection).items())[: given.files]
    ]
    looks = list(in_parallel(look_at, jobs, given.workers, "files"))
    seen = {(look.collection, look.name) for look in looks}
    known = [one for one in list_known() if (one.collection, one.name) in seen]
    missed = find_missed(known, looks)
    also = report_recall(report, known, missed)
    false = find_false(known, looks)
    graver = [(name, said) for name, said in false if said.severity is not Severity.NOTE]
    n_bars = sum(look.n_modern for look in looks if look.collection == PANEL)
    with_notes = BARS_A_FALSE_REPORT * len(false) / n_bars
    also[f"notes counted, too: {with_notes:.2f} in 10,000 bars"] = with_notes <= 1.0
    report.figures |= {
        "bars since 2005": n_bars,
        "false warnings and errors": len(graver),
        "false reports, notes counted": len(false),
        "missed": [f"{one.collection} {one.name} {one.day} {one.what}" for one in missed],
        "false": [f"{name} {said.day} {said.code}: {said.words}" for name, said in graver],
    }
    low, high = (BARS_A_FALSE_REPORT * end for end in exact_interval(len(graver), n_bars))
    figure = BARS_A_FALSE_REPORT * len(graver) / n_bars
    return report.close(figure, (low, high), 1.0, at_most=True, also=also)


if __name__ == "__main__":
    sys.exit(main())
