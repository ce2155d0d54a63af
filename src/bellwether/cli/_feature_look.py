"""A look at features in the terminal: figures beside the bars they were computed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bellwether.adapters import write_atomically
from bellwether.bars import Panel
from bellwether.bootstrap import open_workspace
from bellwether.cards import (
    DASH,
    render_features,
    tell_luck,
    write_coefficient,
    write_count,
    write_list,
    write_number,
    write_percent,
    write_range,
)
from bellwether.cli._door import print_json
from bellwether.cli._plain_table import plain_table
from bellwether.cli._sources import FileReading, read_sources, stored_in
from bellwether.cli._training import panel_of
from bellwether.features import FeatureSet
from bellwether.service import look_at_features
from bellwether.settings import load_settings
from bellwether.sources import TimeHints
from bellwether.validation import FeatureReport, describe_features

TOO_LONG = "too long"


@dataclass(frozen=True, kw_only=True)
class LookRequest:
    """What is to be looked at.

    Parameters
    ----------
    paths : sequence of Path
        Files, or stored symbols.
    horizon : int or None
        Bars ahead beside the next bar.
    without_outcomes : bool
        Whether what happened afterwards is left alone; nothing is counted then.
    html : Path or None
        Where the page is written.
    symbol, calendar, interval : str or None
    columns : sequence of str
    hints : TimeHints
    home : Path or None
    """

    paths: Sequence[Path]
    horizon: int | None
    without_outcomes: bool
    html: Path | None
    symbol: str | None
    calendar: str | None
    interval: str | None
    columns: Sequence[str]
    hints: TimeHints
    home: Path | None


def look(features: FeatureSet, request: LookRequest) -> FeatureReport:
    """Describe features on bars that are named on the command line.

    Raises
    ------
    SettingsError, BarsError, TrialLogTampered
        As `read_sources`, and where the look cannot be written down.
    """
    flags: dict[str, object] = {
        "home": request.home,
        "calendar": request.calendar,
        "horizon_bars": request.horizon,
    }
    settings = load_settings(flags)
    imports = read_sources(
        request.paths,
        FileReading(
            symbol=request.symbol,
            calendar=settings.calendar,
            columns=request.columns,
            hints=request.hints,
        ),
        stored=stored_in(settings.home, request.interval),
    )
    panel: Panel = panel_of(imports)
    if request.without_outcomes:
        report = describe_features(panel, features, ())
    else:
        workspace = open_workspace(flags)
        horizons = sorted({1, settings.horizon_bars})
        with workspace.usable():
            report = look_at_features(
                panel, features, horizons, trials=workspace.trials, clock=workspace.clock
            )
    if request.html is not None:
        write_atomically(request.html, render_features(report).encode("utf-8"))
    return report


def look_json(report: FeatureReport, html: Path | None) -> None:
    """Print a look as one JSON object."""
    print_json({**report.to_json(), "page": None if html is None else str(html)})


def print_look(console: Console, report: FeatureReport, html: Path | None) -> None:
    """Print the figures of each feature, what luck alone would show, and the groups."""
    console.print(
        f"On {write_list(report.symbols)}: {write_count(report.n_bars)} bars, "
        f"{report.first_at[:10]} to {report.last_at[:10]}",
        style="bold",
        markup=False,
    )
    console.print(_shape_table(report))
    console.print(
        "Tails: 1 is normal. Memory: about so many bars hold one independent value. Features of "
        "one group tell much the same.",
        style="dim",
    )
    for place in range(len(report.luck)):
        console.print(_information_table(report, place))
    if report.luck:
        console.print(
            "IC: rank correlation with the volatility-scaled return that follows. Years: how many "
            "have its sign. --html and --json have each year.",
            style="dim",
        )
    for luck in report.luck:
        telling = tell_luck(luck)
        console.print(telling.lead, style="bold")
        console.print(telling.comfort)
    counted = "Counted as a look in the ledger: the next verdict on these bars is the stricter."
    console.print(counted if report.luck else "Outcomes were not looked at; nothing was counted.")
    if html is not None:
        console.print(f"Page: {html}", soft_wrap=True, markup=False)


def _shape_table(report: FeatureReport) -> Table:
    numbers = ("Mean", "Deviation", "Tails", "Missing", "Memory", "Group")
    table = plain_table("Feature", numbers=numbers)
    for one in report.features:
        is_long = one.memory_bars == float("inf")
        table.add_row(
            one.name,
            _write_short(one.shape.mean),
            _write_short(one.shape.deviation),
            write_number(one.shape.tail_weight, 1),
            write_percent(one.missing_share, 0),
            TOO_LONG if is_long else write_number(one.memory_bars, 0),
            write_count(one.cluster),
        )
    return table


def _information_table(report: FeatureReport, place: int) -> Table:
    horizon = report.horizons[place]
    head = "IC, next bar" if horizon == 1 else f"IC, {horizon} bars"
    table = plain_table("Feature", numbers=(head, "95 %", "Years"))
    for one in report.features:
        found = one.information[place]
        overall = found.overall
        table.add_row(
            one.name,
            write_coefficient(overall.coefficient),
            write_range(overall.low, overall.high, write_coefficient),
            f"{found.n_years_agreeing} of {len(found.years)}",
        )
    return table


def _write_short(value: float) -> str:
    """Return a number of unknown size with two digits."""
    return f"{value:.2g}".replace("-", "−") if isfinite(value) else DASH
