"""Examples of the routes about what forecasts came to for the OpenAPI."""

from typing import Any

_MODEL = "sp500-1d-h1-2018"
_KEY = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

ACCOUNTS: dict[str, Any] = {
    "coverage": 0.95,
    "cost_bps": 5.0,
    "accounts": [
        {
            "model_id": _MODEL,
            "stage": "champion",
            "horizon_bars": 1,
            "symbol": None,
            "member": None,
            "n_bars": 212,
            "n_said": 212,
            "accuracy": 0.558,
            "rules_accuracy": 0.514,
            "net_bps": 3.1,
            "costs_bps": 1.2,
            "rules_net_bps": 0.4,
            "added_bps": {"mean": 2.7, "low": -6.9, "high": 12.3},
            "added_score": {"mean": 0.03, "low": -0.2, "high": 0.26},
            "evidence": 1.9,
            "words": "+2.7 bps a bar over the rules (-6.9 to +12.3)",
            "sum_net_bps": 657.2,
            "sum_rules_net_bps": 84.8,
            "sum_costs_bps": 254.4,
            "sum_added_bps": 572.4,
            "first_at": "2018-02-27T21:00:00.000000Z",
            "last_at": "2018-12-31T21:00:00.000000Z",
            "curve": {
                "at": ["2018-07-31T20:00:00.000000Z", "2018-12-31T21:00:00.000000Z"],
                "n_bars": [106, 212],
                "sum_net_bps": [310.0, 657.2],
                "sum_rules_net_bps": [60.0, 84.8],
                "sum_added_bps": [250.0, 572.4],
                "added_bps": [2.36, 2.7],
                "low": [-12.0, -6.9],
                "high": [16.7, 12.3],
            },
        }
    ],
}
_RATE: dict[str, Any] = {"n": 212, "n_hits": 118, "rate": 0.557, "low": 0.489, "high": 0.622}
HIT_RATES: dict[str, Any] = {
    "coverage": 0.95,
    "rates": [
        {
            "symbol": "SP500",
            "interval": "1d",
            "horizon_bars": 1,
            "source": _MODEL,
            "kind": "model",
            "n_forecasts": 214,
            "n_pending": 1,
            "n_void": 1,
            "n_neither": 0,
            **_RATE,
            "first_at": "2018-02-27T21:00:00.000000Z",
            "last_at": "2018-12-31T21:00:00.000000Z",
            "bands": [
                {
                    "name": "high",
                    "at_least": 80.0,
                    "below": None,
                    "n": 0,
                    "n_hits": 0,
                    "rate": None,
                    "low": None,
                    "high": None,
                },
                {"name": "middle", "at_least": 60.0, "below": 80.0, **_RATE},
            ],
        }
    ],
}
OUTCOMES: dict[str, Any] = {
    "forecasts": [
        {
            "key": _KEY,
            "number": 1204,
            "symbol": "SP500",
            "interval": "1d",
            "horizon_bars": 1,
            "made_at": "2018-12-28T22:00:03.120000Z",
            "as_of": "2018-12-28T21:00:00.000000Z",
            "closes_at": "2018-12-31T21:00:00.000000Z",
            "price": 2485.74,
            "exit_price": 2506.85,
            "volatility": 0.011,
            "realized_return": 0.0084924,
            "settled_at": "2018-12-31T22:00:02.870000Z",
            "state": "settled",
            "words": "",
            "voices": [
                {
                    "source": "rules",
                    "kind": "rules",
                    "direction": "SELL",
                    "probability_up": 0.47,
                    "expected_return": -0.0004,
                    "confidence": 57.0,
                    "outcome": "miss",
                },
                {
                    "source": _MODEL,
                    "kind": "model",
                    "direction": "BUY",
                    "probability_up": 0.56,
                    "expected_return": 0.0011,
                    "confidence": 66.0,
                    "outcome": "hit",
                },
            ],
        }
    ],
    "next_cursor": 1204,
}
