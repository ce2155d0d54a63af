"""Steps of a retraining, as notes of the journal and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np

from bellwether.hashing import digest_json
from bellwether.registry import MarketKey
from bellwether.retraining._errors import UnreadableStep
from bellwether.service import JournalNote, NoteKind

_DIGITS = 16


class Step(StrEnum):
    """What can happen in a retraining, and to a market between two of them."""

    ASKED = "asked"
    DUE = "due"
    TRAINED = "trained"
    FAILED = "failed"
    COMPARED = "compared"
    SHADOWED = "shadowed"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    OVERTAKEN = "overtaken"
    DECIDED = "decided"
    PROMOTED = "promoted"
    CONDEMNED = "condemned"
    ROLLED_BACK = "rolled back"
    CONFIRMED = "confirmed"

    @property
    def ends(self) -> bool:
        """Whether nothing more happens in the retraining."""
        return self in _LAST


_LAST = frozenset(
    {
        Step.FAILED,
        Step.REFUSED,
        Step.SUPERSEDED,
        Step.OVERTAKEN,
        Step.ROLLED_BACK,
        Step.CONFIRMED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One step of a retraining.

    Parameters
    ----------
    market : MarketKey
    run_id : str
        Of the retraining.
    step : Step
    at : numpy.datetime64
        When it was taken, UTC.
    words : str
        What happened and why, for a person.
    facts : mapping of str to JSON values
        The evidence.
    number : int, default 0
        Place of its record in the journal's chain; 0 where it is not recorded yet.
    """

    market: MarketKey
    run_id: str
    step: Step
    at: np.datetime64
    words: str
    facts: Mapping[str, Any]
    number: int = 0

    @property
    def key(self) -> str:
        """Key of its note: each step of a retraining is taken once."""
        return f"{self.run_id}/{self.step.replace(' ', '_')}"

    def to_note(self) -> JournalNote:
        """Return the note that keeps it."""
        data = {
            "universe": self.market.universe,
            "interval": self.market.interval,
            "horizon_bars": self.market.horizon_bars,
            "run_id": self.run_id,
            "step": self.step.value,
            "words": self.words,
            "facts": dict(self.facts),
        }
        return JournalNote(kind=NoteKind.RETRAINING, key=self.key, at=self.at, data=data)

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON values."""
        return {**self.to_note().data, "at": f"{self.at.astype('datetime64[us]')}Z"}

    @classmethod
    def from_note(cls, note: JournalNote) -> Self:
        """Return the step that a note keeps.

        Raises
        ------
        UnreadableStep
            If it is another note.
        """
        data = note.data
        if note.kind is not NoteKind.RETRAINING:
            raise UnreadableStep(note.key, f"a note of kind {note.kind}")
        try:
            market = MarketKey(
                universe=data["universe"],
                interval=data["interval"],
                horizon_bars=data["horizon_bars"],
            )
            return cls(
                market=market,
                run_id=data["run_id"],
                step=Step(data["step"]),
                at=note.at,
                words=data["words"],
                facts=data["facts"],
                number=note.number,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableStep(note.key, repr(error)) from error


def market_name(market: MarketKey) -> str:
    """Return a short name of a market that is good for keys."""
    return digest_json([market.universe, market.interval, market.horizon_bars])[:_DIGITS]


def run_name(market: MarketKey, ordinal: int) -> str:
    """Return the id of a market's n-th retraining, from 1."""
    return f"{market_name(market)}-{ordinal:04d}"
