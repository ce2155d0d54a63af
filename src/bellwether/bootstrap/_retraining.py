"""Retraining on a home folder: its ports, its options, and what is asked of it."""

import json
import os
import socket
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from bellwether import adapters, retraining
from bellwether.bootstrap._alerting import open_alerts
from bellwether.bootstrap._watch_options import retraining_options
from bellwether.bootstrap._workspace import Workspace
from bellwether.registry import ModelRecord, find_origin
from bellwether.retraining import RetrainingPorts, Run, Step, find_runs, find_shadows
from bellwether.watch import Finding, raise_findings

if TYPE_CHECKING:
    from bellwether.features import FeatureSet
    from bellwether.retraining import RetrainingOutcome, ServingComparison
    from bellwether.validation import TrainingPlan

_MOST_LETTERS = 200
# A budget chooses a plan by what it is expected to take; machines differ.
_PATIENCE, _LEAST_PATIENCE_SECONDS = 6.0, 1800.0

Heard = Callable[[Mapping[str, Any]], None]


def retraining_ports(workspace: Workspace, heard: Heard | None = None) -> RetrainingPorts:
    """Return what retraining needs, on a home folder."""
    settings = workspace.settings
    options = [
        f"--home={settings.home.resolve()}",
        f"--workers={settings.workers}",
        f"--budget-seconds={settings.retrain_budget_seconds}",
        f"--cost-bps={settings.cost_bps}",
    ]
    patience = max(_PATIENCE * settings.retrain_budget_seconds, _LEAST_PATIENCE_SECONDS)
    return RetrainingPorts(
        journal=workspace.journal,
        bars=workspace.bars,
        registry=workspace.registry,
        evidence=workspace.evidence,
        checkpoints=workspace.checkpoints,
        trainer=adapters.ProcessTrainer(options, most_seconds=patience, heard=heard),
        clock=workspace.clock,
        owner=f"{socket.gethostname()}-{os.getpid()}",
    )


def advance_retraining(
    workspace: Workspace,
    *,
    inputs_ask: Collection[str] = (),
    asks: bool = False,
    universe: str | None = None,
    heard: Heard | None = None,
    trains: bool = True,
) -> "RetrainingOutcome":
    """Take every step of every retraining that can be taken now.

    Parameters
    ----------
    workspace : Workspace
    inputs_ask : collection of str
        Ids of champions whose inputs are not those they were trained on.
    asks : bool, default False
        Whether a person wants a challenger now.
    universe : str, optional
        For which markets; by default all of them.
    heard : callable, optional
        Told how a training goes.
    trains : bool, default True
        Whether what is due is trained now; otherwise it waits for whoever advances next.

    Raises
    ------
    UnknownMarket
        If nothing was ever trained for the universe.
    """
    markets = retraining.find_markets(workspace.registry, universe) if asks or universe else ()
    now = workspace.clock.now()
    outcome = retraining.advance(
        retraining_ports(workspace, heard),
        now,
        options=retraining_options(workspace.settings),
        inputs_ask=inputs_ask,
        person_asks=markets if asks else (),
        trains=trains,
    )
    alerts = open_alerts(workspace)
    raise_findings(find_misfortunes(outcome), alerts, now, channels=("retraining",))
    return outcome


def find_misfortunes(outcome: "RetrainingOutcome") -> tuple[Finding, ...]:
    """Return what of retraining somebody should be told: failures, and promotions taken back.

    That a challenger was refused is none.
    """
    told = {str(one.market): (one.words, "") for one in outcome.troubles}
    for run in {run.market: run for run in outcome.runs}.values():
        if run.step in (Step.FAILED, Step.ROLLED_BACK):
            told[str(run.market)] = (run.last.words, run.run_id)
    return tuple(
        Finding(
            subject=market[:_MOST_LETTERS],
            channel="retraining",
            condition="amber",
            words=words,
            facts={"run_id": run_id} if run_id else {},
        )
        for market, (words, run_id) in told.items()
    )


def read_retrainings(workspace: Workspace) -> tuple[Run, ...]:
    """Return every retraining there was, in the order of their beginning."""
    return find_runs(workspace.journal)


def compare_models(
    workspace: Workspace, universe: str | None = None
) -> "tuple[ServingComparison, ...]":
    """Compare each market's champion with the previous one, by kind of market.

    Parameters
    ----------
    workspace : Workspace
    universe : str, optional
        For which markets; by default all of them.

    Raises
    ------
    UnknownMarket
        If nothing was ever trained for the universe.
    """
    ports, runs = retraining_ports(workspace), read_retrainings(workspace)
    markets = retraining.find_markets(workspace.registry, universe)
    return tuple(
        retraining.compare_serving(market, ports, [one for one in runs if one.market == market])
        for market in markets
        if workspace.registry.serving(market).champion is not None
    )


def find_shadow_models(workspace: Workspace) -> tuple[str, ...]:
    """Return the ids of the models in the shadow, which are asked with those that serve."""
    return find_shadows(read_retrainings(workspace))


def plan_of_model(workspace: Workspace, record: ModelRecord) -> "TrainingPlan":
    """Return the plan that a model was trained by.

    Raises
    ------
    BundleError
        If its bundle cannot be read.
    MalformedPlan
        If there is none in it, as in models made elsewhere, or it would have code imported that
        somebody else named.
    """
    # They bring scipy along, which a tick has no use for.
    from bellwether.models import FAMILIES  # noqa: PLC0415
    from bellwether.validation import MalformedPlan, TrainingPlan  # noqa: PLC0415

    told = workspace.bundles.load(record).manifest.plan
    plan = TrainingPlan.from_json({**told, "name": "as before"})
    foreign = [item.family for item in plan.families if item.family not in FAMILIES]
    if foreign and find_origin(record) is not None:
        expected = "families of ours, in a model that was made elsewhere,"
        raise MalformedPlan(expected, ", ".join(foreign))
    return plan


def features_of_model(workspace: Workspace, record: ModelRecord) -> "FeatureSet | None":
    """Return the features that were chosen for a model; None where they are the usual ones.

    Raises
    ------
    BundleError
        If its bundle cannot be read.
    FeatureError
        If they cannot be.
    """
    # Their text is read by what brings onnx along, which a tick has no use for.
    from bellwether.features import read_catalogue  # noqa: PLC0415

    catalogue = workspace.bundles.load(record).manifest.feature_set.get("catalogue")
    return None if catalogue is None else read_catalogue(json.loads(catalogue))
