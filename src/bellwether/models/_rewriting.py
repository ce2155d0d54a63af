"""Operators of other people's graphs that no bundle may hold, written with those it may."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.features import DOUBLE, FLOAT, GraphBuilder
from bellwether.models._errors import UnexportableModel

ML_DOMAIN = "ai.onnx.ml"
Attributes: TypeAlias = Mapping[str, Any]
Rewriter: TypeAlias = Callable[[GraphBuilder, Sequence[str], Attributes], tuple[str, ...]]


def rewrite_linear(
    graph: GraphBuilder, inputs: Sequence[str], given: Attributes
) -> tuple[str, ...]:
    """Write a LinearRegressor as a product and a sum."""
    _check_plain(given)
    n_targets = int(given.get("targets", 1))
    coefficients = np.asarray(given["coefficients"], dtype=np.float32).reshape(n_targets, -1)
    rows = graph.node("Cast", inputs[0], to=FLOAT)
    product = graph.node("MatMul", rows, graph.constant(coefficients.T))
    if "intercepts" not in given:
        return (product,)
    intercepts = np.asarray(given["intercepts"], dtype=np.float32)
    return (graph.node("Add", product, graph.constant(intercepts)),)


def rewrite_scaler(
    graph: GraphBuilder, inputs: Sequence[str], given: Attributes
) -> tuple[str, ...]:
    """Write a Scaler as a difference and a product."""
    rows = graph.node("Cast", inputs[0], to=FLOAT)
    offset = np.asarray(given.get("offset", [0.0]), dtype=np.float32)
    scale = np.asarray(given.get("scale", [1.0]), dtype=np.float32)
    centered = graph.node("Sub", rows, graph.constant(offset))
    return (graph.node("Mul", centered, graph.constant(scale)),)


def rewrite_extractor(
    graph: GraphBuilder,
    inputs: Sequence[str],
    given: Attributes,  # noqa: ARG001 - it has none
) -> tuple[str, ...]:
    """Write an ArrayFeatureExtractor as a Gather along the last axis."""
    places = graph.node("Reshape", inputs[1], graph.constant(np.array([-1], dtype=np.int64)))
    return (graph.node("Gather", inputs[0], places, axis=-1),)


def rewrite_support_vectors(
    graph: GraphBuilder, inputs: Sequence[str], given: Attributes
) -> tuple[str, ...]:
    """Write an SVMRegressor as its kernel against each support vector, in float64."""
    _check_plain(given)
    n_vectors = int(given.get("n_supports", 0))
    if not n_vectors or int(given.get("one_class", 0)):
        raise UnexportableModel("support vectors of a regressor", "none")
    vectors = np.asarray(given["support_vectors"], dtype=np.float64).reshape(n_vectors, -1)
    weights = np.asarray(given["coefficients"], dtype=np.float64).reshape(n_vectors, 1)
    rows = graph.node("Cast", inputs[0], to=DOUBLE)
    kernel = _kernel(graph, rows, vectors, given)
    weighed = graph.node("MatMul", kernel, graph.constant(weights))
    offset = graph.constant(np.asarray(given["rho"], dtype=np.float64))
    return (graph.node("Cast", graph.node("Add", weighed, offset), to=FLOAT),)


def rewrite_trees(graph: GraphBuilder, inputs: Sequence[str], given: Attributes) -> tuple[str, ...]:
    """Write trees with the attributes they need, their nodes in order."""
    parts = {name: given[name] for name in given if name != "nodes_hitrates"}
    parts.setdefault("nodes_missing_value_tracks_true", [0] * len(parts["nodes_nodeids"]))
    own = np.lexsort([np.asarray(parts[name]) for name in ("nodes_nodeids", "nodes_treeids")])
    for name in (name for name in parts if name.startswith("nodes_")):
        parts[name] = _reordered(parts[name], own)
    rows = graph.node("Cast", inputs[0], to=FLOAT)
    return (graph.node("TreeEnsembleRegressor", rows, domain=ML_DOMAIN, **parts),)


def _kernel(graph: GraphBuilder, rows: str, vectors: FloatArray, given: Attributes) -> str:
    gamma, shift, degree = (float(one) for one in given.get("kernel_params") or (0.0, 0.0, 0.0))
    product = graph.node("MatMul", rows, graph.constant(vectors.T))
    kind = bytes(given.get("kernel_type", b"LINEAR"))
    if kind == b"LINEAR":
        return product
    if kind == b"RBF":
        distance = _squared_distance(graph, rows, graph.constant(vectors))
        return graph.node("Exp", graph.node("Mul", distance, graph.constant(np.array(-gamma))))
    sloped = graph.node("Mul", product, graph.constant(np.array(gamma)))
    shifted = graph.node("Add", sloped, graph.constant(np.array(shift)))
    if kind == b"SIGMOID":
        return graph.node("Tanh", shifted)
    if kind == b"POLY":
        return graph.node("Pow", shifted, graph.constant(np.array(degree)))
    raise UnexportableModel("a linear, radial, polynomial or sigmoid kernel", repr(kind))


def rewrite_distances(
    graph: GraphBuilder, inputs: Sequence[str], given: Attributes
) -> tuple[str, ...]:
    """Write CDist, distances between rows and rows, in float64."""
    metric = bytes(given.get("metric", b"sqeuclidean"))
    if metric not in {b"sqeuclidean", b"euclidean"}:
        raise UnexportableModel("distances by Euclid", repr(metric))
    rows, others = (graph.node("Cast", one, to=DOUBLE) for one in inputs)
    distance = _squared_distance(graph, rows, others)
    if metric == b"euclidean":
        distance = graph.node("Sqrt", distance)
    return (graph.node("Cast", distance, to=FLOAT),)


def _squared_distance(graph: GraphBuilder, rows: str, others: str) -> str:
    """Return squared distances, (n_rows, n_others), none below zero.

    As a product: the differences of all to all would fill the memory.
    """
    last = graph.constant(np.array([1], dtype=np.int64))
    own = graph.node("ReduceSumSquare", rows, last, keepdims=1)
    theirs = graph.node("ReduceSumSquare", others, last, keepdims=0)
    product = graph.node("MatMul", rows, graph.node("Transpose", others, perm=[1, 0]))
    twice = graph.node("Mul", product, graph.constant(np.array(2.0)))
    squared = graph.node("Sub", graph.node("Add", own, theirs), twice)
    return graph.node("Max", squared, graph.constant(np.array(0.0)))


def _check_plain(given: Attributes) -> None:
    transform = bytes(given.get("post_transform", b"NONE"))
    if transform != b"NONE":
        raise UnexportableModel("a forecast without a transform at its end", repr(transform))


def _reordered(values: Sequence[Any], order: IntArray) -> list[Any]:
    return [values[place] for place in order]


REWRITERS: Mapping[tuple[str, str], Rewriter] = MappingProxyType(
    {
        ("com.microsoft", "CDist"): rewrite_distances,
        (ML_DOMAIN, "ArrayFeatureExtractor"): rewrite_extractor,
        (ML_DOMAIN, "LinearRegressor"): rewrite_linear,
        (ML_DOMAIN, "SVMRegressor"): rewrite_support_vectors,
        (ML_DOMAIN, "Scaler"): rewrite_scaler,
        (ML_DOMAIN, "TreeEnsembleRegressor"): rewrite_trees,
    }
)
"""By domain and operator."""
