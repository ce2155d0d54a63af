"""Settings as they may be shown: what is set, from where, and what it means; never a secret."""

import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bellwether.settings import ENVIRONMENT_PREFIX, SETTINGS_FILE, Settings

STARS = "********"
# Who may enter, in an address: nobody should write it into another setting, and somebody will.
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+(?=@)")
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "switch"),
    (int, "integer"),
    (float, "number"),
    (Path, "path"),
    (dict, "table"),
    (tuple, "list"),
)
_LIMITS = {"ge": "at_least", "le": "at_most", "gt": "above", "lt": "below"}


def describe_settings(settings: Settings) -> list[dict[str, Any]]:
    """Return every setting as JSON values: value, origin, meaning and limits.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    described : list of dict
        In the order of their declaration. Of a secret it is told that it is set, in stars whose
        number says nothing, and of a table of secrets whose they are.
    """
    return [_describe(settings, name, field) for name, field in Settings.model_fields.items()]


def _describe(settings: Settings, name: str, field: FieldInfo) -> dict[str, Any]:
    kinds = tuple(_walk(field.annotation))
    origin = settings.find_origin(name)
    places = {"file": SETTINGS_FILE, "environment": f"{ENVIRONMENT_PREFIX}{name.upper()}"}
    limits = _find_limits(field)
    return {
        "name": name,
        "value": show_value(getattr(settings, name)),
        "default": show_value(field.get_default(call_default_factory=True, validated_data={})),
        "origin": origin,
        "place": places.get(origin),
        "meaning": field.description or "",
        "kind": _find_kind(kinds),
        "is_secret": SecretStr in kinds,
        "choices": list(get_args(field.annotation)) if Literal in kinds else None,
        **{told: limits.get(told) for told in _LIMITS.values()},
    }


def show_value(value: Any) -> Any:
    """Return a value as JSON, with stars for every secret in it.

    Examples
    --------
    >>> show_value({"desk": SecretStr("https://hooks.example.com/x")})
    {'desk': '********'}
    >>> show_value(("https://me:swordfish@desk.example",))
    ['https://********@desk.example']
    """
    if isinstance(value, SecretStr):
        return STARS
    if isinstance(value, Mapping):
        return {str(key): show_value(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [show_value(item) for item in value]
    return _CREDENTIALS.sub(STARS, str(value)) if isinstance(value, str | Path) else value


def _walk(annotation: Any) -> Iterator[Any]:
    """Yield every type that an annotation is made of."""
    origin = get_origin(annotation)
    if origin is None:
        yield annotation
        return
    if origin not in (Union, types.UnionType):
        yield origin
    for one in () if origin is Literal else get_args(annotation):
        yield from _walk(one)


def _find_kind(kinds: tuple[Any, ...]) -> str:
    if Literal in kinds:
        return "choice"
    return next((word for kind, word in _KINDS if kind in kinds), "text")


def _find_limits(field: FieldInfo) -> dict[str, float]:
    found = {}
    for part in field.metadata:
        for name, told in _LIMITS.items():
            limit = getattr(part, name, None)
            if limit is not None:
                found[told] = limit
    return found
