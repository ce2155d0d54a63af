"""Examples for the OpenAPI; the tests send every request and hold every answer to its form."""

import math
from typing import Any

import numpy as np

_N_BARS = 64
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_MARKET = {"universe": "sp500", "interval": "1d", "horizon_bars": 1}


def _example_bars() -> dict[str, Any]:
    days = np.busday_offset(np.datetime64("2018-10-01"), np.arange(_N_BARS))
    close = [round(2800 + 90 * math.sin(i / 9) + 25 * math.sin(2.1 * i), 2) for i in range(_N_BARS)]
    opened = [2800.0, *close[:-1]]
    pairs = list(zip(opened, close, strict=True))
    return {
        "symbol": "SP500",
        "interval": "1d",
        "closed_at": [f"{day}T21:00:00Z" for day in days],
        "open": opened,
        "high": [round(max(pair) * 1.004, 2) for pair in pairs],
        "low": [round(min(pair) * 0.996, 2) for pair in pairs],
        "close": close,
        "volume": [float(3_000_000 + 40_000 * (i % 7)) for i in range(_N_BARS)],
    }


PREDICT = _example_bars()

PREDICTION: dict[str, Any] = {
    "prediction_id": _DIGEST,
    "symbol": "SP500",
    "interval": "1d",
    "as_of": "2018-12-27T21:00:00Z",
    "horizon_bars": 1,
    "direction": "BUY",
    "probability_up": 0.536,
    "expected_return": 0.0008,
    "prediction_interval": {"low": -0.021, "high": 0.0226, "coverage": 0.9},
    "confidence": 64.2,
    "past_hits": None,
    "price": 2488.83,
    "target": 2563.5,
    "stop": 2439.05,
    "regime": {"current": "volatile", "confirmed": "volatile", "is_confirmed": True},
    "reasons": [
        "The rules answer, because no model has proven itself on this market yet.",
        "The rules say BUY (price above a rising average).",
        "The market is volatile.",
    ],
    "contributions": [],
    "source": {
        "kind": "rules",
        "model_id": "rules",
        "version": "0.1.0",
        "age_days": None,
        "bundle_digest": _DIGEST,
        "state_digest": _DIGEST,
    },
    "rung": "rules",
    "fallback_reason": "no_model_promoted",
    "steps": [{"rung": "champion", "reason": "no_model_promoted", "detail": ""}],
    "bars_digest": _DIGEST,
}

MODEL: dict[str, Any] = {
    "model_id": "sp500-1d-h1-2018",
    "stage": "champion",
    **_MARKET,
    "symbols": ["SP500"],
    "decision": "PROMOTE",
    "is_renewal": False,
    "bundle_digest": _DIGEST,
    "pipeline_digest": _DIGEST,
    "snapshot_digest": _DIGEST,
    "bellwether_version": "0.1.0",
    "trained_at": "2018-12-31T21:00:00.000000Z",
    "registered_at": "2019-01-01T09:12:44.000000Z",
    "changed_at": "2019-01-01T09:12:44.100000Z",
    "metrics": {},
}

VERDICT: dict[str, Any] = {
    "name": "sp500",
    "decision": "PROMOTE",
    "reason": "skill was found",
    "next_step": "serve it",
}

ROLLBACK: dict[str, Any] = {
    **_MARKET,
    "retired": "sp500-1d-h1-2018",
    "champion": "sp500-1d-h1-2017",
}

STATUS: dict[str, Any] = {
    "available": True,
    "version": "0.1.0",
    "started_at": "2019-01-02T08:00:00.000000Z",
    "models_enabled": True,
    "models_required": False,
    "models": [
        {
            "model_id": "sp500-1d-h1-2018",
            **_MARKET,
            "bundle_digest": _DIGEST,
            "age_days": 1.5,
            "loaded": True,
            "fault": None,
        }
    ],
    "trouble": None,
    "journal": {
        "waiting": 0,
        "not_journalled": 3,
        "trouble": {
            "reason": "locked",
            "detail": "database is locked",
            "since": "2019-01-02T08:30:00.000000Z",
            "until": "2019-01-02T08:30:07.250000Z",
        },
    },
    "last_check": "2019-01-02T09:30:00.000000Z",
    "last_error": None,
    "answers_by_source": {"champion": 1201, "rules": 340},
    "fallbacks_by_reason": {"low_confidence": 340},
}

PROBLEM: dict[str, Any] = {
    "type": "urn:bellwether:problem:unknown-model",
    "title": "Unknown model",
    "status": 404,
    "detail": "expected a registered model, was 'sp500-1d-h1-2016'",
    "expected": "a registered model",
    "was": "'sp500-1d-h1-2016'",
    "hint": "choose one of the known models: sp500-1d-h1-2017, sp500-1d-h1-2018",
    "request_id": "3d1f0c9a7b21-17",
}
