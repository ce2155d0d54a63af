"""What each member of an ensemble had to do with an answer, as it crosses the wire."""

import json
from dataclasses import asdict, replace

import msgspec
import numpy as np

from bellwether import client
from bellwether.answering._wire import Answers, decode_for_parent, encode_frame
from bellwether.client._reading import read
from bellwether.http._types import PredictionAnswer
from bellwether.service import (
    Direction,
    Explanation,
    FallbackReason,
    MemberPart,
    Prediction,
    Rung,
    Source,
    SourceKind,
    Step,
)

PARTS = (
    MemberPart(name="lstm", weight=0.6, standardised=1.5, contribution=0.9, expected_return=0.0009),
    MemberPart(
        name="ridge", weight=0.4, standardised=-0.5, contribution=-0.2, expected_return=-0.0002
    ),
)
TOLD = Prediction(
    symbol="SPY",
    interval="1d",
    as_of=np.datetime64("2018-12-31T21:00", "us"),
    horizon_bars=1,
    direction=Direction.BUY,
    probability_up=0.55,
    expected_return=0.001,
    interval_return=None,
    confidence=70.0,
    price=100.0,
    target=None,
    stop=None,
    regime=None,
    reasons=("because",),
    source=Source(kind=SourceKind.MODEL, model_id="m"),
    rung=Rung.CHAMPION,
    fallback_reason=None,
    bars_digest="b",
    explanation=Explanation(baseline=None, value=None, trouble="there was no time left for it"),
    members=PARTS,
)


def test_members_cross_from_the_inference_process_as_they_were() -> None:
    frame = encode_frame(Answers(3, [TOLD]))
    crossed = decode_for_parent(frame[4:])
    assert isinstance(crossed, Answers)
    assert crossed.predictions == [TOLD]


def test_members_are_in_the_services_json_and_in_the_clients_values() -> None:
    answer = msgspec.json.decode(TOLD.encode(), type=PredictionAnswer)
    assert answer.members is not None
    assert [msgspec.structs.asdict(one) for one in answer.members] == list(map(asdict, PARTS))
    found = read(client.Prediction, json.loads(TOLD.encode()))
    assert [asdict(one) for one in found.members] == [asdict(one) for one in PARTS]


def test_an_answer_without_members_says_nothing_of_them() -> None:
    rules = replace(
        TOLD,
        members=(),
        explanation=None,
        rung=Rung.RULES,
        fallback_reason=FallbackReason.NO_MODEL_PROMOTED,
        steps=(Step(rung=Rung.CHAMPION, reason=FallbackReason.NO_MODEL_PROMOTED),),
    )
    assert "members" not in json.loads(rules.encode())
    assert msgspec.json.decode(rules.encode(), type=PredictionAnswer).members is None
    assert read(client.Prediction, json.loads(rules.encode())).members == ()
