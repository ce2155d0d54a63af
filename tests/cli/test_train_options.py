"""What is asked of a training beyond its plan: tuning, lessons, a model for each symbol."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.command_line import Call

from bellwether.bars import Bars, noise_world
from bellwether.bootstrap import features_of_model, open_workspace

Save = Callable[[Bars, Path], Path]
FLAGS = ("--plan", "cheap", "--workers", "1")


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let tables fit, and let nothing lie about in the working directory."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)


def test_a_search_for_options_is_announced_told_and_in_the_ledger(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path, home = save_bars(noise_world(3, 620).bars, tmp_path / "noise.csv"), tmp_path / "home"
    answer = call("train", path, *FLAGS, "--tune", "--budget", "1s", "--home", home, "--json")
    assert answer.code == 0
    assert "8 configurations tried before each fit" in " ".join(answer.err.split())
    assert "tuning: 208 of 208 configurations tried" in answer.err
    assert {item["n_trials"] for item in answer.json["plan"]["families"]} == {8}
    [family] = call("ledger", "show", "--home", home, "--json").json["families"]
    assert family["n_by_kind"]["tuning"] >= 26 * 8
    assert family["n_by_kind"]["look"] == 3
    assert call("ledger", "verify", "--home", home).code == 0


def test_each_symbol_gets_a_model_and_a_market_of_its_own(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    paths = [save_bars(noise_world(seed, 620).bars, tmp_path / f"{seed}.csv") for seed in (1, 2)]
    lessons = ("--uniqueness", "--half-life", "400", "--horizon", "5")
    place = ("--home", tmp_path / "home", "--json")
    told = call("train", *paths, *FLAGS, "--each", "--universe", "pair", *lessons, *place).json
    first, second = told["trainings"]
    assert [first["universe"], second["universe"]] == ["pair: 1", "pair: 2"]
    assert [first["symbols"], second["symbols"]] == [["1"], ["2"]]
    assert first["plan"]["learning"] == {
        "target": "own",
        "by_uniqueness": True,
        "half_life_bars": 400,
    }
    markets = {row["universe"] for row in call("models", *place).json["models"]}
    assert markets == {"pair: 1", "pair: 2"}


def test_relative_targets_are_asked_for_by_name(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    paths = [save_bars(noise_world(seed, 620).bars, tmp_path / f"{seed}.csv") for seed in (1, 2)]
    told = call("train", *paths, *FLAGS, "--relative", "--home", tmp_path / "h", "--json").json
    assert told["plan"]["learning"]["target"] == "cross_section"


def test_weights_by_regime_are_asked_for_by_name(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path, home = save_bars(noise_world(3, 620).bars, tmp_path / "noise.csv"), tmp_path / "home"
    told = call("train", path, *FLAGS, "--regime-weights", "--home", home, "--json").json
    assert told["plan"]["regime_weights"]
    workspace = open_workspace({"home": home})
    manifest = workspace.bundles.load(workspace.registry.get(told["model_id"])).manifest
    assert len(manifest.state["regime_multiplier"]) == 5 * len(manifest.families)


@pytest.mark.parametrize("bars", ["0", "-3", "many"])
def test_a_half_life_of_no_bars_is_refused(
    bars: str, call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path = save_bars(noise_world(3, 620).bars, tmp_path / "noise.csv")
    refused = call("train", path, "--half-life", bars, "--home", tmp_path / "home")
    assert refused.code == 2
    assert "half-life" in refused.err
    assert not (tmp_path / "home").exists()


def test_a_plan_that_there_is_not_is_refused_with_those_there_are(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path = save_bars(noise_world(3, 620).bars, tmp_path / "noise.csv")
    refused = call("train", path, "--plan", "perfect", "--home", tmp_path / "home")
    assert refused.code == 2
    assert "thorough" in refused.err


MINE = """
name = "mine"
version = "1"

[features]
gap = "open / ref(close, 1) - 1"
momentum = "close / mean(close, 20) - 1"
"""


def test_features_of_ones_own_are_learned_from_served_and_kept_for_later_fits(
    call: Call, save_bars: Save, tmp_path: Path
) -> None:
    path, home = save_bars(noise_world(3, 620).bars, tmp_path / "noise.csv"), tmp_path / "home"
    (tmp_path / "mine.toml").write_text(MINE, encoding="utf-8")
    chosen = ("--features", tmp_path / "mine.toml", "--home", home)
    told = call("train", path, *FLAGS, *chosen, "--json").json
    workspace = open_workspace({"home": home})
    record = workspace.registry.get(told["model_id"])
    manifest = workspace.bundles.load(record).manifest
    assert manifest.feature_names == ("gap", "momentum")
    kept = features_of_model(workspace, record)
    assert kept is not None
    assert kept.digest == manifest.feature_set["digest"]
    refused = call("train", path, "--features", tmp_path / "none.toml", "--home", home)
    assert refused.code == 4
    assert "nothing at" in refused.err
