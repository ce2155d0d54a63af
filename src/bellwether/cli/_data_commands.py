"""The commands about stored bars: list them, show what is known of them."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from bellwether.bootstrap import open_workspace
from bellwether.cards import printable, write_count, write_day, write_instant
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import (
    Home,
    Interval,
    Json,
)
from bellwether.cli._sources import DAILY
from bellwether.cli._stored_commands import check_data, export_data, show_revisions
from bellwether.cli._terminal import quality_table
from bellwether.service import (
    Snapshot,
    SnapshotFilter,
    UnknownSymbol,
)

AUTO = "auto"
SHOWN = 10
data_app = typer.Typer(
    name="data",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Look at the bars that were imported.",
)

data_app.command("check")(check_data)
data_app.command("export")(export_data)
data_app.command("revisions")(show_revisions)


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
