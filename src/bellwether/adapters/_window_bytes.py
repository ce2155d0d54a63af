"""Bars as bytes and back: what the journal keeps of a stored window."""

import json

import numpy as np

from bellwether.bars import COLUMNS, Bars
from bellwether.hashing import canonical_json

_FLOATS = (*COLUMNS, "adjustment")


def pack_window(bars: Bars) -> bytes:
    """Return bars as one line of JSON and little-endian arrays of 8 bytes a value.

    Parameters
    ----------
    bars : Bars

    Returns
    -------
    content : bytes
        The same for the same bars.
    """
    head = canonical_json([bars.symbol, bars.interval, len(bars)]).encode("ascii")
    columns = np.stack([getattr(bars, name) for name in _FLOATS]).astype("<f8")
    times = bars.closed_at.astype("<i8")
    return head + b"\n" + times.tobytes() + columns.tobytes()


def unpack_window(content: bytes) -> Bars:
    """Return the bars that `pack_window` packed.

    Raises
    ------
    ValueError
        If it is no window, or one of the wrong length.
    BarsContractBroken
        If its numbers are no bars.
    """
    head, _, body = content.partition(b"\n")
    symbol, interval, n_bars = json.loads(head)
    times = np.frombuffer(body, "<i8", n_bars).astype("datetime64[us]")
    columns = np.frombuffer(body, "<f8", offset=8 * n_bars).reshape(len(_FLOATS), n_bars)
    named = dict(zip(_FLOATS, columns, strict=True))
    return Bars(symbol=symbol, interval=interval, closed_at=times, **named)
