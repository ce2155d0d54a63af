"""Estimators of scikit-learn's kind as families: the same laws as ours, through their graphs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import (
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
)
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import HuberRegressor, Lasso, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVR

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import ALLOWED_OPERATORS, GraphBuilder
from bellwether.hashing import digest_arrays
from bellwether.models import (
    FittedModel,
    SklearnFamily,
    TrainingData,
    UnexportableModel,
    UnreadableModel,
    UnusableFactory,
)
from bellwether.registry._tree_safety import find_tree_faults

MakeRows = Callable[[int, int], TrainingData]
RunLowered = Callable[[FittedModel, Float32Array], FloatArray]
Make = Callable[[], Any]

MAKERS: dict[str, Make] = {
    "ada": lambda: AdaBoostRegressor(n_estimators=5),
    "boosted": lambda: GradientBoostingRegressor(n_estimators=10),
    "extra": lambda: ExtraTreesRegressor(n_estimators=8, max_depth=5),
    "forest": lambda: RandomForestRegressor(n_estimators=8, max_depth=5, n_jobs=-1),
    "gaussian": lambda: GaussianProcessRegressor(alpha=1.0),
    "histogram": lambda: HistGradientBoostingRegressor(max_iter=10),
    "huber": HuberRegressor,
    "lasso": lambda: Lasso(alpha=0.01),
    "neighbours": lambda: KNeighborsRegressor(n_neighbors=20),
    "net": lambda: make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=800, tol=1e-2)
    ),
    "polynomial": lambda: make_pipeline(PolynomialFeatures(2), Ridge(alpha=50.0)),
    "selected": lambda: make_pipeline(SelectKBest(f_regression, k=4), Ridge()),
    "stacked": lambda: StackingRegressor([("ridge", Ridge()), ("lasso", Lasso(alpha=0.01))]),
    "svr": SVR,
    "svr_poly": lambda: SVR(kernel="poly", degree=2, coef0=1.0),
    "svr_sigmoid": lambda: SVR(kernel="sigmoid", gamma=0.01),
    "svr_linear": lambda: SVR(kernel="linear", C=0.1),
}
every_kind = pytest.mark.parametrize("kind", MAKERS)


@pytest.fixture(scope="module")
def fitted(make_rows: MakeRows) -> Callable[[str], FittedModel]:
    kept: dict[str, FittedModel] = {}

    def fit_once(kind: str) -> FittedModel:
        if kind not in kept:
            family = SklearnFamily(make=MAKERS[kind])
            kept[kind] = family.fit(make_rows(300, 1), make_rows(80, 2), 5)
        return kept[kind]

    return fit_once


@every_kind
def test_the_graph_says_what_the_estimator_says(
    kind: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows, run_lowered: RunLowered
) -> None:
    model, windows = fitted(kind), make_rows(300, 3).windows
    forecast = model.predict(windows)
    assert np.ptp(forecast) > 0.0
    np.testing.assert_allclose(run_lowered(model, windows), forecast, atol=1e-6)


@every_kind
def test_the_graph_holds_what_a_bundle_may(
    kind: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows
) -> None:
    graph = GraphBuilder()
    windows = graph.input("windows", np.float32, ("batch", 20, 15))
    forecast = fitted(kind).lower(graph, windows)
    graph.output("forecast", forecast, np.float32, ("batch",))
    nodes = onnx.load_model_from_string(graph.build()).graph.node
    assert {node.op_type for node in nodes if not node.domain} <= ALLOWED_OPERATORS[""]
    trees = [node for node in nodes if node.domain]
    assert {node.op_type for node in trees} <= ALLOWED_OPERATORS["ai.onnx.ml"]
    assert [fault for node in trees for fault in find_tree_faults(node)] == []


@pytest.mark.parametrize("kind", ["forest", "histogram", "net"])
def test_the_same_seed_gives_the_same_bytes_and_another_one_others(
    kind: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows
) -> None:
    family = SklearnFamily(make=MAKERS[kind])
    again, other = (family.fit(make_rows(300, 1), make_rows(80, 2), seed) for seed in (5, 6))
    kept = digest_arrays(fitted(kind).arrays())
    assert digest_arrays(again.arrays()) == kept
    if kind != "histogram":  # it draws nothing where all rows and features are used
        assert digest_arrays(other.arrays()) != kept


@pytest.mark.parametrize("kind", ["histogram", "svr"])
def test_a_restored_model_forecasts_the_same_bits(
    kind: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows
) -> None:
    model, windows = fitted(kind), make_rows(50, 4).windows
    restored = SklearnFamily(make=MAKERS[kind]).restore(model.arrays())
    np.testing.assert_array_equal(restored.predict(windows), model.predict(windows))
    for missing in model.arrays():
        kept = {name: array for name, array in model.arrays().items() if name != missing}
        with pytest.raises(UnreadableModel):
            SklearnFamily(make=MAKERS[kind]).restore(kept)


def test_several_bars_stand_side_by_side_the_oldest_first(
    make_rows: MakeRows, run_lowered: RunLowered
) -> None:
    rows = make_rows(300, 1)
    model = SklearnFamily(make=Ridge, n_steps=3).fit(rows, rows, 5)
    wanted = Ridge().fit(rows.windows[:, -3:, :].reshape(300, -1), rows.target)
    said = wanted.predict(rows.windows[:, -3:, :].reshape(300, -1))
    np.testing.assert_allclose(model.predict(rows.windows), said, atol=1e-5)
    np.testing.assert_allclose(
        run_lowered(model, rows.windows[:, -3:, :]), model.predict(rows.windows), atol=1e-6
    )


@pytest.mark.parametrize(
    "make", [Ridge, lambda: make_pipeline(StandardScaler(), Ridge()), KNeighborsRegressor]
)
def test_weightless_rows_are_not_learned_from(make: Make, make_rows: MakeRows) -> None:
    rows = make_rows(200, 1)
    spoiled = rows.target.copy()
    spoiled[100:] = 50.0
    weight = np.repeat(np.array([1.0, 0.0], np.float32), 100)
    data = TrainingData(windows=rows.windows, target=spoiled, weight=weight)
    model = SklearnFamily(make=make).fit(data, make_rows(80, 2), 5)
    assert np.abs(model.predict(rows.windows)).max() < 10.0


def test_rows_of_an_estimator_without_weights_come_as_often_as_they_weigh() -> None:
    class Counting(BaseEstimator, RegressorMixin):  # type: ignore[misc]
        def fit(self, rows: Float32Array, target: Float32Array) -> "Counting":
            told.extend(target.tolist())
            self.inner_ = Ridge().fit(rows, target)
            return self

        def predict(self, rows: Float32Array) -> FloatArray:
            return np.asarray(self.inner_.predict(rows))

        def to_onnx(self, rows: Float32Array) -> bytes:
            from skl2onnx import to_onnx  # noqa: PLC0415

            return bytes(to_onnx(self.inner_, rows, target_opset=18).SerializeToString())

    told: list[float] = []
    windows = np.random.default_rng(0).standard_normal((40, 1, 3)).astype(np.float32)
    weight = np.repeat(np.array([3.0, 1.0], np.float32), 20)
    data = TrainingData(windows=windows, target=np.repeat([1.0, 2.0], 20), weight=weight)
    SklearnFamily(make=Counting).fit(data, data, 5)
    assert told.count(1.0) == pytest.approx(30, abs=1)
    assert told.count(2.0) == pytest.approx(10, abs=1)


def test_an_estimator_that_no_converter_knows_is_refused_by_name(make_rows: MakeRows) -> None:
    rows = make_rows(100, 1)
    with pytest.raises(UnexportableModel, match="KernelRidge"):
        SklearnFamily(make=KernelRidge).fit(rows, rows, 5)


def test_a_graph_that_says_something_else_is_refused(make_rows: MakeRows) -> None:
    class Liar(Ridge):  # type: ignore[misc]
        def to_onnx(self, rows: Float32Array) -> bytes:
            from skl2onnx import to_onnx  # noqa: PLC0415

            return bytes(
                to_onnx(Ridge().fit(rows, [1.0]), rows, target_opset=18).SerializeToString()
            )

    rows = make_rows(100, 1)
    with pytest.raises(UnexportableModel, match="of what the estimator says"):
        SklearnFamily(make=Liar).fit(rows, rows, 5)


@pytest.mark.parametrize(
    ("forecast", "match"),
    [(lambda n: np.full(n, np.nan), "finite"), (lambda n: np.zeros((n, 2)), "one finite")],
)
def test_forecasts_that_are_none_are_refused(
    forecast: Callable[[int], FloatArray], match: str, make_rows: MakeRows
) -> None:
    class Odd:
        def fit(self, rows: Float32Array, target: Float32Array) -> None: ...

        def predict(self, rows: Float32Array) -> FloatArray:
            return forecast(len(rows))

    rows = make_rows(100, 1)
    with pytest.raises(UnusableFactory, match=match):
        SklearnFamily(make=Odd).fit(rows, rows, 5)


def test_a_fit_that_fails_is_told_with_its_reason(make_rows: MakeRows) -> None:
    rows = make_rows(100, 1)
    with pytest.raises(UnusableFactory, match="alpha"):
        SklearnFamily(make=lambda: Ridge(alpha=-1.0)).fit(rows, rows, 5)
