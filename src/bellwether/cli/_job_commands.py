"""The command behind the jobs of the service: it is run by a program, and tells one."""

import sys
from typing import Annotated

import typer

from bellwether.bootstrap import open_workspace
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import FLAG, Home, Horizon, Json
from bellwether.cli._sources import check_symbols
from bellwether.cli._training import panel_of, run_training
from bellwether.progress import ProgressLines
from bellwether.service import find_plan, read_budget


def train_snapshots(
    digests: Annotated[list[str], typer.Argument(metavar="DIGEST", help="Stored snapshots.")],
    budget: Annotated[str, typer.Option(metavar="TIME")] = "5m",
    plan: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    universe: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    horizon: Horizon = None,
    cost_bps: Annotated[float | None, typer.Option(metavar="BPS")] = None,
    short_history: Annotated[bool, typer.Option("--short-history", metavar=FLAG)] = False,
    workers: Annotated[int | None, typer.Option(metavar="N")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train as `train` does, on stored bars, and tell it all to the program that asked.

    Progress comes as lines {"progress": {...}} on standard output, the outcome as one JSON
    object behind them; words for people go to standard error.
    """
    console = make_console(as_json=True)
    workspace = open_workspace(
        {"home": home, "horizon_bars": horizon, "cost_bps": cost_bps, "workers": workers}
    )
    imports = tuple(workspace.bars.load(digest) for digest in digests)
    check_symbols(imports)
    request = workspace.request(
        panel_of(imports),
        plan=find_plan(plan),
        budget_seconds=read_budget(budget),
        universe=universe,
        short_history=short_history,
    )
    lines = ProgressLines(sys.stdout)
    outcome = run_training(
        console, workspace, request, imports, title=request.universe, lines=lines
    )
    if as_json:
        print_json(outcome.to_json())
