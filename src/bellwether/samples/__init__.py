"""Samples: features joined to matured labels, windows, purged splits and leak probes."""

from bellwether.samples._errors import (
    PlanOutOfRange,
    SampleShapeMismatch,
    TooLittleHistory,
    WindowBeforeHistory,
)
from bellwether.samples._leakage import Leak, probe_folds, probe_future
from bellwether.samples._samples import Samples, build_samples
from bellwether.samples._splits import (
    Fold,
    WalkForwardPlan,
    check_history,
    holdout,
    walk_forward,
)

__all__ = [
    "Fold",
    "Leak",
    "PlanOutOfRange",
    "SampleShapeMismatch",
    "Samples",
    "TooLittleHistory",
    "WalkForwardPlan",
    "WindowBeforeHistory",
    "build_samples",
    "check_history",
    "holdout",
    "probe_folds",
    "probe_future",
    "walk_forward",
]
