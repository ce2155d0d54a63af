"""Ports for an inference process that hangs on demand, with the interpreter's lock held."""

import ctypes
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bellwether.adapters import open_predict_ports
from bellwether.registry import Bundle, LoadedBundle, ModelRecord
from bellwether.service import BundleStore, PredictPorts

STUCK = "stuck"
_HOUR_SECONDS = 3600


class _StuckBundles:
    """A store whose bundles never come back from a run while a file stands beside it."""

    def __init__(self, inner: BundleStore, stuck: Path) -> None:
        self._inner = inner
        self._stuck = stuck

    def put(self, bundle: Bundle) -> str:
        return self._inner.put(bundle)

    def load(self, record: ModelRecord) -> LoadedBundle:
        return cast("LoadedBundle", _StuckBundle(self._inner.load(record), self._stuck))


class _StuckBundle:
    def __init__(self, inner: LoadedBundle, stuck: Path) -> None:
        self._inner = inner
        self._stuck = stuck

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, *arguments: Any) -> Any:
        if self._stuck.exists():
            ctypes.PyDLL(None).sleep(_HOUR_SECONDS)  # a PyDLL keeps the lock
        return self._inner.run(*arguments)


def open_ports(home: str) -> PredictPorts:
    """Return the ports of a home folder, which hang while a file named "stuck" is in it."""
    ports = open_predict_ports(home=home)
    return replace(ports, bundles=_StuckBundles(ports.bundles, Path(home) / STUCK))
