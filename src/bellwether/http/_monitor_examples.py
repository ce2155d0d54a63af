"""Examples of the routes about watching for the OpenAPI."""

from typing import Any

_WORDS = "as promised: 55.8% of the last 60 were right (43.3% to 67.6%), 55.4% were promised"

MONITOR: dict[str, Any] = {
    "last_check": {"at": "2019-01-02T22:00:03.120000Z", "age_seconds": 41_512.4},
    "models": [
        {
            "model_id": "sp500-1d-h1-2018",
            "stage": "champion",
            "standing": {
                "condition": "ok",
                "answers": True,
                "accuracy": 0.548,
                "fallback_accuracy": 0.521,
                "confidence_factor": 1.0,
                "edge_factor": 1.0,
                "as_of": "2018-12-31T21:00:00.000000",
                "words": _WORDS,
            },
            "evidence": 1.9,
        },
        {
            "model_id": "sp500-1d-h1-2017",
            "stage": "previous",
            "standing": None,
            "evidence": None,
        },
    ],
}

DETAILS: dict[str, Any] = {
    "model_id": "sp500-1d-h1-2018",
    "standing": {**MONITOR["models"][0]["standing"], "model_id": "sp500-1d-h1-2018"},
    "facts": {"e_value": 1.9, "accuracy": 0.558, "effective_sample_size": 212.0},
    "recent": [{"n_bars": 60, "n_settled": 60, "accuracy": 0.558, "low": 0.433, "high": 0.676}],
    "n_bars": 212,
    "as_of": "2018-12-31T21:00:00.000000",
}
