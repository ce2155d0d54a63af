"""Service: the use cases, one function each, and what they need from outside."""

from bellwether.service._data_check import find_data_fault
from bellwether.service._errors import (
    HistoryTooShort,
    OptionOutOfRange,
    UnfitPrediction,
    UnreadableBudget,
)
from bellwether.service._facts import (
    Contribution,
    Direction,
    Interval,
    PastHits,
    Prediction,
    RegimeReading,
    Rung,
    Source,
    SourceKind,
    Step,
)
from bellwether.service._ladder import (
    Answer,
    Fault,
    LadderOptions,
    Landing,
    Outcome,
    climb,
    find_weakness,
)
from bellwether.service._leaderboard import LeaderboardRow, make_leaderboard
from bellwether.service._plans import (
    CHEAP_PLAN,
    DEMO_PLAN,
    PLANS,
    choose_plan,
    estimate_fit_seconds,
    estimate_seconds,
    read_budget,
)
from bellwether.service._ports import BundleStore, RulesSource
from bellwether.service._predict import PredictOptions, PredictPorts, predict, predict_columns
from bellwether.service._reasons import FallbackReason
from bellwether.service._request import (
    EvidenceStore,
    MemoryEvidence,
    SilentWatcher,
    TrainingPorts,
    TrainingRequest,
    TrainingWatcher,
    check_history_length,
)
from bellwether.service._results import Baseline, Candidate, TrainingResult
from bellwether.service._train import train

__all__ = [
    "CHEAP_PLAN",
    "DEMO_PLAN",
    "PLANS",
    "Answer",
    "Baseline",
    "BundleStore",
    "Candidate",
    "Contribution",
    "Direction",
    "EvidenceStore",
    "FallbackReason",
    "Fault",
    "HistoryTooShort",
    "Interval",
    "LadderOptions",
    "Landing",
    "LeaderboardRow",
    "MemoryEvidence",
    "OptionOutOfRange",
    "Outcome",
    "PastHits",
    "PredictOptions",
    "PredictPorts",
    "Prediction",
    "RegimeReading",
    "RulesSource",
    "Rung",
    "SilentWatcher",
    "Source",
    "SourceKind",
    "Step",
    "TrainingPorts",
    "TrainingRequest",
    "TrainingResult",
    "TrainingWatcher",
    "UnfitPrediction",
    "UnreadableBudget",
    "check_history_length",
    "choose_plan",
    "climb",
    "estimate_fit_seconds",
    "estimate_seconds",
    "find_data_fault",
    "find_weakness",
    "make_leaderboard",
    "predict",
    "predict_columns",
    "read_budget",
    "train",
]
