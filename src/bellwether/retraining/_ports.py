"""What retraining needs from outside, as treaties."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bellwether.clock import Clock
from bellwether.monitor import RetrainScale
from bellwether.registry import MarketKey, Registry
from bellwether.service import BarStore, Journal
from bellwether.watch import Checkpoints

if TYPE_CHECKING:
    from bellwether.service import EvidenceStore  # brings scipy along

StillHeld = Callable[[], bool]
"""Says, every few seconds during a training, whether whoever waits for it still may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOrder:
    """What is to be trained.

    Parameters
    ----------
    run_id : str
        Of the retraining that wants it.
    market : MarketKey
    snapshots : tuple of str
        Digests of stored bars, one a symbol: the same however often it is begun again.
    scale : {"challenger", "full"}
        With the plan of `like` where it has one, or what the time budget allows.
    like : str or None
        Id of the model that is to be challenged.
    """

    run_id: str
    market: MarketKey
    snapshots: tuple[str, ...]
    scale: RetrainScale
    like: str | None = None


class Trainer(Protocol):
    """Trains challengers.

    Treaty. What it trains was judged by the gate and stands in the registry as candidate or as
    refused when it returns - of the champion's own pipeline always as candidate, since it may
    renew it -, its bundle and evidence are kept, and nothing was promoted. The same
    order gives the same models, also where an earlier one was interrupted. It asks `still_held`
    at least every ten seconds where a training takes longer, and stops where the answer is no.
    """

    def train(self, order: TrainingOrder, still_held: StillHeld) -> Sequence[str]:
        """Train, and return the ids of the models, the ensemble first.

        Raises
        ------
        TrainingInterrupted
            If it was stopped, and may be begun again.
        BellwetherError
            If it cannot be done.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingPorts:
    """Where models, bars, the training and the memory of its steps come from.

    Parameters
    ----------
    journal : Journal
        Keeps every step, as notes.
    bars : BarStore
    registry : Registry
    evidence : EvidenceStore
    checkpoints : Checkpoints
        Standings of models, leases, and what can be computed again.
    trainer : Trainer
    clock : Clock
        For leases, which are renewed while a training goes on.
    owner : str, default "one"
        Name of this process among those that share the checkpoints.
    """

    journal: Journal
    bars: BarStore
    registry: Registry
    evidence: "EvidenceStore"
    checkpoints: Checkpoints
    trainer: Trainer
    clock: Clock
    owner: str = "one"
