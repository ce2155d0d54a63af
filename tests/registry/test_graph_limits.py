"""Graphs that keep to the allowed operators and are dangerous all the same."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from bellwether.features import GraphBuilder
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry import (
    Bundle,
    BundleCorrupt,
    Manifest,
    UnsafeGraph,
    check_graph,
    open_bundle,
    pack_bundle,
)
from bellwether.registry._archive import pack_archive, unpack_archive

Edit = Callable[[onnx.ModelProto], object]


def edited(graph: bytes, edit: Edit) -> bytes:
    model = onnx.load_model_from_string(graph)
    edit(model)
    return bytes(model.SerializeToString(deterministic=True))


def forge(bundle: Bundle, manifest: bytes) -> bytes:
    parts = unpack_archive(pack_bundle(bundle), "m")
    parts["manifest.json"] = manifest
    parts["manifest.sha256"] = digest_bytes(manifest).encode()
    return pack_archive(parts)


# --- the graph ----------------------------------------------------------------------------


def lie_about_size(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [1 << 40]


def have_negative_size(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [-1, -1]


def text_tensor() -> TensorProto:
    return TensorProto(name="t", data_type=TensorProto.STRING, dims=[1], string_data=[b"x"])


def hold_texts(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(text_tensor())


def hide_texts(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Constant", [], ["never"], value=text_tensor()))


def cast_to_texts(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Cast", ["ok"], ["x"], to=TensorProto.STRING))


def give_texts(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.STRING


def give_sequences(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.sequence_type.elem_type.tensor_type.elem_type = TensorProto.FLOAT


def take_bars_twice(model: onnx.ModelProto) -> None:
    model.graph.input.append(model.graph.input[0])


def take_so_many_windows(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 5


def set_the_engine(model: onnx.ModelProto) -> None:
    model.metadata_props.add(key="ort_config", value="{}")


def set_the_engine_in_a_node(model: onnx.ModelProto) -> None:
    model.graph.node[0].metadata_props.add(key="a", value="b")


def refer_to_a_function(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.add(name="x", ref_attr_name="y")


def have_many_attributes(model: onnx.ModelProto) -> None:
    for number in range(100):
        model.graph.node[0].attribute.add(name=f"a{number}", i=1, type=onnx.AttributeProto.INT)


def have_many_wires(model: onnx.ModelProto) -> None:
    model.graph.node[0].input.extend([""] * 1_000_001)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lie_about_size, "another size"),
        (have_negative_size, "another size"),
        (hold_texts, "string_data"),
        (hide_texts, "string_data"),
        (cast_to_texts, "cast"),
        (give_texts, "output"),
        (give_sequences, "output"),
        (take_bars_twice, "inputs"),
        (take_so_many_windows, "in any number"),
        (set_the_engine, "settings for the engine"),
        (set_the_engine_in_a_node, "settings for the engine"),
        (refer_to_a_function, "ref_attr_name"),
        (have_many_attributes, "more than 64 of attribute"),
        (have_many_wires, "wires"),
    ],
)
def test_a_graph_that_is_more_than_arithmetic_is_refused(
    bundle: Bundle, edit: Edit, words: str
) -> None:
    with pytest.raises(UnsafeGraph, match=words):
        check_graph(edited(bundle.graph, edit), bundle.manifest, "m")


@pytest.mark.parametrize("text", [b"bellwether", b"node_0", b"Gather"])
def test_names_that_are_no_text_are_refused_before_the_engine_stumbles_over_them(
    bundle: Bundle, text: bytes
) -> None:
    assert text in bundle.graph
    graph = bundle.graph.replace(text, text[:-1] + b"\xc7", 1)
    with pytest.raises(UnsafeGraph, match=r"no text|operator"):
        check_graph(graph, bundle.manifest, "m")


def test_more_nodes_than_any_model_has_are_refused(bundle: Bundle) -> None:
    def grow(model: onnx.ModelProto) -> None:
        model.graph.node.extend([helper.make_node("Identity", ["ok"], [""])] * 100_001)

    with pytest.raises(UnsafeGraph, match="more than 100000 of node"):
        check_graph(edited(bundle.graph, grow), bundle.manifest, "m")


def test_the_engine_is_given_what_was_checked_and_nothing_a_later_format_knows(
    bundle: Bundle,
) -> None:
    unknown = b"\xfa\x3f\x04evil"  # field 1023, which this version of the format does not have
    checked = check_graph(bundle.graph + unknown, bundle.manifest, "m")
    assert b"evil" not in checked
    assert checked == bundle.graph


def test_the_engines_own_format_is_neither_let_in_nor_guessed(bundle: Bundle) -> None:
    def name_it(model: onnx.ModelProto) -> None:
        model.producer_name = "ORTM"

    graph = edited(bundle.graph, name_it)
    assert graph[4:8] == b"ORTM"
    assert onnx.load_model_from_string(graph).producer_name == "ORTM"  # sound as a graph
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    with pytest.raises(Exception, match="ORT model"):  # and yet the engine takes it for its own
        onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    with pytest.raises(UnsafeGraph, match="own format"):
        check_graph(graph, bundle.manifest, "m")


# --- trees --------------------------------------------------------------------------------

TREES: dict[str, Any] = {
    "n_targets": 1,
    "nodes_treeids": [0, 0, 0, 1],
    "nodes_nodeids": [0, 1, 2, 0],
    "nodes_featureids": [3, 0, 0, 0],
    "nodes_modes": ["BRANCH_LT", "LEAF", "LEAF", "LEAF"],
    "nodes_values": [0.5, 0.0, 0.0, 0.0],
    "nodes_truenodeids": [1, 0, 0, 0],
    "nodes_falsenodeids": [2, 0, 0, 0],
    "nodes_missing_value_tracks_true": [0, 0, 0, 0],
    "target_treeids": [0, 0, 1],
    "target_nodeids": [1, 2, 0],
    "target_ids": [0, 0, 0],
    "target_weights": [1.0, 2.0, 3.0],
}


def graph_of_trees(make_graph: Callable[..., bytes], **changes: Any) -> bytes:
    def grow(graph: GraphBuilder, score: str) -> str:
        row = graph.node("Unsqueeze", score, graph.constant(np.array([1])))
        rows = graph.node("Cast", graph.node("Concat", *[row] * 4, axis=1), to=TensorProto.FLOAT)
        facts = {key: value for key, value in {**TREES, **changes}.items() if value is not None}
        sums = graph.node("TreeEnsembleRegressor", rows, domain="ai.onnx.ml", **facts)
        flat = graph.node("Squeeze", sums, graph.constant(np.array([1])))
        return graph.node("Cast", flat, to=TensorProto.DOUBLE)

    return make_graph(grow)


def test_sound_trees_are_let_in(manifest: Manifest, make_graph: Callable[..., bytes]) -> None:
    check_graph(graph_of_trees(make_graph), manifest, "m")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes_truenodeids": [0, 0, 0, 0]}, "circles"),
        ({"nodes_truenodeids": [7, 0, 0, 0]}, "nobody's child"),
        ({"nodes_falsenodeids": [1, 0, 0, 0]}, "child of two"),
        ({"nodes_truenodeids": [-1, 0, 0, 0]}, "out of range"),
        ({"nodes_treeids": [0, 0, 0, 1 << 40]}, "out of range"),
        ({"nodes_featureids": [-5, 0, 0, 0]}, "out of range"),
        ({"nodes_nodeids": [0, 1, 1, 0]}, "in order"),
        ({"nodes_modes": ["BRANCH_LT", "LEAF", "LEAF", "JUMP"]}, "unknown kind"),
        ({"nodes_values": [0.5]}, "different lengths"),
        ({"target_weights": [1.0]}, "different lengths"),
        ({"target_nodeids": [0, 2, 0]}, "no leaves"),
        ({"target_ids": [0, 0, 1]}, "more targets"),
        ({"n_targets": 0}, "more targets"),
        ({"nodes_modes": None}, "other attributes"),
        ({"nodes_hitrates": [1.0] * 4}, "other attributes"),
    ],
)
def test_what_the_engine_would_follow_into_nowhere_is_refused(
    manifest: Manifest,
    make_graph: Callable[..., bytes],
    changes: dict[str, Any],
    words: str,
) -> None:
    def edit(model: onnx.ModelProto) -> None:
        [node] = [one for one in model.graph.node if one.op_type == "TreeEnsembleRegressor"]
        for name, value in changes.items():
            kept = [one for one in node.attribute if one.name != name]
            del node.attribute[:]
            node.attribute.extend(kept)
            if value is not None:
                node.attribute.append(helper.make_attribute(name, value))

    with pytest.raises(UnsafeGraph, match=words):
        check_graph(edited(graph_of_trees(make_graph), edit), manifest, "m")


def test_a_tree_deeper_than_the_engines_stack_is_refused(
    manifest: Manifest, make_graph: Callable[..., bytes]
) -> None:
    n = 1000
    chain = {
        "nodes_treeids": [0] * (2 * n + 1),
        "nodes_nodeids": list(range(2 * n + 1)),
        "nodes_featureids": [0] * (2 * n + 1),
        "nodes_modes": ["BRANCH_LT", "LEAF"] * n + ["LEAF"],
        "nodes_values": [0.0] * (2 * n + 1),
        "nodes_truenodeids": [i + 1 if i % 2 == 0 else 0 for i in range(2 * n)] + [0],
        "nodes_falsenodeids": [i + 2 if i % 2 == 0 else 0 for i in range(2 * n)] + [0],
        "nodes_missing_value_tracks_true": [0] * (2 * n + 1),
        "target_treeids": [0],
        "target_nodeids": [1],
        "target_ids": [0],
        "target_weights": [1.0],
    }
    with pytest.raises(UnsafeGraph, match="deep"):
        check_graph(graph_of_trees(make_graph, **chain), manifest, "m")


ROOTLESS: dict[str, Any] = {
    "nodes_modes": ["BRANCH_LT", "LEAF"],
    "nodes_treeids": [0, 0],
    "nodes_nodeids": [0, 1],
    "nodes_featureids": [0, 0],
    "nodes_values": [0.0, 0.0],
    "nodes_truenodeids": [0, 0],
    "nodes_falsenodeids": [1, 0],
    "nodes_missing_value_tracks_true": [0, 0],
    "target_treeids": [0],
    "target_nodeids": [1],
    "target_ids": [0],
    "target_weights": [1.0],
}
BESIDE: dict[str, Any] = {
    "nodes_modes": ["LEAF", "BRANCH_LT", "BRANCH_LT", "LEAF", "LEAF"],
    "nodes_treeids": [0] * 5,
    "nodes_nodeids": [0, 1, 2, 3, 4],
    "nodes_featureids": [0] * 5,
    "nodes_values": [0.0] * 5,
    "nodes_truenodeids": [0, 2, 1, 0, 0],
    "nodes_falsenodeids": [0, 3, 4, 0, 0],
    "nodes_missing_value_tracks_true": [0] * 5,
    "target_treeids": [0],
    "target_nodeids": [3],
    "target_ids": [0],
    "target_weights": [1.0],
}


@pytest.mark.parametrize(("circle", "words"), [(ROOTLESS, "without a root"), (BESIDE, "circles")])
def test_trees_that_run_in_a_circle_are_refused(
    manifest: Manifest, make_graph: Callable[..., bytes], circle: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnsafeGraph, match=words):
        check_graph(graph_of_trees(make_graph, **circle), manifest, "m")


# --- the manifest -------------------------------------------------------------------------


def manifest_text(bundle: Bundle, **changes: object) -> bytes:
    return canonical_json({**json.loads(bundle.manifest_bytes), **changes}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"trained_at": "NaT"},
        {"trained_at": "now"},
        {"trained_at": "2018"},
        {"symbols": ["A\x1b[2J"]},
        {"universe": "a\u2028b"},
        {"universe": "x" * 70_000},
        {"bellwether_version": "\ud800"},
        {"words": {"reason": {"0": "line\nline"}}},
        {"state": {"tilt": [True]}},
        {"state": {"tilt": [10**400]}},
        {"state": {"tilt": ["1"]}},
        {"lookback_bars": 10**12},
        {"horizon_bars": 1.0},
        {"metrics": {"deep": json.loads("[" * 40 + "]" * 40)}},
    ],
)
def test_a_manifest_beyond_all_bounds_is_corrupt(
    bundle: Bundle, changes: dict[str, object]
) -> None:
    with pytest.raises(BundleCorrupt):
        open_bundle(forge(bundle, manifest_text(bundle, **changes)), "m")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b'"horizon_bars":1', b'"horizon_bars":1,"horizon_bars":2'),
        lambda text: text.replace(b'"horizon_bars":1', b'"horizon_bars": 1'),
        lambda text: text.replace(b'"tilt":[2.5]', b'"tilt":[NaN]'),
        lambda text: text.replace(b'"tilt":[2.5]', b'"tilt":[1e999]'),
        lambda text: text.replace(b'"tilt":[2.5]', b'"tilt":[25e-1]'),
        lambda text: text.replace(b'"folds":3', b'"folds":' + b"9" * 5000),
        lambda text: text.replace(b'"tiny"', b'"t\\u0069ny"'),
        lambda text: text + b" ",
        lambda text: text.replace(b'"folds":3', b'"folds":"' + b"x" * (1 << 22) + b'"'),
        lambda text: text.replace(b'"folds":3', b'"folds":' + b"[" * 900 + b"]" * 900),
    ],
)
def test_a_manifest_that_two_readers_could_read_otherwise_is_corrupt(
    bundle: Bundle, spoil: Callable[[bytes], bytes]
) -> None:
    text = manifest_text(bundle)
    assert spoil(text) != text
    with pytest.raises(BundleCorrupt):
        open_bundle(forge(bundle, spoil(text)), "m")
