"""Retraining: when a challenger is made, and what it must show before it serves."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.retraining._errors import (
    TrainingInterrupted,
    UnknownMarket,
    UnreadableStep,
    UnusableRetrainingOption,
)
from bellwether.retraining._options import RetrainingOptions
from bellwether.retraining._ports import RetrainingPorts, StillHeld, Trainer, TrainingOrder
from bellwether.retraining._run import Run, find_runs, find_shadows, fold_runs, read_steps
from bellwether.retraining._steps import ChainStep, Step

if TYPE_CHECKING:
    # Whoever watches must know the shadows, and not pay for comparing them.
    from bellwether.retraining._advance import (
        MarketDecision,
        RetrainingOutcome,
        Trouble,
        advance,
    )
    from bellwether.retraining._choosing import (
        ServingComparison,
        choose_by_regime,
        compare_serving,
    )
    from bellwether.retraining._comparison import Comparison, lower_bounds
    from bellwether.retraining._deciding import find_markets
    from bellwether.retraining._schedule import MarketSchedule, find_schedule
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.retraining._advance": (
                "MarketDecision",
                "RetrainingOutcome",
                "Trouble",
                "advance",
            ),
            "bellwether.retraining._choosing": (
                "ServingComparison",
                "choose_by_regime",
                "compare_serving",
            ),
            "bellwether.retraining._comparison": ("Comparison", "lower_bounds"),
            "bellwether.retraining._deciding": ("find_markets",),
            "bellwether.retraining._schedule": ("MarketSchedule", "find_schedule"),
        },
    )

__all__ = [
    "ChainStep",
    "Comparison",
    "MarketDecision",
    "MarketSchedule",
    "RetrainingOptions",
    "RetrainingOutcome",
    "RetrainingPorts",
    "Run",
    "ServingComparison",
    "Step",
    "StillHeld",
    "Trainer",
    "TrainingInterrupted",
    "TrainingOrder",
    "Trouble",
    "UnknownMarket",
    "UnreadableStep",
    "UnusableRetrainingOption",
    "advance",
    "choose_by_regime",
    "compare_serving",
    "find_markets",
    "find_runs",
    "find_schedule",
    "find_shadows",
    "fold_runs",
    "lower_bounds",
    "read_steps",
]
