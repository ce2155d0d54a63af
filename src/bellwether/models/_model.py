"""What every model family takes and gives: training data in, a fitted model out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder, Scaling
from bellwether.models._errors import UnusableTrainingData
from bellwether.models._options import Options

ModelArrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingData:
    """Rows that a family may learn from, or stop early on.

    Parameters
    ----------
    windows : float32 array of shape (n_rows, n_steps, n_features)
        Scaled features, the oldest step first and the row's own bar last. May be a strided
        view: it is never copied as a whole.
    target : float32 array of shape (n_rows,)
        Label of each row: forward return in units of its forecast volatility.
    weight : float32 array of shape (n_rows,), optional
        Importance of each row, at least zero and not all zero; all ones where left out or empty.
    scaling : Scaling, optional
        How the windows were scaled, for whoever reads features in their own units.

    Raises
    ------
    UnusableTrainingData
        If there is no row, lengths differ, or a number is not finite.

    Notes
    -----
    Knows: windows end at each row's bar, targets lie after it. That the labels were closed
    when training started is the duty of the split that made the rows.
    NaN: none accepted.

    Examples
    --------
    >>> data = TrainingData(
    ...     windows=np.zeros((3, 20, 15), np.float32), target=np.ones(3, np.float32)
    ... )
    >>> len(data), data.n_steps, data.n_features, data.weight.tolist()
    (3, 20, 15, [1.0, 1.0, 1.0])
    """

    windows: Float32Array
    target: Float32Array
    weight: Float32Array = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    scaling: Scaling | None = None

    def __post_init__(self) -> None:
        windows = _read_only(self.windows)
        if windows.ndim != 3 or not windows.size:
            raise UnusableTrainingData("windows of rows x steps x features", str(windows.shape))
        weight = self.weight if np.size(self.weight) else np.ones(len(windows))
        object.__setattr__(self, "windows", windows)
        object.__setattr__(self, "target", _column(self.target, "target", len(windows)))
        object.__setattr__(self, "weight", _column(weight, "weight", len(windows)))
        if not np.isfinite(windows).all():
            raise UnusableTrainingData("finite windows", "NaN or infinity")
        if self.weight.min() < 0.0 or self.weight.max() <= 0.0:
            raise UnusableTrainingData("weights of at least zero, one above", "others")

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def n_steps(self) -> int:
        """Steps in each window."""
        return int(self.windows.shape[1])

    @property
    def n_features(self) -> int:
        """Features at each step."""
        return int(self.windows.shape[2])

    @property
    def target_mean(self) -> float:
        """Weighted mean of the target: the forecast of somebody who sees no feature."""
        return float(np.average(self.target.astype(np.float64), weights=self.weight))


class Progress(Protocol):
    """Told how far a fit has come.

    Treaty: called from the fitting thread after every epoch or round; what it raises ends the
    fit and leaves nothing behind.
    """

    def __call__(self, n_done: int, n_total: int, note: str, /) -> None:
        """Take note that `n_done` of at most `n_total` epochs or rounds are over."""


class FittedModel(Protocol):
    """A model that has learned: forecasts, its stored form and its graph.

    Treaty: immutable; the same windows give the same forecasts, bit for bit on one machine,
    and within 1e-6 through the graph.
    """

    @property
    def family(self) -> str:
        """Name of the family that fitted it."""

    @property
    def n_steps(self) -> int:
        """Steps of each window it reads."""

    @property
    def n_features(self) -> int:
        """Features it reads at each step."""

    @property
    def n_epochs(self) -> int:
        """Epochs or rounds the fit took, those after the best included."""

    @property
    def best_epoch(self) -> int:
        """Epoch or round whose weights were kept, from 1; 0 where no step was taken."""

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the forecasts, float64 of shape (n_rows,), of scaled windows.

        Windows may hold more steps than the model reads: the last ones count.
        """

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append the model to a graph and return its forecasts' tensor.

        Parameters
        ----------
        graph : GraphBuilder
        windows : str
            Tensor of float32, shape (batch, n_steps, n_features).

        Returns
        -------
        forecast : str
            Tensor of float32, shape (batch,).
        """

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything `restore` of the same family needs, as plain arrays."""


class Family(Protocol):
    """A kind of model with its options: how it is fitted and read back.

    Treaty: stateless; `fit` with the same data, options and seed gives the same arrays, bit
    for bit on one machine, whatever ran before. An interrupt ends the fit and is passed on.
    """

    @property
    def name(self) -> str:
        """Name in the table of families."""

    @property
    def options(self) -> Options:
        """Frozen options of this family; their digest is part of a model's identity."""

    @property
    def n_steps(self) -> int:
        """Steps of each window it reads: 1 where only the row's own bar counts."""

    @property
    def least_rows(self) -> int:
        """Usable rows of history below which the contract refuses to train."""

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,
        seed: int,
        progress: Progress | None = None,
    ) -> FittedModel:
        """Learn from `train`, stop by `validation`, and return the model of the best epoch."""

    def restore(self, arrays: ModelArrays) -> FittedModel:
        """Read back what `FittedModel.arrays` gave."""


def find_trained_until(family: Family) -> np.datetime64 | None:
    """Return the last instant that a family saw before anything is fitted here; mostly none.

    Parameters
    ----------
    family : Family
        One that was trained elsewhere says so by an attribute `trained_until`.
    """
    found = getattr(family, "trained_until", None)
    return found if isinstance(found, np.datetime64) else None


def stops_by_validation(family: Family) -> bool:
    """Return whether a family takes anything from the rows held out.

    Parameters
    ----------
    family : Family
        One that takes nothing says so by an attribute `stops_by_validation`, False; it loses
        nothing where it is fitted to those rows, too.
    """
    return getattr(family, "stops_by_validation", True) is not False


def last_steps(windows: Float32Array, n_steps: int, n_features: int) -> Float32Array:
    """Return a view of the last steps of each window.

    Raises
    ------
    UnusableTrainingData
        If the windows have fewer steps, or another number of features.
    """
    fits = windows.ndim == 3 and windows.shape[1] >= n_steps and windows.shape[2] == n_features
    if not fits:
        expected = f"windows of at least {n_steps} steps and {n_features} features"
        raise UnusableTrainingData(expected, str(windows.shape))
    return windows[:, windows.shape[1] - n_steps :, :]


def _read_only(values: NDArray[Any]) -> Float32Array:
    view = np.asarray(values, dtype=np.float32).view()
    view.flags.writeable = False
    return view


def _column(values: NDArray[Any], name: str, n_rows: int) -> Float32Array:
    column = _read_only(values)
    if column.shape != (n_rows,):
        raise UnusableTrainingData(f"{name} of shape ({n_rows},)", str(column.shape))
    if not np.isfinite(column).all():
        raise UnusableTrainingData(f"finite {name}", "NaN or infinity")
    return column
