"""A home folder: what is kept where, and by which adapter."""

import contextlib
import errno
import logging
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bellwether import adapters, service
from bellwether.adapters import (
    BundleFolder,
    CheckpointStandings,
    FileTrialLog,
    FolderBarStore,
    JobProcesses,
    KeyFile,
    ProcessEvidence,
    ProcessProbe,
    RulesFile,
    SqlCheckpoints,
    SqlJournal,
    SqlRegistry,
    TrustFile,
    WorkStore,
    job_kinds,
    open_standings,
)
from bellwether.bootstrap._errors import HomeUnusable
from bellwether.clock import Clock
from bellwether.errors import RegistryError
from bellwether.service import AddingPorts

if TYPE_CHECKING:
    # A process that only serves must not pay for the libraries of training and of settings:
    # what needs them is imported where it is used, or asked of a root that lends it.
    from bellwether.adapters import CalibrationFolder, EvidenceFolder
    from bellwether.service import AuditPorts
    from bellwether.settings import Settings

# For somebody else's lock on the journal: a service says soon what is the matter, and tries again.
_WAIT_SECONDS, _SERVICE_WAIT_SECONDS = 30.0, 2.0
_log = logging.getLogger(__name__)
# A folder that answers so to a writer can still be read.
_READABLE_STILL = frozenset({errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EPERM, errno.EROFS})


@dataclass(frozen=True, kw_only=True, eq=False)
class Home:
    """A home folder with everything that is kept in it, each part opened when first asked for.

    Parameters
    ----------
    settings : Settings
    clock : Clock
    opens_late : bool, default False
        For a service: do not raise where the registry's or the journal's database cannot be
        opened now, but at each use until it can.

    Raises
    ------
    HomeUnusable
        If the home folder cannot be made. One that is there and may only be read, or is full,
        is opened: whatever needs no writing goes on.
    """

    settings: "Settings"
    clock: Clock
    opens_late: bool = False

    def __post_init__(self) -> None:
        home = self.settings.home
        if (home / adapters.UNFINISHED).exists():
            raise HomeUnusable(
                f"a whole home folder at {home}",
                "one whose restoring was interrupted",
                "restore the backup again, with --replace",
            )
        with self.usable():
            try:
                self.check_room()
            except OSError as error:
                if error.errno not in _READABLE_STILL or not home.is_dir():
                    raise
                _log.warning("reason=home_read_only: %s is only read: %s", home, error.strerror)

    @cached_property
    def registry(self) -> SqlRegistry:
        """Models, their stages and every move between them."""
        place = self._place("registry.sqlite")
        return SqlRegistry(place, self.clock, opens_late=self.opens_late)

    @cached_property
    def checkpoints(self) -> SqlCheckpoints:
        """What watching has come to, and who watches."""
        return SqlCheckpoints(self._place("registry.sqlite"), opens_late=self.opens_late)

    @cached_property
    def standings(self) -> CheckpointStandings | None:
        """What is thought of the models that serve; None where there is no place for it."""
        try:
            return open_standings(self._place("registry.sqlite"), opens_late=True)
        except RegistryError as error:  # which the registry itself says to who needs it
            _log.warning("reason=standings_unreadable: %s", error)
            return None

    @cached_property
    def bundles(self) -> BundleFolder:
        """One file a model."""
        return BundleFolder(self.settings.home / "bundles", self.trusted)

    @cached_property
    def trusted(self) -> TrustFile:
        """Whose signatures on bundles are believed."""
        required = self.settings.signatures_required
        return TrustFile(self.settings.home / "trusted_keys.json", required=required)

    @cached_property
    def keys(self) -> KeyFile:
        """Who may ask the service for what."""
        return KeyFile(self.settings.home / "keys.json")

    @property
    def adding(self) -> AddingPorts:
        """What takes in models that were made elsewhere."""
        return AddingPorts(
            registry=self.registry,
            bundles=self.bundles,
            probe=ProcessProbe(),
            trusted=self.trusted,
            clock=self.clock,
        )

    @property
    def auditing(self) -> "AuditPorts":
        """What judges forecasts that were made elsewhere."""
        return service.AuditPorts(trials=self.trials, evidence=self.evidence, clock=self.clock)

    @cached_property
    def bars(self) -> FolderBarStore:
        """Every import of every market."""
        return FolderBarStore(self.settings.home / "bars")

    @cached_property
    def evidence(self) -> "EvidenceFolder":
        """What each verdict was computed from."""
        return adapters.EvidenceFolder(self.settings.home / "evidence")

    @cached_property
    def calibrations(self) -> "CalibrationFolder":
        """How often the gate was measured to err, by snapshot."""
        return adapters.CalibrationFolder(self.settings.home / "calibrations")

    @cached_property
    def trials(self) -> FileTrialLog:
        """Everything that was ever tried."""
        return FileTrialLog(self.settings.home / "trials.jsonl")

    @cached_property
    def work(self) -> WorkStore:
        """Finished fits, found again by the next run."""
        return WorkStore(self.settings.home / "work")

    @cached_property
    def rules(self) -> RulesFile:
        """The rules' bundle, calibrated on what was last trained on: for browsers and readers."""
        return RulesFile(self.settings.home / "rules.bundle")

    @cached_property
    def journal(self) -> SqlJournal:
        """Every answer that was given, chained, with what became of it."""
        wait_seconds = _SERVICE_WAIT_SECONDS if self.opens_late else _WAIT_SECONDS
        return SqlJournal(
            self._place("journal.sqlite"), opens_late=self.opens_late, wait_seconds=wait_seconds
        )

    @cached_property
    def jobs(self) -> JobProcesses:
        """Work that takes minutes, each job in a process of its own."""
        kinds = job_kinds(self.settings.home, self.settings.workers)
        return JobProcesses(self.settings.home / "jobs", kinds, self.clock)

    @cached_property
    def evidence_desk(self) -> ProcessEvidence:
        """Answers about evidence, by a process that a service need not be."""
        home = str(self.settings.home.resolve())
        return ProcessEvidence((sys.executable, "-m", "bellwether.bootstrap._evidence_child", home))

    def _place(self, file: str) -> Path | str:
        url = self.settings.database
        return self.settings.home / file if url is None else url.get_secret_value()

    def check_room(self) -> None:
        """Raise an OSError unless a few bytes can be written."""
        home = self.settings.home
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"room for a few bytes")

    @contextlib.contextmanager
    def usable(self) -> Iterator[None]:
        """Name the folder where its disk fails under the work that is done inside."""
        try:
            yield
        except BrokenPipeError:
            raise  # whoever watched the progress went away: nothing is wrong with the folder
        except OSError as error:
            raise HomeUnusable(
                f"a home folder that can be written at {self.settings.home}",
                f"{error.strerror or error}{f' at {error.filename}' if error.filename else ''}",
                "choose another with --home or BELLWETHER_HOME, or free some space",
            ) from error
