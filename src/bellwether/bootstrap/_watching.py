"""Watching on a home folder: its ports, its options, one tick, and what the last one came to."""

import contextlib
import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwether import adapters
from bellwether.bootstrap._alerting import open_alerts, tell_journal_gone
from bellwether.bootstrap._retraining import advance_retraining, find_shadow_models
from bellwether.bootstrap._watch_options import watch_options
from bellwether.bootstrap._workspace import Workspace
from bellwether.service import JournalUnavailable
from bellwether.watch import (
    LAST_CHECK,
    LastCheck,
    Rebuilt,
    WatchOutcome,
    WatchPorts,
    check_silence,
    find_last_check,
    find_watched,
    rebuild_watches,
    watch,
)

if TYPE_CHECKING:
    from bellwether.retraining import RetrainingOutcome

_DETAILS = "watch/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickOutcome:
    """What one tick came to, and what it led to.

    Parameters
    ----------
    watched : WatchOutcome or None
        None where another process is at it.
    retraining : RetrainingOutcome or None
        None where challengers are not to be made.
    """

    watched: WatchOutcome | None
    retraining: "RetrainingOutcome | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """What the last tick came to.

    Parameters
    ----------
    last : LastCheck
    models : tuple of mapping
        Details of every model that was watched by it, as `GET /v1/monitor/{model_id}` has them.
    waiting : tuple of str
        Ids of models that are watched and have no outcome yet.
    """

    last: LastCheck
    models: tuple[Mapping[str, Any], ...]
    waiting: tuple[str, ...]


def watch_ports(workspace: Workspace) -> WatchPorts:
    """Return what watching needs, on a home folder."""
    return WatchPorts(
        journal=workspace.journal,
        bars=workspace.bars,
        registry=workspace.registry,
        bundles=workspace.bundles,
        rules=workspace.rules,
        clock=workspace.clock,
        checkpoints=workspace.checkpoints,
    )


def run_watch(workspace: Workspace) -> WatchOutcome | None:
    """Ask, settle, fold, decide and tell, once; None where another process is at it.

    Raises
    ------
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If one of them cannot be reached.
    """
    with _no_collections():
        return watch(
            find_watched(workspace.registry),
            watch_ports(workspace),
            shadows=find_shadow_models(workspace),
            options=watch_options(workspace.settings),
            alerts=open_alerts(workspace),
            owner=adapters.name_holder(),
        )


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Let nobody look for cycles: a tick makes a million values, which hold on to no such thing.

    Looking through all of them again and again would take a fifth of its time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def run_tick(workspace: Workspace, *, trains: bool = True) -> TickOutcome:
    """Watch once, and take the steps of retraining that follow.

    Parameters
    ----------
    workspace : Workspace
    trains : bool, default True
        Whether challengers that are due are trained here; otherwise somebody else has to.

    Raises
    ------
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If one of them cannot be reached. That it is the journal is told to people directly: no
        alert can be noted.
    """
    try:
        watched = run_watch(workspace)
        if watched is None or not workspace.settings.retraining:
            return TickOutcome(watched=watched)
        asking = [one.model_id for one in watched.inputs if one.drifted]
        advanced = advance_retraining(workspace, inputs_ask=asking, trains=trains)
    except JournalUnavailable:
        tell_journal_gone(workspace)
        raise
    return TickOutcome(watched=watched, retraining=advanced)


def rebuild_watch(workspace: Workspace) -> Rebuilt:
    """Fold the whole journal anew, and say what was otherwise."""
    return rebuild_watches(watch_ports(workspace))


def read_watch(workspace: Workspace) -> WatchState:
    """Return what the last tick came to; one that is overdue is told to whom it concerns.

    Raises
    ------
    RegistryUnavailable
        If the memory of it cannot be read.
    """
    alerts, now = open_alerts(workspace), workspace.clock.now()
    last = find_last_check(alerts, now)
    if last.condition != "ok":
        check_silence(alerts, now)
    kept = {one.name: one.content for one in workspace.checkpoints.find(_DETAILS)}
    seats = kept.get(LAST_CHECK, {}).get("models", ())
    there = [kept[f"{_DETAILS}{one}"] for one in seats if f"{_DETAILS}{one}" in kept]
    waiting = [one for one in seats if f"{_DETAILS}{one}" not in kept]
    return WatchState(last=last, models=tuple(there), waiting=tuple(waiting))
