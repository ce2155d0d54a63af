"""What watching has come to, as the service tells it and lives by it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest

from bellwether.clock import FixedClock
from bellwether.http._monitor_board import MonitorBoard
from bellwether.monitor import Standing
from bellwether.registry import Bundle, RegistryUnavailable

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
SETTLED = "2019-01-02T21:00:00.000000"


def standing(model_id: str = "champion", **facts: Any) -> Standing:
    told: dict[str, Any] = {"accuracy": 0.53, "fallback_accuracy": 0.51, **facts}
    return Standing(model_id=model_id, as_of=SETTLED, words="53 of 100", **told)


def watch(world: World, *standings: Standing, evidence: float = 3.5) -> None:
    for one in standings:
        world.think(f"standing/{one.model_id}", one.to_json())
        details = {"model_id": one.model_id, "facts": {"e_value": evidence}, "n_bars": 100}
        world.think(f"watch/{one.model_id}", details)


class NoCheckpoints:
    """Checkpoints whose database is gone."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_values: object) -> Any:
            raise RegistryUnavailable("the database", "gone")

        return fail


def test_before_anybody_watches_the_models_that_serve_are_named(
    world: World, make_model: MakeModel
) -> None:
    world.promote(make_model("before"), make_model("champion"))
    world.register(make_model("candidate"))
    found = world.ask("GET", "/v1/monitor")
    assert found.status_code == 200
    nobody = {"standing": None, "evidence": None}
    assert found.json() == {
        "last_check": None,
        "models": [
            {"model_id": "before", "stage": "previous", **nobody},
            {"model_id": "champion", "stage": "champion", **nobody},
        ],
    }


def test_standings_and_the_age_of_the_last_check_are_told(
    world: World, make_model: MakeModel
) -> None:
    world.promote(make_model("champion"))
    world.register(make_model("shadow"), make_model("refused"))
    world.ports.predict.registry.refuse("refused", None, reason="no skill")
    watch(world, standing(condition="amber"), standing("shadow"), standing("refused"))
    at = world.now - np.timedelta64(90, "s")
    world.think("watch/last", {"at": f"{at}Z"})
    told = world.ask("GET", "/v1/monitor").json()
    assert told["last_check"] == {"at": f"{at}Z", "age_seconds": 90.0}
    assert [(one["model_id"], one["stage"]) for one in told["models"]] == [
        ("champion", "champion"),
        ("shadow", "candidate"),
    ]
    assert told["models"][0]["evidence"] == 3.5
    assert told["models"][0]["standing"] == {
        "condition": "amber",
        "answers": True,
        "accuracy": 0.53,
        "fallback_accuracy": 0.51,
        "confidence_factor": 1.0,
        "edge_factor": 1.0,
        "as_of": SETTLED,
        "words": "53 of 100",
    }


def test_the_details_of_a_model_are_told_as_they_were_left(world: World) -> None:
    watch(world, standing())
    found = world.ask("GET", "/v1/monitor/champion")
    assert found.json() == {"model_id": "champion", "facts": {"e_value": 3.5}, "n_bars": 100}


@pytest.mark.parametrize(
    ("model_id", "status", "kind"),
    [("nobody", 404, "model-not-watched"), ("No%20Id", 422, "bad-model-id")],
)
def test_a_model_that_nobody_watches_is_a_problem(
    world: World, model_id: str, status: int, kind: str
) -> None:
    found = world.ask("GET", f"/v1/monitor/{model_id}")
    assert (found.status_code, found.json()["type"].rpartition(":")[2]) == (status, kind)


@pytest.mark.parametrize("path", ["/v1/monitor", "/v1/monitor/champion"])
def test_a_database_that_is_gone_is_a_problem(world: World, path: str) -> None:
    world.ports = replace(world.ports, checkpoints=NoCheckpoints())
    assert world.ask("GET", path).status_code == 503


def test_without_checkpoints_there_are_no_such_routes(world: World) -> None:
    world.ports = replace(world.ports, checkpoints=None)
    assert world.ask("GET", "/v1/monitor").status_code == 404
    assert "bellwether_model_condition" in world.ask("GET", "/metrics").text


@pytest.mark.parametrize("content", [{"condition": "purple"}, {}])
def test_what_is_damaged_is_told_as_not_known(
    world: World, make_model: MakeModel, content: dict[str, Any]
) -> None:
    world.promote(make_model())
    world.think("standing/champion", content)
    world.think("watch/champion", {"facts": None})
    world.think("watch/last", {"at": "yesterday"})
    [model] = world.ask("GET", "/v1/monitor").json()["models"]
    assert (model["standing"], model["evidence"]) == (None, None)
    assert world.ask("GET", "/v1/monitor").json()["last_check"] is None
    assert world.ask("GET", "/metrics").status_code == 200


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_metrics_tell_who_is_in_what_condition(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    watch(world, standing(condition="red", answers=False), evidence=1300.0)
    world.think("watch/last", {"at": f"{world.now - np.timedelta64(2, 'h')}Z"})
    told = samples(world.ask("GET", "/metrics").text)
    conditions = {
        one: told[f'bellwether_model_condition{{condition="{one}",model_id="champion"}}']
        for one in ("ok", "amber", "red", "recovering")
    }
    assert conditions == {"ok": 0.0, "amber": 0.0, "red": 1.0, "recovering": 0.0}
    assert told['bellwether_model_accuracy{model_id="champion",of="model"}'] == 0.53
    assert told['bellwether_model_accuracy{model_id="champion",of="rules"}'] == 0.51
    assert told['bellwether_model_evidence{model_id="champion"}'] == 1300.0
    assert told['bellwether_model_answers{model_id="champion"}'] == 0.0
    assert told["bellwether_monitor_last_check_age_seconds"] == 7200.0


class MovedClock(FixedClock):
    """A clock that is put forward by hand."""

    by = np.timedelta64(0, "h")

    def now(self) -> np.datetime64:
        return super().now() + self.by


class Fleeting:
    """Checkpoints that can be taken away."""

    def __init__(self, checkpoints: Any) -> None:
        self.checkpoints = checkpoints

    def __getattr__(self, name: str) -> Any:
        return getattr(self.checkpoints, name)


def test_the_last_check_grows_older_while_nothing_can_be_read(world: World) -> None:
    world.think("watch/last", {"at": f"{world.now}Z"})
    checkpoints = Fleeting(world.ports.checkpoints)
    moved = MovedClock(world.now)
    registry = world.ports.predict.registry
    board = MonitorBoard(checkpoints, registry, moved, held_seconds=0.0)
    ages: list[float] = []

    async def look() -> None:
        await board.look()
        [age] = [one for one in board.collect() if one.name.endswith("age_seconds")]
        ages.extend(sample.value for sample in age.samples)

    asyncio.run(look())
    checkpoints.checkpoints = NoCheckpoints()
    moved.by = np.timedelta64(1, "h")
    asyncio.run(look())
    assert ages == [0.0, 3600.0]


def test_a_model_in_red_answers_no_more_and_comes_back(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())

    async def scenario(client: httpx.AsyncClient) -> list[dict[str, Any]]:
        answers = []
        for thought in (
            standing(),
            standing(condition="red", answers=False),
            standing(condition="recovering", confidence_factor=0.9, edge_factor=0.5),
        ):
            watch(world, thought)
            answers.append((await client.post("/v1/predict", json=world.body())).json())
        return answers

    fine, red, back = world.visit(scenario)
    assert (fine["rung"], fine["confidence"], fine["standing"]["condition"]) == (
        "champion",
        80.0,
        "ok",
    )
    assert (red["rung"], red["fallback_reason"], "standing" in red) == ("rules", "drift_red", False)
    assert (back["rung"], back["confidence"]) == ("champion", 77.0)
    assert back["standing"]["condition"] == "recovering"


def test_what_stood_still_is_held(world: World) -> None:
    close = world.bars.close.copy()
    close[-5:] = close[-5]
    body = world.body(
        close=close.tolist(),
        high=np.maximum(world.bars.high, close).tolist(),
        low=np.minimum(world.bars.low, close).tolist(),
    )
    found = world.ask("POST", "/v1/predict", json=body).json()
    assert (found["direction"], found["fallback_reason"]) == ("HOLD", "frozen_column")
