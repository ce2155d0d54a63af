"""Rehearsal: years replayed day by day, and what users would have been served."""

from bellwether.rehearsal._clock import SimulatedClock
from bellwether.rehearsal._errors import NothingToRehearse, UnknownFault, UnusableRehearsalOption
from bellwether.rehearsal._faults import Fault, FaultKind, plan_faults, read_faults
from bellwether.rehearsal._options import (
    REHEARSAL_PLANS,
    KnownChange,
    MakeRules,
    RehearsalOptions,
    RehearsalPorts,
    RehearsalWatcher,
)
from bellwether.rehearsal._rehearse import rehearse
from bellwether.rehearsal._values import (
    AlarmRow,
    Happening,
    Measured,
    QuarterRow,
    RehearsalReport,
    RetrainRow,
    Share,
    SourceRow,
)

__all__ = [
    "REHEARSAL_PLANS",
    "AlarmRow",
    "Fault",
    "FaultKind",
    "Happening",
    "KnownChange",
    "MakeRules",
    "Measured",
    "NothingToRehearse",
    "QuarterRow",
    "RehearsalOptions",
    "RehearsalPorts",
    "RehearsalReport",
    "RehearsalWatcher",
    "RetrainRow",
    "Share",
    "SimulatedClock",
    "SourceRow",
    "UnknownFault",
    "UnusableRehearsalOption",
    "plan_faults",
    "read_faults",
    "rehearse",
]
