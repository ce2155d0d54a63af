"""API keys in a JSON file, and their twin in memory."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bellwether.adapters._watched_file import WatchedFile
from bellwether.service import ApiKey, KeysUnavailable, Scope, UnknownKey, check_new

_FORMAT = 1
_Keys = Mapping[str, ApiKey]


class KeyFile:
    """Keys in a file that only its owner may read; treaty as `KeyStore`.

    Parameters
    ----------
    path : pathlib.Path
        Made with the first key.

    Raises
    ------
    KeysUnavailable
        By any method, if the file is damaged, cannot be read or written, or others than its
        owner may write it.
    """

    __slots__ = ("_file", "_path")

    def __init__(self, path: Path) -> None:
        self._path = Path(path)
        self._file: WatchedFile[_Keys] = WatchedFile(
            self._path, decode=_decode, encode=_encode, empty={}
        )

    def find(self, key_id: str) -> ApiKey | None:
        """Return a key by its id."""
        with self._available():
            return self._file.current().get(key_id)

    def known(self) -> Sequence[ApiKey]:
        """Return every key, the revoked too, in the order in which they were made."""
        with self._available():
            return tuple(self._file.current().values())

    def add(self, key: ApiKey) -> None:
        """Remember a new key."""
        with self._available():
            self._file.change(lambda known: _add(known, key))

    def change(self, key_id: str, change: Callable[[ApiKey], ApiKey]) -> ApiKey:
        """Replace a key by what a function makes of it, and return that."""
        with self._available():
            return self._file.change(lambda known: _change(known, key_id, change))[key_id]

    @contextlib.contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise KeysUnavailable(str(self._path), why) from error


class MemoryKeys:
    """Keys that are forgotten at the end of the process; treaty as `KeyStore`."""

    __slots__ = ("_guard", "_known")

    def __init__(self) -> None:
        self._known: _Keys = {}
        self._guard = threading.Lock()

    def find(self, key_id: str) -> ApiKey | None:
        """Return a key by its id."""
        return self._known.get(key_id)

    def known(self) -> Sequence[ApiKey]:
        """Return every key, the revoked too, in the order in which they were made."""
        return tuple(self._known.values())

    def add(self, key: ApiKey) -> None:
        """Remember a new key."""
        with self._guard:
            self._known = _add(self._known, key)

    def change(self, key_id: str, change: Callable[[ApiKey], ApiKey]) -> ApiKey:
        """Replace a key by what a function makes of it, and return that."""
        with self._guard:
            self._known = _change(self._known, key_id, change)
            return self._known[key_id]


def _add(known: _Keys, key: ApiKey) -> _Keys:
    check_new(key, tuple(known.values()))
    return {**known, key.key_id: key}


def _change(known: _Keys, key_id: str, change: Callable[[ApiKey], ApiKey]) -> _Keys:
    if key_id not in known:
        raise UnknownKey(key_id, [key.name for key in known.values()])
    return {**known, key_id: change(known[key_id])}


def _encode(known: _Keys) -> bytes:
    keys = [
        {
            "key_id": key.key_id,
            "name": key.name,
            "scopes": [scope.value for scope in key.scopes],
            "created_at": str(key.created_at),
            "expires_at": _write(key.expires_at),
            "revoked_at": _write(key.revoked_at),
            "digest": key.digest,
            "old_digest": key.old_digest,
            "old_until": _write(key.old_until),
        }
        for key in known.values()
    ]
    return (json.dumps({"format": _FORMAT, "keys": keys}, indent=1) + "\n").encode("ascii")


def _decode(content: bytes) -> _Keys:
    found = json.loads(content)
    if found["format"] != _FORMAT:
        raise ValueError("another format")
    keys = [_read_key(entry) for entry in found["keys"]]
    return {key.key_id: key for key in keys}


def _read_key(entry: Mapping[str, Any]) -> ApiKey:
    texts = [entry[name] for name in ("key_id", "name", "digest")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a text is missing")
    return ApiKey(
        key_id=entry["key_id"],
        name=entry["name"],
        scopes=tuple(Scope(scope) for scope in entry["scopes"]),
        created_at=np.datetime64(entry["created_at"], "us"),
        expires_at=_read(entry["expires_at"]),
        revoked_at=_read(entry["revoked_at"]),
        digest=entry["digest"],
        old_digest=entry["old_digest"],
        old_until=_read(entry["old_until"]),
    )


def _write(instant: np.datetime64 | None) -> str | None:
    return None if instant is None else str(instant.astype("datetime64[us]"))


def _read(text: str | None) -> np.datetime64 | None:
    return None if text is None else np.datetime64(text, "us")
