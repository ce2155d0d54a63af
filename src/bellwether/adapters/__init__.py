"""Adapters: every port's implementations, and the only place that meets files and libraries.

Every name is lent: a process that does one thing, as those that fit and those that read what
somebody sent, must not pay for the databases of all others.
"""

from typing import TYPE_CHECKING

from bellwether._lazy import lend

if TYPE_CHECKING:
    from bellwether.adapters._atomic_file import write_atomically
    from bellwether.adapters._backup import HomePlaces, back_up
    from bellwether.adapters._backup_errors import BackupFailed, BackupUnusable, HomeTaken
    from bellwether.adapters._backup_manifest import UNFINISHED, BackupManifest
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
    from bellwether.adapters._evidence_process import ProcessEvidence, describe_failure
    from bellwether.adapters._fit_processes import ProcessFitRunner
    from bellwether.adapters._forecast_file import read_forecasts
    from bellwether.adapters._job_kinds import job_kinds
    from bellwether.adapters._job_limits import JobKind, JobLimits
    from bellwether.adapters._job_processes import JobProcesses
    from bellwether.adapters._kept_results import KeptFolders
    from bellwether.adapters._key_file import KeyFile, MemoryKeys
    from bellwether.adapters._lease_holder import is_gone, name_holder
    from bellwether.adapters._ledger_status import LedgerStatus, find_ledgers, upgrade_ledgers
    from bellwether.adapters._memory_bars import MemoryBarStore
    from bellwether.adapters._memory_checkpoints import MemoryCheckpoints
    from bellwether.adapters._memory_journal import MemoryJournal
    from bellwether.adapters._memory_registry import MemoryRegistry
    from bellwether.adapters._notifiers import open_notifiers
    from bellwether.adapters._predict_ports import open_predict_ports
    from bellwether.adapters._reading_errors import ReadingStopped
    from bellwether.adapters._restore import restore_backup
    from bellwether.adapters._rules_file import RulesFile
    from bellwether.adapters._session_file import keep_sessions
    from bellwether.adapters._sql_checkpoints import SqlCheckpoints
    from bellwether.adapters._sql_journal import SqlJournal
    from bellwether.adapters._sql_registry import SqlRegistry
    from bellwether.adapters._standings import CheckpointStandings, open_standings
    from bellwether.adapters._tick_schedule import TickSchedule
    from bellwether.adapters._trial_file import FileTrialLog
    from bellwether.adapters._trust_file import TrustFile
    from bellwether.adapters._work_store import WorkStore
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.adapters._atomic_file": ("write_atomically",),
            "bellwether.adapters._backup": (
                "HomePlaces",
                "back_up",
            ),
            "bellwether.adapters._backup_errors": (
                "BackupFailed",
                "BackupUnusable",
                "HomeTaken",
            ),
            "bellwether.adapters._backup_manifest": (
                "BackupManifest",
                "UNFINISHED",
            ),
            "bellwether.adapters._bar_folder": ("FolderBarStore",),
            "bellwether.adapters._bar_reader": ("ProcessBarsReader",),
            "bellwether.adapters._bar_text": ("write_bars_csv",),
            "bellwether.adapters._bundle_folder": (
                "BundleFolder",
                "TrustSource",
                "read_bundle",
                "write_bundle",
            ),
            "bellwether.adapters._bundle_probe": ("ProcessProbe",),
            "bellwether.adapters._calibrated_rules": (
                "CalibratedRules",
                "calibrated_rules",
            ),
            "bellwether.adapters._calibration_file": ("CalibrationFolder",),
            "bellwether.adapters._calibration_processes": ("ProcessCalibrationRunner",),
            "bellwether.adapters._challenger_process": ("ProcessTrainer",),
            "bellwether.adapters._errors": (
                "CalibrationStopped",
                "ChallengerFailed",
                "FitFailed",
                "FitFolderUnreadable",
            ),
            "bellwether.adapters._evidence_folder": ("EvidenceFolder",),
            "bellwether.adapters._evidence_process": (
                "ProcessEvidence",
                "describe_failure",
            ),
            "bellwether.adapters._fit_processes": ("ProcessFitRunner",),
            "bellwether.adapters._forecast_file": ("read_forecasts",),
            "bellwether.adapters._job_kinds": ("job_kinds",),
            "bellwether.adapters._job_limits": (
                "JobKind",
                "JobLimits",
            ),
            "bellwether.adapters._job_processes": ("JobProcesses",),
            "bellwether.adapters._kept_results": ("KeptFolders",),
            "bellwether.adapters._key_file": (
                "KeyFile",
                "MemoryKeys",
            ),
            "bellwether.adapters._lease_holder": (
                "is_gone",
                "name_holder",
            ),
            "bellwether.adapters._ledger_status": (
                "LedgerStatus",
                "find_ledgers",
                "upgrade_ledgers",
            ),
            "bellwether.adapters._memory_bars": ("MemoryBarStore",),
            "bellwether.adapters._memory_checkpoints": ("MemoryCheckpoints",),
            "bellwether.adapters._memory_journal": ("MemoryJournal",),
            "bellwether.adapters._memory_registry": ("MemoryRegistry",),
            "bellwether.adapters._notifiers": ("open_notifiers",),
            "bellwether.adapters._predict_ports": ("open_predict_ports",),
            "bellwether.adapters._reading_errors": ("ReadingStopped",),
            "bellwether.adapters._restore": ("restore_backup",),
            "bellwether.adapters._rules_file": ("RulesFile",),
            "bellwether.adapters._session_file": ("keep_sessions",),
            "bellwether.adapters._sql_checkpoints": ("SqlCheckpoints",),
            "bellwether.adapters._sql_journal": ("SqlJournal",),
            "bellwether.adapters._sql_registry": ("SqlRegistry",),
            "bellwether.adapters._standings": (
                "CheckpointStandings",
                "open_standings",
            ),
            "bellwether.adapters._tick_schedule": ("TickSchedule",),
            "bellwether.adapters._trial_file": ("FileTrialLog",),
            "bellwether.adapters._trust_file": ("TrustFile",),
            "bellwether.adapters._work_store": ("WorkStore",),
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
    "is_gone",
    "job_kinds",
    "keep_sessions",
    "name_holder",
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
