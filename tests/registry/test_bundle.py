import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from bellwether.features import GraphBuilder
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry import (
    FORMAT_VERSION,
    BadModelId,
    Bundle,
    BundleCorrupt,
    BundleError,
    BundleTooNew,
    BundleUnloadable,
    Golden,
    GoldenMismatch,
    Manifest,
    UnsafeGraph,
    check_golden,
    golden_windows,
    make_bundle,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
)
from bellwether.rules import (
    REASONS,
    Regime,
    RegimeOptions,
    RuleOptions,
    calibrate_rules,
    pad_bars,
    rule_signals,
)

MakeGraph = Callable[[Callable[[GraphBuilder, str], str] | None], bytes]
MANIFEST, DIGEST, GRAPH = "manifest.json", "manifest.sha256", "model.onnx"


def unzip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezip(parts: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def forge(bundle: Bundle, changes: Mapping[str, Any], graph: bytes | None = None) -> bytes:
    """Return a bundle whose digests all hold although its content was changed."""
    parts = unzip(pack_bundle(bundle))
    if graph is not None:
        parts[GRAPH] = graph
    content = {**json.loads(parts[MANIFEST]), **changes}
    digests = {name: digest_bytes(parts[name]) for name in parts if name not in (MANIFEST, DIGEST)}
    content = {"parts": digests, **{k: v for k, v in content.items() if k != "parts"}}
    parts[MANIFEST] = canonical_json(content).encode()
    parts[DIGEST] = digest_bytes(parts[MANIFEST]).encode()
    return rezip(parts)


def edited(graph: bytes, edit: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_model_from_string(graph)
    edit(model)
    return bytes(model.SerializeToString(deterministic=True))


def test_a_packed_bundle_opens_and_answers_as_it_did(bundle: Bundle) -> None:
    loaded = open_bundle(pack_bundle(bundle), "world-1", bundle.digest)
    assert (loaded.digest, loaded.manifest) == (bundle.digest, bundle.manifest)
    outputs = loaded.run(golden_windows(4))
    for name, stored in bundle.golden.outputs.items():
        np.testing.assert_array_equal(outputs[name], stored)


def test_a_loaded_bundle_shows_who_it_is(bundle: Bundle) -> None:
    shown = repr(open_bundle(pack_bundle(bundle), "world-1"))
    assert shown == f"LoadedBundle('world-1', model, {bundle.digest[:12]})"


def test_the_same_bundle_packs_into_the_same_bytes(
    bundle: Bundle, manifest: Manifest, make_graph: MakeGraph
) -> None:
    assert pack_bundle(make_bundle(manifest, make_graph(None))) == pack_bundle(bundle)


def test_another_state_gives_other_answers_without_another_bundle(bundle: Bundle) -> None:
    loaded = open_bundle(pack_bundle(bundle), "world-1")
    windows = golden_windows(4)[:1]
    plain = loaded.run(windows)["score"]
    doubled = loaded.run(windows, {"tilt": np.array([5.0])})["score"]
    np.testing.assert_allclose(doubled, 2.0 * plain)


def test_the_manifest_comes_back_from_its_json(bundle: Bundle) -> None:
    content = json.loads(canonical_json(bundle.manifest.to_json()))
    assert Manifest.from_json(content, "m") == bundle.manifest


def test_the_state_digest_follows_the_state_alone(manifest: Manifest) -> None:
    assert replace(manifest, metrics={}).state_digest == manifest.state_digest
    assert replace(manifest, state={"tilt": [2.0]}).state_digest != manifest.state_digest


@pytest.mark.parametrize("model_id", ["", "../x", "A", "a/b", "a" * 101, ".hidden", "a b"])
def test_an_id_that_is_no_file_name_is_refused(manifest: Manifest, model_id: str) -> None:
    with pytest.raises(BadModelId):
        replace(manifest, model_id=model_id)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_noticed_or_changes_nothing(
    bundle: Bundle, data: st.DataObject
) -> None:
    content = bytearray(pack_bundle(bundle))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        loaded = open_bundle(bytes(content), "world-1", bundle.digest)
    except BundleError:
        return
    assert loaded.manifest == bundle.manifest
    outputs = loaded.run(golden_windows(4))
    for name, stored in bundle.golden.outputs.items():
        np.testing.assert_array_equal(outputs[name], stored)


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.0, 0.999))
def test_a_bundle_cut_short_is_corrupt(bundle: Bundle, share: float) -> None:
    content = pack_bundle(bundle)
    with pytest.raises(BundleCorrupt):
        open_bundle(content[: int(share * len(content))], "world-1")


@pytest.mark.parametrize(
    "part", [MANIFEST, DIGEST, GRAPH, "golden/in/bars.npy", "golden/out/ok.npy"]
)
def test_a_missing_part_is_named(bundle: Bundle, part: str) -> None:
    parts = unzip(pack_bundle(bundle))
    del parts[part]
    with pytest.raises(BundleCorrupt) as caught:
        open_bundle(rezip(parts), "world-1")
    assert caught.value.part == part


@pytest.mark.parametrize("part", [MANIFEST, DIGEST, GRAPH, "golden/in/bars.npy"])
def test_a_changed_part_is_named(bundle: Bundle, part: str) -> None:
    parts = unzip(pack_bundle(bundle))
    parts[part] = parts[part][:-1] + bytes([parts[part][-1] ^ 1])
    with pytest.raises(BundleCorrupt) as caught:
        open_bundle(rezip(parts), "world-1")
    assert caught.value.part == (MANIFEST if part == DIGEST else part)


def test_an_added_part_is_named(bundle: Bundle) -> None:
    parts = {**unzip(pack_bundle(bundle)), "extra.txt": b"hello"}
    with pytest.raises(BundleCorrupt, match=r"extra\.txt"):
        open_bundle(rezip(parts), "world-1")


def test_a_compressed_bundle_is_refused_before_it_can_swell(bundle: Bundle) -> None:
    with pytest.raises(BundleCorrupt, match="compressed"):
        open_bundle(rezip(unzip(pack_bundle(bundle)), zipfile.ZIP_DEFLATED), "world-1")


def test_another_model_in_the_place_of_the_registered_one_is_refused(
    bundle: Bundle, manifest: Manifest, make_graph: MakeGraph
) -> None:
    other = make_bundle(replace(manifest, metrics={}), make_graph(None))
    with pytest.raises(BundleCorrupt, match="another bundle"):
        open_bundle(pack_bundle(other), "world-1", bundle.digest)


def test_a_later_format_asks_for_an_upgrade(bundle: Bundle) -> None:
    content = forge(
        bundle, {"format_version": FORMAT_VERSION + 1, "bellwether_version": "99.1", "news": 1}
    )
    with pytest.raises(BundleTooNew, match=r"bellwether 99\.1") as caught:
        open_bundle(content, "world-1")
    assert (caught.value.found, caught.value.known) == (FORMAT_VERSION + 1, FORMAT_VERSION)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "magic"},
        {"horizon_bars": 0},
        {"horizon_bars": True},
        {"symbols": "A"},
        {"state": {"tilt": "2"}},
        {"trained_at": "yesterday"},
        {"parts": []},
        {"words": {"regime": {"0": 1}}},
        {"model_id": "../up"},
        {"surprise": 1},
        {"format_version": None},
    ],
)
def test_a_manifest_that_makes_no_sense_is_corrupt(
    bundle: Bundle, change: dict[str, object]
) -> None:
    content = {**json.loads(bundle.manifest_bytes), **change}
    with pytest.raises(BundleCorrupt):
        Manifest.from_json(content, "m")


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b"[" * 100_000])
def test_a_manifest_that_is_no_json_object_is_corrupt(bundle: Bundle, text: bytes) -> None:
    parts = {**unzip(pack_bundle(bundle)), MANIFEST: text, DIGEST: digest_bytes(text).encode()}
    with pytest.raises(BundleCorrupt):
        open_bundle(rezip(parts), "world-1")


def test_a_pickle_in_the_place_of_an_array_is_never_opened(bundle: Bundle) -> None:
    parts = unzip(pack_bundle(bundle))
    written = io.BytesIO()
    np.save(written, np.array([{"run": "me"}], dtype=object), allow_pickle=True)
    parts["golden/in/bars.npy"] = written.getvalue()
    content = json.loads(parts[MANIFEST])
    content["parts"]["golden/in/bars.npy"] = digest_bytes(written.getvalue())
    parts[MANIFEST] = canonical_json(content).encode()
    parts[DIGEST] = digest_bytes(parts[MANIFEST]).encode()
    with pytest.raises(BundleCorrupt, match="bars"):
        open_bundle(rezip(parts), "world-1")


def test_a_graph_that_answers_otherwise_than_its_golden_answers_is_refused(
    bundle: Bundle, make_graph: MakeGraph
) -> None:
    def nudge(graph: GraphBuilder, score: str) -> str:
        return graph.node("Add", score, graph.constant(np.array([2e-6])))

    with pytest.raises(GoldenMismatch) as caught:
        open_bundle(forge(bundle, {}, make_graph(nudge)), "world-1")
    assert caught.value.difference > 1e-6


@pytest.mark.parametrize(
    ("found", "fits"),
    [
        ([0.5, np.nan], True),
        ([0.5 + 0.9e-6, np.nan], True),
        ([0.5 + 1.1e-6, np.nan], False),
        ([np.nan, np.nan], False),
        ([0.5, 0.0], False),
        ([np.inf, np.nan], False),
        ([0.5], False),
    ],
)
def test_golden_answers_hold_to_a_millionth_and_to_every_missing_value(
    found: list[float], fits: bool
) -> None:
    golden = Golden(inputs={}, outputs={"x": np.array([0.5, np.nan])})
    if fits:
        check_golden("m", golden, {"x": np.array(found)})
    else:
        with pytest.raises(GoldenMismatch):
            check_golden("m", golden, {"x": np.array(found)})


@pytest.mark.parametrize(
    ("output", "difference", "fits"),
    [
        ("score", 0.9e-4, True),
        ("score", 1.1e-4, False),
        ("probability_up", 0.9e-6, True),
        ("probability_up", 1.1e-6, False),
    ],
)
def test_a_score_is_held_to_what_a_millionth_of_a_forecast_makes_of_it(
    output: str, difference: float, fits: bool
) -> None:
    stored = {"score": np.array([0.5]), "probability_up": np.array([0.5])}
    golden = Golden(inputs={"member_scale": np.array([0.2, 0.01])}, outputs=stored)
    found = {**stored, output: stored[output] + difference}
    if fits:
        check_golden("m", golden, found)
    else:
        with pytest.raises(GoldenMismatch, match=output):
            check_golden("m", golden, found)


def test_a_missing_output_is_no_golden_answer() -> None:
    with pytest.raises(GoldenMismatch):
        check_golden("m", Golden(inputs={}, outputs={"x": np.ones(1)}), {})


def set_external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def add_branch(model: onnx.ModelProto) -> None:
    branch = helper.make_graph([], "branch", [], [])
    model.graph.node.append(
        helper.make_node("If", ["ok"], ["never"], then_branch=branch, else_branch=branch)
    )


def hide_branch(model: onnx.ModelProto) -> None:
    branch = helper.make_graph([], "branch", [], [])
    model.graph.node.append(helper.make_node("Identity", ["ok"], ["never"], body=branch))


def add_function(model: onnx.ModelProto) -> None:
    function = helper.make_function("mine", "f", ["x"], ["y"], [], [helper.make_opsetid("", 18)])
    model.functions.append(function)


def add_private_operator(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.evil", 1))
    model.graph.node.append(helper.make_node("Run", ["ok"], ["never"], domain="com.evil"))


def add_undeclared_operator(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Run", ["ok"], ["never"], domain="com.evil"))


def add_dice(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("RandomNormal", [], ["never"], shape=[1]))


def add_sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add()


def hide_external_in_attribute(model: onnx.ModelProto) -> None:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    tensor.external_data.add(key="location", value="/etc/passwd")
    model.graph.node.append(helper.make_node("Constant", [], ["never"], value=tensor))


def hide_sparse(model: onnx.ModelProto) -> None:
    node = helper.make_node("Constant", [], ["never"])
    node.attribute.add(name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR)
    node.attribute[0].sparse_tensor.dims.append(1)
    model.graph.node.append(node)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (hide_sparse, "sparse"),
        (set_external, "data in another file"),
        (hide_external_in_attribute, "data in another file"),
        (add_branch, "If"),
        (hide_branch, "a branch or loop"),
        (add_function, "functions"),
        (add_private_operator, r"com\.evil"),
        (add_undeclared_operator, r"com\.evil"),
        (add_dice, "RandomNormal"),
        (add_sparse, "sparse"),
    ],
)
def test_a_graph_that_reaches_out_is_refused_before_the_engine_sees_it(
    bundle: Bundle, edit: Callable[[onnx.ModelProto], object], words: str
) -> None:
    with pytest.raises(UnsafeGraph, match=words):
        open_bundle(forge(bundle, {}, edited(bundle.graph, edit)), "world-1")


def test_bytes_that_are_no_graph_are_refused(bundle: Bundle) -> None:
    with pytest.raises(UnsafeGraph, match="unreadable"):
        open_bundle(forge(bundle, {}, b"\xff" * 64), "world-1")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lookback_bars": 5}, "bars of shape"),
        ({"state": {}}, "inputs"),
        ({"state": {"tilt": [1.0], "more": [1.0]}}, "inputs"),
        ({"kind": "rules"}, "no output 'direction'"),
    ],
)
def test_a_graph_that_does_not_fit_its_manifest_is_refused(
    bundle: Bundle, change: dict[str, object], words: str
) -> None:
    with pytest.raises(UnsafeGraph, match=words):
        open_bundle(forge(bundle, change), "world-1")


def test_inputs_of_another_type_are_refused(bundle: Bundle) -> None:
    def to_float32(model: onnx.ModelProto) -> None:
        model.graph.input[1].type.tensor_type.elem_type = TensorProto.FLOAT

    with pytest.raises(UnsafeGraph, match="another type"):
        open_bundle(forge(bundle, {}, edited(bundle.graph, to_float32)), "world-1")


def test_a_graph_the_engine_refuses_is_unloadable(bundle: Bundle) -> None:
    def break_wiring(model: onnx.ModelProto) -> None:
        model.graph.node[0].input[0] = "nobody"

    with pytest.raises(BundleUnloadable):
        open_bundle(forge(bundle, {}, edited(bundle.graph, break_wiring)), "world-1")


def test_a_graph_that_fails_on_its_golden_inputs_is_unloadable(
    bundle: Bundle, make_graph: MakeGraph
) -> None:
    def stumble(graph: GraphBuilder, score: str) -> str:
        far = graph.node("Cast", graph.constant(np.array([99.0])), to=TensorProto.INT64)
        far = graph.node("Add", far, graph.node("Shape", score))
        return graph.node("Add", score, graph.node("Gather", score, far, axis=0))

    with pytest.raises(BundleUnloadable):
        open_bundle(forge(bundle, {}, make_graph(stumble)), "world-1")


def test_a_bundle_without_golden_answers_is_refused(bundle: Bundle) -> None:
    parts = unzip(pack_bundle(bundle))
    kept = {name: content for name, content in parts.items() if not name.startswith("golden/out")}
    digests = {GRAPH: digest_bytes(kept[GRAPH])}
    digests |= {name: digest_bytes(kept[name]) for name in kept if name.startswith("golden")}
    content = {**json.loads(kept[MANIFEST]), "parts": digests}
    kept[MANIFEST] = canonical_json(content).encode()
    kept[DIGEST] = digest_bytes(kept[MANIFEST]).encode()
    with pytest.raises(BundleCorrupt, match="golden/out/"):
        open_bundle(rezip(kept), "world-1")


def test_golden_windows_are_valid_bars_but_for_the_last_and_always_the_same() -> None:
    windows = golden_windows(30)
    np.testing.assert_array_equal(windows, golden_windows(30))
    sound = windows[:-1]
    assert np.isfinite(sound).all()
    assert (sound[..., 1] >= sound[..., [0, 2, 3]].max(axis=-1)).all()
    assert (sound[..., 2] <= sound[..., [0, 1, 3]].min(axis=-1)).all()
    assert not np.isfinite(windows[-1]).all()


@pytest.mark.parametrize("detector", ["contract", "jump"])
def test_the_rules_bundle_says_what_the_rules_say_in_batch(
    make_bars: Callable[[int, int], Any], detector: Literal["contract", "jump"]
) -> None:
    matrix = make_bars(420, 3).matrix
    options = RuleOptions(regimes=RegimeOptions(detector=detector))
    loaded = open_bundle(pack_bundle(make_rules_bundle(options=options)), "rules")
    n_bars = loaded.manifest.lookback_bars
    stops = [60, 61, 200, 359, 360, 420]
    outputs = loaded.run(np.stack([pad_bars(matrix[:stop], n_bars) for stop in stops]))
    batch = rule_signals(matrix, options)
    for name in ("direction", "reason", "regime", "regime_confirmed"):
        expected = [getattr(batch, name)[stop - 1] for stop in stops]
        assert outputs[name].tolist() == expected, name


def test_the_rules_bundle_holds_words_for_every_code_and_the_calibration_given() -> None:
    probabilities = calibrate_rules(np.array([1, 1, -1]), np.array([0.1, 0.1, -0.1]))
    manifest = make_rules_bundle(probabilities).manifest
    assert manifest.state == {"probability_by_signal": probabilities.tolist()}
    assert manifest.words["reason"] == {str(int(code)): REASONS[code] for code in REASONS}
    assert manifest.words["regime"] == {str(int(one)): one.words for one in Regime}
