"""Lengths of time as a person writes them."""

import re

import numpy as np

from bellwether.cli._errors import UnreadableDuration

_FORM = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def read_duration(text: str) -> np.timedelta64:
    """Return a length of time written as a whole number and a unit.

    Raises
    ------
    UnreadableDuration
        If it is none.

    Examples
    --------
    >>> read_duration("90d")
    np.timedelta64(7776000000000,'us')
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        units = ", ".join(f"{unit} ({words})" for unit, words in _UNITS.items())
        raise UnreadableDuration(
            "a length of time such as 30m, 12h or 90d", repr(text), f"write a number and {units}"
        )
    number, unit = int(found[1]), found[2]
    minutes = {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit] * number
    return np.timedelta64(minutes * 60_000_000, "us")
