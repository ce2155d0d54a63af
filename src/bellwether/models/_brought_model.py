"""BroughtModel: a fitted model of which only its graph is left."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import DOUBLE, FLOAT, GraphBuilder, Scaling
from bellwether.models._brought_graph import GraphRunner, append_brought
from bellwether.models._errors import UnreadableModel
from bellwether.models._model import ModelArrays, last_steps

_STORED = ("graph", "counts")
_SCALING = ("center", "scale")
# Rows that the engine is given at once, so that a long history needs no long memory.
_BATCH_ROWS = 4096


class BroughtModel:
    """A model that is nothing but a graph: what it forecasts in training is what serves.

    Parameters
    ----------
    family : str
    graph : bytes
        As `rewrite_brought` writes it.
    n_steps, n_features : int
    scaling : Scaling, optional
        Given where the graph reads features in their own units: scaled windows are turned back.
    """

    __slots__ = ("_graph", "_runner", "_scaling", "family", "n_features", "n_steps")

    n_epochs = 1
    best_epoch = 1
    # Nobody knows how its sums are made: it is not promised that a row has the same bits in any
    # batch.
    rows_alone = False

    def __init__(
        self,
        *,
        family: str,
        graph: bytes,
        n_steps: int,
        n_features: int,
        scaling: Scaling | None = None,
    ) -> None:
        self.family = family
        self.n_steps = n_steps
        self.n_features = n_features
        self._graph = graph
        self._scaling = scaling
        self._runner = GraphRunner(graph)

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the forecasts, float64 of shape (n_rows,), of scaled windows."""
        own = last_steps(windows, self.n_steps, self.n_features)
        starts = range(0, len(own), _BATCH_ROWS)
        parts = [self._runner.run(self._units(own[at : at + _BATCH_ROWS])) for at in starts]
        return np.concatenate(parts) if parts else np.empty(0)

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append the graph to another one and return its forecasts' tensor."""
        bounds = (-self.n_steps, np.iinfo(np.int64).max, 1)
        places = [graph.constant(np.array([place], dtype=np.int64)) for place in bounds]
        windows = graph.node("Slice", windows, *places)
        if self._scaling is not None:
            wide = graph.node("Cast", windows, to=DOUBLE)
            spread = graph.node("Mul", wide, graph.constant(self._scaling.scale))
            moved = graph.node("Add", spread, graph.constant(self._scaling.center))
            windows = graph.node("Cast", moved, to=FLOAT)
        return append_brought(graph, self._graph, windows)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the graph as bytes, its counts, and the scaling where it has one."""
        arrays: dict[str, NDArray[Any]] = {
            "graph": np.frombuffer(self._graph, dtype=np.uint8),
            "counts": np.array([self.n_steps, self.n_features], dtype=np.int64),
        }
        if self._scaling is not None:
            arrays |= {"center": self._scaling.center, "scale": self._scaling.scale}
        return arrays

    def _units(self, windows: Float32Array) -> Float32Array:
        if self._scaling is None:
            return windows
        spread = windows.astype(np.float64) * self._scaling.scale
        return (spread + self._scaling.center).astype(np.float32)


def restore_brought(family: str, arrays: ModelArrays, *, scaled: bool = False) -> BroughtModel:
    """Read back what `BroughtModel.arrays` gave.

    Parameters
    ----------
    family : str
    arrays : mapping of str to array
    scaled : bool, default False
        Whether its scaling has to be among them.

    Raises
    ------
    UnreadableModel
        If an array is missing or is another.
    """
    wanted = (*_STORED, *_SCALING) if scaled else _STORED
    missing = set(wanted) - set(arrays)
    if missing or arrays["counts"].shape != (2,):
        raise UnreadableModel(family, ", ".join(wanted), f"no {sorted(missing)}")
    n_steps, n_features = (int(count) for count in arrays["counts"])
    return BroughtModel(
        family=family,
        graph=arrays["graph"].tobytes(),
        n_steps=n_steps,
        n_features=n_features,
        scaling=_scaling(arrays),
    )


def _scaling(arrays: Mapping[str, NDArray[Any]]) -> Scaling | None:
    if not set(_SCALING) <= set(arrays):
        return None
    return Scaling(center=arrays["center"], scale=arrays["scale"])
