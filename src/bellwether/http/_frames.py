"""Frames: bars as bytes, for those who send many.

A frame is::

    4 bytes   "BWB1"
    4 bytes   n, little-endian unsigned: length of the head
    n bytes   the head, JSON in UTF-8: symbol, n_bars; interval, calendar, horizon_bars if need be
    8 x n_bars       close of each bar, oldest first: int64, little-endian, microseconds since
                     1970-01-01T00:00Z
    8 x n_bars x 5   open, high, low, close, volume of each bar: float64, little-endian

A batch is one frame behind the other.
"""

import struct

import msgspec
import numpy as np

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import COLUMNS
from bellwether.http._errors import BodyMisshapen, BodyUnreadable
from bellwether.http._types import FrameHead

MEDIA_TYPE = "application/vnd.bellwether.bars"
MAGIC = b"BWB1"
_LENGTH = struct.Struct("<I")
_MOST_HEAD_BYTES = 4096
_MICROSECONDS = "datetime64[us]"
_HEAD = msgspec.json.Decoder(FrameHead)


def pack_frame(head: FrameHead, closed_at: TimeArray, matrix: FloatArray) -> bytes:
    """Return a frame.

    Parameters
    ----------
    head : FrameHead
    closed_at : datetime64 array of shape (n_bars,)
        UTC.
    matrix : float64 array of shape (n_bars, 5)
        Open, high, low, close, volume.
    """
    written = msgspec.json.encode(head)
    times = closed_at.astype(_MICROSECONDS).astype("<i8").tobytes()
    rows = np.ascontiguousarray(matrix, dtype="<f8").tobytes()
    return b"".join((MAGIC, _LENGTH.pack(len(written)), written, times, rows))


def read_frames(body: bytes) -> list[tuple[FrameHead, dict[str, FloatArray | TimeArray]]]:
    """Return the heads and columns of a body of frames.

    Parameters
    ----------
    body : bytes

    Returns
    -------
    frames : list of (FrameHead, columns)
        `closed_at` as datetime64[us] and the five columns as float64, each of n_bars; values
        unchecked.

    Raises
    ------
    BodyUnreadable
        If the bytes are no frames.
    BodyMisshapen
        If a head is not of the form `FrameHead`.
    """
    frames: list[tuple[FrameHead, dict[str, FloatArray | TimeArray]]] = []
    place = 0
    while place < len(body) or not frames:
        head, start = _read_head(body, place)
        place = start + head.n_bars * 8 * (1 + len(COLUMNS))
        if place > len(body):
            was = f"{len(body) - start} bytes of numbers behind the head of {head.symbol!r}"
            raise _unreadable(f"{place - start} bytes, {head.n_bars} bars", was)
        frames.append((head, _read_columns(body, start, head.n_bars)))
    return frames


def _read_head(body: bytes, place: int) -> tuple[FrameHead, int]:
    start = place + len(MAGIC) + _LENGTH.size
    if body[place : place + len(MAGIC)] != MAGIC or len(body) < start:
        raise _unreadable(f"a frame of bars at byte {place}", "something else")
    [length] = _LENGTH.unpack_from(body, place + len(MAGIC))
    if length > min(_MOST_HEAD_BYTES, len(body) - start):
        raise _unreadable(f"a head of at most {_MOST_HEAD_BYTES} bytes", f"a length of {length}")
    try:
        return _HEAD.decode(body[start : start + length]), start + length
    except msgspec.ValidationError as error:
        raise BodyMisshapen(f"a head with a fault: {error}"[:300]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable("a head of JSON in UTF-8", f"a fault: {error}"[:300]) from error


def _read_columns(body: bytes, start: int, n_bars: int) -> dict[str, FloatArray | TimeArray]:
    times = np.frombuffer(body, "<i8", n_bars, start)
    rows = np.frombuffer(body, "<f8", n_bars * len(COLUMNS), start + 8 * n_bars)
    columns: dict[str, FloatArray | TimeArray] = {
        name: column.astype(np.float64)
        for name, column in zip(COLUMNS, rows.reshape(n_bars, len(COLUMNS)).T, strict=True)
    }
    columns["closed_at"] = times.astype(np.int64).view(_MICROSECONDS)
    return columns


def _unreadable(expected: str, was: str) -> BodyUnreadable:
    return BodyUnreadable(expected, was, "see how a frame is laid out in /v1/openapi.json")
