"""The commands about the gate itself: how often it errs, where the truth is known."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bellwether.bars import Panel
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cards import (
    DASH,
    as_sentence,
    write_count,
    write_instant,
    write_percent,
)
from bellwether.cli._door import make_console, print_json
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import READING, Calendar, Columns, Home, Interval, Json, Symbol
from bellwether.cli._plain_table import plain_table
from bellwether.cli._sources import FileReading, read_sources, stored_in
from bellwether.cli._training import panel_of
from bellwether.service import CalibrationProgress, CalibrationRequest, read_budget
from bellwether.sources import TimeHints
from bellwether.validation import CalibrationFigure, CalibrationSetting, GateCalibration

HOW_MUCH = "How much is run"
YEAR_BARS = 252

gate_app = typer.Typer(
    name="gate",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="How often the gate errs: measured where the truth is known, on your own bars too.",
)


@gate_app.command("calibrate")
@spread_hints
def calibrate(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="FILE",
            rich_help_panel=READING,
            help="Your bars: a CSV or Parquet file, or a stored symbol. May be repeated.",
            show_default="simulated worlds alone",
        ),
    ] = None,
    n_configurations: Annotated[
        int,
        typer.Option(
            "--trials",
            metavar="K",
            min=1,
            max=1000,
            rich_help_panel=HOW_MUCH,
            help="Configurations tried in each run and combined into one forecast.",
        ),
    ] = 1,
    n_runs: Annotated[
        int,
        typer.Option(
            "--runs",
            metavar="N",
            min=1,
            rich_help_panel=HOW_MUCH,
            help="Runs without skill, in all; each planted skill gets a tenth as many.",
        ),
    ] = 1000,
    budget: Annotated[
        str,
        typer.Option(metavar="TIME", rich_help_panel=HOW_MUCH, help="Such as 60s or 5m."),
    ] = "60s",
    n_bars: Annotated[
        int,
        typer.Option(
            "--bars",
            metavar="N",
            min=100,
            rich_help_panel=HOW_MUCH,
            help="Bars of a simulated world; with --data as many as your bars.",
        ),
    ] = 10 * YEAR_BARS,
    seed: Annotated[
        int,
        typer.Option(metavar="N", min=0, rich_help_panel=HOW_MUCH, help="Same seed, same runs."),
    ] = 0,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Measure how often the gate promotes what has no skill, and how often what has.

    It is run on simulated noise, on your bars with forecasts that have nothing to do with them,
    on copies of your bars with random signs or in random order, and on worlds with a planted
    skill. Verdicts on the same bars then carry the measured rate.
    """
    console = make_console(as_json=as_json)
    budget_seconds = read_budget(budget)
    workspace = open_workspace({"home": home, "calendar": calendar})
    panel = None
    if data:
        imports = read_sources(
            data,
            FileReading(
                symbol=symbol,
                calendar=workspace.settings.calendar,
                columns=columns or (),
                hints=hints,
            ),
            stored=stored_in(workspace.settings.home, interval),
            now=workspace.clock.now(),
        )
        panel = panel_of(imports)
    request = CalibrationRequest(
        setting=_setting(workspace, panel, (n_configurations, n_bars, seed)),
        n_runs=n_runs,
        budget_seconds=budget_seconds,
    )
    with _watching(console) as progress:
        found = workspace.calibrate_gate(request, progress)
    if as_json:
        print_json(found.to_json())
    else:
        _print(console, found, workspace)


@gate_app.command("show")
def show(home: Home = None, as_json: Json = False) -> None:
    """Show what was measured before, the latest first."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    known = workspace.calibrations.known()
    if as_json:
        print_json({"calibrations": [one.to_json() for one in known]})
        return
    for found in known:
        _print(console, found, workspace)
    if not known:
        console.print("The gate was not calibrated here yet: bellwether gate calibrate")


def _setting(
    workspace: Workspace, panel: Panel | None, numbers: tuple[int, int, int]
) -> CalibrationSetting:
    n_configurations, n_bars, seed = numbers
    settings = workspace.settings
    return CalibrationSetting(
        options=workspace.gate,
        panel=panel,
        n_configurations=n_configurations,
        n_bars=n_bars,
        cost_bps=settings.cost_bps,
        ic_worth_finding=settings.information_coefficient_worth_finding,
        seed=seed,
    )


@contextmanager
def _watching(console: Console) -> Iterator[CalibrationProgress]:
    """Give what is told of every run: a bar where somebody watches."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} runs, left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    row = bar.add_task("trying the gate", total=None)
    with bar:
        yield lambda n_done, n_all: bar.update(row, completed=n_done, total=n_all)


def _print(console: Console, found: GateCalibration, workspace: Workspace) -> None:
    place = f"snapshot {found.snapshot[:12]}" if found.snapshot else "simulated worlds"
    trials = "" if found.n_configurations == 1 else f", {found.n_configurations} configurations"
    measured = write_instant(np.datetime64(found.measured_at))
    text = Text(f"{place}, {write_count(found.n_bars)} bars{trials}", style="bold")
    console.print(text.append(f", measured {measured}", style="not bold"))
    console.print(_table(found.figures))
    level = workspace.settings.promotion_level
    console.print(as_sentence(_conclude(found, level)), markup=False)
    if found.options_digest != workspace.gate.digest:
        console.print("This was a gate with other options than the present ones.", style="yellow")
    if found.n_runs_left_out:
        console.print(
            f"The time was over before {write_count(found.n_runs_left_out)} more runs: "
            "give it a longer --budget.",
            style="yellow",
        )


def _conclude(found: GateCalibration, level: float) -> str:
    rate = found.false_promotion
    bound = f"at most {write_percent(level)} are allowed"
    if rate.high <= level:
        return f"{found.sentence}; {bound}, and that holds"
    if rate.low > level:
        return f"{found.sentence}; {bound}, and that does not hold"
    return f"{found.sentence}; {bound}, and more runs would tell whether that holds"


def _table(figures: tuple[CalibrationFigure, ...]) -> Table:
    numbers = ("Runs", "Promoted", "Share", "95 % interval", "Best possible")
    table = plain_table("World", numbers=numbers)
    for figure in figures:
        low, high = _percent(figure.rate.low), _percent(figure.rate.high)
        table.add_row(
            figure.world,
            write_count(figure.n_runs),
            write_count(figure.n_promoted),
            _percent(figure.rate.value),
            f"{low} to {high}",
            DASH if figure.limit is None else write_percent(figure.limit),
        )
    return table


def _percent(share: float) -> str:
    """Return a share to a hundredth of a percent: the bar is one."""
    return write_percent(share, 2)
