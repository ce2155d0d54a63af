"""Examples of jobs for the OpenAPI."""

from typing import Any

from bellwether.http import _examples as examples

_DIGEST: str = examples.PREDICTION["bars_digest"]

TRAIN: dict[str, Any] = {
    "kind": "train",
    "symbols": ["SP500"],
    "universe": "sp500",
    "budget": "5m",
}

JOB: dict[str, Any] = {
    "job_id": "job-00000017",
    "kind": "train",
    "asked": {"snapshots": [_DIGEST], "universe": "sp500", "budget": "5m"},
    "state": "done",
    "asked_at": "2019-01-02T09:30:00.000000Z",
    "started_at": "2019-01-02T09:30:00.200000Z",
    "ended_at": "2019-01-02T09:34:41.000000Z",
    "n_starts": 1,
    "progress": {"share": 1.0, "words": "the gate looks at the results"},
    "result": {
        "universe": "sp500",
        "symbols": ["SP500"],
        "verdict": "NO_SKILL",
        "reasons": ["no skill was found"],
        "model_id": "sp500-1d-h1-2018",
        "champion": None,
    },
    "failure": None,
    "log": ["  ridge: 9 fits done (9 of 36 in all)"],
}

EVENTS = (
    'id: 56\nevent: state\ndata: {"state":"running"}\n\n'
    'id: 131\nevent: progress\ndata: {"share":0.25,"words":"9 of 36 fits done"}\n\n'
    ": still here\n\n"
    'id: 187\nevent: state\ndata: {"state":"done"}\n\n'
)
