"""One fit of one family: what goes in, what comes out, and the key it is remembered by."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import FloatArray, IntArray
from bellwether.features import Scaling
from bellwether.hashing import digest_json
from bellwether.models import Family, FittedModel, TrainingData, make_family
from bellwether.samples import Samples
from bellwether.validation._learning import LearningPlan, make_targets, weigh_rows
from bellwether.validation._permuting import forecast_permuted
from bellwether.validation._plan import Changes, freeze_changes

FINAL_FOLD = -1
MODEL_PREFIX = "model/"
IMPORTANCE = "importance/forecast"

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
FitProgress: TypeAlias = Callable[["FitTask", float], None]
Outcomes: TypeAlias = Generator[tuple["FitTask", Arrays], None, None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitTask:
    """One fit that a walk-forward asks for.

    Parameters
    ----------
    family, preset : str
        What is fitted, with which named options.
    seed : int
    fold : int
        Number of the fold, oldest 0; FINAL_FOLD for the fit on the whole history.
    train, validation, predict : int64 arrays
        Rows of the samples fitted on, stopped by, and forecast.
    key : str
        Digest of everything that decides the outcome.
    changes : tuple of (str, value)
        Options that differ from the preset.
    learning : LearningPlan
        What is learned of each row, and how much it counts.
    importance : bool, default False
        Whether the rows are also forecast without each feature.
    """

    family: str
    preset: str
    seed: int
    fold: int
    train: IntArray
    validation: IntArray
    predict: IntArray
    key: str
    changes: Changes = ()
    learning: LearningPlan = field(default_factory=LearningPlan)
    importance: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", freeze_changes(self.changes))

    def make_family(self) -> Family:
        """Return the family ready to fit."""
        return make_family(self.family, preset=self.preset, changes=dict(self.changes))

    def with_changes(self, changes: Changes) -> "FitTask":
        """Return the same fit with some options changed."""
        changed = replace(self, changes=freeze_changes({**dict(self.changes), **dict(changes)}))
        digest = changed.make_family().options.digest
        if digest == self.make_family().options.digest:
            return self
        return replace(changed, key=digest_json(["changes", self.key, digest]))

    def as_trial(self, changes: Changes) -> "FitTask":
        """Return the same fit with some options changed, forecasting nothing out of sample."""
        changed = self.with_changes(changes)
        key = digest_json(["trial", changed.key])
        return replace(changed, predict=np.empty(0, dtype=np.int64), key=key)


class FitRunner(Protocol):
    """Carries out fits, wherever and in whatever order.

    Treaty: every task's outcome is yielded exactly once, in any order. `progress` is called
    from the caller's thread with the share of a task that is done. A runner may remember
    outcomes by `key`; what it returns equals what `run_fit` returns, bit for bit on one
    machine. Closing the generator stops the work and loses no finished fit.
    """

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        """Yield each task with its outcome."""
        ...


def run_fit(
    samples: Samples, task: FitTask, progress: Callable[[float], None] | None = None
) -> dict[str, NDArray[Any]]:
    """Fit one family on one fold and forecast what comes after.

    Parameters
    ----------
    samples : Samples
    task : FitTask
    progress : callable, optional
        Called with the share of the epochs done, 0 to 1.

    Returns
    -------
    outcome : dict of arrays
        "forecast" float64 (n_predict,) volatility-scaled returns in the order of
        `task.predict`; "warm" float64 (n_validation,) the same for the validation rows;
        "center" and "scale" float64 (n_features,) of the scaling; where it is asked for,
        "importance/forecast" float32 (n_features, n_predict), as `forecast_permuted`; and for
        the final fit the model's own arrays under "model/".

    Notes
    -----
    Knows: scaling and model see training rows; early stopping sees validation rows; nothing
    sees a row to be forecast.
    """
    family = task.make_family()
    scaling = Scaling.fit(samples.features[task.train])

    def data(rows: IntArray) -> TrainingData:
        return TrainingData(
            windows=scaling.transform(samples.windows(rows, family.n_steps)),
            target=make_targets(samples, rows, task.learning).astype(np.float32),
            weight=weigh_rows(samples, rows, task.learning).astype(np.float32),
            scaling=scaling,
        )

    def report(n_done: int, n_total: int, _note: str) -> None:
        if progress is not None:
            progress(n_done / n_total)

    fitted = family.fit(data(task.train), data(task.validation), task.seed, report)
    outcome: dict[str, NDArray[Any]] = {
        "forecast": forecast_rows(samples, scaling, fitted, family.n_steps, task.predict),
        "warm": forecast_rows(samples, scaling, fitted, family.n_steps, task.validation),
        "center": scaling.center,
        "scale": scaling.scale,
    }
    if task.importance and len(task.predict):
        rows, seed = (task.train, task.predict), (task.seed, task.fold)
        outcome[IMPORTANCE] = forecast_permuted(samples, scaling, fitted, rows, seed)
    if task.fold == FINAL_FOLD:
        outcome |= {MODEL_PREFIX + name: array for name, array in fitted.arrays().items()}
    return outcome


def forecast_rows(
    samples: Samples, scaling: Scaling, fitted: FittedModel, n_steps: int, rows: IntArray
) -> FloatArray:
    """Return a fitted model's forecasts for some rows, float64 of shape (n_rows,)."""
    if not len(rows):
        return np.empty(0)
    return fitted.predict(scaling.transform(samples.windows(rows, n_steps)))


class InlineFitRunner:
    """Runs every fit here and now, and remembers nothing: for studies and tests."""

    __slots__ = ()

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        """Yield each task with its outcome, in order."""
        for task in tasks:
            outcome = run_fit(samples, task, lambda share, task=task: progress(task, share))  # type: ignore[misc]
            progress(task, 1.0)
            yield task, outcome
