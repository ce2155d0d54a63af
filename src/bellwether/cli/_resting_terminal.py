"""What rests on changed bars, told in the terminal, with what can be done about it."""

import logging
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bellwether.bootstrap import Workspace, find_resting_at_home
from bellwether.cards import printable, write_count, write_instant
from bellwether.cli._hints import write_command
from bellwether.cli._plain_table import plain_table
from bellwether.errors import RegistryError, ServiceError
from bellwether.service import ImportOutcome, Resting, RestingModel

_TOLD_FORECASTS = 10
_DAILY = "1d"
_log = logging.getLogger(__name__)


def tell_resting(console: Console, resting: Resting, home: Path | None) -> None:
    """Print what rests on changed bars of a market, and how it is judged and asked anew.

    Parameters
    ----------
    console : rich Console
    resting : Resting
        Something.
    home : pathlib.Path or None
        As named on the command line.
    """
    counts = (
        (len(resting.models), "model"),
        (resting.n_verdicts, "verdict"),
        (len(resting.forecasts), "open forecast"),
    )
    told = [f"{write_count(n)} {name}{'s' if n > 1 else ''}" for n, name in counts if n]
    verb = "rests" if sum(n for n, _ in counts) == 1 else "rest"
    named = " and ".join([part for part in (", ".join(told[:-1]), told[-1]) if part])
    line = f"{printable(resting.symbol)}: {named} {verb} on bars that were changed since."
    console.print(Text(line, "yellow"), soft_wrap=True)
    if resting.models:
        console.print(_models_table(resting.models))
    if resting.forecasts:
        console.print(_forecasts_table(resting))
        if len(resting.forecasts) > _TOLD_FORECASTS:
            more = len(resting.forecasts) - _TOLD_FORECASTS
            console.print(f"and {more} older ones; --json has them", style="dim")
    for words, command in offer_commands(resting, home):
        console.print(f"{words}: {command}", soft_wrap=True, markup=False)


def find_resting_on_imports(
    workspace: Workspace, outcomes: Sequence[ImportOutcome]
) -> tuple[Resting, ...]:
    """Return what rests on bars that some imports changed, by market; nothing where none did.

    Parameters
    ----------
    workspace : Workspace
    outcomes : sequence of ImportOutcome

    Notes
    -----
    The bars are stored already: where models or forecasts cannot be looked up that is logged, and
    no fault of the import. `bellwether data revisions` asks again.
    """
    changed = [one.snapshot for one in outcomes if one.change.alters_the_past]
    try:
        return tuple(one for one in find_resting_at_home(workspace, changed) if one)
    except (RegistryError, ServiceError) as error:
        _log.warning("what rests on the bars that were changed is not known: %s", error)
        return ()


def offer_commands(resting: Resting, home: Path | None) -> list[tuple[str, str]]:
    """Return what can be done about it: in words, and as a command to copy."""
    length = () if resting.interval == _DAILY else ("--interval", resting.interval)
    trained = {(one.universe, one.symbols, one.horizon_bars): None for one in resting.models}
    offered = []
    for universe, symbols, horizon_bars in trained:
        flags = ("--universe", universe, "--horizon", horizon_bars)
        command = write_command("train", *symbols, *length, *flags, home=home)
        offered.append(("Judge anew, on the bars that are stored now", command))
    for horizon_bars in sorted({one.forecast.horizon_bars for one in resting.forecasts}):
        flags = (*length, "--horizon", horizon_bars)
        command = write_command("predict", resting.symbol, *flags, home=home)
        offered.append(("Ask anew", command))
    return offered


def _models_table(models: tuple[RestingModel, ...]) -> Table:
    numbers = ("Bars changed", "Of the verdict")
    table = plain_table("Model", "Stage", "Universe", "Verdict", numbers=numbers)
    for one in models:
        table.add_row(
            Text(printable(one.model_id)),
            one.stage.value,
            Text(printable(one.universe)),
            one.decision or "none",
            write_count(one.n_altered),
            write_count(one.n_judged),
        )
    return table


def _forecasts_table(resting: Resting) -> Table:
    table = plain_table("Open forecast", "Made", "On the bar of", numbers=("Ahead", "Bars changed"))
    for one in resting.forecasts[-_TOLD_FORECASTS:]:
        table.add_row(
            one.forecast.name[:12],
            "on paper" if one.forecast.is_paper else "as an answer",
            write_instant(one.forecast.as_of),
            write_count(one.forecast.horizon_bars),
            write_count(one.n_altered),
        )
    return table
