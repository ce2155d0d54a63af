"""The keys whose signatures are believed here, in a JSON file."""

import base64
import contextlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from bellwether.adapters._watched_file import WatchedFile
from bellwether.registry import SigningKeyUnusable, Trust, TrustedKey, TrustUnavailable

_FORMAT = 1
_log = logging.getLogger(__name__)
_Keys = Mapping[str, TrustedKey]


class TrustFile:
    """Trusted keys in a file; what one process changes, all see with their next question.

    Parameters
    ----------
    path : pathlib.Path
        Made with the first key.
    required : bool, default False
        Whether every bundle must be signed by one of them.
    """

    __slots__ = ("_file", "_last", "_path", "_required")

    def __init__(self, path: Path, *, required: bool = False) -> None:
        self._path = Path(path)
        self._required = required
        self._file: WatchedFile[_Keys] = WatchedFile(
            self._path, decode=_decode, encode=_encode, empty={}
        )
        self._last = Trust(required=required)

    def trust(self) -> Trust:
        """Return whose signatures are believed now.

        Raises
        ------
        TrustUnavailable
            If the file cannot be read and signatures are required; where they are not, nobody
            is trusted until it can.
        """
        try:
            keys = self._read()
        except TrustUnavailable as error:
            if self._required:
                raise
            _log.warning("nobody is trusted: %s", error)
            return Trust()
        if self._last.keys is not keys:
            self._last = Trust(keys=keys, required=self._required)
        return self._last

    def known(self) -> Sequence[TrustedKey]:
        """Return every trusted key, in the order in which they were added."""
        return tuple(self._read().values())

    def add(self, key: TrustedKey) -> None:
        """Trust a key from now on; one that is trusted already gets the new name."""
        with self._available():
            self._file.change(lambda known: {**known, key.key_id: key})

    def remove(self, key_id: str) -> TrustedKey:
        """Trust a key no more and return it.

        Raises
        ------
        SigningKeyUnusable
            If it is not trusted anyway.
        """
        known = self._read()
        if key_id not in known:
            listed = ", ".join(known) or "none"
            raise SigningKeyUnusable(
                "the id of a trusted key", repr(key_id[:120]), f"trusted keys: {listed}"
            )
        with self._available():
            self._file.change(
                lambda keys: {name: key for name, key in keys.items() if name != key_id}
            )
        return known[key_id]

    def _read(self) -> _Keys:
        with self._available():
            return self._file.current()

    @contextlib.contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise TrustUnavailable(str(self._path), why) from error


def _encode(known: _Keys) -> bytes:
    keys = [
        {
            "name": key.name,
            "public": base64.b64encode(key.public).decode("ascii"),
            "added_at": str(key.added_at.astype("datetime64[us]")),
        }
        for key in known.values()
    ]
    return (json.dumps({"format": _FORMAT, "keys": keys}, indent=1) + "\n").encode("ascii")


def _decode(content: bytes) -> _Keys:
    found = json.loads(content)
    if found["format"] != _FORMAT:
        raise ValueError("another format")
    keys = [
        TrustedKey(
            name=str(entry["name"]),
            public=base64.b64decode(entry["public"], validate=True),
            added_at=np.datetime64(entry["added_at"], "us"),
        )
        for entry in found["keys"]
    ]
    return {key.key_id: key for key in keys}
