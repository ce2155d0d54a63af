"""The command that audits anybody's forecasts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console

from bellwether.adapters import read_forecasts, write_atomically
from bellwether.bootstrap import open_workspace
from bellwether.cards import render_audit
from bellwether.cli._audit_terminal import audit_findings, audit_report
from bellwether.cli._door import make_console, print_json
from bellwether.cli._errors import UnreadableMapping
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import (
    ELSEWHERE,
    FLAG,
    Calendar,
    Columns,
    Home,
    Interval,
    Json,
    Symbol,
)
from bellwether.cli._sources import FileReading, read_mapping, read_sources, stored_in
from bellwether.cli._training import panel_of
from bellwether.clock import read_instant
from bellwether.service import (
    KINDS,
    AuditFinding,
    AuditOptions,
    AuditReport,
    ForecastKind,
    Gaps,
    KnownAt,
    audit_forecasts,
    inspect_forecasts,
)
from bellwether.settings import load_settings
from bellwether.sources import TimeHints

FORECASTS = "How the forecasts are read"

audit_app = typer.Typer()


@audit_app.command()
@spread_hints
def audit(
    forecasts: Annotated[
        Path,
        typer.Argument(
            metavar="FORECASTS", help="CSV or Parquet file with a time and forecasts in each row."
        ),
    ],
    bars: Annotated[
        list[Path],
        typer.Option(
            "--bars",
            metavar="FILE",
            help="Bars they are about: a file, or a stored symbol. Repeat for several symbols.",
        ),
    ],
    horizon: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=FORECASTS,
            help="Bars each forecast is about.",
            show_default="1",
        ),
    ] = None,
    known_at: Annotated[
        str,
        typer.Option(
            metavar="WHEN",
            rich_help_panel=FORECASTS,
            help="When a row was known: at the close of the bar of its time (it is about the "
            "next), at its open, or at the previous-close (a row's time is the bar it is about).",
        ),
    ] = "close",
    kind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            rich_help_panel=FORECASTS,
            help=f"{', '.join(KINDS)}; or COLUMN=KIND for one column.",
            show_default="recognised",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=FORECASTS,
            help="A column of forecasts. May be repeated; several are combined and counted.",
            show_default="all there are",
        ),
    ] = None,
    roles: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=NAME",
            rich_help_panel=FORECASTS,
            help="Name another column of the forecasts: time, made_at, symbol, forecaster.",
        ),
    ] = None,
    gaps: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            rich_help_panel=FORECASTS,
            help="What a bar without a forecast is: refuse, or neutral (it had no view).",
        ),
    ] = "refuse",
    judged_from: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            rich_help_panel=FORECASTS,
            help="Judge what came after it only, such as the end of the forecaster's training.",
            show_default="its first forecasts",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What to call it.", show_default="the file's name"),
    ] = None,
    cost_bps: Annotated[
        float | None,
        typer.Option(
            metavar="BPS", help="Cost of trading once, in basis points.", show_default="5"
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="OUT", rich_help_panel=ELSEWHERE, help="Write the card there, too."),
    ] = None,
    inspect: Annotated[
        bool,
        typer.Option(
            "--inspect",
            metavar=FLAG,
            help="Only look at how they are read and at their times; judges and counts nothing.",
        ),
    ] = False,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Judge anybody's forecasts: made when they say, skill or luck, worth their costs.

    A vendor's, a language model's, a foundation model's: expected returns, prices, BUY and SELL,
    or chances of a rise, with one row a bar. Each audit is a look and is written into the ledger.

    Example: `bellwether audit forecasts.csv --bars bars.csv --html card.html`
    """
    console = make_console(as_json=as_json)
    flags: dict[str, object] = {
        "home": home,
        "calendar": calendar,
        "horizon_bars": horizon,
        "cost_bps": cost_bps,
    }
    # Read before the home is made: a wrong path leaves nothing behind.
    settings = load_settings(flags)
    kinds = _read_kinds(kind or [])
    table = read_forecasts(forecasts, columns=column or (), roles=read_mapping(roles or []))
    imports = read_sources(
        bars,
        FileReading(symbol=symbol, calendar=settings.calendar, columns=columns or (), hints=hints),
        stored=stored_in(settings.home, interval),
    )
    options = AuditOptions(
        name=name or forecasts.stem,
        horizon_bars=settings.horizon_bars,
        known_at=cast("KnownAt", known_at),
        kinds=kinds,
        gaps=cast("Gaps", gaps),
        judged_from=None if judged_from is None else read_instant(judged_from),
        cost_bps=settings.cost_bps,
        ic_worth_finding=settings.information_coefficient_worth_finding,
    )
    panel = panel_of(imports)
    if inspect:
        _inspect(console, inspect_forecasts(table, panel, options=options), as_json=as_json)
        return
    workspace = open_workspace(flags)
    options = replace(options, gate=workspace.gate)
    with workspace.usable():
        report = audit_forecasts(table, panel, ports=workspace.auditing, options=options)
    report = replace(report, verdict=workspace.with_calibration(report.verdict))
    _show(console, report, html, as_json=as_json)


def _show(console: Console, report: AuditReport, html: Path | None, *, as_json: bool) -> None:
    if html is not None:
        write_atomically(html, render_audit(report).encode("utf-8"))
    if as_json:
        print_json({**report.to_json(), "card": None if html is None else str(html)})
        return
    console.print(audit_report(report))
    if html is not None:
        console.print(f"Card: {html}", soft_wrap=True, markup=False)


def _inspect(console: Console, findings: Sequence[AuditFinding], *, as_json: bool) -> None:
    if as_json:
        print_json({"findings": [one.to_json() for one in findings]})
        return
    console.print(audit_findings(findings))
    blocks = any(one.blocks for one in findings)
    console.print(
        "They cannot be judged as they are."
        if blocks
        else "Nothing stands in the way of an audit. Nothing was judged, nothing was counted."
    )


def _read_kinds(given: list[str]) -> dict[str, ForecastKind]:
    """Return the kinds of `--kind price` and `--kind COLUMN=price`, by column; "" is every one.

    Raises
    ------
    UnreadableMapping
        If a column, or all of them, is given two kinds.
    """
    kinds: dict[str, ForecastKind] = {}
    for one in given:
        column, _, kind = one.rpartition("=")
        if column in kinds:
            raise UnreadableMapping(
                "--kind once for all columns, or once a column", repr(one), "name one of them"
            )
        kinds[column] = cast("ForecastKind", kind)
    return kinds
