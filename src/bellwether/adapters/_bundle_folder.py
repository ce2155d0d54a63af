"""A folder of bundles: one file a model."""

import logging
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

from bellwether.adapters._atomic_file import write_atomically
from bellwether.registry import (
    Bundle,
    BundleCorrupt,
    BundleError,
    BundleMissing,
    BundleTooNew,
    BundleUnreadable,
    BundleUnsigned,
    GoldenMismatch,
    LoadedBundle,
    ModelRecord,
    SignatureInvalid,
    SignerUnknown,
    Trust,
    UnsafeGraph,
    check_model_id,
    open_bundle,
    pack_bundle,
)

SUFFIX = ".bundle"
_LARGEST_BYTES = 1 << 30
_KEPT = 8
# What is wrong with the bytes themselves stays wrong until the file changes.
_LASTING = (
    BundleCorrupt,
    BundleTooNew,
    BundleUnsigned,
    GoldenMismatch,
    SignatureInvalid,
    SignerUnknown,
    UnsafeGraph,
)
_log = logging.getLogger(__name__)


class TrustSource(Protocol):
    """Says whose signatures are believed. Treaty: from any thread, and from memory."""

    def trust(self) -> Trust:
        """Return whose signatures are believed now; `TrustUnavailable` where nobody can say."""
        ...


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Write a bundle's file: whole, or not at all.

    Parameters
    ----------
    path : pathlib.Path
    bundle : Bundle

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written; nothing is left behind.
    """
    write_atomically(path, pack_bundle(bundle))


def read_bundle(path: Path, digest: str | None = None, trust: Trust | None = None) -> LoadedBundle:
    """Read a bundle's file and check it from end to end.

    Parameters
    ----------
    path : pathlib.Path
    digest : str, optional
        The digest the registry remembers.
    trust : Trust, optional
        Whose signatures count; by default a signature is not looked at.

    Returns
    -------
    loaded : LoadedBundle

    Raises
    ------
    BundleMissing
        If there is no such file.
    BundleCorrupt
        If it cannot be read, or is not what was written.
    BundleUnreadable, BundleTooNew, UnsafeGraph, BundleUnloadable, GoldenMismatch
        As `open_bundle`.
    BundleUnsigned, SignatureInvalid, SignerUnknown
        As `open_bundle`.
    """
    return open_bundle(_read(path), path.name, digest, trust)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise BundleCorrupt(path.name, "the file", f"larger than {_LARGEST_BYTES} bytes")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BundleMissing(path.name) from error
    except IsADirectoryError as error:
        raise BundleCorrupt(path.name, "the file", "a folder") from error
    except OSError as error:
        raise BundleUnreadable(path.name, f"{error.strerror}") from error


class BundleFolder:
    """Bundles in a folder, one file a model, opened ones kept in memory.

    Parameters
    ----------
    folder : pathlib.Path
        Made when the first bundle is written.
    trusted : TrustSource, optional
        Whose signatures count; by default a signature is not looked at.

    Notes
    -----
    May be used from any thread. A bundle in memory is used as long as its file looks
    untouched (same file, size and time of writing) and the same signatures count; otherwise the
    file is read and checked again. What is wrong with a file is remembered in the same way, so
    that a corrupt champion costs no reading a question. The least recently used beyond eight are
    let go.
    """

    __slots__ = ("_folder", "_guard", "_opened", "_trusted")

    def __init__(self, folder: Path, trusted: TrustSource | None = None) -> None:
        self._folder = Path(folder)
        self._trusted = trusted
        self._opened: OrderedDict[tuple[object, ...], LoadedBundle | BundleError]
        self._opened = OrderedDict()
        self._guard = threading.Lock()

    def path(self, model_id: str) -> Path:
        """Return where a model's bundle is, or would be.

        Raises
        ------
        BadModelId
            If the id cannot be a file name.
        """
        check_model_id(model_id)
        return self._folder / f"{model_id}{SUFFIX}"

    def put(self, bundle: Bundle) -> str:
        """Write a bundle under its model's id and return its digest.

        Raises
        ------
        OSError
            If the disk is full or the folder cannot be written; nothing is left behind.
        """
        path = self.path(bundle.manifest.model_id)
        write_bundle(path, bundle)
        _log.info("bundle %s written to %s", bundle.digest[:12], path)
        return bundle.digest

    def put_packed(self, model_id: str, content: bytes) -> None:
        """Write a bundle's file as it is, in place of the one there.

        Raises
        ------
        OSError
            If the disk is full or the folder cannot be written; the old one stays then.
        """
        write_atomically(self.path(model_id), content)

    def get_packed(self, model_id: str) -> bytes:
        """Return a bundle's file as it is; nothing in it is checked.

        Raises
        ------
        BundleMissing, BundleCorrupt, BundleUnreadable
            If there is none, or it cannot be read.
        """
        return _read(self.path(model_id))

    def load(self, record: ModelRecord) -> LoadedBundle:
        """Return the bundle of a registered model, checked against its registered digest.

        Raises
        ------
        BundleMissing, BundleUnreadable, BundleCorrupt, BundleTooNew, UnsafeGraph,
        BundleUnloadable, GoldenMismatch
            As `read_bundle`.
        BundleUnsigned, SignatureInvalid, SignerUnknown
            As `read_bundle`.
        TrustUnavailable
            If signatures are required and nobody can say whose count.
        """
        path = self.path(record.model_id)
        trust = None if self._trusted is None else self._trusted.trust()
        key = (record.bundle_digest, None if trust is None else trust.digest, *_look(path))
        with self._guard:
            known = self._opened.get(key)
            if known is not None:
                self._opened.move_to_end(key)
        if known is None:
            known = self._open(key, path, record.bundle_digest, trust)
        if isinstance(known, BundleError):
            raise known.with_traceback(None)
        return known

    def _open(
        self, key: tuple[object, ...], path: Path, digest: str, trust: Trust | None
    ) -> LoadedBundle | BundleError:
        found: LoadedBundle | BundleError
        try:
            found = read_bundle(path, digest, trust)
        except _LASTING as error:
            found = error
        with self._guard:
            self._opened[key] = found
            while len(self._opened) > _KEPT:
                self._opened.popitem(last=False)
        return found


def _look(path: Path) -> tuple[object, ...]:
    try:
        found = path.stat()
    except OSError:
        return (path,)  # reading it will say what is wrong
    return (found.st_ino, found.st_size, found.st_mtime_ns)
