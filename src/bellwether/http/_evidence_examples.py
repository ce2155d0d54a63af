"""Examples of the routes about evidence for the OpenAPI."""

from typing import Any

_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_OTHER = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"
_NOTE = "look at xgboost-1, 1-bar horizon"

PLAN: dict[str, Any] = {
    "market": {
        "n_bars": 1260,
        "n_symbols": 1.0,
        "correlation": 0.0,
        "annual_volatility": 0.18,
        "n_bars_per_year": 252.0,
        "last_closed_at": "2019-01-02T00:00:00Z",
    },
    "options": {
        "level": 0.01,
        "ic_worth_finding": 0.1,
        "out_of_sample_frac": 0.7,
        "cost_bps": 5.0,
        "horizon_bars": 1,
        "persistence": 0.9,
    },
    "trials": {"n_pipelines": 1, "n_looks": 1, "is_counted": False},
    "decisive": "single",
    "plans": [
        {
            "plan": "single",
            "n_bars": 1260,
            "n_out_of_sample_bars": 882,
            "n_needed_bars": 433,
            "n_missing_bars": 0,
            "is_enough": True,
            "earliest_verdict_at": "2019-01-02T00:00:00.000000Z",
            "alpha": 0.01,
            "critical_t": 2.326,
            "ic_worth_finding": 0.1,
            "break_even_ic": 0.0157,
            "breadth": 1.0,
            "powers": [
                {
                    "ic": 0.1,
                    "accuracy": 0.532,
                    "power": 0.84,
                    "n_bars_for_80_percent": 803,
                    "ic_of_horizon": 0.1,
                    "earns": True,
                }
            ],
        }
    ],
    "sentence": "With 882 out-of-sample bars even a perfect judge would recognise a genuine edge "
    "with a chance of 84% at 0.10 (information coefficient). Below 0.016 costs eat what it earns.",
    "curves": {
        "years": [1.0, 5.0, 20.0],
        "n_bars": [252, 1260, 5040],
        "lines": [{"plan": "single", "ic": 0.1, "accuracy": 0.532, "power": [0.2, 0.84, 1.0]}],
    },
}
_RATE = {"value": 0.0062, "low": 0.0036, "high": 0.0101, "n": 2600.0}
CALIBRATIONS: dict[str, Any] = {
    "level": 0.01,
    "calibrations": [
        {
            "snapshot": None,
            "options_digest": _DIGEST,
            "is_present_gate": True,
            "n_configurations": 1,
            "n_bars": 2520,
            "measured_at": "2019-01-02T03:04:05Z",
            "seconds": 61.2,
            "n_runs_left_out": 0,
            "false_promotion": _RATE,
            "conclusion": "open",
            "sentence": "in 2,600 runs without skill, all simulated, it promoted 0.62% (95 % "
            "interval 0.36% to 1.01%)",
            "figures": [
                {
                    "world": "simulated noise",
                    "kind": "null",
                    "information_coefficient": 0.0,
                    "n_runs": 2600,
                    "n_promoted": 16,
                    "rate": _RATE,
                    "limit": None,
                    "seed": 0,
                }
            ],
        }
    ],
}
LEDGER: dict[str, Any] = {
    "head": f"12:{_DIGEST}",
    "n_entries": 12,
    "level": 0.01,
    "chain": {"is_sound": True, "fault": None, "remedy": None},
    "families": [
        {
            "family": 1,
            "markets": ["sp500/1d/h1"],
            "symbols": ["SP500"],
            "snapshots": [_OTHER],
            "n_by_kind": {"fit": 10, "tuning": 0, "seed": 0, "feature_edit": 1, "look": 1},
            "n_feature_sets": 1,
            "n_pipelines": 1,
            "n_looks": 1,
            "first_at": "2019-01-02T03:04:05.000000Z",
            "last_at": "2019-01-02T03:14:05.000000Z",
            "alpha_for_a_new_pipeline": 0.005,
            "critical_t_for_a_new_pipeline": 2.576,
            "pipelines": [
                {
                    "pipeline": _DIGEST,
                    "note": _NOTE,
                    "n_looks": 1,
                    "first_look_at": "2019-01-02T03:14:05.000000Z",
                    "last_look_at": "2019-01-02T03:14:05.000000Z",
                    "alpha_for_its_next_look": 0.00152,
                }
            ],
        }
    ],
    "trials": [
        {
            "number": 12,
            "family": 1,
            "kind": "look",
            "pipeline": _DIGEST,
            "snapshot": _OTHER,
            "recorded_at": "2019-01-02T03:14:05.000000Z",
            "note": _NOTE,
            "features": _OTHER,
            "recipe": _DIGEST,
            "fit": "",
        }
    ],
    "next_cursor": 12,
}
LEDGER_CHECK: dict[str, Any] = {
    "is_sound": False,
    "head": f"12:{_DIGEST}",
    "n_models": 3,
    "n_evidence": 3,
    "n_fits": 10,
    "n_foreign": 0,
    "n_fits_unknown": 0,
    "findings": [
        {
            "fault": "cut",
            "what": "12 entries, where there were 14 when its head was kept",
            "remedy": "restore the log from a copy; until then its counts, and verdicts on them, "
            "are void",
        }
    ],
}
