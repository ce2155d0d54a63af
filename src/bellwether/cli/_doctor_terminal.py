"""How the terminal shows what is wrong with bars: a table of sources, then each one's findings."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bellwether.bars import QualityReport, RowRefusal, Severity
from bellwether.cards import (
    DASH,
    as_sentence,
    printable,
    write_bars,
    write_count,
    write_coverage,
    write_name,
    write_percent,
)
from bellwether.cli._plain_table import plain_table
from bellwether.service import Diagnosis

MOST_OF_A_KIND, MOST_LINES, MOST_DAYS = 3, 5, 6
LONGEST_TEXT = 80
_STYLES = {Severity.NOTE: "green", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}
_VERDICTS = {
    Severity.NOTE: "fine",
    Severity.WARNING: "look",
    Severity.ERROR: "unusable",
}


def diagnoses_table(diagnoses: Sequence[Diagnosis]) -> Table:
    """Return one row for each source: what was read, and how it stands.

    Parameters
    ----------
    diagnoses : sequence of Diagnosis
    """
    numbers = ("Bars", "Refused", "Missing", "Findings")
    table = plain_table("Symbol", "Verdict", "Grade", "Freshness", numbers=numbers)
    for column in table.columns[1:]:
        column.no_wrap = True
    for one in diagnoses:
        verdict = Text(_VERDICTS[one.severity], style=_STYLES[one.severity])
        if one.quality is None:
            table.add_row(Text(printable(Path(one.source).name)), verdict, *[DASH] * 6)
            continue
        report = one.quality
        table.add_row(
            Text(printable(report.symbol)),
            verdict,
            write_name(report.grade.value),
            DASH if report.freshness is None else write_name(report.freshness.value),
            write_count(report.n_kept),
            write_count(len(report.refusals)),
            write_count(report.missing.size),
            write_count(len(report.findings)),
        )
    return table


def diagnosis_view(diagnosis: Diagnosis, *, whole: bool = False) -> RenderableType:
    """Return everything that is known of one source.

    Parameters
    ----------
    diagnosis : Diagnosis
    whole : bool, default False
        Name every finding, refused line and missing session instead of the first few of a kind.
    """
    if diagnosis.quality is None:
        return Group(*_tell_refusal(diagnosis))
    report = diagnosis.quality
    head = f"\n{printable(report.symbol)}: {_VERDICTS[diagnosis.severity]}"
    parts: list[RenderableType] = [Text(head, style="bold")]
    parts += [Text(line, style="dim") for line in _describe(diagnosis, report)]
    if report.findings:
        parts.append(_findings_table(report, whole=whole))
    else:
        parts.append(Text("No check found anything."))
    parts += [Text(line) for line in _tell_rows(report, whole=whole)]
    parts += [Text(line) for line in _tell_plan(diagnosis)]
    return Group(*parts)


def _tell_refusal(diagnosis: Diagnosis) -> Iterator[Text]:
    yield Text(f"\n{printable(diagnosis.source)}", style="bold")
    for symptom in diagnosis.symptoms:
        yield Text(as_sentence(printable(symptom.words)))
    if diagnosis.refusal is not None:
        yield Text(f"What to do: {printable(diagnosis.refusal.hint)}.")


def _describe(diagnosis: Diagnosis, report: QualityReport) -> Iterator[str]:
    """Yield why the verdict is what it is, and what was read."""
    grave = [one.words for one in diagnosis.symptoms if one.severity is not Severity.NOTE]
    if grave:
        yield as_sentence("; ".join(grave))
    rows, bars = _count(report.n_read, "row"), write_bars(report.interval)
    yield (
        f"{printable(diagnosis.source)}: {rows}, {bars} held against "
        f"{printable(report.calendar)}; stretches of {write_coverage(report)}."
    )
    if diagnosis.layout is not None:
        facts = "; ".join([diagnosis.layout.name, *diagnosis.layout.facts])
        yield f"Layout: {printable(facts)}."


def _findings_table(report: QualityReport, *, whole: bool) -> Table:
    table = plain_table("Severity", "Check", "Where", "What", numbers=())
    table.columns[2].no_wrap = True
    by_kind = groupby(
        sorted(report.findings, key=lambda one: (-one.severity.rank, one.code)),
        key=lambda one: (one.severity, one.code),
    )
    for (severity, code), group in by_kind:
        found = list(group)
        shown = found if whole else found[:MOST_OF_A_KIND]
        for place, one in enumerate(shown):
            head = Text(severity.value if place == 0 else "", style=_STYLES[severity])
            name = code.replace("-", " ") if place == 0 else ""
            table.add_row(head, name, Text(printable(one.where)), Text(printable(one.what)))
        if len(found) > len(shown):
            last = printable(found[-1].where)
            more = f"and {write_count(len(found) - len(shown))} more up to {last}"
            table.add_row("", "", "", Text(more, style="dim"))
    return table


def _tell_rows(report: QualityReport, *, whole: bool) -> Iterator[str]:
    """Yield the refused rows reason by reason, and the sessions without a bar."""
    by_reason: dict[str, list[RowRefusal]] = {}
    for row in report.refusals:
        by_reason.setdefault(row.reason.partition(" (line")[0], []).append(row)
    for reason, rows in by_reason.items():
        named = _some([str(row.line) for row in rows], len(rows) if whole else MOST_LINES)
        lines = "line" if len(rows) == 1 else "lines"
        reads = printable(rows[0].text[:LONGEST_TEXT])
        yield (
            f"{_count(len(rows), 'row')} refused: {printable(reason)} ({lines} {named}); line "
            f"{rows[0].line} reads {reads}"
        )
    if report.missing.size:
        days = [str(np.datetime_as_string(at, unit="D")) for at in report.missing]
        named = _some(days, len(days) if whole else MOST_DAYS)
        share = write_percent(report.missing_frac)
        yield f"{_count(len(days), 'session')} without a bar ({share}): {named}."


def _tell_plan(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield what a verdict needs, and what training does."""
    plan = diagnosis.plan
    if plan is not None:
        yield (
            f"A verdict needs {write_count(plan.n_needed_bars)} judged bars; of these, "
            f"{write_count(plan.n_out_of_sample_bars)} would be judged. {plan.sentence}"
        )
    if diagnosis.short_history is not None:
        yield as_sentence(printable(diagnosis.short_history))


def _count(number: int, thing: str) -> str:
    return f"{write_count(number)} {thing if number == 1 else thing + 's'}"


def _some(names: Sequence[str], most: int) -> str:
    more = f" and {write_count(len(names) - most)} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
