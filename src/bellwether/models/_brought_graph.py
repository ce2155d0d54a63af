"""Graphs that somebody else wrote: read, checked, and written anew with our operators."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import helper, inliner, numpy_helper, version_converter

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import ALLOWED_OPERATORS, FLOAT, GraphBuilder
from bellwether.models._errors import UnexportableModel
from bellwether.models._rewriting import ML_DOMAIN, REWRITERS

WINDOWS, FORECAST = "windows", "forecast"
OPSET_VERSION = 18
# Between the graph as it was and as it is written here; float32 sums in another order.
TOLERANCE = 1e-5
N_PROBES = 24

_NUMBERS = ("float32", "float64", "int64", "int32", "int8", "uint8", "bool")


def read_brought(content: bytes) -> onnx.ModelProto:
    """Parse a graph, in the version of the operators that ours are written in.

    Raises
    ------
    UnexportableModel
        If it is no ONNX, or cannot be brought to that version.
    """
    try:
        model = onnx.load_model_from_string(content)
        onnx.checker.check_model(model)
        if model.functions:
            model = inliner.inline_local_functions(model)
        versions = {one.version for one in model.opset_import if one.domain in {"", "ai.onnx"}}
        if versions - {OPSET_VERSION}:
            model = version_converter.convert_version(_without_doubles(model), OPSET_VERSION)
    except (DecodeError, RuntimeError, onnx.checker.ValidationError) as error:
        raise UnexportableModel(
            f"an ONNX graph that opset {OPSET_VERSION} can express", str(error)[:200]
        ) from error
    return model


def window_shape(model: onnx.ModelProto) -> tuple[int, ...]:
    """Return the shape of what a graph reads of each row: (n_features,) or (n_steps, n_features).

    Raises
    ------
    UnexportableModel
        If it has other inputs or outputs than one each, or reads one row at a time.
    """
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in stored]
    if len(inputs) != 1 or len(model.graph.output) != 1:
        found = f"{len(inputs)} and {len(model.graph.output)}"
        raise UnexportableModel("one input and one output of the graph", found)
    batch, *shape = inputs[0].type.tensor_type.shape.dim or [None]
    sizes = tuple(int(place.dim_value) for place in shape)
    named = "x".join(str(size or "?") for size in sizes) or "nothing"
    if len(sizes) not in {1, 2} or min(sizes) < 1:
        raise UnexportableModel("an input of rows x features, or rows x steps x features", named)
    if batch is not None and batch.dim_value:
        found = f"{batch.dim_value} rows at a time"
        raise UnexportableModel("any number of rows at a time (a dynamic first axis)", found)
    return sizes


def rewrite_brought(content: bytes, n_steps: int, n_features: int) -> bytes:
    """Write a graph anew: float32 windows in, one float32 forecast a row out.

    Parameters
    ----------
    content : bytes
        ONNX that reads rows of `n_features`, of `n_steps` times as many (the steps side by
        side, the oldest first), or windows of n_steps x n_features.
    n_steps, n_features : int

    Returns
    -------
    content : bytes
        Input ``windows`` (batch, n_steps, n_features), output ``forecast`` (batch,); a row comes
        out the same, up to `TOLERANCE`, whatever rows stand beside it.

    Raises
    ------
    UnexportableModel
        If it cannot be read, holds what no bundle may, lets rows see one another, or comes out
        different when it is written anew.
    """
    model = read_brought(content)
    shape = window_shape(model)
    if shape not in {(n_steps, n_features), (n_steps * n_features,)}:
        expected = f"rows of {n_steps} x {n_features} numbers in the graph"
        raise UnexportableModel(expected, "x".join(map(str, shape)))
    graph = GraphBuilder()
    windows = graph.input(WINDOWS, np.float32, ("batch", n_steps, n_features))
    rows = windows
    if len(shape) == 1:
        flat = graph.constant(np.array([-1, shape[0]], dtype=np.int64))
        rows = graph.node("Reshape", windows, flat)
    found = _append(graph, model, rows)
    column = graph.constant(np.array([-1], dtype=np.int64))
    forecast = graph.node("Reshape", graph.node("Cast", found, to=FLOAT), column)
    graph.output(FORECAST, forecast, np.float32, ("batch",))
    try:
        written = graph.build()
    except onnx.checker.ValidationError as error:
        raise UnexportableModel("a valid graph", str(error)[:200]) from error
    _check_same(content, written, (n_steps, n_features), shape)
    return written


def append_brought(graph: GraphBuilder, content: bytes, windows: str) -> str:
    """Append a graph that was written anew to another one and return its forecasts' tensor."""
    return _append(graph, onnx.load_model_from_string(content), windows)


def run_graph(content: bytes, rows: Float32Array) -> FloatArray:
    """Run a graph of one input on some rows, by one thread."""
    return GraphRunner(content).run(rows)


class GraphRunner:
    """A graph of one input and one output, ready to run by one thread.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    UnexportableModel
        If the engine does not take it.
    """

    __slots__ = ("_input", "_session")

    def __init__(self, content: bytes) -> None:
        import onnxruntime  # noqa: PLC0415 - not needed to write a graph

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the engine raises what it likes
            raise UnexportableModel("a graph that onnxruntime runs", str(error)[:200]) from error
        (only,) = self._session.get_inputs()
        self._input = (only.name, np.float64 if "double" in only.type else np.float32)

    def run(self, rows: Float32Array) -> FloatArray:
        """Return one number a row, float64 of shape (n_rows,).

        Raises
        ------
        UnexportableModel
            If it gives another number of them.
        """
        name, kind = self._input
        outputs = self._session.run(None, {name: np.ascontiguousarray(rows, dtype=kind)})
        found = np.asarray(outputs[0], dtype=np.float64)
        if found.size != len(rows):
            raise UnexportableModel("one forecast a row", f"shape {found.shape}")
        return found.reshape(-1)


def _append(graph: GraphBuilder, model: onnx.ModelProto, rows: str) -> str:
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    (given,) = (value for value in model.graph.input if value.name not in stored)
    kind = given.type.tensor_type.elem_type
    tensors = {"": "", given.name: rows}
    if kind != FLOAT:
        tensors[given.name] = graph.node("Cast", rows, to=kind)
    for name, array in stored.items():
        tensors[name] = graph.constant(_checked(array))
    for node in model.graph.node:
        inputs = [tensors[name] for name in node.input]
        tensors |= zip(node.output, _append_node(graph, node, inputs), strict=False)
    return tensors[model.graph.output[0].name]


def _append_node(graph: GraphBuilder, node: onnx.NodeProto, inputs: list[str]) -> tuple[str, ...]:
    domain = "" if node.domain == "ai.onnx" else node.domain
    given = dict(_attributes(node))
    if (domain, node.op_type) == ("", "Constant"):
        return (graph.constant(_checked(_constant(given))),)
    rewrite = REWRITERS.get((domain, node.op_type))
    if rewrite is not None:
        return rewrite(graph, inputs, given)
    if node.op_type not in ALLOWED_OPERATORS.get(domain, frozenset()) or domain == ML_DOMAIN:
        raise UnexportableModel(
            "operators that a bundle may hold", f"{domain or 'ai.onnx'}.{node.op_type}"
        )
    return graph.nodes(node.op_type, *inputs, n_outputs=len(node.output), domain=domain, **given)


def _attributes(node: onnx.NodeProto) -> Iterator[tuple[str, Any]]:
    for attribute in node.attribute:
        value = helper.get_attribute_value(attribute)
        # Of an empty list no type can be told; the operator's default is the same.
        if not (isinstance(value, list) and not value):
            yield attribute.name, value


def _constant(given: dict[str, Any]) -> np.ndarray[Any, Any]:
    ((name, value),) = given.items()
    if name == "value":
        return np.asarray(numpy_helper.to_array(value))
    kind = np.float32 if "float" in name else np.int64
    return np.asarray(value, dtype=kind)


def _checked(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if str(array.dtype) not in _NUMBERS:
        raise UnexportableModel("plain numbers in the graph", str(array.dtype))
    return array


def _without_doubles(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model whose list of versions names each domain once, as the converter wants it."""
    versions = {one.domain: one.version for one in model.opset_import}
    plain = onnx.ModelProto()
    plain.CopyFrom(model)
    del plain.opset_import[:]
    plain.opset_import.extend(helper.make_opsetid(*one) for one in versions.items())
    return plain


def _check_same(
    content: bytes, written: bytes, shape: tuple[int, int], own_shape: tuple[int, ...]
) -> None:
    """Refuse a graph that comes out different, or whose rows see one another."""
    probes = np.random.default_rng(0).standard_normal((N_PROBES, *shape)).astype(np.float32)
    before = run_graph(content, probes.reshape(N_PROBES, *own_shape))
    runner = GraphRunner(written)
    together = runner.run(probes)
    if not _are_close(before, together):
        raise UnexportableModel("the same forecasts once it is written anew", "others")
    alone = np.concatenate([runner.run(probes[row : row + 1]) for row in range(N_PROBES)])
    if not _are_close(together, alone):
        raise UnexportableModel("a forecast that hangs on its own row only", "other rows as well")


def _are_close(one: FloatArray, other: FloatArray) -> bool:
    return bool(np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True))
