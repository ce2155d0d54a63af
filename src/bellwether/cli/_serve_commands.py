"""The command that serves."""

import logging

import typer

from bellwether.bootstrap import open_workspace
from bellwether.cli._admission import check_keys, choose_access
from bellwether.cli._options import Calendar, Home
from bellwether.cli._serve_options import (
    AccessLog,
    Host,
    InheritedSockets,
    InProcess,
    LogFormat,
    ModelsRequired,
    OpenAccess,
    PageServed,
    Place,
    Port,
    RequireKeys,
    ServeWorkers,
    TimeBudget,
)
from bellwether.cli._serving import import_http, serve_alone, serve_options
from bellwether.clock import SystemClock
from bellwether.settings import load_settings

_log = logging.getLogger(__name__)


def serve(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    workers: ServeWorkers = None,
    time_budget: TimeBudget = None,
    in_process: InProcess = None,
    models_required: ModelsRequired = None,
    log_format: LogFormat = None,
    access_log: AccessLog = None,
    page: PageServed = None,
    open_access: OpenAccess = None,
    require_keys: RequireKeys = None,
    calendar: Calendar = None,
    home: Home = None,
    fd: InheritedSockets = None,
    place: Place = 0,
) -> int:
    """Serve predictions over HTTP: always a valid answer, with its source and reason.

    The page to look at is at /; the routes describe themselves at /v1/openapi.json. On loopback
    nobody needs a key; beyond it everybody does: see bellwether keys. Everything can be set in
    bellwether.toml too.
    """
    flags: dict[str, object] = {
        "serve_host": host,
        "serve_port": port,
        "serve_workers": workers,
        "time_budget_seconds": time_budget,
        "serve_in_process": in_process,
        "models_required": models_required,
        "log_format": log_format,
        "access_log": access_log,
        "dashboard_enabled": page,
        "access": choose_access(open_access=open_access, require_keys=require_keys),
        "calendar": calendar,
        "home": home,
    }
    return _begin(context, flags, fd or [], place)


def _begin(
    context: typer.Context, flags: dict[str, object], descriptors: list[int], place: int
) -> int:
    """Serve with this process, or be the parent of those that do."""
    http = import_http()
    settings = load_settings(flags)
    log = http.start_logging(SystemClock(), settings.log_format)
    if descriptors:
        presence = http.Presence(http.join_board(), place)
        inherited = http.inherit_sockets(descriptors)
        workspace = open_workspace(flags, opens_late=True)
        return serve_alone(workspace, inherited, presence, log, context.obj)
    sockets = http.take_sockets() or http.open_sockets(settings.serve_host, settings.serve_port)
    workspace = open_workspace(flags, opens_late=True)
    check_keys(workspace, is_private=http.is_private(sockets))
    shown = "/" if settings.dashboard_enabled else "/v1/openapi.json"
    _log.info("Serving on %s%s - Ctrl-C ends it.", http.name_place(sockets), shown)
    if settings.serve_workers == 1:
        return serve_alone(workspace, sockets, http.Presence(), log, context.obj)
    if context.obj is not None:
        context.obj.close()
    command = ("serve", *_repeat_flags(context), *(f"--fd={one.fileno()}" for one in sockets))
    code: int = http.supervise(
        lambda place: (*command, f"--place={place}"),
        sockets,
        settings.serve_workers,
        serve_options(settings),
    )
    return code


def _repeat_flags(context: typer.Context) -> list[str]:
    """Return the flags that this command was given, for the workers to be given them too."""
    given: list[str] = []
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is None or source.name != "COMMANDLINE":
            continue
        value = context.params[str(parameter.name)]
        if isinstance(value, bool):
            given.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            values = value if isinstance(value, list | tuple) else [value]
            given += [f"{parameter.opts[0]}={one}" for one in values]
    return given
