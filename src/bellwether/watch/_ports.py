"""What watching needs from outside."""

from dataclasses import dataclass

from bellwether.clock import Clock
from bellwether.registry import Registry
from bellwether.service import BarStore, BundleStore, Journal, RulesSource
from bellwether.watch._checkpoints import Checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPorts:
    """Where bars, models, rules, the time and the memory of what was watched come from.

    Parameters
    ----------
    journal : Journal
        Keeps what is decided, as notes.
    bars : BarStore
    registry : Registry
    bundles : BundleStore
    rules : RulesSource
    clock : Clock
    checkpoints : Checkpoints
        Keeps what the folds have come to; all of it can be rebuilt from the journal.
    """

    journal: Journal
    bars: BarStore
    registry: Registry
    bundles: BundleStore
    rules: RulesSource
    clock: Clock
    checkpoints: Checkpoints
