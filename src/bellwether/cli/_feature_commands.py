"""The commands about features: what the catalogues hold, and what an expression means."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bellwether.cards import printable, write_count
from bellwether.cli._catalogue_files import find_features
from bellwether.cli._door import make_console, print_json
from bellwether.cli._errors import FlagsContradict
from bellwether.cli._feature_look import LookRequest, look, look_json, print_look
from bellwether.cli._hint_flags import NO_HINTS, spread_hints
from bellwether.cli._options import FLAG, Calendar, Columns, Home, Interval, Json, Symbol
from bellwether.cli._plain_table import plain_table
from bellwether.features import (
    CATALOGUES,
    Expression,
    FeatureSet,
    find_catalogue,
    parse,
    write_catalogue,
)
from bellwether.progress import prepare_features
from bellwether.sources import TimeHints

SHOWN_DIGITS = 12
LOOK = "What they look like on bars"
WHAT = {
    "core14": "core15 for markets without volume",
    "core15": "the contract's features, what models take by default",
    "technical35": "indicators of technical analysis, level-free",
    "alpha158": "Qlib's Alpha158",
    "alpha360": "Qlib's Alpha360: 60 bars of prices and volume",
}

features_app = typer.Typer(
    name="features",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What models look at: every feature is one readable expression.",
)


@features_app.command("list")
def list_catalogues(as_json: Json = False) -> None:
    """List the catalogues of features: how many, how far they look back, their digests."""
    catalogues = [find_catalogue(name) for name in CATALOGUES]
    if as_json:
        print_json({"catalogues": [_summary_json(one) for one in catalogues]})
        return
    table = plain_table("Catalogue", "What", "Digest", numbers=("Features", "Bars"))
    for one in catalogues:
        table.add_row(
            one.name,
            WHAT[one.name],
            one.digest[:SHOWN_DIGITS],
            write_count(len(one)),
            write_count(one.lookback_bars),
        )
    console = make_console(as_json=False)
    console.print(table)
    console.print("Bars: how far back a value looks, its own bar included.", style="dim")


@features_app.command("show")
@spread_hints
def show_catalogue(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A catalogue, as `list` shows it; or a TOML or Python file."
        ),
    ],
    bars: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[BARS]...", help="Bars to look at it on: files, or stored symbols."
        ),
    ] = None,
    as_toml: Annotated[
        bool,
        typer.Option("--toml", metavar=FLAG, help="Print it as TOML, to begin one of your own."),
    ] = False,
    horizon: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            rich_help_panel=LOOK,
            help="Compare with the return over N bars, beside the next bar's.",
            show_default="1",
        ),
    ] = None,
    without_outcomes: Annotated[
        bool,
        typer.Option(
            "--without-outcomes",
            metavar=FLAG,
            rich_help_panel=LOOK,
            help="Leave what happened afterwards alone; nothing is counted then.",
        ),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="OUT", rich_help_panel=LOOK, help="Write a page of it there, too."),
    ] = None,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    hints: TimeHints = NO_HINTS,
    interval: Interval = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show the features of a catalogue: each one's definition, and how far it looks back.

    With bars also what they look like there: distribution, missing share, memory, information
    coefficient with its interval by year, and which tell much the same. Comparing features with
    what happened afterwards is a look, and is written into the ledger.

    A catalogue of your own is a file with a name, a version and features, each an expression:
    TOML, or Python that is only read and never run. It is checked here, and has a digest.

    Examples: `bellwether features show alpha158`, `bellwether features show mine.toml`, or
    `bellwether features show core15 SPY.csv --html features.html`
    """
    if as_toml and as_json:
        raise FlagsContradict("either --toml or --json", "both", "choose one")
    if not bars and (html or without_outcomes):
        raise FlagsContradict("bars with --html or --without-outcomes", "none", "name a file")
    features = find_features(name)
    if as_toml:
        typer.echo(write_catalogue(features), nl=False)
    elif bars:
        request = LookRequest(
            paths=bars,
            horizon=horizon,
            without_outcomes=without_outcomes,
            html=html,
            symbol=symbol,
            calendar=calendar,
            interval=interval,
            columns=columns or [],
            hints=hints,
            home=home,
        )
        _show_look(features, request, as_json=as_json)
    elif as_json:
        pairs = features.features
        rows = [{"name": key, **_expression_json(expression)} for key, expression in pairs]
        print_json({**_summary_json(features), "features": rows})
    else:
        _print_catalogue(make_console(as_json=False), features)


def _show_look(features: FeatureSet, request: LookRequest, *, as_json: bool) -> None:
    console = make_console(as_json=as_json)
    prepare_features(console, features)
    report = look(features, request)
    if as_json:
        look_json(report, request.html)
        return
    _print_catalogue(console, features)
    print_look(console, report, request.html)


@features_app.command("read")
def read_expression(
    text: Annotated[
        str, typer.Argument(metavar="EXPRESSION", help="In the algebra's words or in Qlib's.")
    ],
    as_json: Json = False,
) -> None:
    """Read one expression: its canonical text, how far it looks back, its digest.

    Examples: `bellwether features read "close / mean(close, 20) - 1"`, or
    `bellwether features read 'Ref($close, 5)/$close'`
    """
    expression = parse(text)
    if as_json:
        print_json(_expression_json(expression))
        return
    console = make_console(as_json=False)
    console.print(str(expression), soft_wrap=True, markup=False)
    console.print(
        f"Looks back {write_count(expression.lookback_bars)} bars, its own included; digest "
        f"{expression.digest[:SHOWN_DIGITS]}.",
        style="dim",
    )


def _print_catalogue(console: Console, features: FeatureSet) -> None:
    console.print(
        f"{printable(features.name)}, version {printable(features.version)}: "
        f"{write_count(len(features))} features, {write_count(features.lookback_bars)} bars back",
        style="bold",
        markup=False,
    )
    table = plain_table("Feature", "Definition", numbers=("Bars",))
    for name, expression in features.features:
        table.add_row(name, Text(str(expression)), write_count(expression.lookback_bars))
    console.print(table)
    console.print(f"Digest: {features.digest}", soft_wrap=True)


def _summary_json(features: FeatureSet) -> dict[str, object]:
    return {
        "name": features.name,
        "version": features.version,
        "n_features": len(features),
        "lookback_bars": features.lookback_bars,
        "digest": features.digest,
    }


def _expression_json(expression: Expression) -> dict[str, object]:
    return {
        "definition": str(expression),
        "lookback_bars": expression.lookback_bars,
        "digest": expression.digest,
    }
