"""The sessions of a market with their hours: when each opens, pauses and closes."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from bellwether.arrays import BoolArray, IntArray, TimeArray
from bellwether.bars._calendar import SessionCalendar
from bellwether.bars._errors import ResamplingImpossible

Anchor: TypeAlias = Literal["open", "clock"]

LATE_CLOSE = np.timedelta64(21, "h")
DAY = 86_400_000_000
UNITS = {
    "m": np.timedelta64(1, "m").astype("timedelta64[us]"),
    "h": np.timedelta64(1, "h").astype("timedelta64[us]"),
}


def _no_times() -> TimeArray:
    return np.empty(0, dtype="datetime64[us]")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sessions:
    """The sessions of a market: their dates, and the instants they open and close.

    Parameters
    ----------
    name : str
    days : datetime64[D] array of shape (n_sessions,)
        Date of each session on its exchange, increasing.
    closes_at : datetime64[us] array of shape (n_sessions,)
        UTC instant of each session's close, increasing; half days close early.
    opens_at : datetime64[us] array of shape (n_sessions,), optional
        UTC instant of each session's open, not before the close of the one before. Left out
        where nobody asked for hours: a session then begins where the one before ended.
    pauses : datetime64[us] array of shape (n_sessions, 2), optional
        Beginning and end of the pause within each session, NaT where it has none.
    """

    name: str
    days: TimeArray
    closes_at: TimeArray
    opens_at: TimeArray = field(default_factory=_no_times)
    pauses: TimeArray = field(default_factory=_no_times)

    def __post_init__(self) -> None:
        if not len(self.opens_at) and len(self.closes_at):
            before = self.closes_at[:1] - np.timedelta64(1, "D")
            object.__setattr__(self, "opens_at", np.concatenate([before, self.closes_at[:-1]]))

    def __getitem__(self, rows: slice) -> "Sessions":
        """Return the sessions of a slice."""
        return Sessions(
            name=self.name,
            days=self.days[rows],
            closes_at=self.closes_at[rows],
            opens_at=self.opens_at[rows],
            pauses=self.pauses[rows],
        )

    def close_of(self, days: TimeArray) -> TimeArray:
        """Return when each date's session closes; 21:00 UTC for dates without a session.

        Parameters
        ----------
        days : datetime64[D] array of shape (n_days,)

        Returns
        -------
        closes_at : datetime64[us] array of shape (n_days,)
        """
        place = self.find_days(days)
        known = place >= 0
        closes_at: TimeArray = self.closes_at[place]
        if not known.all():
            late = np.add(days.astype("datetime64[us]"), LATE_CLOSE)
            closes_at = np.where(known, closes_at, late)
        return closes_at

    def find_days(self, days: TimeArray) -> IntArray:
        """Return the session of each date.

        Parameters
        ----------
        days : datetime64[D] array of shape (n_days,)

        Returns
        -------
        places : int64 array of shape (n_days,)
            -1 where a date has no session.
        """
        known, wanted = (one.astype("datetime64[D]").view(np.int64) for one in (self.days, days))
        first, n_days = known[0], int(known[-1] - known[0]) + 1
        # Looked up in a table of all dates: several times as fast as searching for each.
        table = np.full(n_days + 1, -1, dtype=np.int64)
        table[known - first] = np.arange(len(known))
        place = wanted - first
        place[(place < 0) | (place > n_days)] = n_days
        found: IntArray = table[place]
        return found

    def find(self, closed_at: TimeArray) -> IntArray:
        """Return the session that each bar, known by its close, is of.

        Parameters
        ----------
        closed_at : datetime64[us] array of shape (n_bars,)

        Returns
        -------
        places : int64 array of shape (n_bars,)
            -1 where a bar closes while no session is open.
        """
        place = np.searchsorted(self.closes_at, closed_at)
        inside = np.minimum(place, len(self.closes_at) - 1)
        is_open = (place < len(self.closes_at)) & (closed_at > self.opens_at[inside])
        return np.where(is_open, place, -1).astype(np.int64)

    def calendar(self, interval: str) -> SessionCalendar:
        """Return the sessions that bars of an interval are held against.

        Parameters
        ----------
        interval : str
            "1w" keeps the last session of each week; every other one keeps all.

        Returns
        -------
        calendar : SessionCalendar
        """
        if interval != "1w":
            return SessionCalendar(name=self.name, closes_at=self.closes_at)
        return SessionCalendar(name=f"{self.name} weeks", closes_at=self.closes_at[self.ends_week])

    @property
    def ends_week(self) -> BoolArray:
        """Whether each session is the last of its week, Monday to Sunday."""
        # 1970-01-01 was a Thursday: weeks that begin on Monday start three days before it.
        weeks = (self.days.astype("datetime64[D]").astype(np.int64) + 3) // 7
        return np.append(np.diff(weeks) > 0, True)

    def slots(self, interval: str, anchor: Anchor = "open") -> "Slots":
        """Return the bars that an interval cuts the sessions into.

        Parameters
        ----------
        interval : str
            Minutes or hours ("15m", "1h"), "1d" or "1w".
        anchor : str, default "open"
            Whether bars within a day are counted from the session's open, or end at whole
            multiples of their length past midnight UTC ("clock"). The last one of a session
            ends with it, however short.

        Returns
        -------
        slots : Slots

        Raises
        ------
        ResamplingImpossible
            If the interval is none of these.

        Examples
        --------
        >>> day = Sessions(name="one", days=np.array(["2020-11-27"], "datetime64[D]"),
        ...     opens_at=np.array(["2020-11-27T14:30"], "datetime64[us]"),
        ...     closes_at=np.array(["2020-11-27T18:00"], "datetime64[us]"))
        >>> day.slots("2h").ends_at.astype("datetime64[m]").astype(str).tolist()
        ['2020-11-27T16:30', '2020-11-27T18:00']
        >>> day.slots("2h", "clock").ends_at.astype("datetime64[m]").astype(str).tolist()
        ['2020-11-27T16:00', '2020-11-27T18:00']
        """
        length = length_of(interval)
        if length is not None:
            return self._cut(length, anchor)
        everything = np.arange(len(self.days))
        if interval == "1d":
            return Slots(starts_at=self.opens_at, ends_at=self.closes_at, session=everything)
        if interval != "1w":
            was = f"{interval!r}"
            raise ResamplingImpossible("bars of minutes, hours, 1d or 1w", was, "ask for one")
        # Nobody knows whether the weeks at the edges of the sessions are whole.
        ends = np.flatnonzero(self.ends_week)[:-1]
        first, last = ends[:-1] + 1, ends[1:]
        return Slots(
            starts_at=self.opens_at[first], ends_at=self.closes_at[last], session=everything[last]
        )

    def _cut(self, length: np.timedelta64, anchor: Anchor) -> "Slots":
        opens, closes = self._instants(self.opens_at), self._instants(self.closes_at)
        size = int(length.astype(np.int64))
        midnight = opens // DAY * DAY
        base = opens if anchor == "open" else midnight + (opens - midnight) // size * size
        counts = -((base - closes) // size)
        session = np.repeat(np.arange(len(opens)), counts)
        place = np.arange(len(session)) - np.repeat(np.cumsum(counts) - counts, counts)
        starts = np.maximum(base[session] + place * size, opens[session])
        ends = np.minimum(base[session] + (place + 1) * size, closes[session])
        kept = ends > starts
        if len(self.pauses):
            halts, resumes = (self._instants(self.pauses[:, side])[session] for side in (0, 1))
            paused = ~np.isnat(self.pauses[session, 0])
            kept &= ~(paused & (starts >= halts) & (ends <= resumes))
        return Slots(
            starts_at=starts[kept].view("datetime64[us]"),
            ends_at=ends[kept].view("datetime64[us]"),
            session=session[kept],
        )

    @staticmethod
    def _instants(times: TimeArray) -> IntArray:
        return np.ascontiguousarray(times, dtype="datetime64[us]").view(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Slots:
    """The places that bars of one length have in the sessions of a market.

    Parameters
    ----------
    starts_at, ends_at : datetime64[us] arrays of shape (n_slots,)
        UTC; the start is left out and the end belongs to the slot. Increasing, none overlap.
    session : int64 array of shape (n_slots,)
        The session each is of; for weeks the last one.
    """

    starts_at: TimeArray
    ends_at: TimeArray
    session: IntArray

    def __len__(self) -> int:
        return len(self.ends_at)

    def find(self, closed_at: TimeArray) -> IntArray:
        """Return the slot in which each instant lies; -1 where it lies in none.

        Parameters
        ----------
        closed_at : datetime64[us] array of shape (n_bars,)

        Returns
        -------
        places : int64 array of shape (n_bars,)
        """
        place = np.searchsorted(self.ends_at, closed_at)
        inside = np.minimum(place, len(self) - 1)
        is_in = (place < len(self)) & (closed_at > self.starts_at[inside])
        return np.where(is_in, place, -1).astype(np.int64)


def length_of(interval: str) -> np.timedelta64 | None:
    """Return the length of bars shorter than a day; None for days, weeks and anything else.

    Parameters
    ----------
    interval : str

    Examples
    --------
    >>> length_of("90m"), length_of("1d")
    (np.timedelta64(5400000000,'us'), None)
    """
    count, unit = interval[:-1], interval[-1:]
    if unit not in UNITS or not count.isascii() or not count.isdigit() or not int(count):
        return None
    length: np.timedelta64 = UNITS[unit] * int(count)
    return length
