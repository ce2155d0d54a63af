"""The service, started from the shell."""

import logging
from typing import Annotated

import numpy as np
import typer

from bellwether.adapters import ALWAYS_OPEN, WEEKDAYS, GroupCommitJournal, find_sessions
from bellwether.bars import SessionCalendar
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cli._door import make_console
from bellwether.cli._errors import ServeExtraMissing
from bellwether.cli._options import FLAG, Calendar, Home
from bellwether.service import PredictPorts

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
AUTO = "auto"
DAYS_BACK, DAYS_AHEAD = 1100, 370


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen at; loopback by default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=1, max=65535)] = 8017,
    models_required: Annotated[
        bool,
        typer.Option(
            "--models-required", metavar=FLAG, help="Be ready only while a model can answer."
        ),
    ] = False,
    calendar: Calendar = None,
    home: Home = None,
) -> None:
    """Serve predictions over HTTP: always a valid answer, with its source and reason.

    The routes describe themselves at /v1/openapi.json. Beyond loopback nobody may promote or
    roll back through it, for it has no keys yet.
    """
    try:
        from bellwether import http  # noqa: PLC0415 - an extra that training does without
    except ModuleNotFoundError as error:
        raise ServeExtraMissing(
            "the libraries of the service", f"no {error.name}", 'pip install "bellwether[serve]"'
        ) from error
    workspace = open_workspace({"home": home, "calendar": calendar})
    ports = http.HttpPorts(
        predict=PredictPorts(
            registry=workspace.registry,
            bundles=workspace.bundles,
            rules=workspace.rules,
            clock=workspace.clock,
        ),
        files=workspace.bundles,
        calendars=http.FixedCalendars(_calendars(workspace)),
        journal=GroupCommitJournal(workspace.journal),
    )
    settings = workspace.settings
    options = http.HttpOptions(
        predict=workspace.predict_options,
        models_required=models_required,
        changes_allowed=host in LOOPBACK,
        hosts=("localhost", "127.0.0.1", "[::1]") if host in LOOPBACK else ("*",),
        default_calendar=None if settings.calendar == AUTO else settings.calendar,
    )
    logging.getLogger("bellwether.http.access").setLevel(logging.INFO)
    make_console(as_json=True).print(
        f"Serving on http://{host}:{port}/v1/openapi.json - Ctrl-C ends it.", soft_wrap=True
    )
    http.serve(http.make_app(ports, options), host=host, port=port)


def _calendars(workspace: Workspace) -> dict[str, SessionCalendar]:
    """Return the sessions around today of the calendars a request may name."""
    today = workspace.clock.now().astype("datetime64[D]")
    first = today - np.timedelta64(DAYS_BACK, "D")
    last = today + np.timedelta64(DAYS_AHEAD, "D")
    names = {ALWAYS_OPEN, WEEKDAYS, "XNYS", workspace.settings.calendar} - {AUTO}
    return {name: find_sessions(name, first, last).calendar("1d") for name in sorted(names)}
