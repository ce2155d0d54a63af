"""The service as the shell starts it: its ports and options put together."""

import socket
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from bellwether import adapters
from bellwether.adapters import ProcessBarsReader, keep_sessions
from bellwether.answering import ChildAnswerer, ChildOptions, Launched
from bellwether.bars import SessionCalendar
from bellwether.bootstrap import Workspace, describe_settings, open_alerts
from bellwether.cli._admission import access_options
from bellwether.cli._errors import ServeExtraMissing
from bellwether.dashboard import Page
from bellwether.service import PredictPorts, Resting, Snapshot
from bellwether.sources import ALWAYS_OPEN, WEEKDAYS

if TYPE_CHECKING:
    from bellwether.adapters import TickSchedule
    from bellwether.http import HttpOptions, Presence, ServeOptions, ServiceLog
    from bellwether.settings import Settings

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
AUTO = "auto"
DAYS_BACK, DAYS_AHEAD = 1100, 370


def import_http() -> ModuleType:
    """Return the door, whose libraries are an extra that training does without.

    Raises
    ------
    ServeExtraMissing
    """
    try:
        from bellwether import http  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ServeExtraMissing(
            "the libraries of the service", f"no {error.name}", 'pip install "bellwether[serve]"'
        ) from error
    return http


def serve_alone(
    workspace: Workspace,
    sockets: Sequence[socket.socket],
    presence: "Presence",
    log: "ServiceLog",
    launched: Launched | None = None,
) -> int:
    """Serve with this process, which is the whole service or one of its workers.

    The process that computes models may have been launched before.
    """
    settings = workspace.settings
    predict = PredictPorts(
        registry=workspace.registry,
        bundles=workspace.bundles,
        rules=workspace.rules,
        clock=workspace.clock,
        standings=workspace.standings,
        choices=workspace.standings,
    )
    # The process that computes loads while this one does.
    answerer = _find_answerer(workspace, predict, launched)
    http = import_http()
    ports = http.HttpPorts(
        predict=predict,
        answerer=answerer,
        files=workspace.bundles,
        calendars=http.FixedCalendars(_calendars(workspace)),
        journal=workspace.journal,
        bars=workspace.bars,
        checkpoints=workspace.checkpoints,
        alerts=open_alerts(workspace),
        jobs=workspace.jobs,
        schedule=_find_schedule(workspace),
        reader=ProcessBarsReader(),
        resting=partial(_find_resting, workspace),
        keys=workspace.keys,
        adding=workspace.adding,
        page=Page() if settings.dashboard_enabled else None,
        evidence=workspace.evidence_desk,
        settings=tuple(describe_settings(settings)),
        presence=presence,
        log=log if settings.access_log else None,
    )
    app = http.make_app(ports, _http_options(workspace, is_private=http.is_private(sockets)))
    code: int = http.serve(app, sockets, serve_options(settings), presence)
    return code


def _find_answerer(
    workspace: Workspace, predict: PredictPorts, launched: Launched | None
) -> ChildAnswerer | None:
    if not workspace.settings.serve_in_process:
        return _start_inference(workspace, predict, launched)
    if launched is not None:
        launched.close()
    return None


def _find_resting(workspace: Workspace, latest: Snapshot) -> Resting:
    from bellwether.bootstrap import find_resting_at_home  # noqa: PLC0415 - brings watching along

    [found] = find_resting_at_home(workspace, [latest])
    return found


def _find_schedule(workspace: Workspace) -> "TickSchedule | None":
    """Return what asks for ticks of watching, where the settings want any."""
    if not workspace.settings.monitor_by_service:
        return None
    return adapters.TickSchedule(
        workspace.jobs,
        workspace.checkpoints,
        workspace.registry,
        workspace.clock,
        every_hours=workspace.settings.monitor_interval_hours,
    )


def _start_inference(
    workspace: Workspace, predict: PredictPorts, launched: Launched | None
) -> ChildAnswerer:
    """Start the process that computes models, with what it makes the same ports from."""
    settings = workspace.settings
    database = settings.database
    arguments = {
        "home": str(settings.home.absolute()),
        "database": None if database is None else database.get_secret_value(),
        "signatures_required": settings.signatures_required,
    }
    limits = ChildOptions(
        budget_seconds=settings.time_budget_seconds,
        memory_bytes=settings.inference_memory_mib << 20,
    )
    options = workspace.predict_options
    return ChildAnswerer(predict, options, arguments, limits, launched=launched)


def _http_options(workspace: Workspace, *, is_private: bool) -> "HttpOptions":
    """Return what the door may be told, of the settings and of who can reach it."""
    settings = workspace.settings
    names = (*LOOPBACK_NAMES, settings.serve_host) if is_private else ("*",)
    options: HttpOptions = import_http().HttpOptions(
        predict=workspace.predict_options,
        models_required=settings.models_required,
        access=access_options(settings, is_private=is_private),
        hosts=settings.serve_names or names,
        default_calendar=None if settings.calendar == AUTO else settings.calendar,
        time_budget_seconds=settings.time_budget_seconds,
        body_bytes=settings.most_body_bytes,
        batch_body_bytes=settings.most_batch_bytes,
        batch_symbols=settings.most_batch_symbols,
        most_requests=settings.most_requests,
    )
    return options


def serve_options(settings: "Settings") -> "ServeOptions":
    """Return how a process begins and ends, of the settings."""
    options: ServeOptions = import_http().ServeOptions(
        drain_seconds=settings.drain_seconds, grace_seconds=settings.grace_seconds
    )
    return options


def _calendars(workspace: Workspace) -> dict[str, SessionCalendar]:
    """Return the sessions around today of the calendars a request may name."""
    today = workspace.clock.now().astype("datetime64[D]")
    first = today - np.timedelta64(DAYS_BACK, "D")
    last = today + np.timedelta64(DAYS_AHEAD, "D")
    names = {ALWAYS_OPEN, WEEKDAYS, "XNYS", workspace.settings.calendar} - {AUTO}
    kept = workspace.settings.home / "calendars"
    return {name: keep_sessions(kept, name, first, last).calendar("1d") for name in sorted(names)}
