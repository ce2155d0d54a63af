"""Examples of requests and answers about stored bars."""

from typing import Any

import numpy as np

from bellwether.http._examples import PREDICT, PREDICTION

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_OTHER = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"

_DAYS = np.busday_offset(np.datetime64("1998-10-01"), np.arange(len(PREDICT["close"])))
IMPORT_REQUEST: dict[str, Any] = {
    **PREDICT,
    "closed_at": [f"{day}T21:00:00Z" for day in _DAYS],
}

SYMBOLS_ANSWER: dict[str, Any] = {
    "answers": [PREDICTION, None],
    "unanswered": [
        {
            "place": 1,
            "symbol": "SP5OO",
            "expected": "stored bars of 'SP5OO' with interval 1d",
            "was": "none",
            "hint": "did you mean SP500?; or import its bars: bellwether import FILE, or "
            "POST /v1/data/import",
        }
    ],
}

CHANGE: dict[str, Any] = {
    "relation": "revises",
    "previous": _OTHER,
    "n_appended": 1,
    "n_prepended": 0,
    "n_filled": 0,
    "n_withdrawn": 0,
    "n_left_out": 0,
    "n_revised": 1,
    "n_readjusted": 0,
    "revised": [
        {
            "closed_at": "2018-12-26T21:00:00.000000Z",
            "column": "close",
            "was": 2467.42,
            "now": 2467.7,
        }
    ],
}

SNAPSHOT: dict[str, Any] = {
    "digest": _DIGEST,
    "number": 2,
    "symbol": "SP500",
    "interval": "1d",
    "calendar": "XNYS",
    "n_bars": 5031,
    "first_closed_at": "1999-01-04T21:00:00.000000Z",
    "last_closed_at": "2018-12-31T21:00:00.000000Z",
    "imported_at": "2018-12-31T22:04:11.018000Z",
    "source": "sp500.csv",
    "source_digest": _OTHER,
    "bars_digest": _DIGEST,
    "grade": "excellent",
    "n_refused": 1,
    "broken": None,
    "change": CHANGE,
}

QUALITY: dict[str, Any] = {
    "symbol": "SP500",
    "interval": "1d",
    "calendar": "XNYS",
    "n_read": 5032,
    "n_kept": 5031,
    "refusals": [{"line": 77, "reason": "no number in close (n/a)", "text": "1999-04-21,n/a"}],
    "missing": ["1999-04-21T20:00:00Z"],
    "findings": [
        {
            "code": "no-volume",
            "where": "1999-01-04",
            "what": "no bar has a volume: features of volume are left out",
            "severity": "note",
        }
    ],
    "grade": "excellent",
    "freshness": "fresh",
    "market_coverage": {"bull": 0.44, "bear": 0.24, "ranging": 0.32},
    "survivorship": "These bars are of a market that somebody still lists.",
}

IMPORT: dict[str, Any] = {
    "snapshot": SNAPSHOT,
    "quality": QUALITY,
    "change": CHANGE,
    "in_words": "The vendor revised the past: 1 appended, 1 revised. Revised: 2018-12-26T21:00 "
    "(close 2467.42 -> 2467.7).",
    "resting": {
        "symbol": "SP500",
        "interval": "1d",
        "models": [
            {
                "model_id": "sp500-1d-h1-3f2a9c",
                "universe": "SP500",
                "symbols": ["SP500"],
                "horizon_bars": 1,
                "stage": "champion",
                "decision": "PROMOTE",
                "n_altered": 1,
                "n_judged": 1,
            }
        ],
        "n_verdicts": 1,
        "forecasts": [],
    },
}

BARS: dict[str, Any] = {
    "symbol": "SP500",
    "interval": "1d",
    "calendar": "XNYS",
    "digest": _DIGEST,
    "n_bars": 2,
    **{
        name: PREDICT[name][-2:] for name in ("closed_at", "open", "high", "low", "close", "volume")
    },
    "adjustment": [1.0, 1.0],
}
