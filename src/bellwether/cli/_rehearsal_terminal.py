"""How the terminal shows a rehearsal, while it goes on and once it is over."""

from typing import Self

import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from bellwether.cards import (
    CAUSES,
    DASH,
    as_sentence,
    printable,
    tell_alarm,
    tell_estimate,
    write_any,
    write_count,
    write_list,
    write_measured,
    write_percent,
)
from bellwether.cli._plain_table import plain_table
from bellwether.clock import Clock
from bellwether.rehearsal import RehearsalReport

MOST_ROWS = 20


class RehearsalProgress:
    """A bar for the days that are over, and the day it has come to.

    Parameters
    ----------
    console : rich.console.Console
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._row = self._bar.add_task("the first training", total=None)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def lived(self, n_sessions: int, n_total: int, clock: Clock) -> None:
        """Move the bar."""
        day = np.datetime_as_string(clock.now(), unit="D")
        self._bar.update(self._row, completed=n_sessions, total=n_total, description=day)


def rehearsal_report(report: RehearsalReport) -> RenderableType:
    """Return a rehearsal: what was served, what it was worth, the alarms and the retrainings.

    Parameters
    ----------
    report : RehearsalReport
    """
    parts: list[RenderableType] = [_outcome(report), _sources(report), _reasons(report)]
    if report.alarms:
        parts.append(_alarms(report))
    if report.retrains:
        parts.append(_retrains(report))
    return Group(*parts)


def _outcome(report: RehearsalReport) -> Panel:
    style = "green" if report.is_without_downtime else "red"
    served = report.service_account.model
    lines = [
        Text(as_sentence(report.headline), style="bold"),
        Text(f"From {report.first_at[:10]} to {report.last_at[:10]}, "
             f"on {printable(write_list(report.symbols))}."),
        Text(f"{write_count(len(report.alarms))} alarms, each explained; "
             f"{write_count(len(report.retrains))} retrainings; "
             f"{write_count(report.n_faults)} faults injected."),
    ]  # fmt: skip
    if served.n_bars:
        told = tell_estimate(served.added_bps)
        lines.append(Text(f"Over the rules alone: {told} basis points a bar, after costs."))
    title = Text(f"{printable(report.universe)}: ")
    title.append("NO DOWNTIME" if report.is_without_downtime else "DOWNTIME", f"bold {style}")
    return Panel(
        Group(*lines),
        title=title,
        title_align="left",
        border_style=style,
        padding=(1, 2),
        box=box.ROUNDED,
    )


def _sources(report: RehearsalReport) -> Table:
    table = plain_table("Source", numbers=("Share", "Accuracy", "95 %", "Value, bps", "95 %"))
    for one in report.sources:
        accuracy = write_measured(one.accuracy, as_percent=True)
        value = write_measured(one.value_bps, signed=True)
        table.add_row(one.source, write_percent(one.share), *accuracy, *value)
    return table


def _reasons(report: RehearsalReport) -> Table:
    table = plain_table("Why it was not the champion", numbers=("Answers", "Share"))
    for one in report.reasons:
        table.add_row(as_sentence(one.words), write_count(one.count), write_percent(one.share))
    return table


def _alarms(report: RehearsalReport) -> Table:
    table = plain_table("Alarm", "About", "Why", numbers=("Evidence",))
    for one in report.alarms[:MOST_ROWS]:
        evidence = one.facts.get("e_value")
        about = Text(f"{printable(one.subject)}, {one.channel} {one.worst}")
        why = Text(f"{CAUSES[one.cause]}: {printable(one.explanation)}")
        told = write_any(float(evidence)) if evidence is not None else DASH
        table.add_row(tell_alarm(one), about, why, told)
    return _with_rest(table, len(report.alarms))


def _retrains(report: RehearsalReport) -> Table:
    table = plain_table("Retraining", "Why", "Outcome", "In words", numbers=())
    for one in report.retrains[:MOST_ROWS]:
        words = Text(printable(one.words))
        table.add_row(one.begun_at[:10], one.trigger, one.outcome, words)
    return _with_rest(table, len(report.retrains))


def _with_rest(table: Table, n_rows: int) -> Table:
    if n_rows > MOST_ROWS:
        table.caption = f"{n_rows - MOST_ROWS} more: --json or --html has them all."
        table.caption_justify = "left"
    return table
