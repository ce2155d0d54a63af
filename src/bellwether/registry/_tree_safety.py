"""What an ensemble of trees may be: trees, each reached from one root, of no great depth.

The engine follows the numbers in a tree's nodes wherever they lead: round in circles, or down a
chain that is deeper than its stack.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray

from bellwether.arrays import IntArray

MOST_LEVELS = 256
_MOST_NODES = 1 << 24
_NODES = (
    "treeids nodeids featureids modes values truenodeids falsenodeids missing_value_tracks_true"
)
_TARGETS = "treeids nodeids ids weights"
_LEAF = b"LEAF"
_MODES = frozenset({_LEAF, b"BRANCH_LT", b"BRANCH_LEQ", b"BRANCH_GT", b"BRANCH_GTE"})
_SCALARS = frozenset({"n_targets", "post_transform", "aggregate_function", "base_values"})


def find_tree_faults(node: onnx.NodeProto) -> Iterator[str]:
    """Yield the first thing that makes a node's trees no trees, if any.

    Parameters
    ----------
    node : onnx.NodeProto
        A TreeEnsembleRegressor.
    """
    given = {one.name: one for one in node.attribute}
    named = {f"nodes_{n}" for n in _NODES.split()} | {f"target_{n}" for n in _TARGETS.split()}
    if given.keys() - named - _SCALARS or not named <= given.keys():
        yield "trees with other attributes than they need"
        return
    nodes = {name: _values(given[f"nodes_{name}"]) for name in _NODES.split()}
    targets = {name: _values(given[f"target_{name}"]) for name in _TARGETS.split()}
    fault = _find_shape_fault(nodes, targets) or _find_fault(nodes, targets, given["n_targets"].i)
    if fault is not None:
        yield fault


def _values(attribute: onnx.AttributeProto) -> NDArray[np.generic]:
    if attribute.type == onnx.AttributeProto.STRINGS:
        return np.array(attribute.strings, dtype=np.bytes_)
    if attribute.type == onnx.AttributeProto.FLOATS:
        return np.array(attribute.floats, dtype=np.float64)
    return np.array(attribute.ints, dtype=np.int64)


def _find_shape_fault(nodes: Mapping[str, object], targets: Mapping[str, object]) -> str | None:
    for arrays in (nodes, targets):
        lengths = {len(values) for values in arrays.values()}  # type: ignore[arg-type]
        if len(lengths) != 1 or not 1 <= lengths.pop() <= _MOST_NODES:
            return "trees with attributes of different lengths"
    return None


def _find_fault(
    nodes: Mapping[str, NDArray[np.generic]],
    targets: Mapping[str, NDArray[np.generic]],
    n_targets: int,
) -> str | None:
    if not set(np.unique(nodes["modes"]).tolist()) <= _MODES:
        return "trees with branches of an unknown kind"
    if not 1 <= n_targets <= _MOST_NODES or not _are_within(targets["ids"], n_targets):
        return "trees with more targets than they name"
    places = ("treeids", "nodeids", "featureids", "truenodeids", "falsenodeids")
    if not all(_are_within(nodes[name], _MOST_NODES) for name in places):
        return "trees with numbers out of range"
    own = _keys(nodes["treeids"], nodes["nodeids"])
    if not (own[1:] > own[:-1]).all():
        return "trees whose nodes are not in order, or there twice"
    leaf = nodes["modes"] == _LEAF
    if not np.isin(_keys(targets["treeids"], targets["nodeids"]), own[leaf]).all():
        return "trees with targets that are no leaves"
    branch = {name: nodes[name][~leaf] for name in ("treeids", "truenodeids", "falsenodeids")}
    children = np.concatenate(
        [_keys(branch["treeids"], branch[side]) for side in ("truenodeids", "falsenodeids")]
    )
    return _find_wiring_fault(own, np.flatnonzero(~leaf), children)


def _find_wiring_fault(own: IntArray, branches: IntArray, children: IntArray) -> str | None:
    if not np.isin(children, own).all() or len(np.unique(children)) != len(children):
        return "trees with nodes that are nobody's child, or the child of two"
    below = np.zeros((len(own), 2), dtype=np.int64)
    below[branches] = np.searchsorted(own, children).reshape(2, -1).T
    is_branch = np.zeros(len(own), dtype=np.bool_)
    is_branch[branches] = True
    level = np.flatnonzero(~np.isin(own, children))
    if len(np.unique(own[level] // _MOST_NODES)) != len(np.unique(own // _MOST_NODES)):
        return "trees without a root"
    n_reached = 0
    for _ in range(MOST_LEVELS):
        n_reached += len(level)
        level = below[level[is_branch[level]]].ravel()
        if not len(level):
            break
    return None if n_reached == len(own) else f"trees that are circles, or over {MOST_LEVELS} deep"


def _keys(trees: NDArray[np.generic], nodes: NDArray[np.generic]) -> IntArray:
    return trees.astype(np.int64) * _MOST_NODES + nodes.astype(np.int64)


def _are_within(values: NDArray[np.generic], most: int) -> bool:
    numbers = values.astype(np.int64)
    return bool(((numbers >= 0) & (numbers < most)).all())
