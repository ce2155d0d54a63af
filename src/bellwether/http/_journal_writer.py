"""The one thread of a process that writes answers down: in groups, and again after failures."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bellwether.errors import BellwetherError
from bellwether.service import (
    Journal,
    JournalTrouble,
    JournalUnavailable,
    RulesSource,
    ServedAnswer,
    SourceKind,
    State,
)

_log = logging.getLogger(__name__)

Repeats = Mapping[str, tuple[int, np.datetime64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingOptions:
    """Times and sizes of writing answers down.

    Parameters
    ----------
    patience_seconds : float, default 0.25
        How long an answer waits for its place in the journal, where nothing else is said.
    retry_seconds : float, default 0.1
        Pause after a failure.
    flush_seconds : float, default 1
        How long repeats are counted in memory only.
    closing_seconds : float, default 5
        How long the end of the process waits for the journal.
    most_at_once : int, default 512
        Answers in one transaction.
    most_waiting : int, default 4096
        Answers held in memory while the journal cannot be written.
    """

    patience_seconds: float = 0.25
    retry_seconds: float = 0.1
    flush_seconds: float = 1.0
    closing_seconds: float = 5.0
    most_at_once: int = 512
    most_waiting: int = 4096


@dataclass(slots=True, eq=False)
class Waiting:
    """An answer on its way into the journal, and who waits for it, on the event loop."""

    served: ServedAnswer
    told: "asyncio.Future[JournalTrouble | None] | None" = None

    @property
    def prediction_id(self) -> str:
        """Id of the answer."""
        return self.served.prediction.prediction_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why something could not be written."""

    reason: JournalTrouble
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of one attempt.

    Parameters
    ----------
    group : sequence of Waiting
        What it was about.
    trouble : Trouble or None
        Why nothing of it was written; it will be tried again, unless it was refused.
    unknown : sequence of str
        Ids of repeats that the journal has no answer for.
    """

    group: Sequence[Waiting] = ()
    trouble: Trouble | None = None
    unknown: Sequence[str] = ()


class JournalWriter:
    """Writes answers down on a thread of its own.

    Parameters
    ----------
    journal : Journal
    rules : RulesSource
        Whose calibration is kept beside the rules' own answers, for their replay.
    options : KeepingOptions
    tell : callable
        Called on the thread with what became of each attempt.

    Notes
    -----
    Treaty. `put`, `count` and `close` may be called from any thread and never wait for the
    journal, `close` excepted. Whatever came in while one transaction ran shares the next one.
    A group that failed because the journal cannot be reached stays at the head of the line and
    is tried again, so that it is in the journal once the cause has gone, whether or not
    anybody still waits for it. An answer that fails by itself, in a journal that works, is
    refused and holds nobody up. The thread starts with the first answer and is no reason for
    the process to stay.
    """

    __slots__ = (
        "_changed",
        "_closing",
        "_journal",
        "_line",
        "_options",
        "_repeats",
        "_rules",
        "_states",
        "_tell",
        "_thread",
    )

    def __init__(
        self,
        journal: Journal,
        rules: RulesSource,
        options: KeepingOptions,
        tell: Callable[[Written], None],
    ) -> None:
        self._journal = journal
        self._rules = rules
        self._options = options
        self._tell = tell
        self._line: deque[Waiting] = deque()
        self._repeats: dict[str, tuple[int, np.datetime64]] = {}
        self._states: set[str] = set()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def n_waiting(self) -> int:
        """Answers in line."""
        return len(self._line)

    def put(self, waiting: Waiting) -> bool:
        """Put an answer in line; whether there was room."""
        with self._changed:
            if len(self._line) >= self._options.most_waiting:
                return False
            self._line.append(waiting)
            self._wake()
        return True

    def count(self, repeats: Repeats) -> None:
        """Have repeats counted in the next transaction."""
        with self._changed:
            self._merge(repeats)
            self._wake()

    def close(self, seconds: float) -> None:
        """Try once more to write what is in line, for some time, and end the thread."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._closing.set()
            self._changed.notify_all()
        if thread is not None:
            thread.join(seconds)
        with self._changed:
            lost = list(self._line)
            self._line.clear()
        tell_lost(lost, "the process ends")

    def _wake(self) -> None:
        if self._thread is None:
            self._closing.clear()
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _merge(self, repeats: Repeats) -> None:
        for key, (times, at) in repeats.items():
            before, earlier = self._repeats.get(key, (0, at))
            self._repeats[key] = (before + times, max(at, earlier))

    def _run(self) -> None:
        while (group := self._take()) is not None:
            is_last_try = self._closing.is_set()
            if (not group or self._write(group)) and self._count():
                continue
            if is_last_try:
                return
            self._closing.wait(self._options.retry_seconds)

    def _take(self) -> list[Waiting] | None:
        """Return the next group, empty where there are repeats only; None at the end."""
        with self._changed:
            while not (self._line or self._repeats):
                if self._closing.is_set():
                    return None
                self._changed.wait()
            n = min(len(self._line), self._options.most_at_once)
            return [self._line.popleft() for _ in range(n)]

    def _write(self, group: Sequence[Waiting]) -> bool:
        """Write a group; whether it is done with."""
        try:
            served = self._with_states(group)
            self._journal.record_many(served)
        except JournalUnavailable as error:
            self._states.clear()  # another journal may come in its place
            with self._changed:
                self._line.extendleft(reversed(group))
            trouble = Trouble(reason=error.trouble, detail=error.was)
            self._tell(Written(group=group, trouble=trouble))
            return False
        except Exception as error:  # noqa: BLE001 - the thread must outlive what it is given
            if len(group) > 1:
                return self._write_each(group)
            refused = Trouble(reason=JournalTrouble.REFUSED, detail=f"{error}"[:200])
            tell_lost(group, refused.detail)
            self._tell(Written(group=group, trouble=refused))
            return True
        self._states.update(str(one.prediction.source.state_digest) for one in served if one.state)
        self._tell(Written(group=group))
        return True

    def _write_each(self, group: Sequence[Waiting]) -> bool:
        """Write a group one by one; whether it is done with."""
        done = [self._write([one]) for one in group]
        return all(done)

    def _count(self) -> bool:
        """Count the repeats there are; whether they are done with."""
        with self._changed:
            repeats, self._repeats = self._repeats, {}
        if not repeats:
            return True
        try:
            unknown = self._journal.count(repeats)
        except JournalUnavailable as error:
            with self._changed:
                self._merge(repeats)
            self._tell(Written(trouble=Trouble(reason=error.trouble, detail=error.was)))
            return False
        except Exception as error:  # noqa: BLE001 - the thread must outlive what it is given
            _log.warning("reason=journal_refused: %d repeats: %s", len(repeats), error)
            return True
        self._tell(Written(unknown=unknown))
        return True

    def _with_states(self, group: Sequence[Waiting]) -> list[ServedAnswer]:
        """Return a group's answers, each state beside the first that rests on it."""
        served = [waiting.served for waiting in group]
        found: set[str | None] = set()
        for place, answer in enumerate(served):
            source = answer.prediction.source
            digest = source.state_digest
            if source.kind is SourceKind.RULES and digest not in self._states | found:
                found.add(digest)
                served[place] = replace(answer, state=self._find_state(digest))
        return served

    def _find_state(self, digest: str | None) -> State | None:
        try:
            manifest = self._rules.load().manifest
        except (BellwetherError, OSError):
            return None
        # Rules that were calibrated anew meanwhile have another one.
        return manifest.state if manifest.state_digest == digest else None


def tell_lost(lost: Iterable[Waiting], why: str) -> None:
    """Log the answers that will never be in the journal."""
    for waiting in lost:
        _log.warning("reason=journal_lacks prediction=%s: %s", waiting.prediction_id, why)
