"""Damage with a system: sound inputs, changed a little, so that they get far before they fail.

Everything is drawn from one generator, so that a seed names a mutation for good. Used by
`study_fuzz.py` at length and by the tests in small.
"""

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bellwether.hashing import canonical_json, digest_bytes
from bellwether.registry import inspect_bundle

Random = np.random.Generator
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
NASTY: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, -0.0, 2**53, 2**63, 10**40, [], {}, [[]], {"": None}, [None] * 50),
    *("", "\x00", "../../etc/passwd", "x" * 5000, "{{7*7}}", "'; DROP TABLE models; --", "\u202e"),
    *("NaT", "now", "\r\nSet-Cookie: a=b", "9" * 400, "<script>", "\ud800"),
)
MANIFEST, DIGEST, GRAPH = "manifest.json", "manifest.sha256", "model.onnx"


def damage_bytes(random: Random, content: bytes) -> bytes:
    """Return bytes with one to four of: flips, cuts, splices, insertions, extreme lengths."""
    found = bytearray(content)
    for _ in range(int(random.integers(1, 5))):
        if len(found) < 8:
            break
        kinds = (_flip, _overwrite, _cut, _splice, _insert, _set_length)
        weights = (0.3, 0.2, 0.05, 0.1, 0.1, 0.25)
        kinds[int(random.choice(len(kinds), p=weights))](random, found)
    return bytes(found)


def _flip(random: Random, found: bytearray) -> None:
    found[int(random.integers(len(found)))] ^= 1 << int(random.integers(8))


def _overwrite(random: Random, found: bytearray) -> None:
    found[int(random.integers(len(found)))] = int(random.integers(256))


def _cut(random: Random, found: bytearray) -> None:
    del found[int(random.integers(len(found))) :]


def _splice(random: Random, found: bytearray) -> None:
    start, length = int(random.integers(len(found))), int(random.integers(1, 64))
    place = int(random.integers(len(found)))
    found[place : place + int(random.integers(0, 64))] = found[start : start + length]


def _insert(random: Random, found: bytearray) -> None:
    place = int(random.integers(len(found)))
    found[place:place] = random.bytes(int(random.integers(1, 16)))


def _set_length(random: Random, found: bytearray) -> None:
    value, size = EXTREMES[int(random.integers(len(EXTREMES)))], int(random.choice([1, 2, 4]))
    place = int(random.integers(len(found) - size))
    found[place : place + size] = (value & (256**size - 1)).to_bytes(size, "little")


def damage_json(random: Random, value: Any) -> Any:
    """Return JSON data with one value, somewhere in it, replaced, dropped or doubled."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = sorted(value)[int(random.integers(len(value)))]
        return _damage_entry(random, value, key)
    if isinstance(value, list) and value and random.random() < 0.9:
        place = int(random.integers(len(value)))
        return [*value[:place], damage_json(random, value[place]), *value[place + 1 :]]
    return NASTY[int(random.integers(len(NASTY)))]


def _damage_entry(random: Random, value: Mapping[str, Any], key: str) -> dict[str, Any]:
    kind = random.random()
    if kind < 0.1:
        return {name: one for name, one in value.items() if name != key}
    if kind < 0.2:
        return {**value, f"{key}x": value[key]}
    return {**value, key: damage_json(random, value[key])}


def damage_bundle(
    random: Random, content: bytes, seal: Callable[[Mapping[str, bytes]], bytes]
) -> bytes:
    """Return a bundle that is damaged as a file, or whose digests hold for a damaged part.

    Parameters
    ----------
    random : numpy.random.Generator
    content : bytes
        A sound bundle.
    seal : callable
        Packs parts as a bundle is packed.
    """
    if random.random() < 0.25:
        return damage_bytes(random, content)
    parts = dict(inspect_bundle(content, "sound").parts)
    kind = random.random()
    if kind < 0.45:
        parts[GRAPH] = damage_bytes(random, parts[GRAPH])
    elif kind < 0.65:
        arrays = sorted(name for name in parts if name.endswith(".npy"))
        name = arrays[int(random.integers(len(arrays)))]
        parts[name] = damage_bytes(random, parts[name])
    manifest = json.loads(parts[MANIFEST])
    manifest["parts"] = {
        name: digest_bytes(part) for name, part in parts.items() if name not in (MANIFEST, DIGEST)
    }
    if kind >= 0.65:
        manifest = damage_json(random, manifest)
    text = canonical_json(manifest).encode()
    parts[MANIFEST] = damage_bytes(random, text) if kind > 0.95 else text
    parts[DIGEST] = digest_bytes(parts[MANIFEST]).encode()
    return seal(parts)


def damage_frames(random: Random, frames: bytes) -> bytes:
    """Return a body of binary frames with a damaged head, wrong lengths or strange numbers."""
    if random.random() < 0.5:
        return damage_bytes(random, frames)
    [length] = struct.unpack_from("<I", frames, 4)
    head = json.loads(frames[8 : 8 + length])
    damaged = json.dumps(damage_json(random, head)).encode()
    said = len(damaged) if random.random() < 0.7 else EXTREMES[int(random.integers(len(EXTREMES)))]
    return frames[:4] + struct.pack("<I", said & 0xFFFF_FFFF) + damaged + frames[8 + length :]


def damage_body(random: Random, body: Any) -> bytes:
    """Return a body of JSON with a damaged value, or damaged as bytes."""
    text = json.dumps(damage_json(random, body) if random.random() < 0.7 else body).encode()
    return damage_bytes(random, text) if random.random() < 0.4 else text
