"""The commands about answers that were given: list them, settle them, compute them again."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from bellwether.bootstrap import open_workspace
from bellwether.cards import printable, write_instant, write_percent
from bellwether.cli._door import make_console, print_json
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import (
    ELSEWHERE,
    FLAG,
    Calendar,
    Columns,
    File,
    Home,
    Interval,
    Json,
    Symbol,
)
from bellwether.cli._sources import FileReading, read_source, stored_in
from bellwether.service import EntryFilter, JournalEntry, JournalHead, ReplayOutcome
from bellwether.sources import TimeHints

SHOWN = 20
DIFFERENT, NEEDS_SOMETHING = 1, 3
DONE = frozenset({ReplayOutcome.IDENTICAL, ReplayOutcome.CLOSE})

PredictionId = Annotated[
    str, typer.Argument(metavar="ID", help="An answer's id, as `journal --json` lists it.")
]


def journal(
    symbol: Annotated[
        str | None, typer.Option(metavar="NAME", help="Answers about one market only.")
    ] = None,
    pending: Annotated[
        bool, typer.Option("--pending", metavar=FLAG, help="Answers not settled yet only.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", metavar=FLAG, help="Check the chain of digests first.")
    ] = False,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="N:DIGEST",
            help="A head noted down earlier: --verify then also notices a chain cut at its end.",
            rich_help_panel=ELSEWHERE,
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the latest answers with what became of them; the chain's head stands below."""
    console = make_console(as_json=as_json)
    book = open_workspace({"home": home}).journal
    if verify or head:
        book.verify(None if head is None else JournalHead.from_text(head))
    wanted = EntryFilter(symbol=symbol, settled=False if pending else None, newest_first=True)
    page = book.entries(wanted, None, SHOWN)
    found = book.head()
    if as_json:
        print_json({"entries": [_entry_json(one) for one in page.entries], "head": str(found)})
        return
    table = Table(box=None, pad_edge=False)
    for name in ("As of", "Market", "Answer", "By", "Times", "Outcome"):
        table.add_column(name)
    for entry in page.entries:
        table.add_row(*_cells(entry))
    console.print(table if page.entries else "No answer yet: bellwether predict FILE gives one.")
    checked = " (verified)" if verify or head else ""
    console.print(f"Head{checked}: {found}", soft_wrap=True)


@spread_hints
def settle(
    path: File,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Record what became of the answers about a market, now that newer bars are there."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home, "calendar": calendar})
    imported = read_source(
        path,
        FileReading(
            symbol=symbol,
            calendar=workspace.settings.calendar,
            columns=columns or (),
            hints=hints,
        ),
        stored=stored_in(workspace.settings.home, interval),
    )
    done = workspace.settle(imported.bars, imported.calendar)
    facts = {
        "settled": [
            {"prediction_id": one.prediction_id, "outcome": str(one.outcome)}
            for one in done.settled
        ],
        "waiting": done.n_waiting,
        "unmatched": done.n_unmatched,
        "late": done.n_late,
        "revised": [asdict(one) for one in done.revised],
    }
    if as_json:
        print_json(facts)
    else:
        console.print(
            f"{len(done.settled)} answers settled, {done.n_waiting} wait for their horizon, "
            f"{done.n_unmatched} are about bars this file does not have."
        )
        if done.n_late:
            console.print(f"{done.n_late} of them have waited for their last bar for 3 sessions.")
        if done.revised:
            told = "would be settled otherwise by these bars; the first settlement stands"
            console.print(f"{len(done.revised)} answers {told}.")


@spread_hints
def replay(
    prediction_id: PredictionId,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The bars, where nothing that is stored has them."),
    ] = None,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Compute an answer of the past again and compare.

    Exit codes: 0 the same, 1 different, 3 something is needed back.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home, "calendar": calendar})
    bars = None
    if path is not None:
        calendar = workspace.settings.calendar
        reading = FileReading(symbol=symbol, calendar=calendar, columns=columns or (), hints=hints)
        imported = read_source(path, reading)
        bars = imported.bars
    found = workspace.replay(prediction_id, bars)
    if as_json:
        print_json({"outcome": str(found.outcome), "reason": found.reason, "again": found.again})
    else:
        console.print(f"{str(found.outcome).capitalize()}: {found.reason}", markup=False)
    if found.outcome not in DONE:
        different = found.outcome is ReplayOutcome.DIFFERENT
        raise typer.Exit(DIFFERENT if different else NEEDS_SOMETHING)


def _cells(entry: JournalEntry) -> tuple[str, ...]:
    told = entry.prediction
    outcome = "pending"
    if entry.settlement is not None:
        realized = entry.settlement.realized_return
        moved = "no bar" if realized is None else write_percent(realized, signed=True)
        outcome = f"{entry.settlement.outcome} ({moved})"
    return (
        "-" if entry.as_of is None else write_instant(entry.as_of),
        printable(str(told["symbol"])),
        str(told["direction"]),
        str(told["rung"]),
        str(entry.n_served),
        outcome,
    )


def _entry_json(entry: JournalEntry) -> dict[str, object]:
    settled = entry.settlement
    return {
        **entry.prediction,
        "number": entry.number,
        "digest": entry.digest,
        "n_served": entry.n_served,
        "first_served_at": f"{np.datetime_as_string(entry.first_served_at, 's')}Z",
        "outcome": str(settled.outcome) if settled else "PENDING",
        "realized_return": settled.realized_return if settled else None,
    }
