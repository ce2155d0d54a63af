"""The nets as ONNX graphs, written by hand from their weights: torch is not needed here."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.features import GraphBuilder

Weights = Mapping[str, NDArray[Any]]

# torch keeps the gates as input, forget, cell, output; ONNX as input, output, forget, cell.
_ONNX_GATES = (0, 3, 1, 2)
_LAYER_NORM_EPSILON = 1e-5


def lower_lstm(graph: GraphBuilder, weights: Weights, windows: str) -> str:
    """Append a recurrent net to a graph.

    Parameters
    ----------
    graph : GraphBuilder
    weights : mapping of str to float32 array
        Named as in `LstmNet`.
    windows : str
        Tensor of float32, shape (batch, n_steps, n_features).

    Returns
    -------
    forecast : str
        Tensor of float32, shape (batch,).

    Notes
    -----
    NaN: onnxruntime's LSTM turns NaN into a plausible number; the caller masks its rows.
    """
    n_layers = sum(name.endswith("weight_ih_l0") for name in weights)
    steps = graph.node("Transpose", windows, perm=[1, 0, 2])
    for layer in range(n_layers - 1):
        steps = _squeeze(graph, _lstm(graph, weights, layer, steps)[0], 1)
    last = _squeeze(graph, _lstm(graph, weights, n_layers - 1, steps)[1], 0)
    return _dense_and_head(graph, weights, last)


def lower_transformer(
    graph: GraphBuilder, weights: Weights, windows: str, n_heads: int, n_steps: int
) -> str:
    """Append an attention net to a graph.

    Parameters
    ----------
    graph : GraphBuilder
    weights : mapping of str to float32 array
        Named as in `TransformerNet`.
    windows : str
        Tensor of float32, shape (batch, n_steps, n_features).
    n_heads, n_steps : int

    Returns
    -------
    forecast : str
        Tensor of float32, shape (batch,).
    """
    attended = _linear(graph, weights, "attended", _attention(graph, weights, windows, n_heads))
    residual = graph.node("Add", windows, attended)
    steps = _layer_norm(graph, weights, "norm_attended", residual)
    inner = graph.node("Relu", _linear(graph, weights, "inner", steps))
    residual = graph.node("Add", steps, _linear(graph, weights, "outer", inner))
    outer = _layer_norm(graph, weights, "norm_outer", residual)
    # As a product: ReduceMean adds the steps of a lone row in another order than those of many.
    shares = graph.constant(np.full((1, n_steps), 1.0 / n_steps, dtype=np.float32))
    mean = _squeeze(graph, graph.node("MatMul", shares, outer), 1)
    return _dense_and_head(graph, weights, mean)


def _lstm(graph: GraphBuilder, weights: Weights, layer: int, steps: str) -> tuple[str, ...]:
    name = f"recurrent.{layer}."
    recurrent = _by_onnx_gates(weights[name + "weight_hh_l0"])
    biases = (weights[name + "bias_ih_l0"], weights[name + "bias_hh_l0"])
    return graph.nodes(
        "LSTM",
        steps,
        graph.constant(_by_onnx_gates(weights[name + "weight_ih_l0"])[None]),
        graph.constant(recurrent[None]),
        graph.constant(np.concatenate([_by_onnx_gates(bias) for bias in biases])[None]),
        n_outputs=2,
        hidden_size=recurrent.shape[1],
    )


def _by_onnx_gates(stacked: NDArray[Any]) -> NDArray[Any]:
    gates = np.split(stacked, 4)
    return np.concatenate([gates[gate] for gate in _ONNX_GATES])


def _attention(graph: GraphBuilder, weights: Weights, windows: str, n_heads: int) -> str:
    matrices = np.split(weights["projection.weight"], 3)
    biases = np.split(weights["projection.bias"], 3)
    key_units = len(biases[0]) // n_heads
    scale = np.float32(1.0 / np.sqrt(key_units))
    by_head = graph.constant(np.array([0, 0, n_heads, key_units], dtype=np.int64))

    def projected(part: int, order: list[int], factor: np.float32) -> str:
        matrix = graph.constant((matrices[part] * factor).T)
        product = graph.node("MatMul", windows, matrix)
        rows = graph.node("Add", product, graph.constant(biases[part] * factor))
        return graph.node("Transpose", graph.node("Reshape", rows, by_head), perm=order)

    query = projected(0, [0, 2, 1, 3], scale)
    key = projected(1, [0, 2, 3, 1], np.float32(1.0))
    value = projected(2, [0, 2, 1, 3], np.float32(1.0))
    shares = graph.node("Softmax", graph.node("MatMul", query, key), axis=-1)
    mixed = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
    side_by_side = graph.constant(np.array([0, 0, n_heads * key_units], dtype=np.int64))
    return graph.node("Reshape", mixed, side_by_side)


def _layer_norm(graph: GraphBuilder, weights: Weights, name: str, tensor: str) -> str:
    scale, shift = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.node(
        "LayerNormalization", tensor, scale, shift, axis=-1, epsilon=_LAYER_NORM_EPSILON
    )


def _linear(graph: GraphBuilder, weights: Weights, name: str, tensor: str) -> str:
    product = graph.node("MatMul", tensor, graph.constant(weights[f"{name}.weight"].T))
    return graph.node("Add", product, graph.constant(weights[f"{name}.bias"]))


def _dense_and_head(graph: GraphBuilder, weights: Weights, rows: str) -> str:
    dense = graph.node("Relu", _linear(graph, weights, "dense", rows))
    return _squeeze(graph, _linear(graph, weights, "head", dense), 1)


def _squeeze(graph: GraphBuilder, tensor: str, axis: int) -> str:
    return graph.node("Squeeze", tensor, graph.constant(np.array([axis], dtype=np.int64)))
