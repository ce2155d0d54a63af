"""Samples: features joined to matured labels, windows, purged splits and leak probes."""

from bellwether.samples._choice_leaks import probe_selection
from bellwether.samples._detector import detect_leaks
from bellwether.samples._errors import (
    PlanOutOfRange,
    SampleShapeMismatch,
    TooLittleHistory,
    WindowBeforeHistory,
)
from bellwether.samples._leakage import probe_folds, probe_future
from bellwether.samples._leaks import Leak, LeakReport
from bellwether.samples._samples import Samples, build_samples
from bellwether.samples._splits import (
    Fold,
    WalkForwardPlan,
    check_history,
    holdout,
    walk_forward,
)
from bellwether.samples._suspect import LeakOptions
from bellwether.samples._value_leaks import detect_column_leaks

__all__ = [
    "Fold",
    "Leak",
    "LeakOptions",
    "LeakReport",
    "PlanOutOfRange",
    "SampleShapeMismatch",
    "Samples",
    "TooLittleHistory",
    "WalkForwardPlan",
    "WindowBeforeHistory",
    "build_samples",
    "check_history",
    "detect_column_leaks",
    "detect_leaks",
    "holdout",
    "probe_folds",
    "probe_future",
    "probe_selection",
    "walk_forward",
]
