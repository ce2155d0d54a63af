"""Bars as the text of a CSV file."""

from typing import Literal

import numpy as np

from bellwether.bars import COLUMNS, Bars

_COLUMNS = (*COLUMNS, "adjustment")


def write_bars_csv(bars: Bars) -> bytes:
    """Return bars as CSV: ISO 8601 instants in UTC, and the shortest numbers that come back equal.

    Parameters
    ----------
    bars : Bars

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> write_bars_csv(noise_world(1, 2).bars).decode().splitlines()[0]
    'closed_at,open,high,low,close,volume,adjustment'
    """
    times = np.datetime_as_string(bars.closed_at, unit=_find_unit(bars)).tolist()
    columns = [map(repr, getattr(bars, name).tolist()) for name in _COLUMNS]
    lines = [f"{at}Z,{','.join(row)}" for at, *row in zip(times, *columns, strict=True)]
    return "\n".join([",".join(("closed_at", *_COLUMNS)), *lines, ""]).encode("ascii")


def _find_unit(bars: Bars) -> Literal["s", "us"]:
    """Return the shortest unit that tells every close exactly."""
    exact = bars.closed_at.astype("datetime64[s]").astype("datetime64[us]")
    return "s" if bool((exact == bars.closed_at).all()) else "us"
