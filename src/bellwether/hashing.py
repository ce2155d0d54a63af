"""Canonical digests: the same content gives the same name, on every machine."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray


def digest_bytes(content: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hexadecimal digits.

    Examples
    --------
    >>> digest_bytes(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, shortest floats.

    Parameters
    ----------
    value : None, bool, int, float, str, or lists, tuples and string-keyed mappings of them
        Floats must be finite: NaN and infinity have no JSON.

    Raises
    ------
    ValueError
        If a float is not finite.
    TypeError
        If something has no JSON.

    Examples
    --------
    >>> canonical_json({"b": (1, 2.5), "a": None})
    '{"a":null,"b":[1,2.5]}'
    """
    _check_keys(value)
    return _encode(value)


_encode = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
    ensure_ascii=True,
    check_circular=False,  # the keys are checked first, and their check follows a circle as well
).encode
# What has nothing inside, by exact type: most of any value, so it is passed over quickly.
_LEAVES = frozenset({str, float, int, bool, type(None)})


def read_json(content: str | bytes) -> Any:
    """Return the value that a JSON text holds, as `json.loads` does, several times as fast.

    Raises
    ------
    ValueError
        If it is no JSON text.

    Examples
    --------
    >>> read_json('{"a":null,"b":[1,2.5]}')
    {'a': None, 'b': [1, 2.5]}
    """
    try:
        return _decode(content)
    except (msgspec.DecodeError, UnicodeError):
        # Stricter than the library: texts of half a surrogate are JSON to Python, and were kept.
        return json.loads(content)


_decode = msgspec.json.Decoder().decode


def _check_keys(value: object) -> None:
    """Refuse keys that are no text: json would turn them into text without a word."""
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"expected a text as key, was {key!r}")
        inner = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    for item in inner:
        if type(item) not in _LEAVES:
            _check_keys(item)


def digest_json(value: object) -> str:
    """Return the digest of a value's canonical JSON.

    Examples
    --------
    >>> digest_json({"a": 1, "b": 2}) == digest_json({"b": 2, "a": 1})
    True
    """
    return digest_bytes(canonical_json(value).encode("ascii"))


def digest_arrays(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the digest of named arrays: names, dtypes, shapes and little-endian contents.

    Raises
    ------
    TypeError
        If an array holds Python objects: their bytes are addresses.

    Examples
    --------
    >>> ones = {"x": np.ones(3)}
    >>> digest_arrays(ones) == digest_arrays({"x": np.ones(3)})
    True
    >>> digest_arrays(ones) == digest_arrays({"x": np.ones((3, 1))})
    False
    """
    running = hashlib.sha256()
    for name in sorted(arrays):
        array = np.asarray(arrays[name])
        if array.dtype.hasobject:
            raise TypeError(f"expected numbers, times or fixed texts in {name}, was objects")
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        running.update(_head(name, little.dtype.str, little.shape))
        if little.nbytes:
            running.update(np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)
    return running.hexdigest()


@lru_cache(maxsize=1024)
def _head(name: str, dtype: str, shape: tuple[int, ...]) -> bytes:
    return canonical_json([name, dtype, list(shape)]).encode("ascii")
