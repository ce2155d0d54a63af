"""All that is reported beside a verdict, each part by itself: one that fails spoils no other."""

from collections.abc import Callable
from typing import Any

from bellwether.validation._beside import Beside
from bellwether.validation._report_candidates import report_candidates
from bellwether.validation._report_floors import report_equity, report_floors, report_track
from bellwether.validation._report_parts import report_coverage, report_regimes, report_reliability
from bellwether.validation._report_statements import (
    report_statements_by_regime,
    report_statements_by_year,
)
from bellwether.validation._workings import Workings

Attempt = Callable[[Callable[[], Any]], Any]


def report_beside(workings: Workings, attempt: Attempt) -> Beside:
    """Return what is reported beside a verdict and never decides.

    Parameters
    ----------
    workings : Workings
    attempt : callable
        Calls what it is given, and returns None where that fails.

    Returns
    -------
    beside : Beside
    """
    return Beside(
        track=attempt(lambda: report_track(workings)),
        floors=attempt(lambda: report_floors(workings)) or (),
        by_regime=attempt(lambda: report_regimes(workings)) or (),
        reliability=attempt(lambda: report_reliability(workings)),
        coverage=attempt(lambda: report_coverage(workings)),
        statements_by_year=attempt(lambda: report_statements_by_year(workings)) or (),
        statements_by_regime=attempt(lambda: report_statements_by_regime(workings)) or (),
        candidates=attempt(lambda: report_candidates(workings)),
        equity=attempt(lambda: report_equity(workings)),
    )
