"""The commands about signatures, and a model's way from one house to another."""

import stat
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call
from tests.steady import PROMOTING, steady_manifest

from bellwether.features import GraphBuilder
from bellwether.registry import make_bundle, pack_bundle
from bellwether.registry._graph_safety import OUTPUTS

N_BARS = 4


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let nothing lie about in the working directory, and no setting come from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("BELLWETHER_HOME", str(tmp_path / "home"))


def make_file(path: Path) -> Path:
    """Write the bundle of a model that its own verdict promotes."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    last = graph.node("Gather", bars, graph.constant(np.array(0)), axis=1)
    score = graph.node("Gather", last, graph.constant(np.array(0)), axis=1)
    for name in OUTPUTS["model"]:
        if name in ("quantiles", "member_forecasts", "features"):
            graph.output(name, last, np.float64, ("batch", 5))
        elif name == "ok":
            graph.output(name, graph.node("Equal", score, score), np.bool_, ("batch",))
        else:
            graph.output(name, score, np.float64, ("batch",))
    manifest = steady_manifest(
        "world-1",
        symbols=("A",),
        trained_at=np.datetime64("2018-12-31T21:00", "us"),
        lookback_bars=N_BARS,
        verdict=PROMOTING.to_json(),
    )
    path.write_bytes(pack_bundle(make_bundle(manifest, graph.build())))
    return path


def test_a_model_from_elsewhere_is_promoted_once_somebody_trusted_vouches_for_it(
    call: Call, tmp_path: Path
) -> None:
    added = call("models", "add", make_file(tmp_path / "m.bundle"), "--json").json
    assert (added["model_id"], added["stage"]) == ("world-1", "candidate")
    refused = call("promote", "world-1", "--json")
    assert refused.code == 8
    assert refused.json["error"]["type"] == "VerdictUnproven"
    assert call("signing", "new", "desk.pem").code == 0
    signed = call("sign", "world-1", "--key", "desk.pem", "--json").json
    assert signed["trusted"] is False
    assert signed["bundle_digest"] == added["bundle_digest"]
    assert call("promote", "world-1").code == 8
    trusted = call("signing", "trust", "desk.pem.pub", "--name", "the desk", "--json").json
    assert trusted == {"signer": signed["signer"], "name": "the desk"}
    assert call("promote", "world-1", "--json").json["stage"] == "champion"


def test_a_signature_travels_in_the_file(call: Call, tmp_path: Path) -> None:
    call("models", "add", make_file(tmp_path / "m.bundle"))
    call("signing", "new", "desk.pem")
    call("sign", "world-1", "--key", "desk.pem")
    there = tmp_path / "there"
    call("signing", "trust", "desk.pem.pub", "--home", there)
    file = tmp_path / "home" / "bundles" / "world-1.bundle"
    assert call("models", "add", file, "--home", there, "--json").json["stage"] == "candidate"
    assert call("promote", "world-1", "--home", there, "--json").json["stage"] == "champion"


def test_where_signatures_are_required_nothing_unsigned_comes_in(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELLWETHER_SIGNATURES_REQUIRED", "true")
    refused = call("models", "add", make_file(tmp_path / "m.bundle"), "--json")
    assert refused.json["error"]["type"] == "BundleUnsigned"
    assert "Signatures are required" in call("signing", "list").out


def test_the_private_half_is_for_its_owner_alone(call: Call, tmp_path: Path) -> None:
    call("signing", "new", "desk.pem")
    assert stat.S_IMODE((tmp_path / "desk.pem").stat().st_mode) == 0o600
    assert b"PRIVATE" not in (tmp_path / "desk.pem.pub").read_bytes()


@pytest.mark.parametrize("taken", ["desk.pem", "desk.pem.pub"])
def test_no_key_is_written_over(call: Call, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine")
    answer = call("signing", "new", "desk.pem")
    assert answer.code == 2
    assert "name that is free" in answer.err
    assert (tmp_path / taken).read_text() == "mine"


def test_trust_is_listed_and_taken_back(call: Call) -> None:
    signer = call("signing", "new", "desk.pem", "--json").json["signer"]
    assert "Nobody is trusted" in call("signing", "list").out
    call("signing", "trust", "desk.pem.pub")
    listed = call("signing", "list", "--json").json
    assert [key["signer"] for key in listed["trusted"]] == [signer]
    assert signer in call("signing", "list").out
    assert call("signing", "untrust", signer, "--json").json["signer"] == signer
    assert call("signing", "list", "--json").json == {"trusted": [], "required": False}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("signing", "trust", "desk.pem"), 2, "keep this one to yourself"),
        (("signing", "trust", "nothing.pub"), 74, "No such file"),
        (("signing", "untrust", "0123"), 2, "trusted keys: none"),
        (("sign", "nobody", "--key", "desk.pem"), 8, "registered model"),
        (("models", "add", "desk.pem"), 8, "bundle desk.pem"),
        (("models", "add", "nothing.bundle"), 74, "No such file"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: tuple[str, ...], code: int, words: str, call: Call
) -> None:
    call("signing", "new", "desk.pem")
    answer = call(*arguments, "--json")
    assert answer.code == code
    assert words in answer.json["error"]["message"]


def test_models_are_listed_as_before(call: Call) -> None:
    assert call("models", "--json").json == {"models": []}
    assert "No model is registered yet" in call("models").out
