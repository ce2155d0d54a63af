"""Monitor: whether a model that serves is still what it was when it was promoted."""

from bellwether.monitor._account import Account, AccountReport, Estimate, ValueAdded
from bellwether.monitor._account_state import AccountState, SettledBet, Tally
from bellwether.monitor._agreement import Agreement
from bellwether.monitor._alarm_facts import alarm_facts
from bellwether.monitor._benchmark import Benchmark, JudgedRows, measure_benchmark
from bellwether.monitor._choice import ChosenRegime, RegimeChoice
from bellwether.monitor._due_dates import DueDate, DueReason, list_due_dates
from bellwether.monitor._duel import MOST_DIFFERENCE, duel_evidence, score_of_points
from bellwether.monitor._episode_steps import (
    acknowledge_episode,
    episode_id,
    next_changes,
    take_change,
)
from bellwether.monitor._episodes import (
    CHANNELS,
    EPISODE_EVENTS,
    Acknowledgement,
    Channel,
    Episode,
    EpisodeChange,
    EpisodeEvent,
    EpisodeOptions,
    Sighting,
    check_channel,
    rank_condition,
)
from bellwether.monitor._errors import ForeignState, UnusableMonitorOption, UnusableObservation
from bellwether.monitor._input_drifts import FeatureDrift, InputCheck, VolatilityDrift
from bellwether.monitor._inputs import InputReference, autocorrelation_time, check_inputs
from bellwether.monitor._lights import Colour, Thresholds
from bellwether.monitor._performance import (
    POOLED_GAPS,
    Detector,
    DetectorState,
    HitDetector,
    ScoreDetector,
)
from bellwether.monitor._pooling import design_effect, outcome_correlation, reject_by_e_values
from bellwether.monitor._recovery import RecoveryState, RecoveryTest
from bellwether.monitor._routing import Belief, Router
from bellwether.monitor._schedule import (
    RetrainDecision,
    RetrainFacts,
    RetrainPolicy,
    RetrainScale,
    RetrainTrigger,
    decide_retraining,
)
from bellwether.monitor._scores import SCORE_CLIP, drift_of_accuracy, settled_score
from bellwether.monitor._standing import CONDITIONS, Condition, Standing, instant_text
from bellwether.monitor._volatility import (
    MOST_CHECKED_SYMBOLS,
    VOLATILITY,
    VolatilityReference,
    choose_checked_symbols,
    log_true_ranges,
)

__all__ = [
    "CHANNELS",
    "CONDITIONS",
    "EPISODE_EVENTS",
    "MOST_CHECKED_SYMBOLS",
    "MOST_DIFFERENCE",
    "POOLED_GAPS",
    "SCORE_CLIP",
    "VOLATILITY",
    "Account",
    "AccountReport",
    "AccountState",
    "Acknowledgement",
    "Agreement",
    "Belief",
    "Benchmark",
    "Channel",
    "ChosenRegime",
    "Colour",
    "Condition",
    "Detector",
    "DetectorState",
    "DueDate",
    "DueReason",
    "Episode",
    "EpisodeChange",
    "EpisodeEvent",
    "EpisodeOptions",
    "Estimate",
    "FeatureDrift",
    "ForeignState",
    "HitDetector",
    "InputCheck",
    "InputReference",
    "JudgedRows",
    "RecoveryState",
    "RecoveryTest",
    "RegimeChoice",
    "RetrainDecision",
    "RetrainFacts",
    "RetrainPolicy",
    "RetrainScale",
    "RetrainTrigger",
    "Router",
    "ScoreDetector",
    "SettledBet",
    "Sighting",
    "Standing",
    "Tally",
    "Thresholds",
    "UnusableMonitorOption",
    "UnusableObservation",
    "ValueAdded",
    "VolatilityDrift",
    "VolatilityReference",
    "acknowledge_episode",
    "alarm_facts",
    "autocorrelation_time",
    "check_channel",
    "check_inputs",
    "choose_checked_symbols",
    "decide_retraining",
    "design_effect",
    "drift_of_accuracy",
    "duel_evidence",
    "episode_id",
    "instant_text",
    "list_due_dates",
    "log_true_ranges",
    "measure_benchmark",
    "next_changes",
    "outcome_correlation",
    "rank_condition",
    "reject_by_e_values",
    "score_of_points",
    "settled_score",
    "take_change",
]
