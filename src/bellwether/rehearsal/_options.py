"""What is rehearsed, and what it needs from outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bellwether.bars import Bars
from bellwether.clock import Clock
from bellwether.registry import Bundle, Registry
from bellwether.rehearsal._clock import SimulatedClock
from bellwether.rehearsal._errors import UnusableRehearsalOption
from bellwether.rehearsal._faults import FaultKind
from bellwether.retraining import RetrainingOptions
from bellwether.service import Choices, Journal, LadderOptions, Standings
from bellwether.validation import FamilyPlan, FitRunner, GateOptions, TrainingPlan
from bellwether.watch import Checkpoints, WatchOptions

LIGHT_PLAN = TrainingPlan(
    name="light",
    families=(
        FamilyPlan(family="ridge", preset="contract", n_refits=4),
        FamilyPlan(family="logistic", preset="contract", n_refits=4),
    ),
)
"""Families that are fitted in a moment, so that years can be lived through in minutes."""

BOOSTED_PLAN = TrainingPlan(
    name="boosted",
    families=(
        FamilyPlan(family="gradient_boosting", preset="demo", n_refits=3),
        *LIGHT_PLAN.families,
    ),
)
"""The same with small trees beside them."""

REHEARSAL_PLANS = {plan.name: plan for plan in (LIGHT_PLAN, BOOSTED_PLAN)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChange:
    """Something about the market that whoever rehearses knows, and the models do not.

    Parameters
    ----------
    at : numpy.datetime64
        UTC.
    words : str
        What changed, such as "the planted edge vanishes".
    """

    at: np.datetime64
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What is rehearsed.

    Parameters
    ----------
    first_at, last_at : numpy.datetime64 or None
        First and last instant that is lived through, UTC; by default from the first day with
        `history_bars` behind it to the last there is.
    history_bars : int, default 756
        Bars of each symbol that must be there before the first training.
    universe : str or None
        What to call the symbols together; their names by default.
    horizon_bars : int, default 1
    plan : TrainingPlan
    train_bars : int or None
        Bars of each symbol that a training sees, the last ones; all by default.
    gate : GateOptions
    ladder : LadderOptions
    cost_bps : float, default 5
    ic_worth_finding : float, default .1
    watch : WatchOptions
    retraining : RetrainingOptions
    faults : tuple of FaultKind
        What goes wrong once a year.
    seed : int
        Of the days on which it does.
    known_changes : tuple of KnownChange
        What is known of the market; alarms are explained by it.

    Raises
    ------
    UnusableRehearsalOption
        If a number is out of its range.
    """

    first_at: np.datetime64 | None = None
    last_at: np.datetime64 | None = None
    history_bars: int = 756
    universe: str | None = None
    horizon_bars: int = 1
    plan: TrainingPlan = LIGHT_PLAN
    train_bars: int | None = None
    gate: GateOptions = field(default_factory=GateOptions)
    ladder: LadderOptions = field(default_factory=LadderOptions)
    cost_bps: float = 5.0
    ic_worth_finding: float = 0.10
    watch: WatchOptions = field(default_factory=WatchOptions)
    retraining: RetrainingOptions = field(default_factory=RetrainingOptions)
    faults: tuple[FaultKind, ...] = ()
    seed: int = 20080101
    known_changes: tuple[KnownChange, ...] = ()

    def __post_init__(self) -> None:
        ranges = {"history_bars": 260, "horizon_bars": 1, "seed": 0}
        for name, least in ranges.items():
            if getattr(self, name) < least:
                raise UnusableRehearsalOption(name, f"at least {least}", getattr(self, name))
        if self.train_bars is not None and self.train_bars < self.history_bars:
            expected = f"at least the {self.history_bars} bars of history"
            raise UnusableRehearsalOption("train_bars", expected, self.train_bars)


MakeRules = Callable[[Sequence[Bars], int], Bundle]
"""Makes the rules' bundle with the record they have on some histories, for a horizon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalPorts:
    """Where the memory of a rehearsal comes from: all empty, and forgotten after it.

    Parameters
    ----------
    clock : SimulatedClock
        The one that the registry dates its moves by.
    journal : Journal
    registry : Registry
    checkpoints : Checkpoints
    standings : Standings
        Reads the checkpoints.
    runner : FitRunner
    make_rules : callable
    choices : Choices or None
        Reads the checkpoints, too; without it nobody is chosen by regime.
    """

    clock: SimulatedClock
    journal: Journal
    registry: Registry
    checkpoints: Checkpoints
    standings: Standings
    runner: FitRunner
    make_rules: MakeRules
    choices: Choices | None = None


class RehearsalWatcher(Protocol):
    """Told how a rehearsal goes on. Treaty: called from its thread, must not raise."""

    def lived(self, n_sessions: int, n_total: int, clock: Clock) -> None:
        """Take note that so many days of all are over."""
        ...


class SilentRehearsalWatcher:
    """Watches nothing."""

    __slots__ = ()

    def lived(self, n_sessions: int, n_total: int, clock: Clock) -> None:
        """Do nothing."""
