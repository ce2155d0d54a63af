"""The command that holds a market's two promoted models against each other."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from bellwether.bootstrap import compare_models, open_workspace
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import FLAG, Home, Json
from bellwether.cli._plain_table import plain_table
from bellwether.retraining import ServingComparison
from bellwether.validation import RegimeDifference

Universe = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of one universe only.", show_default="all that serve"),
]
ByRegime = Annotated[
    bool,
    typer.Option("--by-regime", metavar=FLAG, help="In each kind of market, too."),
]


def compare(
    universe: Universe = None, by_regime: ByRegime = False, home: Home = None, as_json: Json = False
) -> None:
    """Hold each champion against the previous one, on the bars neither had seen.

    Where the previous champion is shown to forecast better in a kind of market, it answers first
    there: that is decided once, by `bellwether retrain` or the daily tick, after each promotion.
    This only looks.

    Examples: `bellwether compare`, or `bellwether compare --by-regime --universe indices`
    """
    console = make_console(as_json=as_json)
    found = compare_models(open_workspace({"home": home}), universe)
    if as_json:
        print_json({"markets": [_show(one, by_regime=by_regime) for one in found]})
        return
    if not found:
        console.print("No model serves: there is nothing to compare.")
    for one in found:
        _tell(console, one, by_regime=by_regime)


def _show(found: ServingComparison, *, by_regime: bool) -> dict[str, object]:
    shown = [one.to_json() for one in _rows(found, by_regime=by_regime)]
    return {**found.to_json(), "differences": shown}


def _rows(found: ServingComparison, *, by_regime: bool) -> Sequence[RegimeDifference]:
    return found.differences if by_regime else found.differences[:1]


def _tell(console: Console, found: ServingComparison, *, by_regime: bool) -> None:
    console.print(f"{found.market}", style="bold", markup=False)
    if found.trouble:
        told = f"{found.champion} cannot be compared: {found.trouble}."
        console.print(told, soft_wrap=True, markup=False)
        return
    told = f"{found.champion} serves; {found.previous} served before it."
    console.print(told, soft_wrap=True, markup=False)
    table = plain_table(
        "market", numbers=("bars", "IC", "IC before", "t", "p", "p needed", "answers first")
    )
    for one in _rows(found, by_regime=by_regime):
        table.add_row(*_row(found, one))
    console.print(table)
    if by_regime and found.choice is None:
        console.print("Nothing is decided yet of these two: `bellwether retrain` does.")


def _row(found: ServingComparison, one: RegimeDifference) -> Sequence[str]:
    tested = one.needed_p is not None
    figures = [
        "-" if value is None else f"{value:{form}}"
        for value, form in (
            (one.champion_ic, ".3f"),
            (one.previous_ic, ".3f"),
            (one.t, ".2f"),
            (one.p, ".2g"),
            (one.needed_p, ".2g"),
        )
    ]
    return (one.regime, f"{one.n_bars:,}", *figures, _tell_first(found, one) if tested else "")


def _tell_first(found: ServingComparison, one: RegimeDifference) -> str:
    champion, previous = found.champion or "", found.previous or ""
    is_chosen = found.choice is not None and found.choice.names(champion, previous, one.regime)
    return previous if is_chosen else champion
