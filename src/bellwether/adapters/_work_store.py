"""Work already done: results of long computations, kept so that a run can resume."""

import io
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.adapters._atomic_file import write_atomically
from bellwether.hashing import digest_arrays, digest_bytes

_DIGEST = "digest"
_PREFIX = "array/"
_SUFFIX = ".npz"
_log = logging.getLogger(__name__)


class WorkStore:
    """Named arrays by key, one file an entry.

    Parameters
    ----------
    folder : pathlib.Path
        Made when the first entry is written.

    Notes
    -----
    A cache: an entry that is missing, cut or changed is a miss, and one that cannot be
    written is a line in the log; the work is then done again. Entries are written whole or
    not at all, so several processes may share a folder. Nothing is unpickled.
    """

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    @property
    def folder(self) -> Path:
        """Where the work is kept."""
        return self._folder

    def path(self, key: str) -> Path:
        """Return where an entry is, or would be."""
        return self._folder / f"{digest_bytes(key.encode())}{_SUFFIX}"

    def get(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Return the arrays kept under a key, or None.

        Parameters
        ----------
        key : str
            Should name everything the result depends on: a digest of data and options.

        Returns
        -------
        arrays : dict of str to array, or None
            None where there is no entry, or a damaged one, which is removed.
        """
        path = self.path(key)
        if not path.exists():
            return None
        arrays = _read(path, key)
        if arrays is None:
            _remove(path)
        return arrays

    def names(self) -> frozenset[str]:
        """Return the digest of the key of everything that is kept, damaged or not."""
        return frozenset(path.stem for path in self._folder.glob(f"*{_SUFFIX}"))

    def scan(self) -> Iterator[tuple[Path, dict[str, NDArray[Any]] | None]]:
        """Yield every entry with its place, whatever its key; None for a damaged one.

        Whoever scans knows no keys, so what an entry holds must prove itself.
        """
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            yield path, _read(path)

    def put(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep named arrays under a key, in place of any kept before.

        Parameters
        ----------
        key : str
        arrays : mapping of str to array
            Numbers, texts of fixed length, instants; no objects.

        Raises
        ------
        ValueError
            If an array holds Python objects.
        """
        try:
            self.write(key, arrays)
        except OSError as error:
            _log.warning("work cannot be kept in %s: %s", self._folder, error)

    def write(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep named arrays as `put` does, where the work cannot go on without them.

        Parameters
        ----------
        key : str
        arrays : mapping of str to array

        Raises
        ------
        ValueError
            If an array holds Python objects.
        OSError
            If they cannot be written.
        """
        write_atomically(self.path(key), _pack(key, arrays))


def _pack(key: str, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    if any(np.asarray(array).dtype.hasobject for array in arrays.values()):
        raise ValueError("expected arrays of numbers, texts or instants, was one of objects")
    named: dict[str, Any] = {f"{_PREFIX}{name}": array for name, array in arrays.items()}
    packed = io.BytesIO()
    named[_DIGEST] = np.array(_digest(key, arrays))
    np.savez(packed, **named)
    return packed.getvalue()


def _read(path: Path, key: str | None = None) -> dict[str, NDArray[Any]] | None:
    try:
        return _unpack(path.read_bytes(), key)
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - damage raises half a dozen unrelated types
        _log.warning("what is kept in %s is damaged: %s", path.name, error)
        return None


def _unpack(content: bytes, key: str | None) -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        arrays = {
            name.removeprefix(_PREFIX): archive[name]
            for name in archive.files
            if name.startswith(_PREFIX)
        }
        stored = str(archive[_DIGEST])
    if key is not None and stored != _digest(key, arrays):
        raise ValueError("its digest does not hold")
    return arrays


def _digest(key: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    return digest_bytes(f"{key}\n{digest_arrays(arrays)}".encode())


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("%s cannot be removed: %s", path.name, error)
