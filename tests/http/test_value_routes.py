"""Accounts, hit rates and outcomes over HTTP, of a home that was watched for thirty days."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.paper_story import story, tell, tick

from bellwether.adapters import MemoryJournal
from bellwether.bootstrap import HomeEvidence, open_workspace, watch_ports
from bellwether.service import JournalUnavailable

World = Any  # the class lives in conftest, which is no module


@pytest.fixture
def watched(world: World, tmp_path: Path) -> World:
    """Return a world whose home was watched."""
    workspace = open_workspace({"home": tmp_path / "watched"}, clock=world.ports.predict.clock)
    ports = watch_ports(workspace)
    for notes in story(30, 5):
        tell(ports, notes)
    tick(ports)
    evidence = HomeEvidence(workspace)
    return replace(world, ports=replace(world.ports, journal=workspace.journal, evidence=evidence))


class NoJournal(MemoryJournal):
    """A journal whose database is gone."""

    def notes(self, *_values: object, **_named: object) -> Any:
        raise JournalUnavailable("the journal", "gone")


def test_an_empty_home_has_no_account_no_rate_and_no_outcome(world: World) -> None:
    assert world.ask("GET", "/v1/account").json()["accounts"] == []
    assert world.ask("GET", "/v1/hit-rates").json() == {"coverage": 0.95, "rates": []}
    assert world.ask("GET", "/v1/outcomes", params={"symbol": "A"}).json() == {
        "forecasts": [],
        "next_cursor": None,
    }


def test_accounts_are_told_of_models_members_and_symbols(watched: World) -> None:
    found = watched.ask("GET", "/v1/account").json()
    assert (found["coverage"], found["cost_bps"]) == (0.95, 5.0)
    named = [(one["model_id"], one["symbol"], one["member"]) for one in found["accounts"]]
    assert named == [
        (model_id, symbol, member)
        for model_id in ("m1", "m2")
        for symbol, member in ((None, None), (None, "ridge"), *((s, None) for s in "ABC"))
    ]
    assert {one["stage"] for one in found["accounts"]} == {None}
    assert {one["curve"] for one in found["accounts"]} == {None}


def test_a_curve_has_as_many_points_as_are_asked_for(watched: World) -> None:
    query = {"model_id": "m1", "curves": "true", "points": "10"}
    [whole, *_] = watched.ask("GET", "/v1/account", params=query).json()["accounts"]
    assert 5 <= len(whole["curve"]["at"]) <= 10
    assert whole["curve"]["n_bars"][-1] == 30
    [alone, _] = watched.ask("GET", "/v1/account", params={**query, "symbol": "A"}).json()[
        "accounts"
    ]
    assert (alone["symbol"], alone["curve"]["n_bars"][-1]) == ("A", 30)


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ({"model_id": "nobody"}, 404, "model-not-watched"),
        ({"model_id": "No Id"}, 422, "bad-model-id"),
        ({"curves": "true"}, 422, "query-unreadable"),
        ({"curves": "maybe"}, 422, "query-unreadable"),
        ({"points": "1"}, 422, "query-unreadable"),
        ({"symbol": ""}, 422, "query-unreadable"),
    ],
)
def test_accounts_of_what_there_is_not_are_a_problem(
    watched: World, query: dict[str, str], status: int, kind: str
) -> None:
    found = watched.ask("GET", "/v1/account", params=query)
    assert (found.status_code, found.json()["type"].rpartition(":")[2]) == (status, kind)


def test_hit_rates_are_told_by_symbol_and_source(watched: World) -> None:
    every = watched.ask("GET", "/v1/hit-rates").json()["rates"]
    assert len(every) == 9
    query = {"symbol": "B", "source": "rules"}
    [rate] = watched.ask("GET", "/v1/hit-rates", params=query).json()["rates"]
    assert (rate["symbol"], rate["source"], rate["n"]) == ("B", "rules", 30)
    assert [band["name"] for band in rate["bands"]] == ["high", "middle", "low"]
    assert watched.ask("GET", "/v1/hit-rates", params={"source": "No Id"}).status_code == 422


def test_outcomes_are_turned_page_by_page(watched: World) -> None:
    query: dict[str, Any] = {"symbol": "A", "limit": 20, "source": "m1"}
    first = watched.ask("GET", "/v1/outcomes", params=query).json()
    second = watched.ask(
        "GET", "/v1/outcomes", params={**query, "cursor": first["next_cursor"]}
    ).json()
    assert (len(first["forecasts"]), len(second["forecasts"])) == (20, 10)
    assert second["next_cursor"] is None
    [voice] = first["forecasts"][0]["voices"]
    assert (voice["source"], voice["kind"]) == ("m1", "model")
    assert voice["outcome"] in ("hit", "miss")


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"cursor": "x"},
        {"source": "No Id"},
        {"interval": "often"},
        {"horizon_bars": "0"},
        {"symbol": "x" * 65},
    ],
)
def test_outcomes_that_are_asked_for_wrongly_are_refused(
    world: World, query: dict[str, str]
) -> None:
    assert world.ask("GET", "/v1/outcomes", params=query).status_code == 422


def test_a_journal_that_is_gone_is_a_problem(world: World) -> None:
    world.ports = replace(world.ports, journal=NoJournal())
    found = world.ask("GET", "/v1/outcomes")
    assert (found.status_code, found.json()["title"]) == (503, "Journal unavailable")
