"""The only place that reads the time; everything else is handed a Clock."""

import contextlib
import datetime as dt
from typing import Protocol, cast

import numpy as np

from bellwether.errors import SettingsError

END_OF_DAY = np.timedelta64(86_399_999_999, "us")


class UnreadableInstant(SettingsError):
    """A time given by hand is none.

    Parameters
    ----------
    found : object
        What was given.
    """

    def __init__(self, found: object) -> None:
        self.found = found
        super().__init__(
            "an instant such as 2018-12-31T21:00 (UTC), a date, or 'last'",
            repr(found) if isinstance(found, str) else str(found),
            "write it like that",
        )


def read_instant(given: str | dt.date | np.datetime64) -> np.datetime64:
    """Return the UTC instant that is meant.

    Parameters
    ----------
    given : str, date, datetime or datetime64
        Without an offset it is UTC. A date alone means the end of that day.

    Returns
    -------
    instant : datetime64[us]

    Raises
    ------
    UnreadableInstant
        If it is no time.

    Examples
    --------
    >>> read_instant("2018-12-31T16:00-05:00"), read_instant("2018-12-31")
    (np.datetime64('2018-12-31T21:00:00.000000'), np.datetime64('2018-12-31T23:59:59.999999'))
    """
    text = str(given).strip() if isinstance(given, str | np.datetime64) else given.isoformat()
    with contextlib.suppress(ValueError):
        day = dt.date.fromisoformat(text)
        return np.datetime64(day.isoformat(), "us") + END_OF_DAY
    try:
        found = dt.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            found = found.astimezone(dt.UTC).replace(tzinfo=None)
        return np.datetime64(found.isoformat(), "us")
    except (ValueError, OverflowError) as error:
        raise UnreadableInstant(given) from error


class Clock(Protocol):
    """Tells the time in UTC.

    Safe to call from any thread; two readings may be equal, and a system clock may go back.
    """

    def now(self) -> np.datetime64:
        """Return the present UTC instant as datetime64[us]."""
        ...


class SystemClock:
    """The machine's own clock."""

    __slots__ = ()

    def now(self) -> np.datetime64:
        """Return the present UTC instant as datetime64[us]."""
        return np.datetime64(dt.datetime.now(dt.UTC).replace(tzinfo=None, fold=0), "us")


class FixedClock:
    """A clock that stands still, for replays, demonstrations and tests.

    Examples
    --------
    >>> FixedClock(np.datetime64("2018-12-31T21:00")).now()
    np.datetime64('2018-12-31T21:00:00.000000')
    """

    __slots__ = ("_instant",)

    def __init__(self, instant: np.datetime64) -> None:
        self._instant = cast("np.datetime64", instant.astype("datetime64[us]"))

    def now(self) -> np.datetime64:
        """Return the instant the clock was set to, as datetime64[us]."""
        return self._instant
