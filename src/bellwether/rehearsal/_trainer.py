"""The trainer of a rehearsal: the true training, here and now, on the bars of that day."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bellwether.bars import Panel
from bellwether.labels import LabelSpec
from bellwether.registry import Registry
from bellwether.rehearsal._clock import SimulatedClock
from bellwether.rehearsal._held_bars import HeldBars
from bellwether.rehearsal._held_models import HeldBundles, HeldRules
from bellwether.rehearsal._options import MakeRules, RehearsalOptions
from bellwether.retraining import StillHeld, TrainingOrder
from bellwether.service import (
    MemoryEvidence,
    TrainingPorts,
    TrainingRequest,
    TrainingResult,
    train,
)
from bellwether.trials import MemoryTrialLog
from bellwether.validation import FitRunner


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RehearsalTrainer:
    """Trains challengers; treaty as `Trainer`.

    Parameters
    ----------
    bars : HeldBars
    registry : Registry
    bundles : HeldBundles
    rules : HeldRules
        Given the record of the rules at each training, as a home folder is.
    evidence : MemoryEvidence
    runner : FitRunner
    make_rules : callable
    clock : SimulatedClock
    options : RehearsalOptions
    trials : MemoryTrialLog
        What was tried counts against whatever is tried later, here as elsewhere.
    """

    bars: HeldBars
    registry: Registry
    bundles: HeldBundles
    rules: HeldRules
    evidence: MemoryEvidence
    runner: FitRunner
    make_rules: MakeRules
    clock: SimulatedClock
    options: RehearsalOptions
    trials: MemoryTrialLog = field(default_factory=MemoryTrialLog)

    def train(self, order: TrainingOrder, still_held: StillHeld) -> Sequence[str]:
        """Train, and return the ids of the models, the ensemble first."""
        still_held()
        result = self._train(order.snapshots, order.market.universe, promotes=False)
        return [candidate.record.model_id for candidate in result.candidates]

    def train_first(self, snapshots: Sequence[str], universe: str) -> TrainingResult:
        """Train as a person does who begins: what passes the gate serves at once."""
        return self._train(snapshots, universe, promotes=True)

    def _train(self, snapshots: Sequence[str], universe: str, *, promotes: bool) -> TrainingResult:
        options = self.options
        histories = [self.bars.load(digest, options.train_bars).bars for digest in snapshots]
        request = TrainingRequest(
            panel=Panel(bars=histories),
            universe=universe,
            plan=options.plan,
            label=LabelSpec(horizon_bars=options.horizon_bars),
            gate=options.gate,
            cost_bps=options.cost_bps,
            ic_worth_finding=options.ic_worth_finding,
        )
        ports = TrainingPorts(
            runner=self.runner,
            trials=self.trials,
            registry=self.registry,
            bundles=self.bundles,
            evidence=self.evidence,
            clock=self.clock,
        )
        result = train(request, ports, promotes=promotes)
        self.rules.put(self.make_rules(histories, options.horizon_bars))
        return result
