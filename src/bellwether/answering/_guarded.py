"""Bundles in the inference process: what is touched is written down first."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from numpy.typing import NDArray

from bellwether.answering._trace import Lane, Phase, Trace
from bellwether.arrays import FloatArray
from bellwether.registry import (
    Bundle,
    LoadedBundle,
    ModelQuarantined,
    ModelRecord,
    Occlusion,
)
from bellwether.service import BundleStore

_KEPT = 64


class GuardedBundles:
    """A store that leaves a trace of each load and each run, and refuses models in quarantine.

    Parameters
    ----------
    inner : BundleStore
    trace : Trace
    lane : Lane
        Of the thread that uses the store.
    avoided : mapping of str to str
        Why a bundle may not be touched, by its digest; read anew at each load.
    """

    __slots__ = ("_avoided", "_given", "_inner", "_lane", "_trace")

    def __init__(
        self, inner: BundleStore, trace: Trace, lane: Lane, avoided: Mapping[str, str]
    ) -> None:
        self._inner = inner
        self._trace = trace
        self._lane = lane
        self._avoided = avoided
        self._given: dict[str, TracedBundle] = {}

    def put(self, bundle: Bundle) -> str:
        """Write a bundle under its model's id and return its digest."""
        return self._inner.put(bundle)

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Return the bundle of a registered model.

        Raises
        ------
        ModelQuarantined
            If the process died of it too often.
        """
        digest = record.bundle_digest
        if digest in self._avoided:
            raise ModelQuarantined(record.model_id, self._avoided[digest])
        self._trace.note(self._lane, Phase.LOADING, record.model_id, digest)
        loaded = self._inner.load(record)
        self._trace.note(self._lane, Phase.IDLE)
        # The same object for the same bundle, as the store itself would give.
        given = self._given.get(digest)
        if given is None or given.inner is not loaded:
            if len(self._given) >= _KEPT:
                self._given.clear()
            given = TracedBundle(loaded, record, self._trace, self._lane)
            self._given[digest] = given
        return cast("LoadedBundle", given)


class TracedBundle:
    """A loaded bundle that leaves a trace while it runs.

    Parameters
    ----------
    inner : LoadedBundle
    record : ModelRecord
    trace : Trace
    lane : Lane
    """

    __slots__ = ("_lane", "_record", "_trace", "inner")

    def __init__(self, inner: LoadedBundle, record: ModelRecord, trace: Trace, lane: Lane) -> None:
        self.inner = inner
        self._record = record
        self._trace = trace
        self._lane = lane

    def __getattr__(self, name: str) -> object:
        """Return whatever else the bundle has."""
        return getattr(self.inner, name)

    def run(
        self, windows: FloatArray, state: Mapping[str, FloatArray] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return every output of the graph for some windows of bars."""
        record = self._record
        self._trace.note(self._lane, Phase.RUNNING, record.model_id, record.bundle_digest)
        found = self.inner.run(windows, state)
        self._trace.note(self._lane, Phase.IDLE)
        return found

    def explain(self, window: FloatArray, is_over: Callable[[], bool]) -> Occlusion | None:
        """Return what each feature did to the answer about a window."""
        record = self._record
        self._trace.note(self._lane, Phase.RUNNING, record.model_id, record.bundle_digest)
        found = self.inner.explain(window, is_over)
        self._trace.note(self._lane, Phase.IDLE)
        return found
