"""Results that trials led to, as a home folder keeps them."""

from collections.abc import Iterator

from bellwether.adapters._evidence_folder import EvidenceFolder
from bellwether.adapters._work_store import WorkStore
from bellwether.validation import Evidence


class KeptFolders:
    """Evidence and fits on disk, for a check of the trial ledger; only read.

    Parameters
    ----------
    kept_evidence : EvidenceFolder
    work : WorkStore
        Where fits are kept.
    """

    __slots__ = ("_evidence", "_work")

    def __init__(self, kept_evidence: EvidenceFolder, work: WorkStore) -> None:
        self._evidence = kept_evidence
        self._work = work

    def evidence(self) -> Iterator[tuple[str, Evidence | None]]:
        """Yield all kept evidence with the name of its file; None where it is damaged."""
        return self._evidence.scan()

    def fits(self) -> frozenset[str]:
        """Return the digest of the key of every kept fit."""
        return self._work.names()
