"""The answerer of one process: one thread for models, one that stands by with the rules."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from bellwether.answering._late import hold_late, label_late
from bellwether.service import Prediction, PredictOptions, PredictPorts, Question, predict_columns

# The rules take well under a fifth of the default budget, 50 ms, on any machine that can serve.
PATIENCE_FRAC = 0.8

_Work: TypeAlias = Callable[[], Prediction]
_Awaited: TypeAlias = "asyncio.Future[Prediction]"


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
        self._models = _Worker("bellwether-models")
        self._standby = _Worker("bellwether-standby")
        self._overdue: _Job | None = None

    async def answer(self, question: Question) -> Prediction:
        """Return the answer to one question."""
        options = replace(self._options, horizon_bars=question.horizon_bars)
        if self.find_trouble() is not None:
            standby = self._ask_rules(question, options)
            await standby.wait(self._budget)
            return self._settle(question, standby, "a model is still busy with an earlier question")
        models = self._models.submit(lambda: self._predict(question, options))
        if await models.wait(self._budget * PATIENCE_FRAC):
            return models.answer.result()
        standby = self._ask_rules(question, options)
        if await models.wait(self._budget * (1.0 - PATIENCE_FRAC)):
            standby.claim()
            return models.answer.result()
        # Still in line: it is dropped. Under way: it counts as hanging until it is done.
        if not models.claim():
            self._overdue = models
        return self._settle(question, standby, f"not ready after {self._budget:g} s")

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

    def _ask_rules(self, question: Question, options: PredictOptions) -> "_Job":
        rules_only = replace(options, models_enabled=False)
        return self._standby.submit(lambda: self._predict(question, rules_only))

    def _predict(self, question: Question, options: PredictOptions) -> Prediction:
        return predict_columns(
            question.columns,
            symbol=question.symbol,
            interval=question.interval,
            ports=self._ports,
            calendar=question.calendar,
            options=options,
        )

    def _settle(self, question: Question, standby: "_Job", detail: str) -> Prediction:
        if not standby.answer.done():
            standby.claim()
            return hold_late(question, detail)
        if not self._options.models_enabled:
            return standby.answer.result()
        return label_late(standby.answer.result(), detail)


class _Job:
    """One piece of work on its way through a worker's line, and its answer on the event loop."""

    __slots__ = ("_claimed", "_loop", "_work", "answer", "is_over")

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._claimed = threading.Lock()
        self.answer: _Awaited = self._loop.create_future()
        self.is_over = False

    def claim(self) -> bool:
        """Take the job, to run it or to drop it; only the first who tries gets it."""
        return self._claimed.acquire(blocking=False)

    async def wait(self, seconds: float) -> bool:
        """Wait for the answer without giving it up; whether it is there."""
        done, _ = await asyncio.wait({self.answer}, timeout=seconds)
        return bool(done)

    def run(self) -> None:
        """Do the work, on the worker's thread, unless the job was dropped."""
        if not self.claim():
            return
        found: Prediction | Exception
        try:
            found = self._work()
        except Exception as error:  # noqa: BLE001 - the thread must outlive what it runs
            found = error
        self.is_over = True
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(self._deliver, found)

    def _deliver(self, found: Prediction | Exception) -> None:
        if isinstance(found, Exception):
            self.answer.set_exception(found)
        else:
            self.answer.set_result(found)


class _Worker:
    """One daemon thread and its line of jobs; a hang never keeps the process from ending."""

    __slots__ = ("_guard", "_line", "_name", "_thread")

    def __init__(self, name: str) -> None:
        self._name = name
        self._line: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: _Work) -> _Job:
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        job = _Job(work)
        self._line.put(job)
        return job

    def close(self) -> None:
        self._line.put(None)

    def _run(self) -> None:
        while (job := self._line.get()) is not None:
            job.run()
