"""When a market's model is to be challenged by a new one: the schedule of retraining."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bellwether.monitor._errors import UnusableMonitorOption

RetrainScale = Literal["none", "challenger", "full"]
RetrainTrigger = Literal["none", "first", "asked", "age", "quarter", "drift", "inputs"]
_DAY = np.timedelta64(1, "D")
_MICROSECONDS_A_DAY = 86_400_000_000
_WORDS = {
    "none": "nothing is due",
    "first": "nothing was ever trained for this market here",
    "asked": "somebody asked for it",
    "age": "the champion is near the age at which it serves no longer",
    "quarter": "the last training is a quarter of a year ago",
    "drift": "the champion has been amber or red since the last training",
    "inputs": "its inputs are not those it was trained on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainPolicy:
    """When a challenger is made; dates that were missed are made up for by one.

    Parameters
    ----------
    check_days : float, default 7
        Between two looks at whether anything is due.
    challenger_days : float, default 30
        Between two trainings, at the least, whatever the reason.
    full_days : float, default 91
        After so long everything is trained anew.
    most_age_days : float, default 150
        A champion of that age is to be succeeded: a month before it serves no longer.

    Raises
    ------
    UnusableMonitorOption
        If a number is not above zero, or trainings may follow each other faster than checks.
    """

    check_days: float = 7.0
    challenger_days: float = 30.0
    full_days: float = 91.0
    most_age_days: float = 150.0

    def __post_init__(self) -> None:
        for name in ("check_days", "challenger_days", "full_days", "most_age_days"):
            value = getattr(self, name)
            if not 0.0 < value <= 36_525.0:
                raise UnusableMonitorOption(name, "above 0 and at most 100 years", f"{value}")
        if not self.check_days <= self.challenger_days <= self.full_days:
            expected = "at least check_days, and at most full_days"
            raise UnusableMonitorOption("challenger_days", expected, f"{self.challenger_days}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainFacts:
    """What is known of a market when a training might be due.

    Parameters
    ----------
    checked_at : numpy.datetime64 or None
        Last look, UTC; None where there was none.
    fitted_at : numpy.datetime64 or None
        When the last training began, whatever came of it, UTC.
    champion_trained_at : numpy.datetime64 or None
        Close of the last bar the champion was trained on, or whoever waits for its place, UTC;
        None where nobody serves.
    has_drifted : bool, default False
        Whether the champion has been amber or red since the last training.
    inputs_ask : bool, default False
        Whether its inputs have asked for a challenger since then.
    person_asks : bool, default False
    """

    checked_at: np.datetime64 | None = None
    fitted_at: np.datetime64 | None = None
    champion_trained_at: np.datetime64 | None = None
    has_drifted: bool = False
    inputs_ask: bool = False
    person_asks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainDecision:
    """Whether a challenger is to be made now, of which kind and why.

    Parameters
    ----------
    scale : {"none", "challenger", "full"}
        A challenger is the champion's own plan on newer bars; full is a search from the start.
    trigger : str
    words : str
        Why, for a person.
    next_at : numpy.datetime64
        When to look again, UTC.
    was_checked : bool, default True
        False where it was too early to look.
    """

    scale: RetrainScale
    trigger: RetrainTrigger
    words: str
    next_at: np.datetime64
    was_checked: bool = True

    @property
    def is_due(self) -> bool:
        """Whether a challenger is to be made."""
        return self.scale != "none"


def decide_retraining(
    facts: RetrainFacts, now: np.datetime64, policy: RetrainPolicy | None = None
) -> RetrainDecision:
    """Return whether a challenger is to be made.

    Parameters
    ----------
    facts : RetrainFacts
    now : numpy.datetime64
        UTC.
    policy : RetrainPolicy, optional

    Returns
    -------
    decision : RetrainDecision

    Notes
    -----
    Knows: the facts and the present.
    What is due is found from dates alone: however many of them passed unseen, one training
    follows. Dates that lie ahead of `now` are a clock that was set back, and hold nothing up.

    Examples
    --------
    >>> now = np.datetime64("2020-06-01")
    >>> facts = RetrainFacts(fitted_at=np.datetime64("2020-04-20"), has_drifted=True)
    >>> decide_retraining(facts, now).trigger
    'drift'
    """
    policy = policy or RetrainPolicy()
    since_check = _days(facts.checked_at, now)
    next_at = now + _span(policy.check_days)
    if facts.person_asks:
        return _decide("full" if facts.fitted_at is None else "challenger", "asked", next_at)
    if since_check < policy.check_days:
        return RetrainDecision(
            scale="none",
            trigger="none",
            words="it is too early to look again",
            next_at=now + _span(policy.check_days - since_check),
            was_checked=False,
        )
    return _decide(*_find_trigger(facts, now, policy), next_at)


def _find_trigger(
    facts: RetrainFacts, now: np.datetime64, policy: RetrainPolicy
) -> tuple[RetrainScale, RetrainTrigger]:
    since_fit = _days(facts.fitted_at, now)
    age = 0.0 if facts.champion_trained_at is None else _days(facts.champion_trained_at, now)
    if facts.fitted_at is None and facts.champion_trained_at is None:
        return "full", "first"
    if since_fit >= policy.full_days:
        return "full", "quarter"
    if since_fit < policy.challenger_days:
        return "none", "none"
    if facts.has_drifted:
        return "challenger", "drift"
    if age >= policy.most_age_days:
        return "challenger", "age"
    return ("challenger", "inputs") if facts.inputs_ask else ("none", "none")


def _decide(
    scale: RetrainScale, trigger: RetrainTrigger, next_at: np.datetime64
) -> RetrainDecision:
    return RetrainDecision(scale=scale, trigger=trigger, words=_WORDS[trigger], next_at=next_at)


def _days(since: np.datetime64 | None, now: np.datetime64) -> float:
    if since is None or since > now:
        return float("inf")
    return float((now - since) / _DAY)


def _span(days: float) -> np.timedelta64:
    return np.timedelta64(round(days * _MICROSECONDS_A_DAY), "us")
