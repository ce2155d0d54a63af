"""Splits and dividends as factors: prices as traded are kept, and what they were worth beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars._bars import COLUMNS, Bars
from bellwether.bars._errors import AdjustmentImpossible
from bellwether.bars._sessions import Sessions

MOST_SHARES = 1_000_000.0
MOMENT = np.timedelta64(1, "us")


@dataclass(frozen=True, kw_only=True)
class Split:
    """More shares for each one, or fewer.

    Parameters
    ----------
    day : numpy.datetime64
        The first day that trades at the new price.
    ratio : float
        New shares for an old one: 7.0 for seven for one, 0.05 for one for twenty.

    Raises
    ------
    AdjustmentImpossible
        If there is no day, or the ratio is not above zero and within a million.
    """

    day: np.datetime64
    ratio: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "day", self.day.astype("datetime64[D]"))
        within = 1.0 / MOST_SHARES <= self.ratio <= MOST_SHARES
        if np.isnat(self.day) or not within:
            raise AdjustmentImpossible(
                "a day, and the new shares for an old one",
                f"{self.ratio:g} on {self.day}",
                "write seven for one as 7, and one for twenty as 1/20",
            )


@dataclass(frozen=True, kw_only=True)
class Dividend:
    """Cash for each share.

    Parameters
    ----------
    day : numpy.datetime64
        The first day that trades without the claim to it (the ex-day).
    cash : float
        In quote currency, for each share as it trades from that day on.

    Raises
    ------
    AdjustmentImpossible
        If there is no day, or the cash is not a number of at least zero.
    """

    day: np.datetime64
    cash: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "day", self.day.astype("datetime64[D]"))
        if np.isnat(self.day) or not 0.0 <= self.cash < np.inf:
            raise AdjustmentImpossible(
                "a day, and cash of at least zero", f"{self.cash:g} on {self.day}", "correct it"
            )


Action: TypeAlias = Split | Dividend


def adjust_bars(bars: Bars, actions: Sequence[Action], *, sessions: Sessions | None = None) -> Bars:
    """Return the bars with the factors of some splits and dividends in their adjustment.

    Parameters
    ----------
    bars : Bars
        Prices as traded; what their adjustment knows already must not be among the actions.
    actions : sequence of Split or Dividend
        In any order; several of one day count together.
    sessions : Sessions, optional
        Tell the trading day of bars shorter than a day. Without them it is the UTC date of the
        moment before a bar's close.

    Returns
    -------
    bars : Bars
        The same prices and volumes; every bar before an action has its adjustment multiplied
        by the action's factor.

    Raises
    ------
    AdjustmentImpossible
        If a dividend is as large as the price.

    Notes
    -----
    Knows: a factor is computed from the action and the close before it, and enters no bar from
    its day on. Actions after the last bar are left out, for nobody knew them then: so bars up to
    any day, adjusted, are in proportion the same bars of the whole history.

    References
    ----------
    CRSP 2001, "Data Definitions and Coding Guide": the factor of a dividend is
    1 - cash / close before the ex-day, that of a split 1 / new shares for an old one.

    Examples
    --------
    >>> bars = Bars(symbol="X", closed_at=["2020-01-02T21", "2020-01-03T21", "2020-01-06T21"],
    ...     open=[8, 8, 2], high=[8, 8, 2], low=[8, 8, 2], close=[8, 8, 2], volume=[1, 1, 4])
    >>> adjust_bars(bars, [Split(day=np.datetime64("2020-01-06"), ratio=4.0)]).adjustment.tolist()
    [0.25, 0.25, 1.0]
    """
    days = trading_days(bars, sessions)
    factors = np.ones(len(bars))
    for day in sorted({action.day for action in actions}):
        row = int(np.searchsorted(days, day))
        if 0 < row < len(bars):
            due = [action for action in actions if action.day == day]
            factors[:row] *= _factor(bars, row, due)
    return with_adjustment(bars, bars.adjustment * factors)


def with_adjustment(bars: Bars, adjustment: FloatArray) -> Bars:
    """Return the same prices and volumes with another adjustment.

    Parameters
    ----------
    bars : Bars
    adjustment : float64 array of shape (n_bars,)

    Returns
    -------
    bars : Bars
    """
    columns = {name: getattr(bars, name) for name in ("closed_at", *COLUMNS)}
    return Bars(symbol=bars.symbol, interval=bars.interval, adjustment=adjustment, **columns)


def trading_days(bars: Bars, sessions: Sessions | None = None) -> TimeArray:
    """Return the trading day that each bar is of.

    Parameters
    ----------
    bars : Bars
    sessions : Sessions, optional

    Returns
    -------
    days : datetime64[D] array of shape (n_bars,)
        Non-decreasing; without sessions, or where none is open, the UTC date of the moment
        before the close.
    """
    dates = (bars.closed_at - MOMENT).astype("datetime64[D]")
    if sessions is None:
        return dates
    place = sessions.find(bars.closed_at)
    days = np.where(place >= 0, sessions.days[np.maximum(place, 0)], dates)
    return np.maximum.accumulate(days)


def _factor(bars: Bars, row: int, due: Sequence[Action]) -> float:
    """Return what prices before a row are worth in the terms that hold from it on."""
    shares = reduce(lambda a, b: a * b, (one.ratio for one in due if isinstance(one, Split)), 1.0)
    cash = sum(one.cash for one in due if isinstance(one, Dividend))
    before = float(bars.close[row - 1])
    if cash * shares >= before:
        day = due[0].day
        raise AdjustmentImpossible(
            f"a dividend below the close of {before:g} before {day}",
            f"{cash:g} for each of {shares:g} shares",
            "give cash for one share, in the currency of the prices",
        )
    return (1.0 - cash * shares / before) / shares
