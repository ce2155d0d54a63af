"""The treaty of whoever answers within a time budget."""

from typing import Protocol

from bellwether.service import Prediction, Question


class Answerer(Protocol):
    """Answers questions off the event loop, each within a time budget.

    Treaty. `answer` may be awaited by any number of tasks at once and on any event loop. It
    returns a valid answer within the budget and a few milliseconds, whatever the models do:
    where they are late the rules' answer if it is ready, else HOLD, with the reason
    TIME_BUDGET_EXCEEDED. It raises nothing of its own. Answers to questions that were
    overtaken are dropped. A thread keeps this treaty as long as what hangs lets go of the
    interpreter; a supervised process keeps it always.
    """

    async def answer(self, question: Question) -> Prediction:
        """Return the answer to one question."""
        ...

    def find_trouble(self) -> str | None:
        """Return in words why models do not answer at the moment, or None."""
        ...

    def close(self) -> None:
        """Take no more questions. Those under way are answered or dropped."""
        ...
