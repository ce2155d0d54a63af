"""Whether probabilities and intervals held what they stated, by year and by regime."""

import numpy as np

from bellwether.arrays import BoolArray
from bellwether.rules import Regime
from bellwether.validation._beside import StatementReport
from bellwether.validation._metrics import brier_score, exact_proportion
from bellwether.validation._report_parts import independent_share, known_regimes
from bellwether.validation._workings import Workings


def report_statements_by_year(workings: Workings) -> tuple[StatementReport, ...]:
    """Return what was stated and what came in each calendar year out of sample."""
    evidence = workings.evidence
    years = evidence.closed_at[evidence.out_of_sample].astype("datetime64[Y]")
    parts = {
        str(year): np.broadcast_to((years == year)[:, None], workings.scored.shape)
        for year in np.unique(years)
    }
    return _report_parts(workings, parts)


def report_statements_by_regime(workings: Workings) -> tuple[StatementReport, ...]:
    """Return what was stated and what came in each regime known before the bar."""
    code = known_regimes(workings)[workings.evidence.out_of_sample]
    return _report_parts(workings, {one.words: code == float(one) for one in Regime})


def _report_parts(workings: Workings, parts: dict[str, BoolArray]) -> tuple[StatementReport, ...]:
    reports = (_report_part(workings, name, part) for name, part in parts.items())
    return tuple(report for report in reports if report is not None)


def _report_part(workings: Workings, name: str, part: BoolArray) -> StatementReport | None:
    evidence = workings.evidence
    rows = evidence.out_of_sample
    overlap = evidence.horizon_bars / independent_share(workings)
    happened = np.where(part, workings.outcome, np.nan)
    stated = np.where(part, evidence.probability_up[rows], np.nan)
    moved = ~np.isnan(stated) & ~np.isnan(happened) & (happened != 0.0)
    if not moved.any():
        return None
    coverage = None
    if evidence.interval_low.size:
        low, high = evidence.interval_low[rows], evidence.interval_high[rows]
        known = np.isfinite(low) & np.isfinite(high) & ~np.isnan(happened)
        held = int((known & (low <= happened) & (happened <= high)).sum())
        coverage = exact_proportion(held / overlap, int(known.sum()) / overlap)
    n_rises, n = int((happened[moved] > 0.0).sum()), int(moved.sum())
    return StatementReport(
        part=name,
        n=float(n),
        probability_up=float(stated[moved].mean()),
        share_up=exact_proportion(n_rises / overlap, n / overlap),
        brier=brier_score(stated, happened),
        coverage=coverage,
    )
