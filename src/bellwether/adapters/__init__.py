"""Adapters: every port's implementations, and the only place that meets files and libraries."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.adapters._atomic_file import write_atomically
from bellwether.adapters._bar_folder import FolderBarStore
from bellwether.adapters._bar_reader import ProcessBarsReader
from bellwether.adapters._bar_text import write_bars_csv
from bellwether.adapters._bundle_folder import (
    BundleFolder,
    TrustSource,
    read_bundle,
    write_bundle,
)
from bellwether.adapters._bundle_probe import ProcessProbe
from bellwether.adapters._calibrated_rules import CalibratedRules, calibrated_rules
from bellwether.adapters._evidence_process import ProcessEvidence, describe_failure
from bellwether.adapters._job_kinds import job_kinds
from bellwether.adapters._job_limits import JobKind, JobLimits
from bellwether.adapters._job_processes import JobProcesses
from bellwether.adapters._key_file import KeyFile, MemoryKeys
from bellwether.adapters._memory_bars import MemoryBarStore
from bellwether.adapters._memory_checkpoints import MemoryCheckpoints
from bellwether.adapters._memory_journal import MemoryJournal
from bellwether.adapters._memory_registry import MemoryRegistry
from bellwether.adapters._predict_ports import open_predict_ports
from bellwether.adapters._reading_errors import ReadingStopped
from bellwether.adapters._rules_file import RulesFile
from bellwether.adapters._session_file import keep_sessions
from bellwether.adapters._sql_checkpoints import SqlCheckpoints
from bellwether.adapters._sql_journal import SqlJournal
from bellwether.adapters._sql_registry import SqlRegistry
from bellwether.adapters._standings import CheckpointStandings, open_standings
from bellwether.adapters._trial_file import FileTrialLog
from bellwether.adapters._trust_file import TrustFile
from bellwether.adapters._work_store import WorkStore

if TYPE_CHECKING:
    from bellwether.adapters._backup import HomePlaces, back_up
    from bellwether.adapters._backup_errors import BackupFailed, BackupUnusable, HomeTaken
    from bellwether.adapters._backup_manifest import UNFINISHED, BackupManifest
    from bellwether.adapters._calibration_file import CalibrationFolder
    from bellwether.adapters._calibration_processes import ProcessCalibrationRunner
    from bellwether.adapters._challenger_process import ProcessTrainer
    from bellwether.adapters._errors import (
        CalibrationStopped,
        ChallengerFailed,
        FitFailed,
        FitFolderUnreadable,
    )
    from bellwether.adapters._evidence_folder import EvidenceFolder
    from bellwether.adapters._fit_processes import ProcessFitRunner
    from bellwether.adapters._forecast_file import read_forecasts
    from bellwether.adapters._kept_results import KeptFolders
    from bellwether.adapters._ledger_status import LedgerStatus, find_ledgers, upgrade_ledgers
    from bellwether.adapters._notifiers import open_notifiers
    from bellwether.adapters._restore import restore_backup
    from bellwether.adapters._tick_schedule import TickSchedule
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.adapters._forecast_file": ("read_forecasts",),
            "bellwether.adapters._backup": ("HomePlaces", "back_up"),
            "bellwether.adapters._backup_errors": ("BackupFailed", "BackupUnusable", "HomeTaken"),
            "bellwether.adapters._backup_manifest": ("UNFINISHED", "BackupManifest"),
            "bellwether.adapters._calibration_file": ("CalibrationFolder",),
            "bellwether.adapters._calibration_processes": ("ProcessCalibrationRunner",),
            "bellwether.adapters._errors": (
                "CalibrationStopped",
                "ChallengerFailed",
                "FitFailed",
                "FitFolderUnreadable",
            ),
            "bellwether.adapters._evidence_folder": ("EvidenceFolder",),
            "bellwether.adapters._challenger_process": ("ProcessTrainer",),
            "bellwether.adapters._fit_processes": ("ProcessFitRunner",),
            "bellwether.adapters._kept_results": ("KeptFolders",),
            "bellwether.adapters._ledger_status": (
                "LedgerStatus",
                "find_ledgers",
                "upgrade_ledgers",
            ),
            "bellwether.adapters._notifiers": ("open_notifiers",),
            "bellwether.adapters._restore": ("restore_backup",),
            "bellwether.adapters._tick_schedule": ("TickSchedule",),
        },
    )

__all__ = [
    "UNFINISHED",
    "BackupFailed",
    "BackupManifest",
    "BackupUnusable",
    "BundleFolder",
    "CalibratedRules",
    "CalibrationFolder",
    "CalibrationStopped",
    "ChallengerFailed",
    "CheckpointStandings",
    "EvidenceFolder",
    "FileTrialLog",
    "FitFailed",
    "FitFolderUnreadable",
    "FolderBarStore",
    "HomePlaces",
    "HomeTaken",
    "JobKind",
    "JobLimits",
    "JobProcesses",
    "KeptFolders",
    "KeyFile",
    "LedgerStatus",
    "MemoryBarStore",
    "MemoryCheckpoints",
    "MemoryJournal",
    "MemoryKeys",
    "MemoryRegistry",
    "ProcessBarsReader",
    "ProcessCalibrationRunner",
    "ProcessEvidence",
    "ProcessFitRunner",
    "ProcessProbe",
    "ProcessTrainer",
    "ReadingStopped",
    "RulesFile",
    "SqlCheckpoints",
    "SqlJournal",
    "SqlRegistry",
    "TickSchedule",
    "TrustFile",
    "TrustSource",
    "WorkStore",
    "back_up",
    "calibrated_rules",
    "describe_failure",
    "find_ledgers",
    "job_kinds",
    "keep_sessions",
    "open_notifiers",
    "open_predict_ports",
    "open_standings",
    "read_bundle",
    "read_forecasts",
    "restore_backup",
    "upgrade_ledgers",
    "write_atomically",
    "write_bars_csv",
    "write_bundle",
]
