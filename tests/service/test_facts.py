import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.hashing import canonical_json, digest_json
from bellwether.service import (
    Contribution,
    Direction,
    FallbackReason,
    Interval,
    PastHits,
    Prediction,
    RegimeReading,
    Rung,
    Source,
    SourceKind,
    Step,
    UnfitPrediction,
)

PREDICTION = Prediction(
    symbol="X",
    interval="1d",
    as_of=np.datetime64("2018-12-31T21:00", "us"),
    horizon_bars=1,
    direction=Direction.BUY,
    probability_up=0.55,
    expected_return=0.001,
    interval_return=Interval(low=-0.02, high=0.02, coverage=0.9),
    confidence=80.0,
    past_hits=PastHits(n_hits=3, n_settled=4),
    price=100.0,
    target=104.0,
    stop=98.0,
    regime=RegimeReading(current="quiet", confirmed="ranging"),
    reasons=("because",),
    source=Source(kind=SourceKind.MODEL, model_id="m", age_days=2.5),
    rung=Rung.PREVIOUS,
    fallback_reason=FallbackReason.BUNDLE_CORRUPT,
    steps=(Step(rung=Rung.CHAMPION, reason=FallbackReason.BUNDLE_CORRUPT, detail="cut"),),
    bars_digest="d",
    contributions=(Contribution(feature="rsi_14", amount=0.1),),
)


def test_a_prediction_as_json_holds_every_field_in_words_and_numbers() -> None:
    told = json.loads(canonical_json(PREDICTION.to_json()))
    assert told.pop("prediction_id") == PREDICTION.prediction_id
    assert told == {
        "symbol": "X",
        "interval": "1d",
        "as_of": "2018-12-31T21:00:00Z",
        "horizon_bars": 1,
        "direction": "BUY",
        "probability_up": 0.55,
        "expected_return": 0.001,
        "prediction_interval": {"low": -0.02, "high": 0.02, "coverage": 0.9},
        "confidence": 80.0,
        "past_hits": {"n_hits": 3, "n_settled": 4, "rate": 0.75},
        "price": 100.0,
        "target": 104.0,
        "stop": 98.0,
        "regime": {"current": "quiet", "confirmed": "ranging", "is_confirmed": False},
        "reasons": ["because"],
        "contributions": [{"feature": "rsi_14", "amount": 0.1}],
        "source": {
            "kind": "model",
            "model_id": "m",
            "version": None,
            "age_days": 2.5,
            "bundle_digest": None,
            "state_digest": None,
        },
        "rung": "previous champion",
        "fallback_reason": "bundle_corrupt",
        "steps": [{"rung": "champion", "reason": "bundle_corrupt", "detail": "cut"}],
        "bars_digest": "d",
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("probability_up", 1.01),
        ("probability_up", float("nan")),
        ("expected_return", float("inf")),
        ("expected_return", -1.01),
        ("confidence", 96.0),
        ("confidence", float("nan")),
        ("price", float("inf")),
        ("target", -1.0),
        ("stop", float("nan")),
        ("interval_return", Interval(low=0.1, high=0.0, coverage=0.9)),
        ("interval_return", Interval(low=float("nan"), high=0.0, coverage=0.9)),
        ("interval_return", Interval(low=0.0, high=float("inf"), coverage=0.9)),
        ("reasons", ()),
    ],
)
def test_a_prediction_cannot_hold_what_no_caller_could_use(field: str, value: object) -> None:
    changed: dict[str, Any] = {field: value}
    with pytest.raises(UnfitPrediction) as caught:
        replace(PREDICTION, **changed)
    assert caught.value.field == field


IDENTITY: dict[str, Callable[[Prediction], Prediction]] = {
    "symbol": lambda one: replace(one, symbol="Y"),
    "interval": lambda one: replace(one, interval="1h"),
    "as_of": lambda one: replace(one, as_of=np.datetime64("2019-01-01T21:00", "us")),
    "horizon": lambda one: replace(one, horizon_bars=5),
    "bars": lambda one: replace(one, bars_digest="e"),
    "bundle": lambda one: replace(one, source=replace(one.source, bundle_digest="b")),
    "state": lambda one: replace(one, source=replace(one.source, state_digest="b")),
    "direction": lambda one: replace(one, direction=Direction.SELL),
    "reason": lambda one: replace(one, fallback_reason=FallbackReason.BUNDLE_MISSING),
}


@pytest.mark.parametrize("part", IDENTITY)
def test_the_id_follows_everything_the_answer_follows_from(part: str) -> None:
    assert IDENTITY[part](PREDICTION).prediction_id != PREDICTION.prediction_id


def test_the_id_does_not_follow_the_clock() -> None:
    older = replace(PREDICTION, source=replace(PREDICTION.source, age_days=3.5))
    assert older.prediction_id == PREDICTION.prediction_id


def test_no_past_forecast_has_no_hit_rate() -> None:
    assert PastHits(n_hits=0, n_settled=0).rate is None


def test_the_id_is_the_one_that_older_journals_hold() -> None:
    told = PREDICTION.to_json()
    assert PREDICTION.prediction_id == digest_json(
        [
            told["symbol"],
            told["interval"],
            str(PREDICTION.as_of),
            told["horizon_bars"],
            told["bars_digest"],
            ["model", None, None],
            ["BUY", "previous champion"],
            "bundle_corrupt",
        ]
    )
    assert (
        PREDICTION.prediction_id
        == "b8c4ee0500fcb0caa027b75579a4741b9017fa2d8c2b34eab63ebf5e0749282c"
    )


@given(symbol=st.text(max_size=12), words=st.text(min_size=1, max_size=40), amount=st.floats(-1, 1))
def test_the_encoded_prediction_is_its_json(symbol: str, words: str, amount: float) -> None:
    told = Contribution(feature=words, amount=amount)
    one = replace(PREDICTION, symbol=symbol, reasons=(words, "and"), contributions=(told,))
    assert json.loads(one.encode().decode("utf-8")) == one.to_json()
    held = replace(one, past_hits=None, regime=None, as_of=None, interval_return=None)
    assert json.loads(held.encode()) == held.to_json()
