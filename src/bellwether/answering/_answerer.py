"""The treaty of whoever answers within a time budget."""

from collections.abc import Sequence
from typing import Protocol

from bellwether.service import Prediction, Question

# The rules take well under a fifth of the default budget, 50 ms, on any machine that can serve.
PATIENCE_FRAC = 0.8


class Answerer(Protocol):
    """Answers questions off the event loop, each within a time budget.

    Treaty. `answer` may be awaited by any number of tasks at once, on one running event loop at
    a time. It returns a valid answer within the budget and a few milliseconds, whatever the
    models do: where they are late or gone the rules' answer if it is ready, else HOLD, with the
    reason TIME_BUDGET_EXCEEDED or INFERENCE_PROCESS_DOWN. It raises nothing of its own. Answers
    to questions that were overtaken are dropped. A thread keeps this treaty as long as what
    hangs lets go of the interpreter; a supervised process keeps it always.
    """

    async def get_ready(self) -> None:
        """Wait until models can be asked and those that serve are loaded, but not for ever."""
        ...

    async def answer(self, question: Question) -> Prediction:
        """Return the answer to one question."""
        ...

    async def answer_many(self, questions: Sequence[Question]) -> Sequence[Prediction]:
        """Return the answers to a batch, in its order.

        Notes
        -----
        The batch is cut into slices that take turns with single questions. The time budget
        holds for each slice from when its turn comes, not for the batch.
        """
        ...

    async def warm(self, model_id: str) -> None:
        """Load a registered model beside those that serve: the next question finds it in memory.

        Raises
        ------
        RegistryError
            If there is no such model, or its bundle cannot be loaded; one of its leaves.
        InferenceProcessDown
            If whoever loads models is not there, or not done in time.
        """
        ...

    def find_trouble(self) -> str | None:
        """Return in words why models do not answer at the moment, or None."""
        ...

    def close(self) -> None:
        """Take no more questions. Those under way are answered or dropped."""
        ...
