"""Episodes: what is wrong, from the first sign until it has been well for a while.

A check that finds the same thing every day must not call a person every day, and one that wavers
must not call at each turn. What is found moves an episode through its conditions; what is told of
it follows its own, slower rule, and still comes to the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from bellwether.monitor._errors import UnusableMonitorOption
from bellwether.monitor._standing import Condition

Channel = Literal["performance", "inputs", "data", "monitor", "retraining"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
EpisodeEvent = Literal["opened", "changed", "still", "over", "acknowledged"]
EPISODE_EVENTS: tuple[EpisodeEvent, ...] = get_args(EpisodeEvent)
_RANKS: Mapping[Condition, int] = {"ok": 0, "recovering": 1, "amber": 2, "red": 3}


def rank_condition(condition: Condition) -> int:
    """Return how bad a condition is: 0 for ok, then recovering, amber and red."""
    return _RANKS[condition]


def check_channel(channel: str) -> None:
    """Check that a channel is one.

    Raises
    ------
    UnusableMonitorOption
        If it is none.
    """
    if channel not in CHANNELS:
        raise UnusableMonitorOption("channel", f"one of {', '.join(CHANNELS)}", repr(channel))


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeOptions:
    """When an episode ends, and when it is told again.

    Parameters
    ----------
    cooling_seconds : float, default 259200 (three days)
        How long it must have been well before the episode is over; a condition that was told is
        not told again within it.
    remind_seconds : float, default 604800 (a week)
        After which what nobody acknowledged is told again; 0 for never.

    Raises
    ------
    UnusableMonitorOption
        If a time is below zero.
    """

    cooling_seconds: float = 259_200.0
    remind_seconds: float = 604_800.0

    def __post_init__(self) -> None:
        for name in ("cooling_seconds", "remind_seconds"):
            if not 0.0 <= getattr(self, name) < float("inf"):
                raise UnusableMonitorOption(name, "at least 0", f"{getattr(self, name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a check found about one subject at one time.

    Parameters
    ----------
    subject : str
    channel : str
    condition : {"ok", "amber", "red", "recovering"}
    words : str
    facts : mapping of str to JSON values
    at : numpy.datetime64
        UTC.
    """

    subject: str
    channel: Channel
    condition: Condition
    words: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    at: np.datetime64


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who knows of an episode, and what they say.

    Parameters
    ----------
    by, words : str
    at : numpy.datetime64
        UTC.
    condition : {"ok", "amber", "red", "recovering"}
        As it was then: what gets worse than that is nobody's yet.
    """

    by: str
    words: str
    at: np.datetime64
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeChange:
    """One step of an episode: all that is ever written down of it.

    Parameters
    ----------
    episode_id : str
    ordinal : int
        Of the changes of this episode, from 1.
    event : {"opened", "changed", "still", "over", "acknowledged"}
    subject : str
    channel : str
    condition : {"ok", "amber", "red", "recovering"}
    at : numpy.datetime64
        UTC.
    is_told : bool
        Whether people are told of it.
    words : str
    facts : mapping of str to JSON values
    by : str
        Who acknowledged; empty otherwise.
    """

    episode_id: str
    ordinal: int
    event: EpisodeEvent
    subject: str
    channel: Channel
    condition: Condition
    at: np.datetime64
    is_told: bool = False
    words: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What is wrong with one subject in one channel, so far: a fold over its changes.

    Parameters
    ----------
    episode_id : str
    place : int
        Of the episodes of this subject and channel, from 1.
    subject : str
    channel : str
    condition, worst : {"ok", "amber", "red", "recovering"}
        Now, and at its worst.
    words : str
    facts : mapping of str to JSON values
        As of the last change.
    opened_at, changed_at : numpy.datetime64
        UTC; the latter when the condition was last another.
    over_at : numpy.datetime64 or None
    n_changes : int
        Written down so far.
    n_reopened : int
        How often it came back before it was over.
    told : mapping of condition to numpy.datetime64
        When each was last told.
    told_condition : {"ok", "amber", "red", "recovering"}
        What was told last.
    acknowledged : Acknowledgement or None
        The last one, as long as it has not got worse since.
    """

    episode_id: str
    place: int
    subject: str
    channel: Channel
    condition: Condition
    worst: Condition
    words: str
    facts: Mapping[str, Any]
    opened_at: np.datetime64
    changed_at: np.datetime64
    over_at: np.datetime64 | None = None
    n_changes: int = 1
    n_reopened: int = 0
    told: Mapping[Condition, np.datetime64] = field(default_factory=dict)
    told_condition: Condition = "ok"
    acknowledged: Acknowledgement | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended; until then it is open, be it well for the moment."""
        return self.over_at is not None
