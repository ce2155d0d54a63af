"""The commands, each a thin door to one use case."""

from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from bellwether._version import __version__
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cli._alert_commands import alerts_app
from bellwether.cli._audit_commands import audit_app
from bellwether.cli._compare_commands import compare
from bellwether.cli._data_commands import data_app
from bellwether.cli._database_commands import backup, database_app, restore
from bellwether.cli._demo import run_demo
from bellwether.cli._doctor_commands import doctor
from bellwether.cli._door import make_console, print_json
from bellwether.cli._feature_commands import features_app
from bellwether.cli._fetch_commands import fetch, list_providers
from bellwether.cli._gate_commands import gate_app
from bellwether.cli._import_commands import import_files
from bellwether.cli._job_commands import train_snapshots
from bellwether.cli._journal_commands import journal, replay, settle
from bellwether.cli._key_commands import keys_app
from bellwether.cli._ledger_commands import ledger_app
from bellwether.cli._model_commands import models_app, promote, rollback, verdict
from bellwether.cli._monitor_commands import monitor
from bellwether.cli._options import (
    FLAG,
    Calendar,
    Columns,
    Dates,
    Decimals,
    File,
    Home,
    Horizon,
    Interval,
    Json,
    Symbol,
    Unit,
    Zone,
)
from bellwether.cli._plan_commands import plan_app
from bellwether.cli._rehearsal_commands import rehearsal_app
from bellwether.cli._retraining_commands import retrain, train_challenger
from bellwether.cli._serve_commands import serve
from bellwether.cli._signing_commands import sign, signing_app
from bellwether.cli._sources import (
    FileReading,
    make_hints,
    read_source,
    stored_in,
)
from bellwether.cli._train_commands import train
from bellwether.cli._training import show_prediction
from bellwether.cli._why_terminal import show_contributions, show_members
from bellwether.clock import FixedClock, read_instant
from bellwether.service import (
    Prediction,
    SourceKind,
)
from bellwether.settings import load_settings

app = typer.Typer(
    name="bellwether",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(
    invoke_without_command=True,
    epilog="Exit codes: 0 done, whatever the verdict; 1 something was found or not told; 2 usage "
    "or settings; 3 bars; 4 features; 5 too little history; 8 models; 9 a request that cannot be "
    "met; 11 watching or retraining; 74 files; 130 Ctrl-C; 70 a defect, please report it.",
)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", metavar=FLAG, help="Print the version.")
    ] = False,
) -> None:
    """Models that predict a market's next move - and that must earn their place first.

    Begin with `bellwether demo`, or with your own bars: `bellwether train bars.csv`, then
    `bellwether predict bars.csv`.
    """
    if version:
        typer.echo(__version__)
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def demo(home: Home = None, as_json: Json = False) -> None:
    """Show the whole path on real bars, on pure noise and on a planted edge.

    Takes about three minutes on two cores. Needs no data, no network and no account.
    """
    outcome = run_demo(make_console(as_json=as_json), home)
    if as_json:
        print_json(outcome)


app.command()(train)


@app.command()
def predict(
    path: File,
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    dates: Dates = None,
    zone: Zone = None,
    unit: Unit = None,
    decimals: Decimals = None,
    interval: Interval = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Answer as if it were then, on the bars closed by then: 2018-12-31, "
            "2018-12-31T21:00 (UTC), or 'last' for the close of the last bar.",
            show_default="now",
        ),
    ] = None,
    horizon: Horizon = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why", metavar=FLAG, help="Tell which features and members moved a model's answer."
        ),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Predict the bars after the last one: by the champion, else by the rules, else HOLD.

    There is always an answer; it says where it comes from and why. Bars that are too old to say
    anything about the next one give HOLD: use --as-of last to look at history.

    Examples: `bellwether predict bars.csv`, `bellwether predict bars.csv --as-of 2018-12-31`, or
    `bellwether predict SPY` for bars that were imported
    """
    console = make_console(as_json=as_json)
    flags: dict[str, object] = {"home": home, "calendar": calendar, "horizon_bars": horizon}
    instant = None if as_of in (None, "last") else read_instant(str(as_of))
    settings = load_settings(flags)
    reading = FileReading(
        symbol=symbol,
        calendar=settings.calendar,
        columns=columns or (),
        hints=make_hints(dates, zone, unit, decimals),
    )
    imported = read_source(path, reading, stored=stored_in(settings.home, interval))
    if as_of == "last":
        instant = imported.ends_at
    clock = None if instant is None else FixedClock(instant)
    workspace = open_workspace(flags)
    prediction = workspace.predict_import(imported, clock=clock, why=why)
    if as_json:
        print_json(prediction.to_json())
    else:
        show_prediction(console, prediction)
        if prediction.explanation is not None:
            show_contributions(console, prediction.contributions, prediction.explanation)
            show_members(console, prediction.members)
    _warn_of_hindsight(console, workspace, prediction)


for _group in (
    data_app, models_app, gate_app, ledger_app, plan_app, keys_app, signing_app, database_app,
):  # fmt: skip
    app.add_typer(_group)
for _command in (verdict, promote, rollback, journal, settle, replay, serve, sign, backup, restore):
    app.command()(_command)
app.command(name="import")(import_files)
app.command()(doctor)
app.command()(fetch)
app.command(name="providers")(list_providers)
app.add_typer(audit_app)
app.add_typer(alerts_app)
app.add_typer(features_app)
app.command()(monitor)
app.command()(retrain)
app.command()(compare)
app.add_typer(rehearsal_app)
app.command(hidden=True)(train_snapshots)
app.command(hidden=True)(train_challenger)


def _warn_of_hindsight(console: Console, workspace: Workspace, prediction: Prediction) -> None:
    """Say so where a model answers about a time whose outcome it was trained on."""
    model_id, as_of = prediction.source.model_id, prediction.as_of
    if prediction.source.kind is not SourceKind.MODEL or model_id is None or as_of is None:
        return
    trained_at = workspace.registry.get(model_id).trained_at
    if trained_at > as_of:
        day = np.datetime_as_string(trained_at, unit="D")
        console.print(
            f"[yellow]Hindsight:[/yellow] this model was trained on bars up to {day}, so it has "
            "seen what followed. Only the out-of-sample numbers of its verdict are a track record."
        )
