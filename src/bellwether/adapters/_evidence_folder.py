"""Evidence on disk, so that anybody can recompute a verdict."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.adapters._work_store import WorkStore
from bellwether.hashing import canonical_json
from bellwether.validation import Evidence, MalformedEvidence

HEAD = "head"


class EvidenceFolder:
    """Keeps each Evidence under its digest, as plain arrays and JSON.

    Parameters
    ----------
    folder : path
        Made when the first evidence is kept.
    """

    __slots__ = ("_store",)

    def __init__(self, folder: Path) -> None:
        self._store = WorkStore(folder)

    def put(self, evidence: Evidence) -> str:
        """Keep evidence and return its digest.

        Raises
        ------
        OSError
            If the disk is full or the folder cannot be written; nothing is left behind.
        """
        head = np.frombuffer(canonical_json(evidence.to_json()).encode("ascii"), dtype=np.uint8)
        self._store.write(evidence.digest, {**evidence.to_arrays(), HEAD: head})
        return evidence.digest

    def get(self, digest: str) -> Evidence:
        """Return evidence by its digest.

        Raises
        ------
        MalformedEvidence
            If there is none, or it is not what was kept.
        """
        arrays = self._store.get(digest)
        if arrays is None:
            raise MalformedEvidence("the stored evidence", f"evidence {digest[:12]}", "none")
        evidence = _restore(arrays)
        if evidence.digest != digest:
            raise MalformedEvidence("the stored evidence", digest[:12], evidence.digest[:12])
        return evidence

    def scan(self) -> Iterator[tuple[str, Evidence | None]]:
        """Yield all kept evidence with the name of its file; None where it is not what was kept."""
        for path, arrays in self._store.scan():
            evidence = None if arrays is None else _try_restore(arrays)
            if evidence is not None and self._store.path(evidence.digest) != path:
                evidence = None
            yield path.name, evidence


def _restore(arrays: Mapping[str, NDArray[Any]]) -> Evidence:
    head = json.loads(arrays[HEAD].tobytes())
    return Evidence.from_parts(head, {name: arrays[name] for name in arrays if name != HEAD})


def _try_restore(arrays: Mapping[str, NDArray[Any]]) -> Evidence | None:
    try:
        return _restore(arrays)
    except (KeyError, TypeError, ValueError, MalformedEvidence):
        return None
