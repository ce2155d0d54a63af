"""The answerer of one process: one thread for models, one that stands by with the rules."""

import asyncio
from collections.abc import Sequence
from functools import partial

from bellwether.answering._answerer import PATIENCE_FRAC
from bellwether.answering._loading import load_registered
from bellwether.answering._standby import Standby
from bellwether.answering._worker import Job, Worker
from bellwether.service import (
    FallbackReason,
    Fault,
    Prediction,
    PredictOptions,
    PredictPorts,
    Question,
    predict_many,
)

_LATE = FallbackReason.TIME_BUDGET_EXCEEDED
_SLICE = 32


class ThreadAnswerer:
    """Answers on a thread of its own, within a time budget; treaty as `Answerer`.

    Parameters
    ----------
    ports : PredictPorts
    options : PredictOptions
        The horizon is each question's own.
    budget_seconds : float

    Notes
    -----
    Questions wait in line for the one thread that asks models. Where an answer has not come
    after four fifths of the budget, the rules are asked on a second thread; at the end of the
    budget whoever is ready answers, the models first. A question that was overtaken in line is
    never computed. While a model hangs, the questions after it go to the rules at once; when it
    comes back, so do the models.
    """

    __slots__ = ("_budget", "_models", "_options", "_overdue", "_ports", "_standby")

    def __init__(self, ports: PredictPorts, options: PredictOptions, budget_seconds: float) -> None:
        self._ports = ports
        self._options = options
        self._budget = budget_seconds
        self._models = Worker("bellwether-models")
        self._standby = Standby(ports, options)
        self._overdue: Job | None = None

    async def get_ready(self) -> None:
        """Return at once: a thread is always there."""

    async def answer(self, question: Question) -> Prediction:
        """Return the answer to one question."""
        [found] = await self._answer([question])
        return found

    async def answer_many(self, questions: Sequence[Question]) -> Sequence[Prediction]:
        """Return the answers to a batch, in its order, a slice after the other."""
        found: list[Prediction] = []
        for first in range(0, len(questions), _SLICE):
            found += await self._answer(questions[first : first + _SLICE])
        return found

    async def warm(self, model_id: str) -> None:
        """Load a registered model, on a third thread."""
        await asyncio.to_thread(load_registered, self._ports, model_id)

    def find_trouble(self) -> str | None:
        """Return in words why models do not answer at the moment, or None."""
        if self._overdue is None or self._overdue.is_over:
            self._overdue = None
            return None
        return f"an answer is not ready after {self._budget:g} s, and is still waited for"

    def close(self) -> None:
        """Take no more questions; what is under way goes on until it is done."""
        self._models.close()
        self._standby.close()

    async def _answer(self, questions: Sequence[Question]) -> Sequence[Prediction]:
        if self.find_trouble() is not None:
            busy = Fault(reason=_LATE, detail="a model is still busy with an earlier question")
            return await self._standby.answer(questions, busy, self._budget)
        work = partial(predict_many, questions, ports=self._ports, options=self._options)
        models = self._models.submit(work)
        if await models.wait(self._budget * PATIENCE_FRAC):
            return models.answers.result()
        standby = self._standby.ask(questions)
        if await models.wait(self._budget * (1.0 - PATIENCE_FRAC)):
            standby.claim()
            return models.answers.result()
        # Still in line: it is dropped. Under way: it counts as hanging until it is done.
        if not models.claim():
            self._overdue = models
        late = Fault(reason=_LATE, detail=f"not ready after {self._budget:g} s")
        return self._standby.settle(questions, standby, late)
