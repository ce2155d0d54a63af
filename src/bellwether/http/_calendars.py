"""Sessions held in memory: serving asks no library for them."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from bellwether.bars import SessionCalendar, UnknownCalendar


class FixedCalendars:
    """Calendars known from the start; treaty as `Calendars`.

    Parameters
    ----------
    known : mapping of str to SessionCalendar, optional
        By name. They hold for bars of every interval.

    Examples
    --------
    >>> week = SessionCalendar(name="week", closes_at=["2020-01-06T21", "2020-01-07T21"])
    >>> FixedCalendars({"week": week}).find("week", "1d") is week
    True
    """

    __slots__ = ("_known",)

    def __init__(self, known: Mapping[str, SessionCalendar] = MappingProxyType({})) -> None:
        self._known = dict(known)

    def find(self, name: str, interval: str) -> SessionCalendar:  # noqa: ARG002 - the treaty's
        """Return the calendar of a name.

        Raises
        ------
        UnknownCalendar
            If there is none.
        """
        if name not in self._known:
            nearest = difflib.get_close_matches(name, self._known)
            raise UnknownCalendar(name[:64], "not known to this service", nearest)
        return self._known[name]
