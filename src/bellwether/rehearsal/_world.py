"""The world of a rehearsal: the true use cases on a memory that begins empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from bellwether.arrays import TimeArray
from bellwether.bars import BarsImport
from bellwether.registry import MarketKey
from bellwether.rehearsal._errors import NothingToRehearse, UnusableRehearsalOption
from bellwether.rehearsal._faults import Fault, plan_faults
from bellwether.rehearsal._feed import Feed
from bellwether.rehearsal._held_bars import HeldBars
from bellwether.rehearsal._held_models import HeldBundles, HeldRules
from bellwether.rehearsal._interrupted import InterruptedJournal
from bellwether.rehearsal._options import RehearsalOptions, RehearsalPorts
from bellwether.rehearsal._trainer import RehearsalTrainer
from bellwether.retraining import RetrainingPorts
from bellwether.service import Journal, MemoryEvidence, PredictOptions, PredictPorts
from bellwether.watch import AlertPorts, WatchPorts

# A day is lived through when its last market has been closed for an hour.
_AFTER_CLOSE = np.timedelta64(1, "h")
_DAY = "datetime64[D]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Everything that the days of a rehearsal go through.

    Parameters
    ----------
    market : MarketKey
    sessions : datetime64[us] array of shape (n_sessions,)
        When each day is lived through, UTC.
    feeds : tuple of Feed
        One a symbol, by name.
    faults : tuple of Fault
    bars : HeldBars
    bundles : HeldBundles
    interrupted : InterruptedJournal
    trainer : RehearsalTrainer
    predicting : PredictPorts
    asked : PredictOptions
    watching : WatchPorts
    alerting : AlertPorts
    retraining : RetrainingPorts
    """

    market: MarketKey
    sessions: TimeArray
    feeds: tuple[Feed, ...]
    faults: tuple[Fault, ...]
    bars: HeldBars
    bundles: HeldBundles
    interrupted: InterruptedJournal
    trainer: RehearsalTrainer
    predicting: PredictPorts
    asked: PredictOptions
    watching: WatchPorts
    alerting: AlertPorts
    retraining: RetrainingPorts

    @property
    def journal(self) -> Journal:
        """The journal, whether or not it can be reached."""
        return self.watching.journal


def make_world(
    histories: Sequence[BarsImport], ports: RehearsalPorts, options: RehearsalOptions
) -> World:
    """Put together what a rehearsal goes through.

    Raises
    ------
    NothingToRehearse
        If there are no bars, too few before the first day, or no day after them.
    UnusableRehearsalOption
        If the symbols are of several intervals.
    """
    ordered = sorted(histories, key=lambda one: one.bars.symbol)
    market = _find_market(ordered, options)
    sessions = find_days(ordered, options)
    symbols = [one.bars.symbol for one in ordered]
    faults = plan_faults(options.faults, symbols, len(sessions), options.seed)
    feeds = tuple(
        Feed(
            history=one,
            sessions=sessions,
            faults=[fault for fault in faults if fault.symbol == one.bars.symbol],
        )
        for one in ordered
    )
    interrupted = InterruptedJournal(ports.journal)
    trainer = RehearsalTrainer(
        bars=HeldBars(),
        registry=ports.registry,
        bundles=HeldBundles(),
        rules=HeldRules(),
        evidence=MemoryEvidence(),
        runner=ports.runner,
        make_rules=ports.make_rules,
        clock=ports.clock,
        options=options,
    )
    journal = cast("Journal", interrupted)
    return World(
        market=market,
        sessions=sessions,
        feeds=feeds,
        faults=faults,
        bars=trainer.bars,
        bundles=trainer.bundles,
        interrupted=interrupted,
        trainer=trainer,
        predicting=_predicting(trainer, ports),
        asked=PredictOptions(horizon_bars=options.horizon_bars, ladder=options.ladder),
        watching=_watching(trainer, journal, ports),
        alerting=AlertPorts(journal=journal, checkpoints=ports.checkpoints),
        retraining=_retraining(trainer, journal, ports),
    )


def _predicting(trainer: RehearsalTrainer, ports: RehearsalPorts) -> PredictPorts:
    return PredictPorts(
        registry=ports.registry,
        bundles=trainer.bundles,
        rules=trainer.rules,
        clock=ports.clock,
        standings=ports.standings,
        choices=ports.choices,
    )


def _watching(trainer: RehearsalTrainer, journal: Journal, ports: RehearsalPorts) -> WatchPorts:
    return WatchPorts(
        journal=journal,
        bars=trainer.bars,
        registry=ports.registry,
        bundles=trainer.bundles,
        rules=trainer.rules,
        clock=ports.clock,
        checkpoints=ports.checkpoints,
    )


def _retraining(
    trainer: RehearsalTrainer, journal: Journal, ports: RehearsalPorts
) -> RetrainingPorts:
    return RetrainingPorts(
        journal=journal,
        bars=trainer.bars,
        registry=ports.registry,
        evidence=trainer.evidence,
        checkpoints=ports.checkpoints,
        trainer=trainer,
        clock=ports.clock,
    )


def find_days(histories: Sequence[BarsImport], options: RehearsalOptions) -> TimeArray:
    """Return when each day is lived through: an hour after its last close, UTC.

    Parameters
    ----------
    histories : sequence of BarsImport
    options : RehearsalOptions

    Returns
    -------
    sessions : datetime64[us] array of shape (n_sessions,)

    Raises
    ------
    NothingToRehearse
        If there are no bars, too few before the first day, or no day after them.
    """
    if not histories:
        raise NothingToRehearse("bars of at least one symbol", "none", "name some files")
    closes = np.unique(np.concatenate([one.bars.closed_at for one in histories]))
    last_of_day = np.append(closes[1:].astype(_DAY) != closes[:-1].astype(_DAY), True)
    sessions = closes[last_of_day] + _AFTER_CLOSE
    n_before = options.history_bars
    for one in histories:
        if len(one.bars) <= n_before:
            was = f"{len(one.bars)} bars of {one.bars.symbol}"
            raise NothingToRehearse(
                f"more than {n_before} bars of each symbol", was, "leave it out"
            )
    ready_at = max(one.bars.closed_at[n_before - 1] for one in histories)
    first_at = ready_at if options.first_at is None else max(options.first_at, ready_at)
    if options.first_at is not None and options.first_at < ready_at:
        raise NothingToRehearse(
            f"{n_before} bars of each symbol before {options.first_at}",
            f"the last symbol has them on {ready_at}",
            "begin later, leave out symbols, or ask for fewer with history_bars",
        )
    kept = sessions >= first_at
    if options.last_at is not None:
        kept &= sessions <= options.last_at + _AFTER_CLOSE
    found: TimeArray = sessions[kept]
    if not len(found):
        raise NothingToRehearse("at least one day", f"none from {first_at} on", "begin earlier")
    return found


def _find_market(histories: Sequence[BarsImport], options: RehearsalOptions) -> MarketKey:
    intervals = sorted({one.bars.interval for one in histories})
    if len(intervals) > 1:
        raise UnusableRehearsalOption("bars", "of one interval", ", ".join(intervals))
    names = "+".join(one.bars.symbol for one in histories)
    return MarketKey(
        universe=options.universe or names,
        interval=intervals[0] if intervals else "",
        horizon_bars=options.horizon_bars,
    )
