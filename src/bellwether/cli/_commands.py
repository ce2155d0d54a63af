"""The commands, each a thin door to one use case."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from bellwether._version import __version__
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cli._demo import run_demo
from bellwether.cli._door import make_console, print_json
from bellwether.cli._sources import read_sources
from bellwether.cli._terminal import models_table, prediction_panel, verdict_panel
from bellwether.cli._training import panel_of, run_training
from bellwether.clock import Clock, FixedClock
from bellwether.errors import ServiceError, SettingsError
from bellwether.registry import MarketKey, ModelRecord, Stage
from bellwether.service import PLANS, read_budget
from bellwether.validation import TrainingPlan, Verdict, judge

app = typer.Typer(
    name="bellwether",
    help="Models that predict a market's next move - and that must earn their place first.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
Home = Annotated[
    Path | None,
    typer.Option(help="Folder of models, ledger and work.", show_default=".bellwether"),
]
Symbol = Annotated[
    str | None, typer.Option(help="Name of the market, or which one of the file's to take.")
]
Calendar = Annotated[
    str | None,
    typer.Option(help="Exchange calendar such as XNYS, 24/7, weekdays.", show_default="auto"),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        help="Map an unusual header: close=Schlusskurs. May be repeated.",
        metavar="ROLE=NAME",
    ),
]
Horizon = Annotated[
    int | None, typer.Option("--horizon", help="Bars ahead to predict.", show_default="1")
]
ModelId = Annotated[
    str | None, typer.Argument(help="A model's id, as `bellwether models` lists it.")
]


class NoSuchVerdict(ServiceError):
    """There is no verdict to show."""


class UnreadableInstant(SettingsError):
    """A time on the command line cannot be read."""


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Models that predict a market's next move - and that must earn their place first."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def demo(home: Home = None, as_json: Json = False) -> None:
    """Show the whole path on real bars, on pure noise and on a planted edge.

    Takes about three minutes on two cores. Needs no data, no network and no account.
    """
    outcome = run_demo(make_console(as_json=as_json), home)
    if as_json:
        print_json(outcome)


@app.command()
def train(
    paths: Annotated[list[Path], typer.Argument(help="CSV or Parquet files, one a symbol.")],
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    budget: Annotated[
        str, typer.Option(help="Time to spend, such as 90s, 5m or 2h; it chooses a plan.")
    ] = "5m",
    plan: Annotated[
        str | None, typer.Option(help=f"Name a plan instead: {', '.join(PLANS)}.")
    ] = None,
    universe: Annotated[
        str | None, typer.Option(help="Name of the set of symbols.", show_default="the symbols")
    ] = None,
    horizon: Horizon = None,
    cost_bps: Annotated[
        float | None, typer.Option(help="Cost a side in basis points.", show_default="5")
    ] = None,
    short_history: Annotated[
        bool, typer.Option("--short-history", help="Train on less than 2 years and 500 bars.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Training processes.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train on your bars, judge the models, and let what passed the gate serve.

    "No model deserves promotion" is a normal outcome: the rules keep serving, openly labelled.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace(
        {
            "home": home,
            "calendar": calendar,
            "horizon_bars": horizon,
            "cost_bps": cost_bps,
            "workers": workers,
        }
    )
    imports = read_sources(
        paths, symbol=symbol, calendar=workspace.settings.calendar, columns=columns or []
    )
    request = workspace.request(
        panel_of(imports),
        plan=_find_plan(plan),
        budget_seconds=read_budget(budget),
        universe=universe,
        short_history=short_history,
    )
    outcome = run_training(console, workspace, request, imports, title=request.universe)
    if as_json:
        print_json(outcome.to_json())
    else:
        console.print("Next: [bold]bellwether predict[/bold] FILE, [bold]bellwether verdict[/bold]")


@app.command()
def predict(
    path: Annotated[Path, typer.Argument(help="CSV or Parquet file with the bars up to now.")],
    symbol: Symbol = None,
    calendar: Calendar = None,
    columns: Columns = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Instant to answer at: UTC such as 2018-12-31T21:00, or 'last' for the close of "
            "the last bar.",
            show_default="now",
        ),
    ] = None,
    horizon: Horizon = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Predict the bars after the last one: by the champion, else by the rules, else HOLD.

    There is always an answer; it says where it comes from and why. Bars that are too old to
    say anything about the next one give HOLD: use --as-of last to look at history.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home, "calendar": calendar, "horizon_bars": horizon})
    [imported] = read_sources(
        [path], symbol=symbol, calendar=workspace.settings.calendar, columns=columns or []
    )
    clock = _find_clock(as_of, imported.bars.closed_at[-1], workspace)
    prediction = workspace.predict(imported.bars, imported.calendar, clock=clock)
    if as_json:
        print_json(prediction.to_json())
    else:
        console.print(prediction_panel(prediction))


@app.command()
def verdict(
    model_id: ModelId = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Judge the stored evidence once more and compare.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show why a model was promoted or refused; the latest run's by default."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    record = _find_judged(workspace, model_id)
    found = Verdict.from_json(record.verdict or {})
    again = _recompute(workspace, found) if recompute else None
    if as_json:
        facts = {"model_id": record.model_id, "stage": str(record.stage), **found.to_json()}
        print_json(facts if again is None else {**facts, "recomputed_equal": again})
        return
    console.print(verdict_panel(found))
    if again is not None:
        console.print(
            "Recomputed from the stored evidence: the same verdict."
            if again
            else "Recomputed from the stored evidence: [bold red]another verdict[/bold red]."
        )


@app.command()
def models(home: Home = None, as_json: Json = False) -> None:
    """List the models: who serves, who was refused, and when each was trained."""
    console = make_console(as_json=as_json)
    records = open_workspace({"home": home}).registry.records()
    if as_json:
        print_json([_record_json(record) for record in records])
    else:
        console.print(models_table(records))


@app.command()
def promote(
    model_id: Annotated[str, typer.Argument(help="A candidate whose verdict says PROMOTE.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a candidate the champion of its market. The gate's verdict must say PROMOTE."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    record = workspace.registry.get(model_id)
    found = Verdict.from_json(_find_judged(workspace, model_id).verdict or {})
    promoted = workspace.registry.promote(record.model_id, found, reason="by hand")
    _show_record(console, promoted, as_json=as_json)


@app.command()
def rollback(
    universe: Annotated[str, typer.Argument(help="Universe whose champion is to go.")],
    interval: Annotated[str, typer.Option(help="Length of its bars.")] = "1d",
    horizon: Horizon = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Retire a market's champion and bring the previous one back, or else the rules."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home, "horizon_bars": horizon})
    market = MarketKey(
        universe=universe, interval=interval, horizon_bars=workspace.settings.horizon_bars
    )
    serving = workspace.registry.roll_back(market, reason="by hand")
    answer = serving.champion.model_id if serving.champion else None
    if as_json:
        print_json({"universe": universe, "champion": answer})
    else:
        console.print(f"{market}: {answer or 'no model'} serves now.")


def _find_plan(name: str | None) -> TrainingPlan | None:
    if name is None:
        return None
    if name not in PLANS:
        raise SettingsError("a known plan", repr(name), f"choose from {', '.join(PLANS)}")
    return PLANS[name]


def _find_clock(as_of: str | None, last_closed_at: np.datetime64, workspace: Workspace) -> Clock:
    if as_of is None:
        return workspace.clock
    if as_of == "last":
        return FixedClock(last_closed_at)
    try:
        return FixedClock(np.datetime64(as_of.removesuffix("Z"), "us"))
    except ValueError as error:
        raise UnreadableInstant(
            "an instant such as 2018-12-31T21:00 (UTC), or 'last'",
            repr(as_of),
            "write it like that",
        ) from error


def _find_judged(workspace: Workspace, model_id: str | None) -> ModelRecord:
    if model_id is not None:
        record = workspace.registry.get(model_id)
        if record.verdict is None:
            raise NoSuchVerdict(f"a verdict on {model_id}", "none", "train it again")
        return record
    judged = [record for record in workspace.registry.records() if record.verdict]
    champions = [record for record in judged if record.stage is Stage.CHAMPION]
    latest = max((record.registered_at for record in judged), default=None)
    for record in [*champions, *judged]:
        if record.registered_at == latest:
            return record
    raise NoSuchVerdict(
        f"a judged model in {workspace.settings.home}", "none", "run: bellwether train FILE"
    )


def _recompute(workspace: Workspace, found: Verdict) -> bool:
    evidence = workspace.evidence.get(found.evidence_digest)
    return judge(evidence, workspace.gate).to_json() == found.to_json()


def _record_json(record: ModelRecord) -> dict[str, object]:
    return {
        "model_id": record.model_id,
        "stage": str(record.stage),
        "universe": record.market.universe,
        "interval": record.market.interval,
        "horizon_bars": record.market.horizon_bars,
        "symbols": list(record.symbols),
        "decision": (record.verdict or {}).get("decision"),
        "trained_at": f"{record.trained_at}Z",
        "registered_at": f"{record.registered_at}Z",
        "bundle_digest": record.bundle_digest,
    }


def _show_record(console: Console, record: ModelRecord, *, as_json: bool) -> None:
    if as_json:
        print_json(_record_json(record))
    else:
        console.print(models_table([record]))
