"""The alert book: every episode and every notice, folded from the journal."""

import contextlib
import threading
from collections.abc import Iterable, Sequence

from bellwether.errors import RegistryError
from bellwether.monitor import Channel, Episode, EpisodeChange, take_change
from bellwether.service import Journal, NoteFilter, NoteKind
from bellwether.watch._alert_errors import UnknownEpisode
from bellwether.watch._alert_notes import AlertFact, Delivery, NoticeTask, read_fact, to_note
from bellwether.watch._alert_state import BOOK, AlertState, Trouble, Waiting, read_state
from bellwether.watch._checkpoints import Checkpoint, Checkpoints

_WANTED = NoteFilter(kinds=(NoteKind.ALERT,))
_AT_ONCE = 1000


class AlertBook:
    """What the journal says of alerts: read on from where it was read last.

    Parameters
    ----------
    journal : Journal
    checkpoints : Checkpoints, optional
        Where it goes on from, and what it comes to is kept by `keep`; without them every new book
        is read from the first note on, and comes to the same.

    Notes
    -----
    May be used from any thread. What is kept in memory grows with the number of episodes; one is
    opened when something goes wrong, not at every check.
    """

    __slots__ = (
        "_changes", "_checkpoints", "_episodes", "_guard", "_in_order", "_journal", "_kept", "_key",
        "_last", "_number", "_troubles", "_waiting",
    )  # fmt: skip

    def __init__(self, journal: Journal, checkpoints: Checkpoints | None = None) -> None:
        self._journal = journal
        self._checkpoints = checkpoints
        self._guard = threading.RLock()
        self._number: int | None = None
        self._kept: int | None = None
        self._key = ""
        self._in_order: list[EpisodeChange] = []
        self._last: dict[tuple[Channel, str], str] = {}
        self._episodes: dict[str, Episode] = {}
        self._changes: dict[str, list[EpisodeChange]] = {}
        self._waiting: dict[str, Waiting] = {}
        self._troubles: dict[tuple[str, str], Trouble] = {}

    def refresh(self) -> None:
        """Read what was noted since the last time.

        Raises
        ------
        JournalUnavailable
            If the journal cannot be read.
        UnreadableNote
            If a note in it is damaged.
        """
        with self._guard:
            if self._number is None and self._checkpoints is not None:
                self._resume(self._checkpoints)
            more = True
            while more:
                page = self._journal.notes(_WANTED, self._number, _AT_ONCE)
                for note in page.notes:
                    self._take(read_fact(note))
                    self._number, self._key = note.number, note.key
                more = page.cursor is not None

    def keep(self) -> None:
        """Keep what the book has come to, where that is new.

        Where it cannot be kept nothing is lost: the journal knows it all.
        """
        with self._guard:
            if self._checkpoints is None or self._number in (None, self._kept):
                return
            with contextlib.suppress(RegistryError):
                self._checkpoints.save([self.to_checkpoint()])
                self._kept = self._number

    def to_checkpoint(self) -> Checkpoint:
        """Return what the book has come to, as it is kept."""
        with self._guard:
            state = AlertState(
                key=self._key,
                changes=self._in_order,
                waiting=list(self._waiting.values()),
                troubles=self._troubles,
            )
            return Checkpoint(name=BOOK, number=self._number or 0, content=state.to_json())

    def write(self, facts: Sequence[AlertFact]) -> tuple[AlertFact, ...]:
        """Note some facts, all or none, and return those that nobody had noted before.

        Raises
        ------
        JournalUnavailable
            If they cannot be written.
        """
        by_key = {(note := to_note(fact)).key: (note, fact) for fact in facts}
        if not by_key:
            return ()
        new = self._journal.note([note for note, _ in by_key.values()])
        self.refresh()
        return tuple(by_key[note.key][1] for note in new)

    def last(self, channel: Channel, subject: str) -> Episode | None:
        """Return the last episode of a subject in a channel, over or not."""
        with self._guard:
            found = self._last.get((channel, subject))
            return None if found is None else self._episodes[found]

    def get(self, episode_id: str) -> Episode:
        """Return one episode.

        Raises
        ------
        UnknownEpisode
            If there is none of that id.
        """
        with self._guard:
            found = self._episodes.get(episode_id)
        if found is None:
            raise UnknownEpisode(episode_id, [one.episode_id for one in self.open_episodes()])
        return found

    def changes(self, episode_id: str) -> tuple[EpisodeChange, ...]:
        """Return the steps of an episode, the first first; empty where there is none."""
        with self._guard:
            return tuple(self._changes.get(episode_id, ()))

    def open_episodes(self) -> tuple[Episode, ...]:
        """Return the episodes that are not over, in the order of their opening."""
        with self._guard:
            found = [self._episodes[last] for last in self._last.values()]
        return _by_age(one for one in found if not one.is_over)

    def episodes(self) -> tuple[Episode, ...]:
        """Return every episode, in the order of their opening."""
        with self._guard:
            return _by_age(self._episodes.values())

    def waiting(self) -> tuple[tuple[NoticeTask, tuple[str, ...]], ...]:
        """Return the notices that not every receiver has, with those that have not, by age."""
        with self._guard:
            return tuple((one.task, tuple(one.receivers)) for one in self._waiting.values())

    def attempts(self, notice_id: str, receiver: str) -> int:
        """Return how often it was tried in vain to send a notice that waits to a receiver."""
        with self._guard:
            found = self._waiting.get(notice_id)
            return 0 if found is None else found.attempts.get(receiver, 0)

    def trouble(self, receiver: str, notice_id: str = "") -> Trouble | None:
        """Return how a receiver has failed of late, or None; or how it refused one notice."""
        with self._guard:
            return self._troubles.get((receiver, notice_id))

    def _resume(self, checkpoints: Checkpoints) -> None:
        """Go on from what was kept, where it is of this journal and can be read."""
        try:
            kept = checkpoints.load(BOOK)
        except RegistryError:
            return
        state = None if kept is None else read_state(kept.content)
        if kept is None or state is None:
            return
        page = self._journal.notes(_WANTED, kept.number - 1, 1)
        if not any((note.number, note.key) == (kept.number, state.key) for note in page.notes):
            return  # of another journal
        for change in state.changes:
            self._take_change(change)
        self._waiting = {one.task.notice.notice_id: one for one in state.waiting}
        self._troubles = dict(state.troubles)
        self._number, self._key, self._kept = kept.number, state.key, kept.number

    def _take(self, fact: AlertFact | None) -> None:
        match fact:
            case EpisodeChange():
                self._take_change(fact)
            case NoticeTask() if fact.receivers:
                waiting = Waiting(task=fact, receivers=list(fact.receivers))
                self._waiting[fact.notice.notice_id] = waiting
            case Delivery():
                self._take_delivery(fact)

    def _take_change(self, change: EpisodeChange) -> None:
        key = (change.channel, change.subject)
        before = self._episodes.get(change.episode_id) or self.last(*key)
        episode = take_change(before, change)
        if change.event == "opened" or key not in self._last:
            self._last[key] = episode.episode_id
        self._episodes[episode.episode_id] = episode
        self._in_order.append(change)
        self._changes.setdefault(episode.episode_id, []).append(change)

    def _take_delivery(self, one: Delivery) -> None:
        waiting = self._waiting.get(one.notice_id)
        if one.outcome == "failed":
            key = (one.receiver, one.notice_id if one.is_refused else "")
            before = self._troubles.get(key)
            n_failures = 1 + (0 if before is None else before.n_failures)
            self._troubles[key] = Trouble(n_failures=n_failures, last_at=one.at, reason=one.reason)
            if waiting is not None:
                waiting.attempts[one.receiver] = one.attempt
            return
        self._troubles.pop((one.receiver, one.notice_id), None)
        if one.outcome == "delivered":
            self._troubles.pop((one.receiver, ""), None)
        if waiting is not None and one.receiver in waiting.receivers:
            waiting.receivers.remove(one.receiver)
            if not waiting.receivers:
                del self._waiting[one.notice_id]


def _by_age(episodes: Iterable[Episode]) -> tuple[Episode, ...]:
    return tuple(sorted(episodes, key=lambda one: (one.opened_at, one.episode_id)))
