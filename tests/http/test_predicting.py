import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.steady import telling_bundle

from bellwether.bars import COLUMNS
from bellwether.clock import FixedClock
from bellwether.http import FrameHead, pack_frame
from bellwether.http._types import BatchAnswer, PredictionAnswer
from bellwether.registry import Bundle
from bellwether.service import predict

MakeModel = Callable[..., Bundle]
World = Any  # the class lives in conftest, which is no module
BARS = "application/vnd.bellwether.bars"


def check_form(answer: object) -> None:
    """Check that an answer has exactly the published form."""
    msgspec.json.decode(json.dumps(answer), type=PredictionAnswer)


def frame(world: World, **head: Any) -> bytes:
    named = FrameHead(**{"symbol": "WORLD", "n_bars": len(world.bars), **head})
    matrix = np.column_stack([getattr(world.bars, name) for name in COLUMNS])
    return pack_frame(named, world.bars.closed_at, matrix)


def test_without_a_model_the_rules_answer_and_say_so(world: World) -> None:
    answer = world.predict()
    check_form(answer)
    assert (answer["rung"], answer["fallback_reason"]) == ("rules", "no_model_promoted")
    assert answer["as_of"] == f"{np.datetime_as_string(world.bars.closed_at[-1], 's')}Z"


def test_a_champion_answers_as_it_does_without_a_door(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    answer = world.predict(calendar="world")
    check_form(answer)
    told = predict(world.bars, ports=world.ports.predict, calendar=world.calendar).to_json()
    assert answer == json.loads(json.dumps(told))
    assert (answer["rung"], answer["source"]["model_id"]) == ("champion", "champion")


@pytest.mark.parametrize("form", ["microseconds", "offset"])
def test_times_may_be_written_in_three_ways(world: World, form: str) -> None:
    times: list[object] = world.bars.closed_at.astype(np.int64).tolist()
    if form == "offset":
        shifted = world.bars.closed_at - np.timedelta64(5, "h")
        times = [f"{instant}-05:00" for instant in shifted]
    assert world.predict(closed_at=times) == world.predict()


def test_the_binary_form_is_answered_as_the_other(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    body = frame(world, calendar="world")
    found = world.ask("POST", "/v1/predict", content=body, headers={"content-type": BARS})
    assert found.status_code == 200
    assert found.json() == world.predict(calendar="world")


def test_an_adjustment_is_used(world: World, make_model: MakeModel) -> None:
    factors = [0.5] * len(world.bars)
    assert world.predict(adjustment=factors)["bars_digest"] != world.predict()["bars_digest"]


def test_a_batch_is_answered_in_its_order(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    questions = [world.body(symbol=name) for name in ("OTHER", "WORLD", "THIRD")]
    found = world.ask("POST", "/v1/predict/batch", json={"questions": questions})
    msgspec.json.decode(found.content, type=BatchAnswer)
    told = [(one["symbol"], one["rung"]) for one in found.json()["answers"]]
    assert told == [("OTHER", "rules"), ("WORLD", "champion"), ("THIRD", "rules")]


def test_a_binary_batch_is_one_frame_behind_the_other(world: World) -> None:
    body = b"".join(frame(world, symbol=name) for name in ("ONE", "TWO"))
    found = world.ask("POST", "/v1/predict/batch", content=body, headers={"content-type": BARS})
    assert [one["symbol"] for one in found.json()["answers"]] == ["ONE", "TWO"]


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("close", -1, None),
        ("high", -1, 1e-6),
        ("low", 4, 0.0),
        ("volume", 3, -1.0),
        ("closed_at", 3, "1999-01-01T00:00:00Z"),
    ],
)
def test_bars_that_break_the_data_contract_are_answered_with_hold(
    world: World, make_model: MakeModel, column: str, row: int, value: object
) -> None:
    world.promote(make_model())
    body = world.body()
    body[column][row] = value
    answer = world.predict(**body)
    check_form(answer)
    assert (answer["direction"], answer["rung"]) == ("HOLD", "hold")
    assert answer["fallback_reason"] == "data_contract_broken"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none_in_a_frame_are_answered_with_hold(
    world: World, value: float
) -> None:
    matrix = np.array(world.bars.matrix)
    matrix[-1, 3] = value
    head = FrameHead(symbol="WORLD", n_bars=len(world.bars))
    body = pack_frame(head, world.bars.closed_at, matrix)
    found = world.ask("POST", "/v1/predict", content=body, headers={"content-type": BARS})
    assert found.json()["fallback_reason"] == "data_contract_broken"


def test_columns_of_unequal_length_are_answered_with_hold(world: World) -> None:
    body = world.body()
    answer = world.predict(open=body["open"][1:])
    assert answer["fallback_reason"] == "data_contract_broken"


@pytest.mark.parametrize("n_bars", [0, 1, 59])
def test_too_few_bars_are_answered_with_hold(world: World, n_bars: int) -> None:
    world.bars = world.bars[:n_bars]
    answer = world.predict()
    check_form(answer)
    assert (answer["fallback_reason"], answer["confidence"]) == ("insufficient_data", 0.0)


def test_old_bars_are_answered_with_hold_where_a_calendar_tells_their_age(world: World) -> None:
    late = world.with_predict(clock=FixedClock(world.now + np.timedelta64(40, "D")))
    assert late.predict(calendar="world")["fallback_reason"] == "expired_data"
    assert late.predict()["rung"] == "rules"
    chosen = late.with_options(default_calendar="world")
    assert chosen.predict()["fallback_reason"] == "expired_data"


def test_the_horizon_of_the_request_is_asked_for(world: World, make_model: MakeModel) -> None:
    world.promote(make_model())
    answer = world.predict(horizon_bars=5)
    assert (answer["horizon_bars"], answer["rung"]) == (5, "rules")


def test_bars_are_kept_with_the_answer_where_that_is_asked(world: World) -> None:
    world.ports = replace(world.ports, bars=None, jobs=None)
    bare = world.predict()
    kept = world.predict(symbol="KEPT", store_bars=True)
    told = world.ports.journal.window(kept["prediction_id"])
    assert told.digest == replace(world.bars, symbol="KEPT").digest
    assert world.ports.journal.window(bare["prediction_id"]) is None
    path = "/v1/predictions/{}/replay"
    for answer, outcome in ((bare, "needs the bars back"), (kept, "identical")):
        found = world.ask("POST", path.format(answer["prediction_id"]), json={})
        assert found.json()["outcome"] == outcome


def test_bars_are_kept_with_a_batch_and_with_frames_too(world: World) -> None:
    questions = [world.body(symbol=name, store_bars=name == "TWO") for name in ("ONE", "TWO")]
    found = world.ask("POST", "/v1/predict/batch", json={"questions": questions}).json()["answers"]
    body = frame(world, symbol="THREE", store_bars=True)
    third = world.ask("POST", "/v1/predict", content=body, headers={"content-type": BARS}).json()
    windows = [world.ports.journal.window(one["prediction_id"]) for one in (*found, third)]
    assert [one is not None for one in windows] == [False, True, True]


def test_bars_that_nobody_answered_on_are_not_kept(world: World) -> None:
    body = world.body(store_bars=True)
    body["high"][-1] = None
    answer = world.predict(**body)
    assert answer["fallback_reason"] == "data_contract_broken"
    assert world.ports.journal.window(answer["prediction_id"]) is None


@pytest.mark.parametrize("form", ["json", "frame"])
def test_bars_in_a_request_may_be_asked_about_with_why(world: World, form: str) -> None:
    world.promote(telling_bundle())
    if form == "json":
        told = world.predict(calendar="world", why=True)
    else:
        body = frame(world, calendar="world", why=True)
        found = world.ask("POST", "/v1/predict", content=body, headers={"content-type": BARS})
        told = found.json()
    check_form(told)
    assert len(told["contributions"]) == 3
    assert told["explanation"]["trouble"] == ""
    plain = world.predict(calendar="world")
    assert told["prediction_id"] == plain["prediction_id"]


def test_in_a_batch_those_who_ask_why_share_the_time(world: World) -> None:
    world.promote(telling_bundle())
    questions = [world.body(calendar="world", why=why) for why in (True, False, True)]
    found = world.ask("POST", "/v1/predict/batch", json={"questions": questions})
    answers = found.json()["answers"]
    assert [len(one["contributions"]) for one in answers] == [3, 0, 3]
    assert [("explanation" in one) for one in answers] == [True, False, True]
