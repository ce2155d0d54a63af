"""The commands about alerts: what is wrong, who knows of it, and whether anybody is told."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from bellwether.bootstrap import open_alerts, open_workspace
from bellwether.cards import printable, write_instant
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import FLAG, Home, Json
from bellwether.monitor import Episode, EpisodeChange
from bellwether.watch import (
    acknowledge,
    facts_text,
    show_change,
    show_episode,
    show_receivers,
    try_receivers,
)

SHOWN, UNDELIVERED = 20, 1
_STYLES = {"red": "bold red", "amber": "yellow", "recovering": "cyan", "ok": "green"}

EpisodeId = Annotated[str, typer.Argument(metavar="ID", help="An alert, as `alerts` lists it.")]
alerts_app = typer.Typer(
    name="alerts",
    rich_markup_mode="markdown",
    help="What is wrong, who knows of it, and whether anybody is told.",
)


@alerts_app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", metavar=FLAG, help="Those that are over, too.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the alerts that are open: what is wrong, since when, and who knows of it.

    An alert lasts from the first sign until it has been well for three days (by setting); what
    comes back before is the same one.
    """
    if context.invoked_subcommand is not None:
        return
    console = make_console(as_json=as_json)
    ports = open_alerts(open_workspace({"home": home}))
    ports.book.refresh()
    found = ports.book.episodes() if every else ports.book.open_episodes()
    receivers = show_receivers(ports)
    if as_json:
        print_json({"episodes": [show_episode(one) for one in found], "receivers": receivers})
        return
    if found:
        for one in found[-SHOWN:]:
            _print_episode(console, one)
        if len(found) > SHOWN:
            console.print(f"and {len(found) - SHOWN} earlier: --json lists all.")
    else:
        console.print("Nothing is wrong, as far as it was looked at.")
    _print_troubles(console, receivers)


@alerts_app.command()
def show(episode_id: EpisodeId, home: Home = None, as_json: Json = False) -> None:
    """Show one alert, step by step."""
    console = make_console(as_json=as_json)
    book = open_alerts(open_workspace({"home": home})).book
    book.refresh()
    episode, changes = book.get(episode_id), book.changes(episode_id)
    if as_json:
        print_json({**show_episode(episode), "changes": [show_change(one) for one in changes]})
        return
    console.print(f"{episode.channel} of {printable(episode.subject)}", markup=False, style="bold")
    for change in changes:
        console.print(_step_text(change), soft_wrap=True)


@alerts_app.command(name="acknowledge")
def acknowledge_alert(
    episode_id: EpisodeId,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who knows of it.")],
    words: Annotated[str, typer.Option(metavar="TEXT", help="What is done about it.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Write down that somebody knows of an alert: nobody is reminded of it, unless it gets worse.

    Example: `bellwether alerts acknowledge 3f2a9c81d0b7e645 --by ann --words "retraining tonight"`
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    now = workspace.clock.now()
    book = open_alerts(workspace).book
    episode = acknowledge(episode_id, by=by, words=words, book=book, now=now)
    if as_json:
        print_json(show_episode(episode))
    else:
        console.print(f"Noted: {printable(by)} knows of {episode.episode_id}.", markup=False)


@alerts_app.command(name="test")
def try_out(home: Home = None, as_json: Json = False) -> None:
    """Send a test to every receiver, and say who took it.

    Exit codes: 0 all did, 1 some did not.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    outcomes = try_receivers(open_alerts(workspace), workspace.clock.now())
    if as_json:
        told = [{"name": name, "is_told": not why, "why_not": why} for name, why in outcomes]
        print_json({"receivers": told})
    else:
        for name, why in outcomes:
            console.print(f"{name}: {f'not told: {why}' if why else 'told'}", markup=False)
    if any(why for _, why in outcomes):
        raise typer.Exit(UNDELIVERED)


def _print_episode(console: Console, episode: Episode) -> None:
    """Print one alert as a block: ids are copied by hand, and must not be cut by a column."""
    state = "over" if episode.is_over else episode.condition
    head = Text(f"{state:<10}", style="dim" if episode.is_over else _STYLES[episode.condition])
    since = write_instant(episode.opened_at)
    head.append(f" {episode.channel} of {printable(episode.subject)}, since {since}", style="bold")
    known = episode.acknowledged
    known_by = "nobody" if known is None else f"{known.by}: {known.words}"
    lines = (episode.words, facts_text(episode.facts), f"known by {known_by}")
    for line in (head, *(f"{'':<10} {printable(line)}" for line in lines if line)):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"{'':<10} {episode.episode_id}", style="dim", soft_wrap=True)


def _print_troubles(console: Console, receivers: list[dict[str, Any]]) -> None:
    for one in receivers:
        if one["n_waiting"]:
            why = f": {one['why']}" if one["why"] else ""
            text = f"Not told yet: {one['name']}, {one['n_waiting']} of the notices{why}"
            console.print(text, markup=False, soft_wrap=True)


def _step_text(change: EpisodeChange) -> Text:
    text = Text(f"{write_instant(change.at)}  {change.event}")
    if change.event != "acknowledged":
        text.append(f" {change.condition}", style=_STYLES[change.condition])
    parts = [f"by {change.by}" if change.by else "", change.words, facts_text(change.facts)]
    text.append("".join(f"; {printable(part)}" for part in parts if part))
    return text.append(" (told)" if change.is_told else "", style="dim")
