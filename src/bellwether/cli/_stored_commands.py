"""The commands about what is kept of bars: hand it out, look it over, tell what was revised."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bellwether.adapters import write_atomically, write_bars_csv
from bellwether.bootstrap import find_resting_at_home, open_workspace
from bellwether.cards import printable, write_digest, write_instant
from bellwether.cli._door import make_console, print_json
from bellwether.cli._errors import FileInTheWay, FormatUnclear
from bellwether.cli._hints import write_command
from bellwether.cli._options import Home, Interval, Json
from bellwether.cli._plain_table import plain_table
from bellwether.cli._resting_terminal import offer_commands, tell_resting
from bellwether.cli._sources import DAILY
from bellwether.service import (
    BarStore,
    Snapshot,
    SnapshotFilter,
    UnknownSymbol,
    list_backwards,
)

PARQUET, CSV = ".parquet", ".csv"
Market = Annotated[str, typer.Argument(metavar="SYMBOL", help="As `data list` names it.")]


def export_data(
    symbol: Market,
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="To be written; ends in .parquet or .csv.")
    ],
    interval: Interval = None,
    snapshot: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST",
            help="An earlier import, by its digest in `data show --json`.",
            show_default="the latest",
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write stored bars to a file that every table library reads.

    Parquet holds the bars to the last bit, and their sessions, quality and provenance as the
    file's own metadata; CSV holds the bars. Importing either gives bars of the same digest.

    Examples: `bellwether data export SPY SPY.parquet`, or
    `bellwether data export SPY spy-hourly.csv --interval 1h`
    """
    console = make_console(as_json=as_json)
    if path.suffix not in (PARQUET, CSV):
        raise FormatUnclear(
            "a file that ends in .parquet or .csv", path.name, "name it so: SPY.parquet"
        )
    if path.exists():
        raise FileInTheWay(f"no file at {path} yet", "one", "name another, or remove it first")
    store = open_workspace({"home": home}).bars
    latest = find_latest(store, symbol, interval)
    found = latest if snapshot is None else store.get(snapshot)
    if path.suffix == PARQUET:
        content = store.read_parquet(found.digest)
    else:
        content = write_bars_csv(store.load(found.digest).bars)
    write_atomically(path, content)
    if as_json:
        print_json({"snapshot": found.to_json(), "path": str(path), "n_bytes": len(content)})
        return
    console.print(
        f"{printable(found.symbol)}: {found.n_bars} bars with digest "
        f"{write_digest(found.bars_digest)} are in {path}.",
        soft_wrap=True,
        markup=False,
    )
    flags = ("--symbol", found.symbol, "--calendar", found.calendar.partition(" ")[0])
    again = write_command("import", path, *flags)
    console.print(f"They are taken in again by: {again}", soft_wrap=True, markup=False)


def check_data(home: Home = None, as_json: Json = False) -> None:
    """Read every stored file, and mend those that are damaged from the copy beside them.

    Each import is kept twice: as Parquet, and in the form that is served from. Exit code 1 where
    both of one are lost: import those bars again.
    """
    console = make_console(as_json=as_json)
    found = dict(open_workspace({"home": home}).bars.check())
    lost = sorted(name for name, what in found.items() if what.endswith("lost"))
    if as_json:
        print_json({"faults": found, "lost": lost})
    for name, what in found.items():
        console.print(f"{name}: {what}", soft_wrap=True, markup=False)
    if not found:
        console.print("Every stored file is whole.")
    if lost:
        raise typer.Exit(1)


def show_revisions(
    symbol: Market, interval: Interval = None, home: Home = None, as_json: Json = False
) -> None:
    """Show what the vendor revised, and which models, verdicts and open forecasts rest on it.

    Example: `bellwether data revisions SPY`
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    latest = find_latest(workspace.bars, symbol, interval)
    history = list_backwards(workspace.bars, latest.symbol, latest.interval)
    revising = [one for one in history if one.change.alters_the_past]
    [resting] = find_resting_at_home(workspace, [latest])
    if as_json:
        offered = [command for _, command in offer_commands(resting, home)]
        told = [one.to_json() for one in revising]
        print_json({"revisions": told, "resting": resting.to_json(), "commands": offered})
        return
    table = plain_table("Import", "When", "What was changed", numbers=())
    for one in revising:
        table.add_row(
            str(one.number), write_instant(one.imported_at), Text(printable(one.change.words))
        )
    if revising:
        console.print(table)
    else:
        console.print(f"{printable(symbol)}: no import changed a bar of the one before.")
    if resting:
        tell_resting(console, resting, home)
    elif revising:
        console.print("No model, verdict or open forecast rests on bars that were changed since.")


def find_latest(store: BarStore, symbol: str, interval: str | None) -> Snapshot:
    """Return the latest snapshot of a symbol: of the interval, else the daily or the only one.

    Raises
    ------
    UnknownSymbol
        If nothing is stored of it.
    """
    page = store.snapshots(SnapshotFilter(symbol=symbol, interval=interval), None, 1000)
    known = list(dict.fromkeys(one.interval for one in page.snapshots))
    if not known:
        names = [one.symbol for one in store.markets()]
        raise UnknownSymbol(symbol, interval or DAILY, list(dict.fromkeys(names)))
    return store.latest(symbol, DAILY if DAILY in known else known[0])
