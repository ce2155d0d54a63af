"""Labels: what is to be predicted, and when it becomes known."""

from bellwether.labels._errors import HorizonOutOfRange, LabelShapeMismatch, LabelStillOpen
from bellwether.labels._horizon import LabelSpec, direction, forward_return, volatility_scaled
from bellwether.labels._span import LabelSpan

__all__ = [
    "HorizonOutOfRange",
    "LabelShapeMismatch",
    "LabelSpan",
    "LabelSpec",
    "LabelStillOpen",
    "direction",
    "forward_return",
    "volatility_scaled",
]
