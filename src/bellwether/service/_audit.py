"""Audit: anybody's forecasts before the same gate, after a look at when they were made."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from scipy.stats import norm

from bellwether.bars import Panel
from bellwether.service._audit_evidence import (
    RULES,
    AuditedBars,
    forecaster_digest,
    make_evidence,
    make_rival,
)
from bellwether.service._audit_findings import AuditFinding, FindingKind
from bellwether.service._audit_kinds import ReadForecasts, read_kinds
from bellwether.service._audit_lags import LAGS, LagScore
from bellwether.service._audit_options import AuditOptions, AuditPorts
from bellwether.service._audit_places import PlacedForecasts, place_forecasts
from bellwether.service._audit_report import (
    JUDGED_ALONE,
    AuditedColumn,
    AuditReport,
    Rival,
)
from bellwether.service._audit_suspicions import find_suspicions
from bellwether.service._audit_table import ForecastTable
from bellwether.trials import Trial, TrialCount, TrialKind, count_trials
from bellwether.validation import (
    Evidence,
    judge,
    past_volatility,
    return_scores,
    standardise_expanding,
    t_statistic,
)

LUCK = 0.99


def audit_forecasts(
    table: ForecastTable,
    panel: Panel,
    *,
    ports: AuditPorts,
    options: AuditOptions | None = None,
) -> AuditReport:
    """Judge anybody's forecasts: were they made when they say, is it skill, is it worth its costs.

    Parameters
    ----------
    table : ForecastTable
        A vendor's, a language model's, a foundation model's forecasts.
    panel : Panel
        The bars they are about.
    ports : AuditPorts
    options : AuditOptions, optional

    Returns
    -------
    report : AuditReport

    Raises
    ------
    ForecastColumnsUnclear
        If nothing says which of several symbols a row is about.
    ForecastsElsewhere
        If the forecasts are not about these bars, or too few are.
    KindUnclear
        If the values of a column fit several kinds of forecasts, or none, and nobody said which.

    Notes
    -----
    Knows: a forecast is judged on bars after the mark at which it was known. The look, and each
    of several configurations, is in the trial log before the gate is asked.
    Whether the forecaster had seen the judged bars in its training cannot be known here; say
    with `judged_from` from where on it cannot have.
    """
    options = options or AuditOptions()
    placed, read, suspected = _inspect(table, panel, options)
    audited = AuditedBars(placed.panel, options)
    blocking = [one for one in (*placed.findings, *suspected) if one.blocks]
    pipeline = forecaster_digest(options.name, read, options)

    lay = partial(make_evidence, read, audited, pipeline, [str(one) for one in blocking])
    # Made once before the look is logged: forecasts that cannot be judged reveal nothing.
    lay(trials=TrialCount(n_pipelines=1, n_looks=1))
    _log_look(options.name, pipeline, placed, read, ports)
    own = placed.panel
    evidence = lay(trials=count_trials(ports.trials.entries(), pipeline, own.digest, own.lineage))
    ports.evidence.put(evidence)
    findings = [*placed.findings, *suspected, *_tell_gaps(evidence, options)]
    findings += [*_tell_reading(table), _tell_limits(options), *(one.finding for one in read)]
    return AuditReport(
        name=options.name,
        source=table.source,
        symbols=placed.panel.symbols,
        horizon_bars=options.horizon_bars,
        known_at=options.known_at,
        columns=tuple(
            AuditedColumn(name=one.name, kind=one.kind, recognised=one.recognised) for one in read
        ),
        n_rows=placed.n_rows,
        findings=tuple(sorted(findings, key=lambda one: not one.blocks)),
        lags=tuple(score_lags(evidence)),
        verdict=judge(evidence, options.gate),
        rivals=tuple(_judge_rivals(evidence, audited)),
        level=options.gate.level,
    )


def inspect_forecasts(
    table: ForecastTable, panel: Panel, *, options: AuditOptions | None = None
) -> tuple[AuditFinding, ...]:
    """Return what is wrong with when and how forecasts were made, without judging their skill.

    Parameters
    ----------
    table : ForecastTable
    panel : Panel
    options : AuditOptions, optional

    Returns
    -------
    findings : tuple of AuditFinding
        Nothing of it tells an out-of-sample result of forecasts that are in order, so nothing
        is counted.

    Raises
    ------
    ForecastColumnsUnclear, ForecastsElsewhere, KindUnclear
        As `audit_forecasts`.
    """
    placed, read, suspected = _inspect(table, panel, options or AuditOptions())
    # A correlation with the bars to come would be a look.
    times = [one for one in suspected if one.kind is not FindingKind.TOO_GOOD]
    return (*placed.findings, *times, *_tell_reading(table), *(one.finding for one in read))


def _inspect(
    table: ForecastTable, panel: Panel, options: AuditOptions
) -> tuple[PlacedForecasts, tuple[ReadForecasts, ...], list[AuditFinding]]:
    placed = place_forecasts(table, panel, options)
    read = read_kinds(placed, options)
    if any(one.blocks for one in placed.findings):
        return placed, read, []  # what stands at the wrong times says nothing else
    suspected = [one for column in read for one in find_suspicions(column, placed, options)]
    return placed, read, suspected


def score_lags(evidence: Evidence) -> Iterator[LagScore]:
    """Yield how the judged stream fits the bars around its own.

    Parameters
    ----------
    evidence : Evidence

    Yields
    ------
    score : LagScore
        From two bars before the forecast's own to two after it.
    """
    forecast = standardise_expanding(evidence.forecast)
    _, score = return_scores(evidence.returns, past_volatility(evidence.returns))
    luck = float(norm.ppf(0.5 + LUCK / 2.0))
    first, n_bars = evidence.out_of_sample_from, evidence.n_bars
    for lag in LAGS:
        rows = slice(first + max(-lag, 0), n_bars - max(lag, 0))
        against = slice(rows.start + lag, rows.stop + lag)
        t = t_statistic(forecast[rows], score[against])
        yield LagScore(lag_bars=lag, t=t if t == t else None, luck=luck)  # noqa: PLR0124 - NaN


def _log_look(
    name: str,
    pipeline: str,
    placed: PlacedForecasts,
    read: Sequence[ReadForecasts],
    ports: AuditPorts,
) -> None:
    """Write down what is about to be revealed, unless it was revealed before."""
    panel, entries = placed.panel, ports.trials.entries()

    def append(kind: TrialKind, digest: str, note: str, lineage: tuple[str, ...]) -> None:
        ports.trials.append(
            Trial(
                kind=kind,
                pipeline=digest,
                snapshot=panel.digest,
                lineage=lineage,
                recorded_at=str(ports.clock.now()),
                note=note,
            )
        )

    looks = [one for one in entries if one.kind == "look" and one.snapshot == panel.digest]
    if pipeline not in {one.pipeline for one in looks}:
        if len(read) > 1:
            for column in read:
                append("tuning", pipeline, f"audit of {name}, column {column.name}", ())
        append("look", pipeline, f"audit of {name}", () if looks else panel.lineage)


def _judge_rivals(evidence: Evidence, audited: AuditedBars) -> Iterator[Rival]:
    rules = make_rival(evidence, RULES, audited.rule_direction)
    yield Rival(name=RULES, verdict=judge(rules, audited.options.gate))
    for name, said in audited.floors().items():
        floor = make_rival(evidence, name, audited.known_before(said))
        yield Rival(name=name, verdict=judge(floor, audited.options.gate))


def _tell_gaps(evidence: Evidence, options: AuditOptions) -> Iterator[AuditFinding]:
    rows = evidence.out_of_sample
    silent = ~np.isnan(evidence.returns[rows]) & ~np.isfinite(evidence.forecast[rows])
    bars = np.flatnonzero(silent.any(axis=1))
    if bars.size and options.gaps == "refuse":
        first = np.datetime_as_string(evidence.closed_at[rows][bars[0]], unit="D")
        yield AuditFinding(
            kind=FindingKind.GAPS,
            sentence=f"{int(silent.sum()):,} judged bars have no forecast, the first {first}",
            remedy="bring one for each; or say --gaps neutral if it had no view there at the time",
        )


def _tell_reading(table: ForecastTable) -> Iterator[AuditFinding]:
    if table.n_unreadable:
        yield AuditFinding(
            kind=FindingKind.UNREADABLE,
            sentence=f"{table.n_unreadable:,} cells hold no forecast, the first {table.unreadable}",
            remedy="write a number or a direction in each",
        )
    for left in table.left_out:
        yield AuditFinding(kind=FindingKind.LEFT_OUT, sentence=left)


def _tell_limits(options: AuditOptions) -> AuditFinding:
    """Return what no audit of forecasts alone can know."""
    training = (
        "whether it had seen the judged bars in its training cannot be known"
        if options.judged_from is None
        else "only bars after the end of its training, as you gave it, were judged"
    )
    remedy = "" if options.judged_from else "say with --judged-from where its training ended"
    return AuditFinding(
        kind=FindingKind.LIMITS, sentence=f"{JUDGED_ALONE}; {training}", remedy=remedy
    )
