"""What a family is tried on before it may be trusted: planted rows, and fits of them."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.hashing import digest_arrays
from bellwether.models._brought_graph import GraphRunner
from bellwether.models._model import Family, FittedModel, TrainingData, find_trained_until

MissingValues = Literal["refuses", "carries", "fills"]
SEED, OTHER_SEED = 5, 6
N_PROBES = 200
# More bars than any family asks for: only the last ones count.
SPARE_STEPS = 3
_GRID, _LIMIT, _NOISE = 65536, 8.0, 0.5
_SPOILED, _LARGEST_TARGET = 3.0, 3.0
_TRAIN, _VALIDATION, _SPOILING, _PROBE = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyClaims:
    """What a family says of itself, which it is then held to.

    Parameters
    ----------
    stops_by_validation : bool, default False
        Whether validation rows say when to stop. It must never learn from them; without this
        they must leave no trace.
    missing : {"refuses", "carries", "fills"}, optional
        What becomes of a window with a missing value: an error, a missing forecast, or a number.
        Other rows never notice, whatever it is; left out, nothing else is asked.
    n_features : int, default 15
        Features of the rows that it is tried on; a graph's own number goes before it.
    n_rows : int, default 300
        Rows that it is fitted on.
    tolerance : float, default 1e-6
        Between the model and its graph, and between a row alone and among others; in units of
        the largest forecast where that is above one.
    """

    stops_by_validation: bool = False
    missing: MissingValues | None = None
    n_features: int = 15
    n_rows: int = 300
    tolerance: float = 1e-6


@dataclass(slots=True, kw_only=True, eq=False)
class FamilyBench:
    """A family with the rows that it is tried on; what it is fitted on twice is fitted once.

    Parameters
    ----------
    family : Family
    claims : FamilyClaims
    """

    family: Family
    claims: FamilyClaims
    _fitted: dict[str, FittedModel] = field(default_factory=dict)

    @property
    def n_features(self) -> int:
        """Features of every row."""
        own = getattr(self.family, "n_features", None)
        return own if isinstance(own, int) else self.claims.n_features

    @property
    def is_fitted_here(self) -> bool:
        """Whether it learns from the rows that it is given."""
        return find_trained_until(self.family) is None

    @property
    def train(self) -> TrainingData:
        """Rows with a planted signal."""
        return self._planted(_TRAIN)

    @property
    def validation(self) -> TrainingData:
        """Other rows with the same signal."""
        return self._planted(_VALIDATION)

    @property
    def spoiled(self) -> TrainingData:
        """Rows whose targets are large and go against the signal."""
        rows = self._planted(_SPOILING)
        against = -_SPOILED * np.sign(_signal(rows.windows))
        return TrainingData(windows=rows.windows, target=against.astype(np.float32))

    @property
    def probe(self) -> Float32Array:
        """Windows that no fit has seen."""
        return self._windows(N_PROBES, _PROBE)

    @property
    def model(self) -> FittedModel:
        """The family fitted as it is meant to be."""
        return self.fit("planted", self.train, self.validation)

    def fit(
        self, name: str, train: TrainingData, validation: TrainingData, seed: int = SEED
    ) -> FittedModel:
        """Return the model of some rows, fitted when its name is first asked for."""
        if name not in self._fitted:
            self._fitted[name] = self.family.fit(train, validation, seed)
        return self._fitted[name]

    def joined(self, *, weigh_spoiled: float) -> TrainingData:
        """Return planted and spoiled rows in a random order, the spoiled with some weight."""
        good, bad = self.train, self.spoiled
        order = np.random.default_rng(0).permutation(len(good) + len(bad))
        weight = np.repeat([1.0, weigh_spoiled], [len(good), len(bad)]).astype(np.float32)
        return TrainingData(
            windows=np.concatenate([good.windows, bad.windows])[order],
            target=np.concatenate([good.target, bad.target])[order],
            weight=weight[order],
        )

    def slope(self, model: FittedModel) -> float:
        """Return how far forecasts move with the planted signal: 1 where it is learned."""
        signal = _signal(self.probe)
        away = signal - signal.mean()
        said = model.predict(self.probe)
        return float(((said - said.mean()) * away).mean() / (away**2).mean())

    def lowered(self, model: FittedModel) -> bytes:
        """Return a model's graph: the windows that it reads in, one forecast a row out."""
        graph = GraphBuilder()
        shape = ("batch", self.family.n_steps, self.n_features)
        windows = graph.input("windows", np.float32, shape)
        graph.output("forecast", model.lower(graph, windows), np.float32, ("batch",))
        return graph.build()

    def through_graph(self, model: FittedModel, windows: Float32Array) -> FloatArray:
        """Return what a model's graph says of windows."""
        own = windows[:, windows.shape[1] - self.family.n_steps :, :]
        return GraphRunner(self.lowered(model)).run(own)

    def are_close(self, one: FloatArray, other: FloatArray) -> bool:
        """Return whether forecasts agree as closely as is asked; missing ones at the same rows."""
        if one.shape != other.shape:
            return False
        size = float(np.abs(one[np.isfinite(one)]).max(initial=1.0))
        limit = self.claims.tolerance * size
        return bool(np.allclose(one, other, rtol=0.0, atol=limit, equal_nan=True))

    def _planted(self, seed: int) -> TrainingData:
        windows = self._windows(self.claims.n_rows, seed)
        noise = np.random.default_rng([seed, 1]).standard_normal(len(windows))
        target = np.clip(_signal(windows) + _NOISE * noise, -_LARGEST_TARGET, _LARGEST_TARGET)
        return TrainingData(windows=windows, target=target.astype(np.float32))

    def _windows(self, n_rows: int, seed: int) -> Float32Array:
        shape = (n_rows, self.family.n_steps + SPARE_STEPS, self.n_features)
        drawn = np.random.default_rng(seed).standard_normal(shape)
        return (np.round(np.clip(drawn, -_LIMIT, _LIMIT) * _GRID) / _GRID).astype(np.float32)


def digest_model(model: FittedModel) -> str:
    """Return the digest of everything that a model is restored from."""
    return digest_arrays(model.arrays())


def _signal(windows: Float32Array) -> FloatArray:
    last = windows[:, -1, :].astype(np.float64)
    return 0.4 * last[:, 0] - 0.3 * last[:, -1]
