"""Bars within a body: the form they are sent in, and the checked bars they become."""

import numpy as np
from msgspec import Struct

from bellwether.bars import COLUMNS, Bars
from bellwether.http._types import ClosedAt, IntervalText, Numbers, Symbol


class BarsRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One symbol's bars as columns, oldest first, every row within the data contract."""

    symbol: Symbol
    interval: IntervalText = "1d"
    closed_at: ClosedAt
    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers
    adjustment: Numbers | None = None


def make_bars(asked: BarsRequest) -> Bars:
    """Return the bars of a body.

    Parameters
    ----------
    asked : BarsRequest

    Raises
    ------
    BarsContractBroken
        If a number is missing or out of range, or times do not increase.
    """
    columns = {name: np.array(getattr(asked, name), dtype=np.float64) for name in COLUMNS}
    if asked.adjustment is not None:
        columns["adjustment"] = np.array(asked.adjustment, dtype=np.float64)
    microseconds = [
        one if isinstance(one, int) else round(one.timestamp() * 1e6) for one in asked.closed_at
    ]
    closed_at = np.array(microseconds, dtype=np.int64).view("datetime64[us]")
    return Bars(symbol=asked.symbol, interval=asked.interval, closed_at=closed_at, **columns)
