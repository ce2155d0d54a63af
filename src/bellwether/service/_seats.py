"""Seats: which of a market's models is asked first about each question, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bellwether.bars import Bars, SessionCalendar
from bellwether.clock import Clock
from bellwether.registry import ModelRecord, Serving
from bellwether.service._explaining import Explained, explain_answer, watch_time
from bellwether.service._facts import Rung
from bellwether.service._ladder import Climb, Fault
from bellwether.service._outputs import RulesReading
from bellwether.service._predict_options import PredictOptions, PredictPorts
from bellwether.service._reasons import FallbackReason
from bellwether.service._rungs import ModelQuestion, Shelf, ask_models

_MOST_SEATS = 2


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """A question whose bars were read, and what is known about it so far.

    Parameters
    ----------
    bars : Bars
    horizon_bars : int
    calendar : SessionCalendar or None
    fault : Fault or None
        Why nobody may answer, known before anybody was asked.
    rules : RulesReading or Fault or None
        What the rules say, once they were asked.
    why_seconds : float or None
    why : Explained or None
    """

    bars: Bars
    horizon_bars: int
    calendar: SessionCalendar | None
    fault: Fault | None = None
    rules: RulesReading | Fault | None = None
    why_seconds: float | None = None
    why: Explained | None = None

    @property
    def reading(self) -> RulesReading | None:
        """What the rules say, where they could be asked."""
        return self.rules if isinstance(self.rules, RulesReading) else None


Ways: TypeAlias = Sequence[tuple[Case, Climb]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seated:
    """A question, and the models to be asked about it, in order."""

    case: Case
    climb: Climb
    seats: tuple[tuple[Rung, ModelRecord], ...]


def hear_models(
    ways: Ways, ports: PredictPorts, options: PredictOptions, now: np.datetime64
) -> None:
    """Offer each climb what its market's models say, one after the other, until one may answer.

    Parameters
    ----------
    ways : sequence of (Case, Climb)
    ports : PredictPorts
    options : PredictOptions
    now : numpy.datetime64
        UTC instant of the questions.

    Notes
    -----
    The champion is asked first, and the previous one where that may not answer; the other way
    round where the previous one was chosen for the kind of market that the rules read.
    """
    if not options.models_enabled:
        for _, climb in ways:
            climb.offer(Rung.CHAMPION, Fault(reason=FallbackReason.MODELS_DISABLED))
        return
    shelf = Shelf(ports.registry, ports.bundles, ports.standings, ports.choices)
    seated = _find_seats(ways, shelf)
    for place in range(_MOST_SEATS):
        asked = [
            (one, *one.seats[place])
            for one in seated
            if place < len(one.seats) and not one.climb.is_over
        ]
        questions = [
            ModelQuestion(bars=one.case.bars, record=record, rules=one.case.reading)
            for one, _, record in asked
        ]
        outcomes = ask_models(questions, shelf, now)
        for (one, rung, _), outcome in zip(asked, outcomes, strict=True):
            one.climb.offer(rung, outcome)
        _explain([one for one in seated if one.case.why is None], place, shelf, ports.clock)


def _find_seats(ways: Ways, shelf: Shelf) -> list[_Seated]:
    seated = []
    for case, climb in ways:
        bars = case.bars
        serving = shelf.find_serving(bars.symbol, bars.interval, case.horizon_bars)
        if isinstance(serving, Fault):
            climb.offer(Rung.CHAMPION, serving)
            continue
        if serving.champion is None:
            climb.offer(Rung.CHAMPION, Fault(reason=FallbackReason.NO_MODEL_PROMOTED))
        seats = _order(serving, previous_first=shelf.is_chosen(serving, case.reading))
        seated.append(_Seated(case=case, climb=climb, seats=seats))
    return seated


def _order(serving: Serving, *, previous_first: bool) -> tuple[tuple[Rung, ModelRecord], ...]:
    by_rank = ((Rung.CHAMPION, serving.champion), (Rung.PREVIOUS, serving.previous))
    seats = tuple((rung, record) for rung, record in by_rank if record is not None)
    return seats[::-1] if previous_first else seats


def _explain(seated: Sequence[_Seated], place: int, shelf: Shelf, clock: Clock) -> None:
    """Tell why of those who asked and have just been answered by a model.

    They share the time, the first come first: where it does not suffice for all, some are told.
    """
    asked = [
        (one, one.case.why_seconds)
        for one in seated
        if one.case.why_seconds is not None and one.climb.is_over and place < len(one.seats)
    ]
    if not asked:
        return
    passed = watch_time(clock)
    for one, why_seconds in asked:
        _, record = one.seats[place]
        loaded = shelf.load(record)
        n_bars = 0 if isinstance(loaded, Fault) else loaded.manifest.lookback_bars
        window = one.case.bars.matrix[-n_bars:]
        left = why_seconds - passed()
        answer = one.climb.land().answer
        one.case.why = explain_answer(answer, loaded, window, clock=clock, seconds=left)
