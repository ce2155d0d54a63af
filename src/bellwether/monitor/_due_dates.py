"""Due dates: when each reason for a challenger comes to bear, as the schedule stands now."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bellwether.monitor._schedule import RetrainFacts, RetrainPolicy

DueReason = Literal["check", "first", "drift", "inputs", "age", "quarter"]
_MICROSECONDS_A_DAY = 86_400_000_000
_WORDS: dict[DueReason, str] = {
    "check": "the next look at whether anything is due",
    "first": "nothing was ever trained for this market here",
    "drift": "the champion has been amber or red since the last training",
    "inputs": "its inputs are not those it was trained on",
    "age": "the champion will be near the age at which it serves no longer",
    "quarter": "everything is trained anew, whatever was found",
}
_OPEN_WORDS: dict[DueReason, str] = {
    "drift": "not before, if the champion turns amber or red",
    "inputs": "not before, if its inputs are found to have changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """When one reason makes a challenger due.

    Parameters
    ----------
    reason : {"check", "first", "drift", "inputs", "age", "quarter"}
    at : numpy.datetime64
        UTC; the past where it is waited for the next look only.
    holds : bool
        Whether the reason is there already, so that the date alone decides.
    words : str
        What it is, for a person.
    """

    reason: DueReason
    at: np.datetime64
    holds: bool
    words: str


def list_due_dates(
    facts: RetrainFacts, now: np.datetime64, policy: RetrainPolicy | None = None
) -> tuple[DueDate, ...]:
    """Return when each reason for a challenger comes to bear, the earliest first.

    Parameters
    ----------
    facts : RetrainFacts
    now : numpy.datetime64
        UTC.
    policy : RetrainPolicy, optional

    Notes
    -----
    Knows: the facts and the present. `decide_retraining` decides by the same numbers, at the next
    look behind a date.

    Examples
    --------
    >>> facts = RetrainFacts(fitted_at=np.datetime64("2020-04-20"), has_drifted=True)
    >>> [one.reason for one in list_due_dates(facts, np.datetime64("2020-05-01")) if one.holds]
    ['check', 'drift', 'quarter']
    """
    policy = policy or RetrainPolicy()
    found = [_date("check", _after(facts.checked_at, policy.check_days, now))]
    if facts.fitted_at is None and facts.champion_trained_at is None:
        return (*found, _date("first", now))
    ready_at = _after(facts.fitted_at, policy.challenger_days, now)
    found += [
        _date("quarter", _after(facts.fitted_at, policy.full_days, now)),
        _date("drift", ready_at, holds=facts.has_drifted),
        _date("inputs", ready_at, holds=facts.inputs_ask),
    ]
    if facts.champion_trained_at is not None:
        aged_at = _after(facts.champion_trained_at, policy.most_age_days, now)
        found.append(_date("age", max(aged_at, ready_at)))
    return tuple(sorted(found, key=lambda one: (one.at, one.reason)))


def _date(reason: DueReason, at: np.datetime64, *, holds: bool = True) -> DueDate:
    words = _WORDS[reason] if holds else _OPEN_WORDS[reason]
    return DueDate(reason=reason, at=at.astype("datetime64[us]"), holds=holds, words=words)


def _after(since: np.datetime64 | None, days: float, now: np.datetime64) -> np.datetime64:
    """Return a date behind another; one that lies ahead of now holds nothing up."""
    if since is None or since > now:
        return now
    return since + np.timedelta64(round(days * _MICROSECONDS_A_DAY), "us")
