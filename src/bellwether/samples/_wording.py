"""What is said of a leak: one sentence on what was seen, one on what to do."""

from dataclasses import dataclass

from bellwether.samples._alterations import CHANGES, LENGTHS, SPLIT
from bellwether.samples._leaks import Leak, LeakKind

# From how many bars ahead on it is all of the history rather than a peek.
WHOLE_BARS = 50
PAST_ONLY = "fit scalers, means, ranks and choices on the past alone, inside each fold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """A column that moved: at which row, when the bars after which cut were altered how.

    Parameters
    ----------
    title : str
    column, row : int
    ahead : int or None
        Bars ahead that the value was seen to depend on.
    how : tuple of str
        Names of the alterations that moved it.
    """

    title: str
    column: int
    row: int
    ahead: int | None
    how: tuple[str, ...]


def word_peek(peek: Peek, n_bars: int, horizon_bars: int) -> Leak:
    """Return the leak of a column that moved when later bars were altered."""
    kind = _name_kind(peek, n_bars)
    move = f"its value at bar {peek.row} moves when bars after it are {peek.how[0]}"
    seen = {
        "sees_ahead": f"sees {_bars(peek.ahead)} ahead",
        "sees_sample": "depends on the whole history",
        "sees_length": "depends on how many bars come later, or when",
        "sees_splits": "depends on splits and dividends that come later",
    }[kind]
    if horizon_bars > 0 and kind == "sees_ahead":
        seen += f" where {horizon_bars} are declared"
    if horizon_bars < 0 and kind == "sees_ahead" and peek.ahead == 0:
        seen, move = "knows its own bar", f"its value at bar {peek.row} moves with that bar"
    only = " (through the volume alone)" if set(peek.how) == {"given other volumes"} else ""
    return Leak(
        kind=kind,
        where=peek.column,
        at=peek.row,
        text=f"{peek.title} {seen}: {move}{only}",
        ahead_bars=peek.ahead,
        moved_by=peek.how,
        remedy=_advise(kind, peek.ahead, horizon_bars),
    )


def word_unrepeatable(title: str, column: int) -> Leak:
    """Return the leak of a column that differs from one computation to the next."""
    return Leak(
        kind="not_repeatable",
        where=column,
        at=0,
        text=f"{title} is not the same when it is computed twice on the same bars",
        remedy="seed whatever is drawn at random, then look again",
    )


def word_label(title: str, column: int, share: float) -> Leak:
    """Return the leak of a label that was known, in whole or in part, when it was decided."""
    part = "nothing" if share >= 1.0 else f"{1.0 - share:.0%} of it only"
    return Leak(
        kind="label_known",
        where=column,
        at=0,
        text=f"{title} is known before its time: {part} comes after its bar",
        ahead_bars=0,
        remedy="label with what happens after the bar: close[t + h] against close[t]",
    )


def _name_kind(peek: Peek, n_bars: int) -> LeakKind:
    how, ahead = set(peek.how), peek.ahead
    if how <= set(SPLIT):
        return "sees_splits"
    if not how & set(CHANGES) and how <= {*LENGTHS, *SPLIT}:
        return "sees_length"
    left = n_bars - 1 - peek.row
    if ahead is not None and (ahead >= WHOLE_BARS or (ahead == left and left >= WHOLE_BARS // 2)):
        return "sees_sample"
    return "sees_ahead"


def _advise(kind: LeakKind, ahead: int | None, horizon_bars: int) -> str:
    if kind == "sees_sample":
        return PAST_ONLY
    if kind == "sees_length":
        return "count from the first bar, and take session ends from a calendar known beforehand"
    if kind == "sees_splits":
        return (
            "use returns, or prices as they were traded; adjusted levels change with later splits"
        )
    if horizon_bars > 0:
        return f"declare the horizon the label has, or shorten it to {horizon_bars} bars"
    if horizon_bars < 0:
        return "shift it by one bar: at the open nothing of the bar is known yet"
    shift = "" if ahead is None else f" by {_bars(ahead)}"
    return (
        f"shift it{shift}, so that it stands where it is known, or drop it; look for shift(-n), "
        "center=True, bfill, interpolate, np.gradient, find_peaks, and candles named by their open"
    )


def _bars(ahead: int | None) -> str:
    if ahead is None:
        return "some bars"
    return "1 bar" if ahead == 1 else f"{ahead} bars"
