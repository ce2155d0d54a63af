"""`bellwether retrain` as a person uses it: what is due, a challenger, and what became of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.command_line import Call

from bellwether.bars import Bars, Panel, edge_world, noise_world
from bellwether.bootstrap import (
    Workspace,
    find_shadow_models,
    open_workspace,
    plan_of_model,
    read_retrainings,
    retraining_options,
)
from bellwether.registry import Origin, Stage
from bellwether.service import PLANS, import_bars
from bellwether.settings import load_settings
from bellwether.sources import read_bars
from bellwether.validation import FamilyPlan, MalformedPlan

Save = Callable[[Bars, Path], Path]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace({"home": tmp_path / "home", "workers": 1})


def store(workspace: Workspace, bars: Bars, save_bars: Save, folder: Path) -> Bars:
    """Import bars and return them as they are stored."""
    imported = read_bars(save_bars(bars, folder / "edge.csv"))
    import_bars(imported, store=workspace.bars, clock=workspace.clock, source="edge.csv")
    return imported.bars


def train_first(workspace: Workspace, bars: Bars) -> None:
    """Train as a person does who begins, on fewer bars than there are later."""
    request = workspace.request(Panel(bars=[bars]), plan=PLANS["cheap"], universe="edge")
    workspace.train(request)


def test_on_an_empty_home_there_is_nothing_to_retrain(tmp_path: Path, call: Call) -> None:
    found = call("retrain", "--home", tmp_path / "none")
    assert found.code == 0
    assert "No model serves" in found.out
    found = call("retrain", "--status", "--home", tmp_path / "none", "--json")
    assert found.json["runs"] == []
    assert found.json["policy"]["full_days"] == 91.0


def test_an_unknown_universe_is_an_error_that_names_the_known(tmp_path: Path, call: Call) -> None:
    found = call("retrain", "--now", "--universe", "mars", "--home", tmp_path / "none", "--json")
    assert found.code == 11
    assert found.json["error"]["type"] == "UnknownMarket"


@pytest.mark.timeout(280)
def test_a_challenger_is_trained_and_what_became_of_it_is_told(
    workspace: Workspace, save_bars: Save, tmp_path: Path, call: Call
) -> None:
    bars = edge_world(7, 1500, information_coefficient=0.5).bars
    stored = store(workspace, bars, save_bars, tmp_path)
    train_first(workspace, stored[:1400])
    [champion] = [one for one in workspace.registry.records() if one.stage is Stage.CHAMPION]
    home = workspace.settings.home
    found = call("retrain", "--now", "--home", home, "--workers", "1", "--json")
    assert found.code == 0, found.out
    [run] = read_retrainings(workspace)
    assert run.challenger is not None
    assert [step.step.value for step in run.steps][:2] == ["due", "trained"]
    assert run.champion == champion.model_id
    assert workspace.registry.get(run.challenger).stage is Stage.CANDIDATE
    assert run.is_in_shadow
    assert find_shadow_models(workspace) == (run.challenger,)
    assert found.json["shadows"] == [run.challenger]
    told = call("retrain", "--status", "--home", home)
    assert run.step.value in told.out


def test_the_plan_of_a_model_is_the_one_it_was_trained_by(workspace: Workspace) -> None:
    train_first(workspace, noise_world(3, 800).bars)
    record = workspace.registry.records()[0]
    found = plan_of_model(workspace, record)
    assert found.digest == PLANS["cheap"].digest


def test_code_that_a_foreign_model_names_is_not_imported(workspace: Workspace) -> None:
    item = FamilyPlan(family="sklearn.linear_model:Ridge", preset="own", n_refits=1)
    plan = replace(PLANS["cheap"], families=(item,))
    bars = noise_world(3, 800).bars
    workspace.train(workspace.request(Panel(bars=[bars]), plan=plan, universe="edge"))
    record = workspace.registry.records()[0]
    assert plan_of_model(workspace, record).families == (item,)
    added = replace(record, metrics=Origin(added_by="key").mark(record.metrics))
    with pytest.raises(MalformedPlan, match="made elsewhere"):
        plan_of_model(workspace, added)


def test_settings_make_a_policy_that_holds_together(tmp_path: Path) -> None:
    for given in (
        {},
        {"retrain_full_days": 5},
        {"retrain_check_days": 60},
        {"model_max_age_days": 1},
    ):
        options = retraining_options(load_settings({"home": tmp_path, **given}))
        assert options.policy.check_days <= options.policy.challenger_days
        assert options.policy.most_age_days < options.most_age_days
