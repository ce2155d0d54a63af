"""What looks wrong in bars that are within the data contract: suspicion with its evidence.

Nothing here changes a bar. The size of a move alone proves nothing: a split shows itself by
a simple ratio, an ordinary range and an ordinary turnover on the day.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, TimeArray
from bellwether.bars._bars import Bars
from bellwether.bars._calendar import SessionCalendar

SPLIT_RATIOS = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100)
FROZEN_BARS = 5
GAP_SESSIONS = 5
LARGE_LOG_MOVE = 0.33
COMPARED_BARS = 20
ORDINARY_RANGE, ORDINARY_TURNOVER = 5.0, 3.0
SPLIT_TOLERANCE = 0.06
STRETCH_BARS = 63
STRETCH_DEVIATIONS = 0.5
SCARCE_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something a reader of the bars should know.

    Parameters
    ----------
    code : str
        What kind of thing it is: "suspected-split", "large-move", "reverting-move", "gap",
        "frozen-closes", "flat-bars", "zero-volume", "no-volume", "off-session",
        "scarce-market", "unsorted", "repeated-rows", "conflicting-rows", "calendar-assumed".
    where : str
        The bar's date or time (UTC), or the line of the source.
    what : str
        The evidence, in plain words.
    """

    code: str
    where: str
    what: str


def find_oddities(bars: Bars, calendar: SessionCalendar, missing: TimeArray) -> tuple[Finding, ...]:
    """List what looks wrong, kind by kind and oldest first.

    Parameters
    ----------
    bars : Bars
    calendar : SessionCalendar
    missing : datetime64[us] array of shape (n_missing,)
        Sessions without a bar, as `SessionCalendar.find_missing` gives them.

    Returns
    -------
    findings : tuple of Finding
    """
    if not len(bars):
        return ()
    return (
        *_find_large_moves(bars),
        *_find_gaps(bars, calendar, missing),
        *_find_frozen_closes(bars),
        *_find_flat_bars(bars),
        *_find_zero_volume(bars),
        *_find_off_session(bars, calendar),
        *_find_scarce_markets(bars),
    )


def frozen_share(bars: Bars) -> float:
    """Return the share of bars whose close is that of the bar before, 0 to 1."""
    if len(bars) < 2:
        return 0.0
    return int(np.count_nonzero(bars.close[1:] == bars.close[:-1])) / (len(bars) - 1)


def market_coverage(bars: Bars) -> dict[str, float]:
    """Return the share of bars in rising, falling and sideways stretches.

    Parameters
    ----------
    bars : Bars

    Returns
    -------
    shares : dict of "bull", "bear" and "ranging" to float
        All zeros with fewer than 65 bars.

    Notes
    -----
    A bar is bull (bear) where the log change over the 63 bars up to it is above (below) half
    the deviation that independent returns would give such a change; the deviation of one
    return is 1.4826 times the median of their sizes, which one absurd price does not move.
    """
    log_close = np.log(bars.matrix[:, 3])
    change = log_close[STRETCH_BARS:] - log_close[:-STRETCH_BARS]
    if change.size < 2:
        return {"bull": 0.0, "bear": 0.0, "ranging": 0.0}
    bound = STRETCH_DEVIATIONS * _typical_size(np.diff(log_close)) * np.sqrt(STRETCH_BARS)
    bull, bear = float(np.mean(change > bound)), float(np.mean(change < -bound))
    return {"bull": bull, "bear": bear, "ranging": 1.0 - bull - bear}


def name_bar(bars: Bars, row: int) -> str:
    """Return a bar's date, or its minute (UTC) where bars are shorter than a day."""
    unit = "D" if bars.interval.endswith(("d", "w")) else "m"
    return str(np.datetime_as_string(bars.closed_at[row], unit=unit))  # type: ignore[call-overload]


def _typical_size(changes: FloatArray) -> float:
    """Return the standard deviation that the median size of some changes stands for."""
    return 1.4826 * float(np.median(np.abs(changes))) if changes.size else 0.0


def _find_large_moves(bars: Bars) -> Iterator[Finding]:
    opened, close = np.log(bars.matrix[:, 0]), np.log(bars.matrix[:, 3])
    overnight, whole = opened[1:] - close[:-1], np.diff(close)
    tolerance = min(max(0.02, 3.0 * _typical_size(overnight)), SPLIT_TOLERANCE)
    large = (np.abs(overnight) > LARGE_LOG_MOVE) | (np.abs(whole) > LARGE_LOG_MOVE)
    came_back = np.abs(whole[:-1] + whole[1:]) < 0.2 * np.abs(whole[:-1])
    came_back = np.append(came_back & large[:-1] & large[1:], False)
    # The way back from a reverting move is part of it.
    large[1:] &= ~came_back[:-1]
    for place in np.flatnonzero(large).tolist():
        evidence, ordinary = _weigh(bars, place + 1)
        gap = float(overnight[place])
        code, what = "large-move", _describe_move(float(whole[place]))
        if came_back[place]:
            code, what = "reverting-move", f"{what} and came back on the next bar"
        elif ordinary and (ratio := _nearest_split(gap, tolerance)) is not None:
            code = "suspected-split"
            what = f"opened at {np.exp(gap):.4g} of the close before, near {ratio}"
        yield Finding(code=code, where=name_bar(bars, place + 1), what=f"{what}; {evidence}")


def _describe_move(log_move: float) -> str:
    if abs(log_move) > np.log(4):
        return f"closed at {np.exp(log_move):.4g} times the close before"
    return f"closed {100 * np.expm1(log_move):+.1f} % from the close before"


def _weigh(bars: Bars, row: int) -> tuple[str, bool]:
    """Return a bar's range and turnover against the bars before it, and if both are ordinary."""
    rows = slice(max(row - COMPARED_BARS, 0), row + 1)
    range_multiple = _multiple(np.log(bars.high[rows] / bars.low[rows]))
    turnover_multiple = _multiple(bars.close[rows] * bars.volume[rows])
    multiples = {"range": range_multiple, "turnover": turnover_multiple}
    words = [f"{name} {size:.3g} times its usual" for name, size in multiples.items() if size]
    # Without a turnover nothing tells a split from a move; indices and currencies never split.
    ordinary = turnover_multiple is not None and turnover_multiple < ORDINARY_TURNOVER
    ordinary &= (range_multiple or 0.0) < ORDINARY_RANGE
    return ", ".join(words) or "no range or turnover to compare", ordinary


def _multiple(values: FloatArray) -> float | None:
    """Return the last value over the median of those before; None where there is no median."""
    usual = float(np.median(values[:-1]))
    return float(values[-1]) / usual if usual > 0 else None


def _nearest_split(gap: float, tolerance: float) -> str | None:
    """Return the split a log gap looks like, in words, or None."""
    ratio = min(SPLIT_RATIOS, key=lambda known: abs(abs(gap) - np.log(known)))
    if abs(abs(gap) - np.log(ratio)) > tolerance:
        return None
    return f"1/{ratio:g} (a split)" if gap < 0 else f"{ratio:g} (a reverse split)"


def _find_gaps(bars: Bars, calendar: SessionCalendar, missing: TimeArray) -> Iterator[Finding]:
    sessions = np.searchsorted(calendar.closes_at, missing)
    for first, count in _runs(np.isin(np.arange(len(calendar)), sessions)):
        if count >= GAP_SESSIONS:
            row = int(np.searchsorted(bars.closed_at, calendar.closes_at[first])) - 1
            what = f"{count} sessions in a row without a bar after this one"
            yield Finding(code="gap", where=name_bar(bars, max(row, 0)), what=what)


def _find_frozen_closes(bars: Bars) -> Iterator[Finding]:
    for first, count in _runs(np.diff(bars.close) == 0):
        if count + 1 >= FROZEN_BARS:
            what = f"{count + 1} closes in a row are {bars.close[first]:g}"
            yield Finding(code="frozen-closes", where=name_bar(bars, first), what=what)


def _find_flat_bars(bars: Bars) -> Iterator[Finding]:
    yield from _summarise(bars, "flat-bars", bars.high == bars.low, "have one price only")


def _find_zero_volume(bars: Bars) -> Iterator[Finding]:
    if bars.has_volume:
        yield from _summarise(bars, "zero-volume", bars.volume == 0, "have no volume")
    else:
        what = "no bar has a volume: features of volume are left out"
        yield Finding(code="no-volume", where=name_bar(bars, 0), what=what)


def _find_off_session(bars: Bars, calendar: SessionCalendar) -> Iterator[Finding]:
    if bars.interval != "1d":
        return
    nearest = calendar.closes_at[calendar.find_sessions(bars.closed_at)]
    off = np.abs(bars.closed_at - nearest) > np.timedelta64(12, "h")
    words = f"are more than 12 hours from a close of {calendar.name}"
    yield from _summarise(bars, "off-session", off, words)


def _find_scarce_markets(bars: Bars) -> Iterator[Finding]:
    for market, share in market_coverage(bars).items():
        if share < SCARCE_SHARE:
            what = f"only {100 * share:.1f} % of the bars lie in a {market} market"
            yield Finding(code="scarce-market", where=name_bar(bars, 0), what=what)


def _summarise(bars: Bars, code: str, marked: BoolArray, words: str) -> Iterator[Finding]:
    """Yield one finding for all marked bars: how many, and the longest stretch."""
    runs = list(_runs(marked))
    if runs:
        first, longest = max(runs, key=lambda run: run[1])
        what = f"{int(marked.sum())} of {len(bars)} bars {words}"
        stretch = f"the longest stretch is {longest} from {name_bar(bars, first)}"
        yield Finding(code=code, where=name_bar(bars, runs[0][0]), what=f"{what}; {stretch}")


def _runs(marked: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield the first place and the length of each run of marked places."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2).tolist():
        yield first, end - first
