"""One model of several: the same family fitted from several seeds, its mean the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models._errors import UnreadableModel
from bellwether.models._model import (
    Family,
    FittedModel,
    ModelArrays,
    Progress,
    TrainingData,
    stops_by_validation,
)
from bellwether.models._options import NetOptions, Options

# Seeds of one model lie this far apart: neighbouring plans' seeds share none.
_SEED_STEP = 1_000_003


def average_seeds(family: Family) -> Family:
    """Return the family, or the mean of several of its models where its options ask for that."""
    options = family.options
    if isinstance(options, NetOptions) and options.n_seeds > 1:
        return SeededFamily(one=family, n_seeds=options.n_seeds)
    return family


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededFamily:
    """A family fitted from several seeds.

    Parameters
    ----------
    one : Family
        Fits each.
    n_seeds : int

    Notes
    -----
    What chance puts into one net's forecasts, the mean of n nets has a share 1/n of, in variance.
    Cost: n fits.
    """

    one: Family
    n_seeds: int

    @property
    def name(self) -> str:
        """Name in the table of families."""
        return self.one.name

    @property
    def options(self) -> Options:
        """Options of each, with the number of seeds."""
        return self.one.options

    @property
    def n_steps(self) -> int:
        """Steps of each window."""
        return self.one.n_steps

    @property
    def least_rows(self) -> int:
        """Usable rows of history below which the contract refuses to train."""
        return self.one.least_rows

    @property
    def stops_by_validation(self) -> bool:
        """Whether the rows held out say when to stop."""
        return stops_by_validation(self.one)

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,
        seed: int,
        progress: Progress | None = None,
    ) -> "SeededModel":
        """Fit one model after the other, the first from the seed itself."""

        def part(number: int) -> Progress | None:
            if progress is None:
                return None
            told = progress
            return lambda n_done, n_total, note: told(
                number * n_total + n_done, self.n_seeds * n_total, note
            )

        return SeededModel(
            [
                self.one.fit(train, validation, seed + number * _SEED_STEP, part(number))
                for number in range(self.n_seeds)
            ]
        )

    def restore(self, arrays: ModelArrays) -> "SeededModel":
        """Read the stored models back.

        Raises
        ------
        UnreadableModel
            If there are not the arrays of so many models.
        """
        parts: list[dict[str, NDArray[Any]]] = [{} for _ in range(self.n_seeds)]
        for name, array in arrays.items():
            number, _, inner = name.partition("/")
            if not number.isdecimal() or int(number) >= self.n_seeds:
                raise UnreadableModel(self.name, f"the arrays of {self.n_seeds} models", name)
            parts[int(number)][inner] = array
        return SeededModel([self.one.restore(part) for part in parts])


class SeededModel:
    """The mean of some models of one family.

    Parameters
    ----------
    models : sequence of FittedModel
        At least one.
    """

    __slots__ = ("_models", "best_epoch", "family", "n_epochs", "n_features", "n_steps")

    def __init__(self, models: Sequence[FittedModel]) -> None:
        self._models = tuple(models)
        first = self._models[0]
        self.family, self.n_steps, self.n_features = first.family, first.n_steps, first.n_features
        self.n_epochs = sum(model.n_epochs for model in self._models)
        self.best_epoch = max(model.best_epoch for model in self._models)

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the mean forecasts, float64 of shape (n_rows,)."""
        total = self._models[0].predict(windows)
        for model in self._models[1:]:
            total = total + model.predict(windows)
        return np.asarray(total / len(self._models))

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append every model and their mean to a graph and return the forecasts' tensor."""
        total = self._models[0].lower(graph, windows)
        for model in self._models[1:]:
            total = graph.node("Add", total, model.lower(graph, windows))
        share = np.array(1.0 / len(self._models), dtype=np.float32)
        return graph.node("Mul", total, graph.constant(share))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return each model's arrays under its number."""
        return {
            f"{number}/{name}": array
            for number, model in enumerate(self._models)
            for name, array in model.arrays().items()
        }
