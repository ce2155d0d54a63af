"""What a graph may hold: arithmetic on its inputs, and nothing that reaches outside."""

from collections.abc import Iterator, Mapping

import onnx

from bellwether.registry._errors import UnsafeGraph
from bellwether.registry._manifest import Manifest

_ARITHMETIC = (
    "Abs Add And BitwiseAnd BitwiseNot BitwiseOr Cast Ceil Clip Cos CumSum Div Equal Erf Exp Floor "
    "Gelu Greater GreaterOrEqual IsInf IsNaN Less LessOrEqual Log Max Mean Min Mod Mul Neg Not Or "
    "Pow Reciprocal Round Sign Sin Sqrt Sub Sum Tanh Where Xor"
)
_SHAPES = (
    "Concat Constant ConstantOfShape Expand Flatten Gather GatherElements GatherND Identity "
    "OneHot Pad Range Reshape Shape Slice Split Squeeze Tile TopK Transpose Trilu Unsqueeze"
)
_REDUCTIONS = (
    "ArgMax ArgMin ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin "
    "ReduceProd ReduceSum ReduceSumSquare"
)
_NETS = (
    "AveragePool BatchNormalization Conv Elu GRU Gemm HardSigmoid LSTM LayerNormalization "
    "LeakyRelu LogSoftmax MatMul MaxPool Relu Selu Sigmoid Softmax Softplus"
)
ALLOWED_OPERATORS: Mapping[str, frozenset[str]] = {
    "": frozenset(f"{_ARITHMETIC} {_SHAPES} {_REDUCTIONS} {_NETS}".split()),
    "ai.onnx.ml": frozenset({"TreeEnsembleRegressor"}),
}

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


def check_graph(content: bytes, manifest: Manifest, name: str) -> None:
    """Refuse a graph that does more than its kind may, before any engine sees it.

    Parameters
    ----------
    content : bytes
        The serialised graph.
    manifest : Manifest
        What the bundle says the graph takes and gives.
    name : str
        What to call the bundle in errors.

    Raises
    ------
    UnsafeGraph
        If it cannot be read, uses an operator or domain that is not allowed, holds functions,
        branches, loops or data in other files, or has other inputs or outputs than its kind.

    Notes
    -----
    Files named by a graph were the way into other people's machines (CVE-2024-27318,
    CVE-2025-51480); an operator of a private domain can run anything.
    """
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # the parser's errors have no common type
        raise UnsafeGraph(name, f"unreadable: {error}"[:200]) from error
    for fault in (*_find_faults(model), *_find_interface_faults(model, manifest)):
        raise UnsafeGraph(name, fault)


def _find_faults(model: onnx.ModelProto) -> Iterator[str]:
    for entry in model.opset_import:
        if entry.domain not in ALLOWED_OPERATORS:
            yield f"operators of domain {entry.domain!r}"
    if model.functions or model.training_info:
        yield "functions of its own"
    if model.graph.sparse_initializer:
        yield "sparse tensors"
    for tensor in _tensors(model):
        if tensor.data_location != onnx.TensorProto.DEFAULT or tensor.external_data:
            yield f"data in another file for {tensor.name!r}"
    for node in model.graph.node:
        yield from _find_node_faults(node)


def _find_node_faults(node: onnx.NodeProto) -> Iterator[str]:
    if node.op_type not in ALLOWED_OPERATORS.get(node.domain, frozenset()):
        yield f"the operator {node.domain or 'ai.onnx'}.{node.op_type}"
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs:
            yield f"a branch or loop in {node.op_type}"
        if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
            yield f"sparse tensors in {node.op_type}"


def _tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    yield from model.graph.initializer
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _find_interface_faults(model: onnx.ModelProto, manifest: Manifest) -> Iterator[str]:
    inputs = {value.name: value.type.tensor_type for value in model.graph.input}
    wanted = {"bars", *manifest.state}
    if inputs.keys() != wanted:
        yield f"inputs {sorted(inputs)} where {sorted(wanted)} belong"
        return
    other = [name for name, kind in inputs.items() if kind.elem_type != onnx.TensorProto.DOUBLE]
    if other:
        yield f"input {other[0]!r} of another type than float64"
    shape = [place.dim_value for place in inputs["bars"].shape.dim]
    if shape[1:] != [manifest.lookback_bars, 5]:
        yield f"bars of shape {shape} where {manifest.lookback_bars} x 5 belong"
    outputs = {value.name for value in model.graph.output}
    for missing in sorted(set(OUTPUTS[manifest.kind]) - outputs):
        yield f"no output {missing!r}"
