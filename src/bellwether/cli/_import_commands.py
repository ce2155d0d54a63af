"""The command that takes bars in: files, folders and archives, whatever they hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bellwether.bars import Grade, SourceMissing
from bellwether.bootstrap import open_workspace
from bellwether.cards import printable, write_count, write_digest
from bellwether.cli._changing import (
    Changes,
    Dividends,
    Index,
    Resample,
    Splits,
    Suspected,
    make_changes,
)
from bellwether.cli._door import make_console, print_json
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._importing import Imports, import_all
from bellwether.cli._options import (
    FLAG,
    READING,
    Calendar,
    Columns,
    Home,
    Json,
    Paths,
    Symbol,
)
from bellwether.cli._resting_terminal import find_resting_on_imports, tell_resting
from bellwether.cli._sources import FileReading, check_one
from bellwether.cli._terminal import quality_table
from bellwether.service import (
    ImportOutcome,
    Relation,
    Resting,
)
from bellwether.settings import load_settings
from bellwether.sources import TimeHints

REFUSED = 3
"""Exit code where a file, or a market of one, was refused."""

SHOWN_WHOLE = 20
SHOWN_REFUSED = 20


Extend = Annotated[
    bool,
    typer.Option(
        "--extend",
        metavar=FLAG,
        rich_help_panel=READING,
        help="Keep the stored bars before the file's first one; else the file is the whole "
        "history.",
    ),
]


@spread_hints
def import_files(
    paths: Paths,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    adjust: Splits = None,
    dividend: Dividends = None,
    suspected: Suspected = False,
    index: Index = None,
    resample: Resample = None,
    extend: Extend = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Store bars, so that they can be predicted and trained on by their symbol.

    Takes files, folders and archives, of one symbol or of many, and finds out how they are
    written. Says what was read, refused and graded, and what the vendor revised since the last
    import. Every import is kept; the same bars twice are stored once. What cannot be read does
    not stop the rest: it is told at the end, and the exit code is 3.

    Examples: `bellwether import SPY.csv`, then `bellwether predict SPY`;
    `bellwether import data/ prices.zip`;
    `bellwether import AAPL.csv --adjust 2014-06-09=7`, or
    `bellwether import last-month.csv --symbol SPY --extend`
    """
    console = make_console(as_json=as_json)
    flags: dict[str, object] = {"home": home, "calendar": calendar}
    reading = FileReading(
        symbol=symbol,
        calendar=load_settings(flags).calendar,
        columns=columns or (),
        hints=hints,
    )
    changes = make_changes(adjust, dividend, suspected=suspected, index=index, interval=resample)
    _check(paths, reading, changes)
    workspace = open_workspace(flags)
    done = import_all(paths, reading, workspace, changes=changes, extend=extend)
    if not done.outcomes and len(done.refused) == 1:
        raise done.refused[0].error
    resting = find_resting_on_imports(workspace, done.outcomes)
    if as_json:
        print_json(_to_json(done, resting))
    else:
        _tell_imports(console, done.outcomes)
        for market in resting:
            tell_resting(console, market, home)
        _tell_refused(console, done)
    if done.refused:
        raise typer.Exit(REFUSED)


def _to_json(done: Imports, resting: Sequence[Resting]) -> dict[str, object]:
    return {
        "imports": [one.to_json() for one in done.outcomes],
        "resting": [one.to_json() for one in resting],
        "refused": [one.to_json() for one in done.refused],
    }


def _check(paths: Sequence[Path], reading: FileReading, changes: Changes) -> None:
    """Refuse wrong paths and flags before the home is made: they leave nothing behind."""
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise SourceMissing(str(missing[0]), "no such file")
    check_one(paths, reading)
    changes.check(paths, reading.symbol)
    _ = reading.mapping


def _tell_imports(console: Console, outcomes: Sequence[ImportOutcome]) -> None:
    if len(outcomes) > SHOWN_WHOLE:
        _tell_many(console, outcomes)
        return
    if outcomes:
        console.print(quality_table([one.quality for one in outcomes]))
    for outcome in outcomes:
        _tell_import(console, outcome)


def _tell_many(console: Console, outcomes: Sequence[ImportOutcome]) -> None:
    """Tell many imports in sum, and one by one only what changed the past or stops an answer."""
    grades = [one.quality.grade for one in outcomes]
    counts = ", ".join(f"{write_count(grades.count(one))} {one.value}" for one in Grade)
    n_refused = sum(len(one.quality.refusals) for one in outcomes)
    first = sum(one.change.relation is Relation.FIRST for one in outcomes)
    same = sum(one.change.relation is Relation.SAME for one in outcomes)
    console.print(f"{write_count(len(outcomes))} markets are stored: {counts}.")
    console.print(
        f"{write_count(first)} of them are new, {write_count(same)} are as they were; "
        f"{write_count(n_refused)} rows were refused. `bellwether doctor` tells of each."
    )
    for outcome in outcomes:
        known = outcome.change.relation in (Relation.FIRST, Relation.SAME, Relation.EXTENDS)
        if not known or outcome.snapshot.broken is not None:
            _tell_import(console, outcome)


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


def _tell_refused(console: Console, done: Imports) -> None:
    if not done.refused:
        return
    n_all = len(done.refused) + len(done.outcomes)
    line = f"{write_count(len(done.refused))} of {write_count(n_all)} were refused:"
    console.print(Text(line, "yellow"))
    for one in done.refused[:SHOWN_REFUSED]:
        name = one.source if one.symbol is None else f"{one.source}, {one.symbol}"
        told = f"  {printable(name)}: was {printable(one.error.was)}; {printable(one.error.hint)}"
        console.print(told, soft_wrap=True, markup=False)
    if len(done.refused) > SHOWN_REFUSED:
        n_more = len(done.refused) - SHOWN_REFUSED
        console.print(f"  and {write_count(n_more)} more; --json has them", style="dim")
