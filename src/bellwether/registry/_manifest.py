"""Manifest: who a bundle is, what went into it and what came out of its trial."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from bellwether._version import __version__
from bellwether.arrays import FloatArray
from bellwether.hashing import canonical_json, digest_json
from bellwether.registry._errors import BadModelId, BundleCorrupt, BundleTooNew
from bellwether.registry._record import check_model_id

FORMAT_VERSION = 1
BundleKind = Literal["model", "rules"]
MOST_BYTES = 1 << 22
MOST_LEVELS = 32
_MOST_LETTERS = 1 << 16
_MOST_COUNT = 1_000_000
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*")
_PART = "manifest.json"
# The one of the metrics that only the monitor reads.
INPUT_REFERENCE = "inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything a bundle says about itself, as JSON data.

    Parameters
    ----------
    kind : {"model", "rules"}
    model_id : str
    universe : str
        Name of the set of symbols.
    symbols : tuple of str
    interval : str
        Length of a bar.
    horizon_bars : int
        How far ahead the forecast looks.
    trained_at : numpy.datetime64 or None
        Close of the last bar it was trained on, UTC; None where nothing was trained.
    lookback_bars : int
        Bars in one window; an answer depends on exactly these.
    feature_set : mapping of str to str
        Name, version and digest.
    feature_names : tuple of str
    families : tuple of str
        Members of the ensemble.
    options_digest, pipeline_digest, snapshot_digest : str
    plan : mapping
        How it was validated, as JSON data.
    state : mapping of str to list of float
        What moves between retrains: the graph's inputs besides the bars.
    words : mapping of str to mapping of str to str
        For outputs that are codes, what each code means to a reader.
    metrics : mapping
        Figures worth listing, as JSON data.
    verdict : mapping or None
        The gate's verdict as JSON data.
    parts : mapping of str to str
        SHA-256 of every other part of the file, by name.
    format_version : int
    bellwether_version : str
        Version that wrote it.
    """

    kind: BundleKind
    model_id: str
    universe: str
    symbols: tuple[str, ...]
    interval: str
    horizon_bars: int
    trained_at: np.datetime64 | None
    lookback_bars: int
    feature_set: Mapping[str, str]
    feature_names: tuple[str, ...]
    families: tuple[str, ...]
    options_digest: str
    pipeline_digest: str
    snapshot_digest: str
    plan: Mapping[str, object]
    state: Mapping[str, Sequence[float]]
    words: Mapping[str, Mapping[str, str]]
    metrics: Mapping[str, object]
    verdict: Mapping[str, object] | None
    parts: Mapping[str, str]
    format_version: int = FORMAT_VERSION
    bellwether_version: str = __version__

    def __post_init__(self) -> None:
        check_model_id(self.model_id)

    @property
    def state_arrays(self) -> dict[str, FloatArray]:
        """The graph's inputs besides the bars, as float64 arrays of shape (n,)."""
        return {name: np.asarray(values, dtype=np.float64) for name, values in self.state.items()}

    @property
    def state_digest(self) -> str:
        """Digest of the state."""
        return digest_json({name: list(values) for name, values in self.state.items()})

    @property
    def listed_metrics(self) -> dict[str, object]:
        """Figures worth listing: all but the reference of the inputs, for its size."""
        return {name: value for name, value in self.metrics.items() if name != INPUT_REFERENCE}

    def to_json(self) -> dict[str, object]:
        """Return the manifest as JSON values, instants as ISO 8601, UTC."""
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.trained_at is not None:
            content["trained_at"] = str(self.trained_at.astype("datetime64[us]"))
        return content

    @classmethod
    def from_json(cls, content: object, name: str) -> "Manifest":
        """Return the manifest that `to_json` came from.

        Parameters
        ----------
        content : JSON values
        name : str
            What to call the bundle in errors.

        Raises
        ------
        BundleTooNew
            If a later version wrote it in a format that is not known here.
        BundleCorrupt
            If it is not a manifest.
        """
        try:
            entries = _mapping(content)
            _check_format(entries, name)
            values = {field: read(entries[field]) for field, read in _READERS.items()}
            _check_known(entries)
            return cls(**values)
        except (KeyError, TypeError, ValueError, OverflowError, BadModelId) as error:
            raise BundleCorrupt(name, _PART, f"{error}"[:200]) from error

    @classmethod
    def from_bytes(cls, content: bytes, name: str) -> "Manifest":
        """Return the manifest that was written in the one form it has: canonical JSON.

        Parameters
        ----------
        content : bytes
        name : str
            What to call the bundle in errors.

        Raises
        ------
        BundleTooNew
            If a later version wrote it in a format that is not known here.
        BundleCorrupt
            If it is not a manifest, too large or deep for one, or JSON of another form: a key
            that is there twice means one thing to one reader and another to the next.
        """
        if len(content) > MOST_BYTES:
            raise BundleCorrupt(name, _PART, f"larger than {MOST_BYTES} bytes")
        try:
            found = _parse(content)
        except (ValueError, RecursionError) as error:
            raise BundleCorrupt(name, _PART, f"no JSON: {error}"[:200]) from error
        return cls.from_json(found, name)


def _parse(content: bytes) -> object:
    found = json.loads(content)
    _check_levels(found)
    if canonical_json(found).encode("ascii") != content:
        raise ValueError("not in canonical form")
    return found


def _check_levels(content: object) -> None:
    level = [content]
    for _ in range(MOST_LEVELS):
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [item for one in inner for item in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return
    raise ValueError(f"more than {MOST_LEVELS} levels")


def _check_format(content: Mapping[str, Any], name: str) -> None:
    found = _count(content["format_version"])
    if found > FORMAT_VERSION:
        raise BundleTooNew(name, found, FORMAT_VERSION, str(content.get("bellwether_version")))


def _check_known(content: Mapping[str, Any]) -> None:
    unknown = sorted(content.keys() - _READERS.keys())
    if unknown:
        raise ValueError(f"unknown entry {unknown[0]!r}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} where a text belongs")
    if len(value) > _MOST_LETTERS or not _PLAIN.fullmatch(value):
        raise ValueError(f"{value[:40]!r} where a line of plain text belongs")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST_COUNT:
        raise TypeError(f"{f'{value!r}'[:40]} where a count belongs")
    return value


def _kind(value: object) -> BundleKind:
    if value == "model" or value == "rules":  # noqa: PLR1714 - the form mypy narrows
        return value
    raise ValueError(f"kind {value!r}")


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"a {type(value).__name__} where a list belongs")
    return tuple(_text(item) for item in value)


def _instant(value: object) -> np.datetime64 | None:
    if value is None:
        return None
    if not _INSTANT.fullmatch(_text(value)):
        raise ValueError(f"{value!r} where an instant belongs")
    return np.datetime64(_text(value), "us")


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"a {type(value).__name__} where named values belong")
    return value


def _verdict(value: object) -> dict[str, Any] | None:
    return None if value is None else _mapping(value)


def _text_mapping(value: object) -> dict[str, str]:
    return {_text(key): _text(item) for key, item in _mapping(value).items()}


def _words(value: object) -> dict[str, dict[str, str]]:
    return {_text(key): _text_mapping(item) for key, item in _mapping(value).items()}


def _state(value: object) -> dict[str, list[float]]:
    state = {}
    for key, items in _mapping(value).items():
        if not isinstance(items, list):
            raise TypeError(f"a {type(items).__name__} where a list of numbers belongs")
        state[_text(key)] = [_number(item) for item in items]
    return state


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(f"{f'{value!r}'[:40]} where a number belongs")
    return float(value)


_READERS: Mapping[str, Callable[[object], Any]] = {
    "kind": _kind,
    "model_id": _text,
    "universe": _text,
    "symbols": _texts,
    "interval": _text,
    "horizon_bars": _count,
    "trained_at": _instant,
    "lookback_bars": _count,
    "feature_set": _text_mapping,
    "feature_names": _texts,
    "families": _texts,
    "options_digest": _text,
    "pipeline_digest": _text,
    "snapshot_digest": _text,
    "plan": _mapping,
    "state": _state,
    "words": _words,
    "metrics": _mapping,
    "verdict": _verdict,
    "parts": _text_mapping,
    "format_version": _count,
    "bellwether_version": _text,
}
