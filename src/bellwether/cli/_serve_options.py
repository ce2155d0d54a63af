"""The flags of the command that serves."""

from typing import Annotated

import typer

from bellwether.cli._options import FLAG

LISTENING, RUNNING = "Where it listens", "How it runs"

Host = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        rich_help_panel=LISTENING,
        help="Address to listen at.",
        show_default="127.0.0.1, this machine only",
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        metavar="PORT",
        min=0,
        max=65535,
        rich_help_panel=LISTENING,
        help="Port to listen at; 0 takes a free one.",
        show_default="8017",
    ),
]
ServeWorkers = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=64,
        rich_help_panel=RUNNING,
        help="Processes that answer; several share the port and are watched by a parent.",
        show_default="1",
    ),
]
TimeBudget = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        rich_help_panel=RUNNING,
        help="Within it every answer is given, by whoever is ready.",
        show_default="0.25",
    ),
]
InProcess = Annotated[
    bool | None,
    typer.Option(
        "--in-process",
        metavar=FLAG,
        rich_help_panel=RUNNING,
        help="Compute models in this process, without a supervised one.",
    ),
]
ModelsRequired = Annotated[
    bool | None,
    typer.Option(
        "--models-required",
        metavar=FLAG,
        rich_help_panel=RUNNING,
        help="Be ready only while a model can answer.",
    ),
]
LogFormat = Annotated[
    str | None,
    typer.Option(
        metavar="json|text",
        rich_help_panel=RUNNING,
        help="Lines for programs or for people.",
        show_default="text on a terminal, else json",
    ),
]
AccessLog = Annotated[
    bool | None,
    typer.Option(
        "--access-log/--no-access-log",
        metavar=FLAG,
        rich_help_panel=RUNNING,
        help="Whether each request has its line in the log.",
        show_default="yes",
    ),
]
PageServed = Annotated[
    bool | None,
    typer.Option(
        "--page/--no-page",
        metavar=FLAG,
        rich_help_panel=RUNNING,
        help="Whether the page to look at is served, at /.",
        show_default="yes",
    ),
]
OpenAccess = Annotated[
    bool | None,
    typer.Option(
        "--open",
        metavar=FLAG,
        rich_help_panel=LISTENING,
        help="Let anybody predict and read without a key, from anywhere.",
    ),
]
RequireKeys = Annotated[
    bool | None,
    typer.Option(
        "--require-keys",
        metavar=FLAG,
        rich_help_panel=LISTENING,
        help="Ask everybody for a key, this machine too.",
    ),
]
# What the parent of several workers gives each of them; nobody else does.
InheritedSockets = Annotated[list[int] | None, typer.Option("--fd", hidden=True)]
Place = Annotated[int, typer.Option("--place", hidden=True)]
