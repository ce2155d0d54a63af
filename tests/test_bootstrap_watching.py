"""Watching on a home folder, from training to the table: every part is the real one."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bellwether.bars import Bars, BarsImport, Panel, SessionCalendar, assess, edge_world
from bellwether.bootstrap import (
    open_workspace,
    read_watch,
    rebuild_watch,
    run_tick,
    run_watch,
    watch_options,
)
from bellwether.monitor import Thresholds, UnusableMonitorOption
from bellwether.service import CHEAP_PLAN, import_bars
from bellwether.settings import load_settings
from bellwether.watch import WatchOptions

HOUR = np.timedelta64(1, "h")
TRAINED = 1000


class ManualClock:
    """A clock that is set by hand."""

    def __init__(self, instant: np.datetime64) -> None:
        self.instant = instant

    def now(self) -> np.datetime64:
        """Return what it was set to."""
        return self.instant


def imported(bars: Bars, calendar: SessionCalendar) -> BarsImport:
    return BarsImport(
        bars=bars, quality=assess(bars, calendar), calendar=calendar, source_digest=bars.digest
    )


def test_a_trained_champion_is_held_to_what_it_promised(tmp_path: Path) -> None:
    bars = edge_world(7, TRAINED + 20, information_coefficient=0.4).bars
    calendar = SessionCalendar(name="days", closes_at=bars.closed_at)
    clock = ManualClock(bars.closed_at[TRAINED - 1] + HOUR)
    workspace = open_workspace({"home": tmp_path / "home", "retraining": False}, clock=clock)
    request = workspace.request(Panel(bars=(bars[:TRAINED],)), plan=CHEAP_PLAN)
    champion = workspace.train(request).champion
    assert champion is not None
    for n_bars in (TRAINED + 5, TRAINED + 12, TRAINED + 20):
        clock.instant = bars.closed_at[n_bars - 1] + HOUR
        import_bars(
            imported(bars[:n_bars], calendar), store=workspace.bars, clock=clock, source="a file"
        )
        tick = run_tick(workspace)
        assert tick.watched is not None
        assert tick.retraining is None
    [model] = read_watch(workspace).models
    assert model["model_id"] == champion.model_id
    assert model["benchmark"]["words"] == ""
    assert model["benchmark"]["accuracy"] > 0.5
    assert model["n_settled"] >= 15
    assert model["inputs"]["n_symbols"] == 1
    assert "monitoring" in champion.metrics
    assert "inputs" not in champion.metrics
    again = run_watch(workspace)
    assert again is not None
    assert again.changes == ()
    assert rebuild_watch(workspace).is_identical


def test_how_models_are_watched_is_a_setting() -> None:
    assert watch_options(load_settings()) == WatchOptions()
    told = load_settings(
        {
            "drift_amber_bars": 100,
            "drift_red_bars": 400,
            "drift_reduction": "steps",
            "drift_recovery_evidence": 5,
            "cost_bps": 1,
        }
    )
    assert watch_options(told) == WatchOptions(
        thresholds=Thresholds(amber=100.0, red=400.0),
        reduction="steps",
        recovery_evidence=5.0,
        cost_bps=1.0,
    )


def test_red_before_amber_is_refused() -> None:
    with pytest.raises(UnusableMonitorOption, match="not above red"):
        watch_options(load_settings({"drift_red_bars": 100}))


def test_a_process_that_watches_loads_no_library_of_training(tmp_path: Path) -> None:
    script = """
import pathlib, sys
from bellwether.bootstrap import open_workspace, run_watch
assert run_watch(open_workspace({"home": pathlib.Path(sys.argv[1])})) is not None
print(sorted({"torch", "xgboost", "numba", "scipy", "pandas", "polars"} & sys.modules.keys()))
"""
    command = [sys.executable, "-c", script, str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
