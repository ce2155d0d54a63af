"""OnnxFamily: a graph that was trained elsewhere and takes part as it is."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx

from bellwether.clock import read_instant
from bellwether.errors import BellwetherError
from bellwether.features import Scaling
from bellwether.hashing import digest_bytes
from bellwether.models._brought_graph import read_brought, rewrite_brought, window_shape
from bellwether.models._brought_model import BroughtModel, restore_brought
from bellwether.models._brought_options import BroughtOptions
from bellwether.models._errors import UnusableFactory
from bellwether.models._model import ModelArrays, Progress, TrainingData

SCHEME = "onnx:"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OnnxFamily:
    """A graph over the features, in their own units, that nothing here trains.

    Parameters
    ----------
    name : str
        What it is called in the plan.
    content : bytes
        ONNX that reads float32 windows (batch, n_steps, n_features) of features as
        `build_samples` gives them, unscaled, or their last step (batch, n_features), and gives
        one number a row.
    trained_until : datetime64[us]
        Last instant whose prices its training saw in any way. Nothing up to it counts as out of
        sample.

    Raises
    ------
    UnexportableModel
        If it is no graph that a bundle may hold.

    Notes
    -----
    Features are turned back from their scaled form, so that training and serving read the same
    bits: multiples of 1/65536 of a standard deviation, at most 8 from the mean.
    """

    name: str
    content: bytes
    trained_until: np.datetime64
    n_steps: int = field(init=False)
    n_features: int = field(init=False)
    least_rows: int = 63
    _graph: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        *steps, n_features = window_shape(read_brought(self.content))
        object.__setattr__(self, "n_steps", steps[0] if steps else 1)
        object.__setattr__(self, "n_features", n_features)
        written = rewrite_brought(self.content, self.n_steps, self.n_features)
        object.__setattr__(self, "_graph", written)

    @property
    def options(self) -> BroughtOptions:
        """The graph's digest and the end of its training."""
        return BroughtOptions(
            source=self.name,
            content=digest_bytes(self.content),
            n_steps=self.n_steps,
            trained_until=str(self.trained_until),
        )

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        progress: Progress | None = None,
    ) -> BroughtModel:
        """Learn nothing; take note of how the features were scaled.

        Raises
        ------
        UnusableFactory
            If it reads another number of features.
        """
        if train.n_features != self.n_features:
            expected = f"a graph over {train.n_features} features"
            hint = "train it on the features of the same set, in their order"
            raise UnusableFactory(self.name, expected, f"one over {self.n_features}", hint)
        if progress is not None:
            progress(1, 1, "taken as it is")
        return BroughtModel(
            family=self.name,
            graph=self._graph,
            n_steps=self.n_steps,
            n_features=self.n_features,
            scaling=train.scaling or _unscaled(self.n_features),
        )

    def restore(self, arrays: ModelArrays) -> BroughtModel:
        """Read a stored graph back, with the scaling it undoes."""
        return restore_brought(self.name, arrays, scaled=True)


def open_graph(name: str) -> OnnxFamily:
    """Return the family of "onnx:PATH@INSTANT": a file, and the last instant its training saw.

    Raises
    ------
    UnusableFactory
        If the instant is left out or is none, or the file cannot be read.
    UnexportableModel
        If the graph cannot be part of a bundle.
    """
    path, _, until = name.removeprefix(SCHEME).rpartition("@")
    hint = f"write {SCHEME}{path or until}@2015-12-31, with the last day that its training saw"
    if not path:
        raise UnusableFactory(name, "the last instant its training saw", "none", hint)
    try:
        trained_until = read_instant(until)
    except BellwetherError as error:
        raise UnusableFactory(name, "an instant after the @", repr(until), hint) from error
    try:
        # Weights in a file beside it are read with it, and counted in its digest.
        content = onnx.load(Path(path)).SerializeToString(deterministic=True)
    except Exception as error:  # a file, a parser and a checker: no common type
        raise UnusableFactory(name, "a readable ONNX file", str(error)[:200], hint) from error
    return OnnxFamily(name=name, content=content, trained_until=trained_until)


def _unscaled(n_features: int) -> Scaling:
    return Scaling(center=np.zeros(n_features), scale=np.ones(n_features))
