"""Boosted trees as an ONNX operator, read from the booster's own JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bellwether.features import GraphBuilder
from bellwether.models._errors import UnreadableModel

_TREE_DOMAIN = "ai.onnx.ml"


def lower_trees(graph: GraphBuilder, booster_json: bytes, rows: str) -> str:
    """Append a squared-error XGBoost booster to a graph.

    Parameters
    ----------
    graph : GraphBuilder
    booster_json : bytes
        `Booster.save_raw("json")`. Where it was stopped early, the trees after its best
        round are left out.
    rows : str
        Tensor of float32, shape (batch, n_features). NaN goes the way each split learned.

    Returns
    -------
    forecast : str
        Tensor of float32, shape (batch,).

    Raises
    ------
    UnreadableModel
        If the booster is not made of plain regression trees.

    Notes
    -----
    XGBoost goes left where the float32 value is strictly below the float32 threshold:
    BRANCH_LT with thresholds taken digit for digit, no rounding in between.
    """
    learner = json.loads(booster_json)["learner"]
    _check_learner(learner)
    trees = _kept_trees(learner)
    base = _base_score(learner)
    if not trees:
        trees = [_single_leaf()]
    sums = graph.node(
        "TreeEnsembleRegressor",
        rows,
        domain=_TREE_DOMAIN,
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        base_values=[base],
        **_node_attributes(trees),
    )
    return graph.node("Squeeze", sums, graph.constant(np.array([1], dtype=np.int64)))


def _check_learner(learner: Mapping[str, Any]) -> None:
    facts = {
        "booster": learner["gradient_booster"]["name"],
        "objective": learner["objective"]["name"],
        "classes": int(learner["learner_model_param"].get("num_class", "0")),
        "targets": int(learner["learner_model_param"].get("num_target", "1")),
    }
    plain = {"booster": "gbtree", "objective": "reg:squarederror", "classes": 0, "targets": 1}
    if facts != plain:
        raise UnreadableModel("gradient_boosting", str(plain), str(facts))


def _kept_trees(learner: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    model = learner["gradient_booster"]["model"]
    trees: Sequence[Mapping[str, Any]] = model["trees"]
    best = learner.get("attributes", {}).get("best_iteration")
    if best is not None:
        trees = trees[: int(model["iteration_indptr"][int(best) + 1])]
    if any(np.any(tree.get("split_type", 0)) for tree in trees):
        raise UnreadableModel("gradient_boosting", "numerical splits", "categorical ones")
    return trees


def _base_score(learner: Mapping[str, Any]) -> float:
    text = str(learner["learner_model_param"]["base_score"])
    return float(text.strip("[]"))


def _single_leaf() -> Mapping[str, Any]:
    return {
        "left_children": [-1],
        "right_children": [-1],
        "split_indices": [0],
        "split_conditions": [0.0],
        "default_left": [0],
    }


def _node_attributes(trees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sizes = [len(tree["left_children"]) for tree in trees]
    tree_ids = np.repeat(np.arange(len(trees)), sizes)
    node_ids = np.concatenate([np.arange(size) for size in sizes])
    left = _joined(trees, "left_children", np.int64)
    right = _joined(trees, "right_children", np.int64)
    values = _joined(trees, "split_conditions", np.float32)
    leaf = left < 0
    return {
        "nodes_treeids": tree_ids.tolist(),
        "nodes_nodeids": node_ids.tolist(),
        "nodes_featureids": np.where(leaf, 0, _joined(trees, "split_indices", np.int64)).tolist(),
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LT").tolist(),
        "nodes_values": np.where(leaf, np.float32(0.0), values).tolist(),
        "nodes_truenodeids": np.where(leaf, 0, left).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, right).tolist(),
        "nodes_missing_value_tracks_true": _joined(trees, "default_left", np.int64).tolist(),
        "target_treeids": tree_ids[leaf].tolist(),
        "target_nodeids": node_ids[leaf].tolist(),
        "target_ids": np.zeros(int(leaf.sum()), dtype=np.int64).tolist(),
        "target_weights": values[leaf].tolist(),
    }


def _joined(trees: Sequence[Mapping[str, Any]], name: str, dtype: type) -> np.ndarray[Any, Any]:
    return np.concatenate([np.asarray(tree[name], dtype=dtype) for tree in trees])
