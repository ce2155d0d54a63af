"""The trial ledger as a person reads it: who tried what, and what is left for the next look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import get_args

from bellwether.trials import Relations, Trial, TrialCount, TrialHead, TrialKind

KINDS: tuple[TrialKind, ...] = get_args(TrialKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineTrials:
    """One pipeline whose out-of-sample result was revealed.

    Parameters
    ----------
    pipeline : str
        Its digest.
    note : str
        What the log says of its first look.
    n_looks : int
        Related snapshots it was looked at on.
    first_look_at, last_look_at : str
        UTC instants, ISO 8601.
    again : TrialCount
        What its next look, at grown bars, will be charged for.
    """

    pipeline: str
    note: str
    n_looks: int
    first_look_at: str
    last_look_at: str
    again: TrialCount


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFamily:
    """Everything that was tried on one market: snapshots that are related, and their trials.

    Parameters
    ----------
    markets : tuple of str
        Names of the universes of models trained there, where the registry knows any.
    snapshots : tuple of str
        Digests of the related snapshots, oldest first.
    n_by_kind : mapping of TrialKind to int
        Entries of each kind.
    n_feature_sets : int
        Distinct feature sets, as far as the entries name them.
    pipelines : tuple of PipelineTrials
        Those looked at, in the order of their first look.
    first_at, last_at : str
        UTC instants of the first and the last entry.
    next_new : TrialCount
        What the first look at a pipeline not looked at before will be charged for.
    """

    markets: tuple[str, ...]
    snapshots: tuple[str, ...]
    n_by_kind: Mapping[TrialKind, int]
    n_feature_sets: int
    pipelines: tuple[PipelineTrials, ...]
    first_at: str
    last_at: str
    next_new: TrialCount

    @property
    def n_pipelines(self) -> int:
        """M: distinct pipelines whose out-of-sample result was revealed."""
        return len(self.pipelines)

    @property
    def n_looks(self) -> int:
        """Looks, each pipeline once a snapshot."""
        return sum(one.n_looks for one in self.pipelines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The trial log, summed up.

    Parameters
    ----------
    head : TrialHead
        Where the log ends; worth keeping elsewhere.
    families : tuple of TrialFamily
        In the order of their first entry.
    level : float
        Error budget of one family.
    """

    head: TrialHead
    families: tuple[TrialFamily, ...]
    level: float

    def to_json(self) -> dict[str, object]:
        """Return the ledger as plain JSON values, with the level left for each next look."""
        return {
            "head": str(self.head),
            "n_entries": self.head.n_entries,
            "level": self.level,
            "families": [self._family_json(family) for family in self.families],
        }

    def _family_json(self, family: TrialFamily) -> dict[str, object]:
        return {
            **asdict(family),
            "n_pipelines": family.n_pipelines,
            "n_looks": family.n_looks,
            "alpha_for_a_new_pipeline": family.next_new.alpha(self.level),
            "pipelines": [
                {**asdict(one), "alpha_for_its_next_look": one.again.alpha(self.level)}
                for one in family.pipelines
            ],
        }


def read_ledger(
    trials: Sequence[Trial], *, level: float = 0.01, markets: Mapping[str, str] | None = None
) -> Ledger:
    """Sum up a trial log by families of related snapshots.

    Parameters
    ----------
    trials : sequence of Trial
        The whole log, oldest first.
    level : float, default 0.01
        Rate of false promotion that each family may spend.
    markets : mapping of str to str, optional
        Names of markets by snapshot, as far as they are known.

    Returns
    -------
    ledger : Ledger

    Notes
    -----
    Families are those of the gate's own count: looks alone join snapshots. A snapshot on which
    nothing was looked at yet is shown with the first family that it shares a fingerprint with.
    """
    names, families = markets or {}, []
    for snapshots in _group(trials):
        own = [trial for trial in trials if trial.snapshot in snapshots]
        families.append(_sum_up(own, {snapshot: names.get(snapshot, "") for snapshot in snapshots}))
    return Ledger(head=TrialHead.of(trials), families=tuple(families), level=level)


def _group(trials: Sequence[Trial]) -> list[set[str]]:
    """Return the families of snapshots, in the order of their first entry."""
    order = list(dict.fromkeys(trial.snapshot for trial in trials))
    looked = {trial.snapshot for trial in trials if trial.kind == "look"}
    by_looks = Relations(trial for trial in trials if trial.kind == "look")
    by_all = Relations(trials)
    family_of: dict[str, set[str]] = {}
    for snapshot in [one for one in order if one in looked]:
        if snapshot not in family_of:
            family = set(by_looks.find(snapshot))
            family_of |= dict.fromkeys(family, family)
    for snapshot in [one for one in order if one not in looked]:
        related = by_all.find(snapshot)
        near = [one for one in order if one in related and one in family_of]
        family = family_of[near[0]] if near else set()
        family.add(snapshot)
        family_of[snapshot] = family
    return list({id(family): family for family in map(family_of.__getitem__, order)}.values())


def _sum_up(own: Sequence[Trial], names: Mapping[str, str]) -> TrialFamily:
    looks: dict[str, list[Trial]] = {}
    for trial in own:
        if trial.kind == "look":
            looks.setdefault(trial.pipeline, []).append(trial)
    found = Counter(trial.kind for trial in own)
    return TrialFamily(
        markets=tuple(sorted(set(names.values()) - {""})),
        snapshots=tuple(dict.fromkeys(trial.snapshot for trial in own)),
        n_by_kind={kind: found[kind] for kind in KINDS},
        n_feature_sets=len({trial.features for trial in own} - {""}),
        pipelines=tuple(_look_up(pipeline, looks) for pipeline in looks),
        first_at=own[0].recorded_at,
        last_at=own[-1].recorded_at,
        next_new=TrialCount(n_pipelines=len(looks) + 1, n_looks=1),
    )


def _look_up(pipeline: str, looks: Mapping[str, Sequence[Trial]]) -> PipelineTrials:
    own = looks[pipeline]
    n_looks = len({trial.snapshot for trial in own})
    return PipelineTrials(
        pipeline=pipeline,
        note=own[0].note,
        n_looks=n_looks,
        first_look_at=own[0].recorded_at,
        last_look_at=own[-1].recorded_at,
        again=TrialCount(n_pipelines=len(looks), n_looks=n_looks + 1),
    )
