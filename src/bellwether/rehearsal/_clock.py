"""The time of a rehearsal: whatever day it has come to."""

from typing import cast

import numpy as np

from bellwether.rehearsal._errors import UnusableRehearsalOption

BEGINNING = np.datetime64("1900-01-01", "us")


class SimulatedClock:
    """A clock that is set by whoever goes through the days, and never goes back.

    Parameters
    ----------
    start : numpy.datetime64, optional
        UTC.

    Raises
    ------
    UnusableRehearsalOption
        From `advance`, where the time would go back.

    Examples
    --------
    >>> clock = SimulatedClock(np.datetime64("2008-01-02T21:00"))
    >>> clock.advance(np.datetime64("2008-01-03T21:00"))
    >>> clock.now()
    np.datetime64('2008-01-03T21:00:00.000000')
    """

    __slots__ = ("_instant",)

    def __init__(self, start: np.datetime64 = BEGINNING) -> None:
        self._instant = _micros(start)

    def now(self) -> np.datetime64:
        """Return the instant that the rehearsal has come to."""
        return self._instant

    def advance(self, instant: np.datetime64) -> None:
        """Go on to a later instant."""
        later = _micros(instant)
        if later < self._instant:
            raise UnusableRehearsalOption("the time", f"{self._instant} or later", later)
        self._instant = later


def _micros(instant: np.datetime64) -> np.datetime64:
    return cast("np.datetime64", instant.astype("datetime64[us]"))
