"""Advance: take every step of every retraining that can be taken now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from bellwether.errors import BellwetherError
from bellwether.monitor import RetrainDecision
from bellwether.registry import MarketKey, RegistryUnavailable
from bellwether.retraining._choosing import choose_by_regime, forget_choice
from bellwether.retraining._deciding import (
    Asking,
    begin,
    decide,
    find_due_markets,
    remember_check,
    take_wishes,
    tell_trouble,
)
from bellwether.retraining._making import hear_gate, train_challenger
from bellwether.retraining._options import RetrainingOptions
from bellwether.retraining._ports import RetrainingPorts
from bellwether.retraining._proving import enter_shadow, watch_shadow
from bellwether.retraining._run import Run, StepBook, find_shadows, fold_runs
from bellwether.retraining._serving import promote, roll_back, watch_probation
from bellwether.retraining._steps import ChainStep, Step, market_name
from bellwether.retraining._turn import Move, Turn

LEASES = "retraining/"
LEASE_SECONDS = 120.0
MOVES: Mapping[Step, Move] = MappingProxyType(
    {
        Step.DUE: train_challenger,
        Step.TRAINED: hear_gate,
        Step.COMPARED: enter_shadow,
        Step.SHADOWED: watch_shadow,
        Step.DECIDED: promote,
        Step.PROMOTED: watch_probation,
        Step.CONDEMNED: roll_back,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDecision:
    """What was decided about a market whose turn it was.

    Parameters
    ----------
    market : MarketKey
    decision : RetrainDecision
    """

    market: MarketKey
    decision: RetrainDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why nothing can go on with a market; it is tried again.

    Parameters
    ----------
    market : MarketKey
    words : str
    """

    market: MarketKey
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingOutcome:
    """What advancing came to.

    Parameters
    ----------
    steps : tuple of ChainStep
        Those that were new, in the order of their taking.
    runs : tuple of Run
        Every retraining there was, as it stands now, in the order of their beginning.
    decisions : tuple of MarketDecision
    troubles : tuple of Trouble
    """

    steps: tuple[ChainStep, ...]
    runs: tuple[Run, ...]
    decisions: tuple[MarketDecision, ...]
    troubles: tuple[Trouble, ...]

    @property
    def shadows(self) -> tuple[str, ...]:
        """Ids of the models that make forecasts in the shadow; `ask_paper` wants them."""
        return find_shadows(self.runs)

    @property
    def untrained(self) -> tuple[Run, ...]:
        """Retrainings that are due and wait for their training."""
        return tuple(run for run in self.runs if run.is_open and run.step is Step.DUE)


def advance(
    ports: RetrainingPorts,
    now: np.datetime64,
    *,
    options: RetrainingOptions | None = None,
    inputs_ask: Collection[str] = (),
    person_asks: Collection[MarketKey] = (),
    trains: bool = True,
) -> RetrainingOutcome:
    """Take every step of every retraining that can be taken now.

    Parameters
    ----------
    ports : RetrainingPorts
    now : numpy.datetime64
        UTC.
    options : RetrainingOptions, optional
    inputs_ask : collection of str
        Ids of champions whose inputs are not those they were trained on.
    person_asks : collection of MarketKey
        Markets for which a challenger is wanted now.
    trains : bool, default True
        Whether challengers that are due are trained; otherwise they wait for somebody who does.

    Returns
    -------
    outcome : RetrainingOutcome
        "Refused" is a normal end of a retraining.

    Raises
    ------
    JournalUnavailable, RegistryUnavailable
        If the journal or the registry cannot be read at all.
    UnreadableStep
        If a note of the journal is no step.

    Notes
    -----
    Killed anywhere and begun again it comes to the same steps: each is noted once, and whatever a
    step changes elsewhere is recognised as done. Of several processes one at a time works on a
    market, by a lease; those that find it taken leave the market out.
    """
    options = options or RetrainingOptions()
    book = StepBook(ports.journal)
    work = _Work(ports=ports, options=options, now=now, book=book, trains=trains)
    runs = fold_runs(work.book.read())
    for market in find_due_markets(ports, runs, person_asks):
        asking = Asking(inputs_ask=inputs_ask, person_asks=market in person_asks)
        work.on_market(market, asking)
    return RetrainingOutcome(
        steps=tuple(work.taken),
        runs=fold_runs(work.book.read()),
        decisions=tuple(work.decisions),
        troubles=tuple(work.troubles),
    )


@dataclass(slots=True, kw_only=True, eq=False)
class _Work:
    """One pass over the markets, and what it came to."""

    ports: RetrainingPorts
    options: RetrainingOptions
    now: np.datetime64
    book: StepBook
    trains: bool = True
    taken: list[ChainStep] = field(default_factory=list)
    decisions: list[MarketDecision] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def on_market(self, market: MarketKey, asking: Asking) -> None:
        """Do what there is to do for one market, if nobody else does."""
        name, checkpoints = LEASES + market_name(market), self.ports.checkpoints

        def hold() -> bool:
            present = self.ports.clock.now()
            return checkpoints.lease(name, self.ports.owner, now=present, seconds=LEASE_SECONDS)

        def still_held() -> bool:
            try:
                return hold()
            except RegistryUnavailable:
                return True  # for nobody else either; hours of training are not thrown away

        try:
            if not hold():
                return
            try:
                turn = Turn(
                    ports=self.ports,
                    options=self.options,
                    now=self.now,
                    runs=(),
                    still_held=still_held,
                )
                self._carry_on(turn, market)
                self._look(turn, market, asking)
                self._choose(market)
            finally:
                checkpoints.release(name, self.ports.owner)
        except BellwetherError as error:
            self.troubles.append(Trouble(market=market, words=tell_trouble(error)))

    def _carry_on(self, turn: Turn, market: MarketKey) -> None:
        """Take steps until each retraining of the market has to wait."""
        while True:
            turn = self._refresh(turn, market)
            turn.clear_away()
            there = (run for run in turn.runs if run.is_open)
            moves = (MOVES[run.step](run, turn) for run in there if self._may(run))
            steps = next((steps for steps in moves if steps), ())
            if not steps:
                return
            self._note(steps)

    def _may(self, run: Run) -> bool:
        return self.trains or run.step is not Step.DUE

    def _look(self, turn: Turn, market: MarketKey, asking: Asking) -> None:
        """Begin a retraining where one is due and none is under way."""
        turn = self._refresh(turn, market)
        if any(run.is_open and not run.is_in_shadow for run in turn.runs):
            return
        if any(one.market == market and one.step is Step.TRAINED for one in self.taken):
            asking = replace(asking, person_asks=False)  # that was it
        self._note(take_wishes(turn, market, asking, self._steps(market)))
        decision = decide(turn, market, asking, self._steps(market))
        self.decisions.append(MarketDecision(market=market, decision=decision))
        first = begin(turn, market, decision, asking) if decision.is_due else None
        if first is not None:
            self._note((first,))
        # Behind whatever may fail: a check that came to nothing is made again tomorrow.
        if decision.was_checked:
            remember_check(turn, market)
        if first is not None:
            self._carry_on(turn, market)
            self._look_again(turn, market)

    def _choose(self, market: MarketKey) -> None:
        """Decide where the previous champion answers first, once for each two that serve."""
        if self.options.chooses_by_regime:
            choose_by_regime(market, self.ports, fold_runs(self._steps(market)), self.now)
        else:
            forget_choice(market, self.ports)

    def _look_again(self, turn: Turn, market: MarketKey) -> None:
        """Note that a standing still asks for a challenger, as the next pass would."""
        turn = self._refresh(turn, market)
        if not any(run.is_open and not run.is_in_shadow for run in turn.runs):
            self._note(take_wishes(turn, market, Asking(), self._steps(market)))

    def _refresh(self, turn: Turn, market: MarketKey) -> Turn:
        return replace(turn, runs=fold_runs(self._steps(market)))

    def _steps(self, market: MarketKey) -> tuple[ChainStep, ...]:
        return tuple(one for one in self.book.read() if one.market == market)

    def _note(self, steps: Sequence[ChainStep]) -> None:
        """Note some steps, all or none; those that were noted before stand as they were."""
        new = {note.key for note in self.ports.journal.note([one.to_note() for one in steps])}
        self.taken += [one for one in steps if one.key in new]
