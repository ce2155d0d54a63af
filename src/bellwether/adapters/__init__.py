"""Adapters: every port's implementations, and the only place that meets files and libraries."""

from bellwether.adapters._atomic_file import write_atomically
from bellwether.adapters._bar_files import read_bars
from bellwether.adapters._bar_tables import BarSource
from bellwether.adapters._bundle_folder import BundleFolder, read_bundle, write_bundle
from bellwether.adapters._calendars import ALWAYS_OPEN, WEEKDAYS, find_sessions
from bellwether.adapters._calibrated_rules import CalibratedRules, calibrated_rules
from bellwether.adapters._errors import FitFailed, FitFolderUnreadable
from bellwether.adapters._evidence_folder import EvidenceFolder
from bellwether.adapters._fit_processes import ProcessFitRunner
from bellwether.adapters._group_commit import GroupCommitJournal
from bellwether.adapters._memory_journal import MemoryJournal
from bellwether.adapters._memory_registry import MemoryRegistry
from bellwether.adapters._rules_file import RulesFile
from bellwether.adapters._sample_markets import SAMPLE_MARKETS, sample_market
from bellwether.adapters._sql_journal import SqlJournal
from bellwether.adapters._sql_registry import SqlRegistry
from bellwether.adapters._trial_file import FileTrialLog
from bellwether.adapters._work_store import WorkStore

__all__ = [
    "ALWAYS_OPEN",
    "SAMPLE_MARKETS",
    "WEEKDAYS",
    "BarSource",
    "BundleFolder",
    "CalibratedRules",
    "EvidenceFolder",
    "FileTrialLog",
    "FitFailed",
    "FitFolderUnreadable",
    "GroupCommitJournal",
    "MemoryJournal",
    "MemoryRegistry",
    "ProcessFitRunner",
    "RulesFile",
    "SqlJournal",
    "SqlRegistry",
    "WorkStore",
    "calibrated_rules",
    "find_sessions",
    "read_bars",
    "read_bundle",
    "sample_market",
    "write_atomically",
    "write_bundle",
]
