"""The tables of what was stated and what came: probabilities and intervals, part by part."""

from collections.abc import Sequence

from bellwether.cards._figures import Figure, figure_of
from bellwether.cards._format import write_name, write_percent
from bellwether.cards._verdict_card import CardRow, CardTable
from bellwether.validation import StatementReport, Verdict

WHOLE = "All of it"
_REGIMES = "Regimes are those known before each bar."


def table_of_statements(verdict: Verdict) -> CardTable:
    """Return stated probabilities and what happened, year by year and regime by regime.

    Parameters
    ----------
    verdict : Verdict
        One of an older version holds none: no row then.
    """
    return CardTable(
        title="What was stated and what came",
        columns=("Year or market", "Rose", "Stated", "Brier score", "Forecasts"),
        rows=tuple(
            CardRow(
                name=write_name(part.part),
                figures=(
                    figure_of("share", part.share_up),
                    Figure(kind="share", value=part.probability_up),
                    Figure(kind="fine", value=part.brier),
                    Figure(kind="count", value=part.n),
                ),
                mark=part.probability_up,
            )
            for part in _parts(verdict)
        ),
        drawn=0,
        is_held=True,
        note="They fit where the exact 95% interval of what came holds what was stated on average, "
        f"the mark in a picture. A Brier score of 0.25 is a coin's. {_REGIMES}",
    )


def table_of_coverage(verdict: Verdict) -> CardTable:
    """Return how often the intervals held, in all and part by part; no row where none were stated.

    Parameters
    ----------
    verdict : Verdict
    """
    report = None if verdict.beside is None else verdict.beside.coverage
    columns = ("Year or market", "Held", "Returns")
    title = "Returns within their stated interval"
    if report is None:
        return CardTable(title=title, columns=columns, rows=())
    whole = (WHOLE, figure_of("share", report.measured), report.measured.n)
    parts = [
        (write_name(part.part), figure_of("share", part.coverage), part.coverage.n)
        for part in _parts(verdict)
        if part.coverage is not None
    ]
    claimed = write_percent(report.claimed, 0)
    return CardTable(
        title=title,
        columns=columns,
        rows=tuple(
            CardRow(name=name, figures=(held, Figure(kind="count", value=n)))
            for name, held, n in (whole, *parts)
        ),
        drawn=0,
        mark=report.claimed,
        is_held=True,
        note=f"The intervals claim {claimed}, the mark in a picture, and were "
        f"{write_percent(report.mean_width)} wide on average. Returns that tell the same count "
        f"once. {_REGIMES}",
    )


def _parts(verdict: Verdict) -> Sequence[StatementReport]:
    beside = verdict.beside
    return () if beside is None else (*beside.statements_by_year, *beside.statements_by_regime)
