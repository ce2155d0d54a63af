"""The command that looks bars over before anything rests on them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from bellwether.bars import SURVIVORSHIP_NOTICE, BarsImport, Severity, gravest
from bellwether.cli._doctor_terminal import diagnoses_table, diagnosis_view
from bellwether.cli._door import make_console, print_json
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import (
    FLAG,
    READING,
    Calendar,
    Columns,
    Home,
    Interval,
    Json,
    Symbol,
)
from bellwether.cli._sources import (
    FileReading,
    Stored,
    check_one,
    find_stored,
    read_markets,
    stored_in,
)
from bellwether.clock import SystemClock, read_instant
from bellwether.errors import BarsError
from bellwether.service import Diagnosis, diagnose, diagnose_refusal
from bellwether.settings import Settings, load_settings
from bellwether.sources import SourceRefused, TimeHints
from bellwether.validation import PlannerOptions

EXIT_CODES = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 3}
# Sources told one by one even where nothing is wrong with them.
FEW = 3


LookedOver = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Files, folders and archives of bars, or stored symbols."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="INSTANT",
        rich_help_panel=READING,
        help="Leave out what closed later, and grade the age of the bars as of then: 2018-12-31, "
        "or 'last' for the close of the last bar.",
        show_default="now",
    ),
]
Whole = Annotated[
    bool,
    typer.Option(
        "--all",
        metavar=FLAG,
        help="Name every finding, refused line and missing session, of every source.",
    ),
]


@spread_hints
def doctor(
    paths: LookedOver,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    as_of: AsOf = None,
    whole: Whole = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Look bars over: what was read, what was refused, what looks wrong, what a verdict needs.

    Nothing is stored or changed. Exit codes: 0 where there is nothing but notes, 1 where a warning
    is worth a look, 3 where a source cannot be read or should not be built on.

    Examples: `bellwether doctor SPY.csv`, `bellwether doctor *.csv --as-of last --json`, or
    `bellwether doctor SPY` for bars that were imported
    """
    console = make_console(as_json=as_json)
    settings = load_settings({"home": home, "calendar": calendar})
    reading = FileReading(
        symbol=symbol,
        calendar=settings.calendar,
        columns=columns or [],
        hints=hints,
    )
    check_one(paths, reading)
    read = partial(
        _read, reading=reading, stored=stored_in(settings.home, interval), now=_read_now(as_of)
    )
    found = tuple(_diagnose_all(paths, read, _planner_options(settings)))
    code = EXIT_CODES[gravest(*(one.severity for one in found))]
    if as_json:
        print_json(_write(found, code))
    else:
        console.print(diagnoses_table(found))
        for one in found:
            if whole or len(found) <= FEW or one.severity is not Severity.NOTE:
                console.print(diagnosis_view(one, whole=whole))
        console.print(f"\n{SURVIVORSHIP_NOTICE}", style="dim")
    if code:
        raise typer.Exit(code)


def _read_now(as_of: str | None) -> np.datetime64 | None:
    """Return the instant of the question; None where the age of the bars does not matter."""
    if as_of is None:
        return SystemClock().now()
    return None if as_of == "last" else read_instant(as_of)


def _planner_options(settings: Settings) -> PlannerOptions:
    return PlannerOptions(
        level=settings.promotion_level,
        ic_worth_finding=settings.information_coefficient_worth_finding,
        cost_bps=settings.cost_bps,
        horizon_bars=settings.horizon_bars,
    )


def _diagnose_all(
    paths: Sequence[Path],
    read: Callable[[Path], Iterator[BarsImport | SourceRefused]],
    options: PlannerOptions,
) -> Iterator[Diagnosis]:
    """Yield the diagnosis of every source; one that cannot be read does not stop the others."""
    for path in paths:
        try:
            for one in read(path):
                if isinstance(one, SourceRefused):
                    name = one.source if one.symbol is None else f"{one.source}, {one.symbol}"
                    yield diagnose_refusal(one.error, source=name)
                else:
                    yield diagnose(one, source=one.source or str(path), options=options)
        except BarsError as error:
            yield diagnose_refusal(error, source=str(path))


def _read(
    path: Path, *, reading: FileReading, stored: Stored, now: np.datetime64 | None
) -> Iterator[BarsImport | SourceRefused]:
    """Yield every market of a source, or the stored one of that name."""
    kept = find_stored(path, stored)
    if kept is None:
        yield from read_markets(path, reading, now=now)
    else:
        yield kept if now is None else _grade_age(kept, now)


def _grade_age(kept: BarsImport, now: np.datetime64) -> BarsImport:
    """Return stored bars with their age as of now, not as of their import."""
    freshness = kept.calendar.freshness(kept.bars.closed_at[-1], now)
    return replace(kept, quality=replace(kept.quality, freshness=freshness))


def _write(found: Sequence[Diagnosis], code: int) -> dict[str, object]:
    return {
        "severity": gravest(*(one.severity for one in found)).value,
        "exit_code": code,
        "sources": [one.to_json() for one in found],
    }
