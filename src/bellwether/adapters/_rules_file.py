"""The rules' bundle in a file, and out of thin air where the file fails."""

import logging
import threading
from pathlib import Path

from bellwether._version import __version__
from bellwether.adapters._bundle_folder import read_bundle, write_bundle
from bellwether.registry import (
    Bundle,
    BundleError,
    BundleMissing,
    LoadedBundle,
    make_rules_bundle,
    open_bundle,
    pack_bundle,
    rules_pipeline_digest,
)

_log = logging.getLogger(__name__)


class RulesFile:
    """Gives the rules' bundle: from its file, or from the installed code.

    Parameters
    ----------
    path : pathlib.Path
        Where the file is, or is to be.

    Notes
    -----
    May be used from any thread. The file is what a browser is sent, and holds the calibration
    of the rules. Where it is missing, damaged or made by other code it is made anew; where
    even that fails - a full disk, a read-only folder - the bundle built in memory serves, and
    the log says so. So the rules depend on no disk.
    """

    __slots__ = ("_guard", "_loaded", "_path")

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._loaded: LoadedBundle | None = None
        self._guard = threading.Lock()

    def load(self) -> LoadedBundle:
        """Return the rules' bundle, the same one until another is put or the process ends."""
        with self._guard:
            if self._loaded is None:
                self._loaded = self._read() or self._make()
            return self._loaded

    def put(self, bundle: Bundle) -> str:
        """Serve another calibration of the rules from now on, write its file, return its digest.

        Raises
        ------
        OSError
            If the file cannot be written; the bundle served before goes on serving.
        """
        loaded = open_bundle(pack_bundle(bundle), self._path.name)
        write_bundle(self._path, bundle)
        with self._guard:
            self._loaded = loaded
        return bundle.digest

    def _read(self) -> LoadedBundle | None:
        try:
            loaded = read_bundle(self._path)
        except BundleMissing:
            return None
        except BundleError as error:
            _log.warning("the rules' file is made anew, without calibration: %s", error)
            return None
        found = (loaded.manifest.bellwether_version, loaded.manifest.pipeline_digest)
        return loaded if found == (__version__, rules_pipeline_digest()) else None

    def _make(self) -> LoadedBundle:
        bundle = make_rules_bundle()
        try:
            write_bundle(self._path, bundle)
        except OSError as error:
            _log.warning("the rules serve from memory, %s cannot be written: %s", self._path, error)
        return open_bundle(pack_bundle(bundle), self._path.name)
