"""`bellwether compare` as a person uses it: two models, on bars that neither had seen."""

import shutil
from pathlib import Path

import pytest
from tests.command_line import Call, EdgeMarket

from bellwether.bootstrap import open_workspace, read_retrainings, retraining_ports
from bellwether.registry import MarketKey
from bellwether.retraining import choose_by_regime
from bellwether.service import import_bars
from bellwether.sources import read_bars


def test_on_an_empty_home_there_is_nothing_to_compare(tmp_path: Path, call: Call) -> None:
    found = call("compare", "--home", tmp_path / "none")
    assert (found.code, found.out) == (0, "No model serves: there is nothing to compare.\n")
    assert call("compare", "--home", tmp_path / "none", "--json").json == {"markets": []}


def test_an_unknown_universe_is_an_error_that_names_the_known(tmp_path: Path, call: Call) -> None:
    found = call("compare", "--universe", "mars", "--home", tmp_path / "none", "--json")
    assert found.code == 11
    assert found.json["error"]["type"] == "UnknownMarket"


def test_a_champion_alone_is_compared_with_nobody(call: Call, edge_market: EdgeMarket) -> None:
    found = call("compare", "--by-regime", "--home", edge_market.home)
    assert found.code == 0
    assert "there is no champion with a previous one beside it" in found.out
    [told] = call("compare", "--home", edge_market.home, "--json").json["markets"]
    assert told["champion"] == edge_market.trained.json["champion"]
    assert (told["previous"], told["differences"], told["choice"]) == (None, [], None)


def test_two_models_are_shown_by_kind_of_market_and_who_answers_first(
    call: Call, edge_market: EdgeMarket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    home = Path(shutil.copytree(edge_market.home, tmp_path / "home"))
    records = call("models", "--home", home, "--json").json["models"]
    [ridge] = [one["model_id"] for one in records if "ridge" in one["model_id"]]
    assert call("promote", ridge, "--home", home).code == 0
    workspace = open_workspace({"home": home})
    imported = read_bars(edge_market.past)
    import_bars(imported, store=workspace.bars, clock=workspace.clock, source="edge.csv")
    [told] = call("compare", "--by-regime", "--home", home, "--json").json["markets"]
    assert (told["champion"], told["trouble"], told["choice"]) == (ridge, "", None)
    whole, *parts = told["differences"]
    assert (whole["regime"], whole["needed_p"]) == ("all", None)
    assert {one["regime"] for one in parts} >= {"ranging", "trending up", "volatile"}
    assert whole["n_bars"] == sum(one["n_bars"] for one in parts)
    [plain] = call("compare", "--home", home, "--json").json["markets"]
    assert plain["differences"] == [whole]
    undecided = call("compare", "--by-regime", "--home", home).out
    assert "Nothing is decided yet of these two" in undecided
    market = MarketKey(universe=told["universe"], interval="1d", horizon_bars=1)
    ports = retraining_ports(workspace)
    choose_by_regime(market, ports, read_retrainings(workspace), workspace.clock.now())
    shown = call("compare", "--by-regime", "--home", home).out
    assert "Nothing is decided yet" not in shown
    assert f"{ridge} serves; {told['previous']} served before it." in shown
    assert all(one["regime"] in shown for one in parts)
