"""Scaling: features as the small numbers that nets learn from, the same in every backend."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from onnx import TensorProto

from bellwether.arrays import Float32Array, FloatArray, first_row_not_finite, frozen_floats
from bellwether.features._builder import GraphBuilder
from bellwether.features._errors import WrongMatrix
from bellwether.hashing import digest_arrays

STEPS_PER_UNIT = 65536.0
LIMIT = 8.0
SMALLEST_SHARE = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaling:
    """Center and scale of each feature, fitted on training rows.

    Scaled values are (x - center) / scale, rounded to the nearest 1/65536 and clipped to
    +/-8. The rounding makes them equal bit for bit wherever x was computed, although sums in
    another order differ in the last place; every one of them is exact as float32.

    Parameters
    ----------
    center, scale : float64 arrays of shape (n_features,)
        In the units of each feature; scales above zero.

    Raises
    ------
    WrongMatrix
        If the shapes differ, a number is not finite, or a scale not above zero.

    Examples
    --------
    >>> scaling = Scaling.fit(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> scaling.transform(np.array([[1.0, 5.0], [4.0, 6.0]])).tolist()
    [[-1.0, 0.0], [2.0, 1.0]]
    """

    center: FloatArray
    scale: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", frozen_floats(self.center))
        object.__setattr__(self, "scale", frozen_floats(self.scale))
        if self.center.ndim != 1 or self.center.shape != self.scale.shape:
            raise WrongMatrix(
                "one center and one scale a feature", f"{self.center.shape}, {self.scale.shape}"
            )
        if not (np.isfinite(self.center).all() and np.isfinite(self.scale).all()):
            raise WrongMatrix("finite centers and scales", "one that is not")
        if (self.scale <= 0).any():
            raise WrongMatrix("scales above zero", f"{self.scale.min()}")

    def __len__(self) -> int:
        return len(self.center)

    @classmethod
    def fit(cls, values: FloatArray) -> Self:
        """Return the scaling that gives these rows mean zero and standard deviation one.

        Parameters
        ----------
        values : float64 array of shape (n_rows, n_features)
            Training rows only; all finite.

        Returns
        -------
        scaling : Scaling
            A feature that does not vary is centered and keeps its unit.

        Raises
        ------
        WrongMatrix
            If there are no rows, or a value is not finite.
        """
        rows = np.asarray(values, dtype=np.float64)
        if rows.ndim != 2 or not len(rows):
            raise WrongMatrix("shape (n_rows, n_features) with a row at least", f"{rows.shape}")
        bad = first_row_not_finite(rows)
        if bad is not None:
            raise WrongMatrix("finite values", f"{rows[bad]} in row {bad}")
        center = rows[0] + (rows - rows[0]).mean(axis=0)
        scale = rows.std(axis=0)
        varies = scale > SMALLEST_SHARE * np.abs(center)
        return cls(center=center, scale=np.where(varies, scale, 1.0))

    def transform(self, values: FloatArray) -> Float32Array:
        """Return scaled values.

        Parameters
        ----------
        values : float64 array of shape (..., n_features)

        Returns
        -------
        scaled : float32 array of the same shape
            Multiples of 1/65536 from -8 to 8; NaN of NaN.
        """
        steps = np.round((values - self.center) / self.scale * STEPS_PER_UNIT)
        return np.clip(steps / STEPS_PER_UNIT, -LIMIT, LIMIT).astype(np.float32)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of centers and scales."""
        return digest_arrays({"center": self.center, "scale": self.scale})


def lower_scaling(graph: GraphBuilder, scaling: Scaling, tensor: str) -> str:
    """Append the nodes that scale features.

    Parameters
    ----------
    graph : GraphBuilder
    scaling : Scaling
    tensor : str
        float64 tensor of shape (..., n_features).

    Returns
    -------
    scaled : str
        float32 tensor of the same shape, the numbers that `Scaling.transform` gives.
    """

    def number(value: float) -> str:
        return graph.constant(np.array(value))

    centered = graph.node("Sub", tensor, graph.constant(scaling.center))
    scaled = graph.node("Div", centered, graph.constant(scaling.scale))
    steps = graph.node("Round", graph.node("Mul", scaled, number(STEPS_PER_UNIT)))
    units = graph.node("Div", steps, number(STEPS_PER_UNIT))
    clipped = graph.node("Clip", units, number(-LIMIT), number(LIMIT))
    return graph.node("Cast", clipped, to=TensorProto.FLOAT)
