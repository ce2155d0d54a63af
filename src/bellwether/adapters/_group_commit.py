"""Many threads, one transaction: answers that arrive together are made durable together."""

import copy
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.bars import Bars
from bellwether.errors import BellwetherError
from bellwether.service import (
    EntryFilter,
    EntryPage,
    Journal,
    JournalEntry,
    JournalHead,
    JournalUnavailable,
    OptionOutOfRange,
    Prediction,
    ServedAnswer,
    Settlement,
    State,
    check_kept,
)


@dataclass(slots=True, eq=False)
class _Ticket:
    """One caller's answers, and what became of them."""

    served: tuple[ServedAnswer, ...]
    entries: tuple[JournalEntry, ...] = ()
    error: BellwetherError | None = None
    is_done: bool = False


class GroupCommitJournal:
    """A journal that shares one transaction among all who append at the same time.

    Parameters
    ----------
    journal : Journal
        Where everything goes.
    most_at_once : int, default 512
        Answers in one transaction, unless one caller brings more.

    Raises
    ------
    OptionOutOfRange
        If `most_at_once` is below 1.

    Notes
    -----
    Treaty of `Journal`. There is no thread of its own and nothing to close: of those who wait,
    one writes what all of them brought, the others sleep; who comes meanwhile is served by the
    next. A lone caller waits for nobody. Where a transaction fails, each of its callers gets the
    error and nothing of it was recorded.
    """

    __slots__ = ("_changed", "_is_writing", "_journal", "_most_at_once", "_queue")

    def __init__(self, journal: Journal, most_at_once: int = 512) -> None:
        if most_at_once < 1:
            raise OptionOutOfRange("most_at_once", "at least 1", most_at_once)
        self._journal = journal
        self._most_at_once = most_at_once
        self._queue: deque[_Ticket] = deque()
        self._is_writing = False
        self._changed = threading.Condition()

    def append(
        self,
        prediction: Prediction,
        served_at: np.datetime64,
        stored_window: Bars | None = None,
        state: State | None = None,
    ) -> JournalEntry:
        """Remember one answer and return its entry."""
        answer = ServedAnswer(
            prediction=prediction, served_at=served_at, stored_window=stored_window, state=state
        )
        return self.append_many([answer])[0]

    def append_many(self, served: Sequence[ServedAnswer]) -> tuple[JournalEntry, ...]:
        """Remember some answers, all or none, and return the entry of each."""
        for answer in served:
            check_kept(answer)  # before others share the transaction
        ticket = _Ticket(tuple(served))
        with self._changed:
            self._queue.append(ticket)
        while (batch := self._wait(ticket)) is not None:
            self._write(batch)
        if ticket.error is not None:
            raise copy.copy(ticket.error) from ticket.error
        return ticket.entries

    def record_many(self, served: Sequence[ServedAnswer]) -> None:
        """Remember some answers, all or none, for callers who need no entries."""
        self.append_many(served)

    def count(self, repeats: Mapping[str, tuple[int, np.datetime64]]) -> tuple[str, ...]:
        """Count answers that were given again, all or none, and return the unknown ids."""
        return self._journal.count(repeats)

    def get(self, prediction_id: str) -> JournalEntry:
        """Return one entry."""
        return self._journal.get(prediction_id)

    def entries(
        self, wanted: EntryFilter | None = None, cursor: int | None = None, limit: int = 100
    ) -> EntryPage:
        """Return a page of entries in the order of their numbers."""
        return self._journal.entries(wanted, cursor, limit)

    def window(self, prediction_id: str) -> Bars | None:
        """Return the bars stored with a prediction, or None."""
        return self._journal.window(prediction_id)

    def state(self, digest: str) -> State | None:
        """Return a stored state by its digest, or None."""
        return self._journal.state(digest)

    def settle(self, settlements: Sequence[Settlement]) -> tuple[Settlement, ...]:
        """Record what became of some predictions, all or none, and return what was new."""
        return self._journal.settle(settlements)

    def head(self) -> JournalHead:
        """Return the end of the chain, to be kept elsewhere."""
        return self._journal.head()

    def verify(self, head: JournalHead | None = None) -> JournalHead:
        """Check every record from the first, and return the end of the chain."""
        return self._journal.verify(head)

    def _wait(self, ticket: _Ticket) -> list[_Ticket] | None:
        """Return what this caller is to write for all, or None once its own is done."""
        with self._changed:
            while self._is_writing and not ticket.is_done:
                self._changed.wait()
            if ticket.is_done:
                return None
            self._is_writing = True
            batch = [self._queue.popleft()]
            n_answers = len(batch[0].served)
            while self._queue and n_answers + len(self._queue[0].served) <= self._most_at_once:
                batch.append(self._queue.popleft())
                n_answers += len(batch[-1].served)
            return batch

    def _write(self, batch: Sequence[_Ticket]) -> None:
        error: BellwetherError = JournalUnavailable("the shared transaction", "interrupted")
        entries: tuple[JournalEntry, ...] | None = None
        try:
            entries = self._journal.append_many([one for item in batch for one in item.served])
        except BellwetherError as caught:
            error = caught
        finally:
            with self._changed:
                _hand_out(batch, entries, error)
                self._is_writing = False
                self._changed.notify_all()


def _hand_out(
    batch: Sequence[_Ticket], entries: tuple[JournalEntry, ...] | None, error: BellwetherError
) -> None:
    start = 0
    for ticket in batch:
        if entries is None:
            ticket.error = error
        else:
            ticket.entries = entries[start : start + len(ticket.served)]
            start += len(ticket.served)
        ticket.is_done = True
