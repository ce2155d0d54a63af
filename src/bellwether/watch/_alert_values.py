"""What is found wrong, and what people are told of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from bellwether.hashing import canonical_json
from bellwether.monitor import CONDITIONS, Channel, Condition, check_channel
from bellwether.watch._alert_errors import UnusableFinding

MOST_SUBJECT_LETTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check thinks of one subject at one tick.

    Parameters
    ----------
    subject : str
        Id of a model, a symbol, or whatever else the channel watches; 1 to 200 characters.
    channel : {"performance", "inputs", "data", "monitor", "retraining"}
        Which check it is; a subject has one state a channel.
    condition : {"ok", "amber", "red", "recovering"}
    words : str
        What is the matter, for a person; no secret may stand in it.
    facts : mapping of str to JSON values
        What it rests on; see `alarm_facts`.

    Raises
    ------
    UnusableFinding
        If the subject is empty or too long, the channel or the condition is none, or the facts
        have no JSON.
    """

    subject: str
    channel: Channel
    condition: Condition
    words: str
    facts: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not 1 <= len(self.subject) <= MOST_SUBJECT_LETTERS:
            raise UnusableFinding(
                f"a subject of 1 to {MOST_SUBJECT_LETTERS} characters", repr(self.subject)[:250]
            )
        check_channel(self.channel)
        if self.condition not in CONDITIONS:
            raise UnusableFinding(f"one of {', '.join(CONDITIONS)}", repr(self.condition))
        try:
            canonical_json(dict(self.facts))
        except (TypeError, ValueError) as error:
            raise UnusableFinding("facts that have a JSON", repr(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """What a notice tells of one episode.

    Parameters
    ----------
    episode_id, subject : str
    channel : str
    event : {"opened", "changed", "still", "over"}
        What happened: it began, it got worse or better, it lasts and nobody acknowledged it, it
        ended.
    condition : {"ok", "amber", "red", "recovering"}
    words : str
    facts : mapping of str to JSON values
    """

    episode_id: str
    subject: str
    channel: str
    event: str
    condition: Condition
    words: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to people, about everything that one tick has to tell.

    Parameters
    ----------
    notice_id : str
        The same however often it is sent: a receiver knows what it has by it.
    at : str
        When it was written, ISO 8601, UTC.
    condition : {"ok", "amber", "red", "recovering"}
        The worst of its lines.
    title, text : str
        For people; the text has one line an episode.
    lines : tuple of NoticeLine
        The worst first, at most 50.
    n_more : int, default 0
        How many did not fit.
    """

    notice_id: str
    at: str
    condition: Condition
    title: str
    text: str
    lines: tuple[NoticeLine, ...] = ()
    n_more: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the notice as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the notice that `to_json` came from; KeyError or TypeError if it is none."""
        lines = tuple(NoticeLine(**line) for line in content["lines"])
        return cls(**{**content, "lines": lines})
