"""Traffic with the inference process: who waits in line, and what is under way.

Questions are not held back to make batches: whatever came while the process was busy goes
across together. Two batches may be under way, so that the process finds the next one when it
is done with the one before. Slices of large batches take turns with single questions.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bellwether.answering._errors import Rubbish
from bellwether.answering._wire import Answers, Batch, CalendarSender, Columns, pack_columns
from bellwether.service import FallbackReason, Fault, Prediction, Question

_Sleeper: TypeAlias = "asyncio.Future[None]"
_MOST_UNDER_WAY = 2


class Waiting:
    """Questions that are answered together, and whoever waits for the answers.

    Parameters
    ----------
    questions : sequence of Question
    loop : asyncio.AbstractEventLoop
    is_bulk : bool
        Whether it is a slice of a large batch.
    """

    __slots__ = (
        "_loop", "_sleeper", "answers", "asked_at", "columns", "fault", "is_bulk", "is_dropped",
        "questions", "sent_at",
    )  # fmt: skip

    def __init__(
        self, questions: Sequence[Question], loop: asyncio.AbstractEventLoop, *, is_bulk: bool
    ) -> None:
        self.questions = questions
        self.is_bulk = is_bulk
        self.asked_at = loop.time()
        self.sent_at: float | None = None
        self.columns: Sequence[Columns] = ()
        self.answers: Sequence[Prediction] | None = None
        self.fault: Fault | None = None
        self.is_dropped = False
        self._loop = loop
        self._sleeper: _Sleeper | None = None

    def is_settled(self) -> bool:
        """Return whether there are answers, or a fault."""
        return self.answers is not None or self.fault is not None

    def find_fault(self) -> Fault | None:
        """Return why there will be no answers, or None."""
        return self.fault

    def pack(self) -> bool:
        """Make the questions ready to cross; whether they can, or there is a fault instead."""
        try:
            self.columns = [pack_columns(question) for question in self.questions]
        except (TypeError, ValueError) as error:
            self.settle(Fault(reason=FallbackReason.SERVICE_FAILED, detail=f"{error}"[:300]))
            return False
        return True

    def receive(self, answers: Sequence[Prediction]) -> None:
        """Take the answers and let whoever waits look.

        Raises
        ------
        Rubbish
            If they are answers to other questions.
        """
        for question, answer in zip(self.questions, answers, strict=True):
            if (question.symbol, question.horizon_bars) != (answer.symbol, answer.horizon_bars):
                raise Rubbish(f"an answer about {answer.symbol!r} to another question")
        self.answers = answers
        self.wake()

    def settle(self, fault: Fault) -> None:
        """Take it that there will be no answers, unless there are, and why."""
        if not self.is_settled():
            self.fault = fault
            self.wake()

    def wake(self) -> None:
        """Let whoever waits look again."""
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    async def wait_turn(self) -> None:
        """Wait until the questions are sent, or settled without."""
        while self.sent_at is None and not self.is_settled():
            await self._sleep(None)

    async def wait(self, until: float) -> Sequence[Prediction] | None:
        """Wait until the questions are settled, at most until an instant; return the answers."""
        while not self.is_settled() and (left := until - self._loop.time()) > 0.0:
            await self._sleep(left)
        return self.answers

    async def _sleep(self, seconds: float | None) -> None:
        self._sleeper = self._loop.create_future()
        alarm = None if seconds is None else self._loop.call_later(seconds, self.wake)
        try:
            await self._sleeper
        finally:
            if alarm is not None:
                alarm.cancel()


@dataclass(slots=True)
class _Flight:
    number: int
    parties: list[Waiting]
    is_bulk: bool

    @property
    def n_questions(self) -> int:
        return sum(len(party.questions) for party in self.parties)


@dataclass(frozen=True, slots=True)
class _Link:
    loop: asyncio.AbstractEventLoop
    send: Callable[[Batch], None]


class Traffic:
    """The lines of those who wait and the batches under way, on one event loop.

    Parameters
    ----------
    most_questions : int
        In a batch of single questions.
    """

    def __init__(self, most_questions: int) -> None:
        self._most_questions = most_questions
        self._singles: deque[Waiting] = deque()
        self._slices: deque[Waiting] = deque()
        self._flights: deque[_Flight] = deque()
        self._calendars = CalendarSender()
        self._link: _Link | None = None
        self._is_fill_due = False
        self._number = 0
        self.head_since = float("-inf")
        self.heard_at = float("-inf")
        self.is_late = False

    @property
    def is_under_way(self) -> bool:
        """Whether the process owes an answer."""
        return bool(self._flights)

    @property
    def n_waiting(self) -> int:
        """Questions in line, and those under way."""
        lines = (*self._singles, *self._slices)
        waiting = sum(len(party.questions) for party in lines if not party.is_dropped)
        return waiting + sum(flight.n_questions for flight in self._flights)

    def open(self, loop: asyncio.AbstractEventLoop, send: Callable[[Batch], None]) -> None:
        """Send to a process from now on."""
        self._link = _Link(loop, send)
        self._calendars = CalendarSender()
        self.heard_at = loop.time()
        self.is_late = False
        self._fill(self._link)

    def close(self, fault: Fault) -> None:
        """Send nothing more; everybody who waits is told why."""
        self._link = None
        for flight in self._flights:
            for party in flight.parties:
                party.settle(fault)
        self._flights.clear()
        self._tell_line(fault)
        self.is_late = False

    def add(self, party: Waiting) -> None:
        """Put questions in line; they are sent when the event loop has heard everybody."""
        (self._slices if party.is_bulk else self._singles).append(party)
        if not self._is_fill_due and self._link is not None:
            self._is_fill_due = True
            self._link.loop.call_soon(self._fill, self._link)

    def beat(self) -> None:
        """Ask for a sign of life."""
        if self._link is not None:
            self._fly(self._link, [], is_bulk=False)

    def note_late(self, fault: Fault) -> None:
        """Tell those in line that what is under way is late; sent are they no more."""
        self.is_late = True
        self._tell_line(fault)

    def land(self, answers: Answers) -> None:
        """Give out answers.

        Raises
        ------
        Rubbish
            If they are not those of the batch that is due.
        """
        flight = self._flights[0] if self._flights else None
        found = (answers.number, len(answers.predictions))
        if flight is None or self._link is None or (flight.number, flight.n_questions) != found:
            raise Rubbish("answers that nobody waits for")
        self._flights.popleft()
        self.head_since = self.heard_at = self._link.loop.time()
        self.is_late = False
        first = 0
        for party in flight.parties:
            end = first + len(party.questions)
            party.receive(answers.predictions[first:end])
            first = end
        self._fill(self._link)

    def _fill(self, link: _Link) -> None:
        self._is_fill_due = False
        while self._link is link and len(self._flights) < _MOST_UNDER_WAY:
            party = self._next_slice()
            parties = [party] if party is not None else self._next_singles()
            if not parties:
                return
            self._fly(link, parties, is_bulk=party is not None)

    def _next_slice(self) -> Waiting | None:
        was_slice = bool(self._flights) and self._flights[-1].is_bulk
        while self._slices and not (was_slice and self._singles):
            party = self._slices.popleft()
            if not party.is_dropped and party.pack():
                return party
        return None

    def _next_singles(self) -> list[Waiting]:
        found: list[Waiting] = []
        while self._singles and len(found) < self._most_questions:
            party = self._singles.popleft()
            if not party.is_dropped and party.pack():
                found.append(party)
        return found

    def _fly(self, link: _Link, parties: list[Waiting], *, is_bulk: bool) -> None:
        now = link.loop.time()
        if not self._flights:
            self.head_since = now
        self._number += 1
        self._flights.append(_Flight(self._number, parties, is_bulk))
        questions = [question for party in parties for question in party.questions]
        columns = [packed for party in parties for packed in party.columns]
        link.send(self._calendars.pack(self._number, questions, columns))
        for party in parties:
            party.sent_at = now
            if is_bulk:
                party.wake()

    def _tell_line(self, fault: Fault) -> None:
        for party in (*self._singles, *self._slices):
            party.settle(fault)
        self._singles.clear()
        self._slices.clear()
