"""How the terminal shows an audit."""

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bellwether.cards import (
    as_sentence,
    name_lag,
    printable,
    tell_audit,
    write_count,
    write_horizon,
    write_name,
    write_number,
    write_percent,
)
from bellwether.service import AuditFinding, AuditOutcome, AuditReport
from bellwether.validation import Verdict

_STYLE = {
    AuditOutcome.SKILL_SHOWN: "bold green",
    AuditOutcome.NOT_SHOWN: "bold blue",
    AuditOutcome.NOT_ENOUGH_DATA: "bold yellow",
}


def audit_report(report: AuditReport) -> RenderableType:
    """Return an audit: the outcome, what was noticed, which bar it fits, and its rivals.

    Parameters
    ----------
    report : AuditReport
    """
    telling = tell_audit(report)
    style = _STYLE[report.outcome]
    lines = [
        Text(telling.lead, style="bold"),
        _labelled("Why", as_sentence(report.reason)),
        _labelled("Next step", as_sentence(report.next_step)),
        _labelled("Judged", _tell_judged(report)),
        Text(telling.comfort, style="dim"),
    ]
    if report.verdict.calibration is not None:
        lines.insert(-1, _labelled("Measured", as_sentence(report.verdict.calibration.sentence)))
    title = Text(f"{printable(report.name)}: ").append(report.outcome.value, style)
    panel = Panel(
        Group(*lines),
        title=title,
        title_align="left",
        border_style=style.removeprefix("bold "),
        padding=(1, 2),
        box=box.ROUNDED,
    )
    return Group(panel, audit_findings(report.findings), _lags(report), _rivals(report))


def _tell_judged(report: AuditReport) -> str:
    verdict = report.verdict
    columns = ", ".join(f"{printable(one.name)} as {one.kind}" for one in report.columns[:4])
    if len(report.columns) > 4:
        columns += f" and {len(report.columns) - 4} more"
    together = ", combined by what each had shown before" if len(report.columns) > 1 else ""
    return (
        f"{write_count(verdict.n_bars)} bars from {verdict.first_closed_at[:10]} to "
        f"{verdict.last_closed_at[:10]}, forecasts of {write_horizon(report.horizon_bars)}; "
        f"{columns}{together}. Pipelines tried on these bars so far: {verdict.n_pipelines}."
    )


def audit_findings(findings: Sequence[AuditFinding]) -> RenderableType:
    """Return what was noticed, each with its remedy.

    Parameters
    ----------
    findings : sequence of AuditFinding
    """
    told: list[RenderableType] = [Text("What was noticed", style="bold")]
    told += [_finding(one) for one in findings]
    return Group(*told)


def _finding(finding: AuditFinding) -> Text:
    about = f", column {printable(finding.column)}" if finding.column else ""
    style = "bold red" if finding.blocks else "bold"
    text = Text(f" {write_name(str(finding.kind))}{about}: ", style=style)
    text.append(as_sentence(finding.sentence), style="not bold default")
    if finding.remedy:
        text.append(f" {as_sentence(finding.remedy)}", style="not bold dim")
    return text


def _lags(report: AuditReport) -> Table:
    table = _table("Which bar it fits", numbers=("t", "Luck, 99 of 100"))
    for one in report.lags:
        name = Text(name_lag(one.lag_bars), style="bold" if one.lag_bars == 0 else "")
        table.add_row(name, write_number(one.t, signed=True), f"±{write_number(one.luck)}")
    table.caption = (
        "Forecasts made from prices resemble the bars before their own; that proves nothing."
    )
    return table


def _rivals(report: AuditReport) -> Table:
    table = _table("On the same bars", numbers=("Skill", "Accuracy", "Return", "Over cash a year"))
    if report.blocking:
        table.add_row(Text(f"{printable(report.name)}: not to be believed", style="bold"))
    else:
        _add(table, report.name, report.verdict, bold=True)
    table.add_section()
    for rival in report.rivals:
        _add(table, write_name(rival.name), rival.verdict)
    table.caption = "After costs. Skill: the smallest of four t-statistics."
    return table


def _add(table: Table, name: str, verdict: Verdict, *, bold: bool = False) -> None:
    skill, contract, value = verdict.skill, verdict.contract, verdict.value
    table.add_row(
        Text(printable(name), style="bold" if bold else ""),
        write_number(None if skill is None else skill.statistic.minimum),
        write_percent(None if contract is None else contract.accuracy.value),
        write_percent(None if contract is None else contract.net_return, signed=True),
        write_percent(None if value is None else value.over_cash, signed=True),
    )


def _labelled(name: str, value: str) -> Text:
    return Text(f"{name}: ", style="bold").append(value, style="not bold")


def _table(*words: str, numbers: tuple[str, ...]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        caption_justify="left",
        header_style="bold",
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for name in words:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table
