"""Examples of the routes about alerts for the OpenAPI."""

from typing import Any

_FACTS = {
    "e_value": 1304.2,
    "false_alarms_a_year": 0.193,
    "effective_sample_size": 212.0,
    "done": "the rules answer until its recovery is proven",
}
_WORDS = "accuracy is below its floor: 43.3% of the last 60 were right, 55.4% were promised"

ACKNOWLEDGE: dict[str, Any] = {"by": "ann", "words": "a data vendor's split; retraining tonight"}

EPISODE: dict[str, Any] = {
    "episode_id": "3f2a9c81d0b7e645",
    "subject": "sp500-1d-h1-2018",
    "channel": "performance",
    "condition": "red",
    "worst": "red",
    "words": _WORDS,
    "facts": _FACTS,
    "opened_at": "2018-12-28T22:00:03.120000Z",
    "changed_at": "2018-12-31T22:00:02.870000Z",
    "over_at": None,
    "n_reopened": 0,
    "acknowledged": {**ACKNOWLEDGE, "at": "2019-01-02T08:12:45.000000Z"},
}

ALERTS: dict[str, Any] = {
    "episodes": [EPISODE],
    "receivers": [
        {"name": "log", "n_waiting": 0, "n_failures": 0, "why": ""},
        {"name": "desk", "n_waiting": 1, "n_failures": 3, "why": "nobody who listens there"},
    ],
    "next_cursor": None,
}

STORY: dict[str, Any] = {
    "episode": EPISODE,
    "steps": [
        {
            "episode_id": "3f2a9c81d0b7e645",
            "ordinal": 1,
            "event": "opened",
            "subject": "sp500-1d-h1-2018",
            "channel": "performance",
            "condition": "red",
            "is_told": True,
            "words": _WORDS,
            "facts": _FACTS,
            "by": "",
            "at": "2018-12-28T22:00:03.120000Z",
        }
    ],
}
