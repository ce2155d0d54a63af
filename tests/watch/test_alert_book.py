"""The alert book goes on from what was kept, and comes to the same as one read from the start."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryCheckpoints, MemoryJournal
from bellwether.hashing import canonical_json, read_json
from bellwether.monitor import Condition
from bellwether.registry import RegistryUnavailable
from bellwether.service import JournalNote, NoteFilter, NoteKind, NotePage
from bellwether.watch import (
    AlertBook,
    AlertPorts,
    Checkpoint,
    Finding,
    Notice,
    NoticeNotDelivered,
    NoticeRefused,
    acknowledge,
    raise_findings,
    rebuild_watches,
)

BOOK = "alerts/book"
START = np.datetime64("2020-01-01T21:00", "us")
DAY = np.timedelta64(86_400_000_000, "us")
SUBJECTS = ("spy-1d", "qqq-1d")
World = Any


@dataclass
class Receiver:
    """A receiver that takes, fails or refuses as it is told. Treaty as `Notifier`."""

    name: str = "desk"
    mood: str = "takes"
    got: list[Notice] = field(default_factory=list)

    def send(self, notice: Notice) -> None:
        """Take a notice, or not."""
        if self.mood == "fails":
            raise NoticeNotDelivered(self.name, "nobody who listens there")
        if self.mood == "refuses":
            raise NoticeRefused(self.name, "status 400")
        self.got.append(notice)


class CountedJournal(MemoryJournal):
    """A journal that counts the notes it hands out."""

    n_read = 0

    def notes(
        self, wanted: NoteFilter | None = None, cursor: int | None = None, limit: int = 500
    ) -> NotePage:
        """Return a page of notes."""
        page = super().notes(wanted, cursor, limit)
        self.n_read += len(page.notes)
        return page


class ClosedCheckpoints(MemoryCheckpoints):
    """Checkpoints that can be leased and not read or written."""

    def load(self, *_: str) -> Checkpoint | None:
        """Fail."""
        raise RegistryUnavailable("the registry", "it is gone")

    def save(self, *_: Sequence[Checkpoint]) -> None:
        """Fail."""
        raise RegistryUnavailable("the registry", "it is gone")


def finding(subject: str, condition: Condition) -> Finding:
    return Finding(
        subject=subject,
        channel="performance",
        condition=condition,
        words=f"{subject} is {condition}",
        facts={"e_value": 300.0},
    )


def told(book: AlertBook) -> str:
    """Return everything that a book says."""
    book.refresh()
    return canonical_json(
        [
            repr([book.episodes(), book.open_episodes(), book.waiting()]),
            repr([book.changes(one.episode_id) for one in book.episodes()]),
            repr([book.last("performance", one) for one in SUBJECTS]),
            repr([book.trouble("desk"), book.trouble("other")]),
            repr([book.trouble("desk", task.notice.notice_id) for task, _ in book.waiting()]),
            repr([book.attempts(task.notice.notice_id, "desk") for task, _ in book.waiting()]),
            book.to_checkpoint().content,
        ]
    )


def raise_once(
    journal: MemoryJournal, checkpoints: MemoryCheckpoints | None, day: int, *found: Finding
) -> AlertPorts:
    """Raise some findings on a day, as a new process would."""
    ports = AlertPorts(journal=journal, checkpoints=checkpoints, notifiers=[Receiver()])
    raise_findings(found, ports, START + day * DAY)
    return ports


DAYS = st.lists(
    st.tuples(
        st.lists(
            st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(["amber", "red", "recovering"])),
            max_size=2,
        ),
        st.sampled_from(["takes", "fails", "refuses"]),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(days=DAYS)
def test_a_book_that_goes_on_is_the_book_that_was_read_from_the_start(days: list[Any]) -> None:
    journal, checkpoints, desk = MemoryJournal(), MemoryCheckpoints(), Receiver()
    ports = AlertPorts(journal=journal, checkpoints=checkpoints, notifiers=[desk])
    for day, (found, mood, starts_anew, is_forgotten, is_known) in enumerate(days):
        desk.mood = mood
        if is_forgotten:
            checkpoints.drop("")
        if starts_anew:
            ports = AlertPorts(journal=journal, checkpoints=checkpoints, notifiers=[desk])
        now = START + day * DAY
        raise_findings([finding(*one) for one in found], ports, now)
        for episode in ports.book.open_episodes() if is_known else ():
            acknowledge(episode.episode_id, by="me", words="seen", book=ports.book, now=now)
    fresh, resumed = AlertBook(journal), AlertBook(journal, checkpoints)
    assert told(resumed) == told(fresh) == told(ports.book)


def test_a_new_process_reads_what_was_noted_since_and_no_more() -> None:
    journal, checkpoints = CountedJournal(), MemoryCheckpoints()
    for day in range(40):
        raise_once(journal, checkpoints, day, *([finding("spy-1d", "red")] if day % 8 < 4 else []))
    n_notes = len(journal.notes(NoteFilter(kinds=(NoteKind.ALERT,)), None, 1000).notes)
    assert n_notes > 20
    journal.n_read = 0
    AlertBook(journal, checkpoints).refresh()
    assert journal.n_read == 1


def test_a_book_of_another_journal_is_not_gone_on_from() -> None:
    here, there, checkpoints = MemoryJournal(), MemoryJournal(), MemoryCheckpoints()
    raise_once(here, checkpoints, 0, finding("spy-1d", "red"))
    raise_once(there, None, 0, finding("qqq-1d", "red"))
    book = AlertBook(there, checkpoints)
    book.refresh()
    assert [one.subject for one in book.open_episodes()] == ["qqq-1d"]


@pytest.mark.parametrize("content", [{}, {"format": 0}, {"format": 1, "key": "k", "changes": [1]}])
def test_a_book_that_cannot_be_read_is_made_anew(content: dict[str, Any]) -> None:
    journal, checkpoints = MemoryJournal(), MemoryCheckpoints()
    raise_once(journal, checkpoints, 0, finding("spy-1d", "red"))
    kept = checkpoints.load(BOOK)
    assert kept is not None
    checkpoints.save([Checkpoint(name=BOOK, number=kept.number, content=content)])
    assert told(AlertBook(journal, checkpoints)) == told(AlertBook(journal))


def test_without_a_place_to_keep_it_alerts_are_raised_all_the_same() -> None:
    journal = MemoryJournal()
    raise_once(journal, ClosedCheckpoints(), 0, finding("spy-1d", "red"))
    ports = raise_once(journal, ClosedCheckpoints(), 1, finding("spy-1d", "red"))
    assert [one.subject for one in ports.book.open_episodes()] == ["spy-1d"]


def test_a_rebuild_finds_a_book_that_says_something_else(paper: World) -> None:
    journal, checkpoints = paper.ports.journal, paper.ports.checkpoints
    raise_once(journal, checkpoints, 0, finding("spy-1d", "red"))
    assert rebuild_watches(paper.ports).is_identical
    kept = checkpoints.load(BOOK)
    forged = canonical_json(kept.content).replace("spy-1d is red", "spy-1d is well")
    checkpoints.save([Checkpoint(name=BOOK, number=kept.number, content=read_json(forged))])
    assert rebuild_watches(paper.ports).differing == (BOOK,)
    assert checkpoints.load(BOOK) == kept
    assert rebuild_watches(paper.ports).is_identical


def test_notes_of_a_later_version_are_passed_over(paper: World) -> None:
    journal, checkpoints = paper.ports.journal, paper.ports.checkpoints
    raise_once(journal, checkpoints, 0, finding("spy-1d", "red"))
    note = JournalNote(kind=NoteKind.ALERT, key="later", at=START, data={"what": "unheard of"})
    journal.note([note])
    assert told(AlertBook(journal, checkpoints)) == told(AlertBook(journal))
