"""The answerer that outlives whatever models do: inference in a supervised process."""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

from bellwether.answering._answerer import PATIENCE_FRAC
from bellwether.answering._launch import Launched
from bellwether.answering._options import ChildOptions
from bellwether.answering._standby import Standby
from bellwether.answering._supervisor import Supervisor
from bellwether.answering._traffic import Traffic, Waiting
from bellwether.answering._wire import Start
from bellwether.errors import BellwetherError
from bellwether.service import (
    FallbackReason,
    Fault,
    Prediction,
    PredictOptions,
    PredictPorts,
    Question,
)

_LATE = FallbackReason.TIME_BUDGET_EXCEEDED
OPEN_PORTS = "bellwether.adapters:open_predict_ports"


class ChildAnswerer:
    """Answers by a process of its own, watched and replaced; treaty as `Answerer`.

    Parameters
    ----------
    ports : PredictPorts
        For the rules, which stand by in this process. Models are touched in the other only.
    options : PredictOptions
        The horizon is each question's own.
    arguments : mapping of str to JSON values
        What the process makes its own ports from: keyword arguments of `maker`.
    limits : ChildOptions, optional
    launched : Launched, optional
        The first process, if it was launched before.
    maker : str, default "bellwether.adapters:open_predict_ports"
        "module:function" that returns `PredictPorts`; called in the process.

    Notes
    -----
    The process begins when this is made. Questions that come while it is busy cross together.
    Where an answer has not come after four fifths of the budget the rules are asked as well, and
    at the end of the budget whoever is ready answers, the models first. While the process hangs
    or starts, the rules are asked at once.

    Cost: a question crosses and comes back in about 0.1 ms beside its computation; a process
    that was lost is back within a second or so.
    """

    __slots__ = (
        "_budget", "_bulk", "_limits", "_loop", "_standby", "_supervisor", "_traffic",
    )  # fmt: skip

    def __init__(
        self,
        ports: PredictPorts,
        options: PredictOptions,
        arguments: Mapping[str, Any],
        limits: ChildOptions | None = None,
        *,
        launched: Launched | None = None,
        maker: str = OPEN_PORTS,
    ) -> None:
        self._limits = limits or ChildOptions()
        self._budget = self._limits.budget_seconds
        self._standby = Standby(ports, options)
        self._traffic = Traffic(self._limits.batch_questions)
        start = Start(
            maker=maker,
            arguments=dict(arguments),
            options=options,
            memory_bytes=self._limits.memory_bytes,
            parent=os.getpid(),
        )
        self._supervisor = Supervisor(start, self._limits, self._traffic, launched)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bulk = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """Number of the process, where there is one at the moment."""
        return self._supervisor.pid

    @property
    def n_waiting(self) -> int:
        """Questions in line for the process, or under way there."""
        return self._traffic.n_waiting

    @property
    def n_restarts(self) -> int:
        """How often the process had to be replaced."""
        return self._supervisor.n_restarts

    async def get_ready(self) -> None:
        """Wait until the process has loaded the models that serve, but not for ever."""
        self._attend()
        if await self._supervisor.wait_ready(self._limits.start_seconds):
            with contextlib.suppress(BellwetherError):  # their questions will say it again
                await self._supervisor.warm(None, self._limits.load_seconds)

    async def answer(self, question: Question) -> Prediction:
        """Return the answer to one question."""
        [found] = await self._answer(Waiting([question], self._attend(), is_bulk=False))
        return found

    async def answer_many(self, questions: Sequence[Question]) -> Sequence[Prediction]:
        """Return the answers to a batch, in its order."""
        loop, size = self._attend(), self._limits.batch_questions
        slices = [questions[first : first + size] for first in range(0, len(questions), size)]
        parties = [Waiting(one, loop, is_bulk=True) for one in slices]
        found = await asyncio.gather(*(self._answer(party) for party in parties))
        return [answer for answers in found for answer in answers]

    async def warm(self, model_id: str) -> None:
        """Load a registered model in the process, aside."""
        self._attend()
        await self._supervisor.warm(model_id, self._limits.load_seconds)

    def find_trouble(self) -> str | None:
        """Return in words why models do not answer at the moment, or None."""
        fault = self._find_fault()
        return None if fault is None else fault.detail

    def close(self) -> None:
        """End the process. Questions under way are answered by the rules."""
        self._supervisor.close()
        self._standby.close()

    def _attend(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._supervisor.attach(loop)
            self._standby.warm()
        return loop

    def _find_fault(self) -> Fault | None:
        if not self._supervisor.is_ready:
            return self._supervisor.fault()
        if self._traffic.is_late:
            return Fault(reason=_LATE, detail="a model is still busy with an earlier question")
        return None

    async def _answer(self, party: Waiting) -> Sequence[Prediction]:
        fault = self._find_fault()
        if fault is not None:
            return await self._fall_back(party, fault, self._budget)
        self._traffic.add(party)
        try:
            if party.is_bulk:
                await party.wait_turn()
            return await self._await_models(party)
        finally:
            party.is_dropped = True

    async def _await_models(self, party: Waiting) -> Sequence[Prediction]:
        loop = asyncio.get_running_loop()
        begun = party.asked_at if not party.is_bulk else party.sent_at or loop.time()
        until = begun + self._budget
        found = await party.wait(begun + PATIENCE_FRAC * self._budget)
        if found is not None:
            return found
        if (fault := party.find_fault()) is not None:
            return await self._fall_back(party, fault, until - loop.time())
        standby = self._standby.ask(party.questions)
        found = await party.wait(until)
        if found is not None:
            standby.claim()
            return found
        await standby.wait(until - loop.time())
        fault = party.find_fault() or self._note_late(party, loop.time())
        return self._standby.settle(party.questions, standby, fault)

    async def _fall_back(
        self, party: Waiting, fault: Fault, seconds: float
    ) -> Sequence[Prediction]:
        if not party.is_bulk:
            return await self._standby.answer(party.questions, fault, seconds)
        async with self._bulk:  # each slice has the whole budget when its turn comes
            return await self._standby.answer(party.questions, fault, self._budget)

    def _note_late(self, party: Waiting, now: float) -> Fault:
        fault = Fault(reason=_LATE, detail=f"not ready after {self._budget:g} s")
        # Where batches come back all the while there is too much to do, and nothing hangs.
        if party.sent_at is not None and now - self._traffic.head_since > self._budget / 2.0:
            self._traffic.note_late(fault)
        return fault
