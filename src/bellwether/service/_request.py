"""What is to be trained, what training may use, and who is told how it goes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from bellwether.bars import Panel
from bellwether.clock import Clock
from bellwether.features import FeatureSet, core14, core15
from bellwether.hashing import digest_json
from bellwether.labels import LabelSpec
from bellwether.models import bundle_lookback_bars, make_options
from bellwether.registry import Registry
from bellwether.samples import TooLittleHistory
from bellwether.service._calibrate import CalibrationStore, MemoryCalibrations
from bellwether.service._errors import HistoryTooShort
from bellwether.service._ports import BundleStore
from bellwether.trials import TrialLog
from bellwether.validation import (
    Evidence,
    FitRunner,
    FitTask,
    GateOptions,
    MalformedEvidence,
    TrainingPlan,
)

ENSEMBLE = "ensemble"
LEAST_BARS = 500
# Two years, less a few days for the holidays at either end.
LEAST_DAYS = 723


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRequest:
    """What is to be trained, and how it will be judged.

    Parameters
    ----------
    panel : Panel
    universe : str
        Name of the set of symbols; a champion holds for one (universe, interval, horizon).
    plan : TrainingPlan
    label : LabelSpec
    gate : GateOptions
    cost_bps : float
        Cost of trading the whole capital once.
    ic_worth_finding : float
        Skill worth finding, declared before training.
    features : FeatureSet, optional
        What the models look at; by default `core15`, or `core14` where a symbol has no volume.
    """

    panel: Panel
    universe: str
    plan: TrainingPlan
    label: LabelSpec = field(default_factory=LabelSpec)
    gate: GateOptions = field(default_factory=GateOptions)
    cost_bps: float = 5.0
    ic_worth_finding: float = 0.10
    features: FeatureSet | None = None

    @property
    def feature_set(self) -> FeatureSet:
        """What the models look at."""
        if self.features is not None:
            return self.features
        return core15() if self.panel.has_volume else core14()

    @property
    def members(self) -> tuple[str, ...]:
        """Every family of the plan, in its order."""
        return tuple(item.family for item in self.plan.families)

    @property
    def line_up(self) -> dict[str, tuple[str, ...]]:
        """Members of each candidate by its name: the ensemble first, then each family.

        A single family is its own ensemble, and goes by its own name.
        """
        if len(self.members) == 1:
            return {self.members[0]: self.members}
        return {ENSEMBLE: self.members} | {name: (name,) for name in self.members}

    def pipeline(self, members: Sequence[str]) -> str:
        """Return the digest of everything that makes a pipeline of some members.

        The longest window of the whole plan is part of it: all families share the rows that
        every one of them can use, so a member beside a net is judged on fewer rows than alone.
        """
        return self._describe(members, self.plan)

    def recipe(self, members: Sequence[str]) -> str:
        """Return the digest of a pipeline without its seed: what two seeds have in common."""
        return self._describe(members, replace(self.plan, seed=0))

    def _describe(self, members: Sequence[str], plan: TrainingPlan) -> str:
        options = {
            item.family: make_options(item.family, preset=item.preset, changes=dict(item.changes))
            for item in self.plan.families
        }
        return digest_json(
            {
                "features": self.feature_set.digest,
                "label": self.label.digest,
                "plan": plan.only(members).digest,
                "options": {name: options[name].digest for name in options if name in members},
                "n_steps": max(int(getattr(one, "n_steps", 1)) for one in options.values()),
                "cost_bps": self.cost_bps,
                "ic_worth_finding": self.ic_worth_finding,
            }
        )


def check_history_length(panel: Panel) -> None:
    """Refuse less history than a verdict can sensibly rest on.

    Parameters
    ----------
    panel : Panel

    Raises
    ------
    HistoryTooShort
        If a symbol has fewer than 500 bars, or they span less than two years.
    """
    for bars in panel.bars:
        days = float((bars.closed_at[-1] - bars.closed_at[0]) / np.timedelta64(1, "D"))
        if len(bars) < LEAST_BARS or days < LEAST_DAYS:
            raise HistoryTooShort(bars.symbol, len(bars), days, LEAST_BARS)


def check_usable_rows(request: TrainingRequest) -> None:
    """Refuse histories that cannot give a family the rows it needs, before computing any.

    Parameters
    ----------
    request : TrainingRequest

    Raises
    ------
    TooLittleHistory
        If a symbol cannot; it says how many more bars would do.
    """
    for item in request.plan.families:
        family = item.make()
        lookback_bars = bundle_lookback_bars(request.feature_set, family.n_steps)
        n_unusable = lookback_bars - 1 + request.label.horizon_bars
        for bars in request.panel.bars:
            found = len(bars) - n_unusable
            if found < family.least_rows:
                raise TooLittleHistory(
                    family.name, family.least_rows, max(found, 0), n_before=max(-found, 0)
                )


class TrainingWatcher(Protocol):
    """Told how training goes on. Treaty: called from the training thread, must not raise."""

    def planned(self, tasks: Sequence[FitTask]) -> None:
        """Take note of every fit that will be made, before the first."""
        ...

    def tuned(self, n_done: int, n_total: int) -> None:
        """Take note of how many configurations a tuner is done with; it comes before the fits."""
        ...

    def fitting(self, task: FitTask, share: float) -> None:
        """Take note that a share of a fit is done; 1 when it is over."""
        ...

    def judging(self) -> None:
        """Take note that every fit is over and the gate looks at the results."""
        ...


class SilentWatcher:
    """Watches nothing."""

    __slots__ = ()

    def tuned(self, n_done: int, n_total: int) -> None:
        """Do nothing."""

    def planned(self, tasks: Sequence[FitTask]) -> None:
        """Do nothing."""

    def fitting(self, task: FitTask, share: float) -> None:
        """Do nothing."""

    def judging(self) -> None:
        """Do nothing."""


class EvidenceStore(Protocol):
    """Keeps evidence. Treaty: what `put` got, `get` returns equal, for as long as it is kept."""

    def put(self, evidence: Evidence) -> str:
        """Keep evidence and return its digest.

        Raises
        ------
        OSError
            If there is no room or no permission; nothing is left behind.
        """
        ...

    def get(self, digest: str) -> Evidence:
        """Return evidence by its digest.

        Raises
        ------
        MalformedEvidence
            If there is none, or it is damaged.
        """
        ...


class MemoryEvidence:
    """Evidence that is forgotten at the end of the process: for studies and tests."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[str, Evidence] = {}

    def put(self, evidence: Evidence) -> str:
        """Keep evidence and return its digest."""
        self._kept[evidence.digest] = evidence
        return evidence.digest

    def get(self, digest: str) -> Evidence:
        """Return evidence by its digest."""
        if digest not in self._kept:
            raise MalformedEvidence("the stored evidence", f"evidence {digest[:12]}", "none")
        return self._kept[digest]


@dataclass(frozen=True, kw_only=True)
class TrainingPorts:
    """The outside things that training uses.

    Parameters
    ----------
    runner : FitRunner
    trials : TrialLog
    registry : Registry
    bundles : BundleStore
    evidence : EvidenceStore
    clock : Clock
    calibrations : CalibrationStore, optional
        How often the gate errs, as far as it was measured; by default it was not.
    """

    runner: FitRunner
    trials: TrialLog
    registry: Registry
    bundles: BundleStore
    evidence: EvidenceStore
    clock: Clock
    calibrations: CalibrationStore = field(default_factory=MemoryCalibrations)
