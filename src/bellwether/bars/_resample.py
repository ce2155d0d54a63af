"""From short bars to long ones: sessions are respected, and nothing is known before its time."""

from dataclasses import dataclass

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray, TimeArray
from bellwether.bars._bars import COLUMNS, PRICES, Bars
from bellwether.bars._errors import ResamplingImpossible
from bellwether.bars._sessions import Anchor, Sessions, Slots, length_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled:
    """Longer bars, and what became of the shorter ones.

    Parameters
    ----------
    bars : Bars
        The complete ones only.
    n_used : int
        Shorter bars that are part of them.
    n_outside : int
        Shorter bars that close while no session is open; left out.
    n_partial : int
        Shorter bars of a first or a last bar that is not whole; left out.
    """

    bars: Bars
    n_used: int
    n_outside: int
    n_partial: int

    @property
    def words(self) -> str:
        """What was done, in one line."""
        told = f"{self.n_used} bars became {len(self.bars)} of {self.bars.interval}"
        if self.n_outside:
            told += f"; {self.n_outside} outside the sessions were left out"
        if self.n_partial:
            told += f"; {self.n_partial} of an unfinished first or last bar were left out"
        return told


def resample(
    bars: Bars,
    interval: str,
    sessions: Sessions,
    *,
    anchor: Anchor = "open",
    until: np.datetime64 | None = None,
) -> Resampled:
    """Put short bars together to longer ones.

    Parameters
    ----------
    bars : Bars
    interval : str
        Length of the new bars: minutes or hours ("15m", "4h"), "1d" or "1w".
    sessions : Sessions
        Of the market, from a week before the first bar to a week past the last one.
    anchor : str, default "open"
        From where bars within a day are counted: "open" or "clock"; see `Sessions.slots`.
    until : datetime64, optional
        UTC instant up to which every bar is there; by default the close of the last one. It
        tells whether the last new bar is complete although its last short bars are missing.

    Returns
    -------
    resampled : Resampled

    Raises
    ------
    ResamplingImpossible
        If the interval is not longer than that of the bars, is none of those above, or a bar
        would be part of two new ones.

    Notes
    -----
    Knows: a new bar closes with its part of the session, early on half days, and is made of
    bars that closed by then; nothing behind it changes it. The first and the last new bar are
    dropped unless they are whole. Nothing is filled: a session without bars has none.
    Prices before an adjustment within a new bar are brought to the terms of its last bar, by
    factors known at its close; volumes are added as traded.
    NaN: none.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> daily = noise_world(1, 300).bars
    >>> sessions = Sessions(name="own", days=daily.closed_at.astype("datetime64[D]"),
    ...     closes_at=daily.closed_at)
    >>> resample(daily, "1w", sessions).bars.interval
    '1w'
    """
    _check_lengths(bars.interval, interval)
    slots = sessions.slots(interval, anchor)
    ends_at = _ends_of(bars, sessions)
    place = slots.find(ends_at)
    inside = place >= 0
    _check_whole(bars, sessions, slots, place)
    whole = inside & _is_whole(bars, slots, place, sessions, until)
    rows = np.flatnonzero(whole)
    columns, closed_at = _gather(bars, rows, place[rows], slots)
    return Resampled(
        bars=Bars(symbol=bars.symbol, interval=interval, closed_at=closed_at, **columns),
        n_used=len(rows),
        n_outside=int(np.count_nonzero(~inside)),
        n_partial=int(np.count_nonzero(inside & ~whole)),
    )


def _check_lengths(present: str, asked: str) -> None:
    sizes = {"m": 1, "h": 60, "d": 1440, "w": 10_080}
    lengths = []
    for name in (present, asked):
        count = name[:-1]
        if name[-1:] not in sizes or not (count.isascii() and count.isdigit() and int(count)):
            raise ResamplingImpossible(
                "intervals such as 5m, 1h, 1d, 1w", f"{name!r}", "ask for one of these"
            )
        lengths.append(int(count) * sizes[name[-1]])
    if lengths[1] <= lengths[0]:
        raise ResamplingImpossible(
            f"longer bars than those of {present}", asked, "bars are put together, never cut"
        )


def _ends_of(bars: Bars, sessions: Sessions) -> TimeArray:
    """Return where each bar ends in its sessions: daily bars with theirs, whatever their clock."""
    if length_of(bars.interval) is not None:
        return bars.closed_at
    return sessions.closes_at[sessions.calendar("1d").find_sessions(bars.closed_at)]


def _starts_of(bars: Bars, sessions: Sessions, ends_at: TimeArray) -> TimeArray:
    """Return where each bar begins; within a session not before its open."""
    place = sessions.find(ends_at)
    opens_at = sessions.opens_at[np.maximum(place, 0)]
    length = length_of(bars.interval)
    if length is None:
        return opens_at
    starts = ends_at - length
    return np.where(place >= 0, np.maximum(starts, opens_at), starts)


def _check_whole(bars: Bars, sessions: Sessions, slots: Slots, place: IntArray) -> None:
    """Refuse bars that are part of two new ones."""
    if length_of(bars.interval) is None:
        return
    starts = _starts_of(bars, sessions, bars.closed_at)
    torn = np.flatnonzero((place >= 0) & (starts < slots.starts_at[np.maximum(place, 0)]))
    if torn.size:
        end = bars.closed_at[torn[0]]
        raise ResamplingImpossible(
            "bars that each lie within a new one",
            f"{bars.interval} bars of {bars.symbol}, of which that to {end} lies in two",
            "count from the clock (anchor 'clock'), or choose a multiple of their length",
        )


def _is_whole(
    bars: Bars, slots: Slots, place: IntArray, sessions: Sessions, until: np.datetime64 | None
) -> BoolArray:
    """Return which bars are part of a new one of which nothing can be missing at an edge."""
    if not len(bars):
        return np.empty(0, dtype=np.bool_)
    ends = _ends_of(bars, sessions)
    known_from = _starts_of(bars, sessions, ends[:1])[0]
    known_to = ends[-1] if until is None else max(ends[-1], until.astype("datetime64[us]"))
    inside = np.maximum(place, 0)
    begins: BoolArray = slots.starts_at[inside] >= known_from
    is_over: BoolArray = slots.ends_at[inside] <= known_to
    return begins & is_over


def _gather(
    bars: Bars, rows: IntArray, place: IntArray, slots: Slots
) -> tuple[dict[str, FloatArray], TimeArray]:
    """Return the columns of the new bars, and when they close."""
    if not len(rows):
        return {name: np.empty(0) for name in (*COLUMNS, "adjustment")}, bars.closed_at[:0]
    first = np.flatnonzero(np.append(True, np.diff(place) > 0))
    last = np.append(first[1:], len(rows)) - 1
    factor = bars.adjustment[rows]
    # Ones stay exactly one, so that bars without an adjustment keep their prices to the bit.
    terms = factor / np.repeat(factor[last], np.diff(np.append(first, len(rows))))
    opened, high, low, close = (getattr(bars, name)[rows] * terms for name in PRICES)
    columns = {
        "open": opened[first],
        "high": np.maximum.reduceat(high, first),
        "low": np.minimum.reduceat(low, first),
        "close": close[last],
        "volume": np.add.reduceat(bars.volume[rows], first),
        "adjustment": factor[last],
    }
    return columns, np.maximum(slots.ends_at[place[last]], bars.closed_at[rows][last])
