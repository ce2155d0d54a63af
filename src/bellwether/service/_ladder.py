"""The ladder: champion, previous champion, rules, HOLD. The first that may answer does.

Where the previous champion was chosen for the kind of market, the first two change places.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from bellwether.service._errors import OptionOutOfRange
from bellwether.service._facts import (
    Direction,
    Interval,
    Rung,
    Source,
    SourceKind,
    StandingReading,
    Step,
)
from bellwether.service._reasons import FallbackReason
from bellwether.service._why import PastHits


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderOptions:
    """When a model's answer is good enough.

    Parameters
    ----------
    least_confidence : float, default 60
        Models below it step aside; the weakest 22 % of a model's forecasts are.
    when_unsure : {"step_down", "hold"}, default "step_down"
        What follows on a confidence below it.
    most_age_days : float, default 180
        Models trained on bars older than this step aside.

    Raises
    ------
    OptionOutOfRange
        If a number is out of its range.
    """

    least_confidence: float = 60.0
    when_unsure: Literal["step_down", "hold"] = "step_down"
    most_age_days: float = 180.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.least_confidence <= 95.0:
            raise OptionOutOfRange("least_confidence", "from 0 to 95", self.least_confidence)
        if self.when_unsure not in ("step_down", "hold"):
            raise OptionOutOfRange("when_unsure", "step_down or hold", self.when_unsure)
        if not self.most_age_days > 0.0:
            raise OptionOutOfRange("most_age_days", "above 0", self.most_age_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a rung has to say, finite and within range.

    Parameters
    ----------
    direction : Direction
    probability_up : float
    expected_return : float
    interval_return : Interval
    confidence : float
    past_hits : PastHits or None
    standing : StandingReading or None
        What is thought of the model that says it.
    target_frac, stop_frac : float
        Where to take profit and loss, as signed fractions of the price; zero for HOLD.
    reasons : tuple of str
    source : Source
    numbers : mapping of str to float or list of float, optional
        What the model's graph gave, for whoever asks more of it; None for the rules.
    """

    direction: Direction
    probability_up: float
    expected_return: float
    interval_return: Interval
    confidence: float
    past_hits: PastHits | None = None
    standing: StandingReading | None = None
    target_frac: float
    stop_frac: float
    reasons: tuple[str, ...]
    source: Source
    numbers: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a rung has nothing to say.

    Parameters
    ----------
    reason : FallbackReason
    detail : str
        What exactly was found, for whoever mends it.
    """

    reason: FallbackReason
    detail: str = ""


Outcome: TypeAlias = Answer | Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """Where the climb ended.

    Parameters
    ----------
    rung : Rung
    answer : Answer or None
        None on the last rung, HOLD.
    steps : tuple of Step
        The rungs that did not answer.
    """

    rung: Rung
    answer: Answer | None
    steps: tuple[Step, ...]

    @property
    def fallback_reason(self) -> FallbackReason | None:
        """Why whoever was asked first does not answer; for HOLD, what led to it in the end."""
        if not self.steps:
            return None
        return self.steps[-1 if self.answer is None else 0].reason


class Climb:
    """One question's way down the ladder, for callers who take many a rung at a time.

    Parameters
    ----------
    options : LadderOptions
    """

    __slots__ = ("_landing", "_options", "_steps")

    def __init__(self, options: LadderOptions) -> None:
        self._options = options
        self._steps: list[Step] = []
        self._landing: Landing | None = None

    @property
    def is_over(self) -> bool:
        """Whether no further rung is to be asked."""
        return self._landing is not None

    def offer(self, rung: Rung, outcome: Outcome) -> None:
        """Take what a rung has to say, and land on it if that is an answer that may be given."""
        if isinstance(outcome, Answer):
            fault = find_weakness(outcome, self._options)
            if fault is None:
                self._landing = Landing(rung=rung, answer=outcome, steps=tuple(self._steps))
                return
        else:
            fault = outcome
        self._steps.append(Step(rung=rung, reason=fault.reason, detail=fault.detail))
        unsure = fault.reason is FallbackReason.LOW_CONFIDENCE
        if fault.reason.is_about_data or (unsure and self._options.when_unsure == "hold"):
            self.land()

    def land(self) -> Landing:
        """Return where the climb ends: on HOLD, where no rung that was asked may answer."""
        if self._landing is None:
            self._landing = Landing(rung=Rung.HOLD, answer=None, steps=tuple(self._steps))
        return self._landing


def climb(outcomes: Iterable[tuple[Rung, Outcome]], options: LadderOptions) -> Landing:
    """Go down the ladder until a rung may answer.

    Parameters
    ----------
    outcomes : iterable of (Rung, Answer or Fault)
        What each rung yields, best first; asked for one at a time, as far as needed.
    options : LadderOptions

    Returns
    -------
    landing : Landing
        HOLD at once where the bars are at fault, where an unsure model is to mean HOLD, or
        where no rung is left.
    """
    way = Climb(options)
    for rung, outcome in outcomes:
        way.offer(rung, outcome)
        if way.is_over:
            break
    return way.land()


def find_weakness(answer: Answer, options: LadderOptions) -> Fault | None:
    """Return why an answer that could be given should not be, or None.

    Parameters
    ----------
    answer : Answer
    options : LadderOptions

    Returns
    -------
    fault : Fault or None
        Only a model's answer can be too old or too weak; the rules are always there.
    """
    if answer.source.kind is not SourceKind.MODEL:
        return None
    age_days = answer.source.age_days
    if age_days is None or not age_days <= options.most_age_days:
        was = "of unknown age" if age_days is None else f"{age_days:.0f} days old"
        return Fault(
            reason=FallbackReason.MODEL_TOO_OLD,
            detail=f"it is {was}; at most {options.most_age_days:g} days are allowed",
        )
    if not answer.confidence >= options.least_confidence:
        drift = answer.standing
        reduced = drift is not None and drift.confidence_factor < 1.0
        since = f", reduced because drift is {drift.condition}" if drift and reduced else ""
        return Fault(
            reason=FallbackReason.LOW_CONFIDENCE,
            detail=f"its confidence is {answer.confidence:.1f}{since}; "
            f"at least {options.least_confidence:g} is asked for",
        )
    return None
