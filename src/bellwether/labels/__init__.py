"""Labels: what is to be predicted, and when it becomes known."""

from bellwether.labels._errors import (
    HorizonOutOfRange,
    LabelShapeMismatch,
    LabelStillOpen,
    UnusableHalfLife,
)
from bellwether.labels._horizon import LabelSpec, direction, forward_return, volatility_scaled
from bellwether.labels._span import LabelSpan
from bellwether.labels._weights import age_weights, uniqueness_weights

__all__ = [
    "HorizonOutOfRange",
    "LabelShapeMismatch",
    "LabelSpan",
    "LabelSpec",
    "LabelStillOpen",
    "UnusableHalfLife",
    "age_weights",
    "direction",
    "forward_return",
    "uniqueness_weights",
    "volatility_scaled",
]
