"""What was tried on which bars: the record that training writes and the gate reads.

Nothing in bellwether takes a number of trials as an argument. Training appends an entry for
every fit and for every look at an out-of-sample result; the gate counts them.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bellwether.hashing import digest_json

TrialKind = Literal["fit", "look"]
CHAIN_START = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that was tried.

    Parameters
    ----------
    kind : {"fit", "look"}
        A model was fitted; or an out-of-sample result was revealed.
    pipeline : str
        Digest of everything that makes the pipeline what it is: features, label, families,
        options, plan and seed.
    snapshot : str
        Digest of the bars used.
    lineage : tuple of str
        Fingerprints of those bars; snapshots that share one are related. Empty where an
        earlier look at the same snapshot holds them.
    recorded_at : str
        UTC instant, ISO 8601.
    note : str
        What a person should read about it.
    """

    kind: TrialKind
    pipeline: str
    snapshot: str
    lineage: tuple[str, ...]
    recorded_at: str
    note: str = ""

    def chained(self, previous: str) -> str:
        """Return the digest of this entry on top of the digest of the one before."""
        entry = [self.kind, self.pipeline, self.snapshot, list(self.lineage)]
        return digest_json([previous, *entry, self.recorded_at, self.note])


class TrialLog(Protocol):
    """Append-only memory of trials.

    Treaty: `append` returns only when the entry is durable; entries are never changed or
    removed; `entries` returns them in the order of their appending and the caller may keep
    the result. Implementations may be used from one thread at a time and guard themselves
    against other processes.
    """

    def append(self, trial: Trial) -> None:
        """Add one entry at the end."""
        ...

    def entries(self) -> Sequence[Trial]:
        """Return every entry, oldest first."""
        ...


class MemoryTrialLog:
    """A trial log that forgets at the end of the process: for studies and tests."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[Trial] = []

    def append(self, trial: Trial) -> None:
        """Add one entry at the end."""
        self._entries.append(trial)

    def entries(self) -> Sequence[Trial]:
        """Return every entry, oldest first."""
        return tuple(self._entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCount:
    """How much of the error budget has been spent on these bars.

    Parameters
    ----------
    n_pipelines : int
        Distinct pipelines whose out-of-sample result was revealed on related bars; M.
    n_looks : int
        Related snapshots on which this pipeline was looked at, this one included; m.
    """

    n_pipelines: int
    n_looks: int

    def alpha(self, level: float) -> float:
        """Return the level left for this look.

        `level / M` for the first look at a pipeline and `level / M x 6/(pi^2 m^2)` for its
        m-th, so that looking again at growing bars spends a convergent series.

        Examples
        --------
        >>> TrialCount(n_pipelines=1, n_looks=1).alpha(0.01)
        0.01
        >>> round(TrialCount(n_pipelines=2, n_looks=3).alpha(0.01), 8)
        0.00033774
        """
        share = 1.0 if self.n_looks <= 1 else 6.0 / (math.pi**2 * self.n_looks**2)
        return level / max(self.n_pipelines, 1) * share


def count_trials(
    trials: Iterable[Trial],
    pipeline: str,
    snapshot: str,
    lineage: Sequence[str],
    planned: Iterable[str] = (),
) -> TrialCount:
    """Count what was revealed on these bars and on bars related to them.

    Parameters
    ----------
    trials : iterable of Trial
        The whole log.
    pipeline, snapshot : str
        The look to be judged; it counts whether or not it is in the log yet.
    lineage : sequence of str
        Fingerprints of its bars.
    planned : iterable of str
        Pipelines that will be revealed together with it.

    Returns
    -------
    count : TrialCount

    Notes
    -----
    Related means a common fingerprint, directly or through a chain of snapshots.
    """
    looks = [trial for trial in trials if trial.kind == "look"]
    known, snapshots, n_before = set(lineage), {snapshot}, 0
    while len(snapshots) > n_before:
        n_before = len(snapshots)
        known.update(mark for t in looks if t.snapshot in snapshots for mark in t.lineage)
        snapshots |= {t.snapshot for t in looks if known & set(t.lineage)}
    related = [trial for trial in looks if trial.snapshot in snapshots]
    pipelines = {trial.pipeline for trial in related} | {pipeline, *planned}
    own = {trial.snapshot for trial in related if trial.pipeline == pipeline} | {snapshot}
    return TrialCount(n_pipelines=len(pipelines), n_looks=len(own))
