"""What was tried on which bars: the record that training writes and the gate reads.

Nothing in bellwether takes a number of trials as an argument. Training appends an entry before
every fit and before every look at an out-of-sample result; the gate counts them.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from bellwether.errors import SettingsError
from bellwether.hashing import digest_json

TrialKind = Literal["fit", "tuning", "seed", "feature_edit", "look"]
CHAIN_START = "0" * 64
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
# What entries of older versions do not have; left out of the chain where it is empty, so that
# their digests hold.
LATER_FIELDS = ("features", "fit", "recipe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One thing that was tried, written down before its result was there to be used.

    Parameters
    ----------
    kind : {"fit", "tuning", "seed", "feature_edit", "look"}
        A model is fitted; a configuration is tried by a tuner; a pipeline is run again that
        differs from an earlier one by its seed alone; a feature set is used that was not used
        on related bars before; or an out-of-sample result is revealed.
    pipeline : str
        Digest of everything that makes the pipeline what it is: features, label, families,
        options, plan and seed.
    snapshot : str
        Digest of the bars used.
    lineage : tuple of str
        Fingerprints of those bars; snapshots that share one are related. Empty where an
        earlier entry about the same snapshot holds them; for a look, an earlier look.
    recorded_at : str
        UTC instant, ISO 8601.
    note : str
        What a person should read about it.
    features : str
        Digest of the feature set.
    recipe : str
        Digest of the pipeline without its seed.
    fit : str
        Of a fit, or of one that a tuner tries, the key under which its outcome is kept.
    """

    kind: TrialKind
    pipeline: str
    snapshot: str
    lineage: tuple[str, ...]
    recorded_at: str
    note: str = ""
    features: str = ""
    recipe: str = ""
    fit: str = ""

    def chained(self, previous: str) -> str:
        """Return the digest of this entry on top of the digest of the one before."""
        entry = [self.kind, self.pipeline, self.snapshot, list(self.lineage)]
        later = {name: getattr(self, name) for name in LATER_FIELDS if getattr(self, name)}
        return digest_json(
            [previous, *entry, self.recorded_at, self.note, *([later] if later else [])]
        )


class UnreadableTrialHead(SettingsError):
    """A head of the trial log given by hand is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialHead:
    """The end of the chain: whoever keeps it elsewhere can tell later that nothing is gone.

    Parameters
    ----------
    n_entries : int
        Entries so far.
    digest : str
        Digest of the last.

    Examples
    --------
    >>> head = TrialHead(n_entries=7, digest="ab" * 32)
    >>> TrialHead.from_text(str(head)) == head
    True
    """

    n_entries: int = 0
    digest: str = CHAIN_START

    def __str__(self) -> str:
        return f"{self.n_entries}:{self.digest}"

    @classmethod
    def of(cls, trials: Iterable[Trial]) -> Self:
        """Return the head of a log with these entries."""
        n_entries, digest = 0, CHAIN_START
        for trial in trials:
            n_entries, digest = n_entries + 1, trial.chained(digest)
        return cls(n_entries=n_entries, digest=digest)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the head that `str` wrote.

        Raises
        ------
        UnreadableTrialHead
            If it is none.
        """
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise UnreadableTrialHead(
                "a head such as 12:0f3a..., a number, a colon and 64 hexadecimal digits",
                repr(text),
                "copy what `bellwether ledger head` printed, whole",
            )
        return cls(n_entries=int(found[1]), digest=found[2])

    def is_within(self, trials: Sequence[Trial]) -> bool:
        """Whether the log was once at this head, and went on from there."""
        return TrialHead.of(trials[: self.n_entries]) == self


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


class Relations:
    """Which snapshots are of the same market, as far as some trials tell.

    Parameters
    ----------
    trials : iterable of Trial
        Those whose fingerprints count.

    Notes
    -----
    Related means a common fingerprint, directly or through a chain of snapshots.
    """

    __slots__ = ("_marks", "_snapshots")

    def __init__(self, trials: Iterable[Trial]) -> None:
        self._marks: dict[str, set[str]] = {}
        self._snapshots: dict[str, set[str]] = {}
        for trial in trials:
            self._marks.setdefault(trial.snapshot, set()).update(trial.lineage)
            for mark in trial.lineage:
                self._snapshots.setdefault(mark, set()).add(trial.snapshot)

    def find(self, snapshot: str, lineage: Iterable[str] = ()) -> frozenset[str]:
        """Return a snapshot and every other that is related to it.

        Parameters
        ----------
        snapshot : str
        lineage : iterable of str
            Its fingerprints, where the trials may not hold them.
        """
        found, marks = {snapshot}, set(lineage)
        waiting = [*marks, *self._marks.get(snapshot, ())]
        marks.update(waiting)
        while waiting:
            for other in self._snapshots.get(waiting.pop(), set()) - found:
                found.add(other)
                new = self._marks[other] - marks
                marks |= new
                waiting += new
        return frozenset(found)


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
    Only looks count, and only looks relate snapshots: what was fitted or tuned inside a
    training stretch reveals nothing that the gate judges by.
    """
    looks = [trial for trial in trials if trial.kind == "look"]
    snapshots = Relations(looks).find(snapshot, lineage)
    related = [trial for trial in looks if trial.snapshot in snapshots]
    pipelines = {trial.pipeline for trial in related} | {pipeline, *planned}
    own = {trial.snapshot for trial in related if trial.pipeline == pipeline} | {snapshot}
    return TrialCount(n_pipelines=len(pipelines), n_looks=len(own))
