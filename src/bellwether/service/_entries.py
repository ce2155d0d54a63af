"""What the journal holds: answers as they were served, and what became of them."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np

from bellwether.bars import Bars
from bellwether.service._errors import OptionOutOfRange
from bellwether.service._facts import Direction, Prediction, Rung, SourceKind
from bellwether.service._reasons import FallbackReason
from bellwether.trials import CHAIN_START

MOST_ENTRIES = 1000
_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")

State = Mapping[str, Sequence[float]]


class SettlementOutcome(StrEnum):
    """What became of a prediction."""

    HIT = "hit"
    MISS = "miss"
    NEITHER = "neither"
    VOID = "void"

    @classmethod
    def judge(cls, direction: Direction, realized_return: float | None) -> Self:
        """Return what became of a direction; NEITHER where nothing was said or nothing moved."""
        if realized_return is None:
            return cls("void")
        gained = direction.sign * realized_return
        if gained == 0.0:
            return cls("neither")
        return cls("hit" if gained > 0.0 else "miss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the market did over a prediction's horizon.

    Parameters
    ----------
    prediction_id : str
    closes_at : numpy.datetime64
        Close of the bar that ends the horizon, UTC.
    realized_return : float or None
        Simple return from the close of the last bar known to that of the horizon's last one;
        None where that bar is missing for good.
    outcome : SettlementOutcome
        NEITHER for a return of zero and for HOLD; VOID without a return, and only then.
    settled_at : numpy.datetime64
        UTC instant at which it was worked out.

    Raises
    ------
    OptionOutOfRange
        If the return is not finite, or missing from what is not void.
    """

    prediction_id: str
    closes_at: np.datetime64
    realized_return: float | None
    outcome: SettlementOutcome
    settled_at: np.datetime64

    def __post_init__(self) -> None:
        realized = self.realized_return
        is_void = self.outcome is SettlementOutcome.VOID
        if (realized is None) != is_void or not math.isfinite(realized or 0.0):
            wanted = "none" if is_void else "finite"
            raise OptionOutOfRange("realized_return", wanted, realized)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One answer as the journal remembers it.

    Parameters
    ----------
    number : int
        Place of its record in the chain, from 1; settlements have places of their own.
    digest : str
        Of this record on top of the digest of the one before.
    prediction : mapping
        The prediction's own JSON data, as first served.
    as_of : numpy.datetime64 or None
        Close of the last bar used, UTC, to the microsecond.
    first_served_at, last_served_at : numpy.datetime64
        UTC instants of the first answer and of its last repeat.
    n_served : int
        How often the answer was given: 1 and the repeats.
    settlement : Settlement or None
        What became of it, once that is known.
    """

    number: int
    digest: str
    prediction: Mapping[str, Any]
    as_of: np.datetime64 | None
    first_served_at: np.datetime64
    last_served_at: np.datetime64
    n_served: int
    settlement: Settlement | None = None

    @property
    def prediction_id(self) -> str:
        """Digest of everything the answer follows from."""
        return str(self.prediction["prediction_id"])

    @property
    def symbol(self) -> str:
        """Name of the market."""
        return str(self.prediction["symbol"])

    @property
    def interval(self) -> str:
        """Length of a bar."""
        return str(self.prediction["interval"])

    @property
    def horizon_bars(self) -> int:
        """How many bars ahead it looks."""
        return int(self.prediction["horizon_bars"])

    @property
    def direction(self) -> Direction:
        """What the prediction said to do."""
        return Direction(self.prediction["direction"])

    @property
    def rung(self) -> Rung:
        """Step of the ladder that answered."""
        return Rung(self.prediction["rung"])

    @property
    def reason(self) -> FallbackReason | None:
        """Why it was not the champion's answer."""
        code = self.prediction["fallback_reason"]
        return None if code is None else FallbackReason(code)

    @property
    def bars_digest(self) -> str:
        """What `digest_window` gives for the bars it was computed from."""
        return str(self.prediction["bars_digest"])

    @property
    def bundle_digest(self) -> str | None:
        """The bundle that computed it."""
        found: str | None = self.prediction["source"]["bundle_digest"]
        return found

    @property
    def state_digest(self) -> str | None:
        """The state that went into the bundle."""
        found: str | None = self.prediction["source"]["state_digest"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedAnswer:
    """One answer to be remembered.

    Parameters
    ----------
    prediction : Prediction
    served_at : numpy.datetime64
        UTC instant of the answer.
    stored_window : Bars, optional
        The bars it was computed from, to be kept whole; without them only their digest is.
    state : mapping of str to floats, optional
        The state it was computed with, where no bundle on the shelf holds it.
    """

    prediction: Prediction
    served_at: np.datetime64
    stored_window: Bars | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHead:
    """The end of the chain: whoever keeps it can tell later that nothing before it changed.

    Parameters
    ----------
    number : int
        Records so far.
    digest : str
        Digest of the last.

    Examples
    --------
    >>> head = JournalHead(number=7, digest="ab" * 32)
    >>> JournalHead.from_text(str(head)) == head
    True
    """

    number: int = 0
    digest: str = CHAIN_START

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the head that `str` wrote.

        Raises
        ------
        OptionOutOfRange
            If it is none.
        """
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise OptionOutOfRange("head", "a number, a colon and 64 hexadecimal digits", text)
        return cls(number=int(found[1]), digest=found[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are wanted.

    Parameters
    ----------
    symbol, interval : str, optional
    horizon_bars : int, optional
    direction : Direction, optional
    rung : Rung, optional
    source : SourceKind, optional
    reason : FallbackReason, optional
    settled : bool, optional
        True for those whose outcome is known; False for those that wait for it (answers
        without any bar never do); all by default.
    outcome : SettlementOutcome, optional
    as_of_from, as_of_to : numpy.datetime64, optional
        First and last close of an answer's last bar, UTC, both included.
    newest_first : bool, default False
    """

    symbol: str | None = None
    interval: str | None = None
    horizon_bars: int | None = None
    direction: Direction | None = None
    rung: Rung | None = None
    source: SourceKind | None = None
    reason: FallbackReason | None = None
    settled: bool | None = None
    outcome: SettlementOutcome | None = None
    as_of_from: np.datetime64 | None = None
    as_of_to: np.datetime64 | None = None
    newest_first: bool = False

    @property
    def told(self) -> dict[str, str | int]:
        """What the prediction itself must say, by its name in the prediction's JSON data."""
        wanted = {
            "symbol": self.symbol,
            "interval": self.interval,
            "horizon_bars": self.horizon_bars,
            "direction": self.direction and self.direction.value,
            "rung": self.rung and self.rung.value,
            "fallback_reason": self.reason and self.reason.value,
        }
        return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Some entries, and where the next ones begin.

    Parameters
    ----------
    entries : tuple of JournalEntry
    cursor : int or None
        To be given for the next page; None where this is the last.
    """

    entries: tuple[JournalEntry, ...]
    cursor: int | None


def check_limit(limit: int) -> None:
    """Refuse a page of no entries, or of more than a thousand.

    Raises
    ------
    OptionOutOfRange
        If the limit is not from 1 to 1000.
    """
    if not 1 <= limit <= MOST_ENTRIES:
        raise OptionOutOfRange("limit", f"from 1 to {MOST_ENTRIES}", limit)
