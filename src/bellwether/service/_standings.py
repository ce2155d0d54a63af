"""What is thought of a model that serves, and what follows for its answers."""

from dataclasses import replace
from typing import TYPE_CHECKING

from bellwether.service._facts import Direction, Interval, StandingReading
from bellwether.service._ladder import Answer, Fault
from bellwether.service._reasons import FallbackReason

if TYPE_CHECKING:
    from bellwether.monitor import Standing

_WEAKEST = 50.0


def find_objection(standing: "Standing | None") -> Fault | None:
    """Return why a model may not answer, or None.

    Parameters
    ----------
    standing : Standing or None
        A model that nobody watches may answer.
    """
    if standing is None or standing.answers:
        return None
    is_red = standing.condition == "red"
    reason = FallbackReason.DRIFT_RED if is_red else FallbackReason.BEHIND_RULES
    return Fault(reason=reason, detail=standing.words or _compare(standing))


def read_standing(standing: "Standing") -> StandingReading:
    """Return what of a standing goes into an answer: whatever it follows from."""
    return StandingReading(
        condition=standing.condition,
        accuracy=float(standing.accuracy),
        fallback_accuracy=float(standing.fallback_accuracy),
        confidence_factor=float(standing.confidence_factor),
        edge_factor=float(standing.edge_factor),
        as_of=standing.as_of,
    )


def temper(answer: Answer, standing: StandingReading) -> Answer:
    """Return a model's answer as far as it is still believed.

    Parameters
    ----------
    answer : Answer
        As the model's graph gave it.
    standing : StandingReading

    Returns
    -------
    answer : Answer
        Confidence as far above 50, and the chance of a rise as far from one half, as the factors
        leave it; the expected return shrinks with the chance, and its interval moves along. HOLD
        where no edge is left. The same numbers, to the last bit, where both factors are one.
    """
    kept, edge = standing.confidence_factor, standing.edge_factor
    if kept == 1.0 and edge == 1.0:
        return replace(answer, standing=standing)
    confidence = _WEAKEST + kept * (answer.confidence - _WEAKEST)
    probability = 0.5 + edge * (answer.probability_up - 0.5)
    told = (
        f"Drift is {standing.condition}: {standing.accuracy:.1%} of its next forecasts are "
        f"expected to be right. So its confidence is {confidence:.1f} instead of "
        f"{answer.confidence:.1f}, and the chance of a rise {probability:.1%}."
    )
    tempered = replace(
        answer,
        standing=standing,
        confidence=confidence,
        probability_up=probability,
        expected_return=edge * answer.expected_return,
        interval_return=_move(answer.interval_return, (edge - 1.0) * answer.expected_return),
        reasons=(*answer.reasons, told),
    )
    if probability != 0.5 or answer.direction is Direction.HOLD:
        return tempered
    return replace(tempered, direction=Direction.HOLD, target_frac=0.0, stop_frac=0.0)


def _move(interval: Interval, distance: float) -> Interval:
    low, high = (max(end + distance, -1.0) for end in (interval.low, interval.high))
    return Interval(low=low, high=high, coverage=interval.coverage)


def _compare(standing: "Standing") -> str:
    return (
        f"{standing.accuracy:.1%} of its next forecasts are expected to be right, and "
        f"{standing.fallback_accuracy:.1%} of the rules'"
    )
