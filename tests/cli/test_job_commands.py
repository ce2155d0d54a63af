"""A job of the service trains on stored bars, in a process that tells how it goes."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.command_line import Call

from bellwether.bars import Bars, edge_world
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.service import Job, Jobs, JobState, import_bars
from bellwether.sources import read_bars

Save = Callable[[Bars, Path], Path]
PATIENCE_SECONDS = 120.0


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace({"home": tmp_path / "home", "workers": 1})


@pytest.fixture
def snapshot(workspace: Workspace, save_bars: Save, tmp_path: Path) -> str:
    bars = edge_world(7, 900, information_coefficient=0.2).bars
    imported = read_bars(save_bars(bars, tmp_path / "edge.csv"))
    done = import_bars(imported, store=workspace.bars, clock=workspace.clock, source="edge.csv")
    return done.snapshot.digest


def do(jobs: Jobs, kind: str, asked: Mapping[str, Any]) -> Job:
    """Have a job done, and return it."""
    wait = threading.Event()
    try:
        job = jobs.submit(kind, asked)
        for _ in range(int(PATIENCE_SECONDS / 0.1)):
            if job.ended_at is not None:
                break
            wait.wait(0.1)
            job = jobs.get(job.job_id)
    finally:
        jobs.close()
    assert job.state is JobState.DONE, (job, jobs.log(job.job_id))
    return job


@pytest.mark.timeout(240)
def test_a_job_trains_on_a_snapshot_and_tells_what_came_of_it(
    workspace: Workspace, snapshot: str
) -> None:
    jobs = workspace.jobs
    asked = {"snapshots": [snapshot], "plan": "cheap", "universe": "--edge", "cost_bps": 1.5}
    job = do(jobs, "train", asked)
    assert job.result is not None
    assert (job.result["universe"], job.result["symbols"]) == ("--edge", ["edge"])
    assert job.result["reasons"]
    assert "card" not in job.result
    known = [record.model_id for record in workspace.registry.records()]
    assert job.result["model_id"] in known
    shares = [one.data["share"] for one in jobs.events(job.job_id) if one.name == "progress"]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert jobs.log(job.job_id)


def test_a_job_on_what_is_not_stored_fails_with_a_reason(workspace: Workspace, call: Call) -> None:
    home = workspace.settings.home
    found = call("train-snapshots", "0" * 64, "--home", home, "--json")
    assert found.code != 0
    assert found.json["error"]["type"] == "UnknownSnapshot"


def test_one_symbol_twice_is_refused(workspace: Workspace, snapshot: str, call: Call) -> None:
    home = workspace.settings.home
    found = call("train-snapshots", snapshot, snapshot, "--home", home, "--json")
    assert found.json["error"]["type"] == "SymbolNotOne"


def test_a_plan_that_is_none_is_refused(workspace: Workspace, snapshot: str, call: Call) -> None:
    home = workspace.settings.home
    found = call("train-snapshots", snapshot, "--plan=no", "--home", home, "--json")
    assert found.json["error"]["type"] == "UnknownPlan"


def test_a_job_verifies_the_journal(workspace: Workspace) -> None:
    jobs = workspace.jobs
    job = do(jobs, "verify-journal", {})
    assert job.result == {"head": f"{workspace.journal.head()}"}
