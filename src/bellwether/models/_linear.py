"""The linear floors as families: ridge and logistic regression in closed or nearly closed form."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models._errors import UnreadableModel
from bellwether.models._model import ModelArrays, Progress, TrainingData, last_steps
from bellwether.models._options import LogisticOptions, RidgeOptions
from bellwether.models._regression import LOG_ODDS_PER_CORRELATION, fit_logistic, fit_ridge

_STORED = ("coefficients", "intercept")


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeFamily:
    """Least squares on the features of the row's own bar, shrunk by what is believable.

    Parameters
    ----------
    options : RidgeOptions

    Notes
    -----
    The penalty is a prior: coefficients are drawn so that the whole forecast has the stated
    correlation with the outcome. Nothing is chosen on the validation rows.
    """

    options: RidgeOptions
    name: str = RidgeOptions.FAMILY
    n_steps: int = 1
    least_rows: int = 63

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        progress: Progress | None = None,
    ) -> "LinearModel":
        """Solve for the coefficients."""
        centre, rows, weight = _centred(train)
        noise_for_signal = 1.0 / self.options.prior_information_coefficient**2 - 1.0
        penalty = _penalty(rows, weight, noise_for_signal)
        target = train.target.astype(np.float64) - train.target_mean
        coefficients = fit_ridge(rows, target, weight, penalty)
        _report(progress)
        intercept = train.target_mean - float(centre @ coefficients)
        return _linear_model(self.name, coefficients, intercept)

    def restore(self, arrays: ModelArrays) -> "LinearModel":
        """Read stored coefficients back."""
        return _restored(self.name, arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticFamily:
    """Log odds of a rise, linear in the features of the row's own bar, shrunk as in `RidgeFamily`.

    Parameters
    ----------
    options : LogisticOptions

    Notes
    -----
    Rows whose target is zero neither rose nor fell and are left out.
    """

    options: LogisticOptions
    name: str = LogisticOptions.FAMILY
    n_steps: int = 1
    least_rows: int = 63

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        progress: Progress | None = None,
    ) -> "LinearModel":
        """Solve for the coefficients."""
        centre, rows, weight = _centred(train)
        slope = LOG_ODDS_PER_CORRELATION * self.options.prior_information_coefficient
        penalty = np.append(_penalty(rows, weight, 1.0 / slope**2), 1.0)
        design = np.column_stack([rows, np.ones(len(rows))])
        rose = (train.target > 0.0).astype(np.float64)
        solved = fit_logistic(design, rose, weight * (train.target != 0.0), penalty)
        _report(progress)
        return _linear_model(self.name, solved[:-1], float(solved[-1] - centre @ solved[:-1]))

    def restore(self, arrays: ModelArrays) -> "LinearModel":
        """Read stored coefficients back."""
        return _restored(self.name, arrays)


class LinearModel:
    """A weighted sum of the last step's features.

    Parameters
    ----------
    family : str
    coefficients : float32 array of shape (n_features,)
    intercept : float
    """

    __slots__ = ("_coefficients", "_intercept", "family")

    n_steps = 1
    n_epochs = 1
    best_epoch = 1

    def __init__(self, *, family: str, coefficients: Float32Array, intercept: np.float32) -> None:
        self.family = family
        self._coefficients = np.array(coefficients, dtype=np.float32)
        self._coefficients.flags.writeable = False
        self._intercept = np.float32(intercept)

    @property
    def n_features(self) -> int:
        """Features it reads."""
        return len(self._coefficients)

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the forecasts, float64 of shape (n_rows,), of the windows' last step."""
        rows = last_steps(windows, 1, self.n_features)[:, 0, :]
        return rows.astype(np.float64) @ self._coefficients + float(self._intercept)

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append the sum to a graph and return its forecasts' tensor."""
        rows = graph.node("Gather", windows, graph.constant(np.array(-1, dtype=np.int64)), axis=1)
        product = graph.node("MatMul", rows, graph.constant(self._coefficients))
        return graph.node("Add", product, graph.constant(np.array(self._intercept)))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return coefficients and intercept."""
        return {"coefficients": self._coefficients, "intercept": np.array(self._intercept)}


def _centred(train: TrainingData) -> tuple[FloatArray, FloatArray, FloatArray]:
    rows = train.windows[:, -1, :].astype(np.float64)
    weight = train.weight.astype(np.float64)
    centre = np.average(rows, axis=0, weights=weight)
    return centre, rows - centre, weight / weight.mean()


def _penalty(rows: FloatArray, weight: FloatArray, noise_for_signal: float) -> FloatArray:
    """Return the prior's weight per feature: its variance shared evenly among all features."""
    variance = np.average(rows**2, axis=0, weights=weight)
    mean_variance = max(float(variance.mean()), np.finfo(np.float64).tiny)
    return np.full(rows.shape[1], rows.shape[1] * noise_for_signal * mean_variance)


def _linear_model(family: str, coefficients: FloatArray, intercept: float) -> LinearModel:
    return LinearModel(
        family=family,
        coefficients=coefficients.astype(np.float32),
        intercept=np.float32(intercept),
    )


def _restored(family: str, arrays: ModelArrays) -> LinearModel:
    missing = set(_STORED) - set(arrays)
    if missing or arrays["coefficients"].ndim != 1 or arrays["intercept"].size != 1:
        raise UnreadableModel(family, "coefficients and an intercept", "something else")
    return LinearModel(
        family=family,
        coefficients=arrays["coefficients"],
        intercept=np.float32(arrays["intercept"].item()),
    )


def _report(progress: Progress | None) -> None:
    if progress is not None:
        progress(1, 1, "solved")
