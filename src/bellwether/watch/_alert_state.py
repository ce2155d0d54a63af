"""What the alert book has come to: a value, stored as JSON in a checkpoint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from bellwether.monitor import EpisodeChange, ForeignState
from bellwether.service import JournalNote, NoteKind
from bellwether.watch._alert_notes import AlertFact, NoticeTask, read_fact, to_note
from bellwether.watch._errors import UnreadableNote

BOOK = "alerts/book"
_FORMAT = 1
_Fact = TypeVar("_Fact", EpisodeChange, NoticeTask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """How long a receiver, or a receiver with one notice, has failed.

    Parameters
    ----------
    n_failures : int
        In a row.
    last_at : numpy.datetime64
        UTC instant of the last.
    reason : str
        Of the last.
    """

    n_failures: int
    last_at: np.datetime64
    reason: str


@dataclass(slots=True)
class Waiting:
    """A notice that somebody does not have yet; the book counts what becomes of it.

    Parameters
    ----------
    task : NoticeTask
    receivers : list of str
        Those that do not have it.
    attempts : dict of str to int
        How often it was tried in vain, by receiver.
    """

    task: NoticeTask
    receivers: list[str]
    attempts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """Everything that an alert book remembers.

    Parameters
    ----------
    key : str
        Of the last note that was read.
    changes : sequence of EpisodeChange
        Of all episodes, in the order of the journal: the episodes follow from them.
    waiting : sequence of Waiting
        The oldest first.
    troubles : mapping of (str, str) to Trouble
        By receiver, and notice where it is about that alone.
    """

    key: str
    changes: Sequence[EpisodeChange]
    waiting: Sequence[Waiting]
    troubles: Mapping[tuple[str, str], Trouble]

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {
            "format": _FORMAT,
            "key": self.key,
            "changes": [_write(one) for one in self.changes],
            "waiting": [
                [_write(one.task), list(one.receivers), dict(one.attempts)] for one in self.waiting
            ],
            "troubles": [
                [*about, one.n_failures, str(one.last_at), one.reason]
                for about, one in sorted(self.troubles.items())
            ],
        }


def read_state(content: Mapping[str, Any]) -> AlertState | None:
    """Return the state that `AlertState.to_json` wrote; None where it is of another version."""
    try:
        if content["format"] != _FORMAT:
            return None
        return AlertState(
            key=content["key"],
            changes=[_read(one, EpisodeChange) for one in content["changes"]],
            waiting=[
                Waiting(_read(task, NoticeTask), list(receivers), dict(attempts))
                for task, receivers, attempts in content["waiting"]
            ],
            troubles={
                (receiver, notice_id): Trouble(
                    n_failures=n_failures, last_at=np.datetime64(last_at, "us"), reason=reason
                )
                for receiver, notice_id, n_failures, last_at, reason in content["troubles"]
            },
        )
    except (ForeignState, UnreadableNote, KeyError, TypeError, ValueError):
        return None


def _write(fact: AlertFact) -> list[Any]:
    note = to_note(fact)
    return [note.key, str(note.at.astype("datetime64[us]")), dict(note.data)]


def _read(told: Sequence[Any], kind: type[_Fact]) -> _Fact:
    key, at, data = told
    note = JournalNote(kind=NoteKind.ALERT, key=key, at=np.datetime64(at, "us"), data=data)
    fact = read_fact(note)
    if not isinstance(fact, kind):
        raise ForeignState("a fact about alerts", key)
    return fact
