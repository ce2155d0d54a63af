"""SklearnFamily: estimators of scikit-learn's kind, fitted here and kept as a graph."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bellwether.arrays import Float32Array, FloatArray
from bellwether.models._brought_graph import rewrite_brought
from bellwether.models._brought_model import BroughtModel, restore_brought
from bellwether.models._brought_options import BroughtOptions
from bellwether.models._errors import UnexportableModel, UnusableFactory
from bellwether.models._estimator_graph import estimator_graph
from bellwether.models._model import ModelArrays, Progress, TrainingData, last_steps

# Between what an estimator says and what its graph says, in units of its largest forecast.
TOLERANCE = 1e-4
_MOST_CHECKED_ROWS = 2000
_TINY = 1e-7

Estimator = Any
"""Anything with `fit(rows, target)` and `predict(rows)`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SklearnFamily:
    """Estimators with `fit` and `predict`, on the scaled features of the last bars.

    Parameters
    ----------
    make : callable
        Called without arguments for each fit; returns a fresh estimator. It becomes a graph by
        its own `to_onnx(rows)` where it has one, else by skl2onnx.
    n_steps : int, default 1
        Bars in each row, the oldest first, their features side by side.
    name : str
        What it is called in a plan.

    Notes
    -----
    The estimator is told the seed by each `random_state` that is None, and to use one thread by
    each `n_jobs`. It takes weights where its `fit` has `sample_weight`; otherwise rows are
    repeated or left out by their weights. Validation rows are never shown to it: they tell the
    ensemble how good it is.

    Examples
    --------
    >>> from sklearn.linear_model import HuberRegressor
    >>> SklearnFamily(make=HuberRegressor).n_steps
    1
    """

    make: Callable[[], Estimator]
    n_steps: int = 1
    name: str = "sklearn"
    least_rows: int = 63
    options: BroughtOptions = field(
        default_factory=lambda: BroughtOptions(source="python", content="")
    )

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,  # noqa: ARG002
        seed: int,
        progress: Progress | None = None,
    ) -> BroughtModel:
        """Fit a fresh estimator, turn it into a graph, and check that both say the same.

        Raises
        ------
        UnusableFactory
            If what was made cannot be fitted, or forecasts something else than a finite number.
        UnexportableModel
            If it does not become a graph that a bundle may hold, or one that says another thing.
        MissingExtra
            If skl2onnx is needed and not there.
        """
        estimator = self.make()
        _prepare(estimator, seed)
        rows = self._rows(train.windows)
        said = self._learn(estimator, rows, train, seed)
        graph = rewrite_brought(
            estimator_graph(estimator, rows, self.name), self.n_steps, train.n_features
        )
        model = BroughtModel(
            family=self.name, graph=graph, n_steps=self.n_steps, n_features=train.n_features
        )
        _check_same(said, model.predict(train.windows[: len(said)]))
        if progress is not None:
            progress(1, 1, "fitted")
        return model

    def restore(self, arrays: ModelArrays) -> BroughtModel:
        """Read a stored graph back; the estimator is not needed."""
        return restore_brought(self.name, arrays)

    def _rows(self, windows: Float32Array) -> Float32Array:
        own = last_steps(windows, self.n_steps, windows.shape[2])
        return np.ascontiguousarray(own).reshape(len(own), -1)

    def _learn(
        self, estimator: Estimator, rows: Float32Array, train: TrainingData, seed: int
    ) -> FloatArray:
        """Fit the estimator and return what it says of the first rows."""
        given, weight = _weigh(estimator, rows, train, seed)
        try:
            with _one_thread():
                estimator.fit(*given, **weight)
                said = np.asarray(estimator.predict(rows[:_MOST_CHECKED_ROWS]), dtype=np.float64)
        except (TypeError, ValueError, AttributeError) as error:
            hint = "make an estimator that fits float32 rows and a float32 target"
            raise UnusableFactory(self.name, "a fit", str(error)[:300], hint) from error
        if said.size != min(len(rows), _MOST_CHECKED_ROWS) or not np.isfinite(said).all():
            hint = "check what the estimator predicts of its own training rows"
            raise UnusableFactory(self.name, "one finite forecast a row", str(said.shape), hint)
        return said.reshape(-1)


def _prepare(estimator: Estimator, seed: int) -> None:
    """Hand an estimator, and those within it, the seed and one thread."""
    if not hasattr(estimator, "get_params"):
        return
    given = estimator.get_params(deep=True)
    seeds = {
        name: seed % 2**32 for name in given if _is(name, "random_state") and given[name] is None
    }
    threads = {name: 1 for name in given if _is(name, "n_jobs")}
    estimator.set_params(**seeds, **threads)


def _is(parameter: str, name: str) -> bool:
    return parameter == name or parameter.endswith(f"__{name}")


def _weigh(
    estimator: Estimator, rows: Float32Array, train: TrainingData, seed: int
) -> tuple[tuple[Float32Array, Float32Array], dict[str, Any]]:
    """Return rows and target to fit on, with the weights where the estimator takes them."""
    weight = train.weight.astype(np.float64)
    if np.ptp(weight) == 0.0:
        return (rows, train.target), {}
    last = getattr(estimator, "steps", None)
    learner, name = (last[-1][1], f"{last[-1][0]}__sample_weight") if last else (estimator, "")
    if "sample_weight" in inspect.signature(learner.fit).parameters:
        kept = weight > 0.0
        taken = {name or "sample_weight": train.weight[kept]}
        return (rows[kept], train.target[kept]), taken
    start = np.random.default_rng(seed).uniform()
    reached = np.floor(np.cumsum(weight) * (len(weight) / weight.sum()) + start)
    times = np.diff(reached, prepend=np.floor(start)).astype(np.int64)
    return (np.repeat(rows, times, axis=0), np.repeat(train.target, times)), {}


def _one_thread() -> Any:
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    return threadpool_limits(limits=1)


def _check_same(said: FloatArray, found: FloatArray) -> None:
    apart = float(np.abs(said - found).max(initial=0.0))
    size = float(np.abs(said).max(initial=0.0))
    if not apart <= TOLERANCE * max(size, _TINY):
        raise UnexportableModel(
            f"a graph within {TOLERANCE:g} of what the estimator says", f"{apart / size:.1e} apart"
        )
