"""What a graph may hold: arithmetic on its inputs, and nothing that reaches outside."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import onnx
from onnx import TensorProto

from bellwether.features import ALLOWED_OPERATORS
from bellwether.registry._errors import UnsafeGraph
from bellwether.registry._manifest import Manifest
from bellwether.registry._tree_safety import find_tree_faults

_TREES = "TreeEnsembleRegressor"
OUTPUTS: Mapping[str, tuple[str, ...]] = {
    "model": (
        "probability_up",
        "expected_return",
        "quantiles",
        "confidence",
        "score",
        "member_forecasts",
        "features",
        "volatility",
        "ok",
    ),
    "rules": (
        "direction",
        "probability_up",
        "confidence",
        "target_frac",
        "stop_frac",
        "regime",
        "regime_confirmed",
        "reason",
        "ok",
    ),
}

# The only fields a message of each kind may have: what is not here, now or in a later version
# of the format, is not understood and so not let in.
_FIELDS = {
    "model": "ir_version opset_import producer_name producer_version domain model_version "
    "doc_string graph",
    "graph": "node name initializer doc_string input output value_info",
    "node": "input output name op_type domain attribute doc_string",
    "attribute": "name type doc_string f i s t floats ints strings",
    "tensor": "dims data_type name doc_string raw_data float_data int32_data int64_data "
    "double_data data_location",
}
_ALLOWED_FIELDS = {kind: frozenset(names.split()) for kind, names in _FIELDS.items()}
_WORDS = {
    "functions": "functions of its own",
    "training_info": "functions of its own",
    "sparse_initializer": "sparse tensors",
    "sparse_tensor": "sparse tensors",
    "sparse_tensors": "sparse tensors",
    "g": "a branch or loop",
    "graphs": "a branch or loop",
    "external_data": "data in another file",
    "metadata_props": "settings for the engine",
}
_MOST = {
    "opset_import": 16,
    "node": 100_000,
    "initializer": 100_000,
    "value_info": 200_000,
    "attribute": 64,
    "dims": 16,
}
_MOST_WIRES = 1_000_000
_ITEM_BYTES: Mapping[int, int] = {
    TensorProto.FLOAT: 4,
    TensorProto.DOUBLE: 8,
    TensorProto.INT64: 8,
    TensorProto.INT32: 4,
    TensorProto.INT8: 1,
    TensorProto.UINT8: 1,
    TensorProto.BOOL: 1,
}
_LISTS: Mapping[int, str] = {
    TensorProto.FLOAT: "float_data",
    TensorProto.DOUBLE: "double_data",
    TensorProto.INT64: "int64_data",
}
_ORT_FORMAT = b"ORTM"


def check_graph(content: bytes, manifest: Manifest, name: str) -> bytes:
    """Refuse a graph that does more than its kind may, before any engine sees it.

    Parameters
    ----------
    content : bytes
        The serialised graph.
    manifest : Manifest
        What the bundle says the graph takes and gives.
    name : str
        What to call the bundle in errors.

    Returns
    -------
    checked : bytes
        What was checked, written anew: for the engine, which so sees nothing else.

    Raises
    ------
    UnsafeGraph
        If it cannot be read, uses an operator or domain that is not allowed, holds functions,
        branches, loops or data in other files, tensors of other sizes than they say, trees that
        are none, or has other inputs or outputs than its kind.

    Notes
    -----
    Files named by a graph were the way into other people's machines (CVE-2024-27318,
    CVE-2025-51480); an operator of a private domain can run anything. The engine also reads a
    format of its own, which it tells by four bytes that an innocent graph may well have.
    """
    if content[4:8] == _ORT_FORMAT:
        raise UnsafeGraph(name, "bytes that the engine could take for its own format")
    try:
        model = onnx.load_model_from_string(content)
        model.DiscardUnknownFields()
        faults = chain(_find_faults(model), _find_interface_faults(model, manifest))
        fault = next(faults, None)
        checked = bytes(model.SerializeToString(deterministic=True))
    except Exception as error:  # the parser's errors have no common type
        raise UnsafeGraph(name, f"unreadable: {error}"[:200]) from error
    if fault is not None:
        raise UnsafeGraph(name, fault[:300])
    return checked


def _find_faults(model: onnx.ModelProto) -> Iterator[str]:
    for entry in model.opset_import:
        if entry.domain not in ALLOWED_OPERATORS:
            yield f"operators of domain {entry.domain[:60]!r}"
    yield from _find_field_faults("model", model)
    yield from _find_field_faults("graph", model.graph)
    for tensor in model.graph.initializer:
        yield from _find_tensor_faults(tensor)
    n_wires = 0
    for node in model.graph.node:
        n_wires += len(node.input) + len(node.output)
        yield from _find_node_faults(node)
    if n_wires > _MOST_WIRES:
        yield f"more than {_MOST_WIRES} wires"


def _find_node_faults(node: onnx.NodeProto) -> Iterator[str]:
    if node.op_type not in ALLOWED_OPERATORS.get(node.domain, frozenset()):
        yield f"the operator {node.domain[:60] or 'ai.onnx'}.{node.op_type[:60]}"
    yield from _find_field_faults("node", node)
    for attribute in node.attribute:
        yield from _find_field_faults("attribute", attribute, f" in {node.op_type[:60]}")
        if attribute.HasField("t"):
            yield from _find_tensor_faults(attribute.t)
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i not in _ITEM_BYTES:
            yield "a cast to something else than plain numbers"
    if node.op_type == _TREES:
        yield from find_tree_faults(node)


def _find_field_faults(kind: str, message: Any, where: str = "") -> Iterator[str]:
    allowed = _ALLOWED_FIELDS[kind]
    for field, value in message.ListFields():
        if field.name not in allowed:
            yield _WORDS.get(field.name, f"the field {field.name}") + where
        elif field.name in _MOST and len(value) > _MOST[field.name]:
            yield f"more than {_MOST[field.name]} of {field.name}"
        elif field.type == field.TYPE_STRING and _holds_bytes(value):
            yield f"a {field.name} that is no text{where}"


def _holds_bytes(value: Any) -> bool:
    """Whether something is no UTF-8: the parser then gives bytes, and the engine raises later."""
    if isinstance(value, str | bytes):
        return isinstance(value, bytes)
    return any(isinstance(one, bytes) for one in value)


def _find_tensor_faults(tensor: onnx.TensorProto) -> Iterator[str]:
    name = tensor.name[:60]
    if tensor.data_location != TensorProto.DEFAULT or tensor.external_data:
        yield f"data in another file for {name!r}"
    yield from _find_field_faults("tensor", tensor)
    if tensor.data_type not in _ITEM_BYTES:
        yield f"something else than plain numbers in {name!r}"
        return
    n_items = math.prod(tensor.dims)
    if tensor.HasField("raw_data"):
        found = len(tensor.raw_data) / _ITEM_BYTES[tensor.data_type]
    else:
        found = len(getattr(tensor, _LISTS.get(tensor.data_type, "int32_data")))
    if min(tensor.dims, default=0) < 0 or found != n_items:
        yield f"a tensor {name!r} of another size than it says"


def _find_interface_faults(model: onnx.ModelProto, manifest: Manifest) -> Iterator[str]:
    inputs = {value.name: value.type.tensor_type for value in model.graph.input}
    wanted = {"bars", *manifest.state}
    if inputs.keys() != wanted or len(model.graph.input) != len(wanted):
        yield f"inputs {sorted(inputs)} where {sorted(wanted)} belong"
        return
    other = [name for name, kind in inputs.items() if kind.elem_type != TensorProto.DOUBLE]
    if other:
        yield f"input {other[0]!r} of another type than float64"
    n_windows, *shape = [place.dim_value for place in inputs["bars"].shape.dim] or [0]
    if n_windows or shape != [manifest.lookback_bars, 5]:
        yield f"bars of shape {shape} where {manifest.lookback_bars} x 5 belong, in any number"
    yield from _find_output_faults(model.graph.output, OUTPUTS[manifest.kind])


def _find_output_faults(
    found: Sequence[onnx.ValueInfoProto], wanted: Sequence[str]
) -> Iterator[str]:
    outputs = {value.name: value.type.tensor_type.elem_type for value in found}
    for missing in sorted(set(wanted) - outputs.keys()):
        yield f"no output {missing!r}"
    for name, kind in outputs.items():
        if kind not in _ITEM_BYTES:
            yield f"an output {name[:60]!r} of something else than plain numbers"
