"""Who stands by for the models: the rules on a thread of this process, and HOLD behind them."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bellwether.answering._late import hold, label_rules
from bellwether.answering._worker import Job, Worker
from bellwether.errors import BellwetherError
from bellwether.service import (
    Fault,
    Prediction,
    PredictOptions,
    PredictPorts,
    Question,
    predict_many,
)


class Standby:
    """Answers in place of models: the rules where they are ready in time, else HOLD.

    Parameters
    ----------
    ports : PredictPorts
        Only rules and clock are used.
    options : PredictOptions

    Notes
    -----
    It touches neither registry nor bundles, so that nothing that befalls those can befall it.
    """

    __slots__ = ("_models_enabled", "_options", "_ports", "_worker")

    def __init__(self, ports: PredictPorts, options: PredictOptions) -> None:
        self._ports = ports
        self._options = replace(options, models_enabled=False)
        self._models_enabled = options.models_enabled
        self._worker = Worker("bellwether-standby")

    def warm(self) -> None:
        """Have the rules in memory before they are needed."""
        self._worker.submit(self._load)

    def ask(self, questions: Sequence[Question]) -> Job:
        """Ask the rules, just in case; see `settle`."""
        work = partial(predict_many, questions, ports=self._ports, options=self._options)
        return self._worker.submit(work)

    def settle(self, questions: Sequence[Question], job: Job, fault: Fault) -> Sequence[Prediction]:
        """Return what there is now: the rules' answers, or HOLD, with the fault as the reason.

        Parameters
        ----------
        questions : sequence of Question
        job : Job
            As `ask` returned it.
        fault : Fault
            Why models did not answer.
        """
        if not job.answers.done():
            job.claim()
            return [hold(question, fault) for question in questions]
        if not self._models_enabled:
            return job.answers.result()
        return [label_rules(answer, fault) for answer in job.answers.result()]

    async def answer(
        self, questions: Sequence[Question], fault: Fault, seconds: float
    ) -> Sequence[Prediction]:
        """Answer in place of models, within some seconds."""
        job = self.ask(questions)
        await job.wait(seconds)
        return self.settle(questions, job, fault)

    def close(self) -> None:
        """Take no more questions; what is under way goes on until it is done."""
        self._worker.close()

    def _load(self) -> Sequence[Prediction]:
        # Rules that cannot be loaded say so in their answers.
        with contextlib.suppress(BellwetherError, OSError):
            self._ports.rules.load()
        return ()
