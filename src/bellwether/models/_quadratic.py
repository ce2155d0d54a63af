"""A quadratic form in recent features: closed form, averaged over what may be there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models._errors import UnreadableModel
from bellwether.models._losses import make_lessons
from bellwether.models._model import ModelArrays, Progress, TrainingData, last_steps
from bellwether.models._options import QuadraticOptions
from bellwether.models._quadratic_fit import (
    BOUND,
    Terms,
    choose_multiplied,
    cut,
    solve,
    standardise,
)
from bellwether.models._steps import lower_last_steps

_ROWS_AT_ONCE = 4096
_STORED = ("center", "coefficients", "intercept", "multiplied", "per_scale", "products", "switched")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadraticFamily:
    """A quadratic form in the features of the last bars, averaged over what may be there.

    Parameters
    ----------
    options : QuadraticOptions
    name : str
    least_rows : int
    stops_by_validation : bool
        It does not.

    Notes
    -----
    Features are standardised on the training rows and cut at two standard deviations. The
    hypotheses are that every feature has a say, with or without products; and, for each term, that
    it is this alone. Each is a regression under a normal prior, as in
    `RidgeFamily`; the model is their mean, weighted by how probable each makes the training rows
    (`solve`). On few rows that is next to ridge on everything; the more rows, the more those
    features count that have it. The mean target is left out (`make_lessons`), nothing is chosen
    on the validation rows, and over the training rows forecasts have the spread that is believed
    of them. Cost: rows x terms^2; 315 terms of 15 features.

    References
    ----------
    Hoeting, Madigan, Raftery, Volinsky 1999, "Bayesian model averaging: a tutorial".
    """

    options: QuadraticOptions
    name: str = QuadraticOptions.FAMILY
    least_rows: int = 63
    stops_by_validation: bool = False

    @property
    def n_steps(self) -> int:
        """Bars whose features are seen."""
        return self.options.n_steps

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,
        seed: int,  # noqa: ARG002
        progress: Progress | None = None,
    ) -> "QuadraticModel":
        """Solve for the coefficients."""
        data, _ = make_lessons(train, validation, self.options.loss, tells_drift=False)
        center, per_scale = standardise(data)
        terms = Terms(
            center=center,
            per_scale=per_scale,
            n_steps=self.n_steps,
            n_product_steps=self.options.n_product_steps,
            multiplied=choose_multiplied(data, center, self.options.n_product_features),
        )
        solved, intercept = solve(data, terms, self.options.prior_information_coefficient)
        if progress is not None:
            progress(1, 1, "solved")
        return _model_of(terms, solved, intercept)

    def restore(self, arrays: ModelArrays) -> "QuadraticModel":
        """Read stored coefficients back.

        Raises
        ------
        UnreadableModel
            If an array is missing or of a shape that does not fit the others.
        """
        missing = set(_STORED) - set(arrays)
        if missing or not _fit_together(arrays):
            was = f"no {sorted(missing)}" if missing else "arrays of other shapes"
            raise UnreadableModel(self.name, "coefficients, products and a scaling", was)
        return QuadraticModel({name: arrays[name] for name in _STORED})


class QuadraticModel:
    """An intercept and a weight for each feature of each step, each product, each switch.

    Parameters
    ----------
    arrays : mapping of str to array
        ``center`` and ``per_scale`` float32 (n_features,), ``coefficients`` float32
        (n_steps, n_features), the row's own bar last, ``multiplied`` int64 (n_multiplied,),
        ``products`` and ``switched`` float32 (n_product_steps, n_multiplied, n_multiplied), the
        rows of the latter what is switched, and ``intercept``.
    """

    __slots__ = ("_arrays",)

    family = QuadraticOptions.FAMILY
    n_epochs = 1
    best_epoch = 1

    def __init__(self, arrays: ModelArrays) -> None:
        self._arrays = {name: _frozen(array) for name, array in arrays.items()}

    @property
    def n_features(self) -> int:
        """Features it reads."""
        return len(self._arrays["center"])

    @property
    def n_steps(self) -> int:
        """Steps it reads."""
        return len(self._arrays["coefficients"])

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the forecasts, float64 of shape (n_rows,), of scaled windows."""
        rows = last_steps(windows, self.n_steps, self.n_features)
        stored = {name: np.asarray(a, dtype=np.float64) for name, a in self._arrays.items()}
        multiplied, products = self._arrays["multiplied"], stored["products"]
        forecast = np.empty(len(rows))
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            steps = cut(some, stored["center"], stored["per_scale"])
            said = np.einsum("rsf,sf->r", steps, stored["coefficients"])
            factors = steps[:, self.n_steps - len(products) :, multiplied]
            for matrices, others in ((products, factors), (stored["switched"], np.sign(factors))):
                said += np.einsum("rsi,sij,rsj->r", factors, matrices, others, optimize=True)
            forecast[start : start + len(some)] = said + stored["intercept"]
        return forecast

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append the form to a graph and return its forecasts' tensor."""
        arrays = self._arrays
        last = lower_last_steps(graph, windows, self.n_steps)
        centred = graph.node("Sub", last, graph.constant(arrays["center"]))
        scaled = graph.node("Mul", centred, graph.constant(arrays["per_scale"]))
        bounds = [graph.constant(np.array(one, dtype=np.float32)) for one in (-BOUND, BOUND)]
        steps = graph.node("Clip", scaled, *bounds)
        total = _inner(graph, steps, graph.constant(arrays["coefficients"]))
        n_product_steps = len(arrays["products"])
        chosen = graph.constant(np.arange(self.n_steps - n_product_steps, self.n_steps))
        factors = graph.node("Gather", steps, chosen, axis=1)
        factors = graph.node("Gather", factors, graph.constant(arrays["multiplied"]), axis=2)
        # As one column a row and step, so that a row has the same sums in every batch.
        columns = graph.node("Unsqueeze", factors, _integers(graph, 3))
        mixed = graph.node(
            "Add",
            graph.node("MatMul", graph.constant(arrays["products"]), columns),
            graph.node("MatMul", graph.constant(arrays["switched"]), graph.node("Sign", columns)),
        )
        total = graph.node(
            "Add", total, _inner(graph, factors, graph.node("Squeeze", mixed, _integers(graph, 3)))
        )
        return graph.node("Add", total, graph.constant(arrays["intercept"]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return scaling, coefficients, products and intercept."""
        return dict(self._arrays)


def _model_of(terms: Terms, solved: FloatArray, intercept: float) -> QuadraticModel:
    ends = (terms.n_linear, terms.n_quadratic)
    size, n_steps = len(terms.multiplied), terms.n_product_steps
    matrices = np.zeros((2, n_steps, size, size))
    for matrix, pairs, part in zip(
        matrices, (terms.pairs, terms.switches), np.split(solved, ends)[1:], strict=True
    ):
        matrix[:, pairs[0], pairs[1]] = part.reshape(n_steps, -1)
    return QuadraticModel(
        {
            "center": terms.center.astype(np.float32),
            "per_scale": terms.per_scale.astype(np.float32),
            "coefficients": solved[: ends[0]].reshape(terms.n_steps, -1)[::-1].astype(np.float32),
            "multiplied": terms.multiplied.astype(np.int64),
            "products": matrices[0, ::-1].astype(np.float32),
            "switched": matrices[1, ::-1].astype(np.float32),
            "intercept": np.array(intercept, dtype=np.float32),
        }
    )


def _fit_together(arrays: ModelArrays) -> bool:
    if arrays["coefficients"].ndim != 2 or arrays["products"].ndim != 3:
        return False
    n_steps, n_features = arrays["coefficients"].shape
    n_product_steps, size, _ = arrays["products"].shape
    multiplied = arrays["multiplied"]
    shapes = {
        "center": (n_features,),
        "per_scale": (n_features,),
        "multiplied": (size,),
        "products": (n_product_steps, size, size),
        "switched": (n_product_steps, size, size),
        "intercept": (),
    }
    return (
        all(arrays[name].shape == shape for name, shape in shapes.items())
        and 1 <= n_product_steps <= n_steps
        and bool(np.all((multiplied >= 0) & (multiplied < n_features)))
    )


def _inner(graph: GraphBuilder, first: str, second: str) -> str:
    """Return the sum over steps and features of a product, one number a row."""
    product = graph.node("Mul", first, second)
    return graph.node("ReduceSum", product, _integers(graph, 1, 2), keepdims=0)


def _integers(graph: GraphBuilder, *values: int) -> str:
    return graph.constant(np.array(values, dtype=np.int64))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(array, order="C")
    copy.flags.writeable = False
    return copy
