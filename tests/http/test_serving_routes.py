from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import numpy as np
import pytest

from bellwether.http._serving_types import ServingAnswer, SessionsAnswer
from bellwether.monitor import Standing
from bellwether.registry import Bundle, open_bundle

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
SERVING, RULES, CALENDAR = "/v1/serving/WORLD", "/v1/rules/bundle", "/v1/calendars/world"


class Thoughts:
    """Standings that a test makes up."""

    def __init__(self, *known: Standing) -> None:
        self._known = {one.model_id: one for one in known}

    def find(self, model_id: str) -> Standing | None:
        return self._known.get(model_id)


def read(found: httpx.Response) -> ServingAnswer:
    assert found.status_code == 200, found.text
    return msgspec.json.decode(found.content, type=ServingAnswer)


def test_a_market_without_a_model_is_served_by_the_rules(world: World) -> None:
    told = read(world.ask("GET", SERVING))
    assert (told.champion, told.previous, told.rules) == (None, None, RULES)
    assert (told.least_confidence, told.when_unsure, told.most_age_days) == (60, "step_down", 180)


def test_the_bundles_named_are_those_that_can_be_downloaded(
    world: World, make_model: MakeModel
) -> None:
    bundles = {name: make_model(name) for name in ("older", "newer")}
    world.promote(*bundles.values())
    told = read(world.ask("GET", SERVING))
    for seat, name in ((told.champion, "newer"), (told.previous, "older")):
        assert seat is not None
        assert (seat.model_id, seat.bundle_digest) == (name, bundles[name].digest)
        content = world.ask("GET", seat.bundle).content
        assert open_bundle(content, name).digest == seat.bundle_digest


def test_another_horizon_is_another_market(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    told = read(world.ask("GET", SERVING, params={"horizon_bars": "5"}))
    assert (told.champion, told.horizon_bars) == (None, 5)


def test_what_is_thought_of_a_model_is_told(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    standing = Standing(
        model_id="champion",
        condition="red",
        answers=False,
        accuracy=0.48,
        fallback_accuracy=0.51,
        words="it lost its edge",
    )
    told = read(world.with_predict(standings=Thoughts(standing)).ask("GET", SERVING))
    assert told.champion is not None
    assert told.champion.standing is not None
    found = told.champion.standing
    assert (found.condition, found.answers, found.words) == ("red", False, "it lost its edge")


@pytest.mark.parametrize("query", [{"horizon_bars": "0"}, {"interval": "x"}, {"symbol": "WORLD"}])
def test_a_query_that_cannot_be_is_422(world: World, query: dict[str, str]) -> None:
    assert world.ask("GET", SERVING, params=query).status_code == 422


def test_the_rules_bundle_is_the_one_that_answers(world: World) -> None:
    found = world.ask("GET", RULES)
    served = world.predict()["source"]["bundle_digest"]
    assert open_bundle(found.content, "rules").digest == served
    assert found.headers["etag"] == f'"{served}"'


def test_the_rules_bundle_is_not_sent_twice(world: World) -> None:
    etag = world.ask("GET", RULES).headers["etag"]
    again = world.ask("GET", RULES, headers={"if-none-match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")


def test_sessions_are_those_that_bars_are_held_against(world: World) -> None:
    calendar = world.ports.calendars.find("world", "1d")
    found = world.ask("GET", CALENDAR)
    told = msgspec.json.decode(found.content, type=SessionsAnswer)
    assert told.closes_at == calendar.closes_at.view(np.int64).tolist()


def test_sessions_can_be_asked_for_from_a_date_on(world: World) -> None:
    closes = world.ports.calendars.find("world", "1d").closes_at
    since = str(closes[-3].astype("datetime64[D]"))
    found = msgspec.json.decode(
        world.ask("GET", CALENDAR, params={"since": since}).content, type=SessionsAnswer
    )
    assert found.closes_at == closes[-3:].view(np.int64).tolist()
    late = world.ask("GET", CALENDAR, params={"since": "2400-01-01"})
    assert len(late.json()["closes_at"]) == 1


def test_an_unknown_calendar_is_a_problem(world: World) -> None:
    found = world.ask("GET", "/v1/calendars/XXXX")
    assert found.json()["type"].endswith("unknown-calendar")


def test_models_that_are_switched_off_are_said_to_be(world: World) -> None:
    models_off = replace(world.options.predict, models_enabled=False)
    told = read(world.with_options(predict=models_off).ask("GET", SERVING))
    assert told.models_enabled is False
