"""Bundle: one file that maps bars to a prediction and says where it comes from.

The file is a zip without compression, the same bytes for the same content::

    manifest.json         identity, state, words, verdict, SHA-256 of every other part
    manifest.sha256       SHA-256 of the manifest: the digest of the bundle
    model.onnx            the graph
    golden/in/<name>.npy  inputs shown when it was written
    golden/out/<name>.npy its answers to them
    signature.json        who vouches for the digest, where somebody does

Nothing here touches a disk: files are the adapters' affair. Nothing is unpickled.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bellwether.arrays import FloatArray
from bellwether.features import ROWS_ALONE
from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry._archive import pack_archive
from bellwether.registry._arrays import pack_array, unpack_array
from bellwether.registry._errors import BundleCorrupt, BundleUnloadable
from bellwether.registry._golden import Golden, Tensors, check_golden, golden_windows
from bellwether.registry._graph_safety import check_graph
from bellwether.registry._manifest import Manifest
from bellwether.registry._occlusion import CutGraph, Occlusion
from bellwether.registry._sealing import (
    DIGEST_PART,
    GRAPH_PART,
    MANIFEST_PART,
    inspect_bundle,
)
from bellwether.registry._signature import Trust

_INPUTS, _OUTPUTS = "golden/in/", "golden/out/"


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
    `run` may be called from any thread; the engine itself uses one thread a call. `signer` is
    the trusted key that vouches for the bundle, None where no such key does.

    An engine picks its arithmetic by the size of a batch, so that the last digits of a row may
    depend on how many rows stand beside it. Here they never do: only a graph that says so of
    itself, and bears it out on the golden windows, is run on many windows at once; any other
    is run on one after the other.
    """

    __slots__ = (
        "_cut",
        "_graph",
        "_names",
        "_rows_alone",
        "_session",
        "_state",
        "digest",
        "manifest",
        "signer",
        "state_digest",
    )

    def __init__(
        self,
        manifest: Manifest,
        digest: str,
        session: onnxruntime.InferenceSession,
        *,
        rows_alone: bool = False,
        signer: str | None = None,
        graph: bytes = b"",
    ) -> None:
        self.manifest = manifest
        self.digest = digest
        self.signer = signer
        self._session = session
        self._names = _output_names(session)
        self._rows_alone = rows_alone
        self._graph = graph
        self._cut: CutGraph | None = None
        self._state = manifest.state_arrays
        self.state_digest = manifest.state_digest

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
            For each window the same bits as if it were the only one.

        Notes
        -----
        NaN: accepted; the graph answers such a window with `ok` false.
        Whatever the engine raises comes through: the service's ladder is where it ends.
        """
        chosen = self._state if state is None else state
        if self._rows_alone or len(windows) <= 1:
            return self._run(windows, chosen)
        rows = [self._run(windows[row : row + 1], chosen) for row in range(len(windows))]
        return {name: np.concatenate([row[name] for row in rows]) for name in self._names}

    def explain(
        self, window: FloatArray, is_over: Callable[[], bool] = lambda: False
    ) -> Occlusion | None:
        """Return what each feature did to the chance of a rise, by the bundle's own graph.

        Parameters
        ----------
        window : float64 array of shape (lookback_bars, 5)
            Bars that the graph answers with `ok`.
        is_over : callable, optional
            Whether the time is up; asked between runs of the graph.

        Returns
        -------
        occlusion : Occlusion or None
            By feature, as the manifest names them; None where the time was up first.

        Raises
        ------
        CannotExplain
            If the bundle's graph is none that can be cut behind its features.
        """
        if self._cut is None:
            self._cut = CutGraph(self._graph, _open_session, self.manifest.model_id)
        said = self.run(window[None])
        return self._cut.explain(said["features"][0], {**said, **self._state}, is_over)

    def _run(self, windows: FloatArray, state: Tensors) -> dict[str, NDArray[Any]]:
        found = self._session.run(self._names, {"bars": windows, **state})
        return dict(zip(self._names, found, strict=True))


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
    session = _open_session(check_graph(graph, manifest, manifest.model_id), manifest.model_id)
    bars = golden_windows(manifest.lookback_bars) if windows is None else windows
    inputs = {"bars": bars, **manifest.state_arrays}
    golden = Golden(inputs=inputs, outputs=_replay(session, inputs, manifest.model_id))
    parts = _golden_parts(golden) | {GRAPH_PART: graph}
    digests = {name: digest_bytes(content) for name, content in sorted(parts.items())}
    return Bundle(manifest=replace(manifest, parts=digests), graph=graph, golden=golden)


def pack_bundle(bundle: Bundle) -> bytes:
    """Return a bundle as the bytes of its file, the same for the same content."""
    parts = {
        MANIFEST_PART: bundle.manifest_bytes,
        DIGEST_PART: bundle.digest.encode("ascii"),
        GRAPH_PART: bundle.graph,
        **_golden_parts(bundle.golden),
    }
    return pack_archive(parts)


def open_bundle(
    content: bytes, name: str, digest: str | None = None, trust: Trust | None = None
) -> LoadedBundle:
    """Check the bytes of a bundle's file from end to end and make it ready to answer.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What to call the bundle in errors.
    digest : str, optional
        The digest the registry remembers; a bundle with another one is not that model.
    trust : Trust, optional
        Whose signatures count; by default a signature is not looked at.

    Returns
    -------
    loaded : LoadedBundle

    Raises
    ------
    BundleCorrupt
        If a part is missing, added, cut or changed, or the digest is another one.
    BundleTooNew
        If a later version wrote it in a format that is not known here.
    BundleUnsigned, SignatureInvalid, SignerUnknown
        If its signature is not as `trust` wants it.
    UnsafeGraph
        If the graph asks for more than arithmetic on its inputs.
    BundleUnloadable
        If the inference engine refuses the graph.
    GoldenMismatch
        If it does not reproduce its golden answers, as `check_golden` tells.

    Notes
    -----
    Nothing is parsed before its digest holds, and the engine sees the graph last.
    """
    sealed = inspect_bundle(content, name, digest, trust)
    parts = sealed.parts
    golden = Golden(
        inputs=_read_arrays(parts, _INPUTS, name), outputs=_read_arrays(parts, _OUTPUTS, name)
    )
    graph = check_graph(parts[GRAPH_PART], sealed.manifest, name)
    session = _open_session(graph, name)
    answers = _replay(session, golden.inputs, name)
    check_golden(name, golden, answers)
    return LoadedBundle(
        sealed.manifest,
        sealed.digest,
        session,
        rows_alone=_find_rows_alone(session, golden.inputs, answers, name),
        signer=sealed.signer,
        graph=graph,
    )


def _read_arrays(parts: Mapping[str, bytes], folder: str, name: str) -> dict[str, NDArray[Any]]:
    arrays = {
        part.removeprefix(folder).removesuffix(".npy"): unpack_array(content, part, name)
        for part, content in parts.items()
        if part.startswith(folder)
    }
    if not arrays:
        raise BundleCorrupt(name, folder, "empty")
    return arrays


def _golden_parts(golden: Golden) -> dict[str, bytes]:
    return {
        f"{folder}{name}.npy": pack_array(arrays[name])
        for folder, arrays in ((_INPUTS, golden.inputs), (_OUTPUTS, golden.outputs))
        for name in sorted(arrays)
    }


def _open_session(graph: bytes, name: str) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # what goes wrong is raised; the engine need not print it too
    # Left to itself it would guess the format by four bytes, and take one that nobody checked.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        # Falling back would mean the same engine once more, and lines on the standard output.
        return onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # the engine's errors have no public common type
        raise BundleUnloadable(name, f"{error}"[:300]) from error


def _replay(session: onnxruntime.InferenceSession, inputs: Tensors, name: str) -> Tensors:
    try:
        return _run(session, inputs)
    except Exception as error:  # the engine's errors have no public common type
        raise BundleUnloadable(name, f"its golden inputs fail: {error}"[:300]) from error


def _find_rows_alone(
    session: onnxruntime.InferenceSession, inputs: Tensors, answers: Tensors, name: str
) -> bool:
    """Return whether the graph says that rows stand alone, and on this machine they do."""
    if session.get_modelmeta().description != ROWS_ALONE:
        return False
    windows = inputs["bars"]
    for row in range(len(windows)):
        alone = _replay(session, {**inputs, "bars": windows[row : row + 1]}, name)
        for output, found in alone.items():
            if found.tobytes() != np.atleast_1d(answers[output])[row : row + 1].tobytes():
                return False
    return True


def _run(session: onnxruntime.InferenceSession, inputs: Tensors) -> dict[str, NDArray[Any]]:
    names = _output_names(session)
    return dict(zip(names, session.run(names, dict(inputs)), strict=True))


def _output_names(session: onnxruntime.InferenceSession) -> list[str]:
    return [output.name for output in session.get_outputs()]
