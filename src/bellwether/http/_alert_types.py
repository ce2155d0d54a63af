"""The forms of alerts: what is wrong, who knows of it, and who is told."""

from typing import Annotated, Any

from msgspec import Meta, Struct

_TEXT = r"\S"
Name = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=_TEXT, description="who knows of it")
]
Remark = Annotated[
    str, Meta(min_length=1, max_length=500, pattern=_TEXT, description="what is done about it")
]


class AcknowledgeRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody knows of an alert: nobody is reminded of it, unless it gets worse."""

    by: Name
    words: Remark


class AcknowledgementAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who knows of an alert, and what they say."""

    by: str
    words: str
    at: str


class EpisodeAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wrong with one subject in one channel, from the first sign until it is over.

    It is over once it has been well for the cooling time; `facts` are those of the last change:
    e_value, false_alarms_a_year, effective_sample_size and done where they are known, and more.
    """

    episode_id: str
    subject: str
    channel: str
    condition: str
    worst: str
    words: str
    facts: dict[str, Any]
    opened_at: str
    changed_at: str
    over_at: str | None
    n_reopened: int
    acknowledged: AcknowledgementAnswer | None


class ReceiverAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is told, by name: notices that wait for it, and why they do."""

    name: str
    n_waiting: int
    n_failures: int
    why: str


class AlertsAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of alerts, the latest first; the cursor is null where it is the last."""

    episodes: list[EpisodeAnswer]
    receivers: list[ReceiverAnswer]
    next_cursor: str | None


class EpisodeStepAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of an alert; `by` is empty unless it is an acknowledgement."""

    episode_id: str
    ordinal: int
    event: str
    subject: str
    channel: str
    condition: str
    is_told: bool
    words: str
    facts: dict[str, Any]
    by: str
    at: str


class EpisodeStoryAnswer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One alert, step by step."""

    episode: EpisodeAnswer
    steps: list[EpisodeStepAnswer]
