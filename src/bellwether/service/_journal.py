"""Journal: the memory of what was answered, and of what became of it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from bellwether.bars import Bars
from bellwether.service._entries import (
    EntryFilter,
    EntryPage,
    JournalEntry,
    JournalHead,
    ServedAnswer,
    Settlement,
    State,
)
from bellwether.service._facts import Prediction
from bellwether.service._notes import JournalNote, NoteFilter, NotePage


class Journal(Protocol):
    """Append-only memory of every answer, and of what became of it.

    Treaty. `append`, `append_many`, `record_many`, `count`, `settle` and `note` return when what
    they record is durable: neither kill -9 nor a power cut takes it back; what they do not
    return for is there whole or not at all. All records, answers, settlements and notes, form
    one chain in the order of their recording; none is ever changed or removed. There is one entry a
    prediction id, and so one for each symbol, bar, horizon, bundle, state, rung, reason and
    digest of the bars: an answer given again is counted. Counts are outside the chain: damage to
    them is noticed, forgery is not. May be used from any thread and, where the memory is shared,
    from any process. The caller may keep what it gets.

    Every method raises JournalUnavailable if the memory cannot be reached, read or written.
    """

    def append(
        self,
        prediction: Prediction,
        served_at: np.datetime64,
        stored_window: Bars | None = None,
        state: State | None = None,
    ) -> JournalEntry:
        """Remember one answer and return its entry.

        Raises
        ------
        WindowMismatch
            If the window or the state is not the one that the prediction names.
        """
        ...

    def append_many(self, served: Sequence[ServedAnswer]) -> tuple[JournalEntry, ...]:
        """Remember some answers, all or none, and return the entry of each.

        Raises
        ------
        WindowMismatch
            If a window or a state is not the one that its prediction names.
        """
        ...

    def record_many(self, served: Sequence[ServedAnswer]) -> None:
        """Remember some answers, all or none, for callers who need no entries.

        Raises
        ------
        WindowMismatch
            If a window or a state is not the one that its prediction names.
        """
        ...

    def count(self, repeats: Mapping[str, tuple[int, np.datetime64]]) -> tuple[str, ...]:
        """Count answers that were given again, all or none.

        Parameters
        ----------
        repeats : mapping of str to (int, numpy.datetime64)
            By prediction id: how many times more, and the UTC instant of the last.

        Returns
        -------
        unknown : tuple of str
            Ids that the journal does not have, sorted; nothing is counted of those.

        Raises
        ------
        OptionOutOfRange
            If a number is below 1.
        """
        ...

    def get(self, prediction_id: str) -> JournalEntry:
        """Return one entry.

        Raises
        ------
        UnknownPrediction
            If there is none with that id.
        """
        ...

    def entries(
        self, wanted: EntryFilter | None = None, cursor: int | None = None, limit: int = 100
    ) -> EntryPage:
        """Return a page of entries in the order of their numbers.

        A cursor stays good for ever: what is recorded between two pages moves no entry from
        one to the other.

        Raises
        ------
        OptionOutOfRange
            If the limit is not from 1 to 1000.
        """
        ...

    def window(self, prediction_id: str) -> Bars | None:
        """Return the bars stored with a prediction, or None."""
        ...

    def state(self, digest: str) -> State | None:
        """Return a stored state by its digest, or None."""
        ...

    def settle(self, settlements: Sequence[Settlement]) -> tuple[Settlement, ...]:
        """Record what became of some predictions, all or none, and return what was new.

        The first settlement of a prediction stands; another one of it is passed over.

        Raises
        ------
        UnknownPrediction
            If a prediction is not in the journal.
        """
        ...

    def note(self, notes: Sequence[JournalNote]) -> tuple[JournalNote, ...]:
        """Record some notes, all or none, and return those that were new, with their numbers.

        The first note of a kind and key stands; another one is passed over.
        """
        ...

    def notes(
        self, wanted: NoteFilter | None = None, cursor: int | None = None, limit: int = 500
    ) -> NotePage:
        """Return a page of notes in the order of their numbers; cursors as in `entries`.

        Raises
        ------
        OptionOutOfRange
            If the limit is not from 1 to 1000.
        """
        ...

    def head(self) -> JournalHead:
        """Return the end of the chain, to be kept elsewhere."""
        ...

    def verify(self, head: JournalHead | None = None) -> JournalHead:
        """Check every record from the first, and return the end of the chain.

        Parameters
        ----------
        head : JournalHead, optional
            The end of the chain at an earlier time; without it, records missing at the end and
            a chain rewritten as a whole go unnoticed.

        Raises
        ------
        JournalTampered
            If a record, a count, a window or a state is not what was recorded, naming the first.
        """
        ...
