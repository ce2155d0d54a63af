"""Monitor: whether a model that serves is still what it was when it was promoted."""

from bellwether.monitor._errors import ForeignState, UnusableMonitorOption, UnusableObservation
from bellwether.monitor._inputs import (
    FeatureDrift,
    InputCheck,
    InputReference,
    autocorrelation_time,
    check_inputs,
)
from bellwether.monitor._lights import Colour, Thresholds
from bellwether.monitor._performance import (
    POOLED_GAPS,
    Detector,
    DetectorState,
    HitDetector,
    ScoreDetector,
)
from bellwether.monitor._pooling import design_effect, outcome_correlation, reject_by_e_values
from bellwether.monitor._routing import Belief, Router
from bellwether.monitor._scores import drift_of_accuracy, settled_score

__all__ = [
    "POOLED_GAPS",
    "Belief",
    "Colour",
    "Detector",
    "DetectorState",
    "FeatureDrift",
    "ForeignState",
    "HitDetector",
    "InputCheck",
    "InputReference",
    "Router",
    "ScoreDetector",
    "Thresholds",
    "UnusableMonitorOption",
    "UnusableObservation",
    "autocorrelation_time",
    "check_inputs",
    "design_effect",
    "drift_of_accuracy",
    "outcome_correlation",
    "reject_by_e_values",
    "settled_score",
]
