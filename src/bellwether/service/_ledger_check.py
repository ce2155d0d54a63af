"""Verify the trial ledger: by its own chain, by a head kept elsewhere, and by what it led to."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol

from bellwether.hashing import digest_bytes
from bellwether.registry import ModelRecord, Registry, TrialLogTampered, find_origin
from bellwether.service._errors import TrialsForgotten
from bellwether.trials import Trial, TrialCount, TrialHead, TrialLog, count_trials
from bellwether.validation import Evidence

_RESTORE = "restore the log from a copy; until then its counts, and verdicts on them, are void"
_LOST = "bring the log back that has it, or judge nothing more on these bars"


class LedgerFault(StrEnum):
    """What can be wrong with a ledger."""

    CHANGED = "changed"
    CUT = "cut"
    FORGOTTEN_LOOK = "forgotten look"
    FORGOTTEN_FIT = "forgotten fit"
    UNDERCOUNTED = "undercounted"
    DAMAGED_EVIDENCE = "damaged evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFinding:
    """One thing that is wrong, or cannot be believed.

    Parameters
    ----------
    fault : LedgerFault
    what : str
        What was found, as a sentence's clause.
    remedy : str
        What can be done about it.
    """

    fault: LedgerFault
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """What was compared with the ledger, and what did not fit.

    Parameters
    ----------
    head : TrialHead or None
        Where the log ends; None where its chain does not hold.
    n_models, n_evidence, n_fits : int
        Registered models, kept evidence and kept fits that were looked for in it.
    n_foreign : int
        Models that were made elsewhere, or at another home that shares the registry: their
        trials are in another log.
    n_fits_unknown : int
        Kept fits that older entries may be about, which do not name their fit.
    findings : tuple of LedgerFinding
    """

    head: TrialHead | None
    n_models: int = 0
    n_evidence: int = 0
    n_fits: int = 0
    n_foreign: int = 0
    n_fits_unknown: int = 0
    findings: tuple[LedgerFinding, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_json(self) -> dict[str, object]:
        """Return the check as plain JSON values."""
        head = None if self.head is None else str(self.head)
        return {**asdict(self), "head": head, "is_sound": self.is_sound}


class KeptResults(Protocol):
    """Results that trials led to, wherever they are kept. Treaty: only reads."""

    def evidence(self) -> Iterator[tuple[str, Evidence | None]]:
        """Yield all kept evidence with its place; None for what cannot be read any more."""
        ...

    def fits(self) -> frozenset[str]:
        """Return the digest of the key of every kept fit."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPorts:
    """What a ledger is verified with.

    Parameters
    ----------
    trials : TrialLog
    registry : Registry
    kept : KeptResults
    is_registry_shared : bool
        Whether other homes register their models there, too: of those without evidence kept
        here nothing can be told then.
    """

    trials: TrialLog
    registry: Registry
    kept: KeptResults
    is_registry_shared: bool = False


def verify_ledger(ports: LedgerPorts, head: TrialHead | None = None) -> LedgerCheck:
    """Find whatever was changed in the trial log, cut off it, put back, or never written.

    Parameters
    ----------
    ports : LedgerPorts
    head : TrialHead, optional
        One that was kept elsewhere; without it, a log put back whole as it once was is noticed
        only where a result is left whose trial it lacks.

    Returns
    -------
    check : LedgerCheck

    Raises
    ------
    TrialLogUnavailable, RegistryUnavailable
        If something cannot be read; nothing is known then.
    """
    try:
        trials = ports.trials.entries()
    except TrialLogTampered as error:
        finding = LedgerFinding(fault=LedgerFault.CHANGED, what=error.was, remedy=_RESTORE)
        return LedgerCheck(head=None, findings=(finding,))
    found = [] if head is None else list(_compare_head(trials, head))
    records = ports.registry.records()
    evidence = tuple(ports.kept.evidence())
    own = _find_own(records, evidence, ports)
    fits = ports.kept.fits()
    known, n_nameless = _known_fits(trials)
    unknown = fits - known
    found += _find_unlooked(own, trials)
    found += _find_unjudged(evidence, trials)
    if len(unknown) > n_nameless:
        found.append(_forgotten_fits(len(unknown) - n_nameless))
    return LedgerCheck(
        head=TrialHead.of(trials),
        n_models=len(own),
        n_evidence=len(evidence),
        n_fits=len(fits),
        n_foreign=len(records) - len(own),
        n_fits_unknown=min(len(unknown), n_nameless),
        findings=tuple(found),
    )


def check_remembered(records: Sequence[ModelRecord], trials: Sequence[Trial]) -> None:
    """Refuse to try more where a model trained here is not remembered by the trial log.

    Parameters
    ----------
    records : sequence of ModelRecord
        Of a registry that no other home shares.
    trials : sequence of Trial
        The whole log.

    Raises
    ------
    TrialsForgotten
        If the log of a model's look is gone: what is tried next would be counted as a first.
    """
    own = [record for record in records if find_origin(record) is None]
    for finding in _find_unlooked(own, trials):
        raise TrialsForgotten(finding.what)


def _find_own(
    records: Sequence[ModelRecord],
    evidence: Sequence[tuple[str, Evidence | None]],
    ports: LedgerPorts,
) -> list[ModelRecord]:
    """Return the models whose trials should be in this log."""
    own = [record for record in records if find_origin(record) is None]
    if not ports.is_registry_shared:
        return own
    kept = {(one.pipeline, one.snapshot) for _, one in evidence if one is not None}
    return [one for one in own if (one.pipeline_digest, one.snapshot_digest) in kept]


def _compare_head(trials: Sequence[Trial], head: TrialHead) -> Iterator[LedgerFinding]:
    if len(trials) < head.n_entries:
        yield LedgerFinding(
            fault=LedgerFault.CUT,
            what=f"{len(trials)} entries, where there were {head.n_entries} when its head was kept",
            remedy=_RESTORE,
        )
    elif not head.is_within(trials):
        yield LedgerFinding(
            fault=LedgerFault.CHANGED,
            what=f"another history up to entry {head.n_entries} than when its head was kept",
            remedy=_RESTORE,
        )


def _known_fits(trials: Sequence[Trial]) -> tuple[frozenset[str], int]:
    """Return the digests of the keys of recorded fits, and how many are recorded without one."""
    fits = [trial for trial in trials if trial.kind == "fit"]
    named = frozenset(digest_bytes(trial.fit.encode()) for trial in trials if trial.fit)
    nameless = {(trial.pipeline, trial.snapshot, trial.note) for trial in fits if not trial.fit}
    return named, len(nameless)


def _find_unlooked(
    records: Sequence[ModelRecord], trials: Sequence[Trial]
) -> Iterator[LedgerFinding]:
    looks = _looks(trials)
    for record in records:
        if (record.pipeline_digest, record.snapshot_digest) not in looks:
            yield LedgerFinding(
                fault=LedgerFault.FORGOTTEN_LOOK,
                what=f"model {record.model_id} is registered, and no look at its pipeline "
                f"{record.pipeline_digest[:12]} is recorded",
                remedy=_LOST,
            )


def _find_unjudged(
    evidence: Sequence[tuple[str, Evidence | None]], trials: Sequence[Trial]
) -> Iterator[LedgerFinding]:
    looks = _looks(trials)
    for place, one in evidence:
        if one is None:
            yield LedgerFinding(
                fault=LedgerFault.DAMAGED_EVIDENCE,
                what=f"{place} is not what was kept: nobody can tell what it was judged on",
                remedy="restore it from a backup; the verdict cannot be recomputed without it",
            )
        elif (one.pipeline, one.snapshot) not in looks:
            yield LedgerFinding(
                fault=LedgerFault.FORGOTTEN_LOOK,
                what=f"evidence of {one.name} is kept ({one.digest[:12]}), and no look at its "
                f"pipeline {one.pipeline[:12]} is recorded",
                remedy=_LOST,
            )
        else:
            yield from _compare_counts(one, count_trials(trials, one.pipeline, one.snapshot, ()))


def _compare_counts(evidence: Evidence, now: TrialCount) -> Iterator[LedgerFinding]:
    """Compare with what the log had counted when the evidence was judged: counts only grow."""
    before = evidence.trials
    if now.n_pipelines < before.n_pipelines or now.n_looks < before.n_looks:
        yield LedgerFinding(
            fault=LedgerFault.UNDERCOUNTED,
            what=f"{evidence.name} ({evidence.digest[:12]}) was judged as one of "
            f"{before.n_pipelines} pipelines at look {before.n_looks}, and the log counts "
            f"{now.n_pipelines} and {now.n_looks} now",
            remedy=_LOST,
        )


def _forgotten_fits(n_fits: int) -> LedgerFinding:
    return LedgerFinding(
        fault=LedgerFault.FORGOTTEN_FIT,
        what=f"{n_fits} fits are kept that no entry is about",
        remedy=f"{_LOST}; if the work folder came from another home, empty it",
    )


def _looks(trials: Sequence[Trial]) -> frozenset[tuple[str, str]]:
    return frozenset((trial.pipeline, trial.snapshot) for trial in trials if trial.kind == "look")
