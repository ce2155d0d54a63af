"""Notes: what the journal remembers beside answers, in the same chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from bellwether.service._errors import OptionOutOfRange

MOST_KEY_LETTERS = 64


class NoteKind(StrEnum):
    """What a note is about."""

    PAPER = "paper"
    PAPER_OUTCOME = "paper_outcome"
    WATCH = "watch"
    ALERT = "alert"
    RETRAINING = "retraining"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalNote:
    """One fact about the watching itself, kept in the journal's chain.

    Parameters
    ----------
    kind : NoteKind
    key : str
        What it is about, in up to 64 characters; there is one note of a kind and key.
    at : numpy.datetime64
        UTC instant at which it was known.
    symbol : str, optional
    as_of : numpy.datetime64, optional
        Close of the bar it is about, UTC.
    data : mapping of str to JSON values
    number : int, default 0
        Place of its record in the chain; 0 where it is not recorded yet.

    Raises
    ------
    OptionOutOfRange
        If the key is empty or too long.
    """

    kind: NoteKind
    key: str
    at: np.datetime64
    symbol: str | None = None
    as_of: np.datetime64 | None = None
    data: Mapping[str, Any]
    number: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= MOST_KEY_LETTERS:
            raise OptionOutOfRange("key", f"1 to {MOST_KEY_LETTERS} characters", self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFilter:
    """Which notes are wanted.

    Parameters
    ----------
    kinds : tuple of NoteKind
        Empty for all.
    symbol : str, optional
    key : str, optional
    newest_first : bool, default False
    """

    kinds: tuple[NoteKind, ...] = ()
    symbol: str | None = None
    key: str | None = None
    newest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePage:
    """Some notes, and where the next ones begin.

    Parameters
    ----------
    notes : tuple of JournalNote
    cursor : int or None
        To be given for the next page; None where this is the last.
    """

    notes: tuple[JournalNote, ...]
    cursor: int | None
