"""Examples of the route about retraining for the OpenAPI."""

from typing import Any

from bellwether.http._job_examples import JOB

_MARKET: dict[str, Any] = {"universe": "sp500", "interval": "1d", "horizon_bars": 1}
_CHAMPION, _CHALLENGER = "sp500-1d-h1-2018", "sp500-1d-h1-2018-r1"
_SHADOWED = "it makes forecasts that answer nobody, beside the champion's"

RETRAINING: dict[str, Any] = {
    "is_on": True,
    "by_service": True,
    "policy": {
        "check_days": 7.0,
        "challenger_days": 30.0,
        "full_days": 91.0,
        "most_age_days": 180.0,
        "enough_evidence": 20.0,
        "margin_points": 1.0,
        "level": 0.05,
        "decide_bars": 63,
        "most_bars": 756,
        "probation_bars": 63,
        "most_tries": 3,
    },
    "schedule": [
        {
            **_MARKET,
            "champion": _CHAMPION,
            "is_due": False,
            "scale": "none",
            "trigger": "none",
            "words": "it is too early to look again",
            "next_at": "2019-01-09T22:00:00.000000Z",
            "checked_at": "2019-01-02T22:00:00.000000Z",
            "fitted_at": "2018-12-12T22:00:00.000000Z",
            "champion_trained_at": "2018-12-12T21:00:00.000000Z",
            "waits_for": None,
            "dates": [
                {
                    "trigger": "check",
                    "at": "2019-01-09T22:00:00.000000Z",
                    "words": "the next look at whether anything is due",
                    "holds": True,
                },
                {
                    "trigger": "drift",
                    "at": "2019-01-11T22:00:00.000000Z",
                    "words": "not before, if the champion turns amber or red",
                    "holds": False,
                },
            ],
        }
    ],
    "shadows": [_CHALLENGER],
    "runs": [
        {
            "run_id": "3f2a9c81d0b7e645-0001",
            **_MARKET,
            "begun_at": "2018-12-12T22:00:00.000000Z",
            "ended_at": None,
            "is_open": True,
            "step": "shadowed",
            "trigger": "drift",
            "scale": "challenger",
            "champion": _CHAMPION,
            "challenger": _CHALLENGER,
            "words": _SHADOWED,
            "steps": [
                {
                    "step": "due",
                    "at": "2018-12-12T22:00:00.000000Z",
                    "words": "the champion has been amber or red since the last training",
                    "facts": {"trigger": "drift", "scale": "challenger", "champion": _CHAMPION},
                },
                {
                    "step": "shadowed",
                    "at": "2018-12-12T22:06:10.000000Z",
                    "words": _SHADOWED,
                    "facts": {},
                },
            ],
        }
    ],
    "next_cursor": None,
    "jobs": [{**JOB, "kind": "retrain", "asked": {"universe": "sp500", "now": True}, "log": []}],
}
