"""Paper forecasts: what every watched source said about a bar, whether or not anybody asked.

Answers that were served are a choice: of users who asked, of bars on which a model was sure
enough. What a model is worth is judged by all of its forecasts, as the gate judged it; and models
in the shadow, which answer nobody, are judged by the same.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from bellwether.hashing import digest_json
from bellwether.service import JournalNote, NoteKind
from bellwether.watch._errors import UnreadableNote

RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one source said.

    Parameters
    ----------
    who : str
        Id of a model, or "rules".
    bundle_digest : str
    direction : int
        1, -1 or 0.
    probability_up : float
    expected_return : float
    confidence : float
        50 to 95.
    members : mapping of str to float
        Probability of a rise by each member of an ensemble.
    """

    who: str
    bundle_digest: str
    direction: int
    probability_up: float
    expected_return: float
    confidence: float
    members: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return the voice as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperForecast:
    """What every watched source said about the bars after one.

    Parameters
    ----------
    symbol, interval : str
    horizon_bars : int
    as_of : numpy.datetime64
        Close of the last bar known, UTC.
    closes_at : numpy.datetime64
        Close of the bar that ends the horizon, by the calendar, UTC.
    price : float
        Adjusted close of the last bar.
    volatility : float
        Standard deviation of the return over the horizon, as known then; above zero.
    bars_digest : str
    voices : tuple of Voice
        The rules, and every model that was computed.
    """

    symbol: str
    interval: str
    horizon_bars: int
    as_of: np.datetime64
    closes_at: np.datetime64
    price: float
    volatility: float
    bars_digest: str
    voices: tuple[Voice, ...]

    @property
    def key(self) -> str:
        """Digest of market, horizon and bar: there is one forecast of each."""
        return paper_key(self.symbol, self.interval, self.horizon_bars, self.as_of)

    def voice(self, who: str) -> Voice | None:
        """Return what one source said, or None."""
        return next((voice for voice in self.voices if voice.who == who), None)

    def to_note(self, at: np.datetime64) -> JournalNote:
        """Return the note that keeps it."""
        data = {
            "interval": self.interval,
            "horizon_bars": self.horizon_bars,
            "closes_at": _text(self.closes_at),
            "price": self.price,
            "volatility": self.volatility,
            "bars_digest": self.bars_digest,
            "voices": [voice.to_json() for voice in self.voices],
        }
        return JournalNote(
            kind=NoteKind.PAPER,
            key=self.key,
            at=at,
            symbol=self.symbol,
            as_of=self.as_of,
            data=data,
        )

    @classmethod
    def from_note(cls, note: JournalNote) -> Self:
        """Return the forecast that a note keeps.

        Raises
        ------
        UnreadableNote
            If it is another note.
        """
        data = note.data
        try:
            if note.kind is not NoteKind.PAPER or note.symbol is None or note.as_of is None:
                raise UnreadableNote("a paper forecast", note.kind, note.key)
            return cls(
                symbol=note.symbol,
                as_of=note.as_of,
                closes_at=np.datetime64(data["closes_at"], "us"),
                voices=tuple(Voice(**voice) for voice in data["voices"]),
                **{
                    name: data[name]
                    for name in ("interval", "horizon_bars", "price", "volatility", "bars_digest")
                },
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableNote("a paper forecast", note.kind, note.key) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOutcome:
    """What the market did over the horizon of a paper forecast.

    Parameters
    ----------
    key : str
        Of the forecast.
    symbol : str
    as_of : numpy.datetime64
        Of the forecast.
    closes_at : numpy.datetime64
        Close of the bar it was settled with, UTC.
    realized_return : float or None
        Simple return of adjusted closes; None where it was given up: a bar is missing for good.
    words : str
        Why it was given up; empty otherwise.
    """

    key: str
    symbol: str
    as_of: np.datetime64
    closes_at: np.datetime64
    realized_return: float | None
    words: str = ""

    def to_note(self, at: np.datetime64) -> JournalNote:
        """Return the note that keeps it."""
        data = {
            "closes_at": _text(self.closes_at),
            "realized_return": self.realized_return,
            "words": self.words,
        }
        return JournalNote(
            kind=NoteKind.PAPER_OUTCOME,
            key=self.key,
            at=at,
            symbol=self.symbol,
            as_of=self.as_of,
            data=data,
        )

    @classmethod
    def from_note(cls, note: JournalNote) -> Self:
        """Return the outcome that a note keeps.

        Raises
        ------
        UnreadableNote
            If it is another note.
        """
        data = note.data
        try:
            realized = data["realized_return"]
            if note.kind is not NoteKind.PAPER_OUTCOME or note.symbol is None or note.as_of is None:
                raise UnreadableNote("the outcome of a paper forecast", note.kind, note.key)
            if realized is not None and not math.isfinite(realized):
                raise UnreadableNote("the outcome of a paper forecast", note.kind, note.key)
            return cls(
                key=note.key,
                symbol=note.symbol,
                as_of=note.as_of,
                closes_at=np.datetime64(data["closes_at"], "us"),
                realized_return=realized,
                words=data["words"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableNote("the outcome of a paper forecast", note.kind, note.key) from error


def paper_key(symbol: str, interval: str, horizon_bars: int, as_of: np.datetime64) -> str:
    """Return the key of a market's paper forecast on a bar."""
    return digest_json([symbol, interval, horizon_bars, _text(as_of)])


def _text(instant: np.datetime64) -> str:
    return str(instant.astype("datetime64[us]"))
