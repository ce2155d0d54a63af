"""The treaty of families as a check: ours keep it, and whoever breaks a rule is told which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import HuberRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models import (
    FAMILIES,
    FAMILY_CHECKS,
    BroughtOptions,
    Family,
    FamilyClaims,
    OnnxFamily,
    Progress,
    SklearnFamily,
    TrainingData,
    UnknownFamily,
    UnknownOption,
    UnreadableModel,
    UnusableTrainingData,
    find_family_breaches,
)

MakeSmall = Callable[[str], Family]

CLAIMS: Mapping[str, FamilyClaims] = {
    "gradient_boosting": FamilyClaims(stops_by_validation=True, missing="fills"),
    "logistic": FamilyClaims(missing="carries"),
    # The engine's LSTM clips what goes into a gate, and makes a number of what is none.
    "lstm": FamilyClaims(stops_by_validation=True),
    "quadratic": FamilyClaims(missing="carries"),
    "ridge": FamilyClaims(missing="carries"),
    "transformer": FamilyClaims(stops_by_validation=True, missing="carries"),
}
ESTIMATORS: Mapping[str, Callable[[], Any]] = {
    "forest": lambda: RandomForestRegressor(n_estimators=8, max_depth=5),
    "histogram": lambda: HistGradientBoostingRegressor(max_iter=10),
    "huber": HuberRegressor,
    "neighbours": lambda: KNeighborsRegressor(n_neighbors=20),
    "scaled": lambda: make_pipeline(StandardScaler(), SVR(kernel="linear", C=0.1)),
}


def test_every_family_of_ours_is_held_to_the_treaty() -> None:
    assert set(CLAIMS) == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_our_families_keep_the_treaty(name: str, make_small: MakeSmall) -> None:
    assert find_family_breaches(make_small(name), CLAIMS[name]) == ()


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_estimators_keep_the_treaty(kind: str) -> None:
    assert find_family_breaches(SklearnFamily(make=ESTIMATORS[kind], n_steps=2)) == ()


def test_a_graph_that_was_trained_elsewhere_keeps_the_treaty() -> None:
    weights = np.linspace(-0.2, 0.3, 6, dtype=np.float32).reshape(6, 1)
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["n", 6])
    said = helper.make_tensor_value_info("said", TensorProto.FLOAT, ["n", 1])
    node = helper.make_node("MatMul", ["rows", "weights"], ["said"])
    graph = helper.make_graph(
        [node], "line", [rows], [said], [numpy_helper.from_array(weights, "weights")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    until = np.datetime64("2015-12-31T21:00", "us")
    family = OnnxFamily(name="line", content=model.SerializeToString(), trained_until=until)
    assert find_family_breaches(family) == ()


def test_a_family_is_named_as_the_command_takes_it() -> None:
    name = "sklearn.linear_model:Ridge(alpha=2.0)"
    assert find_family_breaches(name, checks=["seed", "graph"]) == ()
    assert find_family_breaches("ridge", checks=["facts"]) == ()
    with pytest.raises(UnknownFamily):
        find_family_breaches("rigde")
    with pytest.raises(UnknownOption, match="weights"):
        find_family_breaches("ridge", checks=["wieghts"])


def test_a_family_that_cannot_be_fitted_is_told_by_every_check_that_fits() -> None:
    hopeless = SklearnFamily(make=lambda: HuberRegressor(epsilon=0.5))
    found = find_family_breaches(hopeless, checks=["seed", "rows"])
    assert [one.partition(":")[0] for one in found] == ["seed", "rows"]
    assert "epsilon" in found[0]


class Line:
    """A line through the last step's features, with one fault or none."""

    family = "line"
    n_epochs = 1
    best_epoch = 1

    def __init__(self, weights: FloatArray, intercept: float, fault: str) -> None:
        self.weights, self.intercept, self.fault = weights, intercept, fault
        self.n_steps = 2 if fault == "other steps" else 1
        self.n_features = len(weights)
        self.n_asked = 0

    def predict(self, windows: Float32Array) -> FloatArray:
        if self.fault != "takes anything" and windows.shape[1] < 1:
            raise UnusableTrainingData("a step", "none")
        if self.fault == "blunt":
            said = windows[:, -1, :].astype(np.float64) @ self.weights
        else:
            if self.fault != "takes anything" and windows.shape[2] != self.n_features:
                raise UnusableTrainingData("other features", "these")
            step = 0 if self.fault == "first step" else -1
            last = windows[:, step, :].astype(np.float64) if windows.shape[1] else np.zeros((1, 1))
            said = last[:, : self.n_features] @ self.weights[: last.shape[1]]
        self.n_asked += 1
        return self._spoil(said + self.intercept)

    def _spoil(self, said: FloatArray) -> FloatArray:
        if self.fault == "batch":
            return np.asarray(said - said.mean())
        if self.fault == "places":
            return np.asarray(said + np.arange(len(said)) * 1e-3)
        if self.fault == "restless":
            return said + self.n_asked * 1e-3
        if self.fault == "single":
            return np.asarray(said, dtype=np.float32)
        if self.fault == "spreads holes" and np.isnan(said).any():
            return np.full(len(said), np.nan)
        if self.fault == "infinite":
            return np.where(np.isnan(said), np.inf, said)
        return said

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        last = graph.node("Gather", windows, graph.constant(np.array(-1)), axis=1)
        slope = 1.001 if self.fault == "graph" else 1.0
        weights = graph.constant((self.weights * slope).astype(np.float32))
        product = graph.node("MatMul", last, weights)
        if self.fault == "operator":
            product = graph.node("Softsign", product)
        return graph.node("Add", product, graph.constant(np.array(self.intercept, np.float32)))

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"weights": self.weights, "intercept": np.array([self.intercept])}


@dataclass
class LineFamily:
    """Least squares by hand, with one fault or none."""

    fault: str = ""
    name: str = "line"
    n_steps: int = 1
    least_rows: int = 63
    n_fits: int = field(default=0)
    options: BroughtOptions = field(default_factory=lambda: BroughtOptions(source="", content=""))

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,
        seed: int,  # noqa: ARG002
        progress: Progress | None = None,
    ) -> Line:
        self.n_fits += 1
        windows, target, weight = train.windows, train.target, train.weight
        if self.fault == "learns validation":
            windows = np.concatenate([windows, validation.windows])
            target = np.concatenate([target, validation.target])
            weight = np.concatenate([weight, validation.weight])
        if self.fault == "ignores weights":
            weight = np.ones_like(weight)
        rows = windows[:, -1, :].astype(np.float64)
        if self.fault == "divides":
            with np.errstate(invalid="ignore"):
                rows = rows / rows.std(axis=0)
        gram = rows.T @ (rows * weight[:, None]) + np.eye(rows.shape[1])
        slopes = np.asarray(np.linalg.solve(gram, rows.T @ (target * weight)), dtype=np.float64)
        intercept = float(np.average(target, weights=weight))
        self._tell(progress)
        return Line(*self._spoil(slopes, intercept, validation), self.fault)

    def _spoil(
        self, slopes: FloatArray, intercept: float, validation: TrainingData
    ) -> tuple[FloatArray, float]:
        if self.fault == "counts":
            return slopes, intercept + self.n_fits * 1e-3
        if self.fault == "looks at validation":
            return slopes, intercept + 1e-3 * validation.target_mean
        if self.fault == "deaf":
            return slopes * 0.0, intercept
        return slopes, intercept

    def _tell(self, progress: Progress | None) -> None:
        if progress is None or self.fault == "silent":
            return
        try:
            progress(2 if self.fault == "overdone" else 1, 1, "solved")
        except KeyboardInterrupt:
            if self.fault != "goes on":
                raise

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> Line:
        if self.fault == "forgives":
            weights = arrays.get("weights", np.zeros(15))
            return Line(weights, float(arrays.get("intercept", np.zeros(1))[0]), "")
        if self.fault != "keys" and set(arrays) != {"weights", "intercept"}:
            raise UnreadableModel("line", "weights and intercept", "others")
        scale = 1.01 if self.fault == "restores another" else 1.0
        return Line(arrays["weights"] * scale, float(arrays["intercept"][0]), self.fault)


WHOLE = FamilyClaims(missing="carries")
FAULTS: Mapping[str, tuple[str, str]] = {
    "other steps": ("facts", "2 steps of 15 features"),
    "counts": ("seed", "another model"),
    "single": ("forecasts", "float32"),
    "restless": ("forecasts", "asked twice"),
    "first step": ("forecasts", "steps before"),
    "takes anything": ("forecasts", "are taken"),
    "blunt": ("forecasts", "ValueError in place of UnusableTrainingData"),
    "batch": ("rows", "alone than among others"),
    "places": ("rows", "another order"),
    "ignores weights": ("weights", "weigh nothing"),
    "deaf": ("weights", "do not hang on the targets"),
    "learns validation": ("validation", "learns from the validation rows"),
    "looks at validation": ("validation", "does not say that it stops"),
    "spreads holes": ("missing", "other rows"),
    "infinite": ("missing", "infinite"),
    "graph": ("graph", "apart"),
    "operator": ("graph", "ai.onnx.Softsign"),
    "restores another": ("restoring", "different numbers"),
    "forgives": ("restoring", "restored without the array weights"),
    "keys": ("restoring", "KeyError in place of UnreadableModel"),
    "divides": ("constant", "finite number"),
    "silent": ("progress", "never tells"),
    "goes on": ("progress", "does not end the fit"),
    "overdone": ("progress", "2 of 1"),
}


def test_a_family_of_a_few_lines_keeps_the_treaty() -> None:
    assert find_family_breaches(LineFamily(), WHOLE) == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_breach_is_found_by_its_check(fault: str) -> None:
    check, words = FAULTS[fault]
    found = find_family_breaches(LineFamily(fault=fault), WHOLE, checks=[check])
    assert any(one.startswith(f"{check}: ") and words in one for one in found), found


def test_every_check_finds_something() -> None:
    assert {check for check, _ in FAULTS.values()} == set(FAMILY_CHECKS)


def test_what_a_family_says_of_missing_values_is_held_against_it() -> None:
    wrong: tuple[Literal["fills", "refuses"], ...] = ("fills", "refuses")
    for said in wrong:
        [told] = find_family_breaches(
            LineFamily(),
            FamilyClaims(missing=said),
            checks=["missing"],
        )
        assert told == f"missing: it says that it {said} a missing value, and carries it"


def test_a_family_that_stops_by_validation_rows_may_say_so() -> None:
    claims = FamilyClaims(stops_by_validation=True)
    looks = LineFamily(fault="looks at validation")
    assert find_family_breaches(looks, claims, checks=["validation"]) == ()
    learns = LineFamily(fault="learns validation")
    assert find_family_breaches(learns, claims, checks=["validation"]) == (
        "validation: it learns from the validation rows",
    )
