"""Queries: parameters behind the question mark, read as what they must be."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

import numpy as np
from starlette.datastructures import QueryParams

from bellwether.clock import UnreadableInstant, read_instant
from bellwether.http._errors import QueryUnreadable

_Choice = TypeVar("_Choice", bound=StrEnum)
_MOST_TEXT = 64
_MOST_DIGITS = 18
_REAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")


def check_names(query: QueryParams, known: Iterable[str]) -> None:
    """Refuse a parameter that is not known: a filter passed over would find too much.

    Raises
    ------
    QueryUnreadable
    """
    names = sorted(known)
    for name in query:
        if name not in names:
            raise QueryUnreadable("a parameter", f"one of {', '.join(names)}", name)


def read_text(query: QueryParams, name: str) -> str | None:
    """Return a parameter of at most 64 letters.

    Raises
    ------
    QueryUnreadable
    """
    text = query.get(name)
    if text is not None and not 0 < len(text) <= _MOST_TEXT:
        raise QueryUnreadable(name, f"1 to {_MOST_TEXT} letters", text)
    return text


def read_number(query: QueryParams, name: str, least: int, most: int) -> int | None:
    """Return a parameter that is a whole number within a range.

    Raises
    ------
    QueryUnreadable
    """
    text = query.get(name)
    if text is None:
        return None
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    if not is_number or not least <= int(text) <= most:
        raise QueryUnreadable(name, f"a whole number from {least} to {most}", text)
    return int(text)


def read_flag(query: QueryParams, name: str) -> bool | None:
    """Return a parameter that is true or false.

    Raises
    ------
    QueryUnreadable
    """
    text = query.get(name)
    if text is not None and text not in ("true", "false"):
        raise QueryUnreadable(name, "true or false", text)
    return None if text is None else text == "true"


def read_real(query: QueryParams, name: str, least: float, most: float) -> float | None:
    """Return a parameter that is a number within a range.

    Raises
    ------
    QueryUnreadable
    """
    text = query.get(name)
    if text is None:
        return None
    if not _REAL.fullmatch(text) or not least <= float(text) <= most:
        raise QueryUnreadable(name, f"a number from {least:g} to {most:g}", text)
    return float(text)


def read_choice(query: QueryParams, name: str, kind: type[_Choice]) -> _Choice | None:
    """Return a parameter that is one of an enumeration's values.

    Raises
    ------
    QueryUnreadable
    """
    text = query.get(name)
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError as error:
        choices = ", ".join(one.value for one in kind)
        raise QueryUnreadable(name, f"one of {choices}", text) from error


def read_moment(query: QueryParams, name: str, *, from_then_on: bool) -> np.datetime64 | None:
    """Return a parameter that is an instant, in UTC.

    Parameters
    ----------
    query : QueryParams
    name : str
    from_then_on : bool
        Whether a date alone is the beginning of that day, and not its end.

    Raises
    ------
    QueryUnreadable
    """
    text = query.get(name)
    if text is None:
        return None
    is_date = len(text) == len("2018-12-31")
    try:
        return read_instant(f"{text}T00:00" if is_date and from_then_on else text[:_MOST_TEXT])
    except UnreadableInstant as error:
        expected = "an instant such as 2018-12-31T21:00:00Z, or a date"
        raise QueryUnreadable(name, expected, text) from error
