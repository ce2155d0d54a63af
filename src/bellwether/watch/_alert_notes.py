"""Notes of the journal about episodes, notices and their delivery, written and read."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from bellwether.hashing import digest_json
from bellwether.monitor import (
    CHANNELS,
    CONDITIONS,
    EPISODE_EVENTS,
    Episode,
    EpisodeChange,
    ForeignState,
    instant_text,
)
from bellwether.service import JournalNote, NoteKind
from bellwether.watch._alert_values import Notice
from bellwether.watch._errors import UnreadableNote

_WANTED = "a step of an episode, a notice or a delivery"
DeliveryOutcome = Literal["delivered", "failed", "given_up"]
_OUTCOMES: tuple[DeliveryOutcome, ...] = ("delivered", "failed", "given_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeTask:
    """A notice, and who is to get it.

    Parameters
    ----------
    notice : Notice
    receivers : tuple of str
        Names of those that were configured when it was written.
    at : numpy.datetime64
        UTC.
    """

    notice: Notice
    receivers: tuple[str, ...]
    at: np.datetime64


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one attempt to send a notice.

    Parameters
    ----------
    notice_id, receiver : str
    outcome : {"delivered", "failed", "given_up"}
    at : numpy.datetime64
        UTC.
    attempt : int
        Which of those at this notice and receiver it was, from 1.
    is_refused : bool, default False
        Whether the receiver was there and did not want this notice.
    reason : str
        Why it failed; empty otherwise.
    """

    notice_id: str
    receiver: str
    outcome: DeliveryOutcome
    at: np.datetime64
    attempt: int = 1
    is_refused: bool = False
    reason: str = ""


AlertFact: TypeAlias = EpisodeChange | NoticeTask | Delivery


def to_note(fact: AlertFact) -> JournalNote:
    """Return the note that keeps a fact about alerts; the same fact gives the same key."""
    match fact:
        case EpisodeChange():
            what, key = "episode", f"{fact.episode_id}.{fact.ordinal}"
            data = _write_change(fact)
        case NoticeTask():
            what, key = "notice", fact.notice.notice_id
            data = {"notice": fact.notice.to_json(), "receivers": list(fact.receivers)}
        case _:
            parts = ["delivery", fact.notice_id, fact.receiver, fact.outcome, fact.attempt]
            what, key, data = "delivery", digest_json(parts), _write_delivery(fact)
    return JournalNote(kind=NoteKind.ALERT, key=key, at=fact.at, data={"what": what, **data})


def read_fact(note: JournalNote) -> AlertFact | None:
    """Return the fact that a note keeps; None where a later version wrote what is unknown here.

    Raises
    ------
    UnreadableNote
        If it is of another kind, or damaged.
    """
    if note.kind is not NoteKind.ALERT:
        raise UnreadableNote(_WANTED, note.kind, note.key)
    try:
        match note.data["what"]:
            case "episode":
                return _read_change(note)
            case "notice":
                return _read_notice(note)
            case "delivery":
                return _read_delivery(note)
            case _:
                return None
    except (KeyError, TypeError, ValueError, ForeignState) as error:
        raise UnreadableNote(_WANTED, note.kind, note.key) from error


def _write_change(change: EpisodeChange) -> dict[str, Any]:
    return {
        "episode_id": change.episode_id,
        "ordinal": change.ordinal,
        "event": change.event,
        "subject": change.subject,
        "channel": change.channel,
        "condition": change.condition,
        "is_told": change.is_told,
        "words": change.words,
        "facts": dict(change.facts),
        "by": change.by,
    }


def _read_change(note: JournalNote) -> EpisodeChange:
    told = {name: value for name, value in note.data.items() if name != "what"}
    change = EpisodeChange(at=note.at, **told)
    _check_among("channel", change.channel, CHANNELS)
    _check_among("condition", change.condition, CONDITIONS)
    _check_among("event", change.event, EPISODE_EVENTS)
    return change


def _read_notice(note: JournalNote) -> NoticeTask:
    notice, receivers = Notice.from_json(note.data["notice"]), tuple(note.data["receivers"])
    return NoticeTask(notice=notice, receivers=receivers, at=note.at)


def _write_delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "notice_id": delivery.notice_id,
        "receiver": delivery.receiver,
        "outcome": delivery.outcome,
        "attempt": delivery.attempt,
        "is_refused": delivery.is_refused,
        "reason": delivery.reason,
    }


def _read_delivery(note: JournalNote) -> Delivery:
    told = {name: value for name, value in note.data.items() if name != "what"}
    delivery = Delivery(at=note.at, **told)
    _check_among("outcome", delivery.outcome, _OUTCOMES)
    return delivery


def _check_among(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ForeignState(f"{name} to be one of {', '.join(known)}", repr(value)[:100])


def show_change(change: EpisodeChange) -> dict[str, Any]:
    """Return a step of an episode as JSON values, with its time."""
    return {**_write_change(change), "at": _instant(change.at)}


def show_episode(episode: Episode) -> dict[str, Any]:
    """Return an episode as JSON values, for people and programs alike."""
    known = episode.acknowledged
    return {
        "episode_id": episode.episode_id,
        "subject": episode.subject,
        "channel": episode.channel,
        "condition": episode.condition,
        "worst": episode.worst,
        "words": episode.words,
        "facts": dict(episode.facts),
        "opened_at": _instant(episode.opened_at),
        "changed_at": _instant(episode.changed_at),
        "over_at": None if episode.over_at is None else _instant(episode.over_at),
        "n_reopened": episode.n_reopened,
        "acknowledged": None
        if known is None
        else {"by": known.by, "words": known.words, "at": _instant(known.at)},
    }


def _instant(at: np.datetime64) -> str:
    return f"{instant_text(at)}Z"
