"""The command that watches: one tick, or what the last one found."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from bellwether.bootstrap import (
    TickOutcome,
    WatchState,
    Workspace,
    open_workspace,
    read_watch,
    rebuild_watch,
    run_tick,
)
from bellwether.cards import printable, write_instant, write_number, write_percent
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import FLAG, Home, Json
from bellwether.cli._plain_table import plain_table
from bellwether.retraining import Run
from bellwether.watch import Rebuilt

DIFFERENT = 1
# A number of false alarms a year above it says only that there is no evidence.
_MOST_ALARMS = 12.0
_COLOURS = {"ok": "green", "amber": "yellow", "red": "red", "recovering": "cyan"}
_HOURS = 3600.0


def monitor(
    once: Annotated[
        bool,
        typer.Option(
            "--once", metavar=FLAG, help="Check everything now, once: for cron, or by hand."
        ),
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            metavar=FLAG,
            help="Work every state out anew from the journal, and say whether it was otherwise.",
        ),
    ] = False,
    leave_training: Annotated[
        bool, typer.Option("--leave-training", metavar=FLAG, hidden=True)
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show how the models that serve are doing, and who answers and why.

    Without options it shows what the last check found. A check makes the forecasts of new bars,
    settles those whose outcome is known, updates each model's evidence, tells people what changed
    and makes a challenger where one is due. It may be run as often as one likes, and be stopped
    anywhere. Put `bellwether monitor --once` into cron, once a day after the bars came.

    Exit codes: 1 where --rebuild found something otherwise than it was kept.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    told: dict[str, Any] = {}
    rebuilt = rebuild_watch(workspace) if rebuild else None
    if rebuilt is not None:
        told["rebuilt"] = {"number": rebuilt.number, "differing": list(rebuilt.differing)}
    tick = run_tick(workspace, trains=not leave_training) if once else None
    if tick is not None:
        told["tick"] = _tick_json(tick)
    state = read_watch(workspace)
    if as_json:
        print_json(told | _state_json(state))
    else:
        _tell(console, workspace, state, tick, rebuilt)
    if rebuilt is not None and not rebuilt.is_identical:
        raise typer.Exit(DIFFERENT)


def _tell(
    console: Console,
    workspace: Workspace,
    state: WatchState,
    tick: TickOutcome | None,
    rebuilt: Rebuilt | None,
) -> None:
    if rebuilt is not None:
        _tell_rebuilt(console, rebuilt)
    if tick is not None:
        _tell_tick(console, tick)
    if state.models:
        _tell_models(console, state)
    for model_id in state.waiting:
        console.print(f"{model_id}: no outcome is settled yet", markup=False)
    if not state.models and not state.waiting:
        console.print("Nobody is watched: no model serves. Train one: bellwether train FILE.")
    _tell_last(console, workspace, state)


def _tell_rebuilt(console: Console, rebuilt: Rebuilt) -> None:
    if rebuilt.is_identical:
        console.print(f"Rebuilt from the journal up to record {rebuilt.number}: identical.")
        return
    named = ", ".join(rebuilt.differing)
    console.print(f"[yellow]Rebuilt[/yellow], and replaced what was otherwise: {named}")


def _tell_tick(console: Console, tick: TickOutcome) -> None:
    watched = tick.watched
    if watched is None:
        console.print("Another process checks just now; shown is what was found before.")
        return
    console.print(
        f"{len(watched.asked.forecasts)} forecasts made, {len(watched.settled.new)} settled, "
        f"{watched.settled.n_waiting} wait for their outcome; "
        f"{watched.served.n_settled} answers settled."
    )
    for change in watched.changes:
        moved = f"{change.model_id}: {change.before} -> {change.standing.condition}"
        console.print(f"{moved}; {change.standing.words}", markup=False, soft_wrap=True)
    for finding in watched.findings:
        if finding.channel != "performance":
            console.print(f"{finding.channel}: {finding.words}", markup=False, soft_wrap=True)
    steps = () if tick.retraining is None else tick.retraining.steps
    for step in steps:
        told = f"retraining of {step.market}: {step.step}; {step.words}"
        console.print(told, markup=False, soft_wrap=True)


def _tell_models(console: Console, state: WatchState) -> None:
    table = plain_table(
        "Model",
        "Light",
        "Answers",
        numbers=("Now", "95 %", "Promised", "Evidence", "FA/yr"),
    )
    for model in state.models:
        table.add_row(*_row(model))
    console.print(table)
    for model in state.models:
        words = f"{printable(model['model_id'])}: {printable(model['standing']['words'])}"
        console.print(words, markup=False, soft_wrap=True)
        assumed = model["benchmark"]["words"]
        if assumed:
            console.print(f"  what it promised is {printable(assumed)}", markup=False)
    console.print(
        "[dim]Now: right of the last 60 bars. Evidence: that it is worse than promised; amber from "
        "252, red from 1260. FA/yr: how often a sound model would look this bad, a year, at most."
        "[/dim]",
        soft_wrap=True,
    )


def _row(model: Mapping[str, Any]) -> tuple[str, ...]:
    standing, facts = model["standing"], model["facts"]
    condition = standing["condition"]
    colour = _COLOURS[condition]
    low, high = (write_percent(facts[name], 0) for name in ("accuracy_low", "accuracy_high"))
    alarms = facts["false_alarms_a_year"]
    return (
        printable(model["model_id"]),
        f"[{colour}]{condition}[/{colour}]",
        "the model" if standing["answers"] else "the next rung",
        write_percent(facts["accuracy"]),
        f"{low} to {high}",
        write_percent(model["benchmark"]["accuracy"]),
        write_number(facts["e_value"], 1),
        write_number(alarms, 2) if alarms < _MOST_ALARMS else "-",
    )


def _tell_last(console: Console, workspace: Workspace, state: WatchState) -> None:
    last = state.last
    if last.at is None or last.age_seconds is None:
        console.print("Nothing was checked yet: bellwether monitor --once does.")
        return
    age = f"{last.age_seconds / _HOURS:.1f} hours ago"
    told = f"Last check: {write_instant(last.at)}, {age}."
    if last.condition != "ok":
        every = workspace.settings.monitor_interval_hours
        told += f" [red]That is too long ago[/red]: one every {every:g} hours is expected."
    console.print(told)


def _state_json(state: WatchState) -> dict[str, Any]:
    last = state.last
    return {
        "last_check": {
            "at": None if last.at is None else f"{last.at}Z",
            "age_seconds": last.age_seconds,
            "condition": last.condition,
        },
        "models": [dict(model) for model in state.models],
        "waiting": list(state.waiting),
    }


def _tick_json(tick: TickOutcome) -> dict[str, Any] | None:
    watched = tick.watched
    if watched is None:
        return None
    steps = () if tick.retraining is None else tick.retraining.steps
    return {
        "at": f"{watched.at}Z",
        "n_forecasts": len(watched.asked.forecasts),
        "n_settled": len(watched.settled.new),
        "n_waiting": watched.settled.n_waiting,
        "n_answers_settled": watched.served.n_settled,
        "changes": [change.to_json() for change in watched.changes],
        "findings": [
            {
                "subject": one.subject,
                "channel": one.channel,
                "condition": one.condition,
                "words": one.words,
            }
            for one in watched.findings
        ],
        "retraining": [
            {"market": str(one.market), "step": str(one.step), "words": one.words} for one in steps
        ],
        "untrained": [] if tick.retraining is None else _name_runs(tick.retraining.untrained),
    }


def _name_runs(runs: Sequence[Run]) -> list[str]:
    return [run.run_id for run in runs]
