"""Bundles that would take down whoever opens them, in a process that may go down."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.steady import steady_manifest

from bellwether.adapters import ProcessProbe
from bellwether.adapters._bundle_probe import _make_refusal, _tell_end
from bellwether.features import GraphBuilder
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry import (
    Bundle,
    BundleCorrupt,
    BundleError,
    BundleTooCostly,
    BundleUnloadable,
    GoldenMismatch,
    make_bundle,
    make_rules_bundle,
    pack_bundle,
)
from bellwether.registry._archive import pack_archive, unpack_archive

N_BARS = 4
Grow = Callable[[GraphBuilder, str], str]


def model_graph(grow: Grow | None = None) -> bytes:
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    last = graph.node("Gather", bars, graph.constant(np.array(0)), axis=1)
    score = graph.node("Gather", last, graph.constant(np.array(0)), axis=1)
    score = score if grow is None else grow(graph, score)
    for name in ("expected_return", "score", "volatility", "probability_up", "confidence"):
        graph.output(name, score, np.float64, ("batch",))
    for name in ("quantiles", "member_forecasts", "features"):
        graph.output(name, last, np.float64, ("batch", 5))
    graph.output("ok", graph.node("Equal", score, score), np.bool_, ("batch",))
    return graph.build()


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    manifest = steady_manifest(
        "m",
        symbols=("A",),
        trained_at=np.datetime64("2018-12-31T21:00", "us"),
        lookback_bars=N_BARS,
    )
    return make_bundle(manifest, model_graph())


def with_graph(bundle: Bundle, graph: bytes) -> bytes:
    """Return a bundle whose digests hold for a graph that nobody has opened yet."""
    parts = unpack_archive(pack_bundle(bundle), "m")
    parts["model.onnx"] = graph
    manifest = json.loads(parts["manifest.json"])
    manifest["parts"]["model.onnx"] = digest_bytes(graph)
    parts["manifest.json"] = canonical_json(manifest).encode()
    parts["manifest.sha256"] = digest_bytes(parts["manifest.json"]).encode()
    return pack_archive(parts)


def hold(n_numbers: int) -> Grow:
    def grow(graph: GraphBuilder, score: str) -> str:
        shape = graph.constant(np.array([n_numbers], dtype=np.int64))
        total = graph.node("ReduceSum", graph.node("ConstantOfShape", shape), keepdims=0)
        return graph.node("Add", score, graph.node("Cast", total, to=TensorProto.DOUBLE))

    return grow


def toil(graph: GraphBuilder, score: str) -> str:
    shape = graph.constant(np.array([3000, 3000], dtype=np.int64))
    product = graph.node("ConstantOfShape", shape)
    for _ in range(500):
        product = graph.node("MatMul", product, product)
    total = graph.node("ReduceSum", product, keepdims=0)
    return graph.node("Add", score, graph.node("Cast", total, to=TensorProto.DOUBLE))


def differ(graph: GraphBuilder, score: str) -> str:
    return graph.node("Add", score, graph.constant(np.ones(1)))


def test_a_sound_bundle_is_proved(bundle: Bundle) -> None:
    ProcessProbe().prove(pack_bundle(bundle), "m")


def test_the_rules_are_proved_too() -> None:
    ProcessProbe().prove(pack_bundle(make_rules_bundle()), "rules")


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda bundle: pack_bundle(bundle)[:-9], BundleCorrupt),
        (lambda bundle: with_graph(bundle, model_graph(differ)), GoldenMismatch),
        (lambda bundle: with_graph(bundle, model_graph(hold(1 << 40))), BundleUnloadable),
        (lambda bundle: with_graph(bundle, model_graph(hold(1 << 29))), BundleUnloadable),
    ],
)
def test_what_is_wrong_with_a_bundle_is_told_as_it_was_found(
    bundle: Bundle, spoil: Callable[[Bundle], bytes], kind: type[BundleError]
) -> None:
    with pytest.raises(kind) as caught:
        ProcessProbe().prove(spoil(bundle), "the file")
    assert type(caught.value) is kind
    assert caught.value.name == "the file"
    assert caught.value.hint


def test_a_graph_that_toils_on_is_stopped(bundle: Bundle) -> None:
    with pytest.raises(BundleTooCostly, match=r"still at it after 4 s|time of the processor"):
        ProcessProbe(seconds=4.0).prove(with_graph(bundle, model_graph(toil)), "m")


def test_nodes_that_take_a_hundred_times_their_bytes_in_memory_are_stopped(
    bundle: Bundle,
) -> None:
    n_nodes = 8_000_000  # 16 MB that are read into 600
    length = 2 * n_nodes
    varint = bytes([length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128])
    graph = bundle.graph + b"\x3a" + varint + bytes([length >> 21 & 127]) + b"\x0a\x00" * n_nodes
    with pytest.raises(BundleError):
        ProcessProbe(memory_bytes=1 << 28).prove(with_graph(bundle, graph), "m")


@pytest.mark.parametrize(
    ("code", "words"), [(-24, "time of the processor"), (-11, "SIGSEGV"), (1, "memory")]
)
def test_how_a_process_ended_is_told_in_words(code: int, words: str) -> None:
    assert words in _tell_end(code)


def test_what_a_process_that_was_taken_over_might_tell_becomes_an_error_all_the_same() -> None:
    told = _make_refusal("SystemExit", "m", ["a", "b", "c"])
    assert type(told) is BundleTooCostly


def put_in_its_place(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let a shell script stand where the trial's interpreter would."""
    place = folder / "interpreter"
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(place))


def test_the_trial_is_told_no_secret_of_the_environment(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_DATABASE", "postgresql://me:swordfish@db/bw")
    monkeypatch.setenv("PGPASSWORD", "swordfish")
    put_in_its_place(tmp_path, monkeypatch, f"cat >/dev/null; env > {tmp_path}/told")
    with pytest.raises(BundleTooCostly):
        ProcessProbe().prove(pack_bundle(bundle), "m")
    told = (tmp_path / "told").read_text()
    assert "OMP_NUM_THREADS=1" in told
    assert "swordfish" not in told


@pytest.mark.parametrize(
    "script",
    [
        "exit 0",
        "echo proved",
        "echo null",
        "echo '{\"refused\": null}'",
        'echo hello; echo \'{"refused": null, "expected": "", "was": "", "hint": ""}\'',
        "kill -SEGV $$",
    ],
)
def test_only_a_whole_answer_proves_a_bundle(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    put_in_its_place(tmp_path, monkeypatch, f"cat >/dev/null; {script}")
    with pytest.raises(BundleTooCostly):
        ProcessProbe().prove(pack_bundle(bundle), "m")
