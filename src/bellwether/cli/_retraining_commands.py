"""The commands of retraining: what is due, what became of it, and the training itself."""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console

from bellwether.bootstrap import (
    Workspace,
    advance_retraining,
    features_of_model,
    open_workspace,
    plan_of_model,
    read_retrainings,
    retraining_options,
)
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import ELSEWHERE, FLAG, TRAINING, Home, Horizon, Json
from bellwether.cli._plain_table import plain_table
from bellwether.cli._sources import check_symbols
from bellwether.cli._training import panel_of
from bellwether.errors import BellwetherError
from bellwether.features import FeatureSet
from bellwether.progress import ProgressLines
from bellwether.retraining import ChainStep, RetrainingOutcome, Run
from bellwether.service import make_leaderboard, read_budget
from bellwether.validation import TrainingPlan

_TOLD_RUNS = 20

Now = Annotated[
    bool,
    typer.Option(
        "--now",
        metavar=FLAG,
        rich_help_panel=TRAINING,
        help="Make a challenger now, whatever the calendar says.",
    ),
]
Universe = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        rich_help_panel=TRAINING,
        help="For one universe only.",
        show_default="all that serve",
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        rich_help_panel=TRAINING,
        help="Time for a full training, such as 90s, 5m or 2h; it chooses a plan.",
        show_default="5m",
    ),
]
Status = Annotated[
    bool,
    typer.Option("--status", metavar=FLAG, help="Only tell what became of each retraining."),
]
Workers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        rich_help_panel=ELSEWHERE,
        help="Training processes.",
        show_default="one a core, at most 8",
    ),
]
Progress = Annotated[bool, typer.Option("--progress", metavar=FLAG, hidden=True)]


def retrain(
    now: Now = False,
    universe: Universe = None,
    budget: Budget = None,
    status: Status = False,
    workers: Workers = None,
    progress: Progress = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Challenge the models that serve, where it is due, and take every step that is possible.

    A challenger serves only when the gate lets it pass, it is no worse on the past, and it was
    better in the shadow, on bars that nobody had seen. "Refused" is a normal outcome. Safe to
    call as often as you like, and to stop: it goes on from where it was.

    Examples: `bellwether retrain`, `bellwether retrain --now --universe indices`, or
    `bellwether retrain --status`
    """
    console = make_console(as_json=as_json)
    seconds = None if budget is None else read_budget(budget)
    workspace = open_workspace(
        {"home": home, "workers": workers, "retrain_budget_seconds": seconds}
    )
    if status:
        _tell_status(console, workspace, universe, as_json=as_json)
        return
    lines = _Lines(console, as_lines=progress, silent=as_json)
    outcome = advance_retraining(workspace, asks=now, universe=universe, heard=lines.hear)
    if as_json:
        print_json(_outcome_json(outcome))
        return
    for step in outcome.steps:
        console.print(_tell_step(step), soft_wrap=True, markup=False)
    for trouble in outcome.troubles:
        told = f"[yellow]Cannot go on[/yellow] with {trouble.market}: "
        console.print(told, trouble.words, soft_wrap=True)
    if not outcome.steps and not outcome.troubles:
        console.print(_tell_nothing(outcome), soft_wrap=True, markup=False)


def train_challenger(
    digests: Annotated[list[str], typer.Argument(metavar="DIGEST", help="Stored snapshots.")],
    universe: Annotated[str, typer.Option(metavar="NAME")],
    horizon: Horizon = None,
    like: Annotated[str | None, typer.Option(metavar="ID")] = None,
    budget_seconds: Annotated[float, typer.Option(metavar="S")] = 300.0,
    cost_bps: Annotated[float | None, typer.Option(metavar="BPS")] = None,
    tied: Annotated[bool, typer.Option("--tied", metavar=FLAG)] = False,
    workers: Annotated[int | None, typer.Option(metavar="N")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Train without promoting, for `retrain`, and tell it all to the program that asked.

    With --tied it ends with whoever holds the other end of its input.
    """
    if tied:
        threading.Thread(target=end_with_input, daemon=True).start()
    console = make_console(as_json=True)
    workspace = open_workspace(
        {"home": home, "horizon_bars": horizon, "cost_bps": cost_bps, "workers": workers}
    )
    imports = tuple(workspace.bars.load(digest) for digest in digests)
    check_symbols(imports)
    plan, features = _find_pipeline(console, workspace, like)
    request = workspace.request(
        panel_of(imports),
        plan=plan,
        budget_seconds=budget_seconds,
        universe=universe,
        short_history=True,
    )
    request = replace(request, features=features)
    with ProgressLines(sys.stdout) as lines:
        result = workspace.train(request, lines, promotes=False)
    if as_json:
        print_json(
            {
                "models": [one.record.model_id for one in result.candidates],
                "leaderboard": [row.to_json() for row in make_leaderboard(result)],
            }
        )


class _Lines:
    """Tells how a training goes: to a person now and then, to a program where it asks."""

    def __init__(self, console: Console, *, as_lines: bool, silent: bool) -> None:
        self._console, self._told = console, ""
        self._as_lines, self._silent = as_lines, silent

    def hear(self, progress: Mapping[str, Any]) -> None:
        """Take a line."""
        if self._as_lines:
            sys.stdout.write(json.dumps({"progress": dict(progress)}) + "\n")
            sys.stdout.flush()
        elif not self._silent and progress["words"] != self._told:
            self._told = str(progress["words"])
            self._console.print(f"  {self._told}", markup=False)


def _find_pipeline(
    console: Console, workspace: Workspace, like: str | None
) -> tuple[TrainingPlan | None, FeatureSet | None]:
    """Return plan and features of the model that is challenged; None for what is not to be read."""
    if like is None:
        return None, None
    try:
        record = workspace.registry.get(like)
        return plan_of_model(workspace, record), features_of_model(workspace, record)
    except BellwetherError as error:
        console.print(f"The plan of {like} cannot be had, the budget chooses one: {error}")
        return None, None


def end_with_input() -> None:
    """Ask this process to end when whoever holds the other end of its input is gone."""
    # Not through sys.stdin: a thread that holds its lock aborts the end of the interpreter.
    while os.read(0, 1 << 16):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _tell_status(
    console: Console, workspace: Workspace, universe: str | None, *, as_json: bool
) -> None:
    runs = [
        run
        for run in read_retrainings(workspace)
        if universe is None or run.market.universe == universe
    ]
    if as_json:
        policy = retraining_options(workspace.settings).policy
        days = {
            name: getattr(policy, name)
            for name in ("check_days", "challenger_days", "full_days", "most_age_days")
        }
        print_json({"policy": days, "runs": [run.to_json() for run in runs]})
        return
    if not runs:
        console.print("Nothing was retrained yet: the first challenger is made when it is due.")
        return
    table = plain_table("begun", "universe", "why", "stands at", "challenger", "what", numbers=())
    for run in runs[-_TOLD_RUNS:][::-1]:
        table.add_row(*_row(run))
    console.print(table)


def _row(run: Run) -> Sequence[str]:
    begun = str(run.begun_at.astype("datetime64[D]"))
    why = str(run.steps[0].facts.get("trigger", ""))
    return begun, run.market.universe, why, run.step.value, run.challenger or "-", run.last.words


def _tell_step(step: ChainStep) -> str:
    return f"{step.market.universe}: {step.step.value}: {step.words}"


def _tell_nothing(outcome: RetrainingOutcome) -> str:
    waiting = [run for run in outcome.runs if run.is_open]
    if waiting:
        told = ", ".join(f"{run.challenger} ({run.step.value})" for run in waiting)
        return f"Nothing to be done now; under way: {told}."
    if not outcome.decisions:
        return "No model serves, and none is retrained: train one with `bellwether train`."
    soonest = min(one.decision.next_at for one in outcome.decisions)
    return f"Nothing is due; the next look is on {soonest.astype('datetime64[D]')}."


def _outcome_json(outcome: RetrainingOutcome) -> dict[str, object]:
    return {
        "steps": [step.to_json() for step in outcome.steps],
        "troubles": [
            {"universe": one.market.universe, "words": one.words} for one in outcome.troubles
        ],
        "decisions": [
            {
                "universe": one.market.universe,
                "scale": one.decision.scale,
                "trigger": one.decision.trigger,
                "words": one.decision.words,
                "next_at": f"{one.decision.next_at.astype('datetime64[us]')}Z",
            }
            for one in outcome.decisions
        ],
        "shadows": list(outcome.shadows),
        "open": [run.to_json() for run in outcome.runs if run.is_open],
    }
