"""The commands about stored bars: take them in, list them, show what is known of them."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bellwether.bars import BarsImport, SourceMissing
from bellwether.bootstrap import open_workspace
from bellwether.cards import printable, write_count, write_day, write_digest, write_instant
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import (
    FLAG,
    READING,
    Calendar,
    Columns,
    Files,
    Home,
    Interval,
    Json,
    Symbol,
)
from bellwether.cli._sources import DAILY, read_sources
from bellwether.cli._terminal import quality_table
from bellwether.service import (
    BarStore,
    ImportOutcome,
    Snapshot,
    SnapshotFilter,
    UnknownSymbol,
    find_other_calendar,
    import_bars,
)
from bellwether.settings import load_settings

AUTO = "auto"
SHOWN = 10
data_app = typer.Typer(
    name="data",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Look at the bars that were imported.",
)


def import_files(
    paths: Files,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    extend: Annotated[
        bool,
        typer.Option(
            "--extend",
            metavar=FLAG,
            rich_help_panel=READING,
            help="Keep the stored bars before the file's first one; else the file is the whole "
            "history.",
        ),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Store bars, so that they can be predicted and trained on by their symbol.

    Says what was read, refused and graded, and what the vendor revised since the last import.
    Every import is kept; the same bars twice are stored once.

    Examples: `bellwether import SPY.csv`, then `bellwether predict SPY`, or
    `bellwether import last-month.csv --symbol SPY --extend`
    """
    console = make_console(as_json=as_json)
    flags: dict[str, object] = {"home": home, "calendar": calendar}
    settings = load_settings(flags)
    missing = [path for path in paths if not path.exists()]
    if missing:
        # Before the home is made: a wrong path leaves nothing behind.
        raise SourceMissing(str(missing[0]), "no such file")
    workspace = open_workspace(flags)
    read = partial(read_sources, symbol=symbol, columns=columns or [], now=workspace.clock.now())
    imports = read(paths, calendar=settings.calendar)
    if extend and settings.calendar == AUTO:
        imports = _read_as_stored(imports, paths, read, workspace.bars)
    outcomes = [
        import_bars(
            one, store=workspace.bars, clock=workspace.clock, source=path.name, extend=extend
        )
        for path, one in zip(paths, imports, strict=True)
    ]
    if as_json:
        print_json({"imports": [one.to_json() for one in outcomes]})
        return
    console.print(quality_table([one.quality for one in outcomes]))
    for outcome in outcomes:
        _tell_import(console, outcome)


@data_app.command("list")
def list_data(home: Home = None, as_json: Json = False) -> None:
    """List the stored markets, each with its latest snapshot."""
    console = make_console(as_json=as_json)
    found = open_workspace({"home": home}).bars.markets()
    if as_json:
        print_json({"symbols": [one.to_json() for one in found]})
    elif found:
        console.print(_snapshots_table(found))
    else:
        console.print("Nothing is stored yet: bellwether import FILE does it.")


@data_app.command("show")
def show_data(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="As `data list` names it.")],
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show a stored market: its quality, and what each import changed."""
    console = make_console(as_json=as_json)
    store = open_workspace({"home": home}).bars
    history = store.snapshots(SnapshotFilter(symbol=symbol, interval=interval), None, 1000)
    known = list(dict.fromkeys(one.interval for one in history.snapshots))
    if not known:
        names = [one.symbol for one in store.markets()]
        raise UnknownSymbol(symbol, interval or DAILY, list(dict.fromkeys(names)))
    chosen = DAILY if DAILY in known else known[0]
    latest = store.latest(symbol, chosen)
    past = [one for one in history.snapshots if one.interval == chosen]
    quality = store.load(latest.digest, 0).quality
    if as_json:
        facts = {"snapshot": latest.to_json(), "quality": quality.to_json()}
        print_json({**facts, "history": [one.to_json() for one in past]})
        return
    console.print(quality_table([quality]))
    console.print(_history_table(past[-SHOWN:]))
    if len(past) > SHOWN:
        console.print(f"and {len(past) - SHOWN} earlier imports; --json has them", style="dim")
    others = [one for one in known if one != chosen]
    if others:
        console.print(f"Stored with other intervals, too: {', '.join(others)} (--interval)")


def _read_as_stored(
    imports: Sequence[BarsImport],
    paths: Sequence[Path],
    read: Callable[..., tuple[BarsImport, ...]],
    store: BarStore,
) -> tuple[BarsImport, ...]:
    """Read files again whose few bars fit another calendar than the stored ones do."""
    names = [find_other_calendar(one, store) for one in imports]
    return tuple(
        one if name is None else read([path], calendar=name)[0]
        for path, one, name in zip(paths, imports, names, strict=True)
    )


def _tell_import(console: Console, outcome: ImportOutcome) -> None:
    snapshot = outcome.snapshot
    name = printable(snapshot.symbol)
    told = f"{name}: {outcome.change.words} Snapshot {write_digest(snapshot.digest)}."
    console.print(told, soft_wrap=True, markup=False)
    if snapshot.broken is not None:
        warning = f"The row behind the last bar is refused ({printable(snapshot.broken)}): "
        console.print(
            Text(f"{warning}until it is corrected the answer about {name} is HOLD.", "yellow"),
            soft_wrap=True,
        )


def _snapshots_table(snapshots: tuple[Snapshot, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("Symbol", "Interval", "Bars", "From", "To", "Grade", "Sessions", "Imported"):
        table.add_column(name, justify="right" if name == "Bars" else "left")
    for one in snapshots:
        table.add_row(
            Text(printable(one.symbol)),
            one.interval,
            write_count(one.n_bars),
            write_day(one.first_closed_at),
            write_day(one.last_closed_at),
            one.grade.value,
            Text(printable(one.calendar)),
            write_instant(one.imported_at),
        )
    return table


def _history_table(snapshots: list[Snapshot]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("Import", "When", "Bars", "Source", "What changed"):
        table.add_column(name, justify="right" if name in ("Import", "Bars") else "left")
    for one in snapshots:
        table.add_row(
            str(one.number),
            write_instant(one.imported_at),
            write_count(one.n_bars),
            Text(printable(one.source)),
            Text(printable(one.change.words)),
        )
    return table
