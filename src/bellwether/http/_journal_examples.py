"""Examples of the journal's routes for the OpenAPI."""

from typing import Any

from bellwether.http import _examples as examples

_DIGEST: str = examples.PREDICTION["bars_digest"]
_PREDICTION_ID: str = examples.PREDICTION["prediction_id"]

BARS: dict[str, Any] = dict(examples.PREDICT)

SETTLEMENT: dict[str, Any] = {
    "prediction_id": _PREDICTION_ID,
    "closes_at": "2018-12-28T21:00:00.000000Z",
    "realized_return": -0.00124,
    "outcome": "miss",
    "settled_at": "2018-12-28T21:15:00.000000Z",
}

ENTRY: dict[str, Any] = {
    "prediction": examples.PREDICTION,
    "settlement": SETTLEMENT,
    "n_served": 3,
    "first_served_at": "2018-12-28T08:00:00.000000Z",
    "last_served_at": "2018-12-28T08:20:00.000000Z",
    "number": 1204,
    "digest": _DIGEST,
}

ENTRIES: dict[str, Any] = {"predictions": [ENTRY], "next_cursor": 1204}

REPLAY: dict[str, Any] = {
    "outcome": "identical",
    "reason": "Every word and digit is the same.",
    "then": examples.PREDICTION,
    "again": examples.PREDICTION,
}

HEAD: dict[str, Any] = {"head": f"1544:{_DIGEST}", "number": 1544, "digest": _DIGEST}

VERIFIED: dict[str, Any] = {
    "sound": True,
    "head": f"1544:{_DIGEST}",
    "first_wrong": None,
    "fault": None,
    "checked_at": "2019-01-02T09:30:00.000000Z",
}

SETTLED: dict[str, Any] = {
    "settled": [SETTLEMENT],
    "n_waiting": 1,
    "n_unmatched": 0,
    "n_late": 0,
    "revised": [],
}
