"""Graphs that were trained elsewhere: read, checked, and fed features in their own units."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import Scaling
from bellwether.models import (
    FittedModel,
    OnnxFamily,
    TrainingData,
    UnexportableModel,
    UnreadableModel,
    UnusableFactory,
    find_trained_until,
    make_family,
)

RunLowered = Callable[[FittedModel, Float32Array], FloatArray]
UNTIL = np.datetime64("2015-12-31T21:00", "us")
WEIGHTS = np.array([[0.5], [-0.25], [2.0]], np.float32)


def graph_of(
    nodes: Sequence[onnx.NodeProto],
    shape: Sequence[int | str | None],
    constants: Mapping[str, NDArray[Any]] | None = None,
    *,
    opset: int = 18,
    kind: int = TensorProto.FLOAT,
    gives: Sequence[str] = ("m", "k"),
) -> bytes:
    """Return an ONNX model with input x and output y."""
    graph = helper.make_graph(
        list(nodes),
        "own",
        [helper.make_tensor_value_info("x", kind, list(shape))],
        [helper.make_tensor_value_info("y", kind, list(gives))],
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return bytes(model.SerializeToString())


def linear(opset: int = 18, kind: int = TensorProto.FLOAT) -> bytes:
    dtype = np.float64 if kind == TensorProto.DOUBLE else np.float32
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    return graph_of([node], ["n", 3], {"w": WEIGHTS.astype(dtype)}, opset=opset, kind=kind)


def family_of(content: bytes) -> OnnxFamily:
    return OnnxFamily(name="onnx:own.onnx@2015", content=content, trained_until=UNTIL)


def scaled(n_steps: int = 1) -> tuple[FloatArray, TrainingData]:
    """Return raw rows of three features far from zero, and the same as a walk-forward has them."""
    raw = np.random.default_rng(3).standard_normal((60, n_steps, 3)) * [1e-3, 1.0, 50.0]
    raw += [0.02, -4.0, 1000.0]
    scaling = Scaling.fit(raw[:, -1, :])
    windows = scaling.transform(raw)
    return raw, TrainingData(windows=windows, target=np.zeros(60, np.float32), scaling=scaling)


@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.DOUBLE])
def test_a_graph_reads_features_in_their_own_units(kind: int, run_lowered: RunLowered) -> None:
    raw, data = scaled()
    model = family_of(linear(kind=kind)).fit(data, data, 0)
    np.testing.assert_allclose(model.predict(data.windows), (raw[:, -1, :] @ WEIGHTS)[:, 0], 1e-5)
    lowered = run_lowered(model, data.windows)
    np.testing.assert_array_equal(lowered, model.predict(data.windows))


def test_a_graph_over_windows_reads_their_steps_in_order(run_lowered: RunLowered) -> None:
    nodes = [
        helper.make_node("Gather", ["x", "first"], ["step"], axis=1),
        helper.make_node("MatMul", ["step", "w"], ["y"]),
    ]
    first: dict[str, NDArray[Any]] = {"first": np.array(0, dtype=np.int64), "w": WEIGHTS}
    family = family_of(graph_of(nodes, ["n", 4, 3], first))
    raw, data = scaled(4)
    model = family.fit(data, data, 0)
    assert (family.n_steps, family.n_features) == (4, 3)
    np.testing.assert_allclose(model.predict(data.windows), (raw[:, 0, :] @ WEIGHTS)[:, 0], 1e-4)
    np.testing.assert_array_equal(run_lowered(model, data.windows), model.predict(data.windows))


def test_a_restored_graph_forecasts_the_same_and_misses_nothing() -> None:
    _, data = scaled()
    family = family_of(linear())
    model = family.fit(data, data, 0)
    restored = family.restore(model.arrays())
    np.testing.assert_array_equal(restored.predict(data.windows), model.predict(data.windows))
    for missing in model.arrays():
        kept = {name: array for name, array in model.arrays().items() if name != missing}
        with pytest.raises(UnreadableModel):
            family.restore(kept)


@pytest.mark.parametrize("opset", [13, 15, 17, 19, 21])
def test_graphs_of_other_versions_are_brought_to_ours(opset: int) -> None:
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["column"]),
        helper.make_node("Reshape", ["column", "flat"], ["row"]),
        helper.make_node("Cast", ["row"], ["y"], to=TensorProto.FLOAT),
    ]
    constants: dict[str, NDArray[Any]] = {"w": WEIGHTS, "flat": np.array([-1], dtype=np.int64)}
    raw, data = scaled()
    model = family_of(graph_of(nodes, ["n", 3], constants, opset=opset, gives=["m"])).fit(
        data, data, 0
    )
    np.testing.assert_allclose(model.predict(data.windows), (raw[:, -1, :] @ WEIGHTS)[:, 0], 1e-5)


PRODUCT = helper.make_node("MatMul", ["x", "w"], ["y"])
CHANCE = helper.make_node("RandomNormalLike", ["x"], ["y"])
SUM_OF_ROWS = [
    helper.make_node("MatMul", ["x", "w"], ["own"]),
    helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=1),
    helper.make_node("Add", ["own", "mean"], ["y"]),
]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"no graph", "ONNX graph"),
        (graph_of([PRODUCT], [1, 3], {"w": WEIGHTS}), "rows at a time"),
        (graph_of([PRODUCT], ["n", "k"], {"w": WEIGHTS}), "rows x features"),
        (graph_of([helper.make_node("Identity", ["x"], ["y"])], ["n", 3]), "one forecast a row"),
        (graph_of([CHANCE], ["n", 1]), "a bundle may hold"),
        (graph_of(SUM_OF_ROWS, ["n", 3], {"w": WEIGHTS}), "its own row"),
    ],
    ids=["bytes", "one row", "unknown width", "a row for each", "chance", "other rows"],
)  # fmt: skip
def test_what_cannot_serve_is_refused(content: bytes, match: str) -> None:
    with pytest.raises(UnexportableModel, match=match):
        family_of(content)


def test_a_graph_over_other_features_is_refused_when_it_meets_them() -> None:
    family = family_of(linear())
    data = TrainingData(windows=np.zeros((9, 1, 15), np.float32), target=np.zeros(9, np.float32))
    with pytest.raises(UnusableFactory, match="15 features"):
        family.fit(data, data, 0)


def test_a_file_is_known_by_its_content_and_the_end_of_its_training(tmp_path: Path) -> None:
    path = tmp_path / "own.onnx"
    path.write_bytes(linear())
    name = f"onnx:{path}@2015-12-31"
    family = make_family(name, preset="own")
    later = make_family(f"onnx:{path}@2016-12-31", preset="own")
    assert find_trained_until(family) == np.datetime64("2015-12-31T23:59:59.999999")
    assert family.options.digest != later.options.digest
    path.write_bytes(linear(kind=TensorProto.DOUBLE))
    assert make_family(name, preset="own").options.digest != family.options.digest


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("onnx:own.onnx", "last instant its training saw"),
        ("onnx:own.onnx@soon", "an instant"),
        ("onnx:nowhere.onnx@2015-12-31", "readable ONNX file"),
    ],
)
def test_a_file_is_refused_without_the_end_of_its_training(name: str, match: str) -> None:
    with pytest.raises(UnusableFactory, match=match):
        make_family(name, preset="own")


def test_families_that_are_fitted_here_have_seen_nothing() -> None:
    assert find_trained_until(make_family("ridge")) is None
