"""The only place that reads the time; everything else is handed a Clock."""

import datetime as dt
from typing import Protocol, cast

import numpy as np


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
