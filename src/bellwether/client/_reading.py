"""JSON becomes values: by the fields of the dataclass asked for, and nothing else."""

import dataclasses
import datetime as dt
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from bellwether.client._errors import AnswerUnreadable

T = TypeVar("T")
_MOST_SHOWN = 80


def read(kind: type[T], data: object) -> T:
    """Return JSON data as a value.

    Parameters
    ----------
    kind : dataclass
        Fields without a default must be in the data. What else is there is passed over: a later
        version of the service may tell more.
    data : JSON data

    Raises
    ------
    AnswerUnreadable
        If a field is missing, or of another kind.

    Examples
    --------
    >>> @dataclasses.dataclass
    ... class Point:
    ...     at: dt.datetime
    ...     x: float | None = None
    >>> read(Point, {"at": "2020-01-02T21:00:00.5Z", "colour": "red"})
    Point(at=datetime.datetime(2020, 1, 2, 21, 0, 0, 500000, tzinfo=datetime.timezone.utc), x=None)
    """
    wanted: Any = kind
    value: T = _reader(wanted)(data, kind.__name__)
    return value


@cache
def _reader(kind: Any) -> Callable[[Any, str], Any]:
    """Return a function of a value and its place that reads what is of a kind."""
    origin, inner = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _value_reader(kind)
    if origin in (Union, types.UnionType):
        [present] = [one for one in inner if one is not type(None)]
        read_present = _reader(present)
        return lambda data, place: None if data is None else read_present(data, place)
    if origin is tuple:
        read_one = _reader(inner[0])
        return lambda data, place: tuple(
            read_one(one, f"{place}[{row}]") for row, one in enumerate(_check(list, data, place))
        )
    if kind is dt.datetime:
        return _read_instant
    if kind is float:
        return lambda data, place: float(_check((int, float), data, place))
    if kind is Any:
        return lambda data, _place: data
    return lambda data, place: _check(dict if origin is not None else kind, data, place)


def _value_reader(kind: Any) -> Callable[[Any, str], Any]:
    hints = get_type_hints(kind)
    fields = dataclasses.fields(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields}
    needed = [field.name for field in fields if _has_no_default(field)]

    def read_value(data: Any, place: str) -> Any:
        _check(dict, data, place)
        for name in needed:
            if name not in data:
                raise AnswerUnreadable(f"{name} in {place}", "none")
        given = {name: one for name, one in readers.items() if name in data}
        return kind(**{name: one(data[name], f"{place}.{name}") for name, one in given.items()})

    return read_value


def _has_no_default(field: "dataclasses.Field[Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _check(kind: Any, data: Any, place: str) -> Any:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise AnswerUnreadable(f"another value for {place}", repr(data)[:_MOST_SHOWN])
    return data


def _read_instant(data: Any, place: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(_check(str, data, place))
    except ValueError as error:
        raise AnswerUnreadable(f"an instant for {place}", repr(data)[:_MOST_SHOWN]) from error
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def told(given: Mapping[str, object]) -> dict[str, object]:
    """Return what is given, without what is None."""
    return {name: value for name, value in given.items() if value is not None}
