import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.hashing import canonical_json
from bellwether.service import (
    Direction,
    Explanation,
    FallbackReason,
    PastHits,
    Prediction,
    Rung,
    Source,
    SourceKind,
    Step,
)
from bellwether.service._facts import Interval, RegimeReading, StandingReading
from bellwether.service._prediction_text import write_prediction
from bellwether.service._why import Contribution, MemberPart

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBER = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
PRICE = st.none() | st.floats(0.0, 1e300) | st.integers(0, 10**9)
FRACTION = st.floats(0.0, 1.0) | st.sampled_from([0, 1, np.float64(0.1)])


def instants() -> st.SearchStrategy[np.datetime64 | None]:
    microseconds = st.integers(-(10**15), 4 * 10**15)
    return st.none() | microseconds.map(lambda value: np.datetime64(value, "us"))


def intervals() -> st.SearchStrategy[Interval | None]:
    ends = st.tuples(st.floats(-1.0, 0.0), st.floats(0.0, 1e10), FRACTION)
    return st.none() | ends.map(lambda e: Interval(low=e[0], high=e[1], coverage=e[2]))


PREDICTIONS = st.builds(
    Prediction,
    symbol=TEXT,
    interval=TEXT,
    as_of=instants(),
    horizon_bars=st.integers(1, 60),
    direction=st.sampled_from(Direction),
    probability_up=st.none() | FRACTION,
    expected_return=st.none() | st.floats(-1.0, 1e10),
    interval_return=intervals(),
    confidence=st.floats(0.0, 95.0) | st.integers(0, 95),
    past_hits=st.none()
    | st.builds(PastHits, n_hits=st.integers(0, 9), n_settled=st.integers(0, 9)),
    standing=st.none()
    | st.builds(
        StandingReading,
        condition=TEXT,
        accuracy=FRACTION,
        fallback_accuracy=FRACTION,
        confidence_factor=FRACTION,
        edge_factor=FRACTION,
        as_of=TEXT,
    ),
    price=PRICE,
    target=PRICE,
    stop=PRICE,
    regime=st.none() | st.builds(RegimeReading, current=TEXT, confirmed=TEXT),
    reasons=st.lists(TEXT, min_size=1, max_size=4).map(tuple),
    source=st.builds(
        Source,
        kind=st.sampled_from(SourceKind),
        model_id=st.none() | TEXT,
        version=st.none() | TEXT,
        age_days=st.none() | NUMBER,
        bundle_digest=st.none() | TEXT,
        state_digest=st.none() | TEXT,
    ),
    rung=st.sampled_from(Rung),
    fallback_reason=st.none() | st.sampled_from(FallbackReason),
    steps=st.lists(
        st.builds(
            Step, rung=st.sampled_from(Rung), reason=st.sampled_from(FallbackReason), detail=TEXT
        ),
        max_size=3,
    ).map(tuple),
    bars_digest=TEXT,
    contributions=st.lists(st.builds(Contribution, feature=TEXT, amount=NUMBER), max_size=3).map(
        tuple
    ),
    explanation=st.none()
    | st.builds(Explanation, baseline=st.none() | NUMBER, value=st.none() | NUMBER, trouble=TEXT),
    members=st.lists(
        st.builds(
            MemberPart,
            name=TEXT,
            weight=NUMBER,
            standardised=NUMBER,
            contribution=NUMBER,
            expected_return=NUMBER,
        ),
        max_size=3,
    ).map(tuple),
)


@given(prediction=PREDICTIONS)
def test_the_text_is_the_canonical_json_of_the_predictions_data(prediction: Prediction) -> None:
    text = write_prediction(prediction)
    assert text == canonical_json(prediction.to_json())
    n_left_out = int(prediction.standing is None) + int(prediction.explanation is None)
    n_left_out += int(not prediction.members)
    assert len(json.loads(text)) == len(fields(Prediction)) - n_left_out


@pytest.mark.parametrize("amount", [math.nan, math.inf, -math.inf])
def test_a_number_that_has_no_json_is_refused(amount: float) -> None:
    told: dict[str, Any] = {
        "symbol": "A",
        "interval": "1d",
        "as_of": None,
        "horizon_bars": 1,
        "direction": Direction.HOLD,
        "probability_up": None,
        "expected_return": None,
        "interval_return": None,
        "confidence": 0.0,
        "price": None,
        "target": None,
        "stop": None,
        "regime": None,
        "reasons": ("because",),
        "source": Source(kind=SourceKind.NONE),
        "rung": Rung.HOLD,
        "fallback_reason": None,
        "bars_digest": "",
    }
    strange = Contribution(feature="x", amount=amount)
    prediction = replace(Prediction(**told), contributions=(strange,))
    with pytest.raises(ValueError, match="JSON"):
        write_prediction(prediction)
