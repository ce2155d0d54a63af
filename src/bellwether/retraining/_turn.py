"""Turn: what a step is taken with, and how it is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bellwether.monitor import Standing
from bellwether.registry import ModelRecord, Serving, Stage
from bellwether.retraining._options import RetrainingOptions
from bellwether.retraining._ports import RetrainingPorts, StillHeld
from bellwether.retraining._run import Run
from bellwether.retraining._steps import ChainStep, Step

STANDINGS = "standing/"
_MOST_LETTERS = 500
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the next step of a retraining is taken with.

    Parameters
    ----------
    ports : RetrainingPorts
    options : RetrainingOptions
    now : numpy.datetime64
        UTC.
    runs : tuple of Run
        Every retraining of the market.
    still_held : callable
        Whether this process still may.
    """

    ports: RetrainingPorts
    options: RetrainingOptions
    now: np.datetime64
    runs: tuple[Run, ...]
    still_held: StillHeld

    def take(
        self, run: Run, step: Step, words: str, facts: Mapping[str, Any] | None = None
    ) -> ChainStep:
        """Return a step of a run, to be noted."""
        return ChainStep(
            market=run.market,
            run_id=run.run_id,
            step=step,
            at=self.now,
            words=words,
            facts={} if facts is None else facts,
        )

    def serving(self, run: Run) -> Serving:
        """Return who serves the market of a run."""
        return self.ports.registry.serving(run.market)

    def challenger(self, run: Run) -> ModelRecord:
        """Return the model that a run has made."""
        if run.challenger is None:
            raise AssertionError("it has passed the gate")
        return self.ports.registry.get(run.challenger)

    def standing(self, model_id: str) -> Standing | None:
        """Return what is thought of a model, where anybody watches it."""
        kept = self.ports.checkpoints.load(STANDINGS + model_id)
        return None if kept is None else Standing.from_json(kept.content)

    def is_red(self, model_id: str) -> bool:
        """Whether a model is known to have lost what it had."""
        standing = self.standing(model_id)
        return standing is not None and standing.condition == "red"

    def is_aged(self, record: ModelRecord) -> bool:
        """Whether a model is too old to answer."""
        return float((self.now - record.trained_at) / _DAY) >= self.options.most_age_days

    def is_ageing(self, record: ModelRecord) -> bool:
        """Whether a model is so old that another one is due in its place."""
        return float((self.now - record.trained_at) / _DAY) >= self.options.policy.most_age_days

    def clear_away(self) -> None:
        """Retire the challengers of retrainings that have ended without a promotion.

        Their ends are noted before: a process that dies in between leaves this to the next.
        """
        waiting = {run.challenger for run in self.runs if run.is_open}
        for run in self.runs:
            model_id = run.challenger
            if run.is_open or model_id is None or model_id in waiting:
                continue
            if self.ports.registry.get(model_id).stage is Stage.CANDIDATE:
                reason = f"retraining {run.run_id} {run.step}: {run.last.words}"
                self.ports.registry.retire(model_id, reason=reason[:_MOST_LETTERS])


Move = Callable[[Run, Turn], tuple[ChainStep, ...]]
"""Does what a step asks for and returns what is to be noted; nothing where there is to wait.

Whatever it changes may have been changed by an earlier process that died before it took note.
"""


def find_champion_change(run: Run, serving: Serving) -> str | None:
    """Return in words how the champion is another than the one that was challenged, or None."""
    now = None if serving.champion is None else serving.champion.model_id
    if now == run.champion:
        return None
    return f"{now or 'nobody'} serves now, where it was {run.champion or 'nobody'}"
