"""The command that replays years day by day."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bellwether.adapters import write_atomically
from bellwether.bootstrap import rehearse_in_memory, retraining_options, watch_options
from bellwether.cards import render_rehearsal
from bellwether.cli._door import make_console, print_json
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import (
    ELSEWHERE,
    TRAINING,
    Calendar,
    Columns,
    Files,
    Home,
    Horizon,
    Interval,
    Json,
    Symbol,
)
from bellwether.cli._rehearsal_terminal import RehearsalProgress, rehearsal_report
from bellwether.cli._sources import FileReading, read_sources, stored_in
from bellwether.clock import read_instant
from bellwether.rehearsal import (
    REHEARSAL_PLANS,
    FaultKind,
    RehearsalOptions,
    read_faults,
)
from bellwether.service import LadderOptions
from bellwether.settings import Settings, load_settings
from bellwether.sources import TimeHints
from bellwether.validation import GateOptions

REHEARSAL = "What is rehearsed"
_FAULTS = ", ".join(FaultKind)


rehearsal_app = typer.Typer()


@rehearsal_app.command()
@spread_hints
def rehearse(
    paths: Files,
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DAY",
            rich_help_panel=REHEARSAL,
            help="First day that is lived through.",
            show_default="the first with the history behind it",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="DAY",
            rich_help_panel=REHEARSAL,
            help="Last day.",
            show_default="the last there is",
        ),
    ] = None,
    faults: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            rich_help_panel=REHEARSAL,
            help=f"What goes wrong once a year, with commas: all, none, {_FAULTS}.",
        ),
    ] = "none",
    seed: Annotated[
        int,
        typer.Option(
            metavar="N", rich_help_panel=REHEARSAL, help="Of the days on which it does.", min=0
        ),
    ] = RehearsalOptions().seed,
    history: Annotated[
        int,
        typer.Option(
            metavar="BARS",
            rich_help_panel=REHEARSAL,
            help="Bars of each symbol before the first training.",
        ),
    ] = RehearsalOptions().history_bars,
    plan: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            rich_help_panel=TRAINING,
            help=f"What is trained: {', '.join(REHEARSAL_PLANS)}.",
        ),
    ] = "light",
    train_bars: Annotated[
        int | None,
        typer.Option(
            metavar="BARS",
            rich_help_panel=TRAINING,
            help="Bars of each symbol that a training sees, the last ones.",
            show_default="all",
        ),
    ] = None,
    universe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=TRAINING,
            help="What to call these symbols together.",
            show_default="the symbols",
        ),
    ] = None,
    horizon: Horizon = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="OUT", rich_help_panel=ELSEWHERE, help="Write the page there, too."),
    ] = None,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Replay years day by day: train, gate, serve, settle, drift, retrain, fall back.

    What serves people is run on the bars as they were known on each day, on a memory of its own:
    nothing is kept but the report of what users would have been served.

    Example: `bellwether rehearse SPY.csv QQQ.csv --from 2008-01-01 --faults all --html out.html`
    """
    console = make_console(as_json=as_json)
    settings = load_settings({"home": home, "calendar": calendar, "horizon_bars": horizon})
    if plan not in REHEARSAL_PLANS:
        known = ", ".join(REHEARSAL_PLANS)
        raise typer.BadParameter(f"{plan!r} is none of {known}", param_hint="--plan")
    options = replace(
        _options_of(settings),
        first_at=None if since is None else read_instant(since),
        last_at=None if until is None else read_instant(until),
        history_bars=history,
        universe=universe,
        plan=REHEARSAL_PLANS[plan],
        train_bars=train_bars,
        faults=read_faults(name.strip() for name in faults.split(",")),
        seed=seed,
    )
    imports = read_sources(
        paths,
        FileReading(symbol=symbol, calendar=settings.calendar, columns=columns or (), hints=hints),
        stored=stored_in(settings.home, interval),
    )
    with RehearsalProgress(console) as progress:
        report = rehearse_in_memory(imports, options, progress)
    if html is not None:
        write_atomically(html, render_rehearsal(report).encode("utf-8"))
    if as_json:
        print_json({**report.to_json(), "page": None if html is None else str(html)})
        return
    console.print(rehearsal_report(report))
    if html is not None:
        console.print(f"Page: {html}", soft_wrap=True, markup=False)


def _options_of(settings: Settings) -> RehearsalOptions:
    """Return how the settings serve, watch and retrain."""
    return RehearsalOptions(
        horizon_bars=settings.horizon_bars,
        gate=GateOptions(
            level=settings.promotion_level,
            binding=settings.promotion_gate,
            panel=settings.promotion_panel,
        ),
        ladder=LadderOptions(
            least_confidence=settings.confidence_threshold,
            when_unsure="hold" if settings.low_confidence == "hold" else "step_down",
            most_age_days=settings.model_max_age_days,
        ),
        cost_bps=settings.cost_bps,
        ic_worth_finding=settings.information_coefficient_worth_finding,
        watch=watch_options(settings),
        retraining=retraining_options(settings),
    )
