"""Bundle: one file that maps bars to a prediction and says where it comes from.

The file is a zip without compression, the same bytes for the same content::

    manifest.json         identity, state, words, verdict, SHA-256 of every other part
    manifest.sha256       SHA-256 of the manifest: the digest of the bundle
    model.onnx            the graph
    golden/in/<name>.npy  inputs shown when it was written
    golden/out/<name>.npy its answers to them

Nothing here touches a disk: files are the adapters' affair. Nothing is unpickled.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bellwether.arrays import FloatArray
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry._errors import BundleCorrupt, BundleUnloadable
from bellwether.registry._golden import Golden, Tensors, check_golden, golden_windows
from bellwether.registry._graph_safety import check_graph
from bellwether.registry._manifest import Manifest

_MANIFEST, _DIGEST, _GRAPH = "manifest.json", "manifest.sha256", "model.onnx"
_INPUTS, _OUTPUTS = "golden/in/", "golden/out/"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Bundle:
    """A bundle's content, as it is written.

    Parameters
    ----------
    manifest : Manifest
        With the digests of the parts below.
    graph : bytes
        The serialised ONNX graph.
    golden : Golden
    """

    manifest: Manifest
    graph: bytes
    golden: Golden

    @cached_property
    def manifest_bytes(self) -> bytes:
        """The manifest as it is written: canonical JSON, the same for the same content."""
        return canonical_json(self.manifest.to_json()).encode("ascii")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the manifest, and through it of every part: the bundle's name."""
        return digest_bytes(self.manifest_bytes)


class LoadedBundle:
    """A bundle that passed every check and can answer.

    Notes
    -----
    `run` may be called from any thread; the engine itself uses one thread a call.
    """

    __slots__ = ("_session", "_state", "digest", "manifest")

    def __init__(
        self, manifest: Manifest, digest: str, session: onnxruntime.InferenceSession
    ) -> None:
        self.manifest = manifest
        self.digest = digest
        self._session = session
        self._state = manifest.state_arrays

    def __repr__(self) -> str:
        return f"LoadedBundle({self.manifest.model_id!r}, {self.manifest.kind}, {self.digest[:12]})"

    def run(
        self, windows: FloatArray, state: Mapping[str, FloatArray] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return every output of the graph for some windows of bars.

        Parameters
        ----------
        windows : float64 array of shape (n_windows, lookback_bars, 5)
            Open, high, low, close, volume, oldest bar first.
        state : mapping of str to float64 array, optional
            In place of the state the bundle was written with.

        Returns
        -------
        outputs : dict of str to array, first axis the window

        Notes
        -----
        NaN: accepted; the graph answers such a window with `ok` false.
        Whatever the engine raises comes through: the service's ladder is where it ends.
        """
        chosen = self._state if state is None else state
        return _run(self._session, {"bars": windows, **chosen})


def make_bundle(manifest: Manifest, graph: bytes, windows: FloatArray | None = None) -> Bundle:
    """Put a graph and its manifest together and record golden answers.

    Parameters
    ----------
    manifest : Manifest
        Its `parts` are filled in here.
    graph : bytes
    windows : float64 array of shape (n_windows, lookback_bars, 5), optional
        Bars for the golden answers; by default a few invented ones.

    Returns
    -------
    bundle : Bundle

    Raises
    ------
    UnsafeGraph
        If the graph is not one a bundle may hold.
    BundleUnloadable
        If the engine refuses it, or fails on the golden windows.
    """
    check_graph(graph, manifest, manifest.model_id)
    session = _open_session(graph, manifest.model_id)
    bars = golden_windows(manifest.lookback_bars) if windows is None else windows
    inputs = {"bars": bars, **manifest.state_arrays}
    golden = Golden(inputs=inputs, outputs=_replay(session, inputs, manifest.model_id))
    parts = _golden_parts(golden) | {_GRAPH: graph}
    digests = {name: digest_bytes(content) for name, content in sorted(parts.items())}
    return Bundle(manifest=replace(manifest, parts=digests), graph=graph, golden=golden)


def pack_bundle(bundle: Bundle) -> bytes:
    """Return a bundle as the bytes of its file, the same for the same content."""
    parts = {
        _MANIFEST: bundle.manifest_bytes,
        _DIGEST: bundle.digest.encode("ascii"),
        _GRAPH: bundle.graph,
        **_golden_parts(bundle.golden),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def open_bundle(content: bytes, name: str, digest: str | None = None) -> LoadedBundle:
    """Check the bytes of a bundle's file from end to end and make it ready to answer.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What to call the bundle in errors.
    digest : str, optional
        The digest the registry remembers; a bundle with another one is not that model.

    Returns
    -------
    loaded : LoadedBundle

    Raises
    ------
    BundleCorrupt
        If a part is missing, added, cut or changed, or the digest is another one.
    BundleTooNew
        If a later version wrote it in a format that is not known here.
    UnsafeGraph
        If the graph asks for more than arithmetic on its inputs.
    BundleUnloadable
        If the inference engine refuses the graph.
    GoldenMismatch
        If it does not reproduce its golden answers within 1e-6.

    Notes
    -----
    Nothing is parsed before its digest holds, and the engine sees the graph last.
    """
    parts = _unpack(content, name)
    manifest, found = _read_manifest(parts, name, digest)
    _check_parts(parts, manifest, name)
    golden = Golden(
        inputs=_read_arrays(parts, _INPUTS, name), outputs=_read_arrays(parts, _OUTPUTS, name)
    )
    check_graph(parts[_GRAPH], manifest, name)
    session = _open_session(parts[_GRAPH], name)
    check_golden(name, golden, _replay(session, golden.inputs, name))
    return LoadedBundle(manifest, found, session)


def _unpack(content: bytes, name: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
            parts = {entry.filename: archive.read(entry) for entry in entries if stored}
    except Exception as error:  # damaged archives raise half a dozen unrelated types
        raise BundleCorrupt(name, "the file", f"{error}"[:200] or repr(error)) from error
    if not stored or len(parts) != len(entries):
        raise BundleCorrupt(name, "the list of parts", "compressed, or one part there twice")
    return parts


def _read_manifest(
    parts: Mapping[str, bytes], name: str, digest: str | None
) -> tuple[Manifest, str]:
    for part in (_MANIFEST, _DIGEST, _GRAPH):
        if part not in parts:
            raise BundleCorrupt(name, part, "missing")
    found = digest_bytes(parts[_MANIFEST])
    if parts[_DIGEST] != found.encode("ascii"):
        raise BundleCorrupt(name, _MANIFEST, "changed")
    try:
        content = json.loads(parts[_MANIFEST])
    except (ValueError, RecursionError) as error:
        raise BundleCorrupt(name, _MANIFEST, f"no JSON: {error}"[:200]) from error
    manifest = Manifest.from_json(content, name)
    if digest is not None and found != digest:
        raise BundleCorrupt(name, _MANIFEST, "another bundle than the registered one")
    return manifest, found


def _check_parts(parts: Mapping[str, bytes], manifest: Manifest, name: str) -> None:
    found = {part: digest_bytes(content) for part, content in parts.items()}
    for part in (_MANIFEST, _DIGEST):
        del found[part]
    for part in sorted(found.keys() | manifest.parts.keys()):
        if found.get(part) != manifest.parts.get(part):
            raise BundleCorrupt(name, part, "missing, added or changed")


def _read_arrays(parts: Mapping[str, bytes], folder: str, name: str) -> dict[str, NDArray[Any]]:
    arrays = {}
    for part, content in parts.items():
        if part.startswith(folder):
            try:
                array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
            except Exception as error:  # a lying header may even ask for too much memory
                raise BundleCorrupt(name, part, f"{error}"[:200]) from error
            arrays[part.removeprefix(folder).removesuffix(".npy")] = array
    if not arrays:
        raise BundleCorrupt(name, folder, "empty")
    return arrays


def _golden_parts(golden: Golden) -> dict[str, bytes]:
    return {
        f"{folder}{name}.npy": _array_bytes(arrays[name])
        for folder, arrays in ((_INPUTS, golden.inputs), (_OUTPUTS, golden.outputs))
        for name in sorted(arrays)
    }


def _array_bytes(array: NDArray[Any]) -> bytes:
    written = io.BytesIO()
    np.lib.format.write_array(written, np.asarray(array, order="C"), allow_pickle=False)
    return written.getvalue()


def _open_session(graph: bytes, name: str) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # what goes wrong is raised; the engine need not print it too
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the engine's errors have no public common type
        raise BundleUnloadable(name, f"{error}"[:300]) from error


def _replay(session: onnxruntime.InferenceSession, inputs: Tensors, name: str) -> Tensors:
    try:
        return _run(session, inputs)
    except Exception as error:  # the engine's errors have no public common type
        raise BundleUnloadable(name, f"its golden inputs fail: {error}"[:300]) from error


def _run(session: onnxruntime.InferenceSession, inputs: Tensors) -> dict[str, NDArray[Any]]:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))
