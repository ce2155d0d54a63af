"""Faults of models: their files, what they compute, and the process that computes."""

import json
import resource
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx

from _crafted import CHAMPION, FIRST, Crafted, craft, promote, register, roll_back
from _fault_site import FaultCase, Site, kill_child
from bellwether.adapters import BundleFolder, TrustFile, write_bundle
from bellwether.clock import SystemClock
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry import (
    Bundle,
    inspect_bundle,
    make_signing_key,
    read_public_key,
    sign_bundle,
)
from bellwether.registry._archive import pack_archive

BAD = "bad"
REQUIRED = {"BELLWETHER_SIGNATURES_REQUIRED": "true"}
QUARANTINE_SECONDS = 400.0
_DOWN, _LATE, _ALONE = "inference_process_down", "time_budget_exceeded", "model_quarantined"


def bundle_path(home: Path, model_id: str = CHAMPION) -> Path:
    """Return where a model's bundle is."""
    return home / "bundles" / f"{model_id}.bundle"


def _file_case(
    name: str, spoil: Callable[[Path], object], *reasons: str, both: bool = False
) -> FaultCase:
    """Return a case in which the champion's file is spoilt, or also that of the one before."""
    every = (CHAMPION, FIRST) if both else (CHAMPION,)

    def break_it(site: Site) -> None:
        for model_id in every:
            spoil(site.keep(bundle_path(site.home, model_id)))

    def mend(site: Site) -> None:
        for model_id in every:
            site.put_back(bundle_path(site.home, model_id))

    allowed = frozenset(reasons)
    return FaultCase(
        group="bundle", name=name, allowed=allowed, shows=allowed, break_it=break_it, mend=mend
    )


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def _swap(path: Path) -> None:
    path.write_bytes(bundle_path(path.parents[1], FIRST).read_bytes())


def _become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _become_newer(path: Path) -> None:
    """Write what a later version would: another number of the format, digests that hold."""
    parts = dict(inspect_bundle(path.read_bytes(), path.name).parts)
    told = json.loads(parts["manifest.json"]) | {"format_version": 99}
    parts["manifest.json"] = canonical_json(told).encode("ascii")
    parts["manifest.sha256"] = digest_bytes(parts["manifest.json"]).encode("ascii")
    path.write_bytes(pack_archive(parts))


def _bad_case(
    name: str,
    make: Callable[[], Bundle],
    *reasons: str,
    age_days: float = 10.0,
    patience_seconds: float = 60.0,
) -> FaultCase:
    """Return a case in which a model that is no good is promoted past the service."""

    def prepare(home: Path) -> Mapping[str, Crafted]:
        sound = craft(BAD)
        bad = replace(sound, bundle=make())
        register(home, bad, age_days=age_days)
        return {BAD: bad}

    allowed = frozenset(reasons)
    return FaultCase(
        group="model",
        name=name,
        allowed=allowed,
        shows=allowed,
        prepare=prepare,
        break_it=lambda site: promote(site.home, BAD),
        mend=lambda site: roll_back(site.home),
        patience_seconds=patience_seconds,
    )


def _misremember() -> Bundle:
    """Return a bundle whose golden answers are another model's, sealed as if all were well."""
    bundle, other = craft(BAD).bundle, craft(BAD, probability_up=(0.58,)).bundle
    parts = {**other.manifest.parts, "model.onnx": bundle.manifest.parts["model.onnx"]}
    manifest = replace(bundle.manifest, parts=dict(sorted(parts.items())))
    return replace(bundle, manifest=manifest, golden=other.golden)


def _reach_out() -> Bundle:
    """Return a bundle whose graph holds an operator that no bundle may hold."""
    bundle = craft(BAD).bundle
    model = onnx.load_model_from_string(bundle.graph)
    last = model.graph.output[0].name
    model.graph.node.append(onnx.helper.make_node("RandomNormalLike", [last], ["chance"]))
    graph = model.SerializeToString()
    parts = {**bundle.manifest.parts, "model.onnx": digest_bytes(graph)}
    return replace(bundle, graph=graph, manifest=replace(bundle.manifest, parts=parts))


def _sign_all(home: Path) -> Mapping[str, Crafted]:
    private, public = make_signing_key()
    key = read_public_key(public, "study", SystemClock().now())
    TrustFile(home / "trusted_keys.json").add(key)
    folder = BundleFolder(home / "bundles")
    for model_id in (FIRST, CHAMPION):
        folder.put_packed(model_id, sign_bundle(folder.get_packed(model_id), private, model_id))
    return {}


def _sign_wrongly(path: Path) -> None:
    """Give the champion's file the signature of the other model's."""
    own = inspect_bundle(path.read_bytes(), "own").parts
    other = inspect_bundle(bundle_path(path.parents[1], FIRST).read_bytes(), "other").parts
    path.write_bytes(pack_archive({**own, "signature.json": other["signature.json"]}))


def _sign_as_stranger(path: Path) -> None:
    private, _ = make_signing_key()
    path.write_bytes(sign_bundle(path.read_bytes(), private, "stranger"))


def _unsign(path: Path) -> None:
    write_bundle(path, craft(CHAMPION, probability_up=(0.6125,), expected_return=(0.004,)).bundle)


def _signed(case: FaultCase) -> FaultCase:
    return replace(case, group="signature", prepare=_sign_all, environment=REQUIRED)


def _trust_case() -> FaultCase:
    def place(site: Site) -> Path:
        return site.home / "trusted_keys.json"

    allowed = frozenset({"load_failed", "signer_unknown"})
    return FaultCase(
        group="signature",
        name="the list of trusted keys is garbage",
        allowed=allowed,
        shows=allowed,
        prepare=_sign_all,
        environment=REQUIRED,
        break_it=lambda site: site.keep(place(site)).write_bytes(b"{no json"),
        mend=lambda site: site.put_back(place(site)),
    )


def _limit(site: Site, kind: int, value: int) -> None:
    pid = site.child()
    if pid is not None:
        _, most = resource.prlimit(pid, kind)
        resource.prlimit(pid, kind, (value, most))


def _limit_memory(site: Site) -> None:
    """Leave the process what it has; whatever it asks for beyond is refused."""
    pid = site.child()
    if pid is not None:
        n_pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[0])
        _limit(site, resource.RLIMIT_AS, n_pages * resource.getpagesize())
        bundle_path(site.home).touch()  # so that it wants some more


def _starve_of_files(site: Site) -> None:
    """Let the process open nothing more, and make it want to."""
    _limit(site, resource.RLIMIT_NOFILE, 3)
    bundle_path(site.home).touch()


def _free(site: Site) -> None:
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE):
        pid = site.child()
        if pid is not None:
            _, most = resource.prlimit(pid, kind)
            resource.prlimit(pid, kind, (most, most))


def _process_case(
    name: str,
    *reasons: str | None,
    break_it: Callable[[Site], object] = lambda _: None,
    repeat: Callable[[Site], object] | None = None,
    mend: Callable[[Site], object] = lambda _: None,
    patience_seconds: float = 60.0,
) -> FaultCase:
    """Return a case in which something happens to the process that computes."""
    return FaultCase(
        group="process",
        name=name,
        allowed=frozenset({*reasons, None}),
        shows=frozenset(reasons),
        break_it=break_it,
        repeat=repeat,
        mend=mend,
        patience_seconds=patience_seconds,
    )


def _stop(site: Site) -> None:
    kill_child(site, signal.SIGSTOP)


def _go_on(site: Site) -> None:
    kill_child(site, signal.SIGCONT)


MODEL_FAULTS: tuple[FaultCase, ...] = (
    _file_case("a byte is another", _flip, "bundle_corrupt"),
    _file_case(
        "cut in the middle",
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        "bundle_corrupt",
    ),
    _file_case("empty", lambda path: path.write_bytes(b""), "bundle_corrupt"),
    _file_case("another model's", _swap, "bundle_corrupt"),
    _file_case("missing", lambda path: path.unlink(), "bundle_missing"),
    _file_case("both models' missing", lambda path: path.unlink(), "bundle_missing", both=True),
    _file_case("a folder in its place", _become_folder, "bundle_corrupt", "bundle_missing"),
    _file_case("of a newer format", _become_newer, "bundle_too_new"),
    _signed(_file_case("unsigned, though required", _unsign, "bundle_unsigned")),
    _signed(_file_case("signed by a stranger", _sign_as_stranger, "signer_unknown")),
    _signed(_file_case("signature of another bundle", _sign_wrongly, "signature_invalid")),
    _trust_case(),
    _bad_case("golden answers wrong", _misremember, "golden_mismatch"),
    _bad_case("an operator that is not allowed", _reach_out, "bundle_unsafe"),
    _bad_case("inference raises", lambda: craft(BAD, "raises").bundle, "inference_failed"),
    _bad_case(
        "inference hangs",
        lambda: craft(BAD, "hangs").bundle,
        *(_LATE, _DOWN, _ALONE),
    ),
    _bad_case(
        "inference exhausts memory",
        lambda: craft(BAD, "hoards").bundle,
        *("inference_failed", _DOWN, _ALONE),
    ),
    _bad_case(
        "says NaN",
        lambda: craft(BAD, probability_up=(np.nan,)).bundle,
        "output_not_finite",
    ),
    _bad_case(
        "probability of 1.7",
        lambda: craft(BAD, probability_up=(1.7,)).bundle,
        "output_out_of_range",
    ),
    _bad_case(
        "quantiles that cross",
        lambda: craft(BAD, quantiles=(0.02, -0.008, 0.002, 0.012, 0.024)).bundle,
        "output_out_of_range",
    ),
    _bad_case("unsure", lambda: craft(BAD, confidence=(55.0,)).bundle, "low_confidence"),
    _bad_case("too old", lambda: craft(BAD).bundle, "model_too_old", age_days=400.0),
    _process_case("killed once", _DOWN, break_it=kill_child),
    _process_case(
        "killed again and again", _DOWN, _ALONE, repeat=kill_child,
        patience_seconds=QUARANTINE_SECONDS,
    ),
    _process_case(
        "stopped once, as if it hung", _DOWN, _LATE, break_it=_stop, mend=_go_on
    ),
    _process_case(
        "stopped again and again", _DOWN, _LATE, _ALONE, repeat=_stop, mend=_go_on,
        patience_seconds=QUARANTINE_SECONDS,
    ),
    _process_case(
        "no memory left to it", None, _DOWN, "inference_failed", "load_failed",
        break_it=_limit_memory, mend=_free,
    ),
    _process_case(
        "may open no file", None, _DOWN, "registry_unavailable", "bundle_corrupt", "load_failed",
        "bundle_missing", break_it=_starve_of_files, mend=_free,
    ),
)  # fmt: skip
