"""Service: the use cases, one function each, and what they need from outside."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.service._adding import (
    AddingPorts,
    BundleProbe,
    PackedBundles,
    TrustPort,
    add_bundle,
    prove_verdict,
    sign_model,
)
from bellwether.service._bar_changes import BarsChange, Relation, RevisedBar
from bellwether.service._bar_errors import (
    BarsDoNotJoin,
    BarStoreUnavailable,
    SnapshotDamaged,
    SnapshotOutdated,
    UnknownSnapshot,
    UnknownSymbol,
)
from bellwether.service._bar_store import BarStore, list_backwards
from bellwether.service._chain import (
    PREDICTION,
    SETTLEMENT,
    JournalRecord,
    check_kept,
    count_repeats,
    digest_state,
    extend_with_answers,
    extend_with_notes,
    extend_with_settlements,
    read_entry,
    read_note,
    record_columns,
)
from bellwether.service._chain_check import ChainCheck
from bellwether.service._data_check import find_data_fault
from bellwether.service._entries import (
    EntryFilter,
    EntryPage,
    JournalEntry,
    JournalHead,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    State,
    check_limit,
)
from bellwether.service._errors import (
    HistoryTooShort,
    JournalTampered,
    JournalUnavailable,
    ModelNotJudged,
    NoChampion,
    OptionOutOfRange,
    TrialsForgotten,
    UnfitPrediction,
    UnknownPlan,
    UnknownPrediction,
    UnreadableBudget,
    WindowMismatch,
)
from bellwether.service._evidence_desk import EvidenceDesk, EvidenceQuestion
from bellwether.service._evidence_errors import EvidenceTooSlow, EvidenceUnavailable
from bellwether.service._facts import (
    Direction,
    Interval,
    Prediction,
    RegimeReading,
    Rung,
    Source,
    SourceKind,
    StandingReading,
    Step,
)
from bellwether.service._hearing import Heard, hear_model, hear_rules
from bellwether.service._horizons import LOST_SESSIONS, HorizonEnd, MarketCloses
from bellwether.service._import_bars import ImportOutcome, find_other_calendar, import_bars
from bellwether.service._import_many import import_many
from bellwether.service._job_errors import JobsUnavailable, TooManyJobs, UnknownJob, UnknownJobKind
from bellwether.service._jobs import Job, JobEvent, JobFailure, JobPage, JobProgress, Jobs, JobState
from bellwether.service._journal import Journal
from bellwether.service._journal_trouble import JournalTrouble
from bellwether.service._key_errors import KeyExists, KeysUnavailable, KeyUnfit, UnknownKey
from bellwether.service._keys import (
    ApiKey,
    KeyFault,
    KeyStore,
    Scope,
    check_new,
    create_key,
    find_key,
    hide_keys,
    revoke_key,
    rotate_key,
)
from bellwether.service._ladder import Answer, Fault, LadderOptions, Landing, Outcome, climb
from bellwether.service._ledger import Ledger, PipelineTrials, TrialFamily, read_ledger
from bellwether.service._notes import JournalNote, NoteFilter, NoteKind, NotePage
from bellwether.service._ports import BundleStore, Choices, RulesSource, Standings
from bellwether.service._predict import predict, predict_columns, predict_many
from bellwether.service._predict_options import PredictOptions, PredictPorts
from bellwether.service._question import Question
from bellwether.service._reasons import FallbackReason
from bellwether.service._replay import Replay, ReplayOutcome, ReplayPorts, replay
from bellwether.service._settle import Settling, settle
from bellwether.service._snapshot_pages import number_snapshot, page_snapshots, unknown_symbol
from bellwether.service._snapshots import Snapshot, SnapshotFilter, SnapshotPage, market_key
from bellwether.service._stored_market import (
    StoredMarket,
    open_market,
    predict_symbol,
    without_bars,
)
from bellwether.service._why import Contribution, Explanation, MemberPart, PastHits
from bellwether.service._window import (
    SERVED_BARS,
    WINDOW_BARS,
    cut_window,
    digest_window,
    find_window,
)

if TYPE_CHECKING:
    from bellwether.service._audit import audit_forecasts, inspect_forecasts
    from bellwether.service._audit_errors import (
        ForecastColumnsUnclear,
        ForecastsElsewhere,
        KindUnclear,
    )
    from bellwether.service._audit_findings import AuditFinding, FindingKind
    from bellwether.service._audit_lags import LagScore
    from bellwether.service._audit_options import (
        KINDS,
        AuditedEvidence,
        AuditOptions,
        AuditPorts,
        ForecastKind,
        Gaps,
        KnownAt,
    )
    from bellwether.service._audit_report import AuditedColumn, AuditOutcome, AuditReport, Rival
    from bellwether.service._audit_table import ForecastColumn, ForecastTable
    from bellwether.service._benchmarks import find_balance, find_importance
    from bellwether.service._calibrate import (
        CalibrationPorts,
        CalibrationProgress,
        CalibrationRequest,
        CalibrationResults,
        CalibrationRunner,
        CalibrationStore,
        InlineCalibrationRunner,
        MemoryCalibrations,
        PlannedRun,
        calibrate_gate,
        find_calibration,
    )
    from bellwether.service._diagnosis import Diagnosis, Symptom, diagnose, diagnose_refusal
    from bellwether.service._feature_look import look_at_features
    from bellwether.service._leaderboard import LeaderboardRow, make_leaderboard
    from bellwether.service._ledger_check import (
        KeptResults,
        LedgerCheck,
        LedgerFault,
        LedgerFinding,
        LedgerPorts,
        check_remembered,
        verify_ledger,
    )
    from bellwether.service._ledger_page import TrialFilter, show_ledger
    from bellwether.service._plan_choice import Room, decide_plan
    from bellwether.service._plans import (
        CHEAP_PLAN,
        DEMO_PLAN,
        PLANS,
        STANDARD_PLAN,
        choose_plan,
        estimate_fit_seconds,
        estimate_seconds,
        find_plan,
        read_budget,
    )
    from bellwether.service._request import (
        EvidenceStore,
        MemoryEvidence,
        SilentWatcher,
        TrainingPorts,
        TrainingRequest,
        TrainingWatcher,
        check_history_length,
    )
    from bellwether.service._resting import OpenForecast, Resting, RestingModel, find_resting
    from bellwether.service._results import Baseline, Candidate, TrainingResult
    from bellwether.service._train import train
    from bellwether.service._trial_book import TrialBook
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.service._calibrate": (
                "CalibrationPorts",
                "CalibrationProgress",
                "CalibrationRequest",
                "CalibrationResults",
                "CalibrationRunner",
                "CalibrationStore",
                "InlineCalibrationRunner",
                "MemoryCalibrations",
                "PlannedRun",
                "calibrate_gate",
                "find_calibration",
            ),
            "bellwether.service._audit": ("audit_forecasts", "inspect_forecasts"),
            "bellwether.service._audit_errors": (
                "ForecastColumnsUnclear",
                "ForecastsElsewhere",
                "KindUnclear",
            ),
            "bellwether.service._audit_findings": ("AuditFinding", "FindingKind"),
            "bellwether.service._audit_lags": ("LagScore",),
            "bellwether.service._audit_options": (
                "KINDS",
                "AuditOptions",
                "AuditPorts",
                "AuditedEvidence",
                "ForecastKind",
                "Gaps",
                "KnownAt",
            ),
            "bellwether.service._audit_report": (
                "AuditOutcome",
                "AuditReport",
                "AuditedColumn",
                "Rival",
            ),
            "bellwether.service._audit_table": ("ForecastColumn", "ForecastTable"),
            "bellwether.service._resting": (
                "OpenForecast",
                "Resting",
                "RestingModel",
                "find_resting",
            ),
            "bellwether.service._ledger_check": (
                "KeptResults",
                "LedgerCheck",
                "LedgerFault",
                "LedgerFinding",
                "LedgerPorts",
                "check_remembered",
                "verify_ledger",
            ),
            "bellwether.service._feature_look": ("look_at_features",),
            "bellwether.service._ledger_page": ("TrialFilter", "show_ledger"),
            "bellwether.service._diagnosis": (
                "Diagnosis",
                "Symptom",
                "diagnose",
                "diagnose_refusal",
            ),
            "bellwether.service._benchmarks": ("find_balance", "find_importance"),
            "bellwether.service._leaderboard": ("LeaderboardRow", "make_leaderboard"),
            "bellwether.service._plan_choice": ("Room", "decide_plan"),
            "bellwether.service._plans": (
                "CHEAP_PLAN",
                "DEMO_PLAN",
                "PLANS",
                "STANDARD_PLAN",
                "choose_plan",
                "estimate_fit_seconds",
                "estimate_seconds",
                "find_plan",
                "read_budget",
            ),
            "bellwether.service._request": (
                "EvidenceStore",
                "MemoryEvidence",
                "SilentWatcher",
                "TrainingPorts",
                "TrainingRequest",
                "TrainingWatcher",
                "check_history_length",
            ),
            "bellwether.service._results": ("Baseline", "Candidate", "TrainingResult"),
            "bellwether.service._train": ("train",),
            "bellwether.service._trial_book": ("TrialBook",),
        },
    )

__all__ = [
    "CHEAP_PLAN", "DEMO_PLAN", "KINDS", "LOST_SESSIONS", "PLANS", "PREDICTION", "SERVED_BARS",
    "SETTLEMENT", "STANDARD_PLAN", "WINDOW_BARS", "AddingPorts", "Answer", "ApiKey",
    "AuditFinding", "AuditOptions", "AuditOutcome", "AuditPorts", "AuditReport", "AuditedColumn",
    "AuditedEvidence", "BarStore", "BarStoreUnavailable", "BarsChange", "BarsDoNotJoin",
    "Baseline", "BundleProbe", "BundleStore",
    "CalibrationPorts", "CalibrationProgress", "CalibrationRequest", "CalibrationResults",
    "CalibrationRunner", "CalibrationStore", "Candidate", "ChainCheck", "Choices", "Contribution",
    "Diagnosis",
    "Direction", "EntryFilter", "EntryPage", "EvidenceDesk", "EvidenceQuestion", "EvidenceStore",
    "EvidenceTooSlow", "EvidenceUnavailable", "Explanation", "FallbackReason", "Fault",
    "FindingKind", "ForecastColumn", "ForecastColumnsUnclear", "ForecastKind", "ForecastTable",
    "ForecastsElsewhere", "Gaps", "Heard", "HistoryTooShort", "HorizonEnd", "ImportOutcome",
    "InlineCalibrationRunner", "Interval", "Job", "JobEvent", "JobFailure", "JobPage",
    "JobProgress", "JobState", "Jobs", "JobsUnavailable", "Journal", "JournalEntry", "JournalHead",
    "JournalNote", "JournalRecord", "JournalTampered", "JournalTrouble", "JournalUnavailable",
    "KeptResults", "KeyExists", "KeyFault", "KeyStore", "KeyUnfit", "KeysUnavailable",
    "KindUnclear", "KnownAt", "LadderOptions", "LagScore", "Landing", "LeaderboardRow", "Ledger",
    "LedgerCheck", "LedgerFault", "LedgerFinding", "LedgerPorts", "MarketCloses", "MemberPart",
    "MemoryCalibrations", "MemoryEvidence", "ModelNotJudged", "NoChampion", "NoteFilter",
    "NoteKind", "NotePage", "OpenForecast", "OptionOutOfRange", "Outcome", "PackedBundles",
    "PastHits", "PipelineTrials", "PlannedRun", "PredictOptions", "PredictPorts", "Prediction",
    "Question", "RegimeReading", "Relation", "Replay", "ReplayOutcome", "ReplayPorts", "Resting",
    "RestingModel", "RevisedBar", "Rival", "Room", "RulesSource", "Rung", "Scope", "ServedAnswer",
    "Settlement", "SettlementOutcome", "Settling", "SilentWatcher", "Snapshot", "SnapshotDamaged",
    "SnapshotFilter", "SnapshotOutdated", "SnapshotPage", "Source", "SourceKind", "StandingReading",
    "Standings", "State", "Step", "StoredMarket", "Symptom", "TooManyJobs", "TrainingPorts",
    "TrainingRequest", "TrainingResult", "TrainingWatcher", "TrialBook", "TrialFamily",
    "TrialFilter", "TrialsForgotten", "TrustPort", "UnfitPrediction", "UnknownJob",
    "UnknownJobKind", "UnknownKey", "UnknownPlan", "UnknownPrediction", "UnknownSnapshot",
    "UnknownSymbol", "UnreadableBudget", "WindowMismatch", "add_bundle", "audit_forecasts",
    "calibrate_gate", "check_history_length", "check_kept", "check_limit", "check_new",
    "check_remembered", "choose_plan", "climb", "count_repeats", "create_key", "cut_window",
    "decide_plan", "diagnose", "diagnose_refusal", "digest_state", "digest_window",
    "estimate_fit_seconds", "estimate_seconds", "extend_with_answers", "extend_with_notes",
    "extend_with_settlements", "find_balance", "find_calibration", "find_data_fault",
    "find_importance", "find_key",
    "find_other_calendar", "find_plan", "find_resting", "find_window", "hear_model", "hear_rules",
    "hide_keys", "import_bars", "import_many", "inspect_forecasts", "list_backwards",
    "look_at_features", "make_leaderboard", "market_key", "number_snapshot", "open_market",
    "page_snapshots", "predict", "predict_columns", "predict_many", "predict_symbol",
    "prove_verdict", "read_budget", "read_entry", "read_ledger", "read_note", "record_columns",
    "replay", "revoke_key", "rotate_key", "settle", "show_ledger", "sign_model", "train",
    "unknown_symbol", "verify_ledger", "without_bars",
]  # fmt: skip
