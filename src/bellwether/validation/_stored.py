"""Frozen values of the verdict to JSON and back, driven by their own types."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from bellwether.validation._errors import UnreadableVerdict


def encode(value: Any) -> Any:
    """Return a value as JSON: NaN becomes null, an infinity its name."""
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: encode(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return float(value) if math.isfinite(value) else str(float(value))
    return value


def decode(kind: Any, content: Any) -> Any:
    """Return the value of a type that JSON came from.

    Raises
    ------
    UnreadableVerdict
        If a part is missing, unknown or of another type.
    """
    if get_origin(kind) is UnionType:
        inner = next(choice for choice in get_args(kind) if choice is not NoneType)
        return None if content is None else decode(inner, content)
    if get_origin(kind) is tuple:
        return tuple(decode(get_args(kind)[0], item) for item in content)
    if get_origin(kind) is Mapping:
        return {key: decode(get_args(kind)[1], item) for key, item in content.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return _decode_parts(kind, content)
    try:
        return _decode_plain(kind, content)
    except (TypeError, ValueError) as error:
        raise UnreadableVerdict(getattr(kind, "__name__", str(kind)), repr(content)) from error


def _decode_parts(kind: type, content: Any) -> Any:
    hints = get_type_hints(kind)
    if not isinstance(content, Mapping) or not _required(kind) <= set(content) <= set(hints):
        raise UnreadableVerdict(kind.__name__, repr(content)[:80])
    return kind(**{name: decode(hints[name], item) for name, item in content.items()})


def _required(kind: type) -> set[str]:
    """Return the parts without a default: what came later is missing in what is older."""
    plain = {part.name for part in fields(kind) if part.default is MISSING}
    return plain & {part.name for part in fields(kind) if part.default_factory is MISSING}


def _decode_plain(kind: Any, content: Any) -> Any:
    if get_origin(kind) is Literal:
        if content not in get_args(kind):
            raise ValueError(content)
        return content
    if kind is float:
        return math.nan if content is None else float(content)
    if issubclass(kind, Enum):
        return kind(content)
    if not isinstance(content, kind):
        raise TypeError(content)
    return content
